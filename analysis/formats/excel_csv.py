"""CSV that a spreadsheet opens without running anything: UTF-8 with a mark, no text that it would take as a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats.package import Field, Package, Table

_FORMULA = "=+\\-@＝＋－＠"
_STARTS = re.compile(rf"[{_FORMULA}\t\r\n\0]")
"""OWASP, CSV injection: what a spreadsheet may take as the start of a formula, full-width forms included."""
_TEXT_STARTS = re.compile(rf'^(?="*[{_FORMULA}\t\r\n\0])|(?<=[;\t\r\n])(?="*[{_FORMULA}])')
"""Also behind what a spreadsheet of another language takes as the end of a cell."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_RANGE = re.compile(rf"{_NUMBER.pattern}( to {_NUMBER.pattern})?")
_DELIMITERS = (",", ";", "\t")


def write(package: Package, folder: Path) -> None:
    """Write excel/TABLE.csv for each table, read it back, and count what a spreadsheet would take as a formula.

    Errors: AnalysisError naming file and column unless the file holds the guarded texts and the count is 0.
    """
    for table in package.tables:
        file = f"excel/{package.stamped(table.name)}.csv"
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([own.name for own in table.fields])
            writer.writerows(_guarded_rows(package, table))
        _compare(file, path, package, table)
        if found := sum(count_formulas(path, delimiter) for delimiter in _DELIMITERS):
            raise AnalysisError(f"{file}: a spreadsheet would take {found} of its cells as formulas. It is not kept.")


def guard(text: str) -> str:
    """Return a text with a single quote before what a spreadsheet would take as a formula."""
    return _TEXT_STARTS.sub("'", text)


def guard_words(text: str) -> str:
    """Return the same; a number, and a range such as -9 to 28, as they are."""
    return text if _RANGE.fullmatch(text) else guard(text)


def count_formulas(path: Path, delimiter: str = ",") -> int:
    """Return how many cells of a file start as a formula does; numbers do not count."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = (cell for row in csv.reader(file, delimiter=delimiter) for cell in row)
        return sum(bool(_STARTS.match(cell)) and not _NUMBER.fullmatch(cell) for cell in cells)


def _guarded_rows(package: Package, table: Table) -> Iterator[list[str]]:
    guards = [_guard_of(own) for own in table.fields]
    for row in package.rows(table):
        yield [own(cell) for own, cell in zip(guards, row, strict=True)]


def _guard_of(own: Field) -> Callable[[str], str]:
    is_text = own.kind in ("text", "codes") or (own.kind == "code" and not all(map(_NUMBER.fullmatch, own.codes)))
    return guard if is_text or (own.kind == "code" and not own.codes) else str


def _compare(file: str, path: Path, package: Package, table: Table) -> None:
    with path.open(encoding="utf-8-sig", newline="") as found:
        reader = csv.reader(found)
        written: Iterable[list[str]] = _guarded_rows(package, table)
        if next(reader, []) != [own.name for own in table.fields]:
            raise AnalysisError(f"{file}: other columns were read back than were written. It is not kept.")
        for row, again in zip(written, reader, strict=True):
            for own, cell, other in zip(table.fields, row, again, strict=True):
                if cell != other:
                    raise AnalysisError(f"{file}, column {own.name}: another text was read back than was written.")
