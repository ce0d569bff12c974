"""A CSV file in memory as columns of numbered texts: a million rows with few distinct answers stay small.

Each column holds one number per row and each distinct value once, so that a text is parsed once however often it
stands in the file. A row is a view: it looks its answers up when it is asked.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

from forms.files import RECORD_READERS, FileError, columns, item_columns, read_answer, require_header
from forms.form import Form
from forms.values import Value

V = TypeVar("V")
ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Column(Generic[V]):
    """One column: row i holds `values[codes[i]]`."""

    codes: array[int]
    values: Sequence[V]


class RowView(Mapping[str, V]):
    """One row of a table of columns."""

    __slots__ = ("_columns", "_index")

    def __init__(self, columns: Mapping[str, Column[V]], index: int) -> None:
        self._columns = columns
        self._index = index

    def __getitem__(self, name: str) -> V:
        column = self._columns[name]
        return column.values[column.codes[self._index]]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a column, or the default where there is no such column."""
        column = self._columns.get(name)
        return default if column is None else column.values[column.codes[self._index]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"RowView({dict(self)!r})"


class Rows(Sequence[RowView[V]]):
    """All rows of a file, in its order."""

    def __init__(self, columns: Mapping[str, Column[V]], length: int) -> None:
        self.columns = columns
        self._length = length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> RowView[V]: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[RowView[V], ...]: ...
    def __getitem__(self, index: int | slice) -> RowView[V] | tuple[RowView[V], ...]:
        places = range(self._length)[index]
        if isinstance(places, int):
            return RowView(self.columns, places)
        return tuple(RowView(self.columns, place) for place in places)

    def places_by(self, name: str) -> dict[V, Sequence[int]]:
        """Return value of a column -> the positions of its rows; a stretch of neighbors is kept as a range."""
        column = self.columns[name]
        found: dict[int, range | list[int]] = {}
        start = 0
        codes = column.codes
        for place in range(1, self._length + 1):
            if place < self._length and codes[place] == codes[start]:
                continue
            code = codes[start]
            known = found.get(code)
            found[code] = range(start, place) if known is None else [*known, *range(start, place)]
            start = place
        return {column.values[code]: places for code, places in found.items()}


class _Numbers(dict[tuple[str, ...], int]):
    """Gives each text the number of texts that came before it; the empty one comes first."""

    def __init__(self, width: int) -> None:
        super().__init__({("",) * width: 0})

    def __missing__(self, text: tuple[str, ...]) -> int:
        number = self[text] = len(self)
        return number


class _Gathered:
    """The numbers of one column while its file is read; a column that stays empty takes no room until the end."""

    def __init__(self, places: Sequence[int]) -> None:
        self.places = places
        self.numbers = _Numbers(len(places))
        self.codes = array("i")

    def add(self, cells: Sequence[Sequence[str]], rows_before: int) -> None:
        """Add some rows; `cells` are all columns of the file, each with these rows."""
        own = [cells[place] for place in self.places]
        if any(map(any, own)):
            self.fill(rows_before)
            self.codes.extend(map(self.numbers.__getitem__, zip(*own, strict=True)))

    def fill(self, length: int) -> None:
        """Add empty rows up to a length."""
        self.codes.frombytes(bytes(self.codes.itemsize * (length - len(self.codes))))

    def values(self, read: Callable[[tuple[str, ...]], V], name: str) -> list[V]:
        """Return the value of each number; FileError names the first line whose text cannot be read."""
        found = []
        for text, number in self.numbers.items():
            try:
                found.append(read(text))
            except ValueError as error:
                raise FileError(f"line {self.codes.index(number) + 2}, {name}: {error}") from None
        return found


def read_form(path: Path, form: Form) -> Rows[Value]:
    """Return the records of a form as written by `forms.files.write_rows`: the same values as `read_rows` gives.

    Errors: FileError when the file is not one of this form, naming line and item.
    """
    layout, shift = columns(form), len(RECORD_READERS)
    items = {name: tuple(shift + place for place in places) for name, places in item_columns(layout).items()}
    own: dict[str, tuple[int, ...]] = {name: (place,) for place, name in enumerate(RECORD_READERS)}
    gathered, length = _gather(path, own | items, lambda header: require_header(path.name, form, header))
    found: dict[str, Column[Value]] = {}
    for name, column in gathered.items():
        read = partial(_read_record_cell, name) if name in own else partial(read_answer, layout[items[name][0] - shift])
        try:
            found[name] = Column(codes=column.codes, values=column.values(read, name))
        except FileError as error:
            raise FileError(f"{path.name}, {error}") from None
    return Rows(found | {"key": found["record"]}, length)


def read_table(path: Path) -> Rows[str]:
    """Return the rows of a plain table with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file), [])
    gathered, length = _gather(path, {name: (place,) for place, name in enumerate(header)}, lambda _: None)
    return Rows(
        {
            name: Column(codes=column.codes, values=[text for (text,) in column.numbers])
            for name, column in gathered.items()
        },
        length,
    )


def _gather(
    path: Path, places: Mapping[str, Sequence[int]], require: Callable[[list[str]], None]
) -> tuple[dict[str, _Gathered], int]:
    """Return the numbered columns of a file, each made of the file's columns at its places, and how many rows."""
    gathered = {name: _Gathered(of) for name, of in places.items()}
    length = 0
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        require(header)
        while chunk := list(islice(reader, ROWS_AT_ONCE)):
            for number, cells in enumerate(chunk, start=length + 2):
                if len(cells) != len(header):
                    raise FileError(f"{path.name}, line {number}: {len(cells)} cells where {len(header)} belong.")
            turned = list(zip(*chunk, strict=True))
            for column in gathered.values():
                column.add(turned, length)
            length += len(chunk)
    for column in gathered.values():
        column.fill(length)
    return gathered, length


def _read_record_cell(name: str, texts: tuple[str, ...]) -> Value:
    """Return one of the columns that every record has; None where no row has the empty text that stands first."""
    return RECORD_READERS[name](texts[0]) if texts[0] else None
