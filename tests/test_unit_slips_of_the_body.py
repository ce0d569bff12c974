"""A weight or a height in another unit: told beside what else is known of the child's body."""

import pytest

from check_tables import CHILD, context, findings_about, row_of
from forms.casebook import CASEBOOK
from forms.items import CONFIRM
from forms.unit_slips import recognise

WEIGHED = {**CHILD, "baseline": ({"key": "b1", "weight_kg": "20"},)}


def test_a_weight_beside_the_childs_others_is_compared_with_the_others_only() -> None:
    own = {"key": "b1", "weight_kg": "45"}
    alone = context({"baseline": (own,), "anakinra_course": ()})

    assert recognise(CASEBOOK["baseline"], "weight_kg", row_of("baseline", own), alone) is None
    assert recognise(CASEBOOK["baseline"], "weight_kg", row_of("baseline", own), context(WEIGHED)) is not None


@pytest.mark.parametrize(
    ("height", "weight", "is_slip"),
    # A body has 8 to 70 kg/m2: 8 and 70 at 1 m.
    [("100", "8", False), ("100", "7.9", False), ("100", "70", False), ("49", "16", False), ("47", "16", True)],
)
def test_a_height_is_a_slip_only_where_the_other_unit_gives_a_body(height: str, weight: str, is_slip: bool) -> None:
    row = row_of("baseline", {"height_cm": height, "weight_kg": weight})

    assert (recognise(CASEBOOK["baseline"], "height_cm", row, context()) is not None) is is_slip


@pytest.mark.parametrize(
    ("weight", "is_slip"),
    # Beside 20 kg: above 1.7 times as much, and within 15 % of it in pounds (44.1 lb are 20 kg, 50.7 lb 23 kg).
    [("34", False), ("37.4", False), ("37.5", True), ("50.7", True), ("50.8", False)],
)
def test_a_weight_in_pounds_is_told_beside_the_childs_other_weight(weight: str, is_slip: bool) -> None:
    row = row_of("anakinra_course", {"key": "c1", "given": "yes", "dosing_weight_kg": weight})

    found = recognise(CASEBOOK["anakinra_course"], "dosing_weight_kg", row, context(WEIGHED))

    assert (found is not None) is is_slip


RECENT = {**CHILD, "baseline": ({"key": "b1", "assessed_on": "2026-02-26", "weight_kg": "126.5"},)}


LIMITS = "follow_up.weight_kg.limits"


@pytest.mark.parametrize(
    ("weight", "seen_on", "message", "suggested"),
    # 285 lb are 129.27 kg, within 15 % of 126.5 kg, and 325 lb are not. 2026-05-27 is 90 days after that weight.
    [
        (
            "285",
            "2026-05-27",
            "Weight 285 kg looks like lb: 285 lb is 129.27 kg, near to 126.5 kg on 2026-02-26. Correct the unit, or "
            "check it against the source.",
            {"weight_kg": "129.27"},
        ),
        (
            "325",
            "2026-05-27",
            "Weight 325 kg is far from 126.5 kg on 2026-02-26. Check it against the source.",
            {},
        ),
        (
            "325",
            "2026-05-28",
            "Weight 325 kg looks like lb: 325 lb is 147.42 kg. Correct the unit, or check it against the source.",
            {"weight_kg": "147.42"},
        ),
        ("900", "2026-05-28", "Weight 900 kg: values ever seen are 2 to 200 kg. Check it against the source.", {}),
    ],
)
def test_an_impossible_weight_is_laid_beside_one_known_within_90_days(
    weight: str, seen_on: str, message: str, suggested: dict[str, str]
) -> None:
    stored = {**RECENT, "anakinra_course": ()}
    typed = {"seen_on": seen_on, "alive": "yes", "weight_kg": weight}

    (found,) = findings_about("follow_up", "weight_kg", typed, stored)

    assert (found.check_id, found.severity) == (LIMITS, CONFIRM)
    assert found.message == message
    assert found.suggestion == suggested


def test_a_weight_is_not_compared_with_what_the_same_record_said_before() -> None:
    before = {"key": "c1", "given": "yes", "dosing_weight_kg": "20"}
    row = row_of("anakinra_course", {**before, "dosing_weight_kg": "45"})
    form, unweighed = CASEBOOK["anakinra_course"], {"baseline": ({"key": "b1"},), "infusion": ()}

    own, other = (
        recognise(form, "dosing_weight_kg", row, context({**unweighed, "anakinra_course": (stored,)}))
        for stored in (before, {**before, "key": "c2"})
    )

    assert own is None and other is not None


