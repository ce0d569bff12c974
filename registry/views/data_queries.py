"""Open questions about stored data: listed, answered with a reason, raised and closed by people."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from registry import access, data_queries
from registry.access import get_subject, requires, viewer
from registry.consent import RESTING
from registry.database import db, utc_now
from registry.input_limits import came_from
from registry.models import DataQuery, Subject
from registry.query_places import groups, places, seen_of
from registry.saving.closing import why_closed
from registry.saving.judging import lock_children
from registry.saving.outcomes import WithoutConsent
from registry.stored_records import Record, read_records
from registry.templating import lower_first
from registry.typed_text import in_a_few_words
from registry.views.asked_for import find_form
from registry.views.paging import page_asked_for

bp = Blueprint("data_queries", __name__)
AFTER_AN_ANSWER = {
    False: "Answered. The query opens again only if the value changes.",
    True: "Answered. Whoever asked reads it and closes the question.",
}
"""What is said of an answered data query, by whether a person asked it."""

PAGE_SIZE = 50
_ANSWERED_QUESTION = (DataQuery.status == data_queries.ANSWERED) & (DataQuery.check_id == data_queries.MANUAL)
QUERY_KEY = re.compile(r"[0-9a-f-]{36}")


@bp.get("/data-queries")
@requires("subject.list")
def index() -> ResponseReturnValue:
    """List the data queries of the viewer's sites, of one, or of a child, oldest first: the open or the answered.

    Of those that rest the children are named: their pages hold the questions.
    """
    sites, chosen = db.session.scalars(access.visible_sites("subject.list")).all(), request.args.get("site", "")
    is_answered = request.args.get("show") == data_queries.ANSWERED
    mine = _at_my_sites()
    if chosen:
        at_site = Subject.site_id.in_([site.id for site in sites if site.key == chosen])
        mine = mine.where(DataQuery.subject_id.in_(select(Subject.id).where(at_site)))
    child = get_subject(request.args["child"]) if request.args.get("child") else None
    if child:
        mine = mine.where(DataQuery.subject_id == child.id)
    unanswered = DataQuery.status == data_queries.OPEN
    found = mine.where(_ANSWERED_QUESTION) if is_answered else mine.where(unanswered, ~RESTING)
    total = count_of(found)
    number, last = page_asked_for(total, PAGE_SIZE)
    eager = (selectinload(DataQuery.anchors), selectinload(DataQuery.subject), selectinload(DataQuery.events))
    part = found.options(*eager).order_by(DataQuery.opened_at, DataQuery.id)
    shown = db.session.scalars(part.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all()
    by_subject = _by_subject(shown)
    may_raise = viewer().may("data_query.raise")
    return render_template(
        "data_queries/index.html",
        shown=shown,
        shown_by_subject=by_subject,
        places=places(db.session(), [query for _, groups in by_subject for group in groups for query in group]),
        total=total,
        number=number,
        last=last,
        site_choices=[(site.key, site.name) for site in sites] if len(sites) > 1 else [],
        chosen_site=chosen,
        child=child,
        is_answered=is_answered,
        arguments={name: value for name in ("show", "site", "child") if (value := request.args.get(name))},
        resting=[] if is_answered else _children_of(mine.where(unanswered, RESTING)),
        to_close=count_of(answered_questions()) if may_raise and not is_answered else 0,
        may_answer=viewer().may("data_query.answer"),
        may_raise=may_raise,
    )


def _at_my_sites() -> Select[DataQuery]:
    ids = access.visible_subjects("subject.list").with_only_columns(Subject.id)
    return select(DataQuery).where(DataQuery.subject_id.in_(ids))


def answered_questions() -> Select[DataQuery]:
    """Return the selection of the questions of people, at the viewer's sites, that were answered and not closed yet."""
    return _at_my_sites().where(_ANSWERED_QUESTION)


def count_of(queries: Select[DataQuery]) -> int:
    """Return how many data queries a selection holds."""
    return db.session.scalar(select(func.count()).select_from(queries.subquery())) or 0


def _children_of(queries: Select[DataQuery]) -> Sequence[Subject]:
    """Return the children that a selection of data queries is about, by code."""
    ids = queries.with_only_columns(DataQuery.subject_id)
    return db.session.scalars(select(Subject).where(Subject.id.in_(ids)).order_by(Subject.code)).all()


