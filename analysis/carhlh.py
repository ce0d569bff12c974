"""The carHLH composite, day by day: ferritin, fibrinogen, liver and what was newly needed (CLINICAL.md D3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from analysis.endpoints import DayState, Source
from analysis.plan import (
    BILIRUBIN_ULN_MULTIPLE,
    CARRIED_DAYS,
    FERRITIN_SHARE_OF_PEAK,
    FIBRINOGEN_MG_DL,
    TRANSAMINASE_ULN_MULTIPLE,
    UNTRANSFUSED_DAYS,
)
from forms.values import Measurement

LIVER_MULTIPLES = {
    "alt": TRANSAMINASE_ULN_MULTIPLE,
    "ast": TRANSAMINASE_ULN_MULTIPLE,
    "bilirubin_total": BILIRUBIN_ULN_MULTIPLE,
}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The measured values of one blood sample, by analyte."""

    at: datetime
    values: Mapping[str, Measurement]
    record: str


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a child received that the composite looks at.

    `coagulation_products` are the moments plasma, cryoprecipitate or fibrinogen was given; `new_rescue_days` the
    days, counted from time zero, on which a new rescue class or a new organ support began after the first dose.
    """

    coagulation_products: tuple[datetime, ...]
    new_rescue_days: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The highest value that is CTCAE v5 grade 2 or less, by liver analyte; absent where there is no ULN."""

    highest: Mapping[str, Decimal]


def liver_limits(upper_limits: Mapping[str, Decimal], baseline: Mapping[str, Measurement]) -> Limits:
    """Return the limits of grade 2: 5 x (AST, ALT) or 3 x (bilirubin) the ULN, or the baseline where that is above.

    Source: CTCAE v5, investigations; the multiples are of the baseline when the baseline was abnormal.
    """
    highest = {}
    for analyte, multiple in LIVER_MULTIPLES.items():
        limit = upper_limits.get(analyte)
        if limit is not None:
            before = baseline.get(analyte)
            highest[analyte] = multiple * (max(limit, before.value) if before else limit)
    return Limits(highest=highest)


def peak_ferritin(samples: Iterable[Sample], first_dose: datetime) -> Decimal | None:
    """Return the highest ferritin (ng/mL) at or before the first dose, or None without one."""
    values = [
        sample.values["ferritin"].value for sample in samples if sample.at <= first_dose if "ferritin" in sample.values
    ]
    return max(values, default=None)


def composite_states(
    samples: Sequence[Sample], *, time_zero: date, peak: Decimal, limits: Limits, needs: Needs
) -> dict[int, DayState]:
    """Return what each day from time zero to the last sample says about the composite.

    `samples` stand in order of time. A value serves its own day and the next one (one missing day carried). A day
    is resolved only when all parts are known and hold; unresolved as soon as one part is known not to; None else,
    and on a day without a sample, which can only confirm.
    """
    days = [(sample.at.date() - time_zero).days for sample in samples]
    if not days or days[-1] < 0:
        return {}
    states = {}
    for day in range(days[-1] + CARRIED_DAYS + 1):
        recent = [sample for sample, taken in zip(samples, days, strict=True) if day - CARRIED_DAYS <= taken <= day]
        if recent:
            states[day] = _state(day, recent, day in days, peak, limits, needs)
    return states


def _state(
    day: int, recent: Sequence[Sample], sampled_today: bool, peak: Decimal, limits: Limits, needs: Needs
) -> DayState:
    ferritin = _ferritin_is_low(recent, peak)
    parts = (
        ferritin,
        _fibrinogen_holds(recent, needs.coagulation_products),
        *(_is_at_most(recent, analyte, limits.highest.get(analyte)) for analyte in LIVER_MULTIPLES),
        not any(begun <= day for begun in needs.new_rescue_days),
    )
    resolved = False if False in parts else (None if None in parts else True)
    decisive = next((sample for sample in reversed(recent) if "ferritin" in sample.values), recent[-1])
    item = "ferritin" if "ferritin" in decisive.values else next(iter(decisive.values))
    return DayState(
        resolved=resolved if sampled_today else None,
        holds=ferritin,
        source=Source(form="laboratory", item=item, record=decisive.record),
        carried=not sampled_today,
    )


def _ferritin_is_low(recent: Sequence[Sample], peak: Decimal) -> bool | None:
    return _is_at_most(recent, "ferritin", Decimal(str(FERRITIN_SHARE_OF_PEAK)) * peak)


def _is_at_most(recent: Sequence[Sample], analyte: str, limit: Decimal | None) -> bool | None:
    """Return whether the latest day's highest value is at most the limit; None when unknown or its sign hides it."""
    found = _latest_day(recent, analyte)
    if not found or limit is None:
        return None
    worst = max((sample.values[analyte] for sample in found), key=lambda measured: measured.value)
    if worst.value > limit:
        return None if worst.sign == "<" else False
    return None if worst.sign == ">" else True


def _fibrinogen_holds(recent: Sequence[Sample], products: Sequence[datetime]) -> bool | None:
    """Return whether the latest day's lowest fibrinogen is >= 150 mg/dL without a product in the 48 h before."""
    found = _latest_day(recent, "fibrinogen")
    if not found:
        return None
    lowest = min(found, key=lambda sample: sample.values["fibrinogen"].value)
    measured = lowest.values["fibrinogen"]
    supported = any(lowest.at - timedelta(days=UNTRANSFUSED_DAYS) <= given <= lowest.at for given in products)
    if measured.value < FIBRINOGEN_MG_DL:
        return None if measured.sign == ">" else False
    return None if measured.sign == "<" else not supported


def _latest_day(recent: Sequence[Sample], analyte: str) -> list[Sample]:
    """Return the samples with the analyte of the latest day that has one."""
    measured = [sample for sample in recent if analyte in sample.values]
    return [sample for sample in measured if sample.at.date() == measured[-1].at.date()]
