"""The checks of an order's place in its course on every side: route, times, gaps, kidneys, taper (groups 16 to 20)."""

from __future__ import annotations

from typing import Any

import pytest

from courses import COURSE, course_context, row_of
from forms.casebook.anakinra_regimen_codes import HOLD_REASONS
from forms.context import Context
from one_check import CHECKS, anchored

FIRST = {"key": "r1", "course": "c1", "from_at": "2026-03-10 18:00"}
SECOND = {"key": "r2", "course": "c1", "from_at": "2026-03-12 18:00"}


def after(*before: dict[str, str], **rows: Any) -> Context:
    """Return what is stored: some orders of a course that has no end yet."""
    return course_context(anakinra_regimen=before, **rows)


def page(typed: dict[str, Any]) -> Any:
    return row_of("anakinra_regimen", {name: text for name, text in typed.items() if text})


def holds(name: str, typed: dict[str, Any], known: Context) -> bool | None:
    return CHECKS[f"anakinra_regimen.{name}"].holds(page(typed), known)


def compared(name: str, typed: dict[str, Any], known: Context) -> list[tuple[str, str]]:
    return [(key, item) for _, key, item in anchored(CHECKS[f"anakinra_regimen.{name}"], page(typed), known)]


@pytest.mark.parametrize(
    ("frequency", "route", "expected"),
    [
        ("continuous", "iv_continuous", True),
        ("continuous", "sc", False),
        ("q6h", "iv_continuous", False),
        ("q6h", "sc", True),
        ("q6h", None, None),
        (None, "sc", None),
    ],
)
def test_a_continuous_infusion_goes_with_its_route(
    frequency: str | None, route: str | None, expected: bool | None
) -> None:
    assert holds("continuous_fits_route", {"frequency": frequency, "route": route}, after()) is expected


BY_VEIN = {**FIRST, "route": "iv_bolus"}


@pytest.mark.parametrize(
    ("before", "typed", "expected"),
    [
        ([BY_VEIN], {"route": "sc"}, False),
        ([BY_VEIN], {"route": "sc", "change_reason": "start"}, False),
        ([BY_VEIN], {"route": "sc", "change_reason": "route"}, True),
        ([BY_VEIN], {"route": "iv_bolus"}, True),
        ([BY_VEIN], {"route": None, "change_reason": "route"}, None),
        ([FIRST], {"route": "sc"}, None),
        ([], {"route": "sc"}, None),
        # The order before is the last one, not the first.
        ([BY_VEIN, {**BY_VEIN, "key": "r0", "from_at": "2026-03-11 18:00", "route": "sc"}], {"route": "sc"}, True),
        ([{**BY_VEIN, "from_at": "2026-03-13 18:00"}], {"route": "sc"}, None),
        ([{**BY_VEIN, "course": "c2"}], {"route": "sc"}, None),
    ],
)
def test_a_change_of_route_has_its_reason(
    before: list[dict[str, str]], typed: dict[str, Any], expected: bool | None
) -> None:
    assert holds("route_change_has_reason", {**SECOND, **typed}, after(*before)) is expected


def test_what_an_order_was_compared_with_is_named() -> None:
    known = after(BY_VEIN)

    assert compared("route_change_has_reason", SECOND, known) == [("r1", "route"), ("r1", "from_at")]
    assert compared("no_gap", SECOND, known) == [("r1", "until_at")]
    assert compared("taper_does_not_rise", SECOND, known) == [
        ("r1", "dose_value"),
        ("r1", "dose_basis"),
        ("r1", "frequency"),
        ("r1", "from_at"),
        ("c1", "dosing_weight_kg"),
    ]
    for name in ("route_change_has_reason", "no_gap"):
        assert compared(name, FIRST, after()) == []