@bp.post("/data-queries/<uuid:query_key>/answer")
@requires("data_query.answer")
def answer(query_key: uuid.UUID) -> ResponseReturnValue:
    """Answer a data query: the value is right, and this is why."""
    query = _find(query_key, "data_query.answer")
    if query.status != data_queries.OPEN:
        flash("This query was settled meanwhile.", "warning")
        return _back_to(query, request.form.get("following", ""))
    if db.session.scalar(select(DataQuery.id).where(DataQuery.id == query.id, RESTING)):
        flash("Not answered: the question rests, since there is no consent to look it up.", "error")
        return _back_to(query, request.form.get("following", ""))
    reason = in_a_few_words(request.form.get("reason"))
    if request.form.get("seen", "") not in ("", seen_of(query)):
        flash(f"Not answered: the value was changed meanwhile. Look at it once more. You wrote: “{reason}”", "warning")
        return _back_to(query, query.key)
    try:
        data_queries.answer(db.session(), query, reason, by=viewer().user, at=utc_now())
    except data_queries.NoReason as none:
        flash(f"Not answered: {lower_first(str(none))}", "error")
        return _back_to(query, query.key)
    db.session.commit()
    flash(AFTER_AN_ANSWER[query.check_id == data_queries.MANUAL], "success")
    return _back_to(query, request.form.get("following", ""))


@bp.post("/data-queries/<uuid:query_key>/close")
@requires("data_query.raise")
def close(query_key: uuid.UUID) -> ResponseReturnValue:
    """Close a data query that a person raised."""
    query = _find(query_key, "data_query.raise")
    if query.check_id != data_queries.MANUAL or query.status == data_queries.CLOSED:
        abort(409)
    try:
        data_queries.close(
            db.session(), query, in_a_few_words(request.form.get("reason")), by=viewer().user, at=utc_now()
        )
    except data_queries.NoReason as none:
        flash(f"Not closed: {lower_first(str(none))}", "error")
        return _back_to(query, query.key)
    db.session.commit()
    flash("Closed.", "success")
    return _back_to(query, request.form.get("following", ""))


@bp.post("/subjects/<uuid:subject_key>/<form_name>/<uuid:record_key>/data-queries")
@requires("data_query.raise")
def ask(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> ResponseReturnValue:
    """Ask a question about an item of a record; without consent about that page alone that says so."""
    subject, form = get_subject(subject_key, "data_query.raise"), find_form(form_name)
    lock_children(db.session(), [subject])
    stored = read_records(db.session(), [form.name], [subject.id])[form.name]
    record = next((record for record in stored if record.key == str(record_key)), None) or abort(404)
    item, message = request.form.get("item", ""), in_a_few_words(request.form.get("message"))
    if closed := why_closed(db.session(), subject, form):
        why = "consent is answered No" if isinstance(closed, WithoutConsent) else "consent was withdrawn"
        flash(f"Not asked: {why}, so nobody may look it up. Ask about the enrolment page only.", "error")
    elif not item:
        flash("Not asked: choose what the question is about.", "error")
    elif item not in form.items:
        abort(400)
    else:
        _ask(subject, record, item, message[:2000])
    return redirect(url_for("records.show", subject_key=subject.key, form_name=form.name, record_key=record.key))


def _ask(subject: Subject, record: Record, item: str, message: str) -> None:
    try:
        data_queries.raise_manually(db.session(), subject, record, (item,), message, by=viewer().user, at=utc_now())
        db.session.commit()
        flash("Asked. The site sees it among its open queries.", "success")
    except data_queries.NoReason:
        flash("Not asked: write the question in a few words.", "error")


def _by_subject(queries: Sequence[DataQuery]) -> list[tuple[Subject, list[list[DataQuery]]]]:
    """Return queries by child, in their groups; the child with the oldest one comes first."""
    found: dict[int, list[DataQuery]] = {}
    for query in queries:
        found.setdefault(query.subject_id, []).append(query)
    return [(of_child[0].subject, groups(of_child)) for of_child in found.values()]


def _find(key: uuid.UUID, action: str) -> DataQuery:
    query = db.session.scalar(select(DataQuery).where(DataQuery.key == str(key))) or abort(404)
    # A save in between may have changed what it asks about: a reason holds for one answer only.
    lock_children(db.session(), [get_subject(query.subject.key, action)])
    db.session.refresh(query)
    return query


def _back_to(query: DataQuery, following: str) -> ResponseReturnValue:
    """Return to the page where the query was answered, at the query to answer next; else to the record it is about."""
    sender = came_from(request.referrer)
    child = url_for("subjects.show", subject_key=query.subject.key)
    address = url_for("records.show", subject_key=query.subject.key, form_name=query.form, record_key=query.record_key)
    if sender.path in (url_for("data_queries.index"), child) or sender.path.startswith(f"{child}/"):
        address = f"{sender.path}?{sender.query}" if sender.query else sender.path
    is_key = QUERY_KEY.fullmatch(following) is not None
    return redirect(f"{address}#query-{following}" if is_key else address)
