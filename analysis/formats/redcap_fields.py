"""The tables of a package as REDCap's instruments: names that are unique in the project, codes that REDCap accepts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.formats.names import NameRule, legal_names
from analysis.formats.package import Field
from analysis.formats.typed import Typed
from forms.casebook import CASEBOOK

CHILD = "child"
RECORD, INSTRUMENT, INSTANCE = "record_id", "redcap_repeat_instrument", "redcap_repeat_instance"
_NAMES = NameRule(limit=80, reserved=frozenset({RECORD, INSTRUMENT, INSTANCE, "redcap_event_name"}))
_FORM_NAMES = NameRule(limit=60)
_ONE_OF, _SEVERAL_OF = re.compile(r"[A-Za-z0-9._-]+"), re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A table as REDCap has it: ``names`` gives each column's field, ``codes`` what stands for each of its codes."""

    typed: Typed
    name: str
    names: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    repeats: bool

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return the fields beside the child."""
        return tuple(own for own in self.typed.table.fields if own.name != CHILD)


def instruments(tables: Sequence[Typed]) -> list[Instrument]:
    """Return the instruments; a column that several tables have gets its table's name before it."""
    counts = Counter(own.name for typed in tables for own in typed.table.fields)
    full = {
        (typed.table.name, own.name): _full(typed.table.name, own.name, counts)
        for typed in tables
        for own in typed.table.fields
    }
    names = legal_names(dict.fromkeys(full.values()), _NAMES)
    forms = legal_names((typed.table.name for typed in tables), _FORM_NAMES)
    return [
        Instrument(
            typed=typed,
            name=forms[typed.table.name],
            names={own.name: names[full[typed.table.name, own.name]].lower() for own in typed.table.fields},
            codes={own.name: _codes(own) for own in typed.table.fields},
            repeats=_repeats(typed),
        )
        for typed in tables
    ]


def _full(table: str, name: str, counts: Counter[str]) -> str:
    if counts[name] == 1:
        return name
    return f"{table}_{name}" if f"{table}_{name}" not in counts else f"{table}__{name}"


def _codes(own: Field) -> Mapping[str, str]:
    """Return what stands for each code: itself, or numbers from 1 where REDCap would not accept one of the list."""
    shape = _SEVERAL_OF if own.kind == "codes" else _ONE_OF
    if all(shape.fullmatch(code) for code in own.codes):
        return {code: code for code in own.codes}
    return {code: str(place) for place, code in enumerate(own.codes, start=1)}


def _repeats(typed: Typed) -> bool:
    """Tell whether a child can have several rows; what the casebook does not know is told by the table's key."""
    form = CASEBOOK.get(typed.table.name)
    once = typed.table.key == (CHILD,) if form is None else not form.repeats
    return not once or bool(typed.frame[CHILD].duplicated().any())
