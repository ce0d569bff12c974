"""ICANS by ASTCT 2019, literal and attributable: the vectors of CLINICAL.md 2.2, and D1 and D2."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import AWAKE, assessed, child, row_of, said, verdict_on
from forms.grading.icans import ICANS_ATTRIBUTABLE, ICANS_LITERAL
from forms.rule_set import RuleSet
from forms.values import NullFlavour

EXACT, AT_LEAST, NOT_ASSESSABLE = "exact", "at_least", "not_assessable"
FIVE, ELEVEN, TWELVE, FIFTEEN = "2020-06-01", "2014-03-09", "2014-03-08", "2010-06-01"
"""Birth dates: ages in completed years on the day of the assessment, 2026-03-08."""
BOTH = [ICANS_LITERAL, ICANS_ATTRIBUTABLE]


def icans(rule_set: RuleSet, birth: str, answers: dict[str, Any], **baseline: Any) -> tuple[str | None, str] | None:
    """Return value and certainty for a child without any sign but for the given answers."""
    enrolment, rows = [{"key": "e1", "birth_date": birth}], [{"key": "b1", **baseline}]
    return said(verdict_on(rule_set, {**AWAKE, **answers}, enrolment=enrolment, baseline=rows))


def ice(score: int | None, **answers: Any) -> dict[str, Any]:
    return {"instrument": "ice", "capd_total": None, "ice_total": score, **answers}


def capd(score: int | None, **answers: Any) -> dict[str, Any]:
    return {"instrument": "capd", "capd_total": score, **answers}


# CLINICAL.md 2.2, test vectors.
VECTORS = [
    (FIFTEEN, ice(7), ("1", EXACT)),
    (FIFTEEN, ice(10, consciousness="voice"), ("2", EXACT)),
    (FIFTEEN, ice(0), ("3", EXACT)),
    (FIFTEEN, ice(0, consciousness="unarousable"), ("4", EXACT)),
    (FIFTEEN, ice(9, seizure="brief"), ("3", EXACT)),
    (FIVE, capd(8), ("1", EXACT)),
    (FIVE, capd(8, consciousness="voice"), ("2", EXACT)),
    (FIVE, capd(9), ("3", EXACT)),
    (FIVE, capd(None, consciousness="unarousable"), ("4", EXACT)),
    (FIVE, capd(0, sedated="yes"), (None, NOT_ASSESSABLE)),
    # One unit on each side of each limit of the tables.
    (FIFTEEN, ice(10), ("0", EXACT)),
    (FIFTEEN, ice(9), ("1", EXACT)),
    (FIFTEEN, ice(6), ("2", EXACT)),
    (FIFTEEN, ice(3), ("2", EXACT)),
    (FIFTEEN, ice(2), ("3", EXACT)),
    (FIFTEEN, ice(0, test_impossible="yes"), ("4", EXACT)),
    (FIVE, capd(0), ("0", EXACT)),
    (FIVE, capd(1), ("1", EXACT)),
    (FIVE, capd(32), ("3", EXACT)),
    (FIVE, capd(None, test_impossible="yes"), ("4", EXACT)),
    (FIVE, capd(0, consciousness="tactile"), ("3", EXACT)),
    (FIVE, capd(0, seizure="nonconvulsive"), ("3", EXACT)),
    (FIVE, capd(0, seizure="prolonged"), ("4", EXACT)),
    (FIVE, capd(0, seizure="repetitive"), ("4", EXACT)),
    (FIVE, capd(0, motor="tremor_or_myoclonus"), ("0", EXACT)),
    (FIVE, capd(0, motor="deep_focal_weakness"), ("4", EXACT)),
    (FIVE, capd(0, pressure="focal_edema"), ("3", EXACT)),
    (FIVE, capd(0, pressure="diffuse_edema"), ("4", EXACT)),
    (FIVE, capd(0, pressure="posturing"), ("4", EXACT)),
    (FIVE, capd(0, pressure="sixth_nerve_palsy"), ("4", EXACT)),
    (FIVE, capd(0, pressure="papilledema"), ("4", EXACT)),
    (FIVE, capd(0, pressure="cushing_triad"), ("4", EXACT)),
    (FIVE, capd(0, pressure="focal_edema;papilledema"), ("4", EXACT)),
]


@pytest.mark.parametrize("rule_set", BOTH, ids=lambda rule_set: rule_set.id)
@pytest.mark.parametrize(("birth", "answers", "expected"), VECTORS)
def test_the_published_vectors_are_graded_as_printed(
    rule_set: RuleSet, birth: str, answers: dict[str, Any], expected: tuple[str | None, str]
) -> None:
    assert icans(rule_set, birth, answers) == expected


@pytest.mark.parametrize(
    ("birth", "delay", "answers", "expected"),
    # CLINICAL.md 2.2 and D1: CAPD below 12 completed years, "or older with developmental delay".
    [
        (TWELVE, "no", ice(7), ("1", EXACT)),
        (ELEVEN, "no", ice(7), ("0", AT_LEAST)),
        (ELEVEN, "no", ice(7, instrument_reason="site_practice"), ("1", EXACT)),
        (ELEVEN, "no", capd(9), ("3", EXACT)),
        (TWELVE, "no", capd(9), ("0", AT_LEAST)),
        (TWELVE, "yes", capd(9), ("3", EXACT)),
        (TWELVE, "yes", ice(7), ("1", EXACT)),
        (TWELVE, "no", capd(9, instrument_reason="developmental_delay"), ("3", EXACT)),
        ("2014-03", "no", ice(7), ("0", AT_LEAST)),  # 11 or 12: neither test counts at both ages
        ("2014-03", "no", capd(9), ("0", AT_LEAST)),
        ("2014-03", "yes", capd(9), ("3", EXACT)),
        ("2014-03", "no", ice(7, instrument_reason="language"), ("1", EXACT)),
    ],
)
def test_the_test_must_fit_the_age_or_have_a_reason(
    birth: str, delay: str, answers: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert icans(ICANS_LITERAL, birth, answers, developmental_delay=delay) == expected


def test_an_open_age_is_named_as_what_is_missing() -> None:
    verdict = verdict_on(ICANS_LITERAL, {**AWAKE, **ice(7)}, enrolment=[{"key": "e1", "birth_date": "2014-03"}])

    assert verdict is not None and verdict.missing == ("enrolment.birth_date",)


@pytest.mark.parametrize(
    ("answers", "expected"),
    # D2: sedation blanks test and consciousness only.
    [
        ({"seizure": "none"}, (None, NOT_ASSESSABLE, "sedated")),
        ({"capd_total": "20", "consciousness": "unarousable"}, (None, NOT_ASSESSABLE, "sedated")),
        ({"test_impossible": "yes"}, (None, NOT_ASSESSABLE, "sedated")),
        ({"seizure": "brief"}, ("3", AT_LEAST, "sedated")),
        ({"pressure": "focal_edema"}, ("3", AT_LEAST, "sedated")),
        ({"seizure": "prolonged"}, ("4", EXACT, "")),
        ({"motor": "deep_focal_weakness"}, ("4", EXACT, "")),
        ({"seizure": "brief", "motor": None}, ("3", AT_LEAST, "sedated")),
        ({"seizure": None, "motor": None, "pressure": None}, (None, NOT_ASSESSABLE, "sedated")),
    ],
)
def test_sedation_leaves_a_lower_bound_and_never_grade_0(
    answers: dict[str, Any], expected: tuple[str | None, str, str]
) -> None:
    for rule_set in BOTH:
        verdict = verdict_on(rule_set, {**AWAKE, "sedated": "yes", **answers})
        assert verdict is not None
        assert (verdict.value, verdict.certainty.value, verdict.why) == expected
        assert bool(verdict.missing) == (expected[1] != EXACT)


@pytest.mark.parametrize(
    ("answers", "expected", "missing"),
    [
        ({"capd_total": None}, ("0", AT_LEAST), ("capd_total",)),
        ({"capd_total": NullFlavour.NOT_AVAILABLE}, ("0", AT_LEAST), ("capd_total",)),
        ({"instrument": "none", "capd_total": None}, ("0", AT_LEAST), ("capd_total",)),
        ({"capd_total": None, "consciousness": "tactile"}, ("3", EXACT), ()),
        ({"consciousness": None}, ("0", AT_LEAST), ("consciousness",)),
        ({"consciousness": NullFlavour.UNKNOWN, "seizure": "brief"}, ("3", AT_LEAST), ("consciousness",)),
        ({"seizure": None}, ("0", AT_LEAST), ("seizure",)),
        ({"motor": None}, ("0", AT_LEAST), ("motor",)),
        ({"pressure": None}, ("0", AT_LEAST), ("pressure",)),
        ({"pressure": None, "motor": "deep_focal_weakness"}, ("4", EXACT), ()),
        ({"sedated": None}, ("0", EXACT), ()),
    ],
)
def test_a_missing_answer_leaves_a_lower_bound_where_it_could_raise_the_grade(
    answers: dict[str, Any], expected: tuple[str, str], missing: tuple[str, ...]
) -> None:
    verdict = verdict_on(ICANS_LITERAL, {**AWAKE, **answers})

    assert verdict is not None
    assert (said(verdict), verdict.missing) == (expected, missing)


def test_no_answer_at_all_is_not_assessable() -> None:
    verdict = verdict_on(ICANS_ATTRIBUTABLE, {})

    assert verdict is not None
    assert (verdict.value, verdict.why) == (None, "signs_missing")


@pytest.mark.parametrize("rule_set", BOTH, ids=lambda rule_set: rule_set.id)
@pytest.mark.parametrize(
    "answers",
    [
        {"capd_total": "20", "cognition_other_cause": "yes"},
        {"test_impossible": "yes", "cognition_other_cause": "yes"},
        {"consciousness": "tactile", "consciousness_other_cause": "yes"},
        {"seizure": "prolonged", "seizure_other_cause": "yes"},
        {"motor": "deep_focal_weakness", "motor_other_cause": "yes"},
        {"pressure": "papilledema", "pressure_other_cause": "yes"},
        {"pressure": "focal_edema;diffuse_edema", "intracranial_bleeding": "yes"},
    ],
)
def test_what_is_put_down_to_another_cause_does_not_count(rule_set: RuleSet, answers: dict[str, Any]) -> None:
    assert icans(rule_set, FIVE, answers) == ("0", EXACT)


def test_a_bleeding_excludes_edema_and_nothing_else() -> None:
    answers = {"pressure": "focal_edema;papilledema", "intracranial_bleeding": "yes"}

    assert icans(ICANS_LITERAL, FIVE, answers) == ("4", EXACT)


@pytest.mark.parametrize(
    ("birth", "baseline", "answers", "literal", "attributable"),
    # D1: the test counts only when worse than before infusion.
    [
        (FIVE, {"baseline_capd": "5"}, capd(5), ("1", EXACT), ("0", EXACT)),
        (FIVE, {"baseline_capd": "5"}, capd(6), ("1", EXACT), ("1", EXACT)),
        (FIVE, {"baseline_capd": "8"}, capd(9), ("3", EXACT), ("3", EXACT)),
        (FIVE, {"baseline_capd": "9"}, capd(9), ("3", EXACT), ("0", EXACT)),
        (FIVE, {"baseline_capd": "9"}, capd(10), ("3", EXACT), ("0", AT_LEAST)),
        (FIVE, {"baseline_capd": "9"}, capd(10, cognition_other_cause="no"), ("3", EXACT), ("3", EXACT)),
        (FIVE, {"baseline_capd": "9"}, capd(10, consciousness="tactile"), ("3", EXACT), ("3", EXACT)),
        (FIVE, {"baseline_capd": "9"}, capd(8, consciousness="voice"), ("2", EXACT), ("2", EXACT)),
        (FIVE, {}, capd(5), ("1", EXACT), ("1", EXACT)),
        (FIFTEEN, {"baseline_ice": "8"}, ice(8), ("1", EXACT), ("0", EXACT)),
        (FIFTEEN, {"baseline_ice": "8"}, ice(7), ("1", EXACT), ("1", EXACT)),
        (FIFTEEN, {"baseline_ice": "8"}, ice(9), ("1", EXACT), ("0", EXACT)),
        (FIFTEEN, {"baseline_ice": "2"}, ice(1), ("3", EXACT), ("3", EXACT)),
        (FIFTEEN, {"baseline_capd": "5"}, ice(7), ("1", EXACT), ("1", EXACT)),
        (FIVE, {"baseline_capd": "20"}, capd(None, test_impossible="yes"), ("4", EXACT), ("4", EXACT)),
    ],
)
def test_the_attributable_grade_counts_the_test_only_when_worse_than_before(
    birth: str,
    baseline: dict[str, str],
    answers: dict[str, Any],
    literal: tuple[str, str],
    attributable: tuple[str, str],
) -> None:
    found = [icans(rule_set, birth, answers, **baseline) for rule_set in BOTH]

    assert found == [literal, attributable]


@pytest.mark.parametrize("rule_set", BOTH, ids=lambda rule_set: rule_set.id)
def test_grade_5_stands_on_a_death_from_icans(rule_set: RuleSet) -> None:
    death = {"key": "x1", "died_on": "2026-03-08", "cause_of_death": "icans"}

    assert said(verdict_on(rule_set, AWAKE, end_of_study=[death])) == ("5", EXACT)
    assert said(verdict_on(rule_set, AWAKE, end_of_study=[{**death, "cause_of_death": "crs"}])) == ("0", EXACT)
    assert said(verdict_on(rule_set, AWAKE, end_of_study=[{**death, "died_on": "2026-03-09"}])) == ("0", EXACT)


@pytest.mark.parametrize(
    ("answers", "because"),
    [
        ({"capd_total": "12"}, "grade 3: CAPD 12 (no score before infusion to compare with)"),
        ({"consciousness": "voice"}, "grade 2: awakens to voice"),
        (
            {"sedated": "yes", "seizure": "brief"},
            "at least grade 3: a seizure that resolved rapidly; sedation hides the test and consciousness",
        ),
        ({"sedated": "yes"}, "not assessable: sedated, and no seizure, weakness or raised pressure"),
        ({"capd_total": None}, "at least grade 0: no sign"),
        ({}, "grade 0: no sign"),
    ],
)
def test_the_words_name_the_sign_that_decided(answers: dict[str, Any], because: str) -> None:
    verdict = verdict_on(ICANS_ATTRIBUTABLE, {**AWAKE, **answers})

    assert verdict is not None and verdict.because == because


def test_the_details_hold_each_domain_by_itself() -> None:
    verdict = verdict_on(ICANS_LITERAL, {**AWAKE, "sedated": "yes", "seizure": "brief", "motor": None})

    assert verdict is not None
    assert verdict.details == {
        "test": "sedated",
        "consciousness": "sedated",
        "seizure": "3",
        "motor": "undetermined",
        "pressure": "0",
    }


def test_a_page_that_was_changed_is_read_anew_and_both_grades_read_it_once() -> None:
    quiet, seizing = (row_of("assessment", assessed(3, **{**AWAKE, "seizure": one})) for one in ("none", "brief"))
    context = child(assessment=[])
    said_of = [[one.of(row, context) for one in BOTH] for row in (quiet, seizing, quiet)]

    assert [[verdict and verdict.value for verdict in both] for both in said_of] == [
        ["0", "0"],
        ["3", "3"],
        ["0", "0"],
    ]
