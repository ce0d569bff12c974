"""Anakinra arithmetic: what an order amounts to in mg and in mg/kg. Nothing is inferred from a missing basis.

The protocols of the six founding centers are data at the end of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms.context import Protocol
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


@dataclass(frozen=True, kw_only=True)
class Regimen:
    """One dose rule of a center's protocol; None where the center did not state it."""

    value: Decimal
    basis: str
    value_up_to: Decimal | None = None
    frequency: str | None = None
    frequency_is_a_maximum: bool = False
    routes: tuple[str, ...] = ()
    name: str = ""
    condition: str = ""
    then_value: Decimal | None = None
    days: tuple[int, int] | None = None
    rounding: str | None = None


@dataclass(frozen=True, kw_only=True)
class SiteProtocol:
    """A center's anakinra protocol as published; None and empty where the center did not state it."""

    id: str
    center: str
    version: str
    toxicities: tuple[str, ...]
    antigens: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    regimens: tuple[Regimen, ...]
    max_single_mg: int | None = None
    max_day_mg: int | None = None
    escalates_to: Decimal | None = None
    taper_trigger: str | None = None
    taper_days: tuple[int, int] | None = None
    stop_rule: str | None = None
    duration: str | None = None
    longest_days: int | None = None
    shortest_days: int | None = None
    wean_order: str | None = None

    def in_force_from(self, day: date) -> Protocol:
        """Return what the checks need of it, in force from a day on."""
        return Protocol(
            version=self.version,
            effective_from=day,
            max_single_mg=self.max_single_mg,
            max_day_mg=self.max_day_mg,
        )


_IV = ("iv_bolus", "iv_intermittent", "iv_continuous")
_SC_OR_IV = ("sc", *_IV)
_VERSION = "Table 1, 2022"

# Source: Diorio et al., Blood Adv 2022;6(11):3398, Table 1. “Any” in ``lines`` is every toxicity of the center.
PROTOCOLS: dict[str, SiteProtocol] = {
    protocol.id: protocol
    for protocol in (
        SiteProtocol(
            id="CNH",
            center="Children's National",
            version=_VERSION,
            toxicities=("crs", "icans", "carhlh"),
            antigens=("cd19",),
            lines=(("any", "after_tocilizumab_and_steroid"),),
            regimens=(Regimen(value=Decimal(2), basis="mg_per_kg_dose", frequency="q6h", routes=_IV),),
            max_single_mg=100,
            max_day_mg=400,
            taper_trigger="toxicity resolved, or CRS or ICANS at grade 2 or less",
            taper_days=(3, 7),
            duration="days to 2 weeks, taper included",
            longest_days=14,
            wean_order="last",
        ),
        SiteProtocol(
            id="SCH",
            center="Seattle Children's",
            version=_VERSION,
            toxicities=("icans", "crs"),
            antigens=(),
            lines=(("icans", "with_steroid"), ("crs", "after_tocilizumab_and_steroid")),
            regimens=(
                Regimen(
                    value=Decimal(2),
                    basis="mg_per_kg_dose",
                    frequency="q6h",
                    frequency_is_a_maximum=True,
                    routes=_IV,
                    condition="ICANS grade 3 or 4; rarely severe CRS, before the second tocilizumab",
                ),
            ),
            max_single_mg=100,
            max_day_mg=400,
            stop_rule="index toxicity at grade 2 or less",
            duration="varies",
            wean_order="last",
        ),
        SiteProtocol(
            id="CHOP",
            center="Children's Hospital of Philadelphia",
            version=_VERSION,
            toxicities=("crs", "thrombocytopenia"),
            antigens=("cd22",),
            lines=(("any", "after_tocilizumab_and_steroid"),),
            regimens=(
                Regimen(
                    value=Decimal(2),
                    basis="mg_per_kg_day",
                    routes=_SC_OR_IV,
                    condition="severe or refractory CRS; prolonged refractory thrombocytopenia (CD22)",
                ),
            ),
            max_day_mg=400,
            escalates_to=Decimal(10),
            duration="days to weeks",
        ),
        SiteProtocol(
            id="NIH_CC",
            center="National Institutes of Health Clinical Center",
            version=_VERSION,
            toxicities=("carhlh", "late_systemic"),
            antigens=("cd22",),
            lines=(("carhlh", "with_steroid"), ("late_systemic", "first")),
            regimens=(
                Regimen(
                    value=Decimal(8),
                    value_up_to=Decimal(10),
                    basis="mg_per_kg_day",
                    routes=("sc",),
                    condition="severe",
                ),
                Regimen(
                    value=Decimal(5),
                    value_up_to=Decimal(7),
                    basis="mg_per_kg_day",
                    routes=("sc",),
                    condition="target of the taper",
                ),
            ),
            duration="days to weeks",
        ),
        SiteProtocol(
            id="MUSC",
            center="Medical University of South Carolina",
            version=_VERSION,
            toxicities=("crs", "icans", "carhlh"),
            antigens=("cd19",),
            lines=(("any", "after_tocilizumab_and_steroid"),),
            regimens=(
                Regimen(
                    name="A, for CRS",
                    value=Decimal(4),
                    basis="mg_per_kg_dose",
                    frequency="q12h",
                    routes=("sc",),
                    then_value=Decimal(2),
                ),
                Regimen(
                    name="B, alternative",
                    value=Decimal(100),
                    basis="mg_flat",
                    frequency="q24h",
                    routes=("sc",),
                    then_value=Decimal(50),
                    days=(3, 4),
                ),
            ),
            taper_trigger="still improving after the first 48 to 72 hours",
            taper_days=(2, 3),
            shortest_days=6,
            longest_days=10,
        ),
        SiteProtocol(
            id="STJUDE",
            center="St. Jude Children's Research Hospital",
            version=_VERSION,
            toxicities=("carhlh",),
            antigens=("cd19",),
            lines=(("carhlh", "first"),),
            regimens=(
                Regimen(
                    value=Decimal(10),
                    basis="mg_per_kg_day",
                    frequency="q6h",
                    routes=_SC_OR_IV,
                    # Whether it is rounded per dose or per day is not stated.
                    rounding="nearest vial",
                ),
            ),
            taper_trigger="clinically stable or improving",
            duration="days to weeks",
            wean_order="last",
        ),
    )
}
