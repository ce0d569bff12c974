"""A record that was saved after its page was opened: both versions side by side, decided item by item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from registry import log_history
from registry.access import viewer
from registry.database import db
from registry.log_history import HistoryEntry
from registry.merging import MINE, THEIRS, Difference, differences
from registry.stored_records import Record
from registry.views.record_page import RecordPage, link_options

NOT_SENT_AGAIN = frozenset({"csrf_token", "_do", "_key", "_revision", "_seen", "_opened", "_reason"})


def take_decisions(page: RecordPage) -> tuple[MultiDict[str, str], bool]:
    """Return what was typed with the other version's answers where they were chosen, and whether any choice is missing.

    What comes from an ordinary page passes unchanged. From the page of a conflict the save counts as made on the
    version shown there; if that was overtaken too, the conflict is shown anew.
    """
    typed = MultiDict(request.form.items(multi=True))
    seen = request.form.get("_seen", type=int)
    if seen is None or page.stored is None or page.stored.revision != seen:
        return typed, False
    page.web.read(typed, page.stored.row)
    found = differences(page.form, page.row, page.stored.row, ())
    taken = {difference.name: request.form.get(f"_take.{difference.name}", "") for difference in found}
    if not set(taken.values()) <= {MINE, THEIRS}:
        # What was saved since then decides which version is suggested: nothing that both changed may be chosen already.
        page.revision = request.form.get("_opened", page.revision, type=int)
        return typed, True
    for difference in found:
        if taken[difference.name] == THEIRS:
            for field in (difference.name, f"{difference.name}__missing", f"{difference.name}__unit"):
                typed.poplist(field)
            for field, text in page.web.as_posted(difference.name, difference.theirs):
                typed.add(field, text)
    page.revision = seen
    return typed, False


def show_conflict(page: RecordPage, stored: Record, *, undecided: bool = False) -> ResponseReturnValue:
    """Return the page that shows what I typed beside what is stored."""
    assert page.subject is not None
    entries = log_history.of_record(db.session(), stored.key)
    since = _saved_since(entries, stored, page.revision)
    found = differences(page.form, page.row, stored.row, since)
    names: dict[str, Any] = {"subject_key": page.subject.key, "form_name": page.form.name, "record_key": stored.key}
    body = render_template(
        "records/conflict.html",
        page=page,
        stored=stored,
        differences=found,
        chosen={difference.name: _chosen(difference) for difference in found},
        undecided=undecided,
        by=entries[-1].actor_name,
        is_mine={entry.actor for entry in since or entries[-1:]} == {viewer().user.key},
        at=entries[-1].at,
        links=link_options(page.form, page.subject)[1],
        action=url_for("records.show", **names),
        kept=[pair for pair in (request.form or page.typed).items(multi=True) if _is_kept(pair[0])],
    )
    return body, 409 if request.method == "POST" else 200


def show_beside_stored(page: RecordPage, stored: Record) -> ResponseReturnValue | None:
    """Return what I had begun of a form that exists once beside what was saved of it since; None if it says the same.

    ``page`` is the one that I began, read from its draft: what cannot be read as typed counts as different.
    """
    is_readable = page.read(page.typed)
    if is_readable and not differences(page.form, page.row, stored.row, ()):
        return None
    return show_conflict(page, stored)


def was_first_entry() -> bool:
    """Tell whether the posted merger was of a page that was begun while nothing of the form was saved."""
    return request.form.get("_seen") is not None and request.form.get("_opened") == "0"


def _chosen(difference: Difference) -> str:
    return request.form.get(f"_take.{difference.name}", "") or difference.suggested


def _is_kept(name: str) -> bool:
    return name not in NOT_SENT_AGAIN and not name.startswith("_take.")


def _saved_since(entries: Sequence[HistoryEntry], stored: Record, revision: int) -> Sequence[HistoryEntry]:
    """Return what was saved after the revision that the page was opened with: each save adds one."""
    return entries[revision - stored.revision :] if revision < stored.revision else ()
