"""The grade of IEC-HS 2023: what it made necessary, and what CRS explains (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import assessed, child, said
from forms.grading.iec_hs_breathing import IEC_HS_GRADE_2, breathing_beyond_home
from forms.grading.iec_hs_causes import IEC_HS_GRADE
from forms.grading.iec_hs_grade import IEC_HS_GRADE_1, Signs, grade
from forms.rule_set import AT_LEAST, EXACT
from forms.values import NullFlavour
from hlh_children import DIAGNOSED, judged

VERSIONS = (IEC_HS_GRADE_1, IEC_HS_GRADE_2, IEC_HS_GRADE)


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
    each_version = {said(judged(rule_set, {**DIAGNOSED, **signs})) for rule_set in VERSIONS}

    assert each_version == {expected}


HOME_BIPAP = {"oxygen_mode": "bipap", "ventilation_reason": "home_support"}
CANNULA = {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "2"}


@pytest.mark.parametrize(
    ("at_home", "signs", "first", "second"),
    # CLINICAL.md D5 and 2.3: support that a child also has at home, or that is for a procedure, is no distress.
    [
        ("bipap", HOME_BIPAP, ("3", "exact"), ("1", "exact")),
        ("bipap", {**HOME_BIPAP, "ventilation_reason": None}, ("3", "exact"), ("1", "exact")),
        ("room_air", {**HOME_BIPAP, "ventilation_reason": "procedure"}, ("3", "exact"), ("1", "exact")),
        ("room_air", {**HOME_BIPAP, "ventilation_reason": "hypoxia"}, ("3", "exact"), ("3", "exact")),
        ("bipap", {"oxygen_mode": "invasive", "ventilation_reason": "hypoxia"}, ("4", "exact"), ("4", "exact")),
        ("invasive", {"oxygen_mode": "invasive", "ventilation_reason": "hypoxia"}, ("4", "exact"), ("1", "exact")),
        ("invasive", {"oxygen_mode": "ecmo"}, ("4", "exact"), ("4", "exact")),
        ("nasal_cannula", CANNULA, ("3", "exact"), ("1", "exact")),
        ("nasal_cannula", {**CANNULA, "oxygen_flow_l_min": "6.01"}, ("3", "exact"), ("3", "exact")),
        ("nasal_cannula", {**CANNULA, "oxygen_flow_l_min": None}, ("3", "exact"), ("1", "at_least")),
        ("nasal_cannula", {**CANNULA, "oxygen_flow_l_min": NullFlavour.UNKNOWN}, ("3", "exact"), ("1", "at_least")),
        ("room_air", {**CANNULA, "oxygen_flow_l_min": None}, ("3", "exact"), ("3", "exact")),
        (None, CANNULA, ("3", "exact"), ("3", "exact")),
        ("bipap", {**HOME_BIPAP, "pulmonary_edema": "ventilation"}, ("4", "exact"), ("4", "exact")),
        ("bipap", {"oxygen_mode": None}, ("1", "at_least"), ("1", "at_least")),
    ],
)
def test_breathing_counts_where_it_needs_more_than_at_home(
    at_home: str | None, signs: dict[str, Any], first: tuple[str, str], second: tuple[str, str]
) -> None:
    before = [{"key": "b1", "baseline_creatinine": "0.4", "baseline_respiratory_support": at_home}]
    given = {**DIAGNOSED, "hypoxia_other_cause": "yes", **signs}

    told = [said(judged(rule_set, given, baseline=before)) for rule_set in VERSIONS]

    assert told == [first, second, second]


def test_a_flow_that_decides_whether_a_cannula_is_more_than_at_home_is_asked_for() -> None:
    signs = Signs(**{**MILD, "oxygen_mode": "nasal_cannula", "baseline_support": "nasal_cannula"})

    found = breathing_beyond_home(signs)
    assert (found.name, found.low, found.high, found.words) == ("breathing", 0, 3, "")
    assert grade(signs, breathing_beyond_home).missing == ("oxygen_flow_l_min",)


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
    assert grade(Signs(**{**MILD, **change}), breathing_beyond_home) == verdict


@pytest.mark.parametrize(
    "change",
    [
        {"oxygen_mode": None, "bleeding": "life_threatening"},
        {"vasopressors": None, "hypotension": True, "bleeding": "life_threatening"},
        {"bleeding": None, "dialysis": True},
        {"dialysis": None, "bleeding": "life_threatening"},
    ],
)
def test_no_missing_answer_makes_grade_5(change: dict[str, Any]) -> None:
    verdict = grade(Signs(**{**MILD, **change}))

    assert (verdict.value, verdict.certainty, verdict.missing) == ("4", EXACT, ())


def test_a_sign_that_crs_explains_is_at_0_where_nothing_else_was_necessary() -> None:
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
        # Where the signs of CRS are not complete its grade by the clinician stands, and without one it is open.
        ({"temperature_c": None, "pulmonary_edema": "ventilation", "crs_grade": "1"}, "1"),
        ({"temperature_c": None, "pulmonary_edema": "ventilation", "crs_grade": "0"}, "4"),
    ],
)
def test_what_crs_explains_is_no_sign_of_iec_hs(signs: dict[str, Any], grade_: str) -> None:
    assert judged(IEC_HS_GRADE, {**DIAGNOSED, **signs}).value == grade_


def test_what_crs_may_explain_is_left_open_and_asks_for_the_grade_of_crs() -> None:
    unknown = {"temperature_c": None, "antipyretic_24h": None, "oxygen_mode": None, "crs_grade": None}

    verdict = judged(IEC_HS_GRADE, {**DIAGNOSED, **unknown, "hypotension": None})

    assert (verdict.value, verdict.certainty) == ("1", AT_LEAST)
    assert verdict.missing == ("hypotension", "crs_grade", "oxygen_mode")


FEVER_OF_CRS = {"temperature_c": "39", "crs_grade": None}
INTUBATED = {"oxygen_mode": "invasive", "ventilation_reason": "hypoxia"}
OTHER_PRESSURE = {"hypotension": "yes", "hypotension_other_cause": "yes"}
PRESSOR = {"vasoactives": "norepinephrine"}
OPEN_CRS = {"temperature_c": None, "crs_grade": None, "anticytokine_given": "no"}


@pytest.mark.parametrize(
    ("signs", "second", "third", "missing"),
    # CLINICAL.md 2.3 and D7: a sign that CRS explains does not count, and one whose cause is not known is left open.
    [
        # Each sign has a cause of its own.
        ({**FEVER_OF_CRS, **OTHER_PRESSURE, **INTUBATED}, ("4", "exact"), ("3", "exact"), ()),
        ({**FEVER_OF_CRS, **INTUBATED, "hypoxia_other_cause": "yes"}, ("4", "exact"), ("4", "exact"), ()),
        (
            {**FEVER_OF_CRS, "hypotension": "yes", **PRESSOR, **CANNULA, "hypoxia_other_cause": "yes"},
            ("4", "exact"),
            ("3", "exact"),
            (),
        ),
        # CRS of at least 0 may explain both.
        ({**OPEN_CRS, "oxygen_mode": "face_mask"}, ("3", "exact"), ("1", "at_least"), ("crs_grade",)),
        ({**OPEN_CRS, **INTUBATED}, ("4", "exact"), ("1", "at_least"), ("crs_grade",)),
        ({**OPEN_CRS, "hypotension": "yes"}, ("3", "exact"), ("1", "at_least"), ("crs_grade",)),
        ({**OPEN_CRS, **OTHER_PRESSURE}, ("3", "exact"), ("3", "exact"), ()),
        ({**OPEN_CRS, **INTUBATED, "crs_grade": "0"}, ("4", "exact"), ("4", "exact"), ()),
        ({**OPEN_CRS, **INTUBATED, "crs_grade": "1"}, ("1", "exact"), ("1", "exact"), ()),
        # Of a sign without an answer another cause may still be given; of one with an answer it was not.
        ({**FEVER_OF_CRS, "oxygen_mode": None}, ("1", "at_least"), ("1", "at_least"), ("oxygen_mode",)),
        ({**FEVER_OF_CRS, "hypotension": None}, ("1", "at_least"), ("1", "at_least"), ("hypotension",)),
        ({**FEVER_OF_CRS, "hypotension": None, **PRESSOR}, ("1", "exact"), ("1", "at_least"), ("hypotension",)),
        ({**FEVER_OF_CRS, "vasoactives": None}, ("1", "at_least"), ("1", "exact"), ()),
        ({**FEVER_OF_CRS, "hypotension": "yes", "vasoactives": None}, ("1", "exact"), ("1", "exact"), ()),
        (
            {**FEVER_OF_CRS, **OTHER_PRESSURE, "vasoactives": None},
            ("3", "at_least"),
            ("3", "at_least"),
            ("vasoactives",),
        ),
        (
            {**FEVER_OF_CRS, "pulmonary_edema": "ventilation", "oxygen_mode": None},
            ("1", "exact"),
            ("1", "at_least"),
            ("oxygen_mode",),
        ),
    ],
)
def test_each_sign_has_a_cause_of_its_own(
    signs: dict[str, Any], second: tuple[str, str], third: tuple[str, str], missing: tuple[str, ...]
) -> None:
    found = [judged(rule_set, {**DIAGNOSED, **signs}) for rule_set in (IEC_HS_GRADE_2, IEC_HS_GRADE)]

    assert [said(verdict) for verdict in found] == [second, third]
    assert found[1].missing == missing


@pytest.mark.parametrize(("crs", "breathing"), [(FEVER_OF_CRS, "0"), (OPEN_CRS, "undetermined")])
def test_a_sign_that_crs_explains_or_may_explain_keeps_its_place(crs: dict[str, Any], breathing: str) -> None:
    verdict = judged(IEC_HS_GRADE, {**DIAGNOSED, **crs, **INTUBATED})

    assert verdict.details == {**QUIET_DETAILS, "breathing": breathing}
