"""A table as statistical programs hold it: short names, labels, and codes as numbers or texts with labels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.formats.names import NameRule, legal_names
from analysis.formats.package import Field, Table
from analysis.formats.typed import DATES, Typed

YES_NO = {"0": "No", "1": "Yes"}
_NUMBER = re.compile(r"0|-?[1-9]\d{0,8}")
_LEAST, _MOST = -2_147_483_647, 2_147_483_620
"""The integers of Stata's type long; others are kept as floating-point numbers."""
VARIABLES_HEADER = ("file", "variable", "column", "one_code", "label", "unit")
CODES_HEADER = ("file", "variable", "value", "code", "label")


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A field under the name a program knows it by; ``stored`` says what stands for each code, if not itself."""

    field: Field
    name: str
    stored: Mapping[str, int]

    @property
    def value_labels(self) -> dict[Any, str]:
        """Return what is stored -> its label; empty without codes."""
        if self.field.kind == "boolean":
            return {int(code): label for code, label in YES_NO.items()}
        if self.field.kind != "code":
            return {}
        return {self.stored.get(code, code): label for code, label in self.field.codes.items()}

    @property
    def is_number(self) -> bool:
        """Tell whether whole numbers are stored."""
        return self.field.kind in ("boolean", "integer") or bool(self.stored)


def variables(table: Table, rule: NameRule, *, number_all: bool = False) -> tuple[Variable, ...]:
    """Return the variables of a table.

    Codes that are all whole numbers are stored as these numbers. Others stay texts, or are numbered from 1 in the order
    of their list with ``number_all``.
    """
    names = legal_names((own.name for own in table.fields), rule)
    return tuple(Variable(field=own, name=names[own.name], stored=_stored(own, number_all)) for own in table.fields)


def _stored(own: Field, number_all: bool) -> Mapping[str, int]:
    if own.kind != "code":
        return {}
    if all(_NUMBER.fullmatch(code) for code in own.codes):
        return {code: int(code) for code in own.codes}
    return {code: place for place, code in enumerate(own.codes, start=1)} if number_all else {}


def encode(typed: Typed, known: Sequence[Variable]) -> pd.DataFrame:
    """Return the values as they are stored, under the variables' names."""
    return pd.DataFrame({own.name: _encoded(typed.frame[own.field.name], own) for own in known})


def decode(found: pd.DataFrame, known: Sequence[Variable]) -> pd.DataFrame:
    """Return stored values under the names of the package's columns, numbers of codes as codes again."""
    if list(found.columns) != [own.name for own in known]:
        return found
    return pd.DataFrame({own.field.name: _decoded(found[own.name], own) for own in known})


def _encoded(values: pd.Series[Any], own: Variable) -> pd.Series[Any]:
    kind = own.field.kind
    if own.stored:
        numbers = [pd.NA if code is None else own.stored[code] for code in values]
        return pd.Series(pd.array(numbers, dtype="Int32"))
    if kind == "boolean" or (kind == "integer" and all(_LEAST <= number <= _MOST for number in values.dropna())):
        return values.astype("Int32")
    if kind in DATES and values.isna().all():
        return pd.Series([math.nan] * len(values), dtype="float64")
    return values


def _decoded(values: pd.Series[Any], own: Variable) -> pd.Series[Any]:
    if not own.stored:
        return values
    codes = {number: code for code, number in own.stored.items()}
    return pd.Series([None if pd.isna(number) else codes.get(number, number) for number in values], dtype=object)


def variable_rows(file: str, known: Sequence[Variable]) -> Iterator[tuple[str, ...]]:
    """Yield a row per variable: its file, name, the package's column, and its whole label."""
    for own in known:
        field = own.field
        column = field.name.removesuffix(f"___{field.code}") if field.code else field.name
        yield (file, own.name, column, field.code, field.label, field.unit)


def code_rows(file: str, known: Sequence[Variable]) -> Iterator[tuple[object, ...]]:
    """Yield a row per value of each variable with codes: what is stored, the package's code, its whole label."""
    for own in known:
        if own.field.kind == "boolean":
            yield from ((file, own.name, *row) for row in ((0, "false", YES_NO["0"]), (1, "true", YES_NO["1"])))
        if own.field.kind == "code":
            yield from (
                (file, own.name, own.stored.get(code, code), code, label) for code, label in own.field.codes.items()
            )
