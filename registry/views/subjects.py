"""The children of the registry: the list, enrolling one, and the page of each."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import date
from itertools import chain

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from forms.casebook import CASEBOOK
from registry import access, enrolling, records, subject_list, whole_record
from registry.access import get_subject, requires, viewer
from registry.database import db, utc_now
from registry.models import Subject
from registry.query_places import groups, places
from registry.saving.outcomes import EnrolmentStopped, NeedsConfirmation, Saved
from registry.site_clock import today_at
from registry.site_state import approval_on
from registry.stored_records import read_records
from registry.subject_overview import overview
from registry.tables import TABLES
from registry.views.asked_for import posted_key
from registry.views.page_drafts import keep_as_draft, offer_draft, tell_of_others
from registry.views.page_saving import try_to_save
from registry.views.paging import page_asked_for
from registry.views.record_page import RecordPage, render
from registry.views.records import after_saving

bp = Blueprint("subjects", __name__)

LONGEST_CODE = 20
"""More than any child's code has: SQLite refuses to look for very long texts."""


@bp.get("/subjects")
@requires("subject.list")
def index() -> ResponseReturnValue:
    """List the children of the viewer's sites, narrowed by filters, a page at a time."""
    now = utc_now()
    filters = subject_list.read_filters(request.args)
    visible = access.visible_subjects("subject.list", with_mistaken=filters.status == "mistaken")
    found = subject_list.narrow(db.session(), visible, filters, now)
    total = subject_list.count(db.session(), visible)
    matching = total if filters.is_empty else subject_list.count(db.session(), found)
    number, last = page_asked_for(matching, subject_list.PAGE_SIZE)
    part = found.order_by(Subject.id.desc()).offset((number - 1) * subject_list.PAGE_SIZE).limit(subject_list.PAGE_SIZE)
    sites = db.session.scalars(access.visible_sites("subject.list")).all()
    return render_template(
        "subjects/index.html",
        lines=subject_list.lines(db.session(), db.session.scalars(part).all(), now),
        filters=filters,
        arguments={name: value for name, value in asdict(filters).items() if value},
        total=total,
        matching=matching,
        number=number,
        last=last,
        sites=sites,
        site_choices=[(site.key, site.name) for site in sites],
        offered=subject_list.offered(),
        short=subject_list.SHORT,
        may_enrol=viewer().may("subject.enrol"),
    )


@bp.post("/subjects/find")
@requires("subject.list")
def find() -> ResponseReturnValue:
    """Go to the child with a code. The code is posted, so that it stands in no address and no log."""
    typed = "".join(char for char in request.form.get("code", "").upper() if char.isalnum())
    code = typed[:LONGEST_CODE]
    visible = access.visible_subjects("subject.list", with_mistaken=True)
    is_like = func.replace(Subject.code, "-", "").contains(code or "-nothing typed-", autoescape=True)
    matching = db.session.scalars(visible.where(is_like).limit(2)).all()
    if len(matching) == 1:
        return redirect(url_for("subjects.show", subject_key=matching[0].key))
    several = "Several children have that in their code: type more of it."
    flash(several if matching else "No child here has that code. Codes look like ABC-123456.", "warning")
    return redirect(url_for("subjects.index"))


@bp.route("/subjects/enrol", methods=["GET", "POST"])
@requires("subject.enrol")
def enrol() -> ResponseReturnValue:
    """Enrol a child at one of the viewer's own sites with the enrolment form."""
    page = RecordPage(
        form=CASEBOOK["enrolment"],
        key=posted_key() if request.method == "POST" else str(uuid.uuid4()),
        action=url_for("subjects.enrol"),
        sites=tuple(db.session.scalars(access.visible_sites("subject.enrol"))),
    )
    if request.method == "GET":
        offer_draft(page)
        return render(page)
    if enrolled := _enrolled_with(page.key):
        return _saved_already(page, enrolled)
    if request.form.get("_do") == "draft":
        if not keep_as_draft(page, request.form):
            return render(page, 422)
        flash("Kept as a draft for 14 days. Nobody is enrolled until you save it.", "success")
        return redirect(url_for("subjects.index"))
    saved = try_to_save(page, request.form, _store)
    if saved is None:
        if enrolling.ENROLLED_ALREADY in {finding.check_id for finding in page.to_confirm}:
            page.looks_like = _look_alike(page)
        return render(page, 422)
    subject = _enrolled_with(saved.key) or abort(404)
    told = f"Enrolled as {subject.code}. Write this code into the site's own key list."
    leads_on = after_saving(subject, page.form, saved, said=told)
    tell_of_others(page.form, None)
    return leads_on


