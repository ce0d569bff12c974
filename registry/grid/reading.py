"""What is typed in the daily grid, read against what is stored: the rows to save, and what stands in their way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from forms.form import Finding, Form
from forms.items import Item
from forms.values import ParseError, Row, Value, answer
from registry.grid.cells import read_cell, same_answer
from registry.grid.settling import flows_apart
from registry.grid.sheet import ROWS, GridRow, Sheet, Slot
from registry.wording import condition_in_words


@dataclass(frozen=True, kw_only=True)
class Posted:
    """What a page sent: the text of each cell, the text it began with, and which records it was made from.

    ``seen`` is slot name -> (record key, revision); ``usual_time`` dates new records whose time is left empty.
    """

    texts: Mapping[str, str]
    base: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    usual_time: str = ""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One record to save: the whole row, and the grid's items that change in it.

    ``unread`` are the items whose cells are wrong as they are: a record with one is judged by its other answers, and
    not saved.
    """

    slot: Slot
    row: Row
    changed: tuple[str, ...]
    clears: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()

    @property
    def asked(self) -> dict[str, Item]:
        """Return the items that the answers make visible, or that a cell still to be corrected may make so."""
        return _asked(self.slot.form, self.row, self.unread)

    @property
    def is_answered(self) -> bool:
        """Tell whether every answer that a complete form needs is there, or a reason why it is missing."""
        return not self.unanswered

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Return the answers that a complete form needs and the row lacks, as the grid names them."""
        form, labels = self.slot.form, {row.item_name: row.label for row in self.slot.rows}
        needed = (name for name, item in form.asked(self.row).items() if item.required)
        return tuple(labels.get(name, form.items[name].label) for name in needed if self.row.get(name) is None)


@dataclass(kw_only=True)
class Reading:
    """What was typed, as read: texts to show again, records to save, and what is wrong, by cell.

    ``partial`` are the records with a cell that is wrong as it is: judged with the others, so that all is told at once.
    ``theirs`` is cell -> the text that someone else saved meanwhile in a cell that is also typed here;
    ``overtaken`` are the slots in which somebody saved meanwhile and something is typed here; ``left_out`` the cells
    with a “no” to a question that is not asked: nothing of them is stored.
    """

    texts: dict[str, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    partial: list[Entry] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    overtaken: list[Slot] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def judged(self) -> list[Entry]:
        """Return every record of which something was typed that can be read."""
        return [*self.entries, *self.partial]


def read_sheet(sheet: Sheet, posted: Posted, new_key: Callable[[], str]) -> Reading:
    """Return what a page sent, merged cell by cell with what is stored now."""
    reading = Reading()
    posted = replace(posted, texts={**posted.texts, **flows_apart(posted.texts)})
    for slot in sheet:
        mine = {row.item_name for row in slot.rows if _is_typed(row.cell(slot.day), posted)}
        if slot.is_read_only:
            for row in slot.rows:
                if row.item_name in mine:
                    reading.texts[row.cell(slot.day)] = posted.texts[row.cell(slot.day)]
                    reading.errors[row.cell(slot.day)] = _several(slot)
            continue
        _merge(slot, posted, mine, reading)
        merged = _read_slot(sheet, slot, posted, reading)
        if merged is not None:
            _add_entry(slot, merged, posted, new_key, reading)
    return reading


def _is_typed(cell: str, posted: Posted) -> bool:
    return _said(posted.texts.get(cell, posted.base.get(cell, ""))) != _said(posted.base.get(cell, ""))


def _said(text: str) -> str:
    return " ".join(text.split())


def _several(slot: Slot) -> str:
    return (
        f"{slot.day.isoformat()} has {len(slot.records)} records of {slot.form.title.lower()}; the grid keeps one a "
        "day. Open the one you mean and type it there."
    )


def _merge(slot: Slot, posted: Posted, mine: set[str], reading: Reading) -> None:
    """Put the text of each cell into the reading: what is typed here, else what is stored now."""
    seen = posted.seen.get(slot.name, (slot.key, 0))
    is_stale = slot.stored is not None and seen != (slot.stored.key, slot.stored.revision)
    differs = False
    for row in slot.rows:
        cell, stored = row.cell(slot.day), slot.text(row)
        reading.texts[cell] = _said(posted.texts[cell]) if row.item_name in mine else stored
        if is_stale and _says_the_same(row, slot, reading.texts[cell]):
            reading.texts[cell] = stored
        elif row.item_name in mine and is_stale:
            differs = True
            if stored != _said(posted.base.get(cell, "")):
                reading.theirs[cell] = stored
    if differs:
        reading.overtaken.append(slot)


def _says_the_same(row: GridRow, slot: Slot, text: str) -> bool:
    """Tell whether a text means what is stored in its cell, however it is written."""
    try:
        typed = read_cell(row.item, text, day=slot.day)
    except ParseError:
        return False
    return slot.stored is not None and same_answer(slot.stored.row.get(row.item_name), typed)


def _read_slot(sheet: Sheet, slot: Slot, posted: Posted, reading: Reading) -> dict[str, Value] | None:
    """Return the row as it would be stored, without what cannot be read; None when nothing changes."""
    texts = {row: reading.texts[row.cell(slot.day)] for row in slot.rows}
    changed = {row: text for row, text in texts.items() if text != slot.text(row)}
    if not changed:
        return None
    values: dict[str, Value] = {}
    for row, text in changed.items():
        _read_into(values, row, text, slot.day, reading)
    time_row = next(row for row in slot.rows if row.is_time)
    if slot.stored is None and not texts[time_row]:
        _read_into(values, time_row, posted.usual_time, slot.day, reading)
    unread = _unread(slot, reading)
    before: Row = slot.stored.row if slot.stored else {"infusion": sheet.infusion_on(slot.day)}
    merged = {name: before.get(name) for name in slot.form.typed_items} | dict.fromkeys(unread) | values
    problem = _undated(slot, merged, time_row, is_alone=set(changed) == {time_row})
    if problem:
        reading.errors.setdefault(time_row.cell(slot.day), problem)
    elif not unread and all(same_answer(before.get(name), value) for name, value in values.items()):
        return None
    return merged


def _unread(slot: Slot, reading: Reading) -> frozenset[str]:
    """Return the items of a slot whose cells are wrong as they are."""
    return frozenset(row.item_name for row in slot.rows if row.cell(slot.day) in reading.errors)


def _asked(form: Form, row: Row, unread: frozenset[str]) -> dict[str, Item]:
    """Return the items that are asked, those included of which an unread answer decides whether they are."""
    asked, open_still = form.asked(row), set(unread)
    for name, item in form.typed_items.items():
        if item.ask_if is not None and item.ask_if.items & open_still:
            open_still.add(name)
    return asked | {name: form.typed_items[name] for name in open_still}


def _read_into(values: dict[str, Value], row: GridRow, text: str, day: date, reading: Reading) -> None:
    try:
        values[row.item_name] = read_cell(row.item, text, day=day)
    except ParseError as problem:
        reading.errors[row.cell(day)] = str(problem)


def _undated(slot: Slot, merged: Row, time_row: GridRow, *, is_alone: bool) -> str:
    """Return why a record cannot be kept: it has no time, or nothing but a time."""
    if merged.get(time_row.item_name) is None and slot.stored is None:
        return f"{time_row.label} is missing. Type it, such as 06:00, or once for all days in “Usual time”."
    if merged.get(time_row.item_name) is None:
        return f"{time_row.label} cannot be empty. To take the whole record away, open it and void it."
    if is_alone and slot.stored is None:
        return "There is only a time. Type what was found, or clear the time."
    return ""


def _add_entry(slot: Slot, row: dict[str, Value], posted: Posted, new_key: Callable[[], str], reading: Reading) -> None:
    """Add a record to save, or one to judge only: a cell is wrong, or a typed answer is left without a question."""
    _imply_test(row)
    asked = _asked(slot.form, row, _unread(slot, reading))
    before: Row = slot.stored.row if slot.stored else {}
    for grid_row in slot.rows:
        if row.get(grid_row.item_name) is None or grid_row.item_name in asked:
            continue
        if _says_no_more(grid_row, row) and before.get(grid_row.item_name) is None:
            row[grid_row.item_name] = None
            reading.left_out.append(grid_row.cell(slot.day))
        else:
            reading.errors[grid_row.cell(slot.day)] = _not_asked(grid_row.item, slot, grid_row)
    key, revision = posted.seen.get(slot.name, (slot.key, 0))
    if slot.stored is not None:
        key = slot.stored.key
    elif revision > 0:
        key = new_key()
    in_grid = {grid_row.item_name for grid_row in slot.rows}
    changed = tuple(name for name in row if name in in_grid and not same_answer(before.get(name), row[name]))
    # What the grid shows is marked in its cell; only what it does not show is cleared with the next save.
    clears = tuple(name for name in row if name not in in_grid.union(asked) and row[name] is not None)
    unread = _unread(slot, reading)
    if slot.stored is not None and not (changed or clears or unread):
        return
    if unread and row[slot.form.day_item] is None:
        row[slot.form.day_item] = datetime.combine(slot.day, time(12))
    entry = Entry(slot=slot, row={**row, "key": key}, changed=changed, clears=clears, unread=unread)
    (reading.partial if unread else reading.entries).append(entry)


def _imply_test(row: dict[str, Value]) -> None:
    """Name the test of cognition when only one of the two scores is there: the score says which it was."""
    given = [tool for tool in ("ice", "capd") if answer(row, f"{tool}_total") is not None]
    if "instrument" in row and row["instrument"] is None and len(given) == 1:
        row["instrument"] = given[0]


def _says_no_more(row: GridRow, answers: Row) -> bool:
    """Tell whether “no” is all that is said to a question that the answers before it have settled not to ask.

    A sheet of the ward has “no” on every day: on one without a fever it says nothing of the cause of a fever.
    """
    assert row.item.ask_if is not None
    is_settled = all(answers.get(name) is not None for name in row.item.ask_if.items)
    return is_settled and answers.get(row.item_name) is False


def _not_asked(item: Item, slot: Slot, row: GridRow) -> str:
    assert item.ask_if is not None
    names = {one.item_name: one.label for one in slot.rows}
    condition = condition_in_words(slot.form, item.ask_if, names)
    return f"{row.label} is asked only when {condition}. Correct that, or clear this cell."


def same_as_yesterday(texts: Mapping[str, str], yesterday: date, day: date) -> dict[str, str]:
    """Return cell -> text to fill in for a day: the support of the day before, where the cell is still empty."""
    return {
        row.cell(day): texts[row.cell(yesterday)]
        for row in ROWS
        if row.carries and not texts.get(row.cell(day)) and texts.get(row.cell(yesterday))
    }


def cells_of(finding: Finding, slot: Slot) -> tuple[str, ...]:
    """Return the cells beside which a finding is shown: its items in the grid, else the cell that dates the record."""
    named = tuple(row.cell(slot.day) for row in slot.rows if row.item_name in finding.items)
    return named or tuple(row.cell(slot.day) for row in slot.rows if row.is_time)


def lead_of(finding: Finding, cells: Sequence[str]) -> str:
    """Return of the cells beside which a finding is shown that of the item it names first."""
    found = (cell for name in finding.items for cell in cells if cell.rpartition(".")[2] == name)
    return next(found, cells[0])
