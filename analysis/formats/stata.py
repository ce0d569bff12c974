"""Stata files (.dta) with labels; codes are numbers with value labels.

Format 118 is what Stata 14 and later write and every edition of them reads; 119, which pyreadstat calls version 15, is
for more than 32,767 variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyreadstat

from analysis.formats.coded import Variable, variables
from analysis.formats.names import NameRule, shortened
from analysis.formats.package import Package
from analysis.formats.statistics import Labels, Program, write_and_compare, write_key
from analysis.formats.timestamps import fix_dta
from analysis.formats.typed import read_typed, widen

_RESERVED = (
    "_all _b byte _coef _cons double float if in int long _n _pi _pred _rc _se _skip strl using with "
    + " ".join(f"str{length}" for length in range(1, 2046))
)
NAMES = NameRule(limit=28, reserved=frozenset(_RESERVED.split()))
"""Stata takes 32; pyreadstat calls a variable's value labels after it, with their own number behind."""
LABEL_CHARACTERS = 80
_VERSION = 14


def write(package: Package, folder: Path) -> None:
    """Write stata/TABLE.dta for each table, and what its variables and values stand for."""
    written = []
    for table in package.tables:
        typed = widen(read_typed(package, table))
        known = variables(typed.table, NAMES, number_all=True)
        file = f"stata/{package.stamped(table.name)}.dta"
        labels = Labels(
            file=shortened(package.labelled(table), LABEL_CHARACTERS),
            columns={own.name: shortened(own.field.full_label, LABEL_CHARACTERS) for own in known},
            values={own.name: own.value_labels for own in known if own.value_labels},
        )
        write_and_compare(folder / file, file, typed, known, labels, _STATA)
        written.append((file, known))
    write_key(folder / "stata", written)


def _write(frame: pd.DataFrame, path: Path, known: Sequence[Variable], labels: Labels) -> None:
    pyreadstat.write_dta(
        frame,
        path,
        file_label=labels.file,
        version=_VERSION,
        column_labels=labels.columns,
        variable_value_labels=labels.values,
        variable_format={own.name: shown for own in known if (shown := _SHOWN.get(own.field.kind))},
    )


_SHOWN = {"integer": "%12.0g", "decimal": "%12.0g", "date": "%td", "moment": "%tc"}
_STATA = Program(write=_write, fix_time=fix_dta, read=pyreadstat.read_dta, keeps_blanks=True)
