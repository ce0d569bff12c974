"""The child's recorded weights, and the one nearest to a day: what a dose without a weight of its own is judged by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from forms.context import Context
from forms.form import Anchor
from forms.values import Row, Value, answer, day_of, earliest, latest


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


def weights_near(context: Context, when: Value, *, without: Row | None = None) -> tuple[Weight, ...]:
    """Return each recorded weight that is the nearest to some day that a date, perhaps partial, can mean.

    All of them for no date. One without a day counts as the farthest; of equals the first in the order infusion,
    baseline, course. ``without`` is a row whose own weight is left out.
    """
    known = [weight for weight in recorded(context) if without is None or weight.anchor.key != without.get("key")]
    first, last = earliest(when), latest(when)
    if first is None or last is None or not known:
        return tuple(known)
    days = (first.date() + timedelta(days=number) for number in range((last.date() - first.date()).days + 1))
    nearest = (min(known, key=lambda weight: _distance(weight, day)) for day in days)
    return tuple(dict.fromkeys(nearest))


def weight_near(context: Context, when: Value) -> Decimal | None:
    """Return the recorded weight nearest to a date in kg; None where there is none, or several that differ may be."""
    found = {weight.kg for weight in weights_near(context, when)}
    return found.pop() if len(found) == 1 else None


def recorded(context: Context) -> Iterator[Weight]:
    """Yield the child's recorded weights: of infusions, baseline and courses, in this order."""
    for form, item, dates in _WEIGHTS:
        for row in context.rows.get(form, ()):
            kg = answer(row, item)
            if isinstance(kg, Decimal) and kg > 0:
                days = (day_of(answer(row, name)) for name in dates)
                day = next((found for found in days if found is not None), None)
                yield Weight(kg=kg, day=day, anchor=Anchor(form=form, key=str(row.get("key")), item=item))


def _distance(weight: Weight, day: date) -> tuple[bool, int]:
    return (True, 0) if weight.day is None else (False, abs((weight.day - day).days))
