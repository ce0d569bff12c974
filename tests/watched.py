"""What a check reads while it judges: rows and a context that remember who was asked what."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from forms.context import Context
from forms.form import Check
from forms.values import Row, Value


@dataclass(kw_only=True)
class Reads:
    """The items read of the row itself, the items of stored rows as (form, key, item), and the forms asked for."""

    own: set[str] = field(default_factory=set)
    stored: set[tuple[str, str, str]] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)


class _Row(dict[str, Value]):
    def __init__(self, row: Row, note: Callable[[str], None]) -> None:
        super().__init__(row)
        self._note = note

    def get(self, name: str, default: Any = None) -> Any:
        self._note(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Value:
        self._note(name)
        return super().__getitem__(name)


class _Rows(dict[str, tuple[Row, ...]]):
    def __init__(self, rows: dict[str, tuple[Row, ...]], forms: set[str]) -> None:
        super().__init__(rows)
        self._forms = forms

    def get(self, name: str, default: Any = None) -> Any:
        self._forms.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        self._forms.add(name)
        return super().__getitem__(name)


def reads_of(check: Check, row: Row, context: Context) -> Reads:
    """Return what a check reads to judge a row."""
    reads = Reads()

    def stored(form: str, row: Row) -> Row:
        key = str(row.get("key"))
        return _Row(row, lambda name: reads.stored.add((form, key, name)) if name != "key" else None)

    rows = {form: tuple(stored(form, row) for row in found) for form, found in context.rows.items()}
    own = _Row(row, lambda name: reads.own.add(name) if name != "key" else None)
    check.holds(own, replace(context, rows=_Rows(rows, reads.forms)))
    return reads
