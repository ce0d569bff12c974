"""Every text that a recipient could read in the files of a folder: names, cells, labels, notes, properties, times.

What cannot be read cannot be looked through, so a file of a kind that is not known is refused.
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pyreadstat

from analysis.errors import AnalysisError
from analysis.formats.timestamps import NO_TIME
from analysis.formats.typed import plain

_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The lowest time a zip file can give for what it holds: nobody's clock."""
_CELLS = frozenset({"c", "row", "v", "is", "t", "f"})
_MOST_REMEMBERED = 200_000


def read_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (file, text) for each file below a folder and inside its zip files, white space as single blanks.

    A text that a file holds often is given once, or again after 200,000 others. The file's own name is a text. Errors:
    AnalysisError for a file that is damaged or of a kind that is not known.
    """
    if not folder.is_dir():
        raise AnalysisError(f"There is no folder {folder.name}. Give the folder of an export.")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from _texts_of(path, path.relative_to(folder).as_posix())


def _texts_of(path: Path, name: str) -> Iterator[tuple[str, str]]:
    yield name, name
    if path.suffix.lower() == ".zip":
        yield from _inside_zip(path, name)
        return
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise AnalysisError(f"{name} is of a kind that cannot be looked through. Take it out of the folder.")
    try:
        yield from ((name, text) for text in _once(read(path)))
    except (ValueError, KeyError, csv.Error, zipfile.BadZipFile, ElementTree.ParseError, pyreadstat.ReadstatError):
        raise AnalysisError(f"{name} cannot be read: it is damaged. Write the package again.") from None


def _once(texts: Iterator[str]) -> Iterator[str]:
    known: set[str] = set()
    for text in texts:
        line = " ".join(text.split())
        if line and line not in known:
            if len(known) >= _MOST_REMEMBERED:
                known.clear()
            known.add(line)
            yield line


def _inside_zip(path: Path, name: str) -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as work:
        try:
            with zipfile.ZipFile(path) as archive:
                yield from ((name, text) for text in _once(_about_zip(archive)))
                for entry in archive.infolist():
                    if not entry.is_dir():
                        inner = Path(work) / f"inner{PurePosixPath(entry.filename).suffix}"
                        inner.write_bytes(archive.read(entry))
                        yield from _texts_of(inner, f"{name}/{entry.filename}")
        except zipfile.BadZipFile:
            raise AnalysisError(f"{name} cannot be read: it is damaged. Write the package again.") from None


def _about_zip(archive: zipfile.ZipFile) -> Iterator[str]:
    yield archive.comment.decode("utf-8", errors="replace")
    for entry in archive.infolist():
        yield entry.comment.decode("utf-8", errors="replace")
        if entry.date_time != _FIRST_MOMENT:
            year, month, day, hour, minute, _ = entry.date_time
            yield f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}"


def _csv(path: Path) -> Iterator[str]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            yield from row


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig") as file:
        yield from file


def _json(path: Path) -> Iterator[str]:
    return _inside(json.loads(path.read_text(encoding="utf-8")))


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from _inside(held)
    elif isinstance(value, list):
        for held in value:
            yield from _inside(held)
    elif value is not None:
        yield str(value)


class _Page(HTMLParser):
    """Gathers what a page shows, and its comments and attributes, which only its source shows."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for _, value in attrs if value]


def _html(path: Path) -> Iterator[str]:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    yield from page.found


def _workbook(path: Path) -> Iterator[str]:
    """Yield the cells as Excel shows them, then what else stands in the parts: properties, names, notes, headers."""
    book = openpyxl.load_workbook(path, read_only=True)
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            yield from map(_shown, plain(row))
    book.close()
    with zipfile.ZipFile(path) as archive:
        yield from _about_zip(archive)
        for name in archive.namelist():
            if not name.endswith((".xml", ".rels", ".vml")):
                raise ValueError(name)
            with archive.open(name) as part:
                for _, element in ElementTree.iterparse(part):
                    if element.tag.rpartition("}")[2] not in _CELLS or not name.startswith("xl/worksheets/"):
                        yield from (element.text or "", element.tail or "", *element.attrib.values())
                    element.clear()


def _statistics(read: Callable[[Path], tuple[pd.DataFrame, Any]]) -> Callable[[Path], Iterator[str]]:
    def texts(path: Path) -> Iterator[str]:
        frame, about = read(path)
        yield from map(str, frame.columns)
        for column in frame.columns:
            yield from map(_shown, dict.fromkeys(plain(frame[column])))
        yield from map(_shown, (about.file_label, about.table_name, *about.column_labels, *(about.notes or ())))
        for labels in about.value_labels.values():
            yield from (text for pair in labels.items() for text in map(_shown, pair))
        yield from (_shown(time) for time in (about.creation_time, about.modification_time) if time != NO_TIME)

    return texts


def _shown(value: object) -> str:
    """Return a value as text; a whole number without its point, so that a date of eight digits is one."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


_READERS: Mapping[str, Callable[[Path], Iterator[str]]] = {
    ".csv": _csv,
    ".html": _html,
    ".json": _json,
    ".md": _lines,
    ".sas": _lines,
    ".txt": _lines,
    ".xlsx": _workbook,
    ".sav": _statistics(pyreadstat.read_sav),
    ".dta": _statistics(pyreadstat.read_dta),
    ".xpt": _statistics(pyreadstat.read_xport),
}
