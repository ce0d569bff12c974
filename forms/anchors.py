"""The answers of other records that a check compared, as anchors of its finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from forms.context import Context
from forms.form import Anchor
from forms.values import Row, answer

Also = Callable[[Row, Context], tuple[Anchor, ...]]


def anchors_of(form: str, rows: Iterable[Row | None], *items: str) -> tuple[Anchor, ...]:
    """Return the anchors of some items of stored rows of a form; a row that is not there has none."""
    return tuple(
        Anchor(form=form, key=str(row["key"]), item=item)
        for row in rows
        if row and row.get("key") is not None
        for item in items
    )


def of_all(form: str, *items: str) -> Also:
    """Return the function that names some items of all the child's other rows of a form."""
    return lambda row, context: anchors_of(form, context.others(form, row), *items)


def of_linked(link: str, form: str, *items: str) -> Also:
    """Return the function that names some items of the row that a link points to."""
    return lambda row, context: anchors_of(form, [context.linked(form, answer(row, link))], *items)
