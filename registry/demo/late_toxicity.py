"""What can come when the first toxicities are over: thrombocytopenia that does not yield, and organs without fever.

The founding letter names both as indications and gives no counts: how often they occur here is made up.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.toxicity import Toxicity

LATE_KINDS = ("thrombocytopenia", "late_systemic")

_AFTER = ("cd22",)
"""Both are told of after CD22 CAR T cells (Table 1: CHOP, NIH)."""

_WATCHED, _UNWATCHED = 0.3, 0.08
"""Share of children, at the site whose protocol names the toxicity and at the others."""


def late_toxicities(child: Child, early: Mapping[str, Toxicity], infusion: int) -> dict[str, Toxicity]:
    """Return the late toxicities after an infusion, as they would run without anakinra."""
    chance = Chance("late toxicity", child.key, infusion)
    if child.product.antigens != _AFTER:
        return {}
    over = max((toxicity.end_day for toxicity in early.values()), default=0)
    found: dict[str, Toxicity] = {}
    for kind in LATE_KINDS:
        share = _WATCHED if kind in child.site.readiness else _UNWATCHED
        if chance.happens(share) and not found and "carhlh" not in early:
            found[kind] = _thrombocytopenia(chance) if kind == "thrombocytopenia" else _systemic(chance, over)
    return found


def _thrombocytopenia(chance: Chance) -> Toxicity:
    """Return platelets that stay under 20 after a month in spite of transfusions: CTCAE grade 4 (CLINICAL.md D8)."""
    onset = chance.between(24, 31)
    low_day = onset + chance.days(30, 0.25, low=18, high=48)
    return Toxicity(
        kind="thrombocytopenia",
        onset=onset,
        peak=4,
        peak_day=onset + 1,
        low_day=low_day,
        end_day=low_day + chance.between(7, 14),
    )


def _systemic(chance: Chance, over: int) -> Toxicity:
    """Return rising liver enzymes and ferritin at least four days after all else, without fever or hypotension."""
    peak = chance.weighted({2: 0.6, 3: 0.4})
    onset = max(over + 4, chance.between(15, 24))
    low_day = onset + 2 + chance.days(12, 0.3, low=6, high=24)
    return Toxicity(
        kind="late_systemic",
        onset=onset,
        peak=peak,
        peak_day=onset + 2,
        low_day=low_day,
        end_day=low_day + chance.between(2, 5),
    )
