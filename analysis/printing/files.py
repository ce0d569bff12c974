"""The files of a report: SVG and PDF whose bytes depend on their numbers alone, and CSV."""

from __future__ import annotations

import csv
import math
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.formats.excel_csv import guard_words
from analysis.printing.canvas import styled
from analysis.printing.parts import Cell, Table
from analysis.wording import printed

NO_METADATA = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def picture(figure: Figure, kind: str) -> bytes:
    """Return a figure as `svg` or `pdf`, its words as printed; the same numbers give the same bytes."""
    written = BytesIO()
    with styled():
        for text in figure.findobj(Text):
            text.set_text(printed(text.get_text()))
        figure.savefig(written, format=kind, metadata=NO_METADATA[kind])
    return written.getvalue()


def write_table_csv(path: Path, table: Table, *, cut: str) -> None:
    """Write the unrounded values of a table as UTF-8 CSV with LF line ends; the last column names the cut.

    A text that a spreadsheet would run, such as one that a site typed into its protocol, has a single quote before it.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*table.csv_header, "cut"])
        writer.writerows([*(_csv_cell(value) for value in row), cut] for row in table.csv_rows)


def _csv_cell(value: Cell) -> str | int:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(float(value))
    return guard_words(value) if isinstance(value, str) else value
