"""Anakinra arithmetic: what an order amounts to in mg and in mg/kg. Nothing is inferred from a missing basis."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from forms.items import CodeList

DOSE_BASES = CodeList(
    "dose_bases",
    {
        "mg_per_kg_dose": "mg/kg per dose",
        "mg_per_kg_day": "mg/kg per day",
        "mg_flat": "mg per dose (flat)",
    },
)
FREQUENCIES = CodeList(
    "anakinra_frequencies",
    {
        "q6h": "Every 6 hours",
        "q8h": "Every 8 hours",
        "q12h": "Every 12 hours",
        "q24h": "Every 24 hours",
        "q48h": "Every 48 hours",
        "continuous": "Continuous",
        "once": "Once",
    },
)
INTERVAL_HOURS = {"q6h": 6, "q8h": 8, "q12h": 12, "q24h": 24, "q48h": 48}

_HUNDREDTH, _THOUSANDTH = Decimal("0.01"), Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """What an order amounts to; None where it cannot be told. mg to 0.01, mg/kg to 0.001."""

    mg_per_dose: Decimal | None = None
    mg_per_day: Decimal | None = None
    mg_per_kg_dose: Decimal | None = None
    mg_per_kg_day: Decimal | None = None


def doses_per_day(frequency: str | None) -> Decimal | None:
    """Return how many doses a frequency gives in 24 hours: 0.5 for every 48 hours, 1 for once; None if continuous."""
    if frequency == "once":
        return Decimal(1)
    hours = INTERVAL_HOURS.get(frequency or "")
    return Decimal(24) / hours if hours else None


def amounts(*, value: Decimal | None, basis: str | None, frequency: str | None, weight_kg: Decimal | None) -> Amounts:
    """Return what an order (value, basis, frequency) amounts to for a dosing weight in kg.

    No cap and no rounding is applied: this is the order as written. A continuous infusion has a daily amount only, and
    only when it is ordered per day. mg/kg need no weight when the order is in mg/kg; mg do.
    """
    if value is None or basis not in DOSE_BASES:
        return Amounts()
    times = doses_per_day(frequency)
    weight = weight_kg if weight_kg is not None and weight_kg > 0 else None
    if basis == "mg_per_kg_day":
        kg_day: Decimal | None = value
        kg_dose = _divide(value, times)
        day, dose = _multiply(kg_day, weight), _multiply(value, weight)
        dose = _divide(dose, times)
    elif frequency == "continuous":
        return Amounts()
    elif basis == "mg_per_kg_dose":
        kg_dose, kg_day = value, _multiply(value, times)
        dose = _multiply(value, weight)
        day = _multiply(dose, times)
    else:
        dose, day = value, _multiply(value, times)
        kg_dose, kg_day = _divide(dose, weight), _divide(day, weight)
    return Amounts(
        mg_per_dose=_rounded(dose, _HUNDREDTH),
        mg_per_day=_rounded(day, _HUNDREDTH),
        mg_per_kg_dose=_rounded(kg_dose, _THOUSANDTH),
        mg_per_kg_day=_rounded(kg_day, _THOUSANDTH),
    )


def given_mg_per_day(*, given_mg: Decimal | None, frequency: str | None) -> Decimal | None:
    """Return the mg per day that the doses as given amount to; None where the frequency is missing."""
    return given_mg if frequency == "continuous" else _multiply(given_mg, doses_per_day(frequency))


def given_mg_per_kg_day(
    *, given_mg: Decimal | None, frequency: str | None, weight_kg: Decimal | None
) -> Decimal | None:
    """Return the mg/kg/day that the doses as given amount to; None where frequency or weight is missing.

    Of a continuous infusion, what is given is the mg of 24 hours.
    """
    day = given_mg_per_day(given_mg=given_mg, frequency=frequency)
    return _rounded(_divide(day, weight_kg if weight_kg is not None and weight_kg > 0 else None), _THOUSANDTH)


def _multiply(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one * other if one is not None and other is not None else None


def _divide(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one / other if one is not None and other is not None else None


def _rounded(number: Decimal | None, step: Decimal) -> Decimal | None:
    return number.quantize(step) if number is not None else None
