"""Numbers that were written in another unit than the one they stand under, recognised and put right.

A number is taken for a slip where it is impossible in its unit and possible in another; where it is uncommon in its own
and common in another, unless the child's value before was just as uncommon; where it is a weight in pounds beside the
child's other weights; and where it is a height that no body of that weight has. Units less than ten times apart cannot
be told apart by their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from forms.context import Context
from forms.dosing.weights import Weight, recorded
from forms.form import Form
from forms.items import CONFIRM, SOFT, WARNING, Measured, Moment, Number, Numeric, Severity
from forms.numeric_items import WRITTEN_IN
from forms.values import Measurement, ParseError, Row, answer, day_of, earliest, plain, trimmed

TIMES_APART = 10
NEAR_PREVIOUS = Decimal(3)
NEAR_WEIGHT, FAR_WEIGHT = Decimal("0.15"), Decimal("1.7")
BODY_MASS_INDEX = (8, 70)


WEIGHT_HOLDS_FOR_DAYS = 90
"""How near in time a recorded weight must be to say what a child can weigh."""


@dataclass(frozen=True, kw_only=True)
class Slip:
    """A number that fits another unit: what it looks like, what it would mean, and what to type instead.

    ``means`` is empty where the unit it looks like is the one it is kept in; ``suggestion`` too where no unit explains
    the number. ``severity`` is that of a value within its
    limits; beyond them the limits decide.
    """

    looks_like: str
    means: str
    suggestion: str
    severity: Severity = CONFIRM


def recognise(form: Form, name: str, row: Row, context: Context) -> Slip | None:
    """Return what a number of a row was probably meant to be; None where nothing speaks for another unit."""
    item, value = form.items[name], row.get(name)
    if isinstance(item, Measured):
        if not isinstance(value, Measurement) or item.is_common(value.value):
            return None
        return _measured(form, name, item, value, row, context)
    if isinstance(item, Number) and item.unit in WRITTEN_IN and isinstance(value, Decimal):
        return _number(form, item, value, row, context)
    return None


def is_uncommon(form: Form, row: Row) -> bool:
    """Tell whether any number of a row is uncommon in its unit, so that the one before it decides what it is."""
    measured = ((item, row.get(name)) for name, item in form.measured_in_time.items())
    return any(isinstance(value, Measurement) and not item.is_common(value.value) for item, value in measured)


def _measured(form: Form, name: str, item: Measured, value: Measurement, row: Row, context: Context) -> Slip | None:
    is_possible = _lies_within(item, value.value)
    if is_possible and value.sign == "<":
        return None
    for meant in _in_other_units(item, value):
        if not is_possible:
            return _slip(item, value, meant, CONFIRM)
        if item.is_common(meant.value):
            before = _previous(form, name, row, context)
            if before is None or not _is_near(value.value, before):
                severity = SOFT if before is not None and _is_near(meant.value, before) else WARNING
                return _slip(item, value, meant, severity)
    return None


def _in_other_units(item: Measured, value: Measurement) -> Iterator[Measurement]:
    """Yield what the number would be in each unit far enough from its own in which it is possible."""
    own = item.factor(value.unit_typed or item.unit)
    seen = {own}
    for unit in (item.unit, *item.units):
        factor = item.factor(unit)
        assert own is not None and factor is not None
        apart = max(factor / own, own / factor)
        if factor in seen or apart < TIMES_APART:
            continue
        seen.add(factor)
        try:
            meant = item.parse(f"{_number_typed(value)} {unit}")
        except ParseError:
            continue
        if isinstance(meant, Measurement) and _lies_within(item, meant.value):
            yield meant


def _slip(item: Measured, value: Measurement, meant: Measurement, severity: Severity) -> Slip:
    number, unit = _number_typed(value), meant.unit_typed
    return Slip(
        looks_like=f"{item.label} {number} {value.unit_typed or item.unit} looks like {unit}",
        means=f"{number} {unit} is {item.show(meant)} {item.unit}." if unit != item.unit else "",
        suggestion=f"{number} {unit}",
        severity=severity,
    )


_LEADING_NUMBER = re.compile(r"\s*([<>]?\s*[0-9.]+)")


def _number_typed(value: Measurement) -> str:
    """Return the number as it was typed, with its sign and without its unit."""
    found = _LEADING_NUMBER.match(value.text_typed)
    return found[1].replace(" ", "") if found else f"{value.sign}{trimmed(plain(value.value))}"


def _previous(form: Form, name: str, row: Row, context: Context) -> Decimal | None:
    """Return the child's value of the same item in the last row before this one."""
    item = form.items.get(form.day_item)
    when = earliest(answer(row, form.day_item))
    if not isinstance(item, Moment) or when is None:
        return None
    found = [
        (then, measured.value)
        for other in context.rows.get(form.name, ())
        if other.get("key") != row.get("key")
        and (then := earliest(answer(other, form.day_item))) is not None
        and then < when
        and isinstance(measured := answer(other, name), Measurement)
    ]
    return max(found)[1] if found else None


