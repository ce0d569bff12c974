"""What an export that waits would hold: worked out once, and again only when something it depends on has changed."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.access import NotAllowed
from registry.consent import ANSWERED_NO, MISTAKEN, WITHDRAWN
from registry.models import Site, Subject, User
from registry.release import preparing
from registry.release.earlier_releases import earlier_releases, until_id_of
from registry.release.export_rows import cut_of, order_of
from registry.release.leaving_rows import leaving_rows
from registry.release.models import Cut, Export
from registry.release.order import Order
from registry.release.refusal import ExportRefused
from registry.release.row_rules import LeavingRows
from registry.tables import TABLES

MOST_KEPT = 100

_ENROLMENT = TABLES["enrolment"]
_DEPENDS_ON = (
    select(Subject.key, Subject.code, Subject.site_id, WITHDRAWN, ANSWERED_NO, MISTAKEN).order_by(Subject.id),
    select(_ENROLMENT.c.subject_id, _ENROLMENT.c.voided_at, _ENROLMENT.c.consent_obtained)
    .add_columns(_ENROLMENT.c.consent_scopes, _ENROLMENT.c.reconsent_refused)
    .order_by(_ENROLMENT.c.id),
    select(Site.code, Site.name).order_by(Site.id),
    select(User.name, User.email).order_by(User.id),
)
"""Who may go out as consents stand now, and the names that the project's name may not tell."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """How many children go out and how many do not, by reason, with the rows of each form; or why nothing can."""

    children: int = 0
    excluded: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[LeavingRows, ...] = ()
    problem: str = ""


_kept: OrderedDict[str, tuple[str, Preview]] = OrderedDict()
_one_at_a_time = Lock()
"""Whoever looks while it is worked out waits for it: else each impatient press of a key would begin it anew."""


def preview_of(session: Session, export: Export) -> Preview:
    """Return what an export that waits would hold if it were written now. Writes nothing.

    Ends the session's transaction before it reads files.
    """
    order, until_id, key = order_of(session, export), until_id_of(export), export.key
    try:
        cut = cut_of(session, export)
    except NotAllowed as refused:
        return Preview(problem=str(refused))
    with _one_at_a_time:
        state = _state_of(session, cut, order, until_id)
        known, preview = _kept.get(key, ("", Preview()))
        if known != state:
            preview = _work_out(session, cut, order, until_id)
        _kept[key] = (state, preview)
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return preview


def _work_out(session: Session, cut: Cut, order: Order, until_id: int | None) -> Preview:
    try:
        prepared = preparing.prepare(session, cut, order, until_id=until_id)
    except ExportRefused as refused:
        return Preview(problem=str(refused))
    facts = prepared.facts
    return Preview(children=facts.children, excluded=facts.excluded, rows=leaving_rows(prepared))


def _state_of(session: Session, cut: Cut, order: Order, until_id: int | None) -> str:
    """Return a hash of all that a preparation reads: the order, the files of the cut, earlier releases, consents."""
    files = [(path.name, (at := path.stat()).st_size, at.st_mtime_ns) for path in sorted(Path(cut.folder).rglob("*"))]
    earlier = [(one.key, one.status, one.sha256) for one in earlier_releases(session, order, until_id=until_id)]
    state = hashlib.sha256(repr((order, cut.cut_id, files, earlier)).encode())
    for statement in _DEPENDS_ON:
        for row in session.execute(statement):
            state.update(repr(tuple(row)).encode())
    return state.hexdigest()
