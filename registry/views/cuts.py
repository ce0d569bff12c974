"""Pages of the data cuts: which were taken, what is in them, take a new one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from forms.casebook import CASEBOOK
from registry import access
from registry.database import db, utc_now
from registry.models import User, new_key
from registry.release.consent_counts import WORDS
from registry.release.cut_files import id_in
from registry.release.cuts import LONGEST_NAME, CutError, take_cut
from registry.release.models import Cut
from registry.storage import storage_folder
from registry.turns import take_turn
from registry.typed_text import in_a_few_words
from registry.views.by_whom import COMMAND_LINE, name_of

bp = Blueprint("cuts", __name__, url_prefix="/cuts")

SHOWN = 50
MOST_A_DAY = 50
"""Data cuts that one person takes within 24 hours: each is a copy of everything."""


def newest_cuts(limit: int = SHOWN) -> list[tuple[Cut, str]]:
    """Return the newest data cuts, each with the name of who took it."""
    statement = select(Cut, User.name).outerjoin(User, User.id == Cut.taken_by_id).order_by(Cut.id.desc())
    return [(cut, name or COMMAND_LINE) for cut, name in db.session.execute(statement.limit(limit))]


def get_cut(key: UUID | str) -> Cut:
    """Return a data cut by its key, or answer 404."""
    cut = db.session.scalar(select(Cut).where(Cut.key == str(key)))
    return cut or abort(404)


def take_new_cut(name: str = "") -> Cut:
    """Take a data cut of now for the viewer and commit it. Errors: CutError."""
    by, now = access.viewer().user, utc_now()

    _require_room(by, now)
    db.session.commit()  # the cut reads its own snapshot; no save has to wait while its files are written
    cut = take_cut(
        db.session(),
        storage_folder("cuts", new_key()),
        by=by,
        at=now,
        name=name,
        before_entry=lambda _cut: _require_room(by, now),
    )
    db.session.commit()
    return cut


def _require_room(by: User, at: datetime) -> None:
    """Refuse a cut beyond those that a person takes within 24 hours. Errors: CutError."""
    take_turn(db.session(), by)
    a_day_ago = at - timedelta(days=1)
    own = select(func.count()).select_from(Cut).where(Cut.taken_by_id == by.id, Cut.taken_at > a_day_ago)
    if (db.session.scalar(own) or 0) >= MOST_A_DAY:
        raise CutError(
            f"You took {MOST_A_DAY} data cuts within 24 hours, and no more are taken. Use one of them, or take this "
            "one tomorrow."
        )


@bp.get("")
@access.requires("cut.take")
def index() -> ResponseReturnValue:
    """List the data cuts, newest first."""
    return _index()


def _index(name: str = "") -> str:
    return render_template("cuts/index.html", cuts=newest_cuts(), longest_name=LONGEST_NAME, name=name)


@bp.post("")
@access.requires("cut.take")
def take() -> ResponseReturnValue:
    """Take a data cut of everything the registry holds now."""
    name = in_a_few_words(request.form.get("name"))
    try:
        cut = take_new_cut(name=name)
    except CutError as refused:
        flash(str(refused), "error")
        return _index(name), 422
    flash("The data cut was taken.", "success")
    return redirect(url_for("cuts.show", key=cut.key))


@bp.get("/<uuid:key>")
@access.requires("cut.take")
def show(key: UUID) -> ResponseReturnValue:
    """Show what is in a data cut."""
    cut = get_cut(key)
    manifest = manifest_of(cut)
    twin = db.session.scalar(select(Cut).where(Cut.cut_id == cut.cut_id, Cut.id < cut.id).order_by(Cut.id).limit(1))
    rows = (
        [(form, manifest["files"][f"forms/{form.name}.csv"]["rows"]) for form in CASEBOOK.values()] if manifest else []
    )
    consent = manifest.get("consent", {}) if manifest else {}
    counts = [(consent[name], words) for name, words in WORDS.items() if name in consent]
    return render_template(
        "cuts/show.html",
        cut=cut,
        manifest=manifest,
        rows=rows,
        twin=twin,
        taken_by=name_of(cut.taken_by_id),
        consent=counts,
    )


def manifest_of(cut: Cut) -> dict[str, Any] | None:
    """Return the manifest of a data cut; None when its files are gone, changed, or others lie in their place."""
    if id_in(Path(cut.folder)) != cut.cut_id:
        return None
    return dict(json.loads((Path(cut.folder) / "manifest.json").read_text(encoding="utf-8")))
