"""A data cut read child by child: any order, a few children in memory at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import itemgetter
from pathlib import Path

from forms.cut_id import cut_id

Cells = dict[str, str]


@dataclass(slots=True)
class _Place:
    """Where the rows of a child begin and end in a file, in bytes, and how many they are."""

    start: int
    end: int = 0
    rows: int = 0


class FormFile:
    """The rows of one form in a cut, found by child. A cut keeps a child's rows together."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def header(self) -> list[str]:
        """Return the names of the columns."""
        with self.path.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file))

    @cached_property
    def _places(self) -> dict[str, _Place]:
        """Return child -> where its rows stand in the file."""
        found: dict[str, _Place] = {}
        with self.path.open("rb") as file:
            place = len(file.readline())
            inside = False
            child = ""
            for line in file:
                if not inside:
                    child = line[: line.find(b",")].decode("utf-8")
                    if child not in found:
                        found[child] = _Place(start=place)
                    found[child].rows += 1
                place += len(line)
                found[child].end = place
                inside ^= line.count(b'"') % 2 == 1
        return found

    def count(self, child: str) -> int:
        """Return how many rows a child has."""
        return self._places[child].rows if child in self._places else 0

    @property
    def children(self) -> frozenset[str]:
        """Return the keys of the children with a row."""
        return frozenset(self._places)

    @contextmanager
    def opened(self) -> Iterator[Callable[[str], list[list[str]]]]:
        """Give a function from a child's key to its rows."""
        with self.path.open("rb") as file:

            def rows_of(child: str) -> list[list[str]]:
                if child not in self._places:
                    return []
                place = self._places[child]
                file.seek(place.start)
                return list(csv.reader(io.StringIO(file.read(place.end - place.start).decode("utf-8"), newline="")))

            yield rows_of

    def rows(self) -> Iterator[Cells]:
        """Yield every row by column, in the order of the file."""
        with self.path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    def cells(self, *names: str) -> Iterator[tuple[str, ...]]:
        """Yield of every row the cells of two or more columns: whole rows of the largest forms take twice as long."""
        choose = itemgetter(*map(self.header.index, names))
        with self.path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            next(lines)
            yield from map(choose, lines)

    def by_child(self) -> dict[str, list[Cells]]:
        """Return every row by column, grouped by child."""
        found: dict[str, list[Cells]] = {}
        for row in self.rows():
            found.setdefault(row["subject"], []).append(row)
        return found


class CutFiles:
    """The forms of a cut by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._forms: dict[str, FormFile] = {}

    def form(self, name: str) -> FormFile:
        """Return the rows of one form."""
        if name not in self._forms:
            self._forms[name] = FormFile(self.folder / "forms" / f"{name}.csv")
        return self._forms[name]

    def children(self) -> dict[str, str]:
        """Return the key of each child in the cut and the code of its site."""
        with (self.folder / "subjects.csv").open(encoding="utf-8", newline="") as file:
            return {row["subject"]: row["site"] for row in csv.DictReader(file)}


def id_in(folder: Path) -> str | None:
    """Return the id of the data cut that the manifest in a folder describes; None where there is none to be read.

    A manifest that was changed describes another cut, whatever id stands in it.
    """
    try:
        return cut_id(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def whole_day(text: str) -> date | None:
    """Return the calendar day of a date as a cut writes it; None where it is missing or not known to the day."""
    return date.fromisoformat(text[:10]) if len(text) >= 10 else None
