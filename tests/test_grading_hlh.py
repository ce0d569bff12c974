"""HLH-2004, CARTOX 2018 and IEC-HS 2023 side by side: whom they look at, and what they share (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import assessed, child
from forms.context import Context
from forms.grading.cartox import CARTOX
from forms.grading.child import Age
from forms.grading.hlh_2004 import HLH_2004
from forms.grading.hlh_findings import _is_newborn, findings_of, is_about_hlh
from forms.grading.iec_hs_before import IEC_HS
from forms.grading.iec_hs_causes import IEC_HS_GRADE
from forms.rule_set import RuleSet
from hlh_children import MET, NONE_OF_IT, NOT_MET, OPEN, judged, sampled


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


def test_only_hlh_2004_was_read_and_the_local_sets_are_not_coded() -> None:
    assert [rule_set.verified for rule_set in (HLH_2004, CARTOX, IEC_HS, IEC_HS_GRADE)] == [True, False, False, False]


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
    assert _is_newborn(Age(years=(0, 0), months=(0, 0), days=days)) is is_newborn


def test_without_a_birth_date_a_newborn_is_not_told_apart() -> None:
    assert _is_newborn(None) is None


def test_without_an_infusion_the_page_of_the_assessment_is_still_looked_at() -> None:
    rows = {"infusion": [], "laboratory": [{**sampled(ferritin="20000"), "infusion": None}]}
    row = {**assessed(3, **NONE_OF_IT), "infusion": None}

    found = findings_of(child(assessment=[row], **rows))["a3.6"]

    assert found.baseline_ferritin is None
    assert [one.value for one in found.measured("ferritin")] == [20000]


def test_without_an_infusion_every_peak_of_ferritin_so_far_is_looked_at() -> None:
    row = {**assessed(3, carhlh_suspected="no"), "infusion": None}
    early = {**sampled("2026-02-01", ferritin="20000"), "infusion": None}

    assert set(findings_of(child(assessment=[row], laboratory=[early], infusion=[]))) == {"a3.6"}


@pytest.mark.parametrize(
    ("rule_set", "id_", "version"),
    [(HLH_2004, "hlh_2004", "1"), (CARTOX, "hlh_cartox_2018", "2"), (IEC_HS, "iec_hs_2023", "3")],
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
