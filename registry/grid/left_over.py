"""What of a pasted block found no place, in as few lines as tell all of it: one for each unknown row and each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.grid.sheet import GridRow, Sheet


@dataclass(frozen=True, kw_only=True)
class LeftOver:
    """One value without a place.

    ``source`` is what stood beside it (``is_named``) or the number of its line, ``row`` the row that this means, if
    any, and ``when`` its day, if it has one.
    """

    value: str
    source: str
    is_named: bool
    row: GridRow | None
    when: date | None


def in_words(found: Sequence[LeftOver], sheet: Sheet) -> list[str]:
    """Return the lines that tell each value left over, in the order of the first value of each."""
    together: dict[object, list[LeftOver]] = {}
    for place, one in enumerate(found):
        group = one.when if one.row else one.is_named and one.source
        together.setdefault(group or place, []).append(one)
    return [_line(values, sheet) for values in together.values()]


def _line(values: Sequence[LeftOver], sheet: Sheet) -> str:
    one = values[0]
    if one.row is None:
        if len(values) == 1:
            return f"“{one.value}” of “{one.source}”: the grid has no such row."
        listed = ", ".join(value.value for value in values)
        return f"The grid has no row “{one.source}”. Its {len(values)} values were not put in: {listed}."
    if len(values) == 1 or one.when is None:
        place_of_day = "a column without a day" if one.when is None else one.when.isoformat()
        return f"“{one.value}” of {one.row.label}, {place_of_day}: the day is not on this page of the grid."
    listed = ", ".join(f"{value.row.label} {value.value}" for value in values if value.row)
    return (
        f"Day {sheet.number(one.when)}, {one.when.isoformat()}, is not on this page of the grid; where another page "
        f"has it, paste the block there too. Its {len(values)} values were not put in: {listed}."
    )
