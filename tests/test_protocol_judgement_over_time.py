"""Orders after the first: doses that may rise, later doses, steps of a taper, versions of a protocol."""

from datetime import date
from decimal import Decimal

import pytest

from courses import ORDER, course_context, protocol_of
from forms.context import Protocol
from forms.dosing.protocol_rules import DoseRule, ProtocolRules
from forms.dosing.protocols import PROTOCOLS
from forms.dosing.regimen_judgement import REGIMEN_JUDGEMENT
from forms.rule_set import EXACT
from judged_orders import AS_CNH_SAYS, graded, judged, order

RAISED = {**ORDER, "key": "r2", "from_at": "2026-03-12 18:00", "frequency": "q12h", "route": "sc"}


@pytest.mark.parametrize(
    ("value", "expected"), [("1.8", "conform"), ("5", "conform"), ("11", "conform"), ("11.001", "other_dose")]
)
def test_a_later_order_may_rise_as_far_as_the_protocol_says(value: str, expected: str) -> None:
    first = {**ORDER, "dose_value": "2", "dose_basis": "mg_per_kg_day", "frequency": "q12h", "route": "sc"}
    found = judged("CHOP", {**RAISED, "dose_value": value, "dose_basis": "mg_per_kg_day"}, first)

    assert found.value == expected


def test_the_dose_after_the_first_days_is_no_dose_to_begin_with() -> None:
    fifty = {**ORDER, "dose_value": "50", "dose_basis": "mg_flat", "frequency": "q24h", "route": "sc", "given_mg": "50"}
    hundred = {**fifty, "dose_value": "100", "given_mg": "100"}

    assert judged("MUSC", fifty).value == "other_dose"
    assert judged("MUSC", {**fifty, "key": "r2", "from_at": "2026-03-13 18:00"}, hundred).value == "conform"


def stated(**steps: str) -> Protocol:
    """Return a protocol that states one dose every 12 hours for some steps, in mg/kg."""
    doses = tuple(
        DoseRule(step=step, value=Decimal(value), basis="mg_per_kg_dose", frequency="q12h")
        for step, value in steps.items()
    )
    return Protocol(version="1", effective_from=date(2026, 1, 1), rules=ProtocolRules(doses=doses))


@pytest.mark.parametrize(
    ("dose", "is_step", "value"),
    # Stated: 8 mg/kg at the start, 4 after the first days, 2 in the taper; further apart than a tenth.
    [
        ("8", "", "conform"),
        ("4", "", "conform"),
        ("2", "", "conform"),
        ("8", "no", "conform"),
        ("4", "no", "conform"),
        ("2", "no", "other_dose"),
        ("8", "yes", "other_taper"),
        ("4", "yes", "conform"),
        ("2", "yes", "conform"),
    ],
)
def test_a_later_order_is_compared_with_the_steps_it_can_be(dose: str, is_step: str, value: str) -> None:
    first = order("8", "mg_per_kg_dose", "q12h", "sc")
    later = {**order(dose, "mg_per_kg_dose", "q12h", "sc", taper_step=is_step), "key": "r2"}

    found = judged(stated(start="8", then="4", taper="2"), {**later, "from_at": "2026-03-13 08:00"}, first)

    assert found.value == value


@pytest.mark.parametrize(("dose", "value"), [("8", "conform"), ("4", "other_dose"), ("2", "other_dose")])
def test_the_first_order_of_a_course_is_compared_with_the_start_whether_or_not_it_says_so(
    dose: str, value: str
) -> None:
    protocol = stated(start="8", then="4", taper="2")

    for is_step in ("", "no"):
        assert judged(protocol, order(dose, "mg_per_kg_dose", "q12h", "sc", taper_step=is_step)).value == value


def test_an_order_without_its_day_is_under_no_protocol() -> None:
    undated = {**order("8", "mg_per_kg_dose", "q12h", "sc"), "from_at": ""}
    found = judged(stated(start="8"), {name: text for name, text in undated.items() if text})

    assert (found.value, found.why, found.missing) == ("not_comparable", "answers_missing", ("from_at",))


def test_a_step_of_a_taper_may_be_the_dose_after_the_first_days_where_no_taper_is_stated() -> None:
    first = order("8", "mg_per_kg_dose", "q12h", "sc")
    step = {**order("4", "mg_per_kg_dose", "q12h", "sc", taper_step="yes"), "key": "r2"}

    assert judged(stated(start="8", then="4"), {**step, "from_at": "2026-03-13 08:00"}, first).value == "conform"


FIRST_AT_MUSC = order("4", "mg_per_kg_dose", "q12h", "sc", "80")
TAPER_AT_MUSC = {
    **order("2", "mg_per_kg_dose", "q12h", "sc", "40", taper_step="yes"),
    "key": "r2",
    "from_at": "2026-03-13 08:00",
}


