"""The first page after signing in: what is waiting for me at my sites."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from forms.casebook import CASEBOOK
from registry import access, waiting_work
from registry.database import db, utc_now
from registry.export_pages import STATES
from registry.models import Draft
from registry.query_places import places
from registry.release.profiles import TERMS
from registry.views import site_drafts
from registry.views.data_queries import answered_questions, count_of
from registry.views.page_drafts import draft_url
from registry.wording import SITE_PAGE

bp = Blueprint("home", __name__)


@bp.get("/")
@access.signed_in
def index() -> ResponseReturnValue:
    """Show what is waiting for the viewer: each part only to whom it concerns."""
    viewer, session, now = access.viewer(), db.session(), utc_now()
    shown: dict[str, Any] = {"viewer": viewer}
    if viewer.may("record.edit"):
        own = access.visible_subjects("record.edit")
        shown["due"] = waiting_work.due_work(session, own, now)
        shown["begun"] = waiting_work.begun_records(session, own)
    if viewer.may("record.edit") or viewer.may("site.edit") or viewer.may("site.open"):
        own_drafts = waiting_work.own_drafts(session, viewer.user, access.visible_subjects("record.edit"), now)
        drafts = site_drafts.that_can_be_saved(own_drafts)
        shown["drafts"] = [(draft, draft_title(draft), draft_url(draft)) for draft in drafts]
    if viewer.may("data_query.answer") or viewer.may("data_query.raise"):
        shown["queries"] = waiting_work.open_queries(session, access.visible_subjects("subject.list"))
        shown["places"] = places(session, [line.query for line in shown["queries"].shown])
    if viewer.may("data_query.raise"):
        shown["to_close"] = count_of(answered_questions())
    if viewer.may("site.edit"):
        shown["approvals"] = waiting_work.approvals_ending(session, access.visible_sites("site.edit"), now)
    if viewer.may("analysis.view") or viewer.may("cut.take"):
        shown["newest"] = waiting_work.newest(session)
    if viewer.may("export.approve"):
        shown["to_decide"] = waiting_work.exports_to_decide(session)
    if viewer.may("export.public"):
        shown["own_exports"] = waiting_work.own_exports(session, viewer.user)
    if viewer.may("account.manage"):
        shown["without_role"] = waiting_work.people_without_role(session)
    return render_template("home.html", terms=TERMS, states=STATES, **shown)


def draft_title(draft: Draft) -> str:
    """Return what a draft is a draft of."""
    if draft.form == SITE_PAGE:
        return site_drafts.title_of(draft)
    return CASEBOOK[draft.form].title if draft.form in CASEBOOK else "Daily grid"
