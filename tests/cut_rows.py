"""The rows of a cut's form, read one by one: the plain way, beside which the analysis' own can be held."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from forms.files import (
    RECORD_COLUMNS,
    RECORD_READERS,
    FileError,
    ItemColumn,
    columns,
    item_columns,
    read_answer,
    require_header,
)
from forms.form import Form
from forms.values import Value


def read_rows(path: Path, form: Form) -> list[dict[str, Value]]:
    """Return the rows of a file written by ``write_rows``: the record columns as text or number, answers as values."""
    layout = columns(form)
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        require_header(path.name, form, next(reader, []))
        return list(_read(path.name, reader, layout))


def _read(name: str, reader: Iterable[list[str]], layout: tuple[ItemColumn, ...]) -> Iterator[dict[str, Value]]:
    start = len(RECORD_COLUMNS)
    parts = item_columns(layout)
    for number, cells in enumerate(reader, start=2):
        if len(cells) != start + len(layout):
            raise FileError(f"{name}, line {number}: {len(cells)} cells where {start + len(layout)} belong.")
        row = {column: read(text) for (column, read), text in zip(RECORD_READERS.items(), cells[:start], strict=True)}
        row["key"] = row["record"]
        for item_name, places in parts.items():
            try:
                row[item_name] = read_answer(layout[places[0]], tuple(cells[start + place] for place in places))
            except ValueError as error:
                raise FileError(f"{name}, line {number}, {item_name}: {error}") from None
        yield row
