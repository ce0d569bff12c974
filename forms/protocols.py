"""The anakinra protocols of the six founding centers as published: what each states and no more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


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
class PublishedProtocol:
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


_IV = ("iv_bolus", "iv_intermittent", "iv_continuous")
_SC_OR_IV = ("sc", *_IV)
_VERSION = "Table 1, 2022"

# Source: Diorio et al., Blood Adv 2022;6(11):3398, Table 1. “Any” in ``lines`` is every toxicity of the center.
PROTOCOLS: dict[str, PublishedProtocol] = {
    protocol.id: protocol
    for protocol in (
        PublishedProtocol(
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
        PublishedProtocol(
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
        PublishedProtocol(
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
        PublishedProtocol(
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
        PublishedProtocol(
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
        PublishedProtocol(
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
