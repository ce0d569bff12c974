"""The checks of a sample (group 35): jumps by a power of ten, ferritin that falls too fast, a laboratory unknown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from forms import analytes
from forms.anchors import anchors_of
from forms.context import Context
from forms.form import Anchor, Check
from forms.grading.samples import laboratory_of
from forms.items import WARNING
from forms.values import Measurement, Row, answer

PREVIOUS_WITHIN = timedelta(days=3)
FALL_WITHIN, FALL_TO = timedelta(hours=24), Decimal("0.1")
POWERS = (10, 100, 1000)
NEAR = Decimal("0.1")
"""How far, as a share, a ratio may lie from a power of ten to be taken for one."""

STEADY = {
    "fibrinogen": analytes.FIBRINOGEN.label,
    "haemoglobin": analytes.HAEMOGLOBIN.label,
    "creatinine": analytes.CREATININE.label,
    "bilirubin_total": analytes.BILIRUBIN_TOTAL.label,
    "albumin": analytes.ALBUMIN.label,
    "igg": analytes.IGG.label,
    "triglycerides": analytes.TRIGLYCERIDES.label,
}
"""Analytes that do not change tenfold within three days."""
UNSTEADY = {
    "ferritin": analytes.FERRITIN.label,
    "crp": analytes.CRP.label,
    "ldh": analytes.LDH.label,
    "wbc": analytes.WBC.label,
    "platelets": analytes.PLATELETS.label,
}
"""Analytes that may change tenfold, but hardly a hundredfold."""

Previous = tuple[datetime, Decimal, Row]


def previous_value(analyte: str, row: Row, context: Context) -> Previous | None:
    """Return when and what was measured last before a sample, exactly and within three days; None without one."""
    at = row.get("sampled_at")
    if not isinstance(at, datetime):
        return None
    series = context.once(f"values of {analyte}", lambda known: _series(analyte, known))
    place = bisect_left(series, at, key=lambda found: found[0]) - 1
    if place < 0 or at - series[place][0] > PREVIOUS_WITHIN:
        return None
    return series[place]


def _series(analyte: str, context: Context) -> list[Previous]:
    found = (
        (at, value.value, row)
        for row in context.rows["laboratory"]
        if isinstance(at := row.get("sampled_at"), datetime)
        and isinstance(value := answer(row, analyte), Measurement)
        and not value.sign
    )
    return sorted(found, key=lambda one: (one[0], str(one[2].get("key"))))


def _exact(row: Row, analyte: str) -> Decimal | None:
    value = answer(row, analyte)
    return value.value if isinstance(value, Measurement) and not value.sign else None


def power_apart(value: Decimal, before: Decimal, smallest: int) -> int | None:
    """Return the power of ten by which two values lie apart, up or down; None where it is none of them."""
    if value <= 0 or before <= 0:
        return None
    ratio = max(value, before) / min(value, before)
    return next((power for power in POWERS if power >= smallest and abs(ratio / power - 1) <= NEAR), None)


def _jump(analyte: str, label: str, smallest: int) -> Check:
    """Return the check that a value does not lie a power of ten from the one before: a slip of the unit."""

    def apart(row: Row, context: Context) -> tuple[int | None, Decimal] | None:
        value, before = _exact(row, analyte), previous_value(analyte, row, context)
        return None if value is None or before is None else (power_apart(value, before[1], smallest), before[1])

    def holds(row: Row, context: Context) -> bool | None:
        found = apart(row, context)
        return None if found is None else found[0] is None

    def explain(row: Row, context: Context) -> str:
        found, value = apart(row, context), _exact(row, analyte)
        if found is None or found[0] is None or value is None:
            return ""
        return f"about {found[0]} times" if value > found[1] else f"about one {found[0]}th of"

    return Check(
        id=f"laboratory.{analyte}_jump",
        group=35,
        severity=WARNING,
        items=(analyte,),
        message=f"{label} {{{analyte}}} is {{why}} the value before. Check number and unit.",
        holds=holds,
        uses=("laboratory",),
        explain=explain,
        also=_value_before(analyte),
    )


def _value_before(analyte: str) -> Callable[[Row, Context], tuple[Anchor, ...]]:
    def also(row: Row, context: Context) -> tuple[Anchor, ...]:
        before = previous_value(analyte, row, context)
        return anchors_of("laboratory", [before[2] if before else None], analyte)

    return also


def _ferritin_falls_slowly(row: Row, context: Context) -> bool | None:
    value, before, at = _exact(row, "ferritin"), previous_value("ferritin", row, context), row.get("sampled_at")
    if value is None or before is None or not isinstance(at, datetime) or at - before[0] > FALL_WITHIN:
        return None
    return value >= before[1] * FALL_TO


def _laboratory_has_ranges(row: Row, context: Context) -> bool | None:
    laboratory = laboratory_of(row)
    return any(known.laboratory == laboratory for known in context.reference_ranges) if laboratory else None


CHECKS: tuple[Check, ...] = (
    *(_jump(analyte, label, 10) for analyte, label in STEADY.items()),
    *(_jump(analyte, label, 100) for analyte, label in UNSTEADY.items()),
    Check(
        id="laboratory.ferritin_fall",
        group=35,
        severity=WARNING,
        items=("ferritin",),
        message="Ferritin {ferritin} is less than a tenth of the value of the day before. Check number and unit.",
        holds=_ferritin_falls_slowly,
        uses=("laboratory",),
        also=_value_before("ferritin"),
    ),
    Check(
        id="laboratory.ranges_of_laboratory",
        group=35,
        severity=WARNING,
        items=("which_laboratory",),
        message="No normal range of “{which_laboratory}” is recorded at this site, so that grades which need one stay "
        "open. Write its name as in the site's reference ranges, or have its ranges recorded there.",
        holds=_laboratory_has_ranges,
    ),
)
