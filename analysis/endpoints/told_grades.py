"""What the assessments of a cut say about a toxicity, read for all of them at once: endpoints ask a million times."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.columns import Column
from analysis.cut import Cut
from analysis.plan.resolution import ResolutionEndpoint
from analysis.stored_verdicts import NO_GRADE
from forms.values import Value

HIDDEN = -2


@dataclass(frozen=True, kw_only=True)
class ToldGrades:
    """The grade that each assessment of a cut tells, at its place among them; plain arrays, asked for one by one.

    NO_GRADE where it tells none, HIDDEN where sedation hides it. `is_derived` is 1 where a rule set gives the grade.
    """

    grades: array[int]
    is_derived: array[int]


def told_grades(cut: Cut, endpoint: ResolutionEndpoint, *, awake_only: bool = True) -> ToldGrades:
    """Return what the assessments tell of an endpoint's toxicity; worked out once for all endpoints that read the same.

    A grade derived from complete signs goes before the clinician's (CLINICAL.md D7). While sedation hides the signs a
    grade at or below the threshold is not believed (CLINICAL.md D2), unless all grades are asked for, not `awake_only`.
    """
    hidden_to = endpoint.threshold if endpoint.sedation_hides and awake_only else None
    name = f"{endpoint.grade_item} by {'' if endpoint.clinician_only else endpoint.rule_set}, hidden to {hidden_to}"
    return cut.once("told grades", name, lambda: _told_grades(cut, endpoint, hidden_to))


def _told_grades(cut: Cut, endpoint: ResolutionEndpoint, hidden_to: int | None) -> ToldGrades:
    columns = cut.records["assessment"].rows.columns
    grades = _numbers(columns[endpoint.grade_item])
    is_derived = np.zeros(len(grades), dtype=bool)
    if not endpoint.clinician_only:
        records = columns["record"]
        places = cut.once("places of the verdicts", "assessment", lambda: _places_of(cut, records))
        derived = _by_value(records, cut.verdicts.grades_at(endpoint.rule_set, places))
        is_derived = derived != NO_GRADE
        grades = np.where(is_derived, derived, grades)
    if hidden_to is not None:
        is_sedated = _by_value(columns["sedated"], [value is True for value in columns["sedated"].values])
        grades = np.where(is_sedated & (grades <= hidden_to), HIDDEN, grades)
    return ToldGrades(
        grades=array("i", grades.astype(np.intc).tobytes()), is_derived=array("b", is_derived.astype(np.int8).tobytes())
    )


def _places_of(cut: Cut, records: Column[Value]) -> NDArray[np.intp]:
    return cut.verdicts.places_of([str(record) for record in records.values])


def _numbers(column: Column[Value]) -> NDArray[np.intc]:
    """Return the clinician's grade of each row, NO_GRADE where there is none."""
    return _by_value(column, [value if isinstance(value, int) else NO_GRADE for value in column.values])


def _by_value(column: Column[Value], said: ArrayLike) -> NDArray[np.intc]:
    """Return for each row what is said of its value."""
    found: NDArray[np.intc] = np.array(said, dtype=np.intc)[np.frombuffer(column.codes, dtype=np.intc)]
    return found
