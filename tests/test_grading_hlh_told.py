"""What the HLH rule sets say in whole: words, each criterion, what is missing (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import assessed, child
from forms.context import Context
from forms.grading.cartox import CARTOX
from forms.grading.child import Age
from forms.grading.hlh_2004 import HLH_2004
from forms.grading.hlh_findings import _is_newborn, findings_of, is_about_hlh
from forms.grading.iec_hs import IEC_HS
from forms.grading.iec_hs_grade import IEC_HS_GRADE, Signs, grade
from forms.grading.rule_set import RuleSet, Verdict
from test_grading_hlh import CRS, DIAGNOSED, MET, NONE_OF_IT, NORMAL, NOT_MET, OPEN, judged, sampled

SUSPECTED_ONLY = {name: None for name in NONE_OF_IT if name != "carhlh_suspected"}
NO_VALUE = dict.fromkeys(NORMAL)
ALL_SIGNS = {
    "temperature_c": "39",
    "splenomegaly": "yes",
    "haemophagocytosis": "yes",
    "nk_activity_low": "yes",
    "urine_output_ml_kg_h": "0.2",
    "pulmonary_edema": "ventilation",
}
ALL_VALUES = {
    "ferritin": "20000",
    "fibrinogen": "100",
    "triglycerides": "400",
    "haemoglobin": "7",
    "platelets": "20",
    "anc": "0.1",
    "sil2r": "5000",
    "alt": "900",
    "ast": "900",
    "bilirubin_total": "12",
    "creatinine": "4",
}
EIGHT = (
    "fever",
    "splenomegaly",
    "cytopenia",
    "triglycerides_or_fibrinogen",
    "haemophagocytosis",
    "nk_activity_low",
    "ferritin",
    "sil2r",
)


def test_hlh_2004_with_all_criteria_names_all_eight() -> None:
    assert judged(HLH_2004, ALL_SIGNS, ALL_VALUES) == Verdict(
        value=MET,
        because="8 of 8 criteria met: fever, splenomegaly, cytopenia of two lines, triglycerides or fibrinogen, "
        "hemophagocytosis, low NK activity, ferritin, soluble IL-2 receptor",
        details=dict.fromkeys(EIGHT, MET),
    )


def test_hlh_2004_without_any_answer_names_all_that_is_missing() -> None:
    verdict = judged(HLH_2004, SUSPECTED_ONLY, NO_VALUE)

    assert verdict.because == "0 of 8 criteria met: none"
    assert verdict.details == dict.fromkeys(EIGHT, OPEN)
    assert verdict.missing == (
        "temperature_c",
        "splenomegaly",
        "laboratory.haemoglobin",
        "laboratory.platelets",
        "laboratory.anc",
        "laboratory.triglycerides",
        "laboratory.fibrinogen",
        "haemophagocytosis",
        "nk_activity_low",
        "laboratory.ferritin",
        "laboratory.sil2r",
    )


def test_hlh_2004_asks_whether_high_triglycerides_were_drawn_fasting() -> None:
    signs = {**ALL_SIGNS, "splenomegaly": "no", "haemophagocytosis": "no", "nk_activity_low": "no"}
    values = {"ferritin": "500", "sil2r": "2400", "platelets": "50", "anc": "0.5"}
    high = {"triglycerides": "265", "fasting": None, "fibrinogen": None}

    fat_open = judged(HLH_2004, signs, {**values, **high, "sil2r": "2399"})

    assert (fat_open.value, fat_open.missing) == (NOT_MET, ())
    five = judged(HLH_2004, {**signs, "splenomegaly": "yes"}, {**values, **high, "sil2r": "2399"})
    # fasting was not answered on the page of the sample, which is no value of the sample.
    assert (five.value, five.missing) == (OPEN, ("laboratory.fasting", "laboratory.fibrinogen"))


def test_cartox_with_all_criteria_names_all_organs() -> None:
    verdict = judged(CARTOX, ALL_SIGNS, ALL_VALUES, toxicity_episode=CRS)

    assert verdict == Verdict(
        value=MET,
        because="ferritin above 10,000 in the CRS phase: met; organs: liver, kidney, lung, hemophagocytosis",
        details={
            **dict.fromkeys(("ferritin_in_crs", "liver", "kidney", "lung", "haemophagocytosis"), MET),
            "ferritin_timing": "in_crs_phase",
        },
    )


def test_cartox_without_any_answer_names_all_that_is_missing() -> None:
    verdict = judged(CARTOX, SUSPECTED_ONLY, NO_VALUE)

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
    verdict = judged(CARTOX, {}, {"ferritin": ferritin}, toxicity_episode=CRS)

    assert verdict.details["ferritin_timing"] == timing


COMMON = ("onset_with_resolving_crs", "liver", "fibrinogen", "haemophagocytosis", "new_cytopenia")
OTHER = (
    "ldh", "coagulopathy", "bilirubin_direct", "splenomegaly", "fever", "neurotoxicity", "lung", "renal_insufficiency",
    "triglycerides",
)  # fmt: skip


@pytest.mark.parametrize(("signs", "values", "state"), [({}, {}, NOT_MET), (SUSPECTED_ONLY, NO_VALUE, OPEN)])
def test_iec_hs_keeps_each_feature_beside_the_ferritin_criterion(
    signs: dict[str, Any], values: dict[str, Any], state: str
) -> None:
    verdict = judged(IEC_HS, signs, values)

    assert verdict.details == dict.fromkeys(("ferritin", *COMMON, *OTHER), state)
    assert verdict.because == (
        f"ferritin criterion {state.replace('_', ' ')}; 0 of 5 common and 0 of 9 other features; the diagnosis is the "
        "clinician's"
    )
    assert verdict.missing == (() if state == NOT_MET else ("laboratory.ferritin", "ferritin_rising"))


MILD: dict[str, Any] = {
    "intervention_needed": False,
    "bleeding": "none",
    "renal_insufficiency": False,
    "hypotension": False,
    "vasopressors": 0,
    "oxygen_mode": "room_air",
    "pulmonary_edema": "none",
    "crs_explains": False,
}
QUIET_DETAILS = {"treatment": "1", "bleeding": "0", "kidney": "0", "circulation": "0", "breathing": "0"}
# What changes, the words, what is missing, and the domains that change with it.
NECESSARY: list[tuple[dict[str, Any], str, tuple[str, ...], dict[str, str]]] = [
    ({}, "grade 1: observation only", (), {}),
    ({"intervention_needed": True}, "grade 2: treatment needed", (), {"treatment": "2"}),
    (
        {"intervention_needed": None},
        "at least grade 1: observation",
        ("intervention_needed",),
        {"treatment": "at_least_1"},
    ),
    ({"bleeding": None}, "at least grade 1: observation only", ("bleeding",), {"bleeding": "undetermined"}),
    ({"bleeding": "life_threatening"}, "grade 4: life-threatening bleeding", (), {"bleeding": "4"}),
    ({"bleeding": "transfused"}, "grade 3: bleeding that needed red cells", (), {"bleeding": "3"}),
    ({"dialysis": True}, "grade 4: dialysis", (), {"kidney": "4"}),
    ({"renal_insufficiency": True}, "grade 3: new renal insufficiency", (), {"kidney": "3"}),
    (
        {"renal_insufficiency": None},
        "at least grade 1: observation only",
        ("renal_insufficiency",),
        {"kidney": "undetermined"},
    ),
    # Without an answer the kidney can be grade 3, so grade 3 by something else stands.
    (
        {"renal_insufficiency": None, "bleeding": "transfused"},
        "grade 3: bleeding that needed red cells",
        (),
        {"kidney": "undetermined", "bleeding": "3"},
    ),
    (
        {"dialysis": None, "bleeding": "transfused"},
        "at least grade 3: bleeding that needed red cells",
        ("support.started_at",),
        {"kidney": "undetermined", "bleeding": "3"},
    ),
    (
        {"dialysis": None, "renal_insufficiency": True},
        "at least grade 3: new renal insufficiency",
        ("support.started_at",),
        {"kidney": "at_least_3"},
    ),
    (
        {"dialysis": None, "renal_insufficiency": None},
        "at least grade 1: observation only",
        ("renal_insufficiency", "support.started_at"),
        {"kidney": "undetermined"},
    ),
    ({"vasopressors": 1}, "grade 4: hypotension that needed a vasopressor", (), {"circulation": "4"}),
    ({"hypotension": True}, "grade 3: hypotension", (), {"circulation": "3"}),
    (
        {"hypotension": True, "vasopressors": None},
        "at least grade 3: hypotension",
        ("vasoactives",),
        {"circulation": "at_least_3"},
    ),
    (
        {"hypotension": None, "vasopressors": None},
        "at least grade 1: observation only",
        ("hypotension", "vasoactives"),
        {"circulation": "undetermined"},
    ),
    (
        {"hypotension": None},
        "at least grade 1: observation only",
        ("hypotension",),
        {"circulation": "undetermined"},
    ),
    (
        {"hypotension": None, "bleeding": "transfused"},
        "grade 3: bleeding that needed red cells",
        (),
        {"circulation": "undetermined", "bleeding": "3"},
    ),
    ({"oxygen_mode": "invasive"}, "grade 4: intubation", (), {"breathing": "4"}),
    ({"oxygen_mode": "ecmo"}, "grade 4: intubation", (), {"breathing": "4"}),
    *(
        ({"oxygen_mode": "invasive", "ventilation_reason": reason}, "grade 1: observation only", (), {})
        for reason in ("airway", "procedure", "seizure", "home_support")
    ),
    ({"pulmonary_edema": "ventilation"}, "grade 4: pulmonary edema with ventilation", (), {"breathing": "4"}),
    ({"oxygen_mode": "bipap"}, "grade 3: respiratory distress", (), {"breathing": "3"}),
    (
        {"oxygen_mode": None},
        "at least grade 1: observation only",
        ("oxygen_mode",),
        {"breathing": "undetermined"},
    ),
    # Explained by CRS, or not known whether it is: only for circulation and breathing.
    ({"hypotension": True, "crs_explains": True}, "grade 1: observation only", (), {"circulation": "0"}),
    (
        {"hypotension": True, "oxygen_mode": "bipap", "crs_explains": None},
        "at least grade 1: observation only",
        ("crs_grade",),
        {"circulation": "undetermined", "breathing": "undetermined"},
    ),
    (
        {"hypotension": None, "crs_explains": None},
        "at least grade 1: observation only",
        ("hypotension", "crs_grade"),
        {"circulation": "undetermined"},
    ),
    ({"crs_explains": None}, "grade 1: observation only", (), {}),
    (
        {"bleeding": "transfused", "crs_explains": True},
        "grade 3: bleeding that needed red cells",
        (),
        {"bleeding": "3"},
    ),
]


@pytest.mark.parametrize(("change", "because", "missing", "details"), NECESSARY)
def test_the_grade_of_iec_hs_says_what_was_necessary_and_what_is_missing(
    change: dict[str, Any], because: str, missing: tuple[str, ...], details: dict[str, str]
) -> None:
    verdict = grade(Signs(**{**MILD, **change}))

    assert (verdict.because, verdict.missing) == (because, missing)
    assert verdict.details == {**QUIET_DETAILS, **details}


def test_a_sign_that_crs_explains_says_so_where_nothing_else_was_necessary() -> None:
    both = grade(Signs(**{**MILD, "intervention_needed": None, "oxygen_mode": "bipap", "crs_explains": True}))

    assert both.details["breathing"] == "0"


@pytest.mark.parametrize(
    ("signs", "grade_"),
    [
        ({"vasoactives": "norepinephrine", "hypotension_other_cause": "yes", "vasoactive_for_sedation": "yes"}, "1"),
        ({"vasoactives": "vasopressin", "hypotension_other_cause": "yes"}, "4"),
        ({"vasoactives": "milrinone", "hypotension_other_cause": "yes"}, "1"),
        ({"vasoactives": None, "hypotension_other_cause": "yes", "hypotension": "yes"}, "3"),
        ({"carhlh_grade": "3"}, "1"),
    ],
)
def test_a_drug_counts_as_in_crs(signs: dict[str, Any], grade_: str) -> None:
    assert judged(IEC_HS_GRADE, {**DIAGNOSED, **signs}).value == grade_


@pytest.mark.parametrize(
    ("row", "is_about"),
    [
        ({"carhlh_suspected": True}, True),
        ({"carhlh_present": True}, True),
        ({"carhlh_suspected": False, "carhlh_present": True}, True),
        ({"carhlh_suspected": False, "carhlh_present": False}, False),
        ({}, False),
    ],
)
def test_suspected_or_diagnosed_is_about_hlh(row: dict[str, Any], is_about: bool) -> None:
    assert is_about_hlh(row) is is_about


def found_in(quiet: dict[str, Any], values: dict[str, Any], day: str = "2026-03-08") -> Context:
    rows = [assessed(3, **{"carhlh_suspected": "no", **quiet})]
    return child(assessment=rows, laboratory=[sampled(day, **values)])


@pytest.mark.parametrize(
    ("quiet", "values", "day", "is_looked_at"),
    # HLH-2004 needs the receptor or a sign asked on suspicion only, CARTOX a ferritin above 10,000.
    [
        ({}, {"ferritin": "900"}, "2026-03-08", False),
        ({"splenomegaly": "yes"}, {}, "2026-03-08", True),
        ({"haemophagocytosis": "yes"}, {}, "2026-03-08", True),
        ({"nk_activity_low": "yes"}, {}, "2026-03-08", True),
        ({"splenomegaly": "no", "haemophagocytosis": "no", "nk_activity_low": "no"}, {}, "2026-03-08", False),
        ({}, {"sil2r": "500"}, "2026-03-08", True),
        ({}, {"sil2r": "500"}, "2026-03-05", False),
        ({}, {"ferritin": "10000.1"}, "2026-03-08", True),
        ({}, {"ferritin": "10000"}, "2026-03-08", False),
        # A peak counts from the infusion on, also before the window of two days; one before the infusion does not.
        ({}, {"ferritin": "10000.1"}, "2026-03-05", True),
        ({}, {"ferritin": "10000.1"}, "2026-03-04", False),
        ({}, {"ferritin": ">9000"}, "2026-03-08", True),
    ],
)
def test_a_child_in_whom_nobody_thought_of_hlh_is_looked_at_where_a_definition_can_be_met(
    quiet: dict[str, Any], values: dict[str, Any], day: str, is_looked_at: bool
) -> None:
    assert bool(findings_of(found_in(quiet, values, day))) is is_looked_at


@pytest.mark.parametrize(
    ("days", "is_newborn"),
    [((27, 27), True), ((28, 28), False), ((27, 28), None), ((26, 27), True), ((28, 40), False), ((0, 40), None)],
)
def test_four_weeks_are_28_days(days: tuple[int, int], is_newborn: bool | None) -> None:
    assert _is_newborn(Age(years=(0, 0), days=days)) is is_newborn


def test_without_a_birth_date_a_newborn_is_not_told_apart() -> None:
    assert _is_newborn(None) is None


@pytest.mark.parametrize(
    ("before", "value"),
    [
        ([{"key": "b1", "baseline_ferritin": "200"}], MET),
        ([{"key": "b1", "baseline_ferritin": ">200"}], NOT_MET),
        ([{"key": "b1"}], NOT_MET),
    ],
)
def test_ferritin_of_the_baseline_page_is_of_the_first_infusion_and_exact(
    before: list[dict[str, Any]], value: str
) -> None:
    # The second infusion is told first and its key is the smaller one.
    infusions = [{"key": "i0", "infused_on": "2026-05-05"}, {"key": "i1", "infused_on": "2026-03-05"}]

    assert judged(IEC_HS, {}, {"ferritin": "401"}, baseline=before, infusion=infusions).value == value


@pytest.mark.parametrize(("earlier", "value"), [("200", MET), ("201", NOT_MET), (">200", NOT_MET)])
def test_ferritin_of_a_sample_before_the_infusion_is_compared_with_too(earlier: str, value: str) -> None:
    samples = [sampled("2026-03-04", "l0", ferritin=earlier), sampled(**{**NORMAL, "ferritin": "401"})]

    assert judged(IEC_HS, {}, laboratory=samples).value == value


def test_without_an_infusion_the_page_of_the_assessment_is_still_looked_at() -> None:
    rows = {"infusion": [], "laboratory": [{**sampled(ferritin="20000"), "infusion": None}]}
    row = {**assessed(3, **NONE_OF_IT), "infusion": None}

    found = findings_of(child(assessment=[row], **rows))["a3.6"]

    assert found.baseline_ferritin is None
    assert [one.value for one in found.measured("ferritin")] == [20000]


def test_every_sample_of_the_window_is_graded() -> None:
    samples = [
        sampled("2026-03-07", "l1", alt="500"),
        sampled("2026-03-08", "l2", alt="20"),
    ]

    assert judged(IEC_HS, laboratory=samples).details["liver"] == MET


@pytest.mark.parametrize(("alt", "state"), [("120.1", NOT_MET), (">150", OPEN), ("200.1", MET)])
def test_a_liver_value_beyond_detection_leaves_the_grade_open(alt: str, state: str) -> None:
    samples = [sampled(**{**NORMAL, "alt": alt, "ast": "20"})]

    assert judged(IEC_HS, laboratory=samples).details["liver"] == state


def test_an_episode_makes_the_crs_phase_where_no_day_is_graded() -> None:
    verdict = judged(CARTOX, {"temperature_c": None}, {"ferritin": "20000"}, toxicity_episode=CRS)

    assert verdict.details["ferritin_timing"] == "in_crs_phase"


def test_without_an_infusion_every_peak_of_ferritin_so_far_is_looked_at() -> None:
    row = {**assessed(3, carhlh_suspected="no"), "infusion": None}
    early = {**sampled("2026-02-01", ferritin="20000"), "infusion": None}

    assert set(findings_of(child(assessment=[row], laboratory=[early], infusion=[]))) == {"a3.6"}


def test_a_creatinine_without_one_before_leaves_the_kidney_open() -> None:
    values = {"creatinine": "1", "alt": "201", "ferritin": "20000"}

    verdict = judged(CARTOX, {}, values, toxicity_episode=CRS, baseline=[{"key": "b1"}])

    assert (verdict.value, verdict.details["kidney"]) == (OPEN, OPEN)


def test_only_what_has_no_answer_is_missing() -> None:
    verdict = judged(CARTOX, {}, {"creatinine": None, "alt": "201", "ferritin": "20000"}, toxicity_episode=CRS)

    assert (verdict.value, verdict.missing) == (OPEN, ("laboratory.creatinine",))


def test_an_assessment_without_a_link_has_the_ferritin_of_the_infusion_before_it() -> None:
    row = {**assessed(3, **NONE_OF_IT), "infusion": None}
    before = [{"key": "b1", "baseline_ferritin": "200"}]

    assert judged(IEC_HS, {}, {"ferritin": "401"}, baseline=before, assessment=[row]).value == MET


LOW = {"temperature_c": "39", "hypotension": "yes"}


@pytest.mark.parametrize(
    ("signs", "grade_"),
    # CLINICAL.md 2.3: hypotension and breathing count where CRS is at grade 0, or has another cause.
    [
        (LOW, "1"),
        ({**LOW, "hypotension_other_cause": "yes"}, "3"),
        ({**LOW, "hypotension_other_cause": "no", "hypoxia_other_cause": "no"}, "1"),
        ({"temperature_c": "39", "oxygen_mode": "face_mask", "hypoxia_other_cause": "yes"}, "3"),
        ({"temperature_c": "39", "oxygen_mode": "face_mask"}, "1"),
        # One low reading leaves CRS at grade 1 for its fever: that explains it.
        ({**LOW, "hypotension_proof": "single"}, "1"),
    ],
)
def test_what_crs_explains_is_no_sign_of_iec_hs(signs: dict[str, Any], grade_: str) -> None:
    assert judged(IEC_HS_GRADE, {**DIAGNOSED, **signs}).value == grade_


def test_cartox_says_not_met_in_words_and_leaves_open_edema_without_a_mode_of_oxygen() -> None:
    verdict = judged(CARTOX, {"pulmonary_edema": "oxygen", "oxygen_mode": None}, {}, toxicity_episode=CRS)

    assert verdict.because == "ferritin above 10,000 in the CRS phase: not met; organs: none"
    assert verdict.details["lung"] == OPEN


def test_cartox_says_nothing_of_a_child_in_whom_nobody_thought_of_hlh_unless_it_is_met() -> None:
    quiet = {"carhlh_suspected": "no"}

    met = judged(
        CARTOX, {**quiet, "haemophagocytosis": "yes"}, {"ferritin": "20000", "alt": "900"}, toxicity_episode=CRS
    )

    assert met.value == MET
    rows = {"laboratory": [sampled(**{**NORMAL, "ferritin": "20000"})], "toxicity_episode": CRS}
    assert CARTOX.verdicts(child(assessment=[assessed(3, **{**NONE_OF_IT, **quiet})], **rows)) == {}


@pytest.mark.parametrize(
    ("rule_set", "id_", "version"),
    [(HLH_2004, "hlh_2004", "1"), (CARTOX, "hlh_cartox_2018", "1"), (IEC_HS, "iec_hs_2023", "1")],
)
def test_the_three_sets_stand_side_by_side(rule_set: RuleSet, id_: str, version: str) -> None:
    assert (rule_set.id, rule_set.version, rule_set.form, rule_set.beside) == (
        id_,
        version,
        "assessment",
        "carhlh_present",
    )
    assert rule_set.uses == ("laboratory", "toxicity_episode", "concomitant_agent", "support", "end_of_study")
    assert rule_set.values == (MET, NOT_MET, OPEN)
    assert rule_set.title and rule_set.source and rule_set.decisions


def test_hlh_2004_names_its_fever_and_its_source() -> None:
    assert HLH_2004.title == "HLH-2004 (fever from 38.5 °C)"
    assert HLH_2004.source == "Henter 2007, Pediatr Blood Cancer 48:124; five of eight criteria"


def test_of_triglycerides_and_fibrinogen_only_what_is_open_is_missing() -> None:
    signs = {**ALL_SIGNS, "nk_activity_low": "no"}
    four = {"ferritin": "500"}

    without_fat = judged(HLH_2004, signs, {**four, "triglycerides": None})
    without_fibrinogen = judged(HLH_2004, signs, {**four, "fibrinogen": None})

    assert (without_fat.value, without_fat.missing) == (OPEN, ("laboratory.triglycerides",))
    assert (without_fibrinogen.value, without_fibrinogen.missing) == (OPEN, ("laboratory.fibrinogen",))


@pytest.mark.parametrize(
    ("signs", "state"),
    [
        ({"icans_grade": None, "sedated": "yes", "seizure": "brief"}, MET),
        ({"icans_grade": None, "consciousness": "tactile"}, MET),
        ({"icans_grade": None}, OPEN),
        ({"icans_grade": "0"}, NOT_MET),
    ],
)
def test_neurotoxicity_is_the_icans_grade_that_stands(signs: dict[str, Any], state: str) -> None:
    assert judged(IEC_HS, signs).details["neurotoxicity"] == state


def test_without_a_normal_range_a_feature_that_needs_one_is_open_and_fibrinogen_counts_below_150() -> None:
    def features(fibrinogen: str) -> tuple[str, ...]:
        row = assessed(3, **NONE_OF_IT)
        samples = [sampled(**{**NORMAL, "fibrinogen": fibrinogen, "ferritin": "9000"})]
        details = IEC_HS.verdicts(child(assessment=[row], laboratory=samples))["a3.6"].details
        return tuple(details[name] for name in ("ldh", "fibrinogen", "ferritin"))

    assert features("149.9") == (OPEN, MET, OPEN)
    assert features("150") == (OPEN, NOT_MET, OPEN)
