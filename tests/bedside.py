"""A synthetic child as the rule sets see it: rows from what would be typed, day 0 on 2026-03-05."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from forms.casebook import CASEBOOK
from forms.context import Context, ReferenceRange
from forms.rule_set import RuleSet, Verdict
from forms.values import Measurement, NullFlavour, Row, Value

TODAY = date(2026, 8, 1)
Texts = Mapping[str, Any]

CHILD: dict[str, tuple[dict[str, str], ...]] = {
    "enrolment": ({"key": "e1", "birth_date": "2017-08", "sex": "female"},),
    "baseline": ({"key": "b1", "developmental_delay": "no", "baseline_respiratory_support": "room_air"},),
    "infusion": ({"key": "i1", "infused_on": "2026-03-05"},),
}
"""A girl of 8 years, without delay and at room air, infused on 2026-03-05."""

QUIET = {
    "temperature_c": "36.8",
    "antipyretic_24h": "no",
    "anticytokine_given": "no",
    "hypotension": "no",
    "vasoactives": "none",
    "oxygen_mode": "room_air",
}
"""An assessment without any sign of CRS."""

AWAKE = {
    "sedated": "no",
    "instrument": "capd",
    "capd_total": "0",
    "consciousness": "awake",
    "seizure": "none",
    "motor": "none",
    "pressure": "none",
}
"""An assessment without any sign of ICANS."""


def measured(text: str) -> Measurement:
    """Return a laboratory value in its canonical unit, such as 0.5 or <0.1."""
    return Measurement(value=Decimal(text.lstrip("<>")), sign=text[0] if text[0] in "<>" else "")


def row_of(form: str, texts: Texts) -> Row:
    """Return a row from what would be typed; ``None`` and null flavours stand as they are."""
    items = CASEBOOK[form].items
    return {name: _value(items.get(name), text) for name, text in texts.items()}


def _value(item: Any, text: Any) -> Value:
    if item is None or text is None or isinstance(text, (NullFlavour, bool)):
        return text
    value: Value = item.parse(str(text))
    return value


def child(*, ranges: Iterable[ReferenceRange] = (), today: date = TODAY, **rows: Iterable[Texts]) -> Context:
    """Return the context of a child with the given rows by form; enrolment, baseline and infusion unless given."""
    given: dict[str, Iterable[Texts]] = {**CHILD, **rows}
    stored = {name: tuple(row_of(name, row) for row in given.get(name, ())) for name in CASEBOOK}
    return Context(today=today, rows=stored, reference_ranges=tuple(ranges))


def assessed(day: int, hour: int = 6, **answers: Any) -> Texts:
    """Return an assessment some days after infusion; its key is ``a`` with day and hour."""
    at = f"2026-03-{5 + day:02} {hour:02}:00" if day <= 26 else f"2026-04-{day - 26:02} {hour:02}:00"
    return {"key": f"a{day}.{hour}", "infusion": "i1", "assessed_at": at, **answers}


def verdict_on(rule_set: RuleSet, answers: Texts, **rows: Iterable[Texts]) -> Verdict | None:
    """Return what a rule set says about one assessment on day 3."""
    found = rule_set.verdicts(child(assessment=[assessed(3, **answers)], **rows))
    return found.get("a3.6")


def said(verdict: Verdict | None) -> tuple[str | None, str] | None:
    """Return value and certainty of a verdict, the short form that tables compare."""
    return None if verdict is None else (verdict.value, verdict.certainty.value)
