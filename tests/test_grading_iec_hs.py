"""IEC-HS 2023: its ferritin criterion and each of its features (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bedside import assessed, child, said
from forms.grading.hlh_findings import Criterion, findings_of
from forms.grading.iec_hs import IEC_HS_1, common_features, ferritin_is_raised, other_features
from forms.grading.iec_hs_before import IEC_HS
from forms.grading.iec_hs_limits import IEC_HS_2
from forms.rule_set import RuleSet
from hlh_children import MET, NO_VALUE, NONE_OF_IT, NORMAL, NOT_MET, OPEN, RANGES, SUSPECTED_ONLY, judged, sampled


@pytest.fixture(params=[IEC_HS_1, IEC_HS_2, IEC_HS], ids=["version 1", "version 2", "version 3"])
def rule_set(request: pytest.FixtureRequest) -> RuleSet:
    """Return each version: what is told here holds for all."""
    found: RuleSet = request.param
    return found


@pytest.mark.parametrize(
    ("signs", "values", "expected"),
    # CLINICAL.md 2.3: ferritin > 2 x ULN (300), or > 2 x the value before infusion, or rising rapidly.
    [
        ({}, {"ferritin": "600"}, (NOT_MET, "exact")),
        ({}, {"ferritin": "600.1"}, (MET, "exact")),
        ({"ferritin_rising": "yes"}, {"ferritin": "100"}, (MET, "exact")),
        ({"ferritin_rising": None}, {"ferritin": "600"}, (OPEN, "not_assessable")),
        ({}, {"ferritin": None}, (OPEN, "not_assessable")),
    ],
)
def test_iec_hs_stands_on_ferritin(
    rule_set: RuleSet, signs: dict[str, Any], values: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert said(judged(rule_set, signs, values)) == expected


@pytest.mark.parametrize(("ferritin", "value"), [("400.1", MET), ("400", NOT_MET)])
def test_iec_hs_compares_ferritin_with_the_value_before_infusion_too(
    rule_set: RuleSet, ferritin: str, value: str
) -> None:
    baseline = [{"key": "b1", "baseline_ferritin": "200"}]

    assert judged(rule_set, {}, {"ferritin": ferritin}, baseline=baseline).value == value


# The features, one unit on each side of each limit where there is one.
IEC_HS_FEATURES = [
    ("onset_with_resolving_crs", {"onset_with_resolving_crs": "yes"}, {}, MET),
    ("liver", {}, {"ast": "200.1"}, MET),
    ("liver", {}, {"ast": "200", "alt": "200"}, NOT_MET),
    ("fibrinogen", {}, {"fibrinogen": "179.9"}, MET),
    ("fibrinogen", {}, {"fibrinogen": "180"}, NOT_MET),
    ("haemophagocytosis", {"haemophagocytosis": "yes"}, {}, MET),
    ("new_cytopenia", {"new_cytopenia": "yes"}, {}, MET),
    ("ldh", {}, {"ldh": "301"}, MET),
    ("ldh", {}, {"ldh": "300"}, NOT_MET),
    ("coagulopathy", {}, {"aptt_s": "40.1"}, MET),
    ("coagulopathy", {}, {"prothrombin_time_s": "14.1"}, MET),
    ("coagulopathy", {"coagulopathy": "yes"}, {}, MET),
    ("coagulopathy", {}, {}, NOT_MET),
    ("bilirubin_direct", {}, {"bilirubin_direct": "0.31"}, MET),
    ("splenomegaly", {"splenomegaly": "yes"}, {}, MET),
    ("fever", {"temperature_c": "38.0"}, {}, MET),
    ("fever", {"temperature_c": "37.9"}, {}, NOT_MET),
    ("neurotoxicity", {"icans_grade": "1"}, {}, MET),
    ("neurotoxicity", {}, {}, NOT_MET),
    ("neurotoxicity", {"icans_grade": None, "sedated": "yes"}, {}, OPEN),
    ("lung", {"oxygen_mode": "nasal_cannula"}, {}, MET),
    ("lung", {"pulmonary_edema": "imaging"}, {}, MET),
    ("renal_insufficiency", {"renal_insufficiency": "yes"}, {}, MET),
    ("triglycerides", {}, {"triglycerides": "265.1"}, MET),
    ("triglycerides", {}, {"triglycerides": "265"}, NOT_MET),
    ("triglycerides", {}, {"triglycerides": "265.1", "fasting": "no"}, OPEN),
]


@pytest.mark.parametrize(("feature", "signs", "values", "state"), IEC_HS_FEATURES)
def test_each_feature_of_iec_hs_by_itself(
    rule_set: RuleSet, feature: str, signs: dict[str, Any], values: dict[str, Any], state: str
) -> None:
    assert judged(rule_set, signs, values).details[feature] == state


def test_iec_hs_counts_the_features_and_leaves_the_diagnosis_to_the_clinician(rule_set: RuleSet) -> None:
    verdict = judged(rule_set, {"new_cytopenia": "yes", "splenomegaly": "yes"}, {"ferritin": "5000", "alt": "400"})

    assert verdict.because == (
        "ferritin criterion met; 2 of 5 common and 1 of 9 other features; the diagnosis is the clinician's"
    )


COMMON = ("onset_with_resolving_crs", "liver", "fibrinogen", "haemophagocytosis", "new_cytopenia")
OTHER = (
    "ldh", "coagulopathy", "bilirubin_direct", "splenomegaly", "fever", "neurotoxicity", "lung", "renal_insufficiency",
    "triglycerides",
)  # fmt: skip


@pytest.mark.parametrize(("signs", "values", "state"), [({}, {}, NOT_MET), (SUSPECTED_ONLY, NO_VALUE, OPEN)])
def test_iec_hs_keeps_each_feature_beside_the_ferritin_criterion(
    rule_set: RuleSet, signs: dict[str, Any], values: dict[str, Any], state: str
) -> None:
    verdict = judged(rule_set, signs, values)

    assert verdict.details == dict.fromkeys(("ferritin", *COMMON, *OTHER), state)
    assert verdict.because == (
        f"ferritin criterion {state.replace('_', ' ')}; 0 of 5 common and 0 of 9 other features; the diagnosis is the "
        "clinician's"
    )
    assert verdict.missing == (() if state == NOT_MET else ("laboratory.ferritin", "ferritin_rising"))


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ([{"key": "b1", "baseline_ferritin": "200"}], MET),
        ([{"key": "b1"}], NOT_MET),
    ],
)
def test_ferritin_of_the_baseline_page_is_of_the_first_infusion(
    rule_set: RuleSet, before: list[dict[str, Any]], value: str
) -> None:
    # The second infusion is told first and its key is the smaller one.
    infusions = [{"key": "i0", "infused_on": "2026-05-05"}, {"key": "i1", "infused_on": "2026-03-05"}]

    assert judged(rule_set, {}, {"ferritin": "401"}, baseline=before, infusion=infusions).value == value


@pytest.mark.parametrize(("earlier", "value"), [("200", MET), ("201", NOT_MET)])
def test_ferritin_of_a_sample_before_the_infusion_is_compared_with_too(
    rule_set: RuleSet, earlier: str, value: str
) -> None:
    samples = [sampled("2026-03-04", "l0", ferritin=earlier), sampled(**{**NORMAL, "ferritin": "401"})]

    assert judged(rule_set, {}, laboratory=samples).value == value


def test_every_sample_of_the_window_is_graded(rule_set: RuleSet) -> None:
    samples = [
        sampled("2026-03-07", "l1", alt="500"),
        sampled("2026-03-08", "l2", alt="20"),
    ]

    assert judged(rule_set, laboratory=samples).details["liver"] == MET


@pytest.mark.parametrize(("alt", "state"), [("120.1", NOT_MET), (">150", OPEN), ("200.1", MET)])
def test_a_liver_value_beyond_detection_leaves_the_grade_open(rule_set: RuleSet, alt: str, state: str) -> None:
    samples = [sampled(**{**NORMAL, "alt": alt, "ast": "20"})]

    assert judged(rule_set, laboratory=samples).details["liver"] == state


def test_an_assessment_without_a_link_has_the_ferritin_of_the_infusion_before_it(rule_set: RuleSet) -> None:
    row = {**assessed(3, **NONE_OF_IT), "infusion": None}
    before = [{"key": "b1", "baseline_ferritin": "200"}]

    assert judged(rule_set, {}, {"ferritin": "401"}, baseline=before, assessment=[row]).value == MET


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        ({"icans_grade": None, "sedated": "yes", "seizure": "brief"}, MET),
        ({"icans_grade": None, "consciousness": "tactile"}, MET),
        ({"icans_grade": None}, OPEN),
        ({"icans_grade": "0"}, NOT_MET),
    ],
)
def test_neurotoxicity_is_the_icans_grade_that_stands(rule_set: RuleSet, signs: dict[str, Any], state: str) -> None:
    assert judged(rule_set, signs).details["neurotoxicity"] == state


def test_without_a_normal_range_a_feature_that_needs_one_is_open_and_fibrinogen_counts_below_150(
    rule_set: RuleSet,
) -> None:
    def features(fibrinogen: str) -> tuple[str, ...]:
        row = assessed(3, **NONE_OF_IT)
        samples = [sampled(**{**NORMAL, "fibrinogen": fibrinogen, "ferritin": "9000"})]
        details = rule_set.verdicts(child(assessment=[row], laboratory=samples))["a3.6"].details
        return tuple(details[name] for name in ("ldh", "fibrinogen", "ferritin"))

    assert features("149.9") == (OPEN, MET, OPEN)
    assert features("150") == (OPEN, NOT_MET, OPEN)


def test_a_sample_that_names_another_laboratory_is_judged_by_the_ranges_recorded_for_it(rule_set: RuleSet) -> None:
    values = {"ferritin": "700", "fibrinogen": "170", "ldh": "350"}
    elsewhere = tuple(
        replace(known, laboratory="referring hospital", high=known.high * 2, low=known.low - 20 if known.low else None)
        for known in RANGES
        if known.high is not None
    )

    def features(**where: str) -> tuple[str, ...]:
        row, samples = assessed(3, **NONE_OF_IT), [sampled(**{**NORMAL, **values, **where})]
        context = child(assessment=[row], laboratory=samples, ranges=(*RANGES, *elsewhere))
        details = rule_set.verdicts(context)["a3.6"].details
        return tuple(details[name] for name in ("ferritin", "fibrinogen", "ldh"))

    assert features() == (MET, MET, MET)
    assert features(other_laboratory="yes", which_laboratory="Referring  Hospital") == (NOT_MET, NOT_MET, NOT_MET)
    assert features(other_laboratory="yes", which_laboratory="A third one") == (OPEN, NOT_MET, OPEN)
    # One that is not named: version 1 takes the site's own range, the others none.
    unnamed = (MET, MET, MET) if rule_set.version == "1" else (OPEN, NOT_MET, OPEN)
    assert features(other_laboratory="yes") == unnamed


FEATURES = [
    Criterion(name="ferritin", label="ferritin", is_met=None, missing=("laboratory.ferritin", "ferritin_rising")),
    Criterion(
        name="onset_with_resolving_crs",
        label="onset with resolving CRS",
        is_met=None,
        missing=("onset_with_resolving_crs",),
    ),
    Criterion(name="liver", label="AST or ALT", is_met=None, missing=("laboratory.alt", "laboratory.ast")),
    Criterion(name="fibrinogen", label="fibrinogen", is_met=None, missing=("laboratory.fibrinogen",)),
    Criterion(name="haemophagocytosis", label="hemophagocytosis", is_met=None, missing=("haemophagocytosis",)),
    Criterion(name="new_cytopenia", label="cytopenia", is_met=None, missing=("new_cytopenia",)),
    Criterion(name="ldh", label="LDH", is_met=None, missing=("laboratory.ldh",)),
    Criterion(name="coagulopathy", label="coagulopathy", is_met=None, missing=("coagulopathy",)),
    Criterion(name="bilirubin_direct", label="direct bilirubin", is_met=None, missing=("laboratory.bilirubin_direct",)),
    Criterion(name="splenomegaly", label="splenomegaly", is_met=None, missing=("splenomegaly",)),
    Criterion(name="fever", label="fever", is_met=None, missing=("temperature_c",)),
    Criterion(name="neurotoxicity", label="neurotoxicity", is_met=None, missing=("icans_grade",)),
    Criterion(name="lung", label="lung", is_met=None, missing=("oxygen_mode", "pulmonary_edema")),
    Criterion(name="renal_insufficiency", label="renal insufficiency", is_met=None, missing=("renal_insufficiency",)),
    Criterion(name="triglycerides", label="triglycerides", is_met=None, missing=("laboratory.triglycerides",)),
]


def test_without_any_answer_each_feature_is_open_and_names_what_would_tell() -> None:
    context = child(assessment=[assessed(3, **{**NONE_OF_IT, **SUSPECTED_ONLY})])
    found = findings_of(context)["a3.6"]

    assert [
        ferritin_is_raised(found, context),
        *common_features(found, context),
        *other_features(found, context),
    ] == FEATURES


@pytest.mark.parametrize(
    ("signs", "state"),
    # A grade that is a lower bound of 0 excludes nothing; a complete grade 0 does.
    [
        ({"icans_grade": None, "consciousness": "awake", "capd_total": "0", "instrument": "capd"}, OPEN),
        (
            {
                "icans_grade": None,
                "sedated": "no",
                "consciousness": "awake",
                "capd_total": "0",
                "instrument": "capd",
                "seizure": "none",
                "motor": "none",
                "pressure": "none",
            },
            NOT_MET,
        ),
    ],
)
def test_neurotoxicity_is_excluded_by_complete_signs_only(rule_set: RuleSet, signs: dict[str, Any], state: str) -> None:
    assert judged(rule_set, signs).details["neurotoxicity"] == state
