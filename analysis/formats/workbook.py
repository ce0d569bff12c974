"""One Excel workbook: a sheet that explains the columns, then a sheet per table; nothing in it is a formula."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from analysis.errors import AnalysisError
from analysis.formats.names import NameRule, legal_names
from analysis.formats.package import Field, Package
from analysis.formats.typed import DATES, TEXTS, Typed, plain, read_typed, refuse_difference

SHEETS = NameRule(limit=31, reserved=frozenset({"history", "dictionary"}))
"""Excel keeps the name History for itself; case does not tell two sheets apart."""
DICTIONARY = "Dictionary"
HEADER = ("Sheet", "Column", "Meaning", "Kind", "Unit", "Codes", "Gives reasons for", "Asked if")
MOST_CHARACTERS = 32_767
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NARROWEST, _WIDEST = 8, 48
_SHOWN = {"date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
_PROPERTIES = "docProps/core.xml"
_NO_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)


def write(package: Package, folder: Path) -> None:
    """Write registry.xlsx, read it back and compare it.

    Line ends inside texts become LF, as XML demands. Errors: AnalysisError naming file and column where a text holds a
    control character or more than 32,767 characters.
    """
    file = f"{package.stamped('registry')}.xlsx"
    raw, path = folder / f"{file}.part", folder / file
    sheets = legal_names((table.name for table in package.tables), SHEETS)
    book = openpyxl.Workbook(write_only=True)
    try:
        _dictionary_sheet(book, package, sheets)
        for table in package.tables:
            _table_sheet(book, sheets[table.name], file, read_typed(package, table))
    except AnalysisError:
        for sheet in book.worksheets:
            sheet.close()
        raise
    book.save(raw)
    _without_clock(raw, path)
    raw.unlink()
    _compare(path, file, package, sheets)


def _dictionary_sheet(book: Any, package: Package, sheets: dict[str, str]) -> None:
    notes = [(note,) for note in (package.title, package.stamp, *package.notes) if note]
    sheet = book.create_sheet(DICTIONARY)
    for place, width in enumerate((20, 30, 60, 10, 12, 60, 24, 40), start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, text, bold=True) for text in HEADER])
    for table in package.tables:
        for own in table.fields:
            codes = " | ".join(f"{code} = {label}" for code, label in own.codes.items())[:MOST_CHARACTERS]
            row = (sheets[table.name], own.name, own.label, own.kind, own.unit, codes, own.explains, own.asked_if)
            sheet.append([_cell(sheet, text) if text else None for text in row])
    for note in notes:
        sheet.append([_cell(sheet, text) for text in note])


def _table_sheet(book: Any, name: str, file: str, typed: Typed) -> None:
    sheet = book.create_sheet(name)
    columns = []
    for place, own in enumerate(typed.table.fields, start=1):
        values = _kept(typed.frame[own.name], own)
        _refuse_texts(file, name, own, values)
        sheet.column_dimensions[get_column_letter(place)].width = _width(own, values)
        columns.append(values)
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, own.name, bold=True) for own in typed.table.fields])
    kinds = [own.kind for own in typed.table.fields]
    for row in zip(*columns, strict=True):
        sheet.append([_typed_cell(sheet, value, kind) for value, kind in zip(row, kinds, strict=True)])


def _kept(values: pd.Series[Any], own: Field) -> list[Any]:
    """Return the values as XML can hold them."""
    if own.kind not in TEXTS:
        return plain(values)
    return [text and text.replace("\r\n", "\n").replace("\r", "\n") for text in plain(values)]


def _refuse_texts(file: str, sheet: str, own: Field, values: Sequence[Any]) -> None:
    for value in values:
        if isinstance(value, str) and (len(value) > MOST_CHARACTERS or _CONTROL.search(value)):
            what = (
                f"more than {MOST_CHARACTERS:,} characters" if len(value) > MOST_CHARACTERS else "a control character"
            )
            raise AnalysisError(
                f"{file}, sheet {sheet}, column {own.name}: a text has {what}, which Excel cannot hold. "
                "Leave Excel or this form out."
            )


def _width(own: Field, values: Sequence[Any]) -> int:
    if own.kind in DATES:
        return 18
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    return min(max(_NARROWEST, len(own.name) + 2, longest + 2), _WIDEST)


def _typed_cell(sheet: Any, value: Any, kind: str) -> Any:
    if value is None or kind in ("boolean", "integer", "decimal"):
        return value
    return _cell(sheet, value) if isinstance(value, str) else _dated(sheet, value, kind)


def _cell(sheet: Any, text: str, *, bold: bool = False) -> WriteOnlyCell:
    """Return a cell that is text whatever it begins with, and stays text when it is edited."""
    cell = WriteOnlyCell(sheet, None)
    cell.value, cell.data_type = text, "s"
    cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


def _dated(sheet: Any, value: Any, kind: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = _SHOWN[kind]
    return cell


def _without_clock(raw: Path, path: Path) -> None:
    """Write a workbook's parts again with one fixed time and no properties of author and time."""
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=_FIRST_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            if name == _PROPERTIES:
                target.writestr(entry, _NO_PROPERTIES)
                continue
            with source.open(name) as part, target.open(entry, "w", force_zip64=True) as again:
                shutil.copyfileobj(part, again, 1 << 20)


def _compare(path: Path, file: str, package: Package, sheets: dict[str, str]) -> None:
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        for table in package.tables:
            typed = read_typed(package, table)
            kept = {own.name: _kept(typed.frame[own.name], own) for own in typed.table.fields}
            expected = pd.DataFrame(kept, columns=list(kept), dtype=object)
            rows = _read_rows(book[sheets[table.name]], typed.table.fields)
            names = next(rows, [])
            found = pd.DataFrame(list(rows), columns=names, dtype=object)
            refuse_difference(f"{file}, sheet {sheets[table.name]}", expected, found)
    finally:
        book.close()


def _read_rows(sheet: Any, fields: Sequence[Field]) -> Iterator[list[Any]]:
    """Yield the rows of a sheet, filled up to the number of columns; dates as dates."""
    days = [own.kind == "date" for own in fields]
    for row in sheet.iter_rows(values_only=True):
        filled = [*row, *[None] * (len(fields) - len(row))]
        yield [
            value.date() if is_day and isinstance(value, datetime) else value
            for value, is_day in zip(filled, days, strict=True)
        ]
