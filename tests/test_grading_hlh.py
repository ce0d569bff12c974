"""HLH-2004, CARTOX 2018 and IEC-HS 2023 side by side, criterion by criterion (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bedside import QUIET, assessed, child, said
from forms.context import ReferenceRange
from forms.grading.cartox import CARTOX
from forms.grading.hlh_2004 import HLH_2004, hlh_2004
from forms.grading.iec_hs import IEC_HS
from forms.grading.iec_hs_grade import IEC_HS_GRADE
from forms.grading.rule_set import RuleSet, Verdict

MET, NOT_MET, OPEN = "met", "not_met", "undetermined"
RANGES = tuple(
    ReferenceRange(analyte=name, valid_from=date(2026, 1, 1), high=Decimal(high), low=Decimal(low) if low else None)
    for name, low, high in (
        ("alt", None, "40"),
        ("ast", None, "40"),
        ("bilirubin_total", None, "1"),
        ("bilirubin_direct", None, "0.3"),
        ("creatinine", None, "0.8"),
        ("ferritin", None, "300"),
        ("fibrinogen", "180", "400"),
        ("ldh", None, "300"),
        ("aptt_s", None, "40"),
        ("prothrombin_time_s", None, "14"),
    )
)
NONE_OF_IT = {
    "temperature_c": "37.0",
    "carhlh_suspected": "yes",
    "splenomegaly": "no",
    "haemophagocytosis": "no",
    "nk_activity_low": "no",
    "ferritin_rising": "no",
    "onset_with_resolving_crs": "no",
    "new_cytopenia": "no",
    "coagulopathy": "no",
    "renal_insufficiency": "no",
    "urine_output_ml_kg_h": "2",
    "pulmonary_edema": "none",
    "oxygen_mode": "room_air",
    "icans_grade": "0",
}
NORMAL = {
    "ferritin": "200",
    "fibrinogen": "300",
    "triglycerides": "100",
    "fasting": "yes",
    "haemoglobin": "12",
    "platelets": "200",
    "anc": "3",
    "sil2r": "500",
    "alt": "20",
    "ast": "20",
    "bilirubin_total": "0.5",
    "bilirubin_direct": "0.1",
    "creatinine": "0.4",
    "ldh": "200",
    "aptt_s": "30",
    "prothrombin_time_s": "12",
}


def sampled(day: str = "2026-03-08", key: str = "l1", **values: Any) -> dict[str, Any]:
    return {"key": key, "infusion": "i1", "sampled_at": f"{day} 05:00", **values}


def judged(
    rule_set: RuleSet, signs: dict[str, Any] | None = None, values: dict[str, Any] | None = None, **rows: Any
) -> Verdict:
    """Return the verdict on an assessment of day 3 without any criterion but for the given answers."""
    before = {"key": "b1", "baseline_creatinine": "0.4"}
    given = {
        "baseline": [before],
        "laboratory": [sampled(**{**NORMAL, **(values or {})})],
        "assessment": [assessed(3, **{**NONE_OF_IT, **(signs or {})})],
        **rows,
    }
    return rule_set.verdicts(child(ranges=RANGES, **given))["a3.6"]


# CLINICAL.md 2.3: each criterion of HLH-2004 one unit on each side of its limit.
HLH_2004_LIMITS = [
    ("fever", {"temperature_c": "38.4"}, {}, NOT_MET),
    ("fever", {"temperature_c": "38.5"}, {}, MET),
    ("splenomegaly", {"splenomegaly": "yes"}, {}, MET),
    ("cytopenia", {}, {"haemoglobin": "8.99", "platelets": "99.9"}, MET),
    ("cytopenia", {}, {"haemoglobin": "9", "platelets": "99.9"}, NOT_MET),
    ("cytopenia", {}, {"haemoglobin": "8.99", "platelets": "100"}, NOT_MET),
    ("cytopenia", {}, {"platelets": "99.9", "anc": "0.999"}, MET),
    ("cytopenia", {}, {"platelets": "99.9", "anc": "1"}, NOT_MET),
    ("cytopenia", {}, {"platelets": "99.9", "anc": None}, OPEN),
    ("cytopenia", {}, {"platelets": "200", "anc": None}, NOT_MET),
    ("triglycerides_or_fibrinogen", {}, {"triglycerides": "265"}, MET),
    ("triglycerides_or_fibrinogen", {}, {"triglycerides": "264.9"}, NOT_MET),
    ("triglycerides_or_fibrinogen", {}, {"triglycerides": "265", "fasting": "no"}, OPEN),
    ("triglycerides_or_fibrinogen", {}, {"triglycerides": "265", "fasting": None}, OPEN),
    ("triglycerides_or_fibrinogen", {}, {"triglycerides": "100", "fasting": None}, NOT_MET),
    ("triglycerides_or_fibrinogen", {}, {"fibrinogen": "150"}, MET),
    ("triglycerides_or_fibrinogen", {}, {"fibrinogen": "150.1"}, NOT_MET),
    ("triglycerides_or_fibrinogen", {}, {"triglycerides": None}, OPEN),
    ("triglycerides_or_fibrinogen", {}, {"triglycerides": None, "fibrinogen": "150"}, MET),
    ("haemophagocytosis", {"haemophagocytosis": "yes"}, {}, MET),
    ("haemophagocytosis", {"haemophagocytosis": None}, {}, OPEN),
    ("nk_activity_low", {"nk_activity_low": "yes"}, {}, MET),
    ("ferritin", {}, {"ferritin": "500"}, MET),
    ("ferritin", {}, {"ferritin": "499.9"}, NOT_MET),
    ("ferritin", {}, {"ferritin": ">400"}, OPEN),
    ("ferritin", {}, {"ferritin": ">100000"}, MET),
    ("ferritin", {}, {"ferritin": None}, OPEN),
    ("sil2r", {}, {"sil2r": "2400"}, MET),
    ("sil2r", {}, {"sil2r": "2399"}, NOT_MET),
]


@pytest.mark.parametrize(("criterion", "signs", "values", "state"), HLH_2004_LIMITS)
def test_each_criterion_of_hlh_2004_by_itself(
    criterion: str, signs: dict[str, Any], values: dict[str, Any], state: str
) -> None:
    assert judged(HLH_2004, signs, values).details[criterion] == state


FOUR_SIGNS = {"temperature_c": "38.5", "splenomegaly": "yes", "haemophagocytosis": "yes", "nk_activity_low": "yes"}


@pytest.mark.parametrize(
    ("signs", "values", "expected"),
    [
        (FOUR_SIGNS, {}, (NOT_MET, "exact")),
        (FOUR_SIGNS, {"ferritin": "500"}, (MET, "exact")),
        (FOUR_SIGNS, {"ferritin": None}, (OPEN, "not_assessable")),
        ({**FOUR_SIGNS, "splenomegaly": None}, {"ferritin": "500"}, (OPEN, "not_assessable")),
        ({**FOUR_SIGNS, "splenomegaly": None}, {}, (NOT_MET, "exact")),
        ({**FOUR_SIGNS, "splenomegaly": None}, {"ferritin": "500", "sil2r": "2400"}, (MET, "exact")),
    ],
)
def test_five_of_eight_criteria_are_met_not_met_or_undetermined(
    signs: dict[str, Any], values: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert said(judged(HLH_2004, signs, values)) == expected


def test_what_is_undetermined_names_the_answers_that_would_decide() -> None:
    verdict = judged(HLH_2004, {**FOUR_SIGNS, "splenomegaly": None}, {"ferritin": None})

    assert verdict.because == "3 of 8 criteria met: fever, hemophagocytosis, low NK activity"
    assert (verdict.why, verdict.missing) == ("criteria_undetermined", ("splenomegaly", "laboratory.ferritin"))


def test_the_threshold_of_fever_is_a_parameter() -> None:
    lower = hlh_2004("hlh_2004_fever_38_0", Decimal("38.0"))

    assert judged(lower, {"temperature_c": "38.0"}).details["fever"] == MET
    assert judged(lower, {"temperature_c": "37.9"}).details["fever"] == NOT_MET
    assert judged(HLH_2004, {"temperature_c": "38.0"}).details["fever"] == NOT_MET


@pytest.mark.parametrize(
    ("birth", "haemoglobin", "state"),
    # Below 9 g/dL, below 10 under four weeks.
    [("2026-02-09", "9.99", MET), ("2026-02-09", "10", NOT_MET), ("2026-02-08", "9.99", NOT_MET)],
)
def test_under_four_weeks_hemoglobin_counts_below_10(birth: str, haemoglobin: str, state: str) -> None:
    values = {"platelets": "99.9", "haemoglobin": haemoglobin}

    assert judged(HLH_2004, {}, values, enrolment=[{"key": "e1", "birth_date": birth}]).details["cytopenia"] == state


@pytest.mark.parametrize(
    ("day", "state"),
    [("2026-03-08", MET), ("2026-03-06", MET), ("2026-03-05", OPEN), ("2026-03-09", OPEN)],
)
def test_blood_values_of_the_day_and_the_two_days_before_count(day: str, state: str) -> None:
    assert judged(HLH_2004, laboratory=[sampled(day, ferritin="900")]).details["ferritin"] == state


@pytest.mark.parametrize(("day", "state"), [(1, MET), (3, MET), (0, NOT_MET), (4, NOT_MET)])
def test_a_fever_of_the_two_days_before_counts(day: int, state: str) -> None:
    rows = [assessed(day, 20, temperature_c="39"), assessed(3, **NONE_OF_IT)]

    assert judged(HLH_2004, assessment=rows).details["fever"] == state


def test_without_suspicion_only_what_is_met_is_said() -> None:
    quiet = assessed(3, carhlh_suspected="no", temperature_c="38.5")
    values = {"platelets": "50", "anc": "0.1", "fibrinogen": "100", "ferritin": "900"}
    rows = {"assessment": [quiet], "laboratory": [sampled(**{**NORMAL, **values})]}

    assert HLH_2004.verdicts(child(**rows)) == {}
    rows["laboratory"] = [sampled(**{**NORMAL, **values, "sil2r": "9000"})]
    assert HLH_2004.verdicts(child(**rows))["a3.6"].value == MET


CRS = [{"key": "t1", "infusion": "i1", "toxicity": "crs", "onset_on": "2026-03-06", "resolved_on": "2026-03-09"}]
TWO_ORGANS = {"alt": "201", "creatinine": "2.5"}


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
    assert said(judged(CARTOX, signs, values, toxicity_episode=CRS)) == expected


@pytest.mark.parametrize(
    ("values", "feature", "rule_set"),
    [
        ({"alt": "500"}, "liver", CARTOX),
        ({"ast": "500"}, "liver", IEC_HS),
        ({"bilirubin_total": "9"}, "liver", CARTOX),
        ({"creatinine": "4"}, "kidney", CARTOX),
    ],
)
def test_a_sample_of_liver_or_kidney_alone_counts(values: dict[str, str], feature: str, rule_set: RuleSet) -> None:
    samples = [sampled("2026-03-07", "l1", **values), sampled("2026-03-08", "l2", platelets="200")]

    assert judged(rule_set, laboratory=samples).details[feature] == MET


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
    verdict = judged(CARTOX, {}, {"ferritin": "20000"}, toxicity_episode=episodes)

    assert (verdict.details["ferritin_timing"], verdict.details["ferritin_in_crs"]) == (timing, state)


def test_without_any_day_graded_for_crs_the_phase_is_not_known() -> None:
    verdict = judged(CARTOX, {"temperature_c": None}, {"ferritin": "20000"})

    assert (verdict.details["ferritin_timing"], verdict.details["ferritin_in_crs"]) == ("unknown", OPEN)


def test_a_peak_of_the_crs_phase_counts_later_and_graded_days_make_the_phase_too() -> None:
    febrile = assessed(2, **{**QUIET, "temperature_c": "39"})
    free = [assessed(day, **QUIET) for day in (4, 5, 6, 7)]
    suspected = {**assessed(9, **NONE_OF_IT)}
    peak, late = sampled("2026-03-07", "l1", ferritin="20000"), sampled("2026-03-14", "l2", ferritin="30000")

    both = CARTOX.verdicts(child(assessment=[febrile, *free, suspected], laboratory=[peak, late]))["a9.6"]
    only_late = CARTOX.verdicts(child(assessment=[febrile, *free, suspected], laboratory=[late]))["a9.6"]

    assert both.details["ferritin_timing"] == "in_crs_phase"
    assert only_late.details["ferritin_timing"] == "outside_crs_phase"


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
def test_iec_hs_stands_on_ferritin(signs: dict[str, Any], values: dict[str, Any], expected: tuple[str, str]) -> None:
    assert said(judged(IEC_HS, signs, values)) == expected


@pytest.mark.parametrize(("ferritin", "value"), [("400.1", MET), ("400", NOT_MET)])
def test_iec_hs_compares_ferritin_with_the_value_before_infusion_too(ferritin: str, value: str) -> None:
    baseline = [{"key": "b1", "baseline_ferritin": "200"}]

    assert judged(IEC_HS, {}, {"ferritin": ferritin}, baseline=baseline).value == value


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
    feature: str, signs: dict[str, Any], values: dict[str, Any], state: str
) -> None:
    assert judged(IEC_HS, signs, values).details[feature] == state


def test_iec_hs_counts_the_features_and_leaves_the_diagnosis_to_the_clinician() -> None:
    verdict = judged(IEC_HS, {"new_cytopenia": "yes", "splenomegaly": "yes"}, {"ferritin": "5000", "alt": "400"})

    assert verdict.because == (
        "ferritin criterion met; 2 of 5 common and 1 of 9 other features; the diagnosis is the clinician's"
    )


DIAGNOSED = {
    **NONE_OF_IT,
    "carhlh_present": "yes",
    "intervention_needed": "no",
    "bleeding": "none",
    "hypotension": "no",
    "vasoactives": "none",
    "crs_grade": "0",
    "antipyretic_24h": "no",
    "anticytokine_given": "yes",
}


@pytest.mark.parametrize(
    ("signs", "expected"),
    # CLINICAL.md 2.3: 1 observation, 2 treatment, 3 severe, 4 life-threatening.
    [
        ({}, ("1", "exact")),
        ({"intervention_needed": "yes"}, ("2", "exact")),
        ({"intervention_needed": None}, ("1", "at_least")),
        ({"bleeding": "minor"}, ("1", "exact")),
        ({"bleeding": "transfused"}, ("3", "exact")),
        ({"bleeding": "life_threatening"}, ("4", "exact")),
        ({"bleeding": None}, ("1", "at_least")),
        ({"renal_insufficiency": "yes"}, ("3", "exact")),
        ({"renal_insufficiency": None, "bleeding": "transfused"}, ("3", "exact")),
        ({"hypotension": "yes", "hypotension_other_cause": "yes"}, ("3", "exact")),
        ({"vasoactives": "norepinephrine", "hypotension": "yes", "hypotension_other_cause": "yes"}, ("4", "exact")),
        ({"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "2", "hypoxia_other_cause": "yes"}, ("3", "exact")),
        ({"oxygen_mode": "invasive", "hypoxia_other_cause": "yes"}, ("4", "exact")),
        (
            {"oxygen_mode": "invasive", "ventilation_reason": "procedure", "hypoxia_other_cause": "yes"},
            ("1", "exact"),
        ),
        ({"pulmonary_edema": "ventilation"}, ("4", "exact")),
        # What CRS explains does not count: hypotension in a child treated for CRS, with no other cause given.
        ({"hypotension": "yes"}, ("1", "exact")),
        ({"vasoactives": "norepinephrine", "hypotension": "yes"}, ("1", "exact")),
    ],
)
def test_the_grade_of_iec_hs_follows_what_it_made_necessary(signs: dict[str, Any], expected: tuple[str, str]) -> None:
    assert said(judged(IEC_HS_GRADE, {**DIAGNOSED, **signs})) == expected


@pytest.mark.parametrize(
    ("dialysis", "grade"),
    [
        ({"started_at": "2026-03-08"}, "4"),
        ({"started_at": "2026-03-09"}, "1"),
        ({"started_at": "2026-03-06", "ended_at": "2026-03-07 20:00"}, "1"),
        ({"started_at": "2026-03-06", "ended_at": "2026-03-08 02:00"}, "4"),
        ({"started_at": "2026-03-06", "purpose": "planned"}, "1"),
        ({"started_at": "2026-02"}, "4"),
        ({"started_at": "2026-04"}, "1"),
    ],
)
def test_dialysis_makes_grade_4_on_its_days(dialysis: dict[str, str], grade: str) -> None:
    support = [{"key": "s1", "kind": "dialysis", **dialysis}]

    assert judged(IEC_HS_GRADE, DIAGNOSED, support=support).value == grade


def test_a_dialysis_whose_day_is_not_known_leaves_a_lower_bound() -> None:
    verdict = judged(IEC_HS_GRADE, DIAGNOSED, support=[{"key": "s1", "kind": "dialysis", "started_at": "2026-03"}])

    assert (said(verdict), verdict.missing) == (("1", "at_least"), ("support.started_at",))


def test_a_child_on_dialysis_before_infusion_is_not_graded_for_it() -> None:
    support = [{"key": "s1", "kind": "dialysis", "started_at": "2026-03-08"}]
    baseline = [{"key": "b1", "baseline_renal_replacement": "yes"}]

    assert judged(IEC_HS_GRADE, DIAGNOSED, support=support, baseline=baseline).value == "1"


def test_only_what_the_clinician_diagnosed_is_graded_and_grade_5_stands_on_a_death() -> None:
    suspected = child(assessment=[assessed(3, **{**DIAGNOSED, "carhlh_present": "no"})])
    death = {"key": "x1", "died_on": "2026-03-08", "cause_of_death": "carhlh"}

    assert IEC_HS_GRADE.verdicts(suspected) == {}
    assert judged(IEC_HS_GRADE, DIAGNOSED, end_of_study=[death]).value == "5"
    assert judged(IEC_HS_GRADE, DIAGNOSED, end_of_study=[{**death, "cause_of_death": "crs"}]).value == "1"


def test_only_hlh_2004_was_read_and_the_local_sets_are_not_coded() -> None:
    assert [rule_set.verified for rule_set in (HLH_2004, CARTOX, IEC_HS, IEC_HS_GRADE)] == [True, False, False, False]
