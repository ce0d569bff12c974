"""The course of one treated child in days after the first anakinra dose: grades, doses, other agents, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child, FirstDose
from analysis.endpoints.course_ends import has_unknown_end, shown_span
from analysis.endpoints.day_states import Stays, stays_of
from analysis.endpoints.grades import grades_of, worst_of_days
from analysis.plan.resolution import PRIMARY_ENDPOINTS
from analysis.plan.swimmer import LAST_DAY
from forms.dosing.agents import Span, agent_span, class_of
from forms.grading.carhlh_facts import is_carhlh
from forms.values import answer, day_of

GRADED = tuple(endpoint for endpoint in PRIMARY_ENDPOINTS if endpoint.grade_item)
Stretch = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Swimmer:
    """One treated child; every number is a day after the first anakinra dose.

    `grades` are (day, worst grade of CRS and ICANS); None: sedated, not gradable. `anakinra` and `steroid` are
    stretches of days, both ends counted; `changes` the days on which another dose was ordered, with True where it was
    higher; `stops` those of the last dose of each course that ended, `lost_ends` the last known day of each
    course whose last dose is not known. `tocilizumab` are the first days of its pages, and
    the last where there were more doses; `carhlh` the days of its onset; `ends_not_told` counts steroids whose end is
    missing: of them only the day of the start is drawn. `seen_to` is the last day of observation, `goes_on` tells that
    this is only the end of the picture.
    """

    subject: str
    site: str
    grades: tuple[tuple[int, int | None], ...]
    anakinra: tuple[Stretch, ...]
    changes: tuple[tuple[int, bool], ...]
    stops: tuple[int, ...]
    lost_ends: tuple[int, ...]
    steroid: tuple[Stretch, ...]
    ends_not_told: int
    tocilizumab: tuple[int, ...]
    carhlh: tuple[int, ...]
    infusions: tuple[int, ...]
    died: int | None
    seen_to: int
    goes_on: bool


def days_of_anakinra(cut: Cut, child: Child, dose: FirstDose) -> int:
    """Return the days from the first to the last known dose of the first course, or to the end of observation."""
    end = _end(cut, stays_of(cut, child, dose.day), dose.day)
    spans = [span for _, span in _courses(cut, child)]
    return next((last + 1 for _, last in _stretches(spans, dose.day, end)), 0)


def swimmer_of(cut: Cut, child: Child, dose: FirstDose) -> Swimmer:
    """Return the course of a child that was given anakinra."""
    zero = dose.day
    stays = stays_of(cut, child, zero)
    end = _end(cut, stays, zero)
    courses = _courses(cut, child)
    ended = [(course, span) for course, span in courses if not span.is_open]
    stopped = (span for course, span in ended if not has_unknown_end(course))
    lost = (span for course, span in ended if has_unknown_end(course))
    agents = [
        (class_of(row), span) for row in cut.rows("concomitant_agent", child.subject) if (span := agent_span(row))
    ]
    steroids = [span for name, span in agents if name == "steroid"]
    tocilizumab = _stretches((span for name, span in agents if name == "tocilizumab"), zero, end)
    return Swimmer(
        subject=child.subject,
        site=child.site,
        grades=_grades(cut, child, zero, end),
        anakinra=_stretches((span for _, span in courses), zero, end),
        changes=_changes(cut.rows("anakinra_regimen", child.subject), zero),
        stops=tuple(last for _, last in _stretches(stopped, zero, end)),
        lost_ends=tuple(last for _, last in _stretches(lost, zero, end)),
        steroid=_stretches(steroids, zero, end),
        ends_not_told=sum(span.possible_to == datetime.max and not span.is_open for span in steroids),
        tocilizumab=tuple(sorted({day for stretch in tocilizumab for day in stretch})),
        carhlh=tuple(sorted(_carhlh_onsets(cut, child, zero))),
        infusions=tuple((one.day - zero).days for one in child.infusions),
        died=stays.died,
        seen_to=min(end, LAST_DAY),
        goes_on=end > LAST_DAY,
    )


def _courses(cut: Cut, child: Child) -> list[tuple[Record, Span]]:
    """Return each course with the days on which anakinra is known to have been given."""
    orders = cut.rows("anakinra_regimen", child.subject)
    rows = cut.rows("anakinra_course", child.subject)
    return [(row, span) for row in rows if (span := shown_span(row, orders))]


def _end(cut: Cut, stays: Stays, zero: date) -> int:
    """Return the last day of observation: death, leaving the registry, or the end of the data."""
    return min(day for day in ((cut.data_date - zero).days, stays.left, stays.died) if day is not None)


def _stretches(spans: Iterable[Span], zero: date, end: int) -> tuple[Stretch, ...]:
    """Return first and last day of what was given, at most to the end of observation.

    A partial date counts with every day it can mean; an end that is not told counts as the day of the start.
    """
    found = []
    for span in spans:
        first = (span.possible_from.date() - zero).days
        if span.is_open:
            last = end
        elif span.possible_to == datetime.max:
            last = first
        else:
            last = (span.possible_to.date() - zero).days
        found.append((first, max(first, min(last, end))))
    return tuple(sorted(found))


def _carhlh_onsets(cut: Cut, child: Child, zero: date) -> Iterator[int]:
    for row in cut.rows("toxicity_episode", child.subject):
        onset = day_of(answer(row, "onset_on"))
        if is_carhlh(row) and onset is not None:
            yield (onset - zero).days


def _grades(cut: Cut, child: Child, zero: date, end: int) -> tuple[tuple[int, int | None], ...]:
    """Return the worse of the two toxicities on each day that has a grade of either; a grade goes before sedation."""
    found: dict[int, int | None] = {}
    for endpoint in GRADED:
        for day, one in worst_of_days(grades_of(cut, child.subject, endpoint), zero).items():
            known = found.get(day)
            if day not in found or (one.grade is not None and (known is None or one.grade > known)):
                found[day] = one.grade
    return tuple((day, grade) for day, grade in sorted(found.items()) if day <= end)


def _changes(orders: Sequence[Record], zero: date) -> tuple[tuple[int, bool], ...]:
    """Return when another amount was ordered, and whether it was more per day than before."""
    known = [
        (began, str(row["record"]), amount)
        for row in orders
        if isinstance(began := answer(row, "from_at"), datetime)
        and isinstance(amount := answer(row, "mg_per_kg_day"), Decimal)
    ]
    known.sort(key=lambda order: order[:2])
    return tuple(
        ((began.date() - zero).days, amount > before)
        for (_, _, before), (began, _, amount) in pairwise(known)
        if amount != before
    )
