"""The child's recorded weights, and the one nearest to a day: what a dose without a weight of its own is judged by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from forms.context import Context
from forms.form import Anchor
from forms.values import Row, answer, day_of


@dataclass(frozen=True, kw_only=True)
class Weight:
    """A recorded weight, the day it is for (None where that is not told) and the answer that holds it."""

    kg: Decimal
    day: date | None
    anchor: Anchor


_WEIGHTS = (
    ("infusion", "weight_at_infusion_kg", ("infused_on",)),
    ("baseline", "weight_kg", ("assessed_on",)),
    ("anakinra_course", "dosing_weight_kg", ("dosing_weight_on", "started_at")),
)
"""Form, weight, and the items that date it; all three forms are always loaded."""


def weight_near(context: Context, day: date | None, *, without: Row | None = None) -> Weight | None:
    """Return the recorded weight nearest to a day; one without a day counts as the farthest.

    ``without`` is a row whose own weight is left out. Of equals the first in the order infusion, baseline, course.
    """
    known = [weight for weight in _weights(context) if without is None or weight.anchor.key != without.get("key")]
    return min(known, key=lambda weight: _distance(weight, day), default=None)


def _weights(context: Context) -> Iterator[Weight]:
    for form, item, dates in _WEIGHTS:
        for row in context.rows[form]:
            kg = answer(row, item)
            if isinstance(kg, Decimal) and kg > 0:
                days = (day_of(answer(row, name)) for name in dates)
                day = next((found for found in days if found is not None), None)
                yield Weight(kg=kg, day=day, anchor=Anchor(form=form, key=str(row.get("key")), item=item))


def _distance(weight: Weight, day: date | None) -> tuple[bool, int]:
    if weight.day is None or day is None:
        return True, 0
    return False, abs((weight.day - day).days)
