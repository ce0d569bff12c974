"""How the parts of a scale make one grade: whole verdicts, with what is missing (CLINICAL.md D2, D7)."""

from __future__ import annotations

import pytest

from forms.grading.parts import Part, combined, combined_under_sedation, died_of, not_assessable, part
from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, Verdict

NOTHING = part("a", 0, 0)
MILD = part("a", 1, 1, "mild")
ALSO_MILD = part("b", 1, 1, "also mild")
SEVERE = part("b", 3, 3, "severe")
WORST = part("b", 4, 4, "worst")
OPEN_A, OPEN_B = part("a", 0, 4, "", ("x",)), part("b", 0, 1, "", ("x", "y"))
AT_LEAST_2 = part("a", 2, 3, "two", ("z",))

WHOLE = [
    ((NOTHING, SEVERE), Verdict(value="3", because="grade 3: severe", details={"a": "0", "b": "3"})),
    ((MILD, ALSO_MILD), Verdict(value="1", because="grade 1: mild; also mild", details={"a": "1", "b": "1"})),
    ((NOTHING,), Verdict(value="0", because="grade 0: no sign", details={"a": "0"})),
    (
        (OPEN_A, OPEN_B),
        Verdict(
            value=None,
            certainty=NOT_ASSESSABLE,
            because="not assessable: none of the signs was answered",
            why="signs_missing",
            missing=("x", "y"),
            details={"a": "undetermined", "b": "undetermined"},
        ),
    ),
    (
        (OPEN_A, SEVERE),
        Verdict(
            value="3",
            certainty=AT_LEAST,
            because="at least grade 3: severe",
            why="signs_missing",
            missing=("x",),
            details={"a": "undetermined", "b": "3"},
        ),
    ),
    (
        (AT_LEAST_2, OPEN_B),
        Verdict(
            value="2",
            certainty=AT_LEAST,
            because="at least grade 2: two",
            why="signs_missing",
            missing=("z",),
            details={"a": "at_least_2", "b": "undetermined"},
        ),
    ),
    ((OPEN_A, WORST), Verdict(value="4", because="grade 4: worst", details={"a": "undetermined", "b": "4"})),
]


@pytest.mark.parametrize(("parts", "expected"), WHOLE)
def test_the_worst_part_is_the_grade_and_a_lower_bound_while_an_answer_could_raise_it(
    parts: tuple[Part, ...], expected: Verdict
) -> None:
    assert combined(*parts) == expected


HIDDEN = ("total", "consciousness")
BLANK = {"test": "sedated", "consciousness": "sedated"}
SEDATED = [
    (
        (NOTHING, OPEN_B),
        Verdict(
            value=None,
            certainty=NOT_ASSESSABLE,
            because="not assessable: sedated, and no seizure, weakness or raised pressure",
            why="sedated",
            missing=(*HIDDEN, "x", "y"),
            details={"a": "0", "b": "undetermined", **BLANK},
        ),
    ),
    (
        (OPEN_A, SEVERE),
        Verdict(
            value="3",
            certainty=AT_LEAST,
            because="at least grade 3: severe; sedation hides the test and consciousness",
            why="sedated",
            missing=(*HIDDEN, "x"),
            details={"a": "undetermined", "b": "3", **BLANK},
        ),
    ),
    ((OPEN_A, WORST), Verdict(value="4", because="grade 4: worst", details={"a": "undetermined", "b": "4", **BLANK})),
]


@pytest.mark.parametrize(("parts", "expected"), SEDATED)
def test_under_sedation_the_signs_it_does_not_hide_are_a_lower_bound(
    parts: tuple[Part, ...], expected: Verdict
) -> None:
    assert combined_under_sedation(HIDDEN, *parts) == expected


def test_a_death_is_grade_5_by_itself() -> None:
    assert died_of("CRS") == Verdict(value="5", because="grade 5: death from CRS", details={"death": "5"})


def test_what_cannot_be_assessed_says_why_and_what_would_help() -> None:
    assert not_assessable("the dates leave it open", "date_partial", "onset_on", "resolved_on") == Verdict(
        value=None,
        certainty=NOT_ASSESSABLE,
        because="not assessable: the dates leave it open",
        why="date_partial",
        missing=("onset_on", "resolved_on"),
    )
