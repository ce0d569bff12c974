"""HLH by CARTOX 2018, organ by organ and in whole verdicts (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import QUIET, assessed, child, said
from forms.grading.cartox import CARTOX, CARTOX_1, criteria_of
from forms.grading.hlh_findings import Criterion, findings_of
from forms.rule_set import Verdict
from forms.values import NullFlavour
from hlh_children import (
    ALL_SIGNS,
    ALL_VALUES,
    CRS,
    MET,
    NO_VALUE,
    NONE_OF_IT,
    NORMAL,
    NOT_MET,
    OPEN,
    RANGES,
    SUSPECTED_ONLY,
    TWO_ORGANS,
    judged,
    sampled,
)


def febrile(day: int) -> dict[str, Any]:
    """Return an assessment of a day with CRS."""
    return {**assessed(day, **{**QUIET, "temperature_c": "39"})}


def of_both(*answers: dict[str, Any], **rows: Any) -> Verdict:
    """Return the verdict on which both versions agree; see ``hlh_children.judged``."""
    verdict = judged(CARTOX, *answers, **rows)
    assert judged(CARTOX_1, *answers, **rows) == verdict
    return verdict


@pytest.mark.parametrize(
    ("signs", "values", "expected"),
    # CLINICAL.md 2.3, D9: ferritin above 10,000 in the CRS phase and two organs; each organ counts once.
    [
        ({}, {"ferritin": "10000.1", **TWO_ORGANS}, (MET, "exact")),
        ({}, {"ferritin": "10000", **TWO_ORGANS}, (NOT_MET, "exact")),
        ({}, {"ferritin": "10000.1", "alt": "200", "creatinine": "2.5"}, (NOT_MET, "exact")),
        ({}, {"ferritin": "10000.1", "alt": "201", "ast": "999", "bilirubin_total": "9"}, (NOT_MET, "exact")),
        ({"urine_output_ml_kg_h": "0.49"}, {"ferritin": "10000.1", "bilirubin_total": "3.01"}, (MET, "exact")),
        ({"urine_output_ml_kg_h": "0.5"}, {"ferritin": "10000.1", "bilirubin_total": "3.01"}, (NOT_MET, "exact")),
        ({"haemophagocytosis": "yes"}, {"ferritin": "10000.1", "ast": "201"}, (MET, "exact")),
        ({"pulmonary_edema": "ventilation"}, {"ferritin": "10000.1", "ast": "201"}, (MET, "exact")),
        ({"pulmonary_edema": "imaging"}, {"ferritin": "10000.1", "ast": "201"}, (NOT_MET, "exact")),
        ({"pulmonary_edema": "oxygen"}, {"ferritin": "10000.1", "ast": "201"}, (NOT_MET, "exact")),
        (
            {"pulmonary_edema": "oxygen", "oxygen_mode": "nasal_cannula"},
            {"ferritin": "10000.1", "ast": "201"},
            (MET, "exact"),
        ),
        ({"haemophagocytosis": None}, {"ferritin": "10000.1", "ast": "201"}, (OPEN, "not_assessable")),
        ({"haemophagocytosis": None}, {"ferritin": "9000", "ast": "201"}, (NOT_MET, "exact")),
        ({}, {"ferritin": None, **TWO_ORGANS}, (OPEN, "not_assessable")),
        ({}, {"ferritin": ">9000", **TWO_ORGANS}, (OPEN, "not_assessable")),
    ],
)
def test_cartox_needs_ferritin_and_two_organs(
    signs: dict[str, Any], values: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert said(of_both(signs, values, toxicity_episode=CRS)) == expected


@pytest.mark.parametrize(
    ("episodes", "timing", "state"),
    [
        (CRS, "in_crs_phase", MET),
        ([{**CRS[0], "resolved_on": "2026-03-07"}], "outside_crs_phase", NOT_MET),
        ([{**CRS[0], "onset_on": "2026-03-09"}], "outside_crs_phase", NOT_MET),
        ([{**CRS[0], "resolved_on": None}], "in_crs_phase", MET),
        ([{**CRS[0], "toxicity": "icans"}], "outside_crs_phase", NOT_MET),
        ([{**CRS[0], "onset_on": "2026-03"}], "unknown", OPEN),
        ([{**CRS[0], "onset_on": "2026-02"}], "in_crs_phase", MET),
        ([{**CRS[0], "resolved_on": "2026-03"}], "unknown", OPEN),
    ],
)
def test_ferritin_counts_in_the_crs_phase_only_and_its_timing_is_kept(
    episodes: list[dict[str, Any]], timing: str, state: str
) -> None:
    verdict = of_both({}, {"ferritin": "20000"}, toxicity_episode=episodes)

    assert (verdict.details["ferritin_timing"], verdict.details["ferritin_in_crs"]) == (timing, state)


def test_without_any_day_graded_for_crs_the_phase_is_not_known() -> None:
    verdict = of_both({"temperature_c": None}, {"ferritin": "20000"})

    assert (verdict.details["ferritin_timing"], verdict.details["ferritin_in_crs"]) == ("unknown", OPEN)


def test_a_peak_of_the_crs_phase_counts_later_and_graded_days_make_the_phase_too() -> None:
    free = [assessed(day, **QUIET) for day in (4, 5, 6, 7)]
    suspected = assessed(9, **{**NONE_OF_IT, **QUIET})
    peak, late = sampled("2026-03-07", "l1", ferritin="20000"), sampled("2026-03-14", "l2", ferritin="30000")

    for rule_set in (CARTOX_1, CARTOX):
        found = [
            rule_set.verdicts(child(assessment=[febrile(2), *free, suspected], laboratory=samples))["a9.6"]
            for samples in ([peak, late], [late])
        ]
        assert [one.details["ferritin_timing"] for one in found] == ["in_crs_phase", "outside_crs_phase"]


def test_cartox_with_all_criteria_names_all_organs() -> None:
    verdict = of_both(ALL_SIGNS, ALL_VALUES, toxicity_episode=CRS)

    assert verdict == Verdict(
        value=MET,
        because="ferritin above 10,000 in the CRS phase: met; organs: liver, kidney, lung, hemophagocytosis",
        details={
            **dict.fromkeys(("ferritin_in_crs", "liver", "kidney", "lung", "haemophagocytosis"), MET),
            "ferritin_timing": "in_crs_phase",
        },
    )


def test_cartox_without_any_answer_names_all_that_is_missing() -> None:
    verdict = of_both(SUSPECTED_ONLY, NO_VALUE)

    assert verdict.because == "ferritin above 10,000 in the CRS phase: undetermined; organs: none"
    assert verdict.details["ferritin_timing"] == "unknown"
    assert verdict.missing == (
        "laboratory.ferritin",
        "crs_grade",
        "laboratory.bilirubin_total",
        "laboratory.alt",
        "laboratory.ast",
        "urine_output_ml_kg_h",
        "laboratory.creatinine",
        "pulmonary_edema",
        "oxygen_mode",
        "haemophagocytosis",
    )


@pytest.mark.parametrize(("ferritin", "timing"), [("10000", "never"), ("10000.1", "in_crs_phase")])
def test_cartox_keeps_when_ferritin_rose(ferritin: str, timing: str) -> None:
    verdict = of_both({}, {"ferritin": ferritin}, toxicity_episode=CRS)

    assert verdict.details["ferritin_timing"] == timing


def test_an_episode_makes_the_crs_phase_where_no_day_is_graded() -> None:
    verdict = of_both({"temperature_c": None}, {"ferritin": "20000"}, toxicity_episode=CRS)

    assert verdict.details["ferritin_timing"] == "in_crs_phase"


def test_a_creatinine_without_one_before_leaves_the_kidney_open() -> None:
    values = {"creatinine": "1", "alt": "201", "ferritin": "20000"}

    verdict = of_both({}, values, toxicity_episode=CRS, baseline=[{"key": "b1"}])

    assert (verdict.value, verdict.details["kidney"]) == (OPEN, OPEN)


def test_only_what_has_no_answer_is_missing() -> None:
    verdict = of_both({}, {"creatinine": None, "alt": "201", "ferritin": "20000"}, toxicity_episode=CRS)

    assert (verdict.value, verdict.missing) == (OPEN, ("laboratory.creatinine",))


def test_cartox_says_not_met_in_words_and_leaves_open_edema_without_a_mode_of_oxygen() -> None:
    verdict = of_both({"pulmonary_edema": "oxygen", "oxygen_mode": None}, {}, toxicity_episode=CRS)

    assert verdict.because == "ferritin above 10,000 in the CRS phase: not met; organs: none"
    assert verdict.details["lung"] == OPEN


def test_cartox_says_nothing_of_a_child_in_whom_nobody_thought_of_hlh_unless_it_is_met() -> None:
    quiet = {"carhlh_suspected": "no"}

    met = of_both({**quiet, "haemophagocytosis": "yes"}, {"ferritin": "20000", "alt": "900"}, toxicity_episode=CRS)

    assert met.value == MET
    rows = {"laboratory": [sampled(**{**NORMAL, "ferritin": "20000"})], "toxicity_episode": CRS}
    assert CARTOX.verdicts(child(assessment=[assessed(3, **{**NONE_OF_IT, **quiet})], **rows)) == {}


def test_without_any_answer_each_criterion_is_open_and_names_what_would_tell() -> None:
    context = child(assessment=[assessed(3, **{**NONE_OF_IT, **SUSPECTED_ONLY})])

    assert criteria_of(findings_of(context)["a3.6"]) == (
        Criterion(
            name="ferritin_in_crs",
            label="ferritin above 10,000 in the CRS phase",
            is_met=None,
            missing=("laboratory.ferritin", "crs_grade"),
        ),
        Criterion(
            name="liver",
            label="liver",
            is_met=None,
            missing=("laboratory.bilirubin_total", "laboratory.alt", "laboratory.ast"),
        ),
        Criterion(
            name="kidney", label="kidney", is_met=None, missing=("urine_output_ml_kg_h", "laboratory.creatinine")
        ),
        Criterion(name="lung", label="lung", is_met=None, missing=("pulmonary_edema", "oxygen_mode")),
        Criterion(name="haemophagocytosis", label="hemophagocytosis", is_met=None, missing=("haemophagocytosis",)),
    )


def ungraded(day: int) -> dict[str, Any]:
    """Return an assessment of a day of which the grade of CRS is not known."""
    return {**assessed(day, temperature_c=None)}


UNDATED = {**CRS[0], "onset_on": None, "resolved_on": None}
FREE = [assessed(day, **QUIET) for day in (0, 1, 2)]


@pytest.mark.parametrize(
    ("episodes", "days", "first", "second"),
    # D9: what is not known leaves the verdict open. Ferritin of 20,000 is of day 3, on which the grade of CRS is 0.
    [
        ([UNDATED], [], "outside_crs_phase", "unknown"),
        ([UNDATED], FREE, "outside_crs_phase", "unknown"),
        ([{**UNDATED, "onset_on": NullFlavour.UNKNOWN}], [], "outside_crs_phase", "unknown"),
        ([{**UNDATED, "toxicity": "icans"}], [], "outside_crs_phase", "outside_crs_phase"),
        ([{**UNDATED, "resolved_on": "2026-03-07"}], [], "outside_crs_phase", "outside_crs_phase"),
        ([{**UNDATED, "resolved_on": "2026-03-09"}], [], "outside_crs_phase", "unknown"),
        ([{**UNDATED, "resolved_on": "2026-03-08"}], [], "outside_crs_phase", "in_crs_phase"),
        # From the infusion to the day that is graded, or to that of another episode.
        ([{**UNDATED, "resolved_on": "2026-03-06"}], [febrile(4)], "outside_crs_phase", "in_crs_phase"),
        ([UNDATED, {**CRS[0], "resolved_on": "2026-03-07"}], [], "outside_crs_phase", "in_crs_phase"),
        # Of another infusion.
        ([{**CRS[0], "infusion": "i2"}], [], "outside_crs_phase", "outside_crs_phase"),
        # Resolved, on a day that is not known; without that it goes on.
        (
            [{**UNDATED, "onset_on": "2026-03", "outcome": "resolved"}, {**CRS[0], "resolved_on": "2026-03-07"}],
            [],
            "in_crs_phase",
            "unknown",
        ),
        ([{**CRS[0], "resolved_on": None, "outcome": "resolved"}], [], "in_crs_phase", "unknown"),
        ([{**CRS[0], "resolved_on": None, "outcome": "ongoing"}], [], "in_crs_phase", "in_crs_phase"),
        ([{**CRS[0], "onset_on": "2026-03-08", "resolved_on": None, "outcome": "resolved"}], [], *["in_crs_phase"] * 2),
        # A day whose grade is not known, before or after one that is.
        ([], [febrile(1), ungraded(4)], "outside_crs_phase", "unknown"),
        ([], [febrile(1), ungraded(2)], "outside_crs_phase", "outside_crs_phase"),
        ([], [ungraded(2), febrile(4)], "outside_crs_phase", "unknown"),
        ([], [ungraded(4), febrile(5)], "outside_crs_phase", "outside_crs_phase"),
        ([], [ungraded(2)], "outside_crs_phase", "outside_crs_phase"),
        ([{**CRS[0], "resolved_on": "2026-03-07"}], [ungraded(4)], "outside_crs_phase", "unknown"),
        # What the committee called it counts.
        ([{**CRS[0], "adjudicated_toxicity": "infection"}], [], "in_crs_phase", "outside_crs_phase"),
        ([{**CRS[0], "toxicity": "icans", "adjudicated_toxicity": "crs"}], [], "outside_crs_phase", "in_crs_phase"),
    ],
)
def test_the_second_version_leaves_open_what_may_have_been_the_crs_phase(
    episodes: list[dict[str, Any]], days: list[dict[str, Any]], first: str, second: str
) -> None:
    values = [sampled(**{**NORMAL, **TWO_ORGANS, "ferritin": "20000"})]
    context = child(
        assessment=[*days, assessed(3, **{**NONE_OF_IT, **QUIET})],
        toxicity_episode=episodes,
        laboratory=values,
        ranges=RANGES,
    )
    found = [rule_set.verdicts(context)["a3.6"] for rule_set in (CARTOX_1, CARTOX)]
    value = {"in_crs_phase": MET, "outside_crs_phase": NOT_MET, "unknown": OPEN}

    assert [verdict.details["ferritin_timing"] for verdict in found] == [first, second]
    assert [verdict.value for verdict in found] == [value[first], value[second]]


def test_a_day_without_a_grade_may_have_been_in_the_phase_though_none_is_graded() -> None:
    ended = [{**CRS[0], "resolved_on": "2026-03-07"}]
    signs, values = {"temperature_c": None}, {"ferritin": "20000"}
    found = [judged(one, signs, values, toxicity_episode=ended) for one in (CARTOX_1, CARTOX)]

    assert [one.details["ferritin_timing"] for one in found] == ["outside_crs_phase", "unknown"]


def test_liver_and_kidney_are_graded_by_the_second_version_of_ctcae() -> None:
    values = {"ferritin": "20000", "alt": "201", "creatinine": "0.6"}
    before = [{"key": "b1", "baseline_creatinine": "<0.2"}]
    found = [judged(one, {}, values, toxicity_episode=CRS, baseline=before).value for one in (CARTOX_1, CARTOX)]

    # 0.6 is above three times anything below 0.2: grade 3.
    assert found == [OPEN, MET]
