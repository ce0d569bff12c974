"""The formats a package can be written in, what each loses, and the one way to add them to a package."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import AnalysisError
from analysis.formats import excel_csv, redcap, sas, spss, stata, workbook
from analysis.formats.package import MOST_ROWS, Package, read_package, refuse_long_tables

NOTES = "FORMATS.txt"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format: what it is called, what writes and compares it, and in words what is not in it as it is in the CSV."""

    title: str
    write: Callable[[Package, Path], None]
    losses: tuple[str, ...]


_SHARED = (
    "A missing answer and an empty text are the same.",
    "Numbers are floating point: 1.50 is 1.5.",
)
_STATISTICS = (
    *_SHARED,
    "A question with several answers is a column of 0 and 1 for each code, missing in all where it was not answered.",
    "Why an answer is missing stands in the column NAME_nf. Extended or user-defined missing values are not used: "
    "the same rule holds in every format, and no program leaves such a value out by mistake or counts it.",
    "A column in which one date or time has no day or no time is text.",
    "variables.csv gives the column of the package and the whole label of each variable, codes.csv those of values.",
)

FORMATS: Mapping[str, Format] = {
    "excel": Format(
        title="CSV for spreadsheets (excel/)",
        write=excel_csv.write,
        losses=(
            "Text that a spreadsheet would take as a formula (first character = + - @, tab, line end, NUL, or a "
            "full-width form; also behind ; tab or line end inside a text) has a single quote before it. Numbers are "
            "untouched: -3 stays -3.",
            "A spreadsheet may still read a text such as 1-2 as a date, and 007 as 7: the workbook does not.",
        ),
    ),
    "xlsx": Format(
        title="Excel workbook (registry.xlsx)",
        write=workbook.write,
        losses=(
            *_SHARED,
            "Line ends inside a text are LF.",
            "A column in which one date or time has no day or no time is text.",
            "A text with a control character or over 32,767 characters is refused.",
        ),
    ),
    "spss": Format(
        title="SPSS (spss/)",
        write=spss.write,
        losses=(
            *_STATISTICS,
            "Codes are texts with value labels, or numbers where all codes of the list are whole numbers.",
            f"Labels end at {spss.LABEL_BYTES} bytes, value labels at {spss.VALUE_LABEL_BYTES}, with an ellipsis.",
            "Blanks at the end of a text are lost.",
        ),
    ),
    "stata": Format(
        title="Stata 14 or later (stata/)",
        write=stata.write,
        losses=(
            *_STATISTICS,
            "Codes are numbers with value labels: the codes themselves where all of a list are whole numbers, else "
            "1, 2, 3 in the order of the list. The order can change when answers are put together in another export, "
            'so write programs with the labels (x == "label":lblname) or with codes.csv.',
            f"Labels end at {stata.LABEL_CHARACTERS} characters, with an ellipsis.",
        ),
    ),
    "sas": Format(
        title="SAS transport, XPORT version 5 (sas/)",
        write=sas.write,
        losses=(
            *_STATISTICS,
            "Names have at most 8 characters; longer ones end in three that follow from the whole name.",
            f"Labels are ASCII and end at {sas.LABEL_CHARACTERS} characters, with three dots.",
            "Value labels cannot stand in the file: formats.sas makes them and reads each file with them.",
            f"A text that is not ASCII or over {sas.VALUE_CHARACTERS} characters is refused, never changed.",
            "Blanks at the end of a text are lost.",
        ),
    ),
    "redcap": Format(
        title="REDCap (redcap/dictionary.csv and redcap/data.csv)",
        write=redcap.write,
        losses=(
            *_SHARED,
            "A column that several tables have has the table's name before it; the child is record_id.",
            "A table without the child in its key is left out: the records of REDCap are children.",
            "Boxes are ___code columns of 0 and 1, empty where the question was not answered.",
            "Codes that REDCap does not accept (< or blanks in them) are numbers from 1, the code in the label.",
            "A condition that cannot be said in REDCap stands in the field annotation.",
            "Before importing data, switch on repeating instruments for those named in redcap_repeat_instrument.",
        ),
    ),
}


def add_formats(folder: Path, names: Sequence[str]) -> None:
    """Add formats to the package of a folder, each with all of its files or none, and FORMATS.txt.

    Errors: AnalysisError when the package is damaged, has too many rows, cannot be held by a format, or a file does not
    come back from its format as it was written.
    """
    package = read_package(folder)
    refuse_long_tables(package)
    for name in names:
        _add(package, name)
    (folder / NOTES).write_text("\n".join(_notes(names)) + "\n", encoding="utf-8")


def _add(package: Package, name: str) -> None:
    part = package.folder / f".{name}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        FORMATS[name].write(package, part)
        for path in sorted(part.iterdir()):
            if (package.folder / path.name).exists():
                raise AnalysisError(f"{path.name} is in the package already. Write the package again.")
        for path in sorted(part.iterdir()):
            path.rename(package.folder / path.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _notes(names: Sequence[str]) -> Iterator[str]:
    yield "What the other formats of this package do not hold as the CSV files do"
    yield ""
    yield "Each file was read back after it was written and is equal to the CSV files, except for what stands here."
    yield f"A table with more than {MOST_ROWS:,} rows is written as CSV alone."
    for name in names:
        yield ""
        yield FORMATS[name].title
        yield from (f"- {loss}" for loss in FORMATS[name].losses)
