"""Links to records that were voided: what is said of a page that still names one."""

from __future__ import annotations

from collections.abc import Iterator

from forms.context import Context
from forms.form import Finding, Form
from forms.items import SOFT, Link
from forms.values import Row

REMEMBERED = "keys of standing rows"


def check_id_of(form: Form, name: str) -> str:
    """Return the id under which a link to a voided record is asked about."""
    return f"{form.name}.{name}.voided"


def named_by(row: Row, name: str) -> tuple[str, ...]:
    """Return the keys of the records that a link of a row names."""
    value = row.get(name)
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),) if isinstance(value, str) else ()


def check_voided_links(form: Form, row: Row, context: Context) -> Iterator[Finding]:
    """Yield what is said of each link of a row to a record that does not stand; silent about forms not loaded.

    A stored link leads to a record of the child, so what it names and is not shown was voided. Of a required link it
    is a missing answer.
    """
    for name, link in form.links.items():
        named = named_by(row, name)
        if named and link.form in context.rows and not _standing(link.form, context).issuperset(named):
            yield _finding(form, name, link)


def _standing(form: str, context: Context) -> frozenset[object]:
    known: dict[str, frozenset[object]] = context.memory.setdefault(REMEMBERED, {})
    if form not in known:
        known[form] = frozenset(row.get("key") for row in context.rows[form])
    return known[form]


def _finding(form: Form, name: str, link: Link) -> Finding:
    what = link.form.replace("_", " ")
    named = f"one {what}" if link.many else f"the {what}"
    advice = "void this record too" if link.required else "take it away here"
    return Finding(
        check_id=check_id_of(form, name),
        severity=SOFT,
        items=(name,),
        message=f"{link.label}: {named} that this record names was entered by mistake and voided. "
        f"Choose the right one, or {advice}.",
        is_missing=link.required,
    )
