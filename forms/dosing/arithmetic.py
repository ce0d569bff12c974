"""Anakinra arithmetic: what an order amounts to in mg and in mg/kg. Nothing is inferred from a missing basis."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from forms.item import CodeList

DOSE_BASES = CodeList(
    "dose_bases",
    {
        "mg_per_kg_dose": "mg/kg per dose",
        "mg_per_kg_day": "mg/kg per day",
        "mg_flat": "mg per dose (flat)",
        "mg_flat_day": "mg per day (flat)",
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
CONTINUOUS = "continuous"

SYRINGE_MG = 100
"""Anakinra comes as a prefilled syringe of 100 mg in 0.67 mL (CLINICAL.md 1.4.7)."""

ROUNDING_STEPS_MG = {
    "nearest_mg": 1,
    "nearest_5_mg": 5,
    "nearest_10_mg": 10,
    "syringe_per_dose": SYRINGE_MG,
    "syringe_per_day": SYRINGE_MG,
}

_HUNDREDTH, _THOUSANDTH = Decimal("0.01"), Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """What an order amounts to; None where it cannot be told. mg to 0.01, mg/kg to 0.001 unless exact."""

    mg_per_dose: Decimal | None = None
    mg_per_day: Decimal | None = None
    mg_per_kg_dose: Decimal | None = None
    mg_per_kg_day: Decimal | None = None

    def in_basis(self, basis: str) -> Decimal | None:
        """Return the value that an order of the same dose has in a basis."""
        return {
            "mg_per_kg_dose": self.mg_per_kg_dose,
            "mg_per_kg_day": self.mg_per_kg_day,
            "mg_flat": self.mg_per_dose,
            "mg_flat_day": self.mg_per_day,
        }.get(basis)

    def given_at_once(self, frequency: str | None) -> Decimal | None:
        """Return the mg that the page calls one dose given: of a continuous infusion, the mg of 24 hours."""
        return self.mg_per_day if frequency == CONTINUOUS else self.mg_per_dose


@dataclass(frozen=True, kw_only=True)
class Caps:
    """The highest doses that a protocol allows; None where it states none."""

    single_mg: Decimal | int | None = None
    day_mg: Decimal | int | None = None

    @property
    def stated(self) -> str:
        """Return which caps are stated, as a page says which of them cut the order."""
        if self.single_mg is None:
            return "none" if self.day_mg is None else "daily"
        return "single" if self.day_mg is None else "both"

    def applied(self, cap_applied: str | None) -> Caps | None:
        """Return the caps that a record says cut the order; None when it names one that is not known."""
        single, daily = cap_applied in ("single", "both"), cap_applied in ("daily", "both")
        if (single and self.single_mg is None) or (daily and self.day_mg is None):
            return None
        return Caps(single_mg=self.single_mg if single else None, day_mg=self.day_mg if daily else None)

    def of_one_dose(self, frequency: str | None) -> Decimal | None:
        """Return the most that one dose may be under both caps: of a continuous infusion, the mg of 24 hours."""
        if frequency == CONTINUOUS:
            return None if self.day_mg is None else Decimal(self.day_mg)
        share = _divide(None if self.day_mg is None else Decimal(self.day_mg), doses_per_day(frequency))
        single = None if self.single_mg is None else Decimal(self.single_mg)
        return min((cap for cap in (single, share) if cap is not None), default=None)


def doses_per_day(frequency: str | None) -> Decimal | None:
    """Return how many doses a frequency gives in 24 hours: 0.5 for every 48 hours, 1 for once; None if continuous."""
    if frequency == "once":
        return Decimal(1)
    hours = INTERVAL_HOURS.get(frequency or "")
    return Decimal(24) / hours if hours else None


def amounts(*, value: Decimal | None, basis: str | None, frequency: str | None, weight_kg: Decimal | None) -> Amounts:
    """Return what an order (value, basis, frequency) amounts to for a dosing weight in kg, rounded.

    No cap and no rounding rule is applied: this is the order as written. A continuous infusion has a daily amount
    only, and only when it is ordered per day. mg/kg need no weight when the order is in mg/kg; mg do.
    """
    exact = exact_amounts(value=value, basis=basis, frequency=frequency, weight_kg=weight_kg)
    return Amounts(
        mg_per_dose=_rounded(exact.mg_per_dose, _HUNDREDTH),
        mg_per_day=_rounded(exact.mg_per_day, _HUNDREDTH),
        mg_per_kg_dose=_rounded(exact.mg_per_kg_dose, _THOUSANDTH),
        mg_per_kg_day=_rounded(exact.mg_per_kg_day, _THOUSANDTH),
    )


def exact_amounts(
    *, value: Decimal | None, basis: str | None, frequency: str | None, weight_kg: Decimal | None
) -> Amounts:
    """Return the same without rounding: what limits are compared with."""
    if value is None or basis not in DOSE_BASES:
        return Amounts()
    is_per_day, is_per_kg = basis in ("mg_per_kg_day", "mg_flat_day"), basis in ("mg_per_kg_dose", "mg_per_kg_day")
    if frequency == CONTINUOUS and not is_per_day:
        return Amounts()
    weight, times = _weight(weight_kg), doses_per_day(frequency)
    mg = _multiply(value, weight) if is_per_kg else value
    per_kg = value if is_per_kg else _divide(value, weight)
    return Amounts(
        mg_per_dose=_divide(mg, times) if is_per_day else mg,
        mg_per_day=mg if is_per_day else _multiply(mg, times),
        mg_per_kg_dose=_divide(per_kg, times) if is_per_day else per_kg,
        mg_per_kg_day=per_kg if is_per_day else _multiply(per_kg, times),
    )


def expected_given_mg(
    ordered: Amounts, *, frequency: str | None, rounding: str | None, cap_applied: str | None, caps: Caps
) -> Decimal | None:
    """Return the mg that one dose should be: the order, capped and rounded as the record says.

    None where that cannot be told: no amount, a cap that the site's protocol does not state, another rounding rule.
    """
    mg, applied = ordered.given_at_once(frequency), caps.applied(cap_applied)
    if mg is None or applied is None or rounding == "other":
        return None
    most = applied.of_one_dose(frequency)
    capped = mg if most is None else min(mg, most)
    step = ROUNDING_STEPS_MG.get(rounding or "")
    if step is None:
        return _rounded(capped, _HUNDREDTH)
    # Whole syringes of a day are shared out over its doses: rounding each dose would double that of a small child.
    shared = doses_per_day(frequency) if rounding == "syringe_per_day" else None
    times = max(shared or Decimal(1), Decimal(1))
    whole = _whole_steps(capped * times, step, None if most is None else most * times)
    return _rounded(whole / times, _HUNDREDTH)


def _whole_steps(mg: Decimal, step: int, most: Decimal | None) -> Decimal:
    """Return the nearest multiple of a step, at least one; the one below where that would be above the cap."""
    steps = max((mg / step).quantize(Decimal(1), rounding=ROUND_HALF_UP), Decimal(1))
    if most is not None and steps * step > most:
        steps = most // step
    return steps * step if steps else mg


def given_mg_per_day(*, given_mg: Decimal | None, frequency: str | None) -> Decimal | None:
    """Return the mg per day that the doses as given amount to; None where the frequency is missing."""
    return given_mg if frequency == CONTINUOUS else _multiply(given_mg, doses_per_day(frequency))


def given_mg_per_kg_day(
    *, given_mg: Decimal | None, frequency: str | None, weight_kg: Decimal | None
) -> Decimal | None:
    """Return the mg/kg/day that the doses as given amount to; None where frequency or weight is missing.

    Of a continuous infusion, what is given is the mg of 24 hours.
    """
    day = given_mg_per_day(given_mg=given_mg, frequency=frequency)
    return _rounded(_divide(day, _weight(weight_kg)), _THOUSANDTH)


def _weight(weight_kg: Decimal | None) -> Decimal | None:
    return weight_kg if weight_kg is not None and weight_kg > 0 else None


def _multiply(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one * other if one is not None and other is not None else None


def _divide(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one / other if one is not None and other is not None else None


def _rounded(number: Decimal | None, step: Decimal) -> Decimal | None:
    return number.quantize(step) if number is not None else None