# Two days from 10 to 12 March at 18:00, every 12 hours: 4 intervals.
TWO_DAYS = {
    **FIRST,
    "until_at": "2026-03-12 18:00",
    "frequency": "q12h",
    "doses_held": "0",
    "doses_missed": "0",
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    # Group 17: half to one and a half of 12 hours apart, 6 to 18; the end may be the last dose or the change.
    [
        ({"doses_given": "3"}, True),
        ({"doses_given": "2"}, False),
        ({"doses_given": "9"}, True),
        ({"doses_given": "10"}, False),
        ({"doses_given": "2", "doses_held": "1"}, True),
        ({"doses_given": "2", "doses_missed": "1"}, True),
        ({"doses_given": "8", "doses_held": "2"}, False),
        # How many were left out is not told: too few prove nothing, too many do.
        ({"doses_given": "2", "doses_held": None}, True),
        ({"doses_given": "2", "doses_missed": None}, True),
        ({"doses_given": "10", "doses_held": None, "doses_missed": None}, False),
        ({"doses_given": "0"}, None),
        ({"doses_given": "1", "until_at": "2026-03-10 18:00"}, True),
        ({"doses_given": "1", "until_at": "2026-03-11 12:00"}, True),
        ({"doses_given": "1", "until_at": "2026-03-11 12:01"}, False),
        ({"doses_given": "2", "until_at": "2026-03-10 18:00"}, False),
        ({"doses_given": "3", "until_at": "2026-03-10 17:59"}, None),
        ({"doses_given": "3", "frequency": "continuous"}, None),
        ({"doses_given": "3", "frequency": None}, None),
        ({"doses_given": "3", "from_at": None}, None),
        ({"doses_given": "3", "until_at": None}, None),
        ({"doses_given": None}, None),
    ],
)
def test_the_doses_fit_the_times(changed: dict[str, Any], expected: bool | None) -> None:
    assert holds("doses_fit_times", {**TWO_DAYS, **changed}, after()) is expected


OFTEN = {**FIRST, "frequency": "q6h"}


@pytest.mark.parametrize(
    ("before", "typed", "expected"),
    [
        ([OFTEN], {"from_at": "2026-03-10 18:59"}, False),
        ([OFTEN], {"from_at": "2026-03-10 19:00"}, True),
        ([OFTEN], {"from_at": "2026-03-10 18:00"}, False),
        ([OFTEN], {"from_at": "2026-03-10 18:59", "frequency": "once"}, None),
        ([OFTEN], {"from_at": "2026-03-10 18:59", "frequency": None}, None),
        ([OFTEN], {"from_at": None}, None),
        # A single dose may precede an order.
        ([{**OFTEN, "frequency": "once"}], {"from_at": "2026-03-10 18:59"}, True),
        ([FIRST], {"from_at": "2026-03-10 18:59"}, True),
        ([{**OFTEN, "course": "c2"}], {"from_at": "2026-03-10 18:59"}, True),
        ([], {}, True),
    ],
)
def test_an_order_is_entered_once(before: list[dict[str, str]], typed: dict[str, Any], expected: bool | None) -> None:
    assert holds("entered_once", {**SECOND, "frequency": "q12h", **typed}, after(*before)) is expected


def test_the_orders_that_began_together_are_named() -> None:
    known = after(OFTEN, {**OFTEN, "key": "r0", "from_at": "2026-03-10 17:59"})
    typed = {**SECOND, "frequency": "q12h", "from_at": "2026-03-10 18:59"}

    assert compared("entered_once", typed, known) == [("r1", "from_at")]


ENDED = {**FIRST, "until_at": "2026-03-11 06:00"}


@pytest.mark.parametrize(
    ("before", "typed", "expected"),
    # 36 hours after 11 March at 6:00 are 12 March at 18:00.
    [
        ([ENDED], {}, True),
        ([ENDED], {"from_at": "2026-03-12 18:01"}, False),
        ([{**ENDED, "doses_held": "1"}], {"from_at": "2026-03-12 18:01"}, True),
        ([{**ENDED, "doses_held": "0"}], {"from_at": "2026-03-12 18:01"}, False),
        ([{**ENDED, "hold_reasons": "none"}], {"from_at": "2026-03-12 18:01"}, False),
        ([FIRST], {"from_at": "2026-03-20 18:00"}, None),
        ([], {}, None),
        ([ENDED], {"from_at": None}, None),
    ],
)
def test_an_order_follows_without_a_gap_unless_doses_were_held(
    before: list[dict[str, str]], typed: dict[str, Any], expected: bool | None
) -> None:
    assert holds("no_gap", {**SECOND, **typed}, after(*before)) is expected


