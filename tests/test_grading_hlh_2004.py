"""HLH-2004, criterion by criterion and in whole verdicts (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bedside import assessed, child, said
from forms.grading.hlh_2004 import HLH_2004, hlh_2004
from forms.rule_set import Verdict
from hlh_children import (
    ALL_SIGNS,
    ALL_VALUES,
    MET,
    NO_VALUE,
    NONE_OF_IT,
    NORMAL,
    NOT_MET,
    OPEN,
    SUSPECTED_ONLY,
    judged,
    sampled,
)

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


def test_a_set_with_another_threshold_of_fever_is_the_same_but_for_its_name() -> None:
    lower = hlh_2004("hlh_2004_fever_38_0", Decimal("38.0"))

    assert (lower.id, lower.title) == ("hlh_2004_fever_38_0", "HLH-2004 (fever from 38.0 °C)")
    assert replace(lower, id=HLH_2004.id, title=HLH_2004.title, judge_child=HLH_2004.judge_child) == HLH_2004
    assert (HLH_2004.id, HLH_2004.version, HLH_2004.verified, len(HLH_2004.decisions)) == ("hlh_2004", "1", True, 5)


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
