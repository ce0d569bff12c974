"""The worst grade of each calendar day, and the record it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analysis.cut import Cut
from analysis.endpoints.children import FirstDose
from analysis.endpoints.time_to_event import DayState, Source, fill_single_gaps
from analysis.plan import LOOKBACK_DAYS, ResolutionEndpoint
from forms.values import answer


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one assessment says of a toxicity: the grade derived from complete signs and the clinician's, if any."""

    at: datetime
    derived: int | None
    clinician: int | None
    sedated: bool
    record: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    """One assessment's grade; None while sedation hides it. `rule` is derived or clinician."""

    at: datetime
    grade: int | None
    rule: str
    source: Source


def grades_of(cut: Cut, subject: str, endpoint: ResolutionEndpoint) -> tuple[Graded, ...]:
    """Return a child's assessable assessments in order of time, as `graded` judges them."""
    return graded(readings_of(cut, subject, endpoint), endpoint)


def readings_of(cut: Cut, subject: str, endpoint: ResolutionEndpoint) -> tuple[Reading, ...]:
    """Return what each of a child's assessments says of the endpoint's toxicity, in order of time."""
    found = []
    for row in cut.rows("assessment", subject):
        at = answer(row, "assessed_at")
        if not isinstance(at, datetime):
            continue
        record, clinician = str(row["record"]), answer(row, endpoint.grade_item)
        found.append(
            Reading(
                at=at,
                derived=cut.derived_grade(endpoint.rule_set, record),
                clinician=clinician if isinstance(clinician, int) else None,
                sedated=answer(row, "sedated") is True,
                record=record,
            )
        )
    return tuple(sorted(found, key=lambda reading: (reading.at, reading.record)))


def graded(readings: Iterable[Reading], endpoint: ResolutionEndpoint) -> tuple[Graded, ...]:
    """Return the readings that an endpoint can use.

    A grade derived from complete signs goes before the clinician's (CLINICAL.md D7). While sedation hides the signs
    a grade at or below the threshold is not believed: the assessment counts as unresolved without a grade (D2).
    """
    found = []
    for reading in readings:
        is_derived = reading.derived is not None and not endpoint.clinician_only
        grade = reading.derived if is_derived else reading.clinician
        item = endpoint.rule_set if is_derived else endpoint.grade_item
        if endpoint.sedation_hides and reading.sedated and (grade is None or grade <= endpoint.threshold):
            grade, item = None, "sedated"
        elif grade is None:
            continue
        source = Source(form="assessment", item=item, record=reading.record)
        found.append(Graded(at=reading.at, grade=grade, rule="derived" if is_derived else "clinician", source=source))
    return tuple(found)


def grade_at_first_dose(graded: Sequence[Graded], dose: FirstDose, endpoint: ResolutionEndpoint) -> int | None:
    """Return the last known grade at or before the first dose, not older than the look-back.

    Without one, the grade on the course's own page (state at the first dose); None where that is missing too.
    """
    known = grade_at(graded, dose.at)
    at_start = answer(dose.course, f"at_start_{endpoint.grade_item}")
    return known if known is not None else (at_start if isinstance(at_start, int) else None)


def grade_at(graded: Sequence[Graded], moment: datetime) -> int | None:
    """Return the last known grade at or before a moment, not older than the look-back."""
    oldest = moment - timedelta(days=LOOKBACK_DAYS)
    known = [one.grade for one in graded if one.grade is not None and oldest <= one.at <= moment]
    return known[-1] if known else None


def daily_states(graded: Sequence[Graded], time_zero: date, threshold: int) -> dict[int, DayState]:
    """Return what each day from time zero on says: its worst grade, single gaps between equal grades filled.

    A day's worst assessable grade counts; a day on which sedation hid every assessment is unresolved.
    """
    worst = {day: one for day, one in worst_of_days(graded, time_zero).items() if day >= 0}
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


def _state(day: int, grade: int | None, worst: Mapping[int, Graded], threshold: int) -> DayState:
    carried = day not in worst
    low = grade is not None and grade <= threshold
    return DayState(resolved=low, holds=low, source=worst[day - 1 if carried else day].source, carried=carried)


def _rank(one: Graded) -> int:
    return -1 if one.grade is None else one.grade
