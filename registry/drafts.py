"""Drafts: a page as typed so far, kept for its author only, gone once it is saved or after 14 days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict

from registry.models import Draft, Subject, User
from registry.turns import take_turn

KEPT_FOR = timedelta(days=14)
NOT_KEPT = frozenset({"csrf_token", "_do"})
MOST = 200
"""Drafts that are kept for one person; a coordinator has a handful."""
LONGEST = 500_000
"""Characters of a draft; a grid of sixty days with every cell filled has a tenth of it."""


class NoRoom(RuntimeError):
    """A page is not kept as a draft; the message says why and what to do."""


def keep(
    session: Session,
    user: User,
    subject: Subject | None,
    form: str,
    record_key: str,
    *,
    revision: int,
    typed: Iterable[tuple[str, str]],
    at: datetime,
) -> None:
    """Keep what a person has typed on a page, in place of what was kept of it before. The caller commits.

    Errors: NoRoom where the person has too many drafts, or this one is too long; what was kept before stays.
    """
    purge(session, at)
    fields = _fields(typed)
    if sum(len(name) + len(text) for name, texts in fields.items() for text in texts) > LONGEST:
        raise NoRoom(
            f"This page is not kept as a draft: it is longer than {LONGEST:,} characters. Save it or shorten it."
        )
    values = {
        "subject_id": subject.id if subject else None,
        "form": form,
        "revision": revision,
        "typed": fields,
        "saved_at": at,
    }
    if not _replace(session, user, record_key, values):
        _require_room(session, user)
        try:
            with session.begin_nested():
                session.add(Draft(user_id=user.id, record_key=record_key, **values))
        except IntegrityError:  # the same page was kept by a second request meanwhile
            _replace(session, user, record_key, values)


def keep_rest(session: Session, user: User, record_key: str, *, typed: Iterable[tuple[str, str]], at: datetime) -> None:
    """Leave in a draft what a save did not store; one that is gone by now stays gone. The caller commits.

    It needs no more room than before, so it waits for nobody's turn: the save holds the child and the end of the log,
    for which whoever has the turn may be waiting.
    """
    _replace(session, user, record_key, {"typed": _fields(typed), "saved_at": at})


def _fields(typed: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, text in typed:
        if name not in NOT_KEPT:
            fields.setdefault(name, []).append(text)
    return fields


def _require_room(session: Session, user: User) -> None:
    take_turn(session, user)
    kept = session.scalar(select(func.count()).select_from(Draft).where(Draft.user_id == user.id)) or 0
    if kept >= MOST:
        raise NoRoom(
            f"This page is not kept as a draft: you have {kept} of them, and no more are kept. Save this page, or save "
            "or discard some of the others first; your home page lists them."
        )


def _replace(session: Session, user: User, record_key: str, values: Mapping[str, Any]) -> bool:
    own = (Draft.user_id == user.id) & (Draft.record_key == record_key)
    return session.scalar(update(Draft).where(own).values(**values).returning(Draft.id)) is not None


def find(session: Session, user: User, record_key: str, at: datetime) -> Draft | None:
    """Return what a person has typed on the page of one record and not saved yet."""
    own = (Draft.user_id == user.id) & (Draft.record_key == record_key) & (Draft.saved_at > at - KEPT_FOR)
    return session.scalar(select(Draft).where(own))


def of_user(
    session: Session,
    user: User,
    at: datetime,
    subject: Subject | None = None,
    *,
    among: Select[Subject] | None = None,
) -> list[Draft]:
    """Return the drafts of a person, newest first, with their children.

    Those of one child where it is given; else ``among`` limits them to a selection of children, or of none yet.
    """
    wanted = (Draft.user_id == user.id) & (Draft.saved_at > at - KEPT_FOR)
    if subject is not None:
        wanted &= Draft.subject_id == subject.id
    if among is not None:
        wanted &= Draft.subject_id.is_(None) | Draft.subject_id.in_(among.with_only_columns(Subject.id))
    statement = select(Draft).where(wanted).options(joinedload(Draft.subject)).order_by(Draft.saved_at.desc(), Draft.id)
    return list(session.scalars(statement))


def drop(session: Session, user: User, record_key: str) -> None:
    """Forget a draft: it was saved, or its author does not want it. The caller commits."""
    session.execute(_DROP, {"user": user.id, "key": record_key})


_DROP = delete(Draft).where(Draft.user_id == bindparam("user"), Draft.record_key == bindparam("key"))


def purge(session: Session, at: datetime) -> None:
    """Forget all drafts older than 14 days. The caller commits."""
    session.execute(delete(Draft).where(Draft.saved_at <= at - KEPT_FOR))


def fields_of(draft: Draft) -> MultiDict[str, str]:
    """Return what was typed as a page posts it."""
    return MultiDict((name, text) for name, texts in draft.typed.items() for text in texts)