def _is_near(value: Decimal, before: Decimal) -> bool:
    return before <= value * NEAR_PREVIOUS and value <= before * NEAR_PREVIOUS


def _lies_within(item: Numeric, value: Decimal) -> bool:
    assert item.low is not None and item.high is not None
    return item.low <= value <= item.high


def _number(form: Form, item: Number, value: Decimal, row: Row, context: Context) -> Slip | None:
    is_possible = _lies_within(item, value)
    recent = None if is_possible else _recent_weight(form, item, row, context)
    for other in WRITTEN_IN[item.unit]:
        meant = ((value + other.offset) * other.factor).quantize(Decimal(1).scaleb(-item.decimals))
        fits = _lies_within(item, meant) and _fits_the_body(item, meant, row)
        speaks_for_it = _only_fits(form, item, value, meant, row, context) if is_possible else _is_like(meant, recent)
        if fits and speaks_for_it:
            typed, converted = item.show(value), item.show(meant)
            known = f", near to {_weighed(item, recent)}" if recent else ""
            return Slip(
                looks_like=f"{item.label} {typed} {item.unit} looks like {other.unit}",
                means=f"{typed} {other.unit} is {converted} {item.unit}{known}.",
                suggestion=converted,
            )
    if recent is None:
        return None
    return Slip(
        looks_like=f"{item.label} {item.show(value)} {item.unit} is far from {_weighed(item, recent)}",
        means="",
        suggestion="",
    )


def _recent_weight(form: Form, item: Number, row: Row, context: Context) -> Weight | None:
    """Return the child's other weight nearest to the day of a row, if it lies within 90 days."""
    day = day_of(answer(row, "dosing_weight_on")) or day_of(answer(row, form.day_item))
    if item.unit != "kg" or day is None:
        return None
    known = [(abs((one.day - day).days), one) for one in _other_weights(form, row, context) if one.day is not None]
    near = [pair for pair in known if pair[0] <= WEIGHT_HOLDS_FOR_DAYS]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _is_like(meant: Decimal, recent: Weight | None) -> bool:
    return recent is None or abs(meant - recent.kg) <= recent.kg * NEAR_WEIGHT


def _weighed(item: Number, weight: Weight) -> str:
    return f"{trimmed(item.show(weight.kg))} {item.unit} on {weight.day}"


def _only_fits(form: Form, item: Number, value: Decimal, meant: Decimal, row: Row, context: Context) -> bool:
    """Tell whether a possible number fits what else is known of the child only once it is converted."""
    if item.unit == "cm":
        return not _fits_the_body(item, value, row)
    if item.unit == "kg":
        known = [weight.kg for weight in _other_weights(form, row, context)]
        return any(abs(meant - one) <= one * NEAR_WEIGHT and value > one * FAR_WEIGHT for one in known)
    return False


def _fits_the_body(item: Number, height: Decimal, row: Row) -> bool:
    """Tell whether a height goes with the weight beside it; other numbers always do."""
    weight = answer(row, "weight_kg")
    if item.unit != "cm" or not isinstance(weight, Decimal):
        return True
    return BODY_MASS_INDEX[0] <= weight / (height / 100) ** 2 <= BODY_MASS_INDEX[1]


def _other_weights(form: Form, row: Row, context: Context) -> list[Weight]:
    own = (form.name, str(row.get("key")))
    return [weight for weight in recorded(context) if (weight.anchor.form, weight.anchor.key) != own]
