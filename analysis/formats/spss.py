"""SPSS files (.sav) with labels, value labels, formats and measurement levels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyreadstat

from analysis.formats.coded import Variable, variables
from analysis.formats.names import NameRule, shortened
from analysis.formats.package import Package
from analysis.formats.statistics import Labels, Program, write_and_compare, write_key
from analysis.formats.timestamps import fix_sav
from analysis.formats.typed import plain, read_typed, widen

NAMES = NameRule(
    limit=64, reserved=frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"})
)
LABEL_BYTES, VALUE_LABEL_BYTES, FILE_LABEL_BYTES = 256, 120, 64
_MOST_DECIMALS = 15


def write(package: Package, folder: Path) -> None:
    """Write spss/TABLE.sav for each table, and what its variables and values stand for."""
    written = []
    for table in package.tables:
        typed = widen(read_typed(package, table))
        known = variables(typed.table, NAMES)
        file = f"spss/{package.stamped(table.name)}.sav"
        labels = Labels(
            file=shortened(package.labelled(table), FILE_LABEL_BYTES, "utf-8", 1),
            columns={own.name: shortened(own.field.full_label, LABEL_BYTES, "utf-8", 1) for own in known},
            values={
                own.name: {
                    value: shortened(text, VALUE_LABEL_BYTES, "utf-8", 1) for value, text in own.value_labels.items()
                }
                for own in known
                if own.value_labels
            },
        )
        write_and_compare(folder / file, file, typed, known, labels, _SPSS)
        written.append((file, known))
    write_key(folder / "spss", written)


def _write(frame: pd.DataFrame, path: Path, known: Sequence[Variable], labels: Labels) -> None:
    pyreadstat.write_sav(
        frame,
        path,
        file_label=labels.file,
        column_labels=labels.columns,
        row_compress=True,
        variable_value_labels=labels.values,
        variable_measure={own.name: _measure(own) for own in known},
        variable_format={own.name: shown for own in known if (shown := _shown(own, frame))},
    )


_SPSS = Program(write=_write, fix_time=fix_sav, read=pyreadstat.read_sav)


def _measure(own: Variable) -> str:
    return "scale" if own.field.kind in ("integer", "decimal", "date", "moment") else "nominal"


def _shown(own: Variable, frame: pd.DataFrame) -> str:
    """Return the display format of a variable: as many decimals as its numbers have."""
    if own.is_number:
        return "F11.0"
    if own.field.kind == "decimal":
        numbers = [repr(number) for number in plain(frame[own.name]) if number is not None]
        decimals = max((_decimals(number) for number in numbers), default=0)
        return f"F{18 + decimals}.{decimals}"
    return {"date": "DATE11", "moment": "DATETIME20"}.get(own.field.kind, "")


def _decimals(number: str) -> int:
    return min(len(number.removesuffix(".0").partition(".")[2]), _MOST_DECIMALS)
