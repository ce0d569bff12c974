"""From a child's days after the first anakinra dose to one time-to-event row, traceable to the record it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from analysis.plan import FOLLOW_UP_DAYS

CENSORED, RESOLVED, DIED = 0, 1, 2
HOME_BEFORE_CONFIRMATION = "resolved, discharged home before confirmation"
HOME_ABOVE_THRESHOLD = "discharged home above the threshold"


@dataclass(frozen=True, kw_only=True)
class Source:
    """The record a fact was taken from: form, item and the record's key."""

    form: str
    item: str
    record: str


@dataclass(frozen=True, kw_only=True)
class DayState:
    """What one calendar day says. `resolved` is None when the day cannot be judged; sedated days are not resolved.

    `holds` says whether the day confirms an earlier one: the same as `resolved` for a grade, only the ferritin
    part for the carHLH composite. `carried` marks a day filled between two equal neighbours.
    """

    resolved: bool | None
    holds: bool | None
    source: Source
    carried: bool = False


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something that ends observation or confirmation, on a day after time zero."""

    day: int
    source: Source


@dataclass(frozen=True, kw_only=True)
class History:
    """Everything an endpoint needs of one child; days are calendar days after time zero, which is day 0."""

    subject: str
    site: str
    time_zero: date
    started: Source
    states: Mapping[int, DayState]
    data_day: int
    death: Happening | None = None
    discharges_home: tuple[Happening, ...] = ()
    transfer: Happening | None = None
    second_infusion: Happening | None = None


@dataclass(frozen=True, kw_only=True)
class TimeToEvent:
    """One child's row: day and event code (0 censored, 1 resolved, 2 died), why, and from which record.

    `interval_from` is the last day known to be unresolved when days without a grade lie between it and the event.
    """

    subject: str
    site: str
    endpoint: str
    day: int
    event: int
    reason: str
    source: Source
    started: Source
    confirmed: bool = True
    interval_from: int | None = None
    carried_days: int = field(default=0)


def derive_time_to_event(history: History, *, endpoint: str, confirmation_days: int) -> TimeToEvent:
    """Return the child's row: the first sustained day, else death, else where observation ended.

    A day t >= 1 counts when it is at or below the threshold and every following day of the confirmation window is
    known to be too. Inside the window: death is the event; discharge home counts as resolved, unconfirmed; transfer
    or the end of the data censors at the last day above. On one day death comes before resolution, resolution
    before the end of observation. Rules: CLINICAL.md D21, D22; section 3.1 (7) for days without a grade.
    """
    last_day = _last_observable_day(history)
    above_day, above_source = 0, history.started
    for day in sorted(day for day in history.states if 1 <= day <= last_day):
        if history.death and history.death.day <= day:
            break
        state = history.states[day]
        if state.resolved is False:
            above_day, above_source = day, state.source
        if not state.resolved:
            continue
        window = range(day + 1, day + confirmation_days + 1)
        if history.death and history.death.day <= window[-1]:
            break
        verdict = _judge_window(history, day, window, last_day)
        if verdict != "broken":
            return _row(
                history,
                endpoint,
                day,
                RESOLVED,
                "resolved" if verdict == "confirmed" else HOME_BEFORE_CONFIRMATION,
                state.source,
                confirmed=verdict == "confirmed",
                interval_from=above_day if above_day < day - 1 else None,
            )
    if history.death and history.death.day <= last_day:
        return _row(history, endpoint, history.death.day, DIED, "died before resolution", history.death.source)
    return _row(history, endpoint, above_day, CENSORED, _why_it_ended(history, above_day, last_day), above_source)


def fill_single_gaps(grades: Mapping[int, int | None]) -> dict[int, int | None]:
    """Return the daily grades with each single missing day between two equal known grades filled.

    `grades` maps a day to its grade, None for a day that is unresolved without a grade (sedated); a day without an
    assessment is absent. Two missing days in a row stay missing. Source: CLINICAL.md 3.1 (7).
    """
    between = {
        day + 1: grade
        for day, grade in grades.items()
        if grade is not None and day + 1 not in grades and grades.get(day + 2) == grade
    }
    return {**grades, **between}


def _judge_window(history: History, day: int, window: range, last_day: int) -> str:
    """Return confirmed, unconfirmed (home before it could be) or broken, for the days after `day`."""
    for later in window:
        state = history.states.get(later)
        if later <= last_day and state is not None and state.holds:
            continue
        if state is not None and later <= last_day and state.holds is False:
            return "broken"
        home = any(day <= discharge.day <= min(later, last_day) for discharge in history.discharges_home)
        return "unconfirmed" if home else "broken"
    return "confirmed"


def _last_observable_day(history: History) -> int:
    ends = [history.data_day, FOLLOW_UP_DAYS]
    if history.transfer:
        ends.append(history.transfer.day)
    if history.second_infusion:
        ends.append(history.second_infusion.day - 1)
    return max(min(ends), 0)


def _why_it_ended(history: History, above_day: int, last_day: int) -> str:
    if history.transfer and history.transfer.day == last_day:
        return "transferred before resolution"
    if history.second_infusion and history.second_infusion.day - 1 == last_day:
        return "second infusion before resolution"
    last_judged = max(history.states, default=0)
    if any(max(above_day, last_judged) <= discharge.day <= last_day for discharge in history.discharges_home):
        return HOME_ABOVE_THRESHOLD
    return "last day above the threshold"


def _row(
    history: History,
    endpoint: str,
    day: int,
    event: int,
    reason: str,
    source: Source,
    *,
    confirmed: bool = True,
    interval_from: int | None = None,
) -> TimeToEvent:
    return TimeToEvent(
        subject=history.subject,
        site=history.site,
        endpoint=endpoint,
        day=day,
        event=event,
        reason=reason,
        source=source,
        started=history.started,
        confirmed=confirmed,
        interval_from=interval_from,
        carried_days=sum(state.carried for known, state in history.states.items() if 1 <= known <= day),
    )
