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
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from forms.files import RECORD_READERS, FileError, columns, item_columns, read_answer, require_header
from forms.form import Form
from forms.values import Value

V = TypeVar("V")
BLOCK_BYTES = 2 << 20


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


@dataclass(frozen=True, kw_only=True)
class _Texts:
    """One column of a file as text: row i holds `texts[codes[i]]`; number 0 is the empty text."""

    codes: array[int]
    texts: list[str]


def read_form(path: Path, form: Form) -> Rows[Value]:
    """Return the records of a form as written by `forms.files.write_rows`: the same values.

    Errors: FileError when the file is not one of this form, naming line and item.
    """
    require_header(path.name, form, _header(path))
    layout = columns(form)
    texts, length = _read_texts(path)
    found: dict[str, Column[Value]] = {}
    for name, read in RECORD_READERS.items():
        if read is str:
            found[name] = Column(codes=texts[name].codes, values=texts[name].texts)
        else:
            found[name] = _column((texts[name],), partial(_read_record_cell, read), f"{path.name}, {name}")
    for name, places in item_columns(layout).items():
        parts = tuple(texts[layout[place].name] for place in places)
        found[name] = _column(parts, partial(read_answer, layout[places[0]]), f"{path.name}, {name}")
    return Rows(found | {"key": found["record"]}, length)


def read_table(path: Path, names: Sequence[str] = ()) -> Rows[str]:
    """Return the rows of a plain table with a header; with `names` only those of its columns."""
    texts, length = _read_texts(path, names)
    return Rows({name: Column(codes=column.codes, values=column.texts) for name, column in texts.items()}, length)


def require_columns(path: Path, names: Sequence[str]) -> None:
    """Read a file's header only. Errors: FileError when one of these columns is not among it."""
    header = _header(path)
    absent = [name for name in names if name not in header]
    if absent:
        raise FileError(f"{path.name} has no column {', '.join(absent)}.")


def _column(parts: Sequence[_Texts], read: Callable[[tuple[str, ...]], V], where: str) -> Column[V]:
    """Return the values of one item from its columns; FileError names the first line whose texts cannot be read."""
    together, codes = _combined(parts)
    values = []
    for number, texts in enumerate(together):
        try:
            values.append(read(texts))
        except ValueError as error:
            line = codes.index(number) + 2
            raise FileError(f"{where}, line {line}: {error}") from None
    return Column(codes=codes, values=values)


def _combined(parts: Sequence[_Texts]) -> tuple[list[tuple[str, ...]], array[int]]:
    """Return the distinct rows of some columns, and the number of each row among them."""
    filled = [part for part in parts if len(part.texts) > 1]
    if len(filled) < 2:
        the_one = filled[0] if filled else parts[0]
        return [tuple(text if part is the_one else "" for part in parts) for text in the_one.texts], the_one.codes
    shape = tuple(len(part.texts) for part in parts)
    keys = np.ravel_multi_index(tuple(np.frombuffer(part.codes, dtype=np.intc) for part in parts), shape)
    distinct, codes = np.unique(keys, return_inverse=True)
    places = zip(*(each.tolist() for each in np.unravel_index(distinct, shape)), strict=True)
    together = [tuple(part.texts[place] for part, place in zip(parts, row, strict=True)) for row in places]
    return together, array("i", codes.astype(np.intc).tobytes())


def _read_record_cell(read: Callable[[str], Value], texts: tuple[str, ...]) -> Value:
    """Return one of the values that every record has; None for the empty text, which no row need have."""
    return read(texts[0]) if texts[0] else None


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def _has_rows(path: Path) -> bool:
    """Tell whether anything follows the first line: most files of a small cut are a header alone."""
    with path.open("rb") as file:
        file.readline()
        return bool(file.read(1))


def _read_texts(path: Path, names: Sequence[str] = ()) -> tuple[dict[str, _Texts], int]:
    """Return the columns of a file as numbered texts, all or the named ones, and the number of its rows."""
    whole = _header(path)
    header = list(names) or whole
    require_columns(path, header)
    kept: dict[str, list[NDArray[np.intc]]] = {name: [] for name in header}
    numbers: dict[str, dict[str, int]] = {name: {"": 0} for name in header}
    length, reached = 0, dict.fromkeys(header, 0)
    try:
        for batch in _open(path, header) if _has_rows(path) else ():
            for name, column in zip(header, batch.columns, strict=True):
                if column.null_count < len(column):
                    _add_empty(kept[name], length - reached[name])
                    kept[name].append(_numbered(column, numbers[name]))
                    reached[name] = length + len(batch)
            length += len(batch)
    except pa.ArrowInvalid as refused:
        raise FileError(_what_is_wrong(path, len(whole), refused)) from None
    for name, parts in kept.items():
        if len(numbers[name]) > 1:
            _add_empty(parts, length - reached[name])
    empty = array("i", bytes(array("i").itemsize * length))
    found = {}
    for name in header:
        is_empty = len(numbers[name]) == 1
        codes = empty if is_empty else array("i", np.concatenate(kept.pop(name)).tobytes())
        found[name] = _Texts(codes=codes, texts=list(numbers.pop(name)))
    return found, length


def _open(path: Path, header: list[str]) -> pa_csv.CSVStreamingReader:
    """Return a reader of a file's rows in batches, each column with its distinct texts apart; no text is null."""
    text = pa.dictionary(pa.int32(), pa.string())
    return pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=True),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            include_columns=header,
            column_types=dict.fromkeys(header, text),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _numbered(column: pa.DictionaryArray, numbers: dict[str, int]) -> NDArray[np.intc]:
    """Return a batch's texts as numbers that hold for the whole file; new texts get the next ones."""
    own = [numbers.setdefault(text, len(numbers)) for text in column.dictionary.to_pylist()]
    codes = column.indices.fill_null(len(own)).to_numpy()
    numbered: NDArray[np.intc] = np.array([*own, 0], dtype=np.intc)[codes]
    return numbered


def _add_empty(parts: list[NDArray[np.intc]], rows: int) -> None:
    """Add some empty rows."""
    if rows:
        parts.append(np.zeros(rows, dtype=np.intc))


def _what_is_wrong(path: Path, width: int, refused: Exception) -> str:
    """Return in words what makes a file unreadable: the first line of another width, or what the reader says."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(csv.reader(file), start=1):
            if len(cells) != width:
                return f"{path.name}, line {number}: {len(cells)} cells where {width} belong."
    return f"{path.name}: {refused}"
