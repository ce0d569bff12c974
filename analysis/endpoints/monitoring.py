"""What is monitored in each infused child: severe toxicity, early death, anakinra stopped for harm, infection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.cut import Cut
from analysis.endpoints.adverse_events import last_known_day
from analysis.endpoints.children import Child
from analysis.endpoints.course_ends import has_unknown_end
from analysis.endpoints.follow_up import BY_DEATH, COMPLETE, FollowUp, follow_up_of
from analysis.endpoints.infections import merging_of
from analysis.endpoints.three_valued import any_of
from analysis.endpoints.toxicities import was_severe
from analysis.plan.infections import LAST_INFECTION_DAY
from analysis.plan.resolution import CENSORED, DIED
from analysis.plan.safety import MONITORED_DAYS, STOPPED_FOR_HARM
from analysis.plan.timing import SEVERE_GRADE
from forms.grading.infection_merging import NEW, REPEAT
from forms.values import answer, day_of, earliest, latest

HAPPENED = 1
"""The event code of what a measure counts, beside those of the plan for a death before it and for censoring."""


@dataclass(frozen=True, kw_only=True)
class Monitored:
    """One measure. `found` holds site and True, False, or None where it is not known of a child that belongs to it.

    One that is read on a day names it in `by_day`, and has in `times` day and event code of each child, in the order of
    `found`: the event, death before it, or the end of what is known.
    """

    id: str
    name: str
    found: tuple[tuple[str, bool | None], ...]
    is_death: bool = False
    by_day: int | None = None
    times: tuple[tuple[int, int], ...] = ()


def monitored(cut: Cut, children: Sequence[Child]) -> tuple[Monitored, ...]:
    """Return every measure over the children it belongs to."""
    given = [child for child in children if child.given_anakinra]
    severe = tuple(
        Monitored(
            id=f"{code}_severe",
            name=f"{code.upper()} of grade {SEVERE_GRADE} or more",
            found=tuple((child.site, was_severe(cut, child.subject, code)) for child in children),
        )
        for code in ("crs", "icans")
    )
    lived = tuple(_time_to_death(cut, child) for child in children)
    deaths = tuple(
        Monitored(
            id=f"death_by_day_{day}",
            name=f"Died by day {day} after infusion",
            found=tuple((child.site, died_by(cut, child, day)) for child in children),
            is_death=True,
            by_day=day,
            times=lived,
        )
        for day in MONITORED_DAYS
    )
    stopped = Monitored(
        id="stopped_for_harm",
        name="Anakinra stopped for harm, of those given it",
        found=tuple((child.site, _stopped_for_harm(cut, child)) for child in given),
    )
    infections = Monitored(
        id="infection",
        name=f"Infection that needed treatment by day {LAST_INFECTION_DAY} after infusion",
        found=tuple((child.site, _treated_infection(cut, child)) for child in children),
        by_day=LAST_INFECTION_DAY,
        times=tuple(_time_to_infection(cut, child) for child in children),
    )
    return (*severe, *deaths, stopped, infections)


def died_by(cut: Cut, child: Child, day: int) -> bool | None:
    """Return whether a child died by a day after the first infusion; None while it was not followed until then.

    A visit at which a child is seen alive tells of the days before, also after a transfer away.
    """
    infused = child.infusions[0].day
    if child.death and (child.death.day - infused).days <= day:
        return True
    return False if child.death or _alive_on(cut, child) >= day else None


def _alive_on(cut: Cut, child: Child) -> int:
    """Return the last day after the first infusion on which a child was known to be alive, or its day of death."""
    visits = [answer(row, "seen_on") for row in cut.rows("follow_up", child.subject) if answer(row, "alive") is True]
    seen = [on for on in map(day_of, visits) if on is not None]
    return (max([last_known_day(cut, child), *seen]) - child.infusions[0].day).days


def _time_to_death(cut: Cut, child: Child) -> tuple[int, int]:
    if child.death:
        return (child.death.day - child.infusions[0].day).days, HAPPENED
    return _alive_on(cut, child), CENSORED


def _stopped_for_harm(cut: Cut, child: Child) -> bool | None:
    """Return whether any course was stopped for harm; None where an ended course has no reason."""
    courses = [course for course in cut.rows("anakinra_course", child.subject) if answer(course, "given") is True]
    reasons = [
        answer(course, "stop_reason")
        for course in courses
        if answer(course, "stopped_at") is not None or has_unknown_end(course)
    ]
    if any(reason in STOPPED_FOR_HARM for reason in reasons):
        return True
    return None if None in reasons else False


def _treated_infection(cut: Cut, child: Child) -> bool | None:
    """Return whether an infection on the days that are counted was treated.

    None where its day or treatment leaves that open, or the child was not followed to the last of those days.
    """
    follow_up = follow_up_of(cut, child, LAST_INFECTION_DAY)
    verdicts: set[bool | None] = {False if follow_up.ended_by in (COMPLETE, BY_DEATH) else None}
    verdicts |= {True if is_certain else None for _, _, is_certain in _infections(cut, child, follow_up)}
    return any_of(verdicts)


def _time_to_infection(cut: Cut, child: Child) -> tuple[int, int]:
    """Return the day of the first infection that counts for certain, of a partial date the last day that it can mean.

    Without one, a child of whom an infection may count is known until the day before that can have begun.
    """
    follow_up = follow_up_of(cut, child, LAST_INFECTION_DAY)
    found = list(_infections(cut, child, follow_up))
    if certain := [last for _, last, is_certain in found if is_certain]:
        return min(certain), HAPPENED
    if found:
        return max(min(first for first, *_ in found) - 1, 0), CENSORED
    return max(follow_up.last_day, 0), DIED if follow_up.died else CENSORED


def _infections(cut: Cut, child: Child, follow_up: FollowUp) -> Iterator[tuple[int, int, bool]]:
    """Yield the first and the last day of follow-up that an infection can mean, and whether it counts for certain.

    It does not where its treatment is open, or whether it is one infection with an earlier page, or a part of what its
    date can mean lies outside those days. A page that repeats an earlier one is none: that one tells of the infection.
    """
    opens, merging = child.infusions[0].day, merging_of(cut, child)
    for row in cut.rows("infection", child.subject):
        began = answer(row, "first_positive_on") or answer(row, "onset_on")
        verdict = merging.get(str(row["record"]))
        merged = verdict.value if verdict else None
        first, last = ((on.date() - opens).days if on else None for on in (earliest(began), latest(began)))
        is_none = answer(row, "treatment_route") == "none" or answer(row, "presence") == "unchanged" or merged == REPEAT
        is_before, is_after = last is not None and last < 0, first is not None and first > follow_up.last_day
        if is_none or is_before or is_after:
            continue
        is_inside = first is not None and last is not None and first >= 0 and last <= follow_up.last_day
        yield (
            max(first or 0, 0),
            follow_up.last_day if last is None else min(last, follow_up.last_day),
            merged == NEW and is_inside,
        )
