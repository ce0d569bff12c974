"""What SPSS, Stata and SAS files have in common: written by pyreadstat, read back at once, compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pyreadstat import PyreadstatError, ReadstatError

from analysis.errors import AnalysisError
from analysis.formats.coded import CODES_HEADER, VARIABLES_HEADER, Variable, code_rows, decode, encode, variable_rows
from analysis.formats.package import write_csv
from analysis.formats.typed import Typed, refuse_difference

VARIABLES_FILE, CODES_FILE = "variables.csv", "codes.csv"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What a file is called and what its variables and their values are called, each as long as the format allows.

    ``columns`` variable -> label, ``values`` variable -> stored value -> label.
    """

    file: str
    columns: dict[str, str | None]
    values: dict[str, dict[Any, str]]


@dataclass(frozen=True, kw_only=True)
class Program:
    """How one program's files are written and read; without ``keeps_blanks`` blanks at the end of texts are lost."""

    write: Callable[[pd.DataFrame, Path, Sequence[Variable], Labels], None]
    fix_time: Callable[[Path], None]
    read: Callable[[Path], tuple[pd.DataFrame, Any]]
    keeps_blanks: bool = False


def write_and_compare(
    path: Path, file: str, typed: Typed, known: Sequence[Variable], labels: Labels, program: Program
) -> None:
    """Write a table and read it back; AnalysisError, naming the file, where it is refused or comes back different."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        program.write(encode(typed, known), path, known, labels)
        program.fix_time(path)
        found, about = program.read(path)
    except (PyreadstatError, ReadstatError, UnicodeError, OverflowError, ValueError) as refused:
        reason = " ".join(str(refused).split())
        raise AnalysisError(f"{file} cannot be written: {reason} Leave this format or this form out.") from None
    expected = typed.frame if program.keeps_blanks else _without_blanks_at_the_end(typed)
    refuse_difference(file, expected, decode(found, known))
    _refuse_other_labels(file, labels, about)


def _refuse_other_labels(file: str, labels: Labels, about: Any) -> None:
    for name, label in labels.columns.items():
        values = about.variable_value_labels.get(name, {})
        if about.column_names_to_labels[name] != label or values != labels.values.get(name, {}):
            raise AnalysisError(
                f"{file}, column {name}: other labels were read back than were written. Nothing of this format is kept."
            )


def write_key(folder: Path, files: Iterable[tuple[str, Sequence[Variable]]]) -> None:
    """Write what each variable and each value of the files of a folder stands for."""
    listed = list(files)
    write_csv(folder / VARIABLES_FILE, VARIABLES_HEADER, _each(variable_rows, listed))
    write_csv(folder / CODES_FILE, CODES_HEADER, _each(code_rows, listed))


def _each(
    rows: Callable[[str, Sequence[Variable]], Iterator[tuple[object, ...]]],
    files: Sequence[tuple[str, Sequence[Variable]]],
) -> Iterator[tuple[object, ...]]:
    for file, known in files:
        yield from rows(file, known)


def _without_blanks_at_the_end(typed: Typed) -> pd.DataFrame:
    texts = {
        own.name: typed.frame[own.name].map(lambda text: text.rstrip(" ") if isinstance(text, str) else text)
        for own in typed.table.fields
        if own.kind in ("text", "codes", "code")
    }
    return typed.frame.assign(**texts)
