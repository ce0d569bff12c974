"""A package as the registry wrote it: its description and the cells of its CSV files."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from forms.files import sha256

DESCRIPTOR = "datapackage.json"
MOST_ROWS = 100_000
"""Rows of a table that formats other than CSV may have."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column; ``kind`` says what its texts are, ``codes`` which answers it can have, ``explains`` whose gaps."""

    name: str
    label: str
    kind: str
    unit: str = ""
    codes: Mapping[str, str]
    explains: str = ""
    asked_if: str = ""
    privacy: str = ""
    code: str = ""
    """The one code a column of 0 and 1 is about, where it was made from a column of several codes."""

    @property
    def full_label(self) -> str:
        """Return the label with the unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: ``path`` of its CSV file inside the package, the columns of its ``key``, its ``fields`` in order."""

    name: str
    title: str
    path: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A folder with the tables that its description lists; ``stamp`` is to stand on every file, often empty."""

    folder: Path
    title: str
    stamp: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]

    def stamped(self, stem: str) -> str:
        """Return the stem of a file's name with the stamp."""
        return f"{stem}-{self.stamp}" if self.stamp else stem

    def labelled(self, table: Table) -> str:
        """Return what a file about one table calls itself."""
        return f"{table.title} ({self.stamp})" if self.stamp else table.title

    def rows(self, table: Table) -> Iterator[list[str]]:
        """Yield the rows of a table, without its header; AnalysisError where the file is not as described."""
        csv.field_size_limit(sys.maxsize)
        with (self.folder / table.path).open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            if next(reader, []) != [own.name for own in table.fields]:
                raise AnalysisError(f"{table.path} has other columns than {DESCRIPTOR} says. Write the package again.")
            for row in reader:
                if len(row) != len(table.fields):
                    raise AnalysisError(
                        f"{table.path}, line {reader.line_num}: {len(row)} cells instead of {len(table.fields)}. "
                        "Write the package again."
                    )
                yield row


def read_package(folder: Path) -> Package:
    """Return the package of a folder, its files compared with their hashes.

    Errors: AnalysisError when the description or a file is missing, damaged or changed.
    """
    path = folder / DESCRIPTOR
    if not path.is_file():
        raise AnalysisError(f"There is no {DESCRIPTOR} in the folder. Give the folder of an export.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        tables = tuple(_table(resource) for resource in content["resources"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AnalysisError(f"{DESCRIPTOR} cannot be read: it is damaged. Write the package again.") from None
    package = Package(
        folder=folder,
        title=content.get("title", ""),
        stamp=content.get("x_stamp", ""),
        notes=tuple(note for note in (content.get("x_day_0", ""),) if note),
        tables=tables,
    )
    for table in tables:
        _verify(folder, table)
    return package


def refuse_long_tables(package: Package) -> None:
    """Raise AnalysisError where a table has more rows than the other formats may have."""
    for table in package.tables:
        for count, _ in enumerate(package.rows(table), start=1):
            if count > MOST_ROWS:
                raise AnalysisError(
                    f"{table.path} has more than {MOST_ROWS:,} rows, which formats other than CSV cannot have. "
                    "Ask for CSV alone, or leave this form out."
                )


def write_csv(path: Path, header: Sequence[str], rows: Iterator[Sequence[object]] | Sequence[Sequence[object]]) -> None:
    """Write a CSV file (UTF-8, LF line ends, quotes only where needed)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _verify(folder: Path, table: Table) -> None:
    path = folder / table.path
    if folder.resolve() not in path.resolve().parents:
        raise AnalysisError(f"{DESCRIPTOR} names {table.path}, which lies outside the package. Write it again.")
    if not path.is_file():
        raise AnalysisError(f"{table.path} is missing. Write the package again.")
    if table.sha256 and sha256(path) != table.sha256:
        raise AnalysisError(f"{table.path} was changed after it was written. Write the package again.")


def _table(resource: Mapping[str, Any]) -> Table:
    key = resource["schema"].get("primaryKey", [])
    return Table(
        name=resource["name"],
        title=resource.get("title", resource["name"]),
        path=resource["path"],
        key=(key,) if isinstance(key, str) else tuple(key),
        fields=tuple(_field(described) for described in resource["schema"]["fields"]),
        sha256=resource.get("hash", "").removeprefix("sha256:"),
    )


def _field(described: Mapping[str, Any]) -> Field:
    return Field(
        name=described["name"],
        label=described.get("title", described["name"]),
        kind=described["x_kind"],
        unit=described.get("x_unit", ""),
        codes=dict(described.get("x_codes", {})),
        explains=described.get("x_missing_of", ""),
        asked_if=described.get("x_asked_if", ""),
        privacy=described.get("x_privacy", ""),
    )