@pytest.mark.parametrize(
    ("height", "weight", "is_slip"),
    # 8 kg/m2 at 1 m are 8 kg; 70 kg/m2 at 0.5 m are 17.5 kg (50 in are 127 cm, 10.9 kg/m2).
    [("100", "8", False), ("50", "17.5", False), ("50", "17.6", True)],
)
def test_the_limits_of_a_body_are_part_of_it(height: str, weight: str, is_slip: bool) -> None:
    row = row_of("baseline", {"height_cm": height, "weight_kg": weight})

    assert (recognise(CASEBOOK["baseline"], "height_cm", row, context()) is not None) is is_slip


def test_a_converted_number_keeps_the_decimals_of_its_item() -> None:
    row = row_of("baseline", {"weight_kg": "301"})

    slip = recognise(CASEBOOK["baseline"], "weight_kg", row, context())

    assert slip is not None and slip.suggestion == "136.53"  # 301 lb x 0.45359237 = 136.534 kg


def course(key: str, on: str, kg: str) -> dict[str, str]:
    """Return a course with the weight its dose was worked out from."""
    return {"key": key, "given": "yes", "dosing_weight_on": on, "dosing_weight_kg": kg}


@pytest.mark.parametrize(
    ("courses", "nearest"),
    [
        ([course("c1", "2026-04-20", "180"), course("c2", "2026-04-12", "90")], "180 kg on 2026-04-20"),
        ([course("c1", "2026-04-12", "90"), course("c2", "2026-04-20", "180")], "180 kg on 2026-04-20"),
        ([course("c1", "2026-05-11", "180")], "126.5 kg on 2026-04-29"),  # six days each way: baseline first
    ],
)
def test_of_several_weights_the_one_of_the_nearest_day_is_told(courses: list[dict[str, str]], nearest: str) -> None:
    on = "2026-04-29" if len(courses) == 1 else "2026-02-26"
    stored = {
        **CHILD,
        "baseline": ({"key": "b1", "assessed_on": on, "weight_kg": "126.5"},),
        "anakinra_course": tuple(courses),
    }
    typed = {"seen_on": "2026-05-05", "alive": "yes", "weight_kg": "900"}

    (found,) = findings_about("follow_up", "weight_kg", typed, stored)

    assert found.message == f"Weight 900 kg is far from {nearest}. Check it against the source."


def test_a_dosing_weight_is_laid_beside_what_was_known_on_the_day_it_is_of() -> None:
    typed = {
        "given": "yes",
        "started_at": "2026-07-01 08:00",
        "dosing_weight_on": "2026-03-02",
        "dosing_weight_kg": "900",
    }

    (found,) = findings_about("anakinra_course", "dosing_weight_kg", typed, {**RECENT, "infusion": ()})

    assert found.message == "Dosing weight 900 kg is far from 126.5 kg on 2026-02-26. Check it against the source."


def test_a_possible_weight_far_from_the_last_one_is_no_slip_by_itself() -> None:
    row = row_of("follow_up", {"seen_on": "2026-03-05", "alive": "yes", "weight_kg": "60"})

    assert recognise(CASEBOOK["follow_up"], "weight_kg", row, context({**RECENT, "anakinra_course": ()})) is None


@pytest.mark.parametrize(("weight", "is_like"), [("253.53", True), ("253.54", True), ("253.56", False)])
def test_fifteen_percent_above_the_last_weight_is_like_it(weight: str, is_like: bool) -> None:
    # 253.53 lb x 0.45359237 = 114.9993 kg and 253.54 lb 115.0038 kg, both 115.00 kg; 253.56 lb are 115.01 kg.
    stored = {**CHILD, "baseline": ({"key": "b1", "assessed_on": "2026-02-26", "weight_kg": "100"},)}
    typed = {"seen_on": "2026-03-05", "alive": "yes", "weight_kg": weight}

    (found,) = findings_about("follow_up", "weight_kg", typed, {**stored, "anakinra_course": ()})

    assert bool(found.suggestion) is is_like
