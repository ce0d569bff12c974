"""An anakinra order as its page holds it: its course, its protocol, what it lacks, and which orders came before."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from courses import COURSE, course_context, row_of
from forms.context import Context, Protocol
from forms.dosing import Amounts, Caps
from forms.dosing.regimens import Order, begun, code, earlier, lacks_next_order, number, siblings
from forms.values import NullFlavour

FIRST = {"key": "r1", "course": "c1", "from_at": "2026-03-10 18:00"}
TYPED = {
    **FIRST,
    "dose_value": "3",
    "dose_basis": "mg_per_kg_dose",
    "frequency": "q8h",
    "route": "sc",
    "given_mg": "65",
    "cap_applied": "single",
    "rounding": "nearest_5_mg",
}
CAPPED = Protocol(version="1", effective_from=date(2026, 1, 1), max_single_mg=52, max_day_mg=150)


def order(typed: dict[str, str] | None = None, protocols: tuple[Protocol, ...] = (CAPPED,), **rows: Any) -> Order:
    return Order(row_of("anakinra_regimen", TYPED if typed is None else typed), course_context(protocols, **rows))


def test_an_order_reads_its_page_its_course_and_the_protocol_of_its_day() -> None:
    found = order()

    assert (found.value, found.basis, found.frequency, found.route) == (Decimal(3), "mg_per_kg_dose", "q8h", "sc")
    assert (found.given_mg, found.cap_applied, found.rounding) == (Decimal(65), "single", "nearest_5_mg")
    assert (found.weight_kg, found.day, found.protocol) == (Decimal(20), date(2026, 3, 10), CAPPED)
    assert found.caps == Caps(single_mg=52, day_mg=150)
    assert found.course["key"] == "c1"
    assert found.ordered == Amounts(
        mg_per_dose=Decimal(60), mg_per_day=Decimal(180), mg_per_kg_dose=Decimal(3), mg_per_kg_day=Decimal(9)
    )
    assert found.ordered_mg == Decimal(60)


def test_without_a_course_or_a_protocol_there_is_nothing_to_read() -> None:
    found = order({"key": "r1"}, protocols=())

    assert (found.course, found.weight_kg, found.day, found.protocol, found.caps) == ({}, None, None, None, Caps())
    assert (found.ordered, found.ordered_mg) == (Amounts(), None)
    assert order({**FIRST, "from_at": "2025-12-31 18:00"}).protocol is None


def test_what_is_shown_is_rounded_and_what_is_judged_is_not() -> None:
    typed = {**TYPED, "dose_basis": "mg_flat", "dose_value": "10"}
    found = order(typed, course={"dosing_weight_kg": "30"})

    assert found.shown.mg_per_kg_dose == Decimal("0.333")
    assert found.ordered.mg_per_kg_dose == Decimal(10) / 30


@pytest.mark.parametrize(
    ("rounding", "cap_applied", "mg"),
    # 60 mg every 8 hours: caps of 52 mg per dose, and of 150 mg per day, which is 50 mg per dose.
    [
        ("none", "none", "60"),
        ("none", "single", "52"),
        ("none", "daily", "50"),
        ("none", "both", "50"),
        ("nearest_5_mg", "single", "50"),
        ("nearest_10_mg", "none", "60"),
        (None, "single", "52"),
    ],
)
def test_one_dose_is_what_cap_and_rounding_leave_of_the_order(rounding: str | None, cap_applied: str, mg: str) -> None:
    assert order().expected_mg(rounding=rounding, cap_applied=cap_applied) == Decimal(mg)


@pytest.mark.parametrize(
    ("changed", "course", "lacking"),
    [
        ({}, {}, ()),
        ({"dose_value": ""}, {}, ("dose_value",)),
        ({"dose_basis": "", "frequency": ""}, {}, ("dose_basis", "frequency")),
        ({}, {"dosing_weight_kg": ""}, ("anakinra_course.dosing_weight_kg",)),
        # What the page itself lacks is asked for first.
        ({"frequency": ""}, {"dosing_weight_kg": ""}, ("frequency",)),
    ],
)
def test_what_is_missing_for_the_amount_is_named(
    changed: dict[str, str], course: dict[str, str], lacking: tuple[str, ...]
) -> None:
    typed = {name: text for name, text in {**TYPED, **changed}.items() if text}
    known = {name: text for name, text in {**COURSE, **course}.items() if text}

    assert order(typed, anakinra_course=[known]).lacking == lacking


def orders(*rows: dict[str, str]) -> Context:
    return course_context(anakinra_regimen=rows)


ROWS = (
    {"key": "r3", "course": "c1", "from_at": "2026-03-12 18:00"},
    {"key": "r2", "course": "c1", "from_at": "2026-03-12 18:00"},
    FIRST,
    {"key": "r5", "course": "c1"},
    {"key": "r6", "course": "c2", "from_at": "2026-03-11 18:00"},
    {"key": "r7", "from_at": "2026-03-11 18:00"},
)


@pytest.mark.parametrize(
    ("key", "others", "before"),
    # In order of time; of two that began together the smaller key is the earlier one.
    [
        ("r1", ["r2", "r3"], []),
        ("r2", ["r1", "r3"], ["r1"]),
        ("r3", ["r1", "r2"], ["r1", "r2"]),
        ("r5", ["r1", "r2", "r3"], []),
        ("r6", [], []),
        ("r7", [], []),
    ],
)
def test_the_other_orders_of_a_course_stand_in_the_order_of_time(
    key: str, others: list[str], before: list[str]
) -> None:
    context = orders(*ROWS)
    row = next(one for one in context.rows["anakinra_regimen"] if one["key"] == key)

    assert [other["key"] for other in siblings(row, context)] == others
    assert [other["key"] for other in earlier(row, context)] == before


def test_an_order_that_is_not_stored_yet_has_no_key_and_comes_before_those_of_its_moment() -> None:
    context = orders(*ROWS)
    new = {name: value for name, value in row_of("anakinra_regimen", FIRST).items() if name != "key"}

    assert [other["key"] for other in siblings(new, context)] == ["r1", "r2", "r3"]
    assert earlier(new, context) == ()
    assert earlier(new, orders({**FIRST, "key": "0"})) == ()
    assert [other["key"] for other in earlier({**new, "from_at": datetime(2026, 3, 11)}, context)] == ["r1"]
    twice = replace(context, rows={**context.rows, "anakinra_regimen": (new, *context.rows["anakinra_regimen"])})
    assert [other.get("key") for other in siblings({**new, "key": "r9"}, twice)] == [None, "r1", "r2", "r3"]


@pytest.mark.parametrize(
    ("until", "last_dose", "others", "lacks"),
    [
        ("2026-03-12 12:00", "2026-03-12 12:01", [], True),
        ("2026-03-12 12:00", "2026-03-12 12:00", [], False),
        ("2026-03-12 12:00", None, [], False),
        (None, "2026-03-15 12:00", [], False),
        # An order that began later, of the same course.
        ("2026-03-12 12:00", "2026-03-15 12:00", [ROWS[0]], False),
        ("2026-03-12 12:00", "2026-03-15 12:00", [{**ROWS[0], "from_at": "2026-03-10 17:59"}], True),
        ("2026-03-12 12:00", "2026-03-15 12:00", [{**ROWS[0], "course": "c2"}, {"key": "r5", "course": "c1"}], True),
    ],
)
def test_an_order_that_ended_before_its_course_lacks_the_next_one(
    until: str | None, last_dose: str | None, others: list[dict[str, str]], lacks: bool
) -> None:
    row = row_of("anakinra_regimen", {**FIRST, **({"until_at": until} if until else {})})
    course = row_of("anakinra_course", {"key": "c1", **({"stopped_at": last_dose} if last_dose else {})})
    known = [row, *(row_of("anakinra_regimen", other) for other in others)]

    assert lacks_next_order(row, course, known) is lacks


def test_an_answer_of_another_kind_is_none() -> None:
    assert [number(value) for value in (Decimal(2), 2, "2", None)] == [Decimal(2), None, None, None]
    assert [code(value) for value in ("sc", Decimal(2), ("sc",), None)] == ["sc", None, None, None]
    assert begun({"from_at": NullFlavour.UNKNOWN}) is None
    assert begun({"from_at": datetime(2026, 3, 10, 18)}) == datetime(2026, 3, 10, 18)
