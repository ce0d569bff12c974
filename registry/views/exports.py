"""Pages of the exports that were asked for: decide, hand out, look back; and what each profile does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import access, export_history, export_pages, waiting_work
from registry.database import db, utc_now
from registry.models import User
from registry.plain_forms.exports import ReasonForm
from registry.release import agreements, exports, requests, rules, runs
from registry.release.export_rows import DELETED, DONE, FAILED, QUEUED, RUNNING, WAITING, order_of
from registry.release.models import Cut, Export
from registry.release.previews import preview_of
from registry.release.profiles import TERMS
from registry.release.rights import may_hand_out, may_write_again, visible_exports
from registry.views.by_whom import COMMAND_LINE, name_of
from registry.views.cuts import newest_cuts
from registry.views.under_way import refreshing

bp = Blueprint("exports", __name__, url_prefix="/exports")

SHOWN = 50
UNDER_WAY = (QUEUED, RUNNING)

DECISIONS: dict[str, tuple[Callable[..., None], str]] = {
    "approve": (requests.approve, "Approved. It is being written."),
    "decline": (requests.decline, "Declined. Who asked sees your reason."),
}


@bp.get("")
@access.requires("export.public")
def index() -> ResponseReturnValue:
    """List the exports that the viewer may know of, newest first; above them those that wait for a decision."""
    runs.look(db.session(), utc_now())
    visible = visible_exports(access.viewer()).outerjoin(User, User.id == Export.made_by_id).add_columns(User.name)
    rows = [(export, name or COMMAND_LINE) for export, name in db.session.execute(visible.limit(SHOWN))]
    shown = [export for export, _ in rows]
    page = render_template(
        "exports/index.html",
        rows=rows,
        to_decide=[(export, name_of(export.made_by_id)) for export in waiting_work.exports_to_decide(db.session())]
        if access.viewer().may("export.approve")
        else [],
        downloads=export_history.downloads(db.session(), shown),
        has_cuts=bool(newest_cuts(1)),
        **export_pages.WORDS,
    )
    return refreshing(page, any(export.status in UNDER_WAY for export in shown))


@bp.get("/profiles")
@access.requires("export.public")
def compare() -> ResponseReturnValue:
    """Show what each of the four profiles does to each item."""
    forms = export_pages.compared()
    sums = [
        export_pages.in_short(row[place].verb for form in forms for row in form.items)
        for place in range(len(export_pages.PROFILES))
    ]
    return render_template(
        "exports/compare.html", forms=forms, sums=sums, profiles=export_pages.PROFILES, **export_pages.WORDS
    )


@bp.get("/<uuid:key>")
@access.requires("export.public")
def show(key: UUID) -> ResponseReturnValue:
    """Show an export: how far it is, what it holds, what was done to each item, everything that happened to it."""
    runs.look(db.session(), utc_now())
    export = _get_export(key)
    return refreshing(_show(export, ReasonForm()), export.status in UNDER_WAY)


@bp.post("/<uuid:key>/decide")
@access.requires("export.approve")
def decide(key: UUID) -> ResponseReturnValue:
    """Approve or decline an export that waits."""
    _get_export(key)
    step, said = DECISIONS.get(request.form.get("_do", "")) or abort(400)
    return _step(key, step, said)


@bp.post("/<uuid:key>/take-back")
@access.requires("export.public")
def take_back(key: UUID) -> ResponseReturnValue:
    """End a request of one's own that still waits for a decision; its entry stays."""
    return _step(key, requests.take_back, "The request was taken back. Nothing is written.")


@bp.post("/<uuid:key>/delete")
@access.requires("export.public")
def delete(key: UUID) -> ResponseReturnValue:
    """Delete the files of an export; its entry stays."""
    return _step(key, requests.delete_files, "The files were deleted. The entry stays.")


@bp.post("/<uuid:key>/again")
@access.requires("export.public")
def again(key: UUID) -> ResponseReturnValue:
    """Have the files of an export written once more."""

    def write_again(session: Session, export: Export, **who: Any) -> None:
        requests.write_again(session, export, by=who["by"], at=who["at"])

    return _step(key, write_again, "The files are written again from the same data cut.")


@bp.post("/<uuid:key>/download")
@access.requires("export.public")
def download(key: UUID) -> ResponseReturnValue:
    """Answer with the package and enter the download in the log."""
    export, form = _get_export(key), ReasonForm()
    try:
        path = requests.record_download(db.session(), export, by=access.viewer().user, at=utc_now())
    except access.NotAllowed as refused:
        return _refuse_step(export, form, refused)
    response = Response(path.read_bytes(), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=path.name)
    return response


def _step(key: UUID, step: Callable[..., None], said: str) -> ResponseReturnValue:
    """Take a step with a reason and say so, or show the page again with why not."""
    export, form = _get_export(key), ReasonForm()
    try:
        step(db.session(), export, by=access.viewer().user, at=utc_now(), reason=form.text)
    except access.NotAllowed as refused:
        return _refuse_step(export, form, refused)
    flash(said, "success")
    return redirect(url_for("exports.show", key=key))


def _refuse_step(export: Export, form: ReasonForm, refused: access.NotAllowed) -> ResponseReturnValue:
    form.form_errors.append(str(refused))
    return _show(export, form), 422


def _show(export: Export, form: ReasonForm) -> str:
    viewer, session = access.viewer(), db.session()
    order = order_of(session, export)
    archive = exports.archive_of(export) if export.status == DONE else None
    is_own = export.made_by_id == viewer.user.id
    has_files = archive is not None
    lapsed = requests.agreement_lapsed(session, export, utc_now())
    kept_back = requests.why_kept_back(session, export, utc_now()) if archive else ""
    manifest = exports.manifest_of(archive) if archive else None
    is_gone = export.status in (FAILED, DELETED) or (export.status == DONE and (not has_files or bool(kept_back)))
    actions = rules.actions(order.profile)
    would = preview_of(session, export) if export.status == WAITING else None
    return render_template(
        "exports/show.html",
        would=would,
        rows=would.rows if would else manifest.get("rows_of_forms", ()) if manifest else (),
        export=export,
        order=order,
        form=form,
        manifest=manifest,
        asked_by=name_of(export.made_by_id),
        decided_by=name_of(export.decided_by_id),
        agreement=agreements.find(session, export.agreement_key),
        cut=_cut_of_request(session, export),
        step=runs.step_of(export) if export.status == RUNNING else "",
        history=export_history.history(session, export),
        plan=export_pages.done_by(manifest) if manifest else export_pages.plan(actions, order.forms),
        has_files=has_files,
        kept_back=kept_back,
        lapsed=lapsed,
        may_decide=export.status == WAITING and viewer.may("export.approve") and not is_own,
        may_take_back=export.status == WAITING and is_own,
        may_download=has_files and not kept_back and may_hand_out(viewer, export),
        may_delete=export.status == DONE and TERMS[order.profile].has_rows and (is_own or viewer.may("export.delete")),
        may_write_again=is_gone and not lapsed and may_write_again(viewer, export),
        **export_pages.WORDS,
    )


def _cut_of_request(session: Session, export: Export) -> Cut | None:
    """Return the cut that an export was asked from: of several with the same files the newest there was."""
    there_was = Cut.taken_at <= export.made_at
    same = select(Cut).where(Cut.cut_id == export.cut_id).order_by(there_was.desc(), Cut.taken_at.desc())
    return session.scalars(same).first()


def _get_export(key: UUID) -> Export:
    export = db.session.scalar(visible_exports(access.viewer()).where(Export.key == str(key)))
    return export or abort(404)
