"""From a child's days after the first anakinra dose to one time-to-event row, traceable to the record it came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from analysis.plan.resolution import CENSORED, DIED, FOLLOW_UP_DAYS, NEW_CELLS, RESCUED, RESOLVED, SAME_DAY_PRECEDENCE

COMPETING = {
    DIED: "died before resolution",
    NEW_CELLS: "second infusion or transplant before resolution",
    RESCUED: "new rescue class before resolution",
}
HOME_BEFORE_CONFIRMATION = "resolved, discharged home before confirmation"
HOME_ABOVE_THRESHOLD = "discharged home above the threshold"
NEEDED_MORE = "needed a new rescue class or organ support, unresolved while observed"


@dataclass(frozen=True, kw_only=True)
class Source:
    """The record a fact was taken from: form, item and the record's key."""

    form: str
    item: str
    record: str


@dataclass(frozen=True, kw_only=True)
class JudgedDay:
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
    """Everything an endpoint needs of one child; days are calendar days after time zero, which is day 0.

    `unresolved_to` is the last day observed of a child that something keeps unresolved for good, sampled or not.
    """

    subject: str
    site: str
    time_zero: date
    started: Source
    states: Mapping[int, JudgedDay]
    data_day: int
    death: Happening | None = None
    discharges_home: tuple[Happening, ...] = ()
    transfer: Happening | None = None
    second_infusion: Happening | None = None
    transplant: Happening | None = None
    new_rescue: Happening | None = None
    unresolved_to: int | None = None

    @property
    def new_cells(self) -> Happening | None:
        """Return the second infusion or the transplant, whichever came first."""
        found = [one for one in (self.second_infusion, self.transplant) if one]
        return min(found, key=lambda one: one.day, default=None)


@dataclass(frozen=True, kw_only=True)
class TimeToEvent:
    """One child's row: day and event code (of `analysis.plan`), why, and from which record.

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


def derive_time_to_event(
    history: History, *, endpoint: str, confirmation_days: int, competing: Collection[int] = (DIED,)
) -> TimeToEvent:
    """Return the child's row: the first sustained day, else the first competing event, else where observation ended.

    A day t >= 1 counts when it is at or below the threshold and every following day of the confirmation window is
    known to be too. Inside the window: a competing event is the event; discharge home counts as resolved, unconfirmed;
    transfer or the end of the data censors at the last day above. Of several events on one day the first of
    SAME_DAY_PRECEDENCE counts. A second infusion or transplant that does not compete ends observation the day before.
    Who cannot resolve any more stays at risk to the end of observation: a child that left the risk set with its last
    sample would count as one that may yet resolve.
    Rules: CLINICAL.md D21, D22; section 3.1 (7) for days without a grade.
    """
    last_day = _last_observable_day(history, competing)
    competitor = _first_competing_event(history, competing)
    above_day, above_source = 0, history.started
    for day in sorted(day for day in history.states if 1 <= day <= last_day):
        if competitor and competitor[1].day <= day:
            break
        state = history.states[day]
        if state.resolved is False:
            above_day, above_source = day, state.source
        if not state.resolved:
            continue
        if competitor and competitor[1].day <= day + confirmation_days:
            break
        verdict = _judge_window(history, day, range(day + 1, day + confirmation_days + 1), last_day)
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
    if competitor and competitor[1].day <= last_day:
        code, happened = competitor
        return _row(history, endpoint, happened.day, code, COMPETING[code], happened.source)
    if history.unresolved_to is not None:
        day = max(above_day, min(history.unresolved_to, last_day))
        return _row(history, endpoint, day, CENSORED, NEEDED_MORE, above_source)
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


def _first_competing_event(history: History, competing: Collection[int]) -> tuple[int, Happening] | None:
    """Return the code and the day of the first competing event; on one day the one that goes before."""
    dated = {DIED: history.death, NEW_CELLS: history.new_cells, RESCUED: history.new_rescue}
    found = [(code, happened) for code, happened in dated.items() if happened and code in competing]
    return min(found, key=lambda one: (one[1].day, SAME_DAY_PRECEDENCE.index(one[0])), default=None)


def _last_observable_day(history: History, competing: Collection[int]) -> int:
    ends = [history.data_day, FOLLOW_UP_DAYS]
    if history.transfer:
        ends.append(history.transfer.day)
    if history.new_cells and NEW_CELLS not in competing:
        ends.append(history.new_cells.day - 1)
    return max(min(ends), 0)


def _why_it_ended(history: History, above_day: int, last_day: int) -> str:
    if history.transfer and history.transfer.day == last_day:
        return "transferred before resolution"
    if history.new_cells and history.new_cells.day - 1 == last_day:
        return (
            f"{'second infusion' if history.new_cells is history.second_infusion else 'transplant'} before resolution"
        )
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
