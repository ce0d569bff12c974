"""The one judge of answers: limits, required answers, dates in the future, and each form's own checks."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from forms.context import Context
from forms.form import Check, Finding, Form
from forms.items import (
    CONFIRM,
    FROM_HARDEST,
    HARD,
    SOFT,
    WARNING,
    Choice,
    Count,
    Day,
    Item,
    Measured,
    Moment,
    MultiChoice,
    Number,
    Numeric,
    Severity,
)
from forms.unit_slips import Slip, recognise
from forms.values import Answer, Measurement, NullFlavour, Row, answer, earliest
from forms.voided_links import check_voided_links

EARLIEST_YEAR = 1900
UNUSUAL_ADVICE = "Fine if the chart says so."
"""How a finding about a value that is merely unusual ends."""


def check_row(
    form: Form,
    row: Row,
    context: Context,
    *,
    asked: Mapping[str, Item] | None = None,
    mildest: Severity = WARNING,
) -> tuple[Finding, ...]:
    """Return what is wrong or missing in one row, hardest first; the empty tuple when all is well.

    ``asked`` are the items that the row's answers make visible, for a caller who knows them already. Nothing milder
    than ``mildest`` is looked for: CONFIRM for what keeps a row from being stored, SOFT for what opens data queries.
    """
    asked = form.asked(row) if asked is None else asked
    findings, slips = _judge_each(form, row, context, asked)
    if mildest in (SOFT, WARNING):
        findings += (form.still_missing[name] for name in form.missing(row, asked))
        findings += check_voided_links(form, row, context)
    for check in form.checks_down_to(mildest):
        if check.holds(row, context) is False and _is_shown(check, asked, form):
            findings.append(_broken(check, form, row, context))
    if slips:
        findings = _each_slip_once(findings, slips)
    if not findings:
        return ()
    wanted = FROM_HARDEST[: FROM_HARDEST.index(mildest) + 1]
    told = [finding for finding in findings if finding.severity in wanted]
    return tuple(sorted(told, key=_hardest_first))


def _hardest_first(finding: Finding) -> int:
    return FROM_HARDEST.index(finding.severity)


def _judge_each(
    form: Form, row: Row, context: Context, asked: Mapping[str, Item]
) -> tuple[list[Finding], dict[str, Slip]]:
    """Return what is wrong with each answer by itself, and item -> slip of the numbers written in another unit."""
    findings: list[Finding] = []
    slips: dict[str, Slip] = {}
    ordinary = form.ordinary
    for name, value in row.items():
        if value is None:
            continue
        item = asked.get(name)
        if item is None or isinstance(value, NullFlavour):
            continue
        limits = ordinary.get(name)
        if limits is not None:
            number = value.value if isinstance(value, Measurement) else value
            if limits[0] <= number <= limits[1]:  # type: ignore[operator]
                continue
        judge = _JUDGES.get(item.kind)
        if judge is not None:
            finding = judge(form, name, item, value, context)
            slip = recognise(form, name, row, context) if isinstance(item, Numeric) else None
            if slip is not None:
                slips[name] = slip
                finding = _slipped(form, name, slip, finding)
            if finding is not None:
                findings.append(finding)
    return findings, slips


def impossible_dates(form: Form, row: Row, context: Context) -> tuple[Finding, ...]:
    """Return what is wrong with the dates of a row that lie in the future or in another century."""
    dates = ((name, item, row.get(name)) for name, item in form.typed_items.items() if isinstance(item, (Day, Moment)))
    told = (
        _check_date(form, name, item, value, context)
        for name, item, value in dates
        if value is not None and not isinstance(value, NullFlavour)
    )
    return tuple(finding for finding in told if finding is not None)


def _is_shown(check: Check, asked: Mapping[str, Item], form: Form) -> bool:
    """Tell whether any item of a check stands on the page: what is not asked needs no correction."""
    return any(name in asked or name in form.derived_items for name in check.items)


def _check_codes(form: Form, name: str, item: Choice | MultiChoice, value: Answer, _context: Context) -> Finding | None:
    if isinstance(value, str) and value in item.codes:
        return None
    chosen = value if isinstance(value, tuple) else (str(value),)
    strange = [code for code in chosen if code not in item.codes]
    lonely = isinstance(item, MultiChoice) and item.none in chosen and len(chosen) > 1
    if strange or lonely or not chosen:
        found = ", ".join(strange or chosen) or "nothing chosen"
        return Finding(
            check_id=f"{form.name}.{name}.codes",
            severity=HARD,
            items=(name,),
            message=f"{item.label}: “{found}” is not a possible answer. Choose again.",
        )
    return None


def _check_limits(form: Form, name: str, item: Numeric, value: Answer, _context: Context) -> Finding | None:
    number = value.value if isinstance(value, Measurement) else value
    assert isinstance(number, (int, Decimal)) and item.low is not None and item.high is not None
    if item.usual[0] <= number <= item.usual[1]:
        return None
    unit = f" {item.unit}" if item.unit else ""
    if not item.low <= number <= item.high:
        # What is counted from zero is never negative, however wide its limits may be overruled.
        severity = HARD if number < 0 <= item.low else item.beyond
        what = "possible values" if severity is HARD else "values ever seen"
        numbers = "Check the number and its unit." if item.unit else "Check the number."
        advice = numbers if severity is HARD else "Check it against the source."
        shown = f"{item.label} {item.show(value)}{unit}"
        return Finding(
            check_id=f"{form.name}.{name}.limits",
            severity=severity,
            items=(name,),
            message=f"{shown}: {what} are {item.low} to {item.high}{unit}. {advice}",
        )
    is_below = item.soft_low is not None and number < item.soft_low
    if is_below or (item.soft_high is not None and number > item.soft_high):
        side = f"below {item.soft_low}" if is_below else f"above {item.soft_high}"
        return Finding(
            check_id=f"{form.name}.{name}.unusual",
            severity=WARNING,
            items=(name,),
            message=f"{item.label} {item.show(value)}{unit} is unusual ({side}{unit}). {UNUSUAL_ADVICE}",
        )
    return None


_UNIT_ADVICE = {
    HARD: "Check the number and its unit.",
    CONFIRM: "Correct the unit, or check it against the source.",
    SOFT: "Correct the unit, or say why it is right.",
    WARNING: UNUSUAL_ADVICE,
}


def _slipped(form: Form, name: str, slip: Slip, found: Finding | None) -> Finding:
    """Return the finding about a number in another unit, in place of what was found about the number itself."""
    is_possible = found is None or found.severity is WARNING
    severity = slip.severity if found is None or is_possible else found.severity
    said = f"{slip.looks_like}: {slip.means}" if slip.means else f"{slip.looks_like}."
    advice = _UNIT_ADVICE[severity] if slip.suggestion else "Check it against the source."
    return Finding(
        check_id=f"{form.name}.{name}.{'unit' if is_possible else 'limits'}",
        severity=severity,
        items=(name,),
        message=f"{said} {advice}",
        suggestion={name: slip.suggestion} if slip.suggestion else {},
    )


def _each_slip_once(findings: list[Finding], slips: Mapping[str, Slip]) -> list[Finding]:
    """Return the findings without those that a unit slip explains: of each slip the hardest one, with what to type.

    A missing answer is no number, so it stays.
    """
    kept = list(findings)
    for name, slip in slips.items():
        about = [finding for finding in kept if name in finding.items and not finding.is_missing]
        hardest = min(about, key=_hardest_first)
        told = hardest
        if slip.suggestion and name not in hardest.suggestion:
            message = f"{hardest.message} {slip.means}".strip()
            told = replace(hardest, message=message, suggestion={**hardest.suggestion, name: slip.suggestion})
        kept = [
            told if finding is hardest else finding for finding in kept if finding is hardest or finding not in about
        ]
    return kept


def _check_date(form: Form, name: str, item: Day | Moment, value: Answer, context: Context) -> Finding | None:
    first = earliest(value)
    assert first is not None
    if not item.future and first > datetime.combine(context.today, time.max):
        return Finding(
            check_id=f"{form.name}.{name}.future",
            severity=HARD,
            items=(name,),
            message=f"{item.label} {item.show(value)} is in the future (today is {context.today}). Check the date.",
        )
    if first.year < EARLIEST_YEAR:
        return Finding(
            check_id=f"{form.name}.{name}.year",
            severity=HARD,
            items=(name,),
            message=f"{item.label} {item.show(value)}: the year is before {EARLIEST_YEAR}. Check the year.",
        )
    return None


_JUDGES: dict[str, Callable[[Form, str, Any, Answer, Context], Finding | None]] = {
    Choice.kind: _check_codes,
    MultiChoice.kind: _check_codes,
    Number.kind: _check_limits,
    Count.kind: _check_limits,
    Measured.kind: _check_limits,
    Day.kind: _check_date,
    Moment.kind: _check_date,
}
"""Kind of item -> what judges an answer of that kind; the other kinds have nothing to judge."""


def _broken(check: Check, form: Form, row: Row, context: Context) -> Finding:
    why = check.explain(row, context) if check.explain else ""
    return Finding(
        check_id=check.id,
        severity=check.severity,
        items=check.items,
        message=_filled(check.message, form, row, why),
        anchors=check.also(row, context) if check.also else (),
        version=check.version,
    )


def _filled(message: str, form: Form, row: Row, why: str) -> str:
    names = {name for _, name, _, _ in string.Formatter().parse(message) if name} - {"why"}
    return message.format(why=why, **{name: _Said(_said(form.items[name], row, name)) for name in names})


class _Said(str):
    """An answer in words; within a sentence, as ``{frequency:small}``, it begins with a small letter."""

    def __format__(self, how: str) -> str:
        return f"{self[:1].lower()}{self[1:]}" if how == "small" else super().__format__(how)


def _said(item: Item, row: Row, name: str) -> str:
    value = answer(row, name)
    unit = f" {item.unit}" if item.unit and value is not None else ""
    return f"{item.show(value)}{unit}" if value is not None else "not answered"