@pytest.mark.parametrize("reason", [code for code in HOLD_REASONS.labels if code != "none"])
def test_each_reason_for_holding_explains_a_gap(reason: str) -> None:
    assert holds("no_gap", {**SECOND, "from_at": "2026-03-20 18:00"}, after({**ENDED, "hold_reasons": reason})) is True


FAILING = {"anakinra_course": [{**COURSE, "at_start_egfr": "29"}]}


@pytest.mark.parametrize(
    ("typed", "rows", "expected"),
    # The renal rule: 48 hours between doses at a clearance under 30, or a reason.
    [
        ({"frequency": "q24h"}, FAILING, False),
        ({"frequency": "continuous"}, FAILING, False),
        ({"frequency": "q48h"}, FAILING, True),
        ({"frequency": "q48h"}, {}, True),
        ({"frequency": "q24h", "renally_adjusted": "yes"}, FAILING, True),
        ({"frequency": "q24h", "renally_adjusted": "no"}, FAILING, False),
        ({"frequency": "q24h", "renal_rationale": "Life-threatening"}, FAILING, True),
        ({"frequency": "once"}, FAILING, None),
        ({"frequency": None}, FAILING, None),
        ({"frequency": "q24h", "from_at": None}, FAILING, None),
        ({"frequency": "q24h"}, {}, None),
    ],
)
def test_the_interval_fits_the_kidneys(typed: dict[str, Any], rows: dict[str, Any], expected: bool | None) -> None:
    assert holds("interval_fits_kidneys", {**SECOND, **typed}, after(**rows)) is expected


def test_what_is_known_of_the_kidneys_is_told_and_named() -> None:
    explain = CHECKS["anakinra_regimen.interval_fits_kidneys"].explain
    assert explain is not None
    failing = after(**FAILING)

    assert explain(page(SECOND), failing) == "an eGFR of 29"
    assert explain(page({**SECOND, "from_at": None}), failing) == "failing kidneys"
    assert compared("interval_fits_kidneys", SECOND, failing) == [("c1", "at_start_egfr")]
    assert compared("interval_fits_kidneys", {**SECOND, "from_at": None}, failing) == []
    assert compared("interval_fits_kidneys", SECOND, after()) == []


# 2 mg/kg every 6 hours are 8 mg/kg a day, for 20 kg 160 mg.
DOSED = {**FIRST, "dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h"}
STEP = {**SECOND, "dose_value": "8", "dose_basis": "mg_per_kg_day", "frequency": "q6h", "taper_step": "yes"}
NO_WEIGHT = {"anakinra_course": [{name: text for name, text in COURSE.items() if name != "dosing_weight_kg"}]}


@pytest.mark.parametrize(
    ("before", "typed", "rows", "expected"),
    [
        ([DOSED], {}, {}, True),
        ([DOSED], {"dose_value": "8.001"}, {}, False),
        ([DOSED], {"dose_value": "8.001", "taper_step": "no"}, {}, None),
        ([DOSED], {"dose_value": "8.001", "taper_step": None}, {}, None),
        ([DOSED], {"dose_value": "160", "dose_basis": "mg_flat_day"}, {}, True),
        ([DOSED], {"dose_value": "160.2", "dose_basis": "mg_flat_day"}, {}, False),
        ([DOSED], {"dose_value": None}, {}, None),
        ([FIRST], {}, {}, None),
        ([], {}, {}, None),
        # Without a weight orders in one kind of basis are compared, others are not.
        ([DOSED], {"dose_value": "8.001"}, NO_WEIGHT, False),
        ([DOSED], {"dose_value": "999", "dose_basis": "mg_flat_day"}, NO_WEIGHT, None),
        ([{**DOSED, "dose_basis": "mg_flat"}], {"dose_value": "9", "dose_basis": "mg_flat_day"}, NO_WEIGHT, False),
        ([{**DOSED, "dose_basis": "mg_flat"}], {"dose_value": "8", "dose_basis": "mg_flat_day"}, NO_WEIGHT, True),
    ],
)
def test_a_step_of_a_taper_does_not_rise(
    before: list[dict[str, str]], typed: dict[str, Any], rows: dict[str, Any], expected: bool | None
) -> None:
    assert holds("taper_does_not_rise", {**STEP, **typed}, after(*before, **rows)) is expected
