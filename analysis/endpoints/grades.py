"""The worst grade of each calendar day, and the record it came from."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from analysis.cut import Cut
from analysis.endpoints.children import FirstDose
from analysis.endpoints.time_to_event import JudgedDay, Source, fill_single_gaps
from analysis.endpoints.told_grades import HIDDEN, told_grades
from analysis.plan.resolution import LOOKBACK_DAYS, ResolutionEndpoint
from analysis.stored_verdicts import NO_GRADE
from forms.values import answer


class Assessment(NamedTuple):
    """One assessment of a child: its time, and its place among all of the cut; a tuple, since there are so many."""

    at: datetime
    record: str
    place: int


class Graded(NamedTuple):
    """One assessment's grade, None while sedation hides it, and the item it came from; a tuple like the assessment."""

    at: datetime
    grade: int | None
    item: str
    record: str

    @property
    def source(self) -> Source:
        """Return the record the grade was taken from."""
        return Source(form="assessment", item=self.item, record=self.record)


def grades_of(cut: Cut, subject: str, endpoint: ResolutionEndpoint) -> tuple[Graded, ...]:
    """Return a child's assessable assessments in order of time, as `graded` judges them."""
    return tuple(graded(cut, assessments_of(cut, subject), endpoint))


def assessments_of(cut: Cut, subject: str) -> tuple[Assessment, ...]:
    """Return a child's assessments in order of time."""
    return cut.once("assessments", subject, lambda: _assessments_of(cut, subject))


def _assessments_of(cut: Cut, subject: str) -> tuple[Assessment, ...]:
    records = cut.records["assessment"]
    found = [
        Assessment(at=at, record=str(row["record"]), place=place)
        for row, place in zip(records.of(subject), records.places_of(subject), strict=True)
        if isinstance(at := answer(row, "assessed_at"), datetime)
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.record)))


def between(assessments: Sequence[Assessment], first: datetime, last: datetime = datetime.max) -> Sequence[Assessment]:
    """Return the assessments from one moment to another, both included."""
    begin = bisect_left(assessments, first, key=_moment)
    return assessments[begin : bisect_right(assessments, last, begin, key=_moment)]


def _moment(one: Assessment) -> datetime:
    return one.at


def graded(cut: Cut, assessments: Iterable[Assessment], endpoint: ResolutionEndpoint) -> Iterator[Graded]:
    """Yield the grades of those assessments that an endpoint can use.

    One whose grade sedation hides counts as unresolved without a grade.
    """
    told = told_grades(cut, endpoint)
    grades, is_derived, items = told.grades, told.is_derived, (endpoint.grade_item, endpoint.rule_set)
    for at, record, place in assessments:
        grade = grades[place]
        if grade == HIDDEN:
            yield Graded(at, None, "sedated", record)
        elif grade != NO_GRADE:
            yield Graded(at, grade, items[is_derived[place]], record)


def grade_at_first_dose(graded: Iterable[Graded], dose: FirstDose, endpoint: ResolutionEndpoint) -> int | None:
    """Return the last known grade at or before the first dose, not older than the look-back.

    Without one, the grade on the course's own page (state at the first dose); None where that is missing too.
    """
    known = grade_at(graded, dose.at)
    at_start = answer(dose.course, f"at_start_{endpoint.grade_item}")
    return known if known is not None else (at_start if isinstance(at_start, int) else None)


def grade_at(graded: Iterable[Graded], moment: datetime) -> int | None:
    """Return the last known grade at or before a moment, not older than the look-back."""
    oldest = moment - timedelta(days=LOOKBACK_DAYS)
    known = [one.grade for one in graded if one.grade is not None and oldest <= one.at <= moment]
    return known[-1] if known else None


def daily_states(graded: Iterable[Graded], time_zero: date, threshold: int) -> dict[int, JudgedDay]:
    """Return what each day from time zero on says: its worst grade, single gaps between equal grades filled.

    A day's worst assessable grade counts; a day on which sedation hid every assessment is unresolved.
    """
    return states_of(worst_of_days(graded, time_zero), threshold)


def states_of(worst_of_days: Mapping[int, Graded], threshold: int) -> dict[int, JudgedDay]:
    """Return what each day from time zero on says, from its worst assessment; see ``daily_states``."""
    worst = {day: one for day, one in worst_of_days.items() if day >= 0}
    filled = fill_single_gaps({day: one.grade for day, one in worst.items()})
    return {day: _state(day, grade, worst, threshold) for day, grade in sorted(filled.items())}


def worst_of_days(graded: Iterable[Graded], time_zero: date) -> dict[int, Graded]:
    """Return the assessment with the worst assessable grade of each day, counted from time zero; days before it too."""
    worst: dict[int, Graded] = {}
    for one in graded:
        day = (one.at.date() - time_zero).days
        if day not in worst or _rank(one) > _rank(worst[day]):
            worst[day] = one
    return worst


def _state(day: int, grade: int | None, worst: Mapping[int, Graded], threshold: int) -> JudgedDay:
    carried = day not in worst
    low = grade is not None and grade <= threshold
    return JudgedDay(resolved=low, holds=low, source=worst[day - 1 if carried else day].source, carried=carried)


def _rank(one: Graded) -> int:
    return -1 if one.grade is None else one.grade
