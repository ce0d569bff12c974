"""The checks of the assessment form, and the values it derives."""

from __future__ import annotations

from decimal import Decimal

from forms.anchors import anchors_of
from forms.casebook.assessment_neurology import COGNITION
from forms.context import Context
from forms.form import Anchor, Check
from forms.grading.child import child_of
from forms.grading.icans_signs import CAPD, ICE, ICE_FROM_YEARS
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
)
from forms.ordering import not_after_death, not_before_infusion
from forms.values import Row, answer, day_of

HIGHEST_CELSIUS = 60

LOWEST_SATURATION = 40


def _is_celsius(row: Row, context: Context) -> bool | None:
    temperature = answer(row, "temperature_c")
    return None if not isinstance(temperature, Decimal) else temperature < HIGHEST_CELSIUS


def _saturation_is_plausible(row: Row, context: Context) -> bool | None:
    saturation = answer(row, "spo2_percent")
    return None if not isinstance(saturation, int) else saturation >= LOWEST_SATURATION


def _tool_fits_age(row: Row, context: Context) -> bool | None:
    tool, day = answer(row, "instrument"), day_of(answer(row, "assessed_at"))
    if day is None or tool not in (ICE, CAPD):
        return None
    if answer(row, "instrument_reason"):
        return True
    child = child_of(context)
    is_twelve = child.is_at_least(ICE_FROM_YEARS, day)
    if is_twelve is None:
        return None
    if tool == CAPD and is_twelve:
        return child.developmental_delay
    return tool == CAPD or is_twelve


def _compared_for_tool(row: Row, context: Context) -> tuple[Anchor, ...]:
    return (
        *anchors_of("enrolment", context.rows["enrolment"], "birth_date"),
        *anchors_of("baseline", context.rows["baseline"], "developmental_delay"),
    )


def _systolic_above_diastolic(row: Row, context: Context) -> bool | None:
    high, low = answer(row, "systolic_mmhg"), answer(row, "diastolic_mmhg")
    return None if not isinstance(high, int) or not isinstance(low, int) else high > low


def _mean_lies_between(row: Row, context: Context) -> bool | None:
    mean, high, low = (answer(row, f"{name}_mmhg") for name in ("mean_arterial", "systolic", "diastolic"))
    if not isinstance(mean, int):
        return None
    under = None if not isinstance(high, int) else mean <= high
    over = None if not isinstance(low, int) else mean >= low
    return None if under is None and over is None else under is not False and over is not False


def _parts_of(tool: str) -> tuple[str, ...]:
    return tuple(name for name in COGNITION if name.startswith(f"{tool}_") and name != f"{tool}_total")


_ICE_PARTS, _CAPD_PARTS = _parts_of(ICE), _parts_of(CAPD)


def _parts_make_total(names: tuple[str, ...], total: str, row: Row) -> bool | None:
    whole = answer(row, total)
    if not isinstance(whole, int):
        return None
    numbers = [part for part in (answer(row, name) for name in names) if isinstance(part, int)]
    return None if len(numbers) < len(names) else sum(numbers) == whole


def _ice_adds_up(row: Row, context: Context) -> bool | None:
    return _parts_make_total(_ICE_PARTS, "ice_total", row)


def _capd_adds_up(row: Row, context: Context) -> bool | None:
    return _parts_make_total(_CAPD_PARTS, "capd_total", row)


def _high_flow_has_flow(row: Row, context: Context) -> bool | None:
    if answer(row, "oxygen_mode") != "high_flow":
        return None
    return answer(row, "oxygen_flow_l_min") is not None


CHECKS: tuple[Check, ...] = (
    not_before_infusion("assessment", "assessed_at", label="The assessment"),
    not_after_death("assessment", "assessed_at", label="The assessment", severity=HARD),
    Check(
        id="assessment.celsius",
        severity=HARD,
        items=("temperature_c",),
        message="{temperature_c} is no body temperature. Write degrees Celsius.",
        holds=_is_celsius,
    ),
    Check(
        id="assessment.systolic_above_diastolic",
        group=32,
        severity=HARD,
        items=("systolic_mmhg", "diastolic_mmhg"),
        message="Systolic {systolic_mmhg} is not above diastolic {diastolic_mmhg}. Check whether they are swapped.",
        holds=_systolic_above_diastolic,
    ),
    Check(
        id="assessment.mean_between",
        group=32,
        severity=HARD,
        items=("mean_arterial_mmhg", "systolic_mmhg", "diastolic_mmhg"),
        message="Mean pressure {mean_arterial_mmhg} does not lie between {diastolic_mmhg} and {systolic_mmhg}. "
        "Take all three from one reading.",
        holds=_mean_lies_between,
    ),
    Check(
        id="assessment.saturation_plausible",
        severity=CONFIRM,
        items=("spo2_percent",),
        message="An oxygen saturation of {spo2_percent} is below 40 %. Check it against the source.",
        holds=_saturation_is_plausible,
    ),
    Check(
        id="assessment.ice_adds_up",
        group=28,
        severity=SOFT,
        items=("ice_total",),
        message="The five parts do not add up to the ICE score of {ice_total}. Correct one of them, or say why.",
        holds=_ice_adds_up,
    ),
    Check(
        id="assessment.capd_adds_up",
        group=28,
        severity=SOFT,
        items=("capd_total",),
        message="The eight parts do not add up to the CAPD score of {capd_total}. Correct one of them, or say why.",
        holds=_capd_adds_up,
    ),
    Check(
        id="assessment.high_flow_has_flow",
        group=27,
        severity=SOFT,
        items=("oxygen_mode", "oxygen_flow_l_min"),
        message="High-flow cannula without a flow cannot be graded. Give the flow, or say why it is missing.",
        holds=_high_flow_has_flow,
    ),
    Check(
        id="assessment.tool_fits_age",
        group=28,
        severity=CONFIRM,
        items=("instrument", "instrument_reason"),
        message="{instrument} is not the test for this age (CAPD under 12 years, ICE from 12 on). Check it, or "
        "give the reason beside it.",
        holds=_tool_fits_age,
        also=_compared_for_tool,
    ),
)
