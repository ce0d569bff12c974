"""The tiers of the anakinra dose ordered first."""

from __future__ import annotations

from decimal import Decimal

from forms.item import CodeList

DOSE_TIERS = CodeList(
    "dose_tiers",
    {
        "low": "< 4 mg/kg per day",
        "middle": "4 to < 7 mg/kg per day",
        "high": "≥ 7 mg/kg per day",
        "capped": "limited by a cap",
    },
)
EDGES = (4.0, 7.0)
TOLERANCE = 0.10
CAPPED = ("single", "daily", "both")


def dose_tier(mg_per_kg_day: Decimal | None, cap_applied: object) -> str | None:
    """Return the code of the tier of an order; None where its mg/kg per day is not known.

    An order up to 10 % below an edge counts as reaching it: rounding to a syringe must not split one dose. A capped
    order has a tier of its own, since its mg/kg per day tells the child's weight. CLINICAL.md D24.
    """
    if cap_applied in CAPPED:
        return "capped"
    if mg_per_kg_day is None:
        return None
    return list(DOSE_TIERS.labels)[sum(float(mg_per_kg_day) >= edge * (1 - TOLERANCE) for edge in EDGES)]