@pytest.mark.parametrize(
    ("center", "first", "step", "course", "value", "words"),
    [
        ("MUSC", FIRST_AT_MUSC, TAPER_AT_MUSC, {}, "conform", ""),
        # 13 March to 14 March are two days, to 16 March four or three; the protocol says 2 to 3.
        ("MUSC", FIRST_AT_MUSC, TAPER_AT_MUSC, {"stopped_at": "2026-03-13 20:00"}, "other_taper", "over 1 days"),
        ("MUSC", FIRST_AT_MUSC, TAPER_AT_MUSC, {"stopped_at": "2026-03-14 20:00"}, "conform", ""),
        ("MUSC", FIRST_AT_MUSC, TAPER_AT_MUSC, {"stopped_at": "2026-03-16 20:00"}, "conform", ""),
        ("MUSC", FIRST_AT_MUSC, TAPER_AT_MUSC, {"stopped_at": "2026-03-17 20:00"}, "other_taper", "2 to 3 days"),
        ("MUSC", FIRST_AT_MUSC, {**TAPER_AT_MUSC, "dose_value": "1"}, {}, "other_taper", "below the 2 mg/kg"),
        ("MUSC", FIRST_AT_MUSC, {**TAPER_AT_MUSC, "frequency": "q24h"}, {}, "other_taper", "it says every 12 hours"),
        ("MUSC", FIRST_AT_MUSC, {**TAPER_AT_MUSC, "taper_step": ""}, {}, "conform", ""),
    ],
)
def test_a_step_of_a_taper_is_compared_with_the_taper_that_the_protocol_states(
    center: str, first: dict[str, str], step: dict[str, str], course: dict[str, str], value: str, words: str
) -> None:
    found = judged(center, {name: text for name, text in step.items() if text}, first, course=course)

    assert found.value == value, found
    assert words in found.because


STEP_AT_CNH = {**AS_CNH_SAYS, "key": "r2", "from_at": "2026-03-13 08:00", "dose_value": "1", "taper_step": "yes"}


@pytest.mark.parametrize(
    ("grades", "value", "missing"),
    [
        # Table 1: at grade 2 or less; the doses of the taper are not stated.
        ([graded(13, 6, "3")], "other_taper", ()),
        ([graded(13, 6, "3"), graded(13, 20, "2")], "not_comparable", ()),
        ([graded(12, 6, "2")], "not_comparable", ()),
        ([graded(11, 6, "3")], "not_comparable", ("assessment.crs_grade",)),
        ([graded(14, 6, "3")], "not_comparable", ("assessment.crs_grade",)),
        ([], "not_comparable", ("assessment.crs_grade",)),
    ],
)
def test_a_taper_begins_at_the_grade_that_the_protocol_states(
    grades: list[dict[str, str]], value: str, missing: tuple[str, ...]
) -> None:
    found = judged("CNH", STEP_AT_CNH, AS_CNH_SAYS, assessment=grades)

    assert (found.value, found.missing) == (value, missing), found


def test_the_dose_of_a_taper_that_is_not_stated_stays_so_unless_it_is_above_every_dose_stated() -> None:
    same = [graded(13, 6, "2")]
    found = judged("CNH", STEP_AT_CNH, AS_CNH_SAYS, assessment=same)
    above = judged("CNH", {**STEP_AT_CNH, "dose_value": "2.201"}, AS_CNH_SAYS, assessment=same)

    assert (found.value, found.why) == ("not_comparable", "not_stated")
    assert found.because == (
        "1 mg/kg every 6 hours IV: cannot be compared with the protocol of 2026-01-01: it does not state the dose of a "
        "taper"
    )
    assert (above.value, above.certainty) == ("other_taper", EXACT)


def test_only_the_first_step_of_a_taper_is_judged_by_its_grade() -> None:
    later = {**STEP_AT_CNH, "key": "r3", "from_at": "2026-03-15 08:00", "dose_value": "0.5"}
    found = judged("CNH", later, STEP_AT_CNH, AS_CNH_SAYS, assessment=[graded(15, 6, "3")])

    assert (found.value, found.why) == ("not_comparable", "not_stated")


def test_an_order_is_judged_by_the_version_in_force_on_its_first_day() -> None:
    newer = Protocol(version="2.0", effective_from=date(2026, 3, 11), rules=PROTOCOLS["NIH_CC"].rules)
    later = {**AS_CNH_SAYS, "key": "r2", "from_at": "2026-03-11 00:00"}
    context = course_context((protocol_of("CNH"), newer), anakinra_regimen=[AS_CNH_SAYS, later])
    found = REGIMEN_JUDGEMENT.verdicts(context)

    assert [(found[key].value, found[key].details["protocol"]) for key in ("r1", "r2")] == [
        ("conform", "1.0"),
        ("other_route", "2.0"),
    ]
