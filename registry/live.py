"""What the registry says of a page while it is typed: derived values, findings and verdicts; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.edit_checks import check_row, impossible_dates
from forms.form import Finding, Form, Recorded
from forms.rule_set import RuleSet, Verdict, newest
from forms.rule_sets import RULE_SETS
from forms.values import Row, Value
from registry import data_queries
from registry.models import DataQuery, Site, Subject
from registry.saving.judging import forms_needed_for, load
from registry.site_clock import day_in


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the one judge says about a row that nobody has saved yet, in the child's casebook as it is now.

    ``recorded`` holds what other pages say of items that are asked and have no answer yet.
    """

    derived: Mapping[str, Value]
    findings: tuple[Finding, ...]
    verdicts: tuple[tuple[RuleSet, Verdict], ...]
    recorded: Mapping[str, Recorded]


def look(
    session: Session,
    subject: Subject | None,
    form: Form,
    row: Row,
    at: datetime,
    *,
    entered_at: datetime | None = None,
    site: Site | None = None,
) -> Said:
    """Return what the judge says about a row; ``subject`` is None for a child who is being enrolled at ``site``.

    ``entered_at`` is when it was first stored, None for a new one. Answers that are still missing are not spoken of,
    nor what the record's data queries ask or have settled already.
    """
    asked = form.asked(row)
    visible = {name: row.get(name) if name in asked else None for name in form.typed_items}
    visible |= {"key": row["key"], "entered_at": entered_at or at}
    context = _context(session, subject, form, visible, at, site)
    impossible = impossible_dates(form, visible, context)
    if impossible:
        # A slipped year is said by itself: nothing is computed over the thousands of years that it opens.
        visible |= dict.fromkeys(item for finding in impossible for item in finding.items)
        context = _with(context, form, visible)
    derived = form.derive(visible, context)
    whole = {**visible, **derived}
    context = _with(context, form, whole)
    settled = _settled(session, subject, str(row["key"])) if subject is not None else {}
    findings = (
        finding
        for finding in (*impossible, *check_row(form, whole, context, asked=asked))
        if not finding.is_missing and not _is_settled(form, whole, finding, context, settled)
    )
    own = ((rule_set, rule_set.of(whole, context)) for rule_set in newest(RULE_SETS) if rule_set.form == form.name)
    verdicts = tuple((rule_set, verdict) for rule_set, verdict in own if verdict is not None)
    elsewhere = form.recorded(whole, context) if form.recorded else {}
    open_still = {name: one for name, one in elsewhere.items() if name in asked and whole[name] is None}
    return Said(derived=derived, findings=tuple(findings), verdicts=verdicts, recorded=open_still)


def _context(
    session: Session, subject: Subject | None, form: Form, row: Row, at: datetime, site: Site | None
) -> Context:
    if subject is None:
        today = day_in(site.time_zone, at) if site else at.date()
        return Context(today=today, rows=dict.fromkeys(CASEBOOK, ()) | {form.name: (row,)})
    wanted = forms_needed_for([form.name]).union(form.recorded_by)
    casebook = load(session, [subject], wanted)[subject.id]
    return casebook.context(at, casebook.with_row(form.name, row))


def _with(context: Context, form: Form, row: Row) -> Context:
    """Return the context with the row in place of its earlier state; what was worked out of that is forgotten."""
    return replace(context, rows={**context.rows, form.name: (*context.others(form.name, row), row)})


def _settled(session: Session, subject: Subject, record_key: str) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return check id -> status, words and answers of each data query about a record of a child that is not closed."""
    columns = (DataQuery.check_id, DataQuery.status, DataQuery.message, DataQuery.found)
    of_record = (DataQuery.subject_id == subject.id) & (DataQuery.record_key == record_key)
    standing = select(*columns).where(of_record, DataQuery.status != data_queries.CLOSED)
    return {row.check_id: (row.status, row.message, row.found) for row in session.execute(standing)}


def _is_settled(
    form: Form,
    row: Row,
    finding: Finding,
    context: Context,
    settled: Mapping[str, tuple[str, str, dict[str, Any]]],
) -> bool:
    """Tell whether a finding was answered for these very answers, or stands on the page as an open data query."""
    if finding.check_id not in settled:
        return False
    status, message, found = settled[finding.check_id]
    same = found == data_queries.found_in(form, row, finding, context.rows)
    return same and (status == data_queries.ANSWERED or message == finding.message)
