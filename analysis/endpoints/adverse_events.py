"""Adverse events of the infused children, and the calendar days on which each of them was on anakinra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from analysis.cut import Cut
from analysis.endpoints.children import Child
from analysis.endpoints.course_ends import has_unknown_end
from analysis.endpoints.follow_up import observed_until
from analysis.plan.safety import AT_LEAST_POSSIBLE
from forms.values import answer, earliest, latest

UNDER_THE_SKIN = "sc"


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """A child's days on anakinra, each once, as day numbers of the calendar; `possible` are those that may be as well.

    `without_first` counts courses without a first dose, of which no day is certain, and `without_last` those whose last
    one is not known, of which the first day is. A page that leaves open whether any anakinra was given is one of them.
    """

    days: frozenset[int]
    possible: frozenset[int]
    without_first: int
    without_last: int

    @property
    def undated(self) -> int:
        """Return the number of courses of which some days are not known."""
        return self.without_first + self.without_last


@dataclass(frozen=True, kw_only=True)
class AdverseEvent:
    """One event as the site judged it; None where an answer, or whether it fell on a day on anakinra, is not known."""

    subject: str
    event: str
    dosing_error: str | None
    grade: int | None
    serious: bool | None
    by_anakinra: bool | None
    by_car_t: bool | None
    by_other: bool | None
    on_anakinra: bool | None


def last_known_day(cut: Cut, child: Child) -> date:
    """Return the last day a child was followed: death, end of observation, transfer away, or the day of the data.

    A transfer before the infusion ended nothing.
    """
    since = child.infusions[0].day
    ended = (observed_until(row, since) for row in cut.rows("end_of_study", child.subject))
    days = [day for day in ended if day is not None] + [one.day for one in child.transfers if one.day >= since]
    return min([cut.data_date, *days, *([child.death.day] if child.death else [])])


def exposure_of(cut: Cut, child: Child) -> Exposure:
    """Return the days from first to last dose of each course, both counted.

    A course that goes on ends with follow-up. One whose last dose is not known may have gone on until then, and one
    whose first is not may have begun with the infusion.
    """
    days, possible = set[int](), set[int]()
    without_first = without_last = 0
    followed_to = last_known_day(cut, child)
    for course in cut.rows("anakinra_course", child.subject):
        if answer(course, "given") is False:
            continue
        begun, stopped = answer(course, "started_at"), answer(course, "stopped_at")
        last = stopped.date() if isinstance(stopped, datetime) else followed_to
        if not isinstance(begun, datetime):
            without_first += 1
            possible.update(_each_day(child.infusions[0].day, last))
        elif has_unknown_end(course):
            without_last += 1
            days.add(begun.date().toordinal())
            possible.update(_each_day(begun.date(), last))
        else:
            days.update(_each_day(begun.date(), last))
    return Exposure(
        days=frozenset(days),
        possible=frozenset(possible - days),
        without_first=without_first,
        without_last=without_last,
    )


def _each_day(first: date, last: date) -> range:
    return range(first.toordinal(), last.toordinal() + 1)


def given_under_the_skin(cut: Cut, child: Child) -> bool:
    """Return whether a child was ordered anakinra under the skin, at the start of a course or later."""
    pages = (*cut.rows("anakinra_course", child.subject), *cut.rows("anakinra_regimen", child.subject))
    return any(answer(row, "route") == UNDER_THE_SKIN for row in pages)


def events_of(cut: Cut, child: Child, exposure: Exposure) -> Sequence[AdverseEvent]:
    """Return a child's events from the first infusion on; one that was certainly earlier is left out."""
    found = []
    for row in cut.rows("adverse_event", child.subject):
        first, last = earliest(row["onset_on"]), latest(row["onset_on"])
        if last is not None and last.date() < child.infusions[0].day:
            continue
        event, error, grade = (answer(row, name) for name in ("event", "dosing_error", "ctcae_grade"))
        serious = answer(row, "serious")
        found.append(
            AdverseEvent(
                subject=child.subject,
                event=event if isinstance(event, str) else "",
                dosing_error=error if isinstance(error, str) else None,
                grade=grade if isinstance(grade, int) else None,
                serious=serious if isinstance(serious, bool) else None,
                by_anakinra=_caused(answer(row, "causality_anakinra")),
                by_car_t=_caused(answer(row, "causality_car_t")),
                by_other=_caused(answer(row, "causality_other")),
                on_anakinra=_on_anakinra(first, last, exposure),
            )
        )
    return found


def _caused(judgement: object) -> bool | None:
    return judgement in AT_LEAST_POSSIBLE if isinstance(judgement, str) else None


def _on_anakinra(first: datetime | None, last: datetime | None, exposure: Exposure) -> bool | None:
    """Return whether an onset fell on a day on anakinra; None where its date leaves that open."""
    if not exposure.days and not exposure.possible:
        return False
    if first is None or last is None:
        return None
    onset = set(range(first.toordinal(), last.toordinal() + 1))
    if onset <= exposure.days:
        return True
    return False if onset.isdisjoint(exposure.days | exposure.possible) else None
