"""The columns of a package's tables: what each means, and which texts it can hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from forms.form import Form
from forms.items import (
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    Item,
    Link,
    Measured,
    Moment,
    MultiChoice,
    Number,
    Text,
    YesNo,
)
from forms.values import NullFlavour
from registry.release.actions import Action, Verb
from registry.release.gate import MASKED
from registry.release.pseudonyms import CODE

POOLED = "pooled"
POOLED_LABEL = "An answer of few children, put together with others"


class Kind(StrEnum):
    """What the texts of a column are."""

    TEXT = "text"
    CODE = "code"
    CODES = "codes"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    MOMENT = "moment"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column that leaves.

    ``codes`` holds the answers it can have, ``meanings`` what they are where a label does not tell it, ``explains`` the
    column whose missing answers it gives reasons for, ``names_records_of`` the form whose records it names.
    ``action`` is what was done to the item behind it; a column of the package itself has none.
    """

    name: str
    label: str
    kind: Kind
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    explains: str = ""
    names_records_of: str = ""
    asked_if: str = ""
    action: Action | None = None
    is_pseudonym: bool = False

    @cached_property
    def allows(self) -> Callable[[str], bool]:
        """Return what tells whether a text can stand in the column; an empty one always can."""
        if self.is_pseudonym:
            return _each(_matches(CODE))
        if self.codes:
            return _each(self.codes.__contains__) if self.kind is Kind.CODES else self.codes.__contains__
        return _SHAPES.get(self.kind, lambda text: True)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of a package: a file of rows with a declared key."""

    name: str
    title: str
    path: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def stamped(self, stamp: str) -> Table:
        """Return the table under a file name that ends with a stamp; itself without one."""
        return replace(self, path=stamped(self.path, stamp))


def form_path(form: str) -> str:
    """Return where the table of a form stands in a package without a stamp."""
    return f"forms/{form}.csv"


def stamped(path: str, stamp: str) -> str:
    """Return the name of a CSV file with a stamp before its ending, such as `forms/baseline-k3.csv`."""
    return f"{path.removesuffix('.csv')}-{stamp}.csv" if stamp else path


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


def _each(allowed: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: all(allowed(part) for part in text.split(";"))


_SHAPES: Mapping[Kind, Callable[[str], bool]] = {
    Kind.BOOLEAN: ("true", "false").__contains__,
    Kind.INTEGER: _matches(re.compile(r"-?\d+")),
    Kind.DECIMAL: _matches(re.compile(r"-?\d+(\.\d+)?")),
    Kind.DATE: _matches(re.compile(r"\d{4}(-\d\d(-\d\d)?)?")),
    Kind.MOMENT: _matches(re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d)?)?)?)?")),
}


def item_columns(form: Form, action: Action, *, typed: bool = False) -> list[Column]:
    """Return the columns of one item in the order of a cut's: the value, its companions, why it is missing.

    ``typed`` adds what was typed for a measurement, which is free text.
    """
    item = form.items[action.item]
    if not action.has_column:
        return []
    kind, codes = _kind_of(item, action)
    is_pseudonym = action.verb is Verb.RECODE
    columns = [
        Column(
            name=action.item,
            label=action.label,
            kind=kind,
            unit=item.unit if action.bands or kind in (Kind.INTEGER, Kind.DECIMAL) else "",
            codes=codes,
            names_records_of=item.form if isinstance(item, Link) else "",
            asked_if=form.asked_if(action.item),
            action=action,
            is_pseudonym=is_pseudonym,
        )
    ]

    def beside(suffix: str, words: str, kind: Kind, codes: Mapping[str, str], explains: str = "") -> Column:
        return Column(
            name=f"{action.item}{suffix}",
            label=f"{action.label}: {words}",
            kind=kind,
            codes=codes,
            explains=explains,
            action=action,
        )

    if isinstance(item, Measured):
        signs = {"<": "below the limit of detection", ">": "above the upper limit"}
        columns.append(beside("_sign", "below (<) or above (>) what can be measured", Kind.CODE, signs))
        columns.append(beside("_unit", "unit of the number", Kind.CODE, {item.unit: item.unit} if item.unit else {}))
        if typed:
            columns.append(beside("_unit_typed", "unit as typed", Kind.TEXT, {}))
            columns.append(beside("_text_typed", "as typed", Kind.TEXT, {}))
    if item.missing:
        flavours = {flavour.value: flavour.label for flavour in NullFlavour}
        columns.append(beside("_nf", "why there is no answer", Kind.CODE, flavours, explains=action.item))
    return columns


def _kind_of(item: Item, action: Action) -> tuple[Kind, Mapping[str, str]]:
    if action.bands:
        return Kind.CODE, {label: label for label in action.bands.labels}
    shape = item.result if isinstance(item, Derived) else item
    if isinstance(shape, Choice | MultiChoice):
        return (Kind.CODES if isinstance(shape, MultiChoice) else Kind.CODE), _pooled(shape.codes, action)
    if isinstance(shape, Link):
        return Kind.TEXT, {}
    return next(kind for cls, kind in _KINDS if isinstance(shape, cls)), {}


_KINDS = (
    (YesNo, Kind.BOOLEAN),
    (Count, Kind.INTEGER),
    ((Number, Measured), Kind.DECIMAL),
    (Day, Kind.DATE),
    (Moment, Kind.MOMENT),
    (Text, Kind.TEXT),
)


def _pooled(codes: CodeList, action: Action) -> Mapping[str, str]:
    """Return the answers that leave: those of the code list that were not put together, and the pool."""
    if action.pooled is None:
        return codes.labels
    kept = {code: label for code, label in codes.labels.items() if code not in action.pooled}
    return {**kept, POOLED: POOLED_LABEL} if action.pooled else kept


def child_column(*, is_pseudonym: bool) -> Column:
    """Return the column that names the child of a row."""
    return Column(name="child", label="Code of the child", kind=Kind.TEXT, is_pseudonym=is_pseudonym)


def record_column(*, is_pseudonym: bool) -> Column:
    """Return the column that names the record of a row."""
    return Column(name="record", label="Code of the record", kind=Kind.TEXT, is_pseudonym=is_pseudonym)


MASKED_CODES = {MASKED: "Masked, so that enough children look alike"}