def _look_alike(page: RecordPage) -> Subject | None:
    """Return the child that a page asks about, where the viewer may open its page."""
    site = page.chosen_site or abort(400)
    alike = enrolling.look_alike(db.session(), site, page.row, by=viewer().user, at=utc_now())
    return alike if viewer().may("subject.view", site) else None


def _enrolled_with(record_key: str) -> Subject | None:
    """Return the child whose enrolment has a key: posting the page twice enrols once."""
    table = TABLES["enrolment"]
    visible = access.visible_subjects("subject.enrol", with_mistaken=True)
    return db.session.scalar(visible.where(Subject.id.in_(select(table.c.subject_id).where(table.c.key == record_key))))


def _saved_already(page: RecordPage, enrolled: Subject) -> ResponseReturnValue:
    """Lead to the child that the page made; what was typed over it since stays on the page and makes no other."""
    [record] = read_records(db.session(), ["enrolment"], [enrolled.id], voided=True)["enrolment"]
    page.read(request.form)
    if all(page.row.get(name) == record.row.get(name) for name in page.form.typed_items):
        flash(f"This page is saved already: it is child {enrolled.code}.", "success")
        return redirect(url_for("subjects.show", subject_key=enrolled.key))
    page.enrolled = enrolled
    return render(page, 422)


def _store(page: RecordPage) -> Saved:
    site, by, now = page.chosen_site or abort(400), viewer().user, utc_now()
    enrolled_on = page.row.get("enrolled_on")
    approval = approval_on(site, enrolled_on if isinstance(enrolled_on, date) else today_at(site, now))
    if not approval.allows_enrolment:
        raise EnrolmentStopped(site_name=site.name, approval=approval.words)
    doubts = enrolling.doubts(db.session(), site, page.row, by=by, at=now)
    unsure = tuple(finding for finding in doubts if finding.check_id not in page.confirmed)
    subject = records.new_subject(db.session(), site, by=by, at=now)
    try:
        saved = records.save(
            db.session(),
            subject,
            page.form,
            page.row,
            revision=0,
            by=by,
            at=now,
            confirmed=page.confirmed,
            complete=page.is_complete,
        )
    except NeedsConfirmation as needed:
        raise NeedsConfirmation((*unsure, *needed.findings)) from None
    if unsure:
        raise NeedsConfirmation(unsure)
    return saved


@bp.get("/subjects/<uuid:subject_key>")
@requires("subject.view")
def show(subject_key: uuid.UUID) -> ResponseReturnValue:
    """Show one child: who, what next, what is expected and filled, what is open."""
    subject = get_subject(subject_key)
    view = overview(db.session(), subject, viewer().user, utc_now())
    asked, resting = groups(view.queries.queries), groups(view.resting.queries)
    return render_template(
        "subjects/show.html",
        view=view,
        groups=asked,
        resting=resting,
        places=places(db.session(), chain(*asked)) | places(db.session(), chain(*resting)),
        subject=subject,
        may_edit=view.closed is None and viewer().may("record.edit", subject.site),
        may_answer=viewer().may("data_query.answer", subject.site),
        may_raise=viewer().may("data_query.raise", subject.site),
    )


@bp.get("/subjects/<uuid:subject_key>/record")
@requires("subject.view")
def before_whole_record(subject_key: uuid.UUID) -> ResponseReturnValue:
    """Say what the whole record holds and that opening it is logged."""
    return render_template("subjects/before_record.html", subject=get_subject(subject_key))


@bp.post("/subjects/<uuid:subject_key>/record")
@requires("subject.view")
def show_whole_record(subject_key: uuid.UUID) -> ResponseReturnValue:
    """Show everything about one child on one page, to be printed; who opened it stands in the log."""
    subject, now = get_subject(subject_key), utc_now()
    whole_record.log_opening(db.session(), subject, by=viewer().user, at=now)
    db.session.commit()
    record = whole_record.whole_record(db.session(), subject)
    return render_template("subjects/record.html", subject=subject, record=record, at=now)
