"""An order against doses and caps of a protocol, respect by respect: states, words, what is missing (D24)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from courses import COURSE, ORDER, course_context, row_of
from forms.context import Protocol
from forms.dosing.protocol_rules import DoseRule, ProtocolRules
from forms.dosing.regimen_fit import Part, Parts, against_caps, best_fit
from forms.dosing.regimens import Order

AS_STATED, NOT_STATED, AT_CAP = Part(state="as_stated"), Part(state="not_stated"), Part(state="at_cap")
PER_DOSE = {"dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h", "route": "sc"}
PER_DAY = {**PER_DOSE, "dose_value": "8", "dose_basis": "mg_per_kg_day"}


def order(
    typed: dict[str, str] | None = None, *, kg: str = "20", single: int | None = None, day: int | None = None
) -> Order:
    """Return an order under a protocol with some caps, for a weight; an empty answer is left out."""
    given = {name: text for name, text in {**ORDER, **PER_DOSE, **(typed or {})}.items() if text}
    course = {name: text for name, text in {**COURSE, "dosing_weight_kg": kg}.items() if text}
    protocol = Protocol(version="1", effective_from=date(2026, 1, 1), max_single_mg=single, max_day_mg=day)
    return Order(row_of("anakinra_regimen", given), course_context((protocol,), anakinra_course=[course]))


def rule(value: str = "2", basis: str = "mg_per_kg_dose", **more: Any) -> DoseRule:
    decimals = ("value_up_to", "raised_to")
    told = {name: Decimal(text) if name in decimals else text for name, text in more.items()}
    return DoseRule(value=Decimal(value), basis=basis, **told)


def fit(
    asked: Order, *doses: DoseRule, steps: tuple[str, ...] = ("start",), index: tuple[str, ...] = ("crs",)
) -> Parts:
    return best_fit(asked, ProtocolRules(doses=doses), steps, index)


def off(state: str, words: str) -> Part:
    return Part(state=state, words=words)


@pytest.mark.parametrize(
    ("value", "stated", "expected"),
    # D24: a tenth either way.
    [
        ("2", {}, AS_STATED),
        ("1.8", {}, AS_STATED),
        ("1.799", {}, off("below", "below the 2 mg/kg every 6 hours that it says")),
        ("2.2", {}, AS_STATED),
        ("2.201", {}, off("above", "above the 2 mg/kg every 6 hours that it says")),
        ("4.4", {"value_up_to": "4"}, AS_STATED),
        ("4.401", {"value_up_to": "4"}, off("above", "above the 2 to 4 mg/kg every 6 hours that it says")),
        ("1.799", {"value_up_to": "4"}, off("below", "below the 2 to 4 mg/kg every 6 hours that it says")),
        # What a later order may rise to is nothing for the first.
        (
            "3",
            {"raised_to": "4"},
            off("above", "above the 2 mg/kg every 6 hours, may be raised to 4 mg/kg that it says"),
        ),
    ],
)
def test_the_dose_is_compared_with_a_tolerance_of_a_tenth(value: str, stated: dict[str, str], expected: Part) -> None:
    found = fit(order({"dose_value": value}), rule(frequency="q6h", **stated))

    assert found["dose"] == expected
    assert dict(found) == {"dose": expected, "frequency": AS_STATED, "route": NOT_STATED}


@pytest.mark.parametrize(("value", "state"), [("4.4", "as_stated"), ("4.401", "above"), ("1.8", "as_stated")])
def test_a_later_order_may_rise_as_far_as_is_stated(value: str, state: str) -> None:
    raised = rule(frequency="q6h", value_up_to="3", raised_to="4")

    assert fit(order({"dose_value": value}), raised, steps=("start", "then"))["dose"].state == state


def test_a_dose_is_compared_in_the_basis_of_the_rule() -> None:
    # 2 mg/kg every 6 hours for 20 kg: 40 mg per dose, 160 mg and 8 mg/kg per day.
    for basis, value in (("mg_per_kg_day", "8"), ("mg_flat", "40"), ("mg_flat_day", "160")):
        assert fit(order(), rule(value, basis, frequency="q6h"))["dose"] == AS_STATED
        assert fit(order({"dose_value": "3"}), rule(value, basis, frequency="q6h"))["dose"].state == "above"


@pytest.mark.parametrize(
    ("typed", "kg", "basis", "missing", "words"),
    [
        ({"dose_value": ""}, "20", "mg_per_kg_dose", ("dose_value",), "the dose is missing"),
        (
            {"dose_value": "", "dose_basis": ""},
            "20",
            "mg_per_kg_dose",
            ("dose_value", "dose_basis"),
            "the dose and the basis of the dose are missing",
        ),
        ({"frequency": ""}, "20", "mg_per_kg_day", ("frequency",), "the frequency is missing"),
        (
            {},
            "",
            "mg_flat",
            ("anakinra_course.dosing_weight_kg",),
            "the dosing weight is missing",
        ),
        (
            {"frequency": "continuous"},
            "20",
            "mg_per_kg_dose",
            (),
            "a dose per dose of a continuous infusion has no amount",
        ),
    ],
)
def test_what_is_missing_for_a_comparison_is_named(
    typed: dict[str, str], kg: str, basis: str, missing: tuple[str, ...], words: str
) -> None:
    assert fit(order(typed, kg=kg), rule("2", basis))["dose"] == Part(state="missing", words=words, missing=missing)


@pytest.mark.parametrize(
    ("frequency", "stated", "is_maximum", "expected"),
    [
        ("q6h", None, False, NOT_STATED),
        ("q6h", "q6h", False, AS_STATED),
        ("q8h", "q6h", False, off("other", "it says every 6 hours")),
        ("q8h", "q6h", True, AS_STATED),
        ("q6h", "q6h", True, AS_STATED),
        ("q6h", "q8h", True, off("other", "it says every 8 hours or less often")),
        ("once", "q6h", True, off("other", "it says every 6 hours or less often")),
        ("q6h", "continuous", True, off("other", "it says continuously or less often")),
        ("continuous", "continuous", False, AS_STATED),
        ("", "q6h", True, Part(state="missing", words="the frequency is missing", missing=("frequency",))),
    ],
)
def test_the_frequency_is_the_one_stated_or_less_often_where_that_is_a_maximum(
    frequency: str, stated: str | None, is_maximum: bool, expected: Part
) -> None:
    found = fit(order({"frequency": frequency}), rule(frequency=stated, frequency_is_a_maximum=is_maximum))

    assert found["frequency"] == expected


@pytest.mark.parametrize(
    ("route", "routes", "expected"),
    [
        ("sc", (), NOT_STATED),
        ("sc", ("iv_bolus", "sc"), AS_STATED),
        ("iv_bolus", ("sc",), off("other", "it says SC")),
        ("", ("sc",), Part(state="missing", words="the route is missing", missing=("route",))),
        ("", (), NOT_STATED),
    ],
)
def test_the_route_is_one_of_those_stated(route: str, routes: tuple[str, ...], expected: Part) -> None:
    assert fit(order({"route": route}), rule(routes=routes))["route"] == expected


@pytest.mark.parametrize(
    ("typed", "state"),
    # Stated: 2 mg/kg every 6 hours, 8 mg/kg a day. At another frequency one dose or the day is enough.
    [
        ({"frequency": "q8h", "dose_value": "2"}, "as_stated"),
        ({"frequency": "q8h", "dose_value": "2.666"}, "as_stated"),
        ({"frequency": "q8h", "dose_value": "3"}, "above"),
        ({"frequency": "q8h", "dose_value": "1.7"}, "below"),
        ({"frequency": "q12h", "dose_value": "2.201"}, "above"),
        ({"frequency": "q12h", "dose_value": "3.7"}, "as_stated"),
        # Continuous: there is a day only.
        ({"frequency": "continuous", "dose_value": "8", "dose_basis": "mg_per_kg_day"}, "as_stated"),
        ({"frequency": "continuous", "dose_value": "9", "dose_basis": "mg_per_kg_day"}, "above"),
    ],
)
def test_at_another_frequency_one_dose_or_the_day_is_what_is_stated(typed: dict[str, str], state: str) -> None:
    found = fit(order(typed), rule(frequency="q6h"))

    assert (found["frequency"].state, found["dose"].state) == ("other", state)


def test_at_another_frequency_a_dose_needs_no_weight_in_its_own_kind_of_basis() -> None:
    flat = order({"dose_value": "40", "dose_basis": "mg_flat", "frequency": "q8h"}, kg="")

    assert fit(order({"frequency": "q8h"}, kg=""), rule(frequency="q6h"))["dose"] == AS_STATED
    assert fit(flat, rule("40", "mg_flat", frequency="q6h"))["dose"] == AS_STATED
    assert fit(flat, rule(frequency="q6h"))["dose"].missing == ("anakinra_course.dosing_weight_kg",)


def test_at_another_frequency_a_flat_dose_is_compared_in_mg() -> None:
    flat = rule("40", "mg_flat", frequency="q6h")

    assert fit(order({"frequency": "q12h"}), flat)["dose"] == AS_STATED
    assert fit(order({"frequency": "q12h", "dose_value": "4"}), flat)["dose"] == AS_STATED
    assert fit(order({"frequency": "q12h", "dose_value": "3"}), flat)["dose"].state == "above"
    assert fit(order({"frequency": "q12h", "dose_value": "4"}), rule("41", "mg_flat", frequency="q24h"))[
        "dose"
    ].state == ("above")


@pytest.mark.parametrize(
    ("value", "kg", "caps", "state"),
    # 2 mg/kg for 60 kg are 120 mg; 100 mg are 1.667 mg/kg, and down to 90 mg a tenth less.
    [
        ("1.667", "60", {"single": 100}, "at_cap"),
        ("1.5", "60", {"single": 100}, "at_cap"),
        ("1.499", "60", {"single": 100}, "below"),
        ("1.667", "60", {"single": 120}, "below"),
        ("1.667", "60", {"day": 400}, "at_cap"),
        ("1.667", "60", {}, "below"),
        ("1.799", "50", {"single": 100}, "below"),
        ("2.201", "60", {"single": 100}, "above"),
    ],
)
def test_an_order_that_a_cap_leaves_is_at_the_cap(value: str, kg: str, caps: dict[str, int], state: str) -> None:
    assert fit(order({"dose_value": value}, kg=kg, **caps), rule(frequency="q6h"))["dose"].state == state


def test_a_rule_without_a_frequency_is_cut_by_what_the_cap_leaves_at_the_frequency_ordered() -> None:
    # 10 mg/kg a day for 60 kg are 600 mg; 400 mg every 6 hours are 100 mg, 6.667 mg/kg a day.
    cut = {**PER_DAY, "dose_value": "6.667"}

    assert fit(order(cut, kg="60", day=400), rule("10", "mg_per_kg_day"))["dose"] == AT_CAP
    assert fit(order({**cut, "frequency": "continuous"}, kg="60", day=400), rule("10", "mg_per_kg_day"))["dose"] == (
        AT_CAP
    )
    assert fit(order({**cut, "frequency": ""}, kg="60", day=400), rule("10", "mg_per_kg_day"))["dose"].state == "below"


@pytest.mark.parametrize(
    ("toxicities", "index", "indication"),
    [
        ((), ("crs",), None),
        (("crs", "icans"), ("crs",), None),
        (("crs",), (), None),
        (
            ("icans", "carhlh"),
            ("crs", "tian"),
            "given for CRS or TIAN, it states this dose for ICANS or HLH-like toxicity",
        ),
    ],
)
def test_a_dose_may_be_stated_for_some_toxicities_only(
    toxicities: tuple[str, ...], index: tuple[str, ...], indication: str | None
) -> None:
    found = fit(order(), rule(frequency="q6h", toxicities=toxicities), index=index)

    assert found.get("indication") == (off("other", indication) if indication else None)


def test_of_several_rules_the_one_that_fits_best_counts_and_of_equals_the_first() -> None:
    first, other = rule("9", frequency="q12h"), rule("2", frequency="q6h", routes=("iv_bolus",))

    # One deviation, of the route, against two.
    assert fit(order(), first, other) == {
        "dose": AS_STATED,
        "frequency": AS_STATED,
        "route": off("other", "it says IV bolus"),
    }
    # The same number of deviations: what is missing decides, then the order of the rules.
    assert fit(order({"route": ""}), other, rule("2", frequency="q6h"))["route"] == NOT_STATED
    assert fit(order({"dose_value": "9"}), rule("3", frequency="q6h"), rule("4", frequency="q6h"))["dose"].words == (
        "above the 3 mg/kg every 6 hours that it says"
    )
    assert fit(order(), rule("2", frequency="q6h", step="taper"), rule("4", frequency="q6h"))["dose"].state == "below"
    both = ("start", "taper")
    assert fit(order(), rule("4", frequency="q6h"), rule("2", frequency="q6h", step="taper"), steps=both)["dose"] == (
        AS_STATED
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    # Stated: 2 mg/kg at the start, which may rise to 4; nothing of a taper.
    [
        ("4.4", NOT_STATED),
        (
            "4.401",
            off("above", "above the 2 mg/kg every 6 hours, may be raised to 4 mg/kg that it starts with"),
        ),
        ("", NOT_STATED),
    ],
)
def test_a_step_that_is_not_stated_is_compared_with_the_highest_dose_only(value: str, expected: Part) -> None:
    stated = rule(frequency="q6h", raised_to="4", routes=("sc", "iv_bolus"))

    assert fit(order({"dose_value": value}), stated, steps=("taper",)) == {
        "dose": expected,
        "frequency": NOT_STATED,
        "route": AS_STATED,
    }


def test_a_step_is_above_only_where_it_is_above_every_dose_stated() -> None:
    low, high = rule("2", frequency="q6h"), rule("1", value_up_to="5", frequency="q6h")
    asked = order({"dose_value": "5.5"})

    assert fit(asked, low, high, steps=("taper",))["dose"] == NOT_STATED
    assert fit(asked, low, rule("1", frequency="q6h"), steps=("taper",))["dose"].words == (
        "above the 2 mg/kg every 6 hours that it starts with"
    )
    assert fit(asked, steps=("taper",)) == {"dose": NOT_STATED, "frequency": NOT_STATED, "route": NOT_STATED}


@pytest.mark.parametrize(
    ("typed", "kg", "caps", "expected"),
    [
        ({"given_mg": "999"}, "20", {}, NOT_STATED),
        (
            {"frequency": "", "given_mg": "40"},
            "20",
            {"single": 100},
            Part(state="missing", words="the frequency is missing", missing=("frequency",)),
        ),
        # Continuous: a cap of a single dose says nothing.
        ({**PER_DAY, "frequency": "continuous", "given_mg": "999"}, "20", {"single": 100}, NOT_STATED),
        ({"given_mg": "100"}, "20", {"single": 100}, AS_STATED),
        ({"given_mg": "100"}, "50", {"single": 100}, AS_STATED),
        ({"given_mg": "100"}, "50.1", {"single": 100}, AT_CAP),
        ({"given_mg": "100.1"}, "20", {"single": 100}, off("above", "100.1 mg per dose is above its cap of 100 mg")),
        ({"given_mg": "100"}, "20", {"day": 400}, AS_STATED),
        ({"given_mg": "100.1"}, "20", {"day": 400}, off("above", "400.4 mg per day is above its cap of 400 mg")),
        (
            {"given_mg": "100"},
            "20",
            {"single": 99, "day": 400},
            off("above", "100 mg per dose is above its cap of 99 mg"),
        ),
        (
            {"given_mg": "101"},
            "20",
            {"single": 100, "day": 400},
            off("above", "101 mg per dose is above its cap of 100 mg and 404 mg per day is above its cap of 400 mg"),
        ),
        (
            {**PER_DAY, "frequency": "continuous", "given_mg": "400.1"},
            "20",
            {"single": 100, "day": 400},
            off("above", "400.1 mg per day is above its cap of 400 mg"),
        ),
        ({**PER_DAY, "frequency": "continuous", "given_mg": "400"}, "20", {"day": 400}, AS_STATED),
        # What was given is not told: what was ordered, and whether the page says that a cap cut it.
        ({"cap_applied": ""}, "50", {"single": 100}, AS_STATED),
        (
            {"cap_applied": ""},
            "50.1",
            {"single": 100},
            Part(state="missing", words="the dose given is missing", missing=("given_mg", "cap_applied")),
        ),
        ({"cap_applied": "single"}, "60", {"single": 100}, AT_CAP),
        ({"cap_applied": "daily"}, "60", {"single": 100}, AT_CAP),
        ({"cap_applied": "both"}, "60", {"single": 100}, AT_CAP),
        ({"cap_applied": "none"}, "60", {"single": 100}, off("above", "120 mg per dose is above its cap of 100 mg")),
        # Neither ordered nor given can be told in mg, or only one of them.
        ({"given_mg": "100", "cap_applied": "single"}, "", {"single": 100}, AT_CAP),
        ({"given_mg": "100", "cap_applied": "none"}, "", {"single": 100}, AS_STATED),
        (
            {"given_mg": "101", "cap_applied": "single"},
            "",
            {"single": 100},
            off("above", "101 mg per dose is above its cap of 100 mg"),
        ),
        (
            {"given_mg": "100", "cap_applied": ""},
            "",
            {"single": 100},
            Part(
                state="missing",
                words="the dosing weight is missing",
                missing=("anakinra_course.dosing_weight_kg",),
            ),
        ),
        (
            {"cap_applied": "single"},
            "",
            {"single": 100},
            Part(
                state="missing",
                words="the dosing weight and the dose given are missing",
                missing=("anakinra_course.dosing_weight_kg", "given_mg"),
            ),
        ),
    ],
)
def test_what_was_given_stands_against_the_caps_or_else_what_was_ordered(
    typed: dict[str, str], kg: str, caps: dict[str, int], expected: Part
) -> None:
    assert against_caps(order(typed, kg=kg, **caps)) == expected


def test_a_part_deviates_when_it_is_above_below_or_other() -> None:
    states = ("above", "below", "other", "as_stated", "at_cap", "not_stated", "missing")

    assert [Part(state=state).deviates for state in states] == [True, True, True, False, False, False, False]
