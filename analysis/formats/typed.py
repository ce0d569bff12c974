"""A table of a package as typed columns, and the proof that a file written from it holds the same."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from analysis.formats.package import Field, Package, Table

TEXTS = frozenset({"text", "code", "codes"})
DATES = frozenset({"date", "moment"})
_WHOLE = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_KINDS = TEXTS | DATES | {"boolean", "integer", "decimal"}


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A table with its values.

    Columns by kind: text, code, codes `object` of str; boolean `boolean`; integer `Int64`; decimal `float64`; date and
    moment `object` of date and datetime. A missing answer is None, pd.NA or NaN, never "".
    """

    table: Table
    frame: pd.DataFrame


def read_typed(package: Package, table: Table) -> Typed:
    """Return a table with its values.

    A column of dates or moments in which one is partial (2026-03) becomes text, since no program has partial dates.
    Errors: AnalysisError naming file and column where a cell is not what its column may hold.
    """
    cells: list[list[str]] = [[] for _ in table.fields]
    known: dict[str, str] = {}
    for row in package.rows(table):
        for column, cell in zip(cells, row, strict=True):
            column.append(known.setdefault(cell, cell))
    fields = tuple(_whole_or_text(own, column) for own, column in zip(table.fields, cells, strict=True))
    series = {own.name: _series(table, own, column) for own, column in zip(fields, cells, strict=True)}
    return Typed(table=replace(table, fields=fields), frame=pd.DataFrame(series, columns=[own.name for own in fields]))


def widen(typed: Typed) -> Typed:
    """Return the table with a column of yes and no, named `item___code`, for each code of a column of several.

    A question that was not answered is missing in all of them, never no.
    """
    fields: list[Field] = []
    series: dict[str, pd.Series[Any]] = {}
    for own in typed.table.fields:
        values = typed.frame[own.name]
        if own.kind != "codes" or not own.codes:
            fields.append(own)
            series[own.name] = values
            continue
        chosen = [None if text is None else frozenset(text.split(";")) for text in values]
        for code, label in own.codes.items():
            name = f"{own.name}___{code}"
            fields.append(replace(own, name=name, label=f"{own.label}: {label}", kind="boolean", codes={}, code=code))
            ticked = [pd.NA if codes is None else code in codes for codes in chosen]
            series[name] = pd.Series(pd.array(ticked, dtype="boolean"))
    frame = pd.DataFrame(series, columns=[own.name for own in fields])
    return Typed(table=replace(typed.table, fields=tuple(fields)), frame=frame)


def refuse_difference(file: str, written: pd.DataFrame, found: pd.DataFrame) -> None:
    """Raise AnalysisError, naming file and column, where a file read back does not hold what was written."""
    if list(written.columns) != list(found.columns):
        raise AnalysisError(f"{file}: other columns were read back than were written. Nothing of this format is kept.")
    for column in written.columns:
        if plain(written[column]) != plain(found[column]):
            raise AnalysisError(
                f"{file}, column {column}: other values were read back than were written. "
                "Nothing of this format is kept."
            )


def plain(values: Sequence[Any] | pd.Series[Any]) -> list[Any]:
    """Return values that can be compared: None for a missing one, numbers, str, date, datetime without a zone."""
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or value == "":
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def _whole_or_text(own: Field, cells: Sequence[str]) -> Field:
    """Return the field, as text where it is of dates and one is partial."""
    if own.kind not in DATES:
        return own
    shape = _DATE if own.kind == "date" else _MOMENT
    return own if all(shape.fullmatch(cell) for cell in cells if cell) else replace(own, kind="text")


def _series(table: Table, own: Field, cells: Sequence[str]) -> pd.Series[Any]:
    if own.kind not in _KINDS:
        raise AnalysisError(f"{table.path}, column {own.name}: {own.kind} is no kind of answer. Update the registry.")
    try:
        if own.kind == "integer":
            return pd.Series(pd.array([_whole(cell) if cell else pd.NA for cell in cells], dtype="Int64"))
        if own.kind == "decimal":
            return pd.Series([_decimal(cell) if cell else math.nan for cell in cells], dtype="float64")
        if own.kind == "boolean":
            return pd.Series(pd.array([_BOOLEANS[cell] for cell in cells], dtype="boolean"))
        read = _READERS[own.kind](own.codes)
        return pd.Series([read(cell) if cell else None for cell in cells], dtype=object)
    except (ValueError, KeyError, OverflowError):
        raise AnalysisError(
            f"{table.path}, column {own.name}: a cell is not of kind {own.kind} or none of its codes. "
            "Write the package again."
        ) from None


_BOOLEANS: Mapping[str, Any] = {"": pd.NA, "true": True, "false": False}


def _whole(cell: str) -> int:
    if not _WHOLE.fullmatch(cell):
        raise ValueError
    return int(cell)


def _decimal(cell: str) -> float:
    if not _DECIMAL.fullmatch(cell) or not math.isfinite(float(cell)):
        raise ValueError
    return float(cell)


def _one_code(codes: Mapping[str, str]) -> Callable[[str], str]:
    known = {code: code for code in codes}
    return known.__getitem__ if codes else str


def _several_codes(codes: Mapping[str, str]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if codes and not set(cell.split(";")) <= codes.keys():
            raise ValueError
        return cell

    return read


_READERS: Mapping[str, Callable[[Mapping[str, str]], Callable[[str], Any]]] = {
    "text": lambda codes: str,
    "code": _one_code,
    "codes": _several_codes,
    "date": lambda codes: date.fromisoformat,
    "moment": lambda codes: datetime.fromisoformat,
}
