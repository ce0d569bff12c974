"""Answers and conditions in words, as a person reads them on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from forms.branching import When
from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Choice, CodeList, Derived, Item, Link, MultiChoice, Number, Numeric, YesNo
from forms.schedule import DueForm
from forms.typesetting import typeset
from forms.values import Answer, Measurement, NullFlavour, Row, Value, answer, day_of, trimmed
from registry.stored_records import Record

NOTHING = "–"
GRID = "grid"
SITE_PAGE = "site_page"
"""What drafts are of that are of no form of the casebook."""
COUNTED = frozenset({"days", "points", "years"})
"""Units that are words: one of them is a day, a point, a year."""


def form_title(name: str) -> str:
    """Return the title of a form; the daily grid, which several forms share, has one too."""
    return "Daily grid" if name == GRID else CASEBOOK[name].title


def due_title(page: DueForm) -> str:
    """Return what an expected page is called: ``Toxicity episode: Neurotoxicity (ICANS)``, ``again`` for a return."""
    toxicity = CASEBOOK["toxicity_episode"].items["toxicity"]
    again = f", again from {page.opens_on.isoformat()} on" if page.returned_after else ""
    return f"{page.label}: {toxicity.show(page.toxicity)}{again}" if page.toxicity else page.label


def show_value(item: Item, value: Value, links: Mapping[str, str] | None = None) -> str:
    """Return an answer with its unit in words; ``links`` names records by key."""
    if value is None:
        return NOTHING
    if isinstance(value, NullFlavour):
        return f"Missing: {value.label.lower()}"
    if isinstance(item, Link):
        keys = value if isinstance(value, tuple) else (str(value),)
        return ", ".join((links or {}).get(key, "a record that was voided") for key in keys)
    number = item.show(value)
    if isinstance(item, Derived) and item.is_day_number:
        return f"day {number}"
    unit = item.unit.removesuffix("s") if number in ("1", "-1") and item.unit in COUNTED else item.unit
    shown = f"{number} {unit}".strip()
    if isinstance(value, Measurement) and value.unit_typed not in ("", item.unit):
        return typeset(f"{shown} (typed as {value.text_typed})")
    return typeset(shown)


def show_logged(item: Item, logged: Any, links: Mapping[str, str] | None = None) -> str:
    """Return an answer in words from the plain data that the change log keeps."""
    if isinstance(logged, dict) and "missing" in logged:
        return show_value(item, NullFlavour(logged["missing"]))
    if isinstance(logged, dict):
        typed = f" (typed as {logged['as_typed']})" if logged["unit_typed"] not in ("", logged["unit"]) else ""
        return typeset(f"{trimmed(logged['value'])} {logged['unit']}{typed}")
    kind = item.result if isinstance(item, Derived) else item
    if isinstance(logged, list):
        return show_value(item, tuple(logged), links)
    if isinstance(logged, str) and isinstance(kind, (Choice, Link)):
        return show_value(item, logged, links)
    if isinstance(logged, str) and isinstance(kind, Number):
        return show_value(item, Decimal(logged))
    if isinstance(logged, str):
        return f"{logged.replace('T', ' ')[:16] if item.kind == 'moment' else logged} {item.unit}".strip()
    return show_value(item, _as_answer(logged), links)


def _as_answer(logged: Any) -> Answer | None:
    return Decimal(str(logged)) if isinstance(logged, float) else logged


def withdrawal_in_words(closed_since: date | None, enrolments: Iterable[Row]) -> str:
    """Return when consent was withdrawn, while the page names no day since when the record is closed; else nothing.

    Since when is not known of a page without the day that was stored before the registry went by the answer alone.
    """
    told = list(enrolments)
    if closed_since is None:
        is_withdrawn = any(answer(row, "withdrawn") is True for row in told)
        return "Consent was withdrawn (day not recorded yet)." if is_withdrawn else ""
    if all(day_of(answer(row, "withdrawal_on")) is None for row in told):
        return f"Consent was withdrawn (day not recorded yet; closed since {closed_since.isoformat()})."
    return f"Consent was withdrawn on {closed_since.isoformat()}."


def state_in_words(record: Record) -> str:
    """Return whether a record is complete and counts: ``complete, 3 answers missing``."""
    if record.voided_at or not record.is_complete:
        return "voided" if record.voided_at else "not complete"
    form = CASEBOOK[record.form]
    missing = len(form.missing(record.row, form.asked(record.row)))
    return f"complete, {missing} {'answer' if missing == 1 else 'answers'} missing" if missing else "complete"


def condition_in_words(form: Form, condition: When, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return when an item is asked, with the labels of the items and answers it depends on.

    ``names`` is item name -> what a page calls it instead of by its label.
    """
    if condition.every or condition.some:
        parts = [condition_in_words(form, part, names) for part in condition.every + condition.some]
        joined = (" and " if condition.every else " or ").join(parts)
        return f"not ({joined})" if condition.negated else joined
    item = form.items[condition.item]
    label = names.get(condition.item, item.label)
    if condition.at_least is not None:
        said = f"{condition.at_least} or more"
    elif condition.is_in:
        labels = _labels(item)
        said = " or ".join(f"“{labels.get(code, code)}”" for code in condition.is_in)
    elif isinstance(item, YesNo):
        said = "“Yes”"
    else:
        return f"“{label}” is {'not ' if condition.negated else ''}answered"
    return f"“{label}” is {'not ' if condition.negated else ''}{said}"


def _labels(item: Item) -> Mapping[str, str]:
    codes: CodeList | None = item.codes if isinstance(item, (Choice, MultiChoice)) else None
    return codes.labels if codes else {"yes": "Yes", "no": "No"}


def name_record(form: Form, record: Record) -> str:
    """Return what tells a record from the others of its form: ``Infusion 1 · 2026-03-05 · Commercial``."""
    number = f" {record.instance}" if form.repeats else ""
    return " · ".join([f"{form.title}{number}", *summary_of(form, record.row)])


def summary_of(form: Form, row: Row) -> list[str]:
    """Return the answers that tell a row from others, in words; unanswered ones are left out."""
    known = [(form.items[name], row.get(name)) for name in form.summary if not isinstance(form.items[name], Link)]
    return [_said(item, value) for item, value in known if value is not None]


def _said(item: Item, value: Value) -> str:
    """Return an answer so that it is understood without its question: numbers and claims carry their label."""
    shown = show_value(item, value)
    return f"{_brief(item.label)}: {shown}" if isinstance(item, (Numeric, YesNo, Derived)) else shown


def _brief(label: str) -> str:
    """Return the label of a grade as it fits a list, where who graded goes without saying."""
    graded = label.removesuffix(" by the clinician")
    return label if graded == label else graded.removesuffix(" grade")
