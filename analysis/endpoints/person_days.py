"""A child's days after infusion, each in its cell: anakinra, time, neutrophils, immunosuppressants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import starmap
from typing import NamedTuple

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child
from analysis.endpoints.course_ends import told_span
from analysis.plan.infections import COUNT_HOLDS_DAYS, DAY_STRATA, EXPOSURE_LAG_DAYS, NEUTROPENIA_BELOW
from forms.dosing.agents import Span, agent_span, class_of
from forms.grading.samples import any_of, samples_of
from forms.values import answer, latest

BEFORE, ON, AFTER, NEVER, UNKNOWN = "before", "on", "after", "never", "not known"
EXPOSURES = (BEFORE, ON, AFTER, NEVER, UNKNOWN)
STRATA = tuple(f"days {first} to {last}" for first, last in DAY_STRATA)


class Cell(NamedTuple):
    """Where one patient-day, or one infection, is counted. None: not known."""

    exposure: str
    stratum: str
    neutropenic: bool | None
    classes: int | None


def person_days_of(cut: Cut, child: Child, last_day: int) -> list[Cell]:
    """Return the cell of each day from the infusion (day 0) to `last_day`."""
    courses = [row for row in cut.rows("anakinra_course", child.subject) if answer(row, "given") is not False]
    infused, days = child.infusions[0].day, last_day + 1
    agents = cut.rows("concomitant_agent", child.subject)
    strata = [name for name, (first, last) in zip(STRATA, DAY_STRATA, strict=True) for _ in range(first, last + 1)]
    cells = zip(
        exposures(courses, infused, days),
        strata[:days],
        neutropenia(cut.rows("laboratory", child.subject), infused, days),
        concurrent_classes(courses, agents, infused, days),
        strict=True,
    )
    return list(starmap(Cell, cells))


def exposures(courses: Iterable[Record], infused: date, days: int) -> list[str]:
    """Return the exposure of each day after infusion, lagged at both ends (plan: EXPOSURE_LAG_DAYS).

    Between and behind courses a day is after anakinra. A course without a last dose goes on; where that is unknown, so
    is each day behind the first dose that no other course covers. Where one has no first dose, no day of the child is
    known.
    """
    spans = [told_span(course) for course in courses]
    if not spans:
        return [NEVER] * days
    known = [span for span in spans if span is not None]
    if len(known) < len(spans):
        return [UNKNOWN] * days
    periods = [
        (_day(span.certain_from.date(), infused, days), _day(span.certain_to.date(), infused, days)) for span in known
    ]
    begins = min(first for first, _ in periods) + EXPOSURE_LAG_DAYS + 1
    found = [BEFORE if day < begins else AFTER for day in range(days)]
    for span in known:
        if span.possible_to == datetime.max and not span.is_open:
            open_from = _day(span.certain_from.date(), infused, days) + EXPOSURE_LAG_DAYS + 1
            found[max(open_from, 0) :] = [UNKNOWN] * len(found[max(open_from, 0) :])
    for first, last in periods:
        for day in range(max(first + EXPOSURE_LAG_DAYS + 1, 0), min(last + EXPOSURE_LAG_DAYS + 1, days)):
            found[day] = ON
    return found


def neutropenia(laboratory: Iterable[Record], infused: date, days: int) -> list[bool | None]:
    """Return for each day whether neutrophils were below 0.5; None where no count of the last week tells.

    The counts of a day are taken together: one below makes the day neutropenic.
    """
    counted: dict[int, list[bool | None]] = {}
    for sample in samples_of(laboratory, ("anc",), key="record"):
        below = sample.values["anc"].is_below(NEUTROPENIA_BELOW)
        counted.setdefault((sample.at.date() - infused).days, []).append(below)
    found: list[bool | None] = [None] * days
    for day, states in sorted(counted.items()):
        for later in range(max(day, 0), min(day + COUNT_HOLDS_DAYS + 1, days)):
            found[later] = any_of(states)
    return found


def concurrent_classes(
    courses: Iterable[Record], agents: Iterable[Record], infused: date, days: int
) -> list[int | None]:
    """Return the number of immunosuppressant classes given on each day, anakinra among them, not lagged.

    None where a class may or may not have been given. What goes on is counted to the end of follow-up; what has no
    first dose may have been given on any day to its last.
    """
    given = [("anakinra", told_span(course) or _before_its_end(course)) for course in courses]
    given += [(name, agent_span(row) or _before_its_end(row)) for row in agents if (name := class_of(row)) is not None]
    certain: Sequence[set[str]] = [set() for _ in range(days)]
    possible: Sequence[set[str]] = [set() for _ in range(days)]
    for name, span in given:
        for first, last, into in (
            (span.certain_from, span.certain_to, certain),
            (span.possible_from, span.possible_to, possible),
        ):
            for day in range(
                max(_day(first.date(), infused, days), 0), min(_day(last.date(), infused, days) + 1, days)
            ):
                into[day].add(name)
    return [len(sure) if sure >= perhaps else None for sure, perhaps in zip(certain, possible, strict=True)]


def _before_its_end(row: Record) -> Span:
    """Return the span of something without a first dose: possible to its last dose, certain at no moment."""
    until = latest(answer(row, "stopped_at")) or datetime.max
    return Span(possible_from=datetime.min, certain_from=datetime.max, certain_to=datetime.min, possible_to=until)


def _day(day: date, infused: date, days: int) -> int:
    """Return a day after infusion; one far beyond, such as the end of time, as the day after the last."""
    return min((day - infused) // timedelta(days=1), days)
