"""The names that stand down a copied block: which row of the grid each means, and the unit written behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from forms.items import Choice, Measured, MultiChoice
from forms.values import ParseError
from registry.grid.cells import read_cell
from registry.grid.sheet import ROWS, GridRow

LONGEST_NAME = 200
"""Characters of a name of a row with its unit; the expressions that take it apart need n squared steps or more."""
_UNIT_BEHIND = re.compile(r"(.+?)[\s,;]*[\s(\[]([^\s()\[\]]+)[)\]]?\s*\Z")


def row_named(name: str) -> GridRow | None:
    """Return the row that a name means, with or without its unit."""
    return row_and_unit(name)[0]


def row_and_unit(name: str) -> tuple[GridRow | None, str]:
    """Return the row that a name means, and the unit written behind it where it is not the row's own.

    A share in percent is no row: neutrophils in percent are not their number.
    """
    if "%" in name or len(name) > LONGEST_NAME:
        return None, ""
    row, behind = _ROWS_BY_NAME.get(plain(name)), _UNIT_BEHIND.match(name)
    named = row or (_ROWS_BY_NAME.get(plain(behind[1])) if behind else None)
    if behind is None or named is None:
        return row, ""
    if not isinstance(named.item, Measured):
        is_its_unit = behind[2].casefold() == (named.item.unit or "").casefold()
        return named if is_its_unit else row, ""
    factor = named.item.factor(behind[2])
    return (row, "") if factor is None else (named, behind[2] if factor != 1 else "")


def names_rows(names: Sequence[str], *, at_least: int = 1, at: GridRow | None = None) -> bool:
    """Tell whether texts are names of the grid's rows: at least so many of them, and half of those that are there.

    They are not where all are answers of the row ``at`` which they are pasted: “ICE” is a test, and a row.
    """
    known = sum(row_named(name) is not None for name in names)
    if known < at_least or known * 2 < sum(bool(name) for name in names):
        return False
    return at is None or not all(_is_answer(at, name) for name in names if name)


def _is_answer(row: GridRow, text: str) -> bool:
    if not isinstance(row.item, (Choice, MultiChoice)):
        return False
    try:
        read_cell(row.item, text, day=date.min)
    except ParseError:
        return False
    return True


def plain(name: str) -> str:
    """Return a name in small letters and figures, without what stands in brackets; empty for one that is too long."""
    if len(name) > LONGEST_NAME:
        return ""
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"\(.*?\)", "", name).casefold()).strip()


def _rows_by_name() -> Mapping[str, GridRow]:
    named: dict[str, GridRow] = {}
    for row in ROWS:
        for name in (row.label, row.label_with_unit, row.item.label, row.item_name, *row.short_names):
            named.setdefault(plain(name), row)
    return named


_ROWS_BY_NAME = _rows_by_name()
