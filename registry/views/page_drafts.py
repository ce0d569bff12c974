"""Drafts as pages meet them: offered, continued, kept on request."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from forms.form import Form
from registry import drafts
from registry.access import viewer
from registry.database import db, utc_now, writing, writing_if_free
from registry.models import Draft, Subject
from registry.templating import show_moment
from registry.views import site_drafts
from registry.views.record_page import RecordPage
from registry.wording import GRID, SITE_PAGE


def offer_draft(page: RecordPage) -> None:
    """Offer the viewer's own draft of this page, or continue it where the address asks for that."""
    now, user = utc_now(), viewer().user
    if request.args.get("draft"):
        if draft := named_draft(page.form, page.subject):
            page.key = draft.record_key
            page.continued, page.revision = draft, draft.revision
            page.typed = drafts.fields_of(draft)
            page.web.read(page.typed, page.stored.row if page.stored else None)
        return
    mine = drafts.of_user(db.session(), user, now, page.subject)
    same = [d for d in mine if d.form == page.form.name and (page.subject or d.subject_id is None)]
    is_taken = page.stored is not None and page.form.repeats
    fitting = [d for d in same if d.record_key == page.key or (d.revision == 0 and not is_taken)]
    page.offered = fitting[0] if fitting else None


def named_draft(form: Form, subject: Subject | None) -> Draft | None:
    """Return the viewer's own draft of a page of this child that the address names."""
    draft = drafts.find(db.session(), viewer().user, request.args.get("draft", ""), utc_now())
    is_of_this = draft is not None and draft.form == form.name and draft.subject_id == (subject.id if subject else None)
    return draft if is_of_this else None


def drop_what_is_saved(page: RecordPage, typed: MultiDict[str, str]) -> None:
    """Forget pages of the form that the viewer had begun before, where all they say was typed and saved now too.

    The caller commits.
    """
    for draft in _begun_before(page.form, page.subject):
        said = {(name, text) for name, texts in draft.typed.items() for text in texts if text and _is_answer(name)}
        if said <= set(typed.items(multi=True)):
            drafts.drop(db.session(), viewer().user, draft.record_key)


def tell_of_others(form: Form, subject: Subject | None) -> None:
    """Say after a save of which page of the same form the viewer had begun something else before."""
    for draft in _begun_before(form, subject)[:1]:
        began = show_moment(draft.saved_at, subject.site if subject else viewer().only_site)
        said = "You began another page of this form on {}. It says something else and is not saved: {}."
        way = Markup('<a href="{}">go on with it or discard it</a>').format(draft_url(draft))
        flash(Markup(said).format(began, way), "warning")


def _begun_before(form: Form, subject: Subject | None) -> list[Draft]:
    """Return the viewer's drafts of new records of a form of a child, newest first."""
    mine = drafts.of_user(db.session(), viewer().user, utc_now(), subject)
    of_subject = subject.id if subject else None
    return [one for one in mine if (one.form, one.revision, one.subject_id) == (form.name, 0, of_subject)]


def _is_answer(name: str) -> bool:
    return not name.startswith("_") or name.startswith(("_why.", "_reason"))


def drop_first_entries(form: Form, subject: Subject) -> None:
    """Forget what the viewer had begun of a form that exists once: it is merged with what was saved first."""
    for draft in _begun_before(form, subject):
        drafts.drop(db.session(), viewer().user, draft.record_key)
    db.session.commit()


def draft_url(draft: Draft) -> str:
    """Return the address that continues a draft."""
    if draft.form == SITE_PAGE:
        return site_drafts.address_of(draft)
    if draft.subject is None:
        return url_for("subjects.enrol", draft=draft.record_key)
    if draft.form == GRID:
        return url_for("grid.show", subject_key=draft.subject.key, draft="yes")
    names: dict[str, Any] = {"subject_key": draft.subject.key, "form_name": draft.form}
    if draft.revision == 0:
        return url_for("records.new", **names, draft=draft.record_key)
    return url_for("records.show", **names, record_key=draft.record_key, draft=draft.record_key)


def keep_as_draft(page: RecordPage, typed: MultiDict[str, str]) -> bool:
    """Keep what was typed on a page as the viewer's draft; where there is no room, make the page say so."""
    with writing(db.session()):
        is_kept = _keep(page, typed)
    if not is_kept:
        page.read(typed)
    return is_kept


def keep_what_comes_back(page: RecordPage, typed: MultiDict[str, str]) -> None:
    """Keep a page that could not be saved, so that going back, reloading or closing it loses nothing.

    It comes back at once with all that was typed, also while somebody else writes for long.
    """
    with writing_if_free(db.session()):
        _keep(page, typed)


def _keep(page: RecordPage, typed: MultiDict[str, str]) -> bool:
    try:
        drafts.keep(
            db.session(),
            viewer().user,
            page.subject,
            page.form.name,
            page.key,
            revision=page.revision,
            typed=typed.items(multi=True),
            at=utc_now(),
        )
    except drafts.NoRoom as refused:
        db.session.rollback()
        page.problems.append(("", str(refused)))
        return False
    db.session.commit()
    return True
