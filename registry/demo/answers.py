"""Plain numbers, days and words into the values a form keeps."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from forms.casebook import CASEBOOK
from forms.items import Day, Item, Measured, Moment, MultiChoice, Number
from forms.values import Measurement, NullFlavour, PartialDate, Row, Value


def form_row(form: str, key: str, answers: dict[str, Any]) -> Row:
    """Return a row of a form from plain answers; None stands for no answer.

    A number becomes a decimal of the item's precision, or a measurement; a text for a measured item is read as typed
    (``>100000``, ``1.4 g/L``). A day or time of an item that may be partial becomes a partial date.
    """
    items = CASEBOOK[form].items
    row: dict[str, Value] = {name: _value(items[name], given) for name, given in answers.items() if given is not None}
    return {"key": key, **row}


def _value(item: Item, given: Any) -> Value:
    if isinstance(given, (NullFlavour, PartialDate)):
        return given
    if isinstance(item, Measured):
        return _measured(item, given)
    if isinstance(item, Number):
        return Decimal(repr(float(given))).quantize(_step(item.decimals)) + 0
    if isinstance(item, MultiChoice):
        return item.collect([given] if isinstance(given, str) else list(given))
    if isinstance(item, (Day, Moment)) and item.partial:
        return PartialDate(_iso(given))
    return given  # type: ignore[no-any-return]


def _measured(item: Measured, given: Any) -> Value:
    if isinstance(given, str):
        return item.parse(given)
    number = Decimal(repr(float(given))).quantize(_step(item.decimals)) + 0
    typed = format(number.normalize(), "f")
    return Measurement(value=number, sign="", unit_typed=item.unit, text_typed=typed)


def _iso(given: date | datetime | str) -> str:
    if isinstance(given, datetime):
        return given.isoformat(timespec="minutes")
    return given if isinstance(given, str) else given.isoformat()


@cache
def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)
