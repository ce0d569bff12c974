"""Saving what was typed on a page: stored, or shown again with what stands in the way."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.datastructures import MultiDict

from registry import drafts
from registry.access import viewer
from registry.database import db, writing
from registry.saving.outcomes import (
    EnrolmentStopped,
    KeyTaken,
    NeedsConfirmation,
    ReasonNeeded,
    RecordVoided,
    Refused,
    Saved,
    SubjectClosed,
)
from registry.views.page_drafts import drop_what_is_saved, keep_what_comes_back
from registry.views.record_page import RecordPage

Store = Callable[[RecordPage], Saved]


def try_to_save(page: RecordPage, typed: MultiDict[str, str], store: Store) -> Saved | None:
    """Read, judge and store what was typed, and forget its draft; None when the page has to come back.

    A page that comes back is kept as a draft, so that going back, reloading or closing it loses nothing. A conflict is
    the caller's to show.
    """
    if not page.read(typed):
        if page.says_anything:
            keep_what_comes_back(page, typed)
        return None
    is_closed = False
    with writing(db.session()):
        try:
            saved = store(page)
            drafts.drop(db.session(), viewer().user, page.key)
            if page.stored is None:
                drop_what_is_saved(page, typed)
            db.session.commit()
            return saved
        except Refused as refused:
            page.refuse(refused.findings)
        except NeedsConfirmation as needed:
            page.ask_to_confirm(needed.findings)
        except ReasonNeeded:
            page.needs_reason = True
            page.problems.append(("_reason", "Reason for change: a saved answer changes, so say why."))
        except EnrolmentStopped as stopped:
            page.problems.append(("", str(stopped)))
        except (SubjectClosed, RecordVoided, KeyTaken) as closed:
            page.problems.append(("", str(closed)))
            is_closed = True
        db.session.rollback()
    if not is_closed:
        keep_what_comes_back(page, typed)
    return None
