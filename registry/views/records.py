"""Every record of a child: filled in, merged after a conflict, read, and its history."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select

from forms.form import Form
from forms.infusions import first_infused_on
from forms.items import SOFT
from forms.schedule import DueForm
from forms.visits import VISITS, Anchor
from registry import data_queries, drafts, log_history, records
from registry.access import get_subject, requires, viewer
from registry.database import db, reads_first, utc_now
from registry.due import IN_THE_GRID, lacks_grid_days, next_page
from registry.grid.sheet import page_with
from registry.log_history import HistoryEntry
from registry.models import DataQuery, Subject
from registry.query_places import places
from registry.saving.closing import why_closed
from registry.saving.outcomes import Conflict, Saved, WithoutConsent
from registry.stored_records import Record, read_records
from registry.views.asked_for import find_form, find_record, posted_key, posted_revision
from registry.views.conflicts import show_beside_stored, show_conflict, take_decisions, was_first_entry
from registry.views.left_to_do import ALL_ANSWERED, asked_elsewhere, left_to_do
from registry.views.next_order import next_order
from registry.views.page_drafts import (
    draft_url,
    drop_first_entries,
    keep_as_draft,
    keep_what_comes_back,
    named_draft,
    offer_draft,
    tell_of_others,
)
from registry.views.page_saving import try_to_save
from registry.views.record_page import RecordPage, link_options, open_page, render
from registry.views.suggestions import suggestions
from registry.wording import condition_in_words, due_title, form_title, show_logged, show_value, state_in_words

COMES_OF = {
    "infusion": ("toxicity_episode", "infusion", ' Toxicity? <a href="{}">Add an episode</a>.'),
    "anakinra_course": ("anakinra_regimen", "course", ' <a href="{}">Add its first order</a>'),
}
"""Form -> the form of what comes of its record, the link by which that hangs on it, and the way there in words."""
AT_THEIR_TIME = {visit.form for visit in VISITS if visit.anchor in (Anchor.ENROLMENT, Anchor.INFUSION)}
"""Forms whose next page the schedule asks for once its window opens."""

bp = Blueprint("records", __name__)
bp.add_app_template_filter(show_value, "answer")
bp.add_app_template_filter(state_in_words, "state")
bp.add_app_template_filter(lambda condition, form: condition_in_words(form, condition), "in_words")
bp.add_app_template_filter(due_title, "due_title")
bp.add_app_template_global(form_title)
bp.add_app_template_global(draft_url)
bp.add_app_template_global(suggestions)

RECORD = "/subjects/<uuid:subject_key>/<form_name>/<uuid:record_key>"


@bp.route("/subjects/<uuid:subject_key>/<form_name>/new", methods=["GET", "POST"])
@requires("record.edit")
@reads_first
def new(subject_key: uuid.UUID, form_name: str) -> ResponseReturnValue:
    """Show an empty form and save it as a new record; its key was made with the empty page."""
    subject, form = get_subject(subject_key, "record.edit"), find_form(form_name)
    here = url_for("records.new", subject_key=subject_key, form_name=form_name)
    if request.method == "POST":
        key = posted_key()
        if records.is_taken(db.session(), subject, form, key):
            abort(404)
        return _submit(open_page(subject, form, key, None, here))
    if why := why_closed(db.session(), subject, form):
        flash(str(why), "warning")
        return redirect(url_for("subjects.show", subject_key=subject.key))
    existing = [] if form.repeats else read_records(db.session(), [form.name], [subject.id])[form.name]
    if existing:
        return _begun_before(subject, form, existing[0])
    page = open_page(subject, form, str(uuid.uuid4()), None, here)
    offer_draft(page)
    return render(page)


@bp.route(RECORD, methods=["GET", "POST"])
@requires("subject.view")
@reads_first
def show(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> ResponseReturnValue:
    """Show a record, to be changed by whoever may; save it. Without consent it is there to be read."""
    subject = get_subject(subject_key, "record.edit" if request.method == "POST" else "subject.view")
    form = find_form(form_name)
    stored = find_record(subject, form, str(record_key))
    page = open_page(subject, form, stored.key, stored, _address(subject, form, stored.key))
    if request.method == "POST":
        page.revision = posted_revision(lowest=1)
        return _submit(page)
    closed, may_void = why_closed(db.session(), subject, form), viewer().may("record.void", subject.site)
    if closed or stored.voided_at or not viewer().may("record.edit", subject.site):
        return render_template(
            "records/view.html",
            page=page,
            record=stored,
            links=link_options(form, subject)[1],
            places=page.beside.places,
            closed=closed,
            may_restore=may_void and closed is None,
            may_void=may_void and isinstance(closed, WithoutConsent),
        )
    offer_draft(page)
    return render(page)


@bp.get(f"{RECORD}/history")
@requires("audit.view")
def history(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> ResponseReturnValue:
    """Show what happened to a record, item by item: when, who, from, to, why."""
    subject, form = get_subject(subject_key, "audit.view"), find_form(form_name)
    record = find_record(subject, form, str(record_key))
    _, words = link_options(form, subject)
    entries = log_history.of_record(db.session(), record.key)
    steps = [(entry, _changes_in_words(form, entry, words)) for entry in entries]
    return render_template("records/history.html", subject=subject, form=form, record=record, steps=steps)


def _begun_before(subject: Subject, form: Form, stored: Record) -> ResponseReturnValue:
    """Lead to the only page of a form; what the viewer had begun before it was saved is shown beside it."""
    address = _address(subject, form, stored.key)
    draft = named_draft(form, subject)
    if draft is None:
        return redirect(address)
    page = open_page(subject, form, draft.record_key, None, address)
    page.typed = drafts.fields_of(draft)
    if both := show_beside_stored(page, stored):
        return both
    drop_first_entries(form, subject)
    flash("What you had typed is saved already.", "success")
    return redirect(address)


def _submit(page: RecordPage) -> ResponseReturnValue:
    assert page.subject is not None
    if request.form.get("_do") == "draft":
        if not keep_as_draft(page, request.form):
            return render(page, 422)
        flash("Kept as a draft for 14 days. Only you can see it, and it counts nowhere until you save it.", "success")
        return redirect(url_for("subjects.show", subject_key=page.subject.key))
    typed, undecided = take_decisions(page)
    try:
        saved = None if undecided else try_to_save(page, typed, _store)
    except Conflict as conflict:
        db.session.rollback()
        keep_what_comes_back(page, request.form)
        return show_conflict(page, conflict.stored)
    if undecided:
        page.read(typed)
        return show_conflict(page, page.stored or abort(404), undecided=True)
    if saved is None:
        return render(page, 422)
    if was_first_entry():
        drop_first_entries(page.form, page.subject)
    leads_on = after_saving(page.subject, page.form, saved)
    if page.stored is None and page.form.repeats:  # the page of a form that exists once offers it by itself
        tell_of_others(page.form, page.subject)
    return leads_on


def _store(page: RecordPage) -> Saved:
    assert page.subject is not None
    return records.save(
        db.session(),
        page.subject,
        page.form,
        page.row,
        revision=page.revision,
        by=viewer().user,
        at=utc_now(),
        reason=page.reason,
        confirmed=page.confirmed,
        complete=page.is_complete,
    )


def after_saving(subject: Subject, form: Form, saved: Saved, *, said: str = "") -> ResponseReturnValue:
    """Say what became of the save (``said``) and what it leaves to be done; go on to the record or the next form."""
    told, here = said or f"{form.title} saved.", _address(subject, form, saved.key)
    answered = _answered(subject, saved)
    messages = [*left_to_do(saved, form, answered=answered), *_asked_elsewhere(saved)]
    is_open = any(one.severity is SOFT and one.check_id not in answered for one in saved.findings)
    lacks_only_its_mark = not (is_open or request.form.get("_complete"))
    if request.form.get("_do") != "next":
        mark = f" {ALL_ANSWERED}: tick “This form is complete” and save, once nothing more will come."
        flash(
            Markup("{}{}{}").format(told, mark if lacks_only_its_mark else "", _what_else(subject, form, saved)),
            "success",
        )
        if messages:
            flash(Markup("\n").join(messages), "warning")
        return redirect(here)
    onwards, opens = _onwards(subject, form, saved)
    told = told if onwards else f"{told} {_nothing_due(subject)}"
    mark = Markup(' {}: <a href="{}">mark it complete</a>, once nothing more will come.').format(ALL_ANSWERED, here)
    besides = _what_else(subject, form, saved, opens=opens)
    flash(Markup("{}{}{}").format(told, mark if lacks_only_its_mark else "", besides), "success")
    if messages:
        back = Markup('<a href="{}">{}</a>:').format(here, form.title)
        flash(Markup("\n").join([back, *messages]), "warning")
    return redirect(onwards or url_for("subjects.show", subject_key=subject.key))


def _onwards(subject: Subject, form: Form, saved: Saved) -> tuple[str, str]:
    """Return where the next form is filled, and which it is; two empty texts where none is due."""
    if order := next_order(db.session(), subject, form, saved):
        return order, form.name
    page = next_page(db.session(), subject, form.name, saved.key, utc_now())
    return (_address_of_due(subject, page), page.form) if page else ("", "")


def _nothing_due(subject: Subject) -> str:
    """Return that no form is due, and that the grid has empty days, which the page of the child tells next."""
    empty = " The daily grid has days without a record." if lacks_grid_days(db.session(), subject, utc_now()) else ""
    return f"No other form is due now.{empty}"


def _address_of_due(subject: Subject, page: DueForm) -> str:
    """Return where a page that is due is filled, opened for the record that it counts from."""
    if page.form in IN_THE_GRID:
        infusions = read_records(db.session(), ["infusion"], [subject.id])["infusion"]
        day = (page.due_on - (first_infused_on([one.row for one in infusions]) or page.due_on)).days
        return url_for("grid.show", subject_key=subject.key, start=page_with(day), _anchor=f"day-{day}")
    about, toxicity = page.anchor_record if find_form(page.form).links else None, page.toxicity or None
    return url_for("records.new", subject_key=subject.key, form_name=page.form, toxicity=toxicity, about=about)


def _what_else(subject: Subject, form: Form, saved: Saved, *, opens: str = "") -> str:
    """Return the way to what comes of the record, or to one more page of the form.

    Nothing where the form of what comes of it is the one that ``opens`` now.
    """
    if order := next_order(db.session(), subject, form, saved):
        words = " The course went on: this is its next order."
        return words if opens else Markup(' The course went on: <a href="{}">add its next order</a>.').format(order)
    comes, link, words = COMES_OF.get(form.name, ("", "", ""))
    if comes and comes == opens:
        return ""
    if not comes or why_closed(db.session(), subject, find_form(comes)):
        return _another(subject, form)
    known = read_records(db.session(), [form.name, comes], [subject.id])
    is_not_given = any(one.key == saved.key and one.row.get("given") is False for one in known[form.name])
    if is_not_given or any(one.row.get(link) == saved.key for one in known[comes]):
        return _another(subject, form)
    address = url_for("records.new", subject_key=subject.key, form_name=comes, about=saved.key)
    return Markup(words).format(address)


def _another(subject: Subject, form: Form) -> str:
    """Return the way to one more page of a form of which several follow each other, such as the next agent.

    It hangs on the same record as the one saved: another order is one of the same course. Nothing for an infusion and
    for visits: the schedule says when there is another.
    """
    if not form.repeats or form.name in AT_THEIR_TIME or why_closed(db.session(), subject, form):
        return ""
    hangs_on = (request.form.get(name) for name, link in form.links.items() if link.required and not link.many)
    about = next(filter(None, hangs_on), None)
    address = url_for("records.new", subject_key=subject.key, form_name=form.name, about=about)
    return Markup(' <a href="{}">Add another</a>').format(address)


def _asked_elsewhere(saved: Saved) -> list[Markup]:
    """Return in words what the save asks about other pages of the child."""
    if not saved.opened:
        return []
    elsewhere = select(DataQuery).where(DataQuery.key.in_(saved.opened), DataQuery.record_key != saved.key)
    opened = db.session.scalars(elsewhere.order_by(DataQuery.id)).all()
    return asked_elsewhere(opened, places(db.session(), opened)) if opened else []


def _answered(subject: Subject, saved: Saved) -> set[str]:
    if not saved.findings:
        return set()
    given = data_queries.accepted(data_queries.standing(db.session(), [subject.id]))
    return {check_id for key, check_id in given if key == saved.key}


def _address(subject: Subject, form: Form, key: str) -> str:
    return url_for("records.show", subject_key=subject.key, form_name=form.name, record_key=key)


def _changes_in_words(form: Form, entry: HistoryEntry, links: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return item label, old and new answer of each change, in the order of the form."""
    known = [(name, item) for name, item in form.items.items() if name in entry.changes]
    return [
        (item.label, show_logged(item, entry.changes[name][0], links), show_logged(item, entry.changes[name][1], links))
        for name, item in known
    ]
