"""A REDCap data dictionary with the data that fit it: a column per ticked box, rows per repeated instrument."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import AnalysisError
from analysis.formats.package import Field, Package, write_csv
from analysis.formats.redcap_dictionary import HEADER, dictionary
from analysis.formats.redcap_fields import CHILD, INSTANCE, INSTRUMENT, RECORD, Instrument, instruments
from analysis.formats.typed import Typed, plain, read_typed, refuse_difference, widen

Rows = list[dict[str, str]]


def write(package: Package, folder: Path) -> None:
    """Write redcap/dictionary.csv and redcap/data.csv, read the data back and compare them.

    An instrument repeats where a child can have several rows. Boxes of a question never asked are empty, not 0. A table
    without the child in its key is left out: REDCap's records are children.
    Errors: AnalysisError naming file and column.
    """
    known = instruments([read_typed(package, table) for table in package.tables if CHILD in table.key])
    file = f"redcap/{package.stamped('data')}.csv"
    write_csv(folder / f"redcap/{package.stamped('dictionary')}.csv", HEADER, dictionary(known))
    wide = [(own, widen(own.typed)) for own in known]
    columns = [column for own, typed in wide for column in _columns(own, typed).values()]
    header = [RECORD, INSTRUMENT, INSTANCE, *columns]
    if twice := [column for column, count in Counter(header).items() if count > 1]:
        raise AnalysisError(f"{file}: two columns would be called {twice[0]}. Leave REDCap out.")
    write_csv(folder / file, header, ([row.get(column, "") for column in header] for row in _rows(wide)))
    _compare(folder / file, file, wide)


def _columns(own: Instrument, typed: Typed) -> dict[str, str]:
    """Return column of the widened table -> column of data.csv, the child left out."""
    return {field.name: _column(own, field) for field in typed.table.fields if field.name != CHILD}


def _column(own: Instrument, field: Field) -> str:
    if not field.code:
        return own.names[field.name]
    name = field.name.removesuffix(f"___{field.code}")
    return f"{own.names[name]}___{own.codes[name][field.code]}"


def _rows(wide: Sequence[tuple[Instrument, Typed]]) -> Iterator[Mapping[str, str]]:
    """Yield one row per child with all that is asked once, then the rows of each repeating instrument."""
    children: dict[str, dict[str, str]] = {}
    for own, typed in wide:
        if not own.repeats:
            for child, row in _cells(own, typed):
                children.setdefault(child, {RECORD: child}).update(row)
    yield from children.values()
    for own, typed in wide:
        if own.repeats:
            instances: Counter[str] = Counter()
            for child, row in _cells(own, typed):
                instances[child] += 1
                yield {RECORD: child, INSTRUMENT: own.name, INSTANCE: str(instances[child]), **row}


def _cells(own: Instrument, typed: Typed) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the child of each row with the row's cells that are not empty, by column of data.csv."""
    columns = _columns(own, typed)
    texts = {columns[f.name]: _texts(own, f, typed.frame[f.name]) for f in typed.table.fields if f.name != CHILD}
    for place, child in enumerate(typed.frame[CHILD]):
        yield child, {column: cells[place] for column, cells in texts.items() if cells[place]}


def _texts(own: Instrument, field: Field, values: pd.Series[Any]) -> list[str]:
    stored = own.codes.get(field.name, {}) if field.kind == "code" else {}
    return ["" if value is None else _text(value, stored) for value in plain(values)]


def _text(value: Any, stored: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return stored.get(value, str(value))


def _compare(path: Path, file: str, wide: Sequence[tuple[Instrument, Typed]]) -> None:
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source, strict=True))
    once = {row[RECORD]: row for row in rows if not row[INSTRUMENT]}
    repeated: dict[str, Rows] = {own.name: [] for own, _ in wide}
    for row in rows:
        if row[INSTRUMENT]:
            repeated[row[INSTRUMENT]].append(row)
    for own, typed in wide:
        found = repeated[own.name] if own.repeats else [once[child] for child in typed.frame[CHILD]]
        refuse_difference(file, typed.frame, _read_back(own, typed, found))


def _read_back(own: Instrument, typed: Typed, rows: Rows) -> pd.DataFrame:
    columns = _columns(own, typed)
    series = {}
    for field in typed.table.fields:
        codes = {value: code for code, value in own.codes.get(field.name, {}).items()} if field.kind == "code" else {}
        cells = [row[columns.get(field.name, RECORD)] for row in rows]
        series[field.name] = pd.Series([_value(cell, field.kind, codes) for cell in cells], dtype=object)
    return pd.DataFrame(series, columns=[field.name for field in typed.table.fields])


def _value(cell: str, kind: str, codes: Mapping[str, str]) -> Any:
    if not cell:
        return None
    if kind in ("integer", "boolean"):
        return int(cell)
    if kind == "decimal":
        return float(cell)
    if kind == "date":
        return date.fromisoformat(cell)
    return datetime.fromisoformat(cell) if kind == "moment" else codes.get(cell, cell)
