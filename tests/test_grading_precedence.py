"""Which grade stands: adjudicated > derived from complete signs > clinician (CLINICAL.md D7), sedation by D2."""

from __future__ import annotations

import pytest

from forms.grading.precedence import Chosen, GradeSource, choose, toxicity_of
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE, Verdict
from forms.values import NullFlavour, Value

COMPLETE = Verdict(value="3", because="grade 3: one vasopressor")
BOUND = Verdict(value="2", certainty=AT_LEAST, because="at least", why="signs_missing", missing=("oxygen_mode",))
NONE = Verdict(value=None, certainty=NOT_ASSESSABLE, because="none", why="signs_missing")
SEDATED = Verdict(value=None, certainty=NOT_ASSESSABLE, because="sedated", why="sedated")
SEDATED_WITH_SEIZURE = Verdict(value="3", certainty=AT_LEAST, because="at least", why="sedated")
ADJUDICATED, DERIVED, CLINICIAN, NOBODY = GradeSource


@pytest.mark.parametrize(
    ("derived", "clinician", "adjudicated", "expected"),
    [
        (COMPLETE, 1, 0, (0, ADJUDICATED, EXACT, "")),
        (COMPLETE, 1, None, (3, DERIVED, EXACT, "")),
        (BOUND, 1, None, (1, CLINICIAN, EXACT, "")),
        (BOUND, 3, None, (3, CLINICIAN, EXACT, "")),
        (BOUND, None, None, (2, DERIVED, AT_LEAST, "signs_missing")),
        (NONE, 2, None, (2, CLINICIAN, EXACT, "")),
        (NONE, None, None, (None, NOBODY, NOT_ASSESSABLE, "signs_missing")),
        (None, 2, None, (2, CLINICIAN, EXACT, "")),
        (None, None, None, (None, NOBODY, NOT_ASSESSABLE, "not_graded")),
        (SEDATED, None, None, (None, DERIVED, NOT_ASSESSABLE, "sedated")),
        (SEDATED, 0, None, (None, DERIVED, NOT_ASSESSABLE, "sedated")),
        (SEDATED, 2, None, (2, CLINICIAN, EXACT, "")),
        (SEDATED, 0, 1, (1, ADJUDICATED, EXACT, "")),
        (SEDATED_WITH_SEIZURE, None, None, (3, DERIVED, AT_LEAST, "sedated")),
        (SEDATED_WITH_SEIZURE, 4, None, (4, CLINICIAN, EXACT, "")),
    ],
)
def test_the_grade_that_stands_and_where_it_came_from(
    derived: Verdict | None,
    clinician: int | None,
    adjudicated: int | None,
    expected: tuple[int | None, GradeSource, str, str],
) -> None:
    grade, source, certainty, why = expected

    assert choose(derived, clinician, adjudicated) == Chosen(grade=grade, source=source, certainty=certainty, why=why)


@pytest.mark.parametrize(
    ("clinician", "adjudicated", "expected"),
    [
        ("crs", None, "crs"),
        ("crs", "carhlh", "carhlh"),
        (None, "carhlh", "carhlh"),
        ("crs", NullFlavour.UNKNOWN, "crs"),
        (NullFlavour.UNKNOWN, None, None),
        (None, None, None),
    ],
)
def test_the_committee_names_the_toxicity_before_the_clinician(
    clinician: Value, adjudicated: Value, expected: str | None
) -> None:
    assert toxicity_of({"toxicity": clinician, "adjudicated_toxicity": adjudicated}) == expected
