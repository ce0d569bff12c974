"""What is typed in the grid and not saved: kept as one draft of all days, until it is saved."""

from __future__ import annotations

from datetime import datetime

from flask import request

from registry import access, drafts
from registry.database import db, utc_now, writing_if_free
from registry.grid.form import holds_typing, merged_draft, typed_elsewhere
from registry.grid.page import GridPage
from registry.grid.sheet import Sheet
from registry.models import Subject
from registry.wording import GRID


def keep(subject: Subject, sheet: Sheet, now: datetime) -> bool:
    """Keep what was posted as the viewer's draft; tell whether anything is typed in it. The caller commits.

    Errors: NoRoom.
    """
    user = access.viewer().user
    earlier = drafts.find(db.session(), user, subject.key, now)
    days = {day.isoformat() for day in sheet.days}
    typed = merged_draft(earlier.typed if earlier else {}, request.form, days)
    is_typed = holds_typing(typed)
    if is_typed:
        drafts.keep(db.session(), user, subject, GRID, subject.key, revision=0, typed=typed.items(multi=True), at=now)
    else:
        drafts.drop(db.session(), user, subject.key)
    return is_typed


def keep_what_comes_back(page: GridPage) -> None:
    """Keep a page that could not be saved, so that going back, reloading or closing it loses nothing."""
    with writing_if_free(db.session()):
        try:
            keep(page.subject, page.sheet, utc_now())
        except drafts.NoRoom as refused:
            db.session.rollback()
            page.notices.append(str(refused))
            return
        db.session.commit()


def forget_draft_of(page: GridPage) -> None:
    """Drop what was typed and is saved now; what was typed in other days stays a draft."""
    session, user, subject = db.session(), access.viewer().user, page.subject
    draft = drafts.find(session, user, subject.key, utc_now())
    if draft is not None and typed_elsewhere(draft.typed, page.sheet):
        days = {day.isoformat() for day in page.sheet.days}
        rest = merged_draft(draft.typed, type(request.form)(), days)
        drafts.keep_rest(session, user, subject.key, typed=rest.items(multi=True), at=utc_now())
    elif draft is not None:
        drafts.drop(session, user, subject.key)
