"""SAS transport files (XPORT version 5), the lint that version needs, and a program that reads them with formats."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import pyreadstat

from analysis.errors import AnalysisError
from analysis.formats.coded import Variable, variables
from analysis.formats.names import NameRule, legal_names, shortened
from analysis.formats.package import Package
from analysis.formats.statistics import Labels, Program, write_and_compare, write_key
from analysis.formats.timestamps import fix_xpt
from analysis.formats.typed import TEXTS, Typed, read_typed, widen

NAMES = NameRule(limit=8, upper=True, reserved=frozenset({"_n_", "_all_", "_error_"}))
FORMAT_NAMES = NameRule(limit=29, reserved=frozenset())
LABEL_CHARACTERS, VALUE_CHARACTERS = 40, 200
PROGRAM = "formats.sas"
_ASCII = {"≥": ">=", "≤": "<=", "–": "-", "—": "-", "µ": "u", "μ": "u", "“": '"', "”": '"', "’": "'", "×": "x"}


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A data set that was written: its file, name, and variables."""

    file: str
    name: str
    variables: Sequence[Variable]


def write(package: Package, folder: Path) -> None:
    """Write sas/TABLE.xpt for each table, formats.sas, and what variables and values stand for.

    Errors: AnalysisError naming file and column where a text is longer than 200 characters or not ASCII.
    """
    names = legal_names((table.name for table in package.tables), NAMES)
    written: list[DataSet] = []
    for table in package.tables:
        typed = widen(read_typed(package, table))
        known = variables(typed.table, NAMES)
        file = f"sas/{package.stamped(names[table.name].lower())}.xpt"
        _refuse_texts(file, typed)
        labels = Labels(
            file=ascii_label(package.labelled(table)),
            columns={own.name: ascii_label(own.field.full_label) for own in known},
            values={},
        )
        sas = Program(write=partial(_write, name=names[table.name]), fix_time=fix_xpt, read=pyreadstat.read_xport)
        write_and_compare(folder / file, file, typed, known, labels, sas)
        written.append(DataSet(file=file, name=names[table.name], variables=known))
    write_key(folder / "sas", [(data.file, data.variables) for data in written])
    (folder / "sas" / PROGRAM).write_text("\n".join(_program(written)) + "\n", encoding="utf-8")


def ascii_label(label: str) -> str:
    """Return a label of at most 40 ASCII characters: signs in words of ASCII, accents taken off, others as `?`."""
    spelled = "".join(_ASCII.get(character, character) for character in label)
    bare = "".join(c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))
    return shortened(bare.encode("ascii", errors="replace").decode("ascii"), LABEL_CHARACTERS, "ascii", 1)


def _write(frame: pd.DataFrame, path: Path, known: Sequence[Variable], labels: Labels, *, name: str) -> None:
    pyreadstat.write_xport(
        frame,
        path,
        file_label=labels.file,
        column_labels=labels.columns,
        table_name=name,
        file_format_version=5,
        variable_format={own.name: shown for own in known if (shown := _SHOWN.get(own.field.kind))},
    )


_SHOWN = {"date": "DATE", "moment": "DATETIME"}


def _refuse_texts(file: str, typed: Typed) -> None:
    for own in typed.table.fields:
        if own.kind not in TEXTS:
            continue
        for text in typed.frame[own.name].dropna():
            if not text.isascii() or len(text) > VALUE_CHARACTERS:
                what = f"is longer than {VALUE_CHARACTERS} characters" if text.isascii() else "is not plain ASCII"
                raise AnalysisError(
                    f"{file}, column {own.name}: a text {what}, which SAS transport files cannot hold. "
                    "Leave SAS or this form out."
                )


def _program(written: Sequence[DataSet]) -> Iterator[str]:
    """Yield the lines of a SAS program: value labels as formats, then each data set read with its formats."""
    formats = _formats(written)
    yield "/* Reads the transport files of this folder with their value labels."
    yield "   The text is UTF-8: run it in a UTF-8 session, with this folder as the current one. */"
    yield "proc format;"
    for (kind, labels), name in formats.items():
        yield f"  value {kind}{name}"
        yield from (f"    {_value(value)} = {_quoted(' '.join(label.split()))}" for value, label in labels)
        yield "  ;"
    yield "run;"
    for data in written:
        yield f'\nlibname source xport "{data.file.rpartition("/")[2]}";'
        yield f"data work.{data.name};"
        yield f"  set source.{data.name};"
        yield from (
            f"  format {own.name} {''.join(key[0])}{formats[key]}.;" for own in data.variables if (key := _key(own))
        )
        yield "run;"


_Key = tuple[str, tuple[tuple[str | int, str], ...]]


def _formats(written: Sequence[DataSet]) -> Mapping[_Key, str]:
    """Return each list of value labels with the name of its format, made from the first variable that has it."""
    first: dict[_Key, str] = {}
    for data in written:
        for own in data.variables:
            if key := _key(own):
                first.setdefault(
                    key, "yes_no" if own.field.kind == "boolean" else f"{data.name}_{own.field.name}".lower()
                )
    names = legal_names(dict.fromkeys(first.values()), FORMAT_NAMES)
    return {key: f"{names[name]}_f" for key, name in first.items()}


def _key(own: Variable) -> _Key | None:
    if not own.value_labels:
        return None
    return ("" if own.is_number else "$", tuple(own.value_labels.items()))


def _value(value: str | int) -> str:
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
