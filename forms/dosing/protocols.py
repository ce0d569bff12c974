"""The anakinra protocols of the six founding centers as published: what each states and no more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from forms.dosing.protocol_rules import DoseRule, IndicationRule, ProtocolRules


@dataclass(frozen=True, kw_only=True)
class PublishedProtocol:
    """A center's anakinra protocol as published; a cap is None where the center did not state it."""

    id: str
    center: str
    version: str
    rules: ProtocolRules
    max_single_mg: int | None = None
    max_day_mg: int | None = None


_IV = ("iv_bolus", "iv_intermittent", "iv_continuous", "iv_loading_bolus")
_SC_OR_IV = ("sc", *_IV)
_VERSION = "Table 1, 2022"


def _after_both(*toxicities: str, antigen: str | None = None) -> tuple[IndicationRule, ...]:
    line = "after_tocilizumab_and_steroid"
    return tuple(IndicationRule(toxicity=toxicity, line=line, antigen=antigen) for toxicity in toxicities)


# Source: Diorio et al., Blood Adv 2022;6(11):3398, Table 1.
PROTOCOLS: dict[str, PublishedProtocol] = {
    protocol.id: protocol
    for protocol in (
        PublishedProtocol(
            id="CNH",
            center="Children's National",
            version=_VERSION,
            max_single_mg=100,
            max_day_mg=400,
            rules=ProtocolRules(
                doses=(DoseRule(value=Decimal(2), basis="mg_per_kg_dose", frequency="q6h", routes=_IV),),
                indications=_after_both("crs", "icans", "carhlh", antigen="cd19"),
                taper_trigger="toxicity resolved, or CRS or ICANS at grade 2 or less",
                taper_highest_grade=2,
                taper_shortest_days=3,
                taper_longest_days=7,
                duration="days to 2 weeks, taper included",
                longest_days=14,
                wean_order="last",
            ),
        ),
        PublishedProtocol(
            id="SCH",
            center="Seattle Children's",
            version=_VERSION,
            max_single_mg=100,
            max_day_mg=400,
            rules=ProtocolRules(
                doses=(
                    DoseRule(
                        value=Decimal(2),
                        basis="mg_per_kg_dose",
                        frequency="q6h",
                        frequency_is_a_maximum=True,
                        routes=_IV,
                        condition="higher doses in rare circumstances",
                    ),
                ),
                indications=(
                    IndicationRule(toxicity="icans", line="with_steroid", from_grade=3),
                    IndicationRule(
                        toxicity="crs",
                        line="after_tocilizumab_and_steroid",
                        condition="severe, rarely; after the first tocilizumab, before the second",
                    ),
                ),
                stop_rule="index toxicity at grade 2 or less",
                stop_highest_grade=2,
                duration="varies",
                wean_order="last",
            ),
        ),
        PublishedProtocol(
            id="CHOP",
            center="Children's Hospital of Philadelphia",
            version=_VERSION,
            max_day_mg=400,
            rules=ProtocolRules(
                doses=(DoseRule(value=Decimal(2), basis="mg_per_kg_day", raised_to=Decimal(10), routes=_SC_OR_IV),),
                indications=(
                    *_after_both("crs"),
                    *_after_both("thrombocytopenia", antigen="cd22"),
                ),
                duration="days to weeks",
            ),
        ),
        PublishedProtocol(
            id="NIH_CC",
            center="National Institutes of Health Clinical Center",
            version=_VERSION,
            rules=ProtocolRules(
                doses=(
                    DoseRule(
                        value=Decimal(8),
                        value_up_to=Decimal(10),
                        basis="mg_per_kg_day",
                        routes=("sc",),
                        condition="severe",
                    ),
                    DoseRule(
                        step="taper",
                        value=Decimal(5),
                        value_up_to=Decimal(7),
                        basis="mg_per_kg_day",
                        routes=("sc",),
                        condition="goal of the taper",
                    ),
                ),
                indications=(
                    IndicationRule(
                        toxicity="carhlh", line="with_steroid", antigen="cd22", condition="more severely affected"
                    ),
                    IndicationRule(
                        toxicity="late_systemic", line="first", antigen="cd22", condition="no fever, no hypotension"
                    ),
                ),
                duration="days to weeks",
            ),
        ),
        PublishedProtocol(
            id="MUSC",
            center="Medical University of South Carolina",
            version=_VERSION,
            rules=ProtocolRules(
                doses=(
                    DoseRule(
                        value=Decimal(4),
                        basis="mg_per_kg_dose",
                        frequency="q12h",
                        routes=("sc",),
                        toxicities=("crs",),
                        condition="for 48 to 72 hours, longer if neither stable nor improving",
                    ),
                    DoseRule(
                        step="taper",
                        value=Decimal(2),
                        basis="mg_per_kg_dose",
                        frequency="q12h",
                        routes=("sc",),
                        toxicities=("crs",),
                    ),
                    DoseRule(
                        value=Decimal(100),
                        basis="mg_flat",
                        frequency="q24h",
                        routes=("sc",),
                        condition="alternative; for 3 to 4 days",
                    ),
                    DoseRule(
                        step="then",
                        value=Decimal(50),
                        basis="mg_flat",
                        frequency="q24h",
                        routes=("sc",),
                        condition="alternative; with a taper",
                    ),
                ),
                indications=_after_both("crs", "icans", "carhlh", antigen="cd19"),
                taper_trigger="still improving after the first 48 to 72 hours",
                taper_shortest_days=2,
                taper_longest_days=3,
                shortest_days=6,
                longest_days=10,
            ),
        ),
        PublishedProtocol(
            id="STJUDE",
            center="St. Jude Children's Research Hospital",
            version=_VERSION,
            rules=ProtocolRules(
                doses=(DoseRule(value=Decimal(10), basis="mg_per_kg_day", frequency="q6h", routes=_SC_OR_IV),),
                indications=(
                    IndicationRule(toxicity="carhlh", line="first", antigen="cd19"),
                    IndicationRule(
                        toxicity="carhlh", line="with_steroid", antigen="cd19", condition="more severely affected"
                    ),
                    IndicationRule(
                        toxicity="carhlh", line="with_tocilizumab", antigen="cd19", condition="more severely affected"
                    ),
                ),
                rounding="syringe",
                taper_trigger="clinically stable or improving",
                duration="days to weeks",
                wean_order="last",
            ),
        ),
    )
}
