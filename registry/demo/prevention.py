"""Anakinra before any toxicity: given to a few children with much disease, outside every published protocol."""

from __future__ import annotations

from collections.abc import Mapping

from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Anakinra
from registry.demo.toxicity import Toxicity

_SHARE = 0.08
"""Of the children with a high burden. Made up: the six published protocols know no prevention."""

_FIRST_DAY, _DAYS = 1, 7


def prevention(child: Child, toxicities: Mapping[str, Toxicity]) -> Anakinra | None:
    """Return the course that a child was given after its first infusion and before any toxicity, mostly None.

    What rises to grade 2 while it runs becomes an indication of it, and the course goes on for that.
    """
    chance = Chance("prevention", child.key)
    onsets = [toxicity.onset for toxicity in toxicities.values()]
    if child.burden != "high" or not chance.happens(_SHARE) or min(onsets, default=99) <= _FIRST_DAY:
        return None
    stop = _FIRST_DAY + _DAYS
    risen = {kind: toxicity.first_day_at(2) or 99 for kind, toxicity in toxicities.items()}
    joined = tuple(sorted((kind for kind, day in risen.items() if day <= stop), key=risen.__getitem__))
    return Anakinra(
        start_day=_FIRST_DAY,
        hour=chance.between(9, 18),
        stop_day=stop,
        taper_day=None,
        index=joined[0] if joined else "",
        indications=("prophylaxis", *joined),
        responds=True,
    )
