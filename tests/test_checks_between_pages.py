"""What checks that lay one page beside another, or one answer beside the next, say and which answers they compared."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import child
from one_check import CHECKS, explained, page_anchored, page_holds, page_of

TWO_INFUSIONS = {"infusion": [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i2", "infused_on": "2026-05-01"}]}
FIRST_DOSE = {"started_at": "2026-03-10 18:00"}


def said(check_id: str, answers: dict[str, Any], **rows: Any) -> str:
    return explained(CHECKS[check_id], page_of(check_id, answers), child(**rows))


def labs(*values: dict[str, str]) -> dict[str, Any]:
    """Return laboratory pages of the day of the first dose, an hour apart from 6:00 on."""
    pages = [{"key": f"l{n}", "sampled_at": f"2026-03-10 {6 + n:02}:00", **told} for n, told in enumerate(values)]
    return {"laboratory": pages}


@pytest.mark.parametrize(
    ("visit", "seen_on", "rows", "words"),
    [
        ("day_90", "2026-03-17", {}, "day 12 after the infusion (expected: days 76 to 120)"),
        ("month_6", "2026-06-03", {}, "day 90 after the infusion (expected: days 152 to 212)"),
        # Counted from the last infusion before it.
        ("month_12", "2026-05-13", TWO_INFUSIONS, "day 12 after the infusion (expected: days 335 to 395)"),
    ],
)
def test_a_visit_outside_its_window_is_told_its_day(visit: str, seen_on: str, rows: dict[str, Any], words: str) -> None:
    answers = {"visit": visit, "seen_on": seen_on}

    assert page_holds("follow_up.planned_visit_window", answers, **rows) is False
    assert said("follow_up.planned_visit_window", answers, **rows) == words
    assert ("infusion", "i1", "infused_on") in page_anchored("follow_up.planned_visit_window", answers, **rows)


def test_a_visit_in_the_window_of_one_of_two_infusions_is_in_time() -> None:
    answers = {"visit": "day_90", "seen_on": "2026-06-03"}

    assert page_holds("follow_up.planned_visit_window", answers, **TWO_INFUSIONS) is True
    undated: dict[str, Any] = {"infusion": [*TWO_INFUSIONS["infusion"], {"key": "i3"}]}
    assert page_holds("follow_up.planned_visit_window", answers, **undated) is None


def test_an_answer_that_denies_what_began_since_the_last_contact_is_told_its_days() -> None:
    check, no = "follow_up.infections_since_leaves_nothing_out", {"seen_on": "2026-06-03", "infections_since": "no"}
    told = {"key": "n1", "onset_on": "2026-03-19", "treatment_route": "iv"}
    rows = {"infection": [told, {**told, "key": "n2", "onset_on": "2026-03-09"}]}
    before = {"follow_up": [{"key": "f0", "seen_on": "2026-03-18"}]}

    assert (page_holds(check, no, **rows), said(check, no, **rows)) == (False, "2026-03-09 to 2026-03-19")
    assert said(check, no, **rows, **before) == "2026-03-19"
    assert said(check, no) == ""
    assert set(page_anchored(check, no, **rows, **before)) == {
        *(("infection", key, item) for key in ("n1", "n2") for item in ("onset_on", "treatment_route")),
        ("infusion", "i1", "infused_on"),
        ("follow_up", "f0", "seen_on"),
    }
    crs = {"toxicity_episode": [{"key": "t1", "toxicity": "crs", "onset_on": "2026-03-07"}]}
    named = {"seen_on": "2026-06-03", "toxicities_since": "crs"}
    assert page_holds("follow_up.toxicities_since_leaves_nothing_out", named, **crs) is True


def test_an_observation_called_complete_too_early_is_told_its_day() -> None:
    ended = {"reason": "completed", "ended_on": "2026-04-17"}
    assert said("end_of_study.complete_after_last_visit", ended) == "day 43 after the infusion"


def test_the_cells_that_dose_and_weight_make_are_named() -> None:
    dose = {"cells_million_per_kg": "2.4", "weight_at_infusion_kg": "24.8"}

    assert said("infusion.cells_fit_weight", dose) == "59.52"
    assert said("infusion.cells_fit_weight", {}) == ""
    for one in dose:
        assert page_holds("infusion.cells_fit_weight", {**dose, one: None, "cells_million": "500"}) is None


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        ({"consent_on": "2026-03-06"}, False),
        ({"consent_on": "2026-03-06", "retrospective": "no"}, False),
        ({"consent_on": "2026-03-06", "retrospective": "yes"}, True),
        ({"consent_on": "2026-03-05"}, True),
        ({}, None),
    ],
)
def test_an_infusion_before_the_consent_is_fine_for_a_child_enrolled_looking_back(
    consent: dict[str, str], expected: bool | None
) -> None:
    rows = {"enrolment": [{"key": "e1", **consent}]}

    assert page_holds("infusion.after_consent", {"infused_on": "2026-03-05"}, **rows) is expected


def test_the_burden_of_the_baseline_page_stands_beside_the_first_infusion_only() -> None:
    rows = {"baseline": [{"key": "b1", "disease_burden": "mrd_only"}], **TWO_INFUSIONS}
    first = {"key": "i1", "infused_on": "2026-03-05", "disease_at_lymphodepletion": "no"}
    second = {"key": "i2", "infused_on": "2026-05-01", "disease_at_lymphodepletion": "no"}

    assert page_holds("infusion.disease_fits_baseline", first, **rows) is False
    assert said("infusion.disease_fits_baseline", first, **rows) == "MRD positive only (under 5 % blasts)"
    assert page_anchored("infusion.disease_fits_baseline", first, **rows) == [
        ("baseline", "b1", "disease_burden"),
        ("infusion", "i2", "infused_on"),
    ]
    assert page_holds("infusion.disease_fits_baseline", second, **rows) is None


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        ({"circulating_blasts": "yes"}, "blasts in the blood"),
        ({"extramedullary": "yes", "cns_status": "cns3"}, "extramedullary disease and blasts in the CNS"),
        ({"circulating_blasts": "no", "cns_status": "cns2"}, "blasts in the CNS"),
    ],
)
def test_the_disease_beside_a_remission_is_named(signs: dict[str, str], words: str) -> None:
    answers = {"response": "cr", **signs}

    assert page_holds("response.remission_fits_disease", answers) is False
    assert said("response.remission_fits_disease", answers) == words


def test_values_of_the_state_that_lie_far_from_the_laboratory_page_are_named_with_both_numbers() -> None:
    state = {**FIRST_DOSE, "at_start_ferritin": "14200", "at_start_crp": "20", "at_start_ldh": "700"}
    rows = labs({"ferritin": "1400", "crp": "96", "ldh": "640"}, {"ferritin": "1500", "crp": "<100"})
    check_id = "anakinra_course.state_fits_laboratory"

    assert page_holds(check_id, state, **rows) is False
    assert (
        said(check_id, state, **rows)
        == "Ferritin 14200 here and 1400 and 1500 there; C-reactive protein 20 here and 96 there"
    )
    assert page_anchored(check_id, state, **rows) == [
        ("laboratory", "l0", "ferritin"),
        ("laboratory", "l1", "ferritin"),
        ("laboratory", "l0", "crp"),
    ]


@pytest.mark.parametrize(
    ("state", "rows", "expected"),
    [
        # One page of the day that fits is enough; a page after the dose and one of another day say nothing.
        ({"at_start_ferritin": "9000"}, labs({"ferritin": "1000"}, {"ferritin": "5000"}), True),
        ({"at_start_ferritin": "9000"}, {"laboratory": [{"sampled_at": "2026-03-10 18:01", "ferritin": "90"}]}, None),
        ({"at_start_ferritin": "9000"}, {"laboratory": [{"sampled_at": "2026-03-09 06:00", "ferritin": "90"}]}, None),
        ({"at_start_ferritin": "9000"}, {"laboratory": [{"sampled_at": "2026-03-10 18:00", "ferritin": "90"}]}, False),
        # Counts so low that twice as many are noise: both under 0.5 or both under 20.
        ({"at_start_anc": "0"}, labs({"anc": "0.49"}), True),
        ({"at_start_anc": "0"}, labs({"anc": "0.5"}), False),
        ({"at_start_platelets": "19"}, labs({"platelets": "4"}), True),
        ({"at_start_platelets": "41"}, labs({"platelets": "20"}), False),
        ({"at_start_fibrinogen": "100"}, labs({"fibrinogen": "200"}), True),
        ({"at_start_fibrinogen": "100"}, labs({"fibrinogen": "201"}), False),
        ({"at_start_egfr": "100"}, labs({"egfr": "49"}), False),
    ],
)
def test_the_state_is_compared_with_samples_of_that_day_up_to_the_dose(
    state: dict[str, str], rows: dict[str, Any], expected: bool | None
) -> None:
    assert page_holds("anakinra_course.state_fits_laboratory", {**FIRST_DOSE, **state}, **rows) is expected
