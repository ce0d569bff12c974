"""The description of a package: a Frictionless data package that other formats are written from, and a dictionary."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forms import files
from registry.release.columns import Column, Kind, Table, stamped
from registry.release.profiles import Profile

DESCRIPTOR, DICTIONARY = "datapackage.json", "dictionary.csv"
SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
DAY_0 = "Days count from the infusion that a record belongs to: its day is day 0, and there is no other day 0."
_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "string",
    Kind.CODE: "string",
    Kind.CODES: "string",
    Kind.BOOLEAN: "boolean",
    Kind.INTEGER: "integer",
    Kind.DECIMAL: "number",
    Kind.DATE: "date",
    Kind.MOMENT: "datetime",
}
_PARTIAL = "string"
"""A date that may end where knowledge ends is a text to every other program."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """A table that was written: its file's rows, bytes and hash."""

    table: Table
    rows: int
    bytes: int
    sha256: str


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a CSV file (UTF-8, LF line ends, quotes only where needed) row by row; return how many."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def write_table(folder: Path, table: Table, rows: Iterable[Sequence[str]]) -> Written:
    """Write a table of a package; return what was written."""
    path = folder / table.path
    count = write_csv(path, [column.name for column in table.columns], rows)
    return Written(table=table, rows=count, bytes=path.stat().st_size, sha256=files.sha256(path))


def write_descriptor(
    folder: Path, written: Sequence[Written], *, profile: Profile, project: str, stamp: str, version: str
) -> None:
    """Write the data package's description: each table's file, key and columns."""
    content = {
        "$schema": SCHEMA,
        "name": f"{profile}-{project}".lower(),
        "title": "Pediatric Anakinra Registry",
        "version": version,
        "x_profile": profile,
        "x_day_0": DAY_0,
        "x_stamp": stamp,
        "resources": [_resource(entry) for entry in written],
    }
    (folder / DESCRIPTOR).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _resource(entry: Written) -> dict[str, Any]:
    table = entry.table
    return {
        "name": table.name,
        "path": table.path,
        "title": table.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": entry.bytes,
        "hash": f"sha256:{entry.sha256}",
        "x_rows": entry.rows,
        "schema": {
            "primaryKey": list(table.key),
            "missingValues": [""],
            "fields": [_field(table, column) for column in table.columns],
        },
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    action = column.action
    is_single = column.kind is Kind.CODE and column.codes
    described = {
        "name": column.name,
        "title": column.label,
        "description": _detail(column),
        "type": _PARTIAL if column.kind in (Kind.DATE, Kind.MOMENT) else _TYPES[column.kind],
        "constraints": {"enum": list(column.codes)} if is_single else {},
        "x_kind": column.kind,
        "x_unit": column.unit,
        "x_codes": dict(column.codes),
        "x_missing_of": column.explains,
        "x_records_of": column.names_records_of,
        "x_asked_if": column.asked_if,
        "x_form": action.form if action else table.name,
        "x_item": action.item if action else "",
        "x_privacy": str(action.privacy) if action else "",
        "x_action": str(action.verb) if action else "",
    }
    return {name: value for name, value in described.items() if value}


def _detail(column: Column) -> str:
    """Return what the codes of a column are, or what was done to its values; nothing of the columns beside it."""
    if column.meanings:
        return " | ".join(f"{code}: {meaning}" for code, meaning in column.meanings.items())
    action = column.action
    return action.detail if action and column.name == action.item else ""


def write_dictionary(folder: Path, written: Sequence[Written], stamp: str) -> int:
    """Write the data dictionary, a row per column of each table; return how many."""
    header = ("file", "column", "meaning", "kind", "unit", "codes", "action", "detail", "asked_if")
    rows = [_dictionary_row(entry.table, column) for entry in written for column in entry.table.columns]
    return write_csv(folder / stamped(DICTIONARY, stamp), header, rows)


def _dictionary_row(table: Table, column: Column) -> Sequence[str]:
    codes = " | ".join(code if code == label else f"{code}={label}" for code, label in column.codes.items())
    action = column.action
    done = (str(action.verb) if action else "", _detail(column))
    record = f": record in {column.names_records_of}" if column.names_records_of else ""
    return (table.path, column.name, f"{column.label}{record}", column.kind, column.unit, codes, *done, column.asked_if)
