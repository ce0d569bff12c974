"""Each domain of CRS by itself: lowest and highest grade, the words and what is missing (CLINICAL.md 2.1, D5, D7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bedside import QUIET, assessed, child, row_of, verdict_on
from forms.grading.crs import CRS
from forms.grading.crs_signs import Signs, is_beyond_home, parts_of, signs_of
from forms.values import NullFlavour

Told = tuple[int, int, str, tuple[str, ...]]
CALM = {"hypotension": False, "vasoactives": (), "oxygen_mode": "room_air"}
LOW = {"hypotension": True, "hypotension_proof": ("treated",)}
SINGLE = {"hypotension": True, "hypotension_proof": ("single",)}


def told(domain: int, answers: dict[str, Any]) -> tuple[str, Told]:
    found = parts_of(Signs(**{**CALM, **answers}))[domain]
    return found.name, (found.low, found.high, found.words, found.missing)


CIRCULATION: list[tuple[dict[str, Any], Told]] = [
    ({}, (0, 0, "", ())),
    ({"hypotension_other_cause": True, **LOW}, (0, 0, "hypotension put down to another cause", ())),
    (LOW, (2, 2, "hypotension without a vasopressor", ())),
    (SINGLE, (0, 0, "one low reading alone, not repeated and not treated", ())),
    ({"vasoactives": None}, (0, 4, "", ("vasoactives",))),
    ({"vasoactives": None, **LOW}, (2, 4, "hypotension without a vasopressor", ("vasoactives",))),
    ({"vasoactives": None, **SINGLE}, (0, 4, "", ("vasoactives",))),
    ({"vasoactives": ("dopamine",)}, (3, 3, "one vasopressor", ())),
    ({"vasoactives": ("dopamine", "vasopressin")}, (3, 3, "one vasopressor with vasopressin", ())),
    ({"vasoactives": ("vasopressin",)}, (3, 3, "vasopressin alone, which the published table does not name", ())),
    ({"vasoactives": ("dopamine", "epinephrine")}, (4, 4, "two vasopressors", ())),
    ({"vasoactives": ("dopamine", "epinephrine", "vasopressin")}, (4, 4, "two vasopressors", ())),
    ({"vasoactives": ("dopamine", "epinephrine", "norepinephrine")}, (4, 4, "more than two vasopressors", ())),
    ({"hypotension": None}, (0, 2, "", ("hypotension",))),
    ({"hypotension": None, "vasoactives": ("milrinone",)}, (0, 2, "milrinone not counted", ("hypotension",))),
    ({"vasoactives": ("milrinone", "dobutamine")}, (0, 0, "milrinone and dobutamine not counted", ())),
    (
        {"vasoactives": ("milrinone",), **LOW},
        (2, 2, "hypotension without a vasopressor (milrinone not counted)", ()),
    ),
    (
        {"vasoactives": ("dopamine",), "vasoactive_for_sedation": True},
        (0, 0, "vasoactive drugs only to offset sedation", ()),
    ),
    ({"vasoactives": ("none",), "vasoactive_for_sedation": True}, (0, 0, "", ())),
]


@pytest.mark.parametrize(("answers", "expected"), CIRCULATION)
def test_circulation_says_its_grade_why_and_what_is_missing(answers: dict[str, Any], expected: Told) -> None:
    assert told(0, answers) == ("circulation", expected)


FLOW = ("oxygen_flow_l_min",)
BREATHING: list[tuple[dict[str, Any], Told]] = [
    ({}, (0, 0, "", ())),
    ({"oxygen_mode": "ecmo", "hypoxia_other_cause": True}, (0, 0, "hypoxia put down to another cause", ())),
    ({"oxygen_mode": None}, (0, 4, "", ("oxygen_mode",))),
    ({"oxygen_mode": "blow_by"}, (2, 2, "blow-by", ())),
    ({"oxygen_mode": "face_mask"}, (3, 3, "face mask", ())),
    ({"oxygen_mode": "nasal_cannula"}, (2, 3, "nasal cannula (low flow), flow not answered", FLOW)),
    ({"oxygen_mode": "high_flow"}, (2, 3, "high-flow nasal cannula, flow not answered", FLOW)),
    ({"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": Decimal(6)}, (2, 2, "oxygen by cannula up to 6 L/min", ())),
    ({"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": Decimal("6.1")}, (3, 3, "high-flow oxygen", ())),
    ({"oxygen_mode": "cpap"}, (4, 4, "CPAP", ())),
    ({"oxygen_mode": "bipap"}, (4, 4, "BiPAP", ())),
    ({"oxygen_mode": "ecmo"}, (4, 4, "ECMO", ())),
    (
        {"oxygen_mode": "invasive", "ventilation_reason": "airway"},
        (0, 0, "ventilation for another reason than hypoxia", ()),
    ),
    # The reason of ventilation leaves nothing else out.
    ({"oxygen_mode": "face_mask", "ventilation_reason": "airway"}, (3, 3, "face mask", ())),
    ({"oxygen_mode": "cpap", "baseline_support": "cpap"}, (0, 0, "no more support than at home", ())),
    # By cannula at home: an unanswered flow is low flow, which does not count, or high flow, which does.
    (
        {"oxygen_mode": "nasal_cannula", "baseline_support": "nasal_cannula"},
        (0, 3, "no more support than at home", FLOW),
    ),
    # What the child had at home is not among the modes: everything counts.
    ({"oxygen_mode": "cpap", "baseline_support": "tracheostomy"}, (4, 4, "CPAP", ())),
]


@pytest.mark.parametrize(("answers", "expected"), BREATHING)
def test_breathing_says_its_grade_why_and_what_is_missing(answers: dict[str, Any], expected: Told) -> None:
    assert told(1, answers) == ("breathing", expected)


def test_a_number_that_could_not_be_had_is_no_number() -> None:
    given = {"temperature_c": NullFlavour.NOT_DONE, "oxygen_flow_l_min": NullFlavour.UNKNOWN}

    signs = signs_of(row_of("assessment", {**QUIET, **given}), "room_air", lambda: None)

    assert (signs.temperature_c, signs.oxygen_flow_l_min) == (None, None)


@pytest.mark.parametrize(
    ("answers", "because"),
    [
        # Only a fever can be put down to another cause; 38.0 is one.
        ({"temperature_c": "38.0", "fever_other_cause": "yes"}, "grade 0: fever put down to another cause"),
        ({"temperature_c": "37.9", "fever_other_cause": "yes"}, "grade 0: no sign"),
        ({"temperature_c": "37.9", "fever_other_cause": "yes", "vasoactives": "dopamine"}, "grade 0: no fever so far"),
        # A fever of another cause says why the signs beside it do not count.
        (
            {"temperature_c": "38.0", "fever_other_cause": "yes", "vasoactives": "dopamine"},
            "grade 0: fever put down to another cause",
        ),
        ({"antipyretic_24h": None, "vasoactives": "dopamine"}, "grade 0: no fever so far"),
        (
            {"temperature_c": None, "antipyretic_24h": None, "vasoactives": "dopamine"},
            "at least grade 0: no sign",
        ),
    ],
)
def test_without_fever_of_crs_the_words_say_why_signs_do_not_count(answers: dict[str, Any], because: str) -> None:
    verdict = verdict_on(CRS, {**QUIET, **answers})

    assert verdict is not None and verdict.because == because


def test_a_sign_that_does_not_count_keeps_its_domain() -> None:
    """Without fever, and with something that hides it, the details hold all three domains."""
    uncounted = verdict_on(CRS, {**QUIET, "vasoactives": "dopamine"})
    hidden = verdict_on(CRS, {**QUIET, "vasoactives": "dopamine", "anticytokine_given": "yes"})
    open_ = verdict_on(CRS, {**QUIET, "temperature_c": None, "vasoactives": "dopamine"})

    assert uncounted is not None and hidden is not None and open_ is not None
    assert uncounted.details == {"fever": "0", "circulation": "0", "breathing": "0"}
    assert hidden.details == {"fever": "0", "circulation": "3", "breathing": "0"}
    assert open_.details == {"fever": "undetermined", "circulation": "undetermined", "breathing": "0"}


@pytest.mark.parametrize(
    ("began_with", "grade"),
    # Anti-cytokine treatment begins CRS like fever does, and hides what comes after.
    [({"anticytokine_given": "yes"}, "3"), ({"temperature_c": "38.5"}, "0")],
)
def test_a_drug_hides_fever_from_the_beginning_of_crs_on(began_with: dict[str, str], grade: str) -> None:
    ended = {"key": "m1", "agent": "tocilizumab", "purpose": "treatment", "started_at": "2026-03-01"}
    rows = [assessed(1, **{**QUIET, **began_with}), assessed(2, **{**QUIET, "vasoactives": "dopamine"})]
    drugs = [{**ended, "stopped_at": "2026-03-05"}]

    found = CRS.verdicts(child(assessment=rows, concomitant_agent=drugs))

    assert found["a2.6"].value == grade


def test_a_drug_that_may_have_begun_by_the_very_moment_leaves_the_grade_open() -> None:
    rows = [assessed(1, **{**QUIET, "temperature_c": "39"}), assessed(2, 0, **{**QUIET, "vasoactives": "dopamine"})]
    # Begun some time on the day whose first moment is the assessment's.
    drugs = [{"key": "m1", "agent": "tocilizumab", "purpose": "treatment", "started_at": "2026-03-07"}]

    verdict = CRS.verdicts(child(assessment=rows, concomitant_agent=drugs))["a2.0"]

    assert (verdict.value, verdict.certainty.value) == ("0", "at_least")


def test_an_assessment_without_a_link_belongs_to_the_infusion_before_it() -> None:
    rows = [
        {**assessed(1, **{**QUIET, "temperature_c": "39"}), "infusion": None},
        {**assessed(3, **{**QUIET, "vasoactives": "dopamine", "antipyretic_24h": "yes"})},
    ]

    found = CRS.verdicts(child(assessment=rows))

    assert {key: verdict.value for key, verdict in found.items()} == {"a1.6": "1", "a3.6": "3"}


def test_once_begun_crs_stays_begun_through_a_missing_temperature() -> None:
    rows = [
        assessed(1, **{**QUIET, "temperature_c": "39"}),
        assessed(2, **{**QUIET, "temperature_c": None}),
        assessed(3, **{**QUIET, "vasoactives": "dopamine", "antipyretic_24h": "yes"}),
    ]

    verdict = CRS.verdicts(child(assessment=rows))["a3.6"]

    assert (verdict.value, verdict.certainty.value) == ("3", "exact")


def test_a_day_on_which_a_temperature_is_missing_is_not_free_of_crs() -> None:
    """D4: 48 hours at grade 0 begin with the first day of which grade 0 is certain."""
    rows = [
        assessed(1, **{**QUIET, "temperature_c": "39"}),
        assessed(2, **{**QUIET, "temperature_c": None}),
        *(assessed(number, **QUIET) for number in (3, 4)),
        assessed(5, **{**QUIET, "temperature_c": "38.5"}),
    ]

    assert CRS.verdicts(child(assessment=rows))["a5.6"].value == "1"


@pytest.mark.parametrize(
    ("mode", "flow", "at_home", "expected"),
    # CLINICAL.md 2.1, D5: a stronger mode than at home, or a flow above 6 L/min where it was lower, counts.
    [
        ("nasal_cannula", "6", "nasal_cannula", False),
        ("nasal_cannula", "6.01", "nasal_cannula", True),
        ("nasal_cannula", None, "nasal_cannula", None),
        ("nasal_cannula", None, "room_air", True),
        ("nasal_cannula", None, "cpap", False),
        ("cpap", None, "cpap", False),
        ("bipap", None, "cpap", True),
        ("invasive", None, "invasive", False),
        ("cpap", None, "tracheostomy", True),
    ],
)
def test_support_is_beyond_home_where_it_is_more(
    mode: str, flow: str | None, at_home: str, expected: bool | None
) -> None:
    assert is_beyond_home(mode, Decimal(flow) if flow else None, at_home) is expected
