"""The one CSV format of a cut: how rows of a form are written to a file, and how an answer is read back."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from forms.form import Form
from forms.items import Derived, Item, Measured, MultiChoice
from forms.values import Answer, Measurement, NullFlavour, Row, Value, plain

RECORD_READERS: dict[str, Callable[[str], Value]] = {
    "subject": str,
    "site": str,
    "record": str,
    "instance": int,
    "form_version": int,
    "entered_at": datetime.fromisoformat,
    "completed": lambda text: text == "true",
}
RECORD_COLUMNS = tuple(RECORD_READERS)


class FileError(ValueError):
    """A data file is not what it should be; the message names the file, the row and what to do."""


class ItemColumn(NamedTuple):
    """One column of an item in a file: the item it comes from and the part of the answer it holds."""

    name: str
    item_name: str
    item: Item
    part: str


def columns(form: Form) -> tuple[ItemColumn, ...]:
    """Return the columns of a form's items in declared order, companions beside their item, derived ones last."""
    found: list[ItemColumn] = []
    for name, item in {**form.typed_items, **form.derived_items}.items():
        found.append(ItemColumn(name=name, item_name=name, item=item, part="value"))
        if isinstance(item, Measured):
            found += [
                ItemColumn(name=f"{name}_{p}", item_name=name, item=item, part=p)
                for p in ("sign", "unit_typed", "text_typed")
            ]
        if item.missing:
            found.append(ItemColumn(name=f"{name}_nf", item_name=name, item=item, part="nf"))
    return tuple(found)


def cell(column: ItemColumn, value: Value) -> str:
    """Return the text of one cell of an item's answer; ``read_answer`` turns it back into the same answer."""
    if isinstance(value, NullFlavour):
        return value.value if column.part == "nf" else ""
    if column.part == "nf":
        return ""
    if isinstance(column.item, Measured):
        if not isinstance(value, Measurement):
            return ""
        return plain(value.value) if column.part == "value" else str(getattr(value, column.part))
    if isinstance(value, bool):
        return "true" if value else "false"
    return column.item.format(value)


def write_rows(path: Path, form: Form, rows: Iterable[Row]) -> int:
    """Write rows (with the record columns) as UTF-8 CSV with LF line ends; return how many."""
    layout = columns(form)
    by_item = [(name, [layout[place] for place in places]) for name, places in item_columns(layout).items()]
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*RECORD_COLUMNS, *(column.name for column in layout)])
        for row in rows:
            cells = [_record_cell(row.get(name)) for name in RECORD_COLUMNS]
            for name, own in by_item:
                value = row.get(name)
                cells += [""] * len(own) if value is None else [cell(column, value) for column in own]
            writer.writerow(cells)
            count += 1
    return count


def write_table(path: Path, header: tuple[str, ...], rows: Iterable[Iterable[object]]) -> int:
    """Write a plain table in the same CSV format; return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow([_record_cell(value) for value in row])
            count += 1
    return count


def require_header(file_name: str, form: Form, header: list[str]) -> None:
    """Raise FileError unless a file's header is that of a form."""
    expected = [*RECORD_COLUMNS, *(column.name for column in columns(form))]
    if header != expected:
        odd = sorted(set(header) ^ set(expected)) or ["their order"]
        raise FileError(f"{file_name}: the columns are not those of {form.title}: {', '.join(odd[:5])}.")


def sha256(path: Path) -> str:
    """Return the hex digest of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def count_rows(path: Path) -> int:
    """Return how many rows a file in this format has beside its header."""
    rows, is_quoted = -1, 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            pieces = block.split(b'"')
            rows += b"".join(pieces[is_quoted::2]).count(b"\n")
            is_quoted ^= (len(pieces) - 1) % 2
    return rows


def write_text_durably(path: Path, text: str) -> None:
    """Write a text file so that it is whole or absent: beside its place first, then renamed."""
    beside = path.with_name(path.name + ".part")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def item_columns(layout: Sequence[ItemColumn]) -> dict[str, tuple[int, ...]]:
    """Return item -> the positions of its columns in a layout, the one with its value first."""
    found: dict[str, tuple[int, ...]] = {}
    for place, column in enumerate(layout):
        found[column.item_name] = (*found.get(column.item_name, ()), place)
    return found


def read_answer(column: ItemColumn, texts: tuple[str, ...]) -> Value:
    """Return the answer that an item's cells hold; `texts` are those of its value column and companions, in order.

    Errors: ValueError when a text is not an answer to the item.
    """
    text, item = texts[0], column.item
    if not text:
        flavour = texts[-1] if item.missing else ""
        return NullFlavour(flavour) if flavour else None
    if isinstance(item, Measured):
        sign, unit, typed = texts[1:4]
        return Measurement(value=Decimal(text), sign=sign, unit_typed=unit, text_typed=typed)
    if isinstance(item, MultiChoice):
        return tuple(text.split(";"))
    parsed: Answer | None = item.result.parse(text) if isinstance(item, Derived) else item.parse(text)
    return parsed


def _record_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return plain(value) if isinstance(value, Decimal) else str(value)
