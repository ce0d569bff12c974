"""Which cells of the daily grid a recorded day still needs: what its form asks of it, and nobody has answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forms.form import Form
from forms.values import Row
from registry.grid.reading import Entry
from registry.grid.sheet import Sheet, Slot

SAID = "needed"
"""What stands in such a cell while it is empty."""


def needed_cells(sheet: Sheet, texts: Mapping[str, str], entries: Iterable[Entry] = ()) -> list[str]:
    """Return the cells without a text that a stored record needs, in the order of days and rows.

    ``entries`` are days that are typed and not stored yet; they stand for what is stored. A day without a record needs
    nothing cell by cell. Of several records of a day each is asked, and a cell is named once.
    """
    typed = {entry.slot.name: entry.row for entry in entries}
    found: list[str] = []
    for slot in sheet:
        missing = {name for row in _rows(slot, typed) for name in _missing(slot.form, row)}
        cells = (row.cell(slot.day) for row in slot.rows if row.item_name in missing)
        found += [cell for cell in cells if not texts.get(cell)]
    return found


def _rows(slot: Slot, typed: Mapping[str, Row]) -> list[Row]:
    stored = [record.row for record in slot.records]
    return [typed.get(slot.name, row) for row in stored]


def _missing(form: Form, row: Row) -> list[str]:
    return form.missing(row, form.asked(row))
