"""Pages of the exports: ask for one, see what would leave before anything is written, decide, hand out, look back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import access, export_pages, waiting_work
from registry.database import db, only_reads, utc_now
from registry.export_forms import ExportForm, ReasonForm
from registry.models import Site, User
from registry.release import admission, agreements, exports, pipeline, requests, rules
from registry.release.actions import VERBS
from registry.release.export_rows import DELETED, DONE, FAILED, QUEUED, RUNNING, WAITING, cut_of, order_of
from registry.release.gate_words import sentences, warnings
from registry.release.leaving_rows import leaving_rows
from registry.release.models import Cut, DataUseAgreement, Export
from registry.release.order import Order
from registry.release.profiles import LEAST, TERMS
from registry.release.quasi_identifiers import ladder
from registry.release.refusal import ExportRefused
from registry.release.rights import BY_SITE, NotAllowed, may_hand_out, profiles_for, visible_exports
from registry.views.cuts import newest_cuts

bp = Blueprint("exports", __name__, url_prefix="/exports")

SHOWN = 50
REFRESH_SECONDS = 3
UNDER_WAY = (QUEUED, RUNNING)
GO_BACK = "back"
COMMAND_LINE = "Command line"

DECISIONS: dict[str, tuple[Callable[..., None], str]] = {
    "approve": (requests.approve, "Approved. It is being written."),
    "decline": (requests.decline, "Declined. Who asked sees your reason."),
}

WORDS: dict[str, Any] = {
    "terms": TERMS,
    "verbs": {str(verb): words for verb, words in VERBS.items()},
    "states": export_pages.STATES,
    "least": LEAST,
    "form_titles": {name: form.title for name, form in CASEBOOK.items()},
}


@bp.get("")
@access.requires("export.public")
def index() -> ResponseReturnValue:
    """List the exports that the viewer may know of, newest first; above them those that wait for a decision."""
    requests.look(db.session(), utc_now())
    visible = visible_exports(access.viewer()).outerjoin(User, User.id == Export.made_by_id).add_columns(User.name)
    rows = [(export, name or COMMAND_LINE) for export, name in db.session.execute(visible.limit(SHOWN))]
    shown = [export for export, _ in rows]
    page = render_template(
        "exports/index.html",
        rows=rows,
        to_decide=[(export, _name(export.made_by_id)) for export in waiting_work.exports_to_decide(db.session())]
        if access.viewer().may("export.approve")
        else [],
        downloads=export_pages.downloads(db.session(), shown),
        has_cuts=bool(newest_cuts(1)),
        **WORDS,
    )
    return _refreshing(page, any(export.status in UNDER_WAY for export in shown))


@bp.get("/profiles")
@access.requires("export.public")
def compare() -> ResponseReturnValue:
    """Show what each of the four profiles does to each item."""
    forms = export_pages.compared()
    sums = [
        export_pages.in_short(row[place].verb for form in forms for row in form.items)
        for place in range(len(export_pages.PROFILES))
    ]
    return render_template("exports/compare.html", forms=forms, sums=sums, profiles=export_pages.PROFILES, **WORDS)


@bp.get("/new")
@access.requires("export.public")
def new() -> ResponseReturnValue:
    """Ask what to export; the address may choose the data cut."""
    form = _form()
    form.begin({"cut": request.args["cut"]} if "cut" in request.args else {})
    return _ask(form)


@bp.post("/new")
@access.requires("export.public")
@only_reads
def check() -> ResponseReturnValue:
    """Show what would leave and what would not, with the risk; nothing is written yet."""
    form = _form()
    if request.form.get("_do") == GO_BACK:
        return _ask(form)
    if not form.validate_on_submit():
        return _ask(form), 422
    order, cut, by = form.order, _cut(form), access.viewer().user
    try:
        admission.admit(db.session(), order, cut, by=by, at=utc_now())
        found = pipeline.prepare(db.session(), cut, order)
    except (NotAllowed, ExportRefused) as refused:
        return _refuse(form, refused)
    passed = found.passed
    return render_template(
        "exports/check.html",
        form=form,
        order=order,
        found=found,
        cut=_cut(form),
        needs_approval=admission.needs_approval(db.session(), order, by=by),
        plan=export_pages.plan(found.actions, order.forms, found.forms),
        rows=leaving_rows(found),
        fates=export_pages.fates(found.actions, order.forms, found.forms),
        quasi=export_pages.quasi_lines(passed, order.keep) if passed else [],
        risk=export_pages.risk_lines(passed) if passed else [],
        sentences=[*sentences(passed, ladder(order.keep)), *warnings(passed.after)] if passed else [],
        agreement=_agreement(order.agreement),
        **WORDS,
    )


@bp.post("")
@access.requires("export.public")
def place() -> ResponseReturnValue:
    """Ask for the export that was looked at."""
    form = _form()
    if not form.validate_on_submit():
        return _ask(form), 422
    try:
        export = requests.place(db.session(), form.order, _cut(form), by=access.viewer().user, at=utc_now())
    except NotAllowed as refused:
        return _refuse(form, refused)
    return redirect(url_for("exports.show", key=export.key))


@bp.get("/<uuid:key>")
@access.requires("export.public")
def show(key: UUID) -> ResponseReturnValue:
    """Show an export: how far it is, what it holds, what was done to each item, everything that happened to it."""
    requests.look(db.session(), utc_now())
    export = _get_export(key)
    return _refreshing(_show(export, ReasonForm()), export.status in UNDER_WAY)


@bp.post("/<uuid:key>/decide")
@access.requires("export.approve")
def decide(key: UUID) -> ResponseReturnValue:
    """Approve or decline an export that waits."""
    _get_export(key)
    step, said = DECISIONS.get(request.form.get("_do", "")) or abort(400)
    return _step(key, step, said)


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
    except NotAllowed as refused:
        return _refuse_step(export, form, refused)
    response = Response(path.read_bytes(), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=path.name)
    return response


def _step(key: UUID, step: Callable[..., None], said: str) -> ResponseReturnValue:
    """Take a step with a reason and say so, or show the page again with why not."""
    export, form = _get_export(key), ReasonForm()
    try:
        step(db.session(), export, by=access.viewer().user, at=utc_now(), reason=form.text)
    except NotAllowed as refused:
        return _refuse_step(export, form, refused)
    flash(said, "success")
    return redirect(url_for("exports.show", key=key))


def _refuse_step(export: Export, form: ReasonForm, refused: NotAllowed) -> ResponseReturnValue:
    form.form_errors.append(str(refused))
    return _show(export, form), 422


def _refuse(form: ExportForm, refused: Exception) -> ResponseReturnValue:
    form.form_errors.append(str(refused))
    return _ask(form), 422


def _show(export: Export, form: ReasonForm) -> str:
    viewer, session = access.viewer(), db.session()
    order = order_of(session, export)
    archive = exports.archive_of(export) if export.status == DONE else None
    is_own = export.made_by_id == viewer.user.id
    has_files = archive is not None
    kept_back = requests.why_kept_back(session, export) if archive else ""
    manifest = exports.manifest_of(archive) if archive else None
    is_gone = export.status in (FAILED, DELETED) or (export.status == DONE and (not has_files or bool(kept_back)))
    actions = rules.actions(order.profile)
    would, problem = _prepared(export, order) if export.status == WAITING else (None, "")
    return render_template(
        "exports/show.html",
        would=would,
        problem=problem,
        rows=leaving_rows(would) if would else manifest.get("rows_of_forms", ()) if manifest else (),
        export=export,
        order=order,
        form=form,
        manifest=manifest,
        asked_by=_name(export.made_by_id),
        decided_by=_name(export.decided_by_id),
        agreement=_agreement(export.agreement_key),
        cut=session.scalars(select(Cut).where(Cut.cut_id == export.cut_id).order_by(Cut.id)).first(),
        step=requests.step_of(export) if export.status == RUNNING else "",
        history=export_pages.history(session, export),
        plan=export_pages.done_by(manifest) if manifest else export_pages.plan(actions, order.forms),
        has_files=has_files,
        kept_back=kept_back,
        may_decide=export.status == WAITING and viewer.may("export.approve") and not is_own,
        may_download=has_files and not kept_back and may_hand_out(viewer, export),
        may_delete=export.status == DONE and TERMS[order.profile].has_rows and (is_own or viewer.may("export.delete")),
        may_write_again=is_gone and is_own,
        **WORDS,
    )


def _prepared(export: Export, order: Order) -> tuple[pipeline.Prepared | None, str]:
    """Return an export that waits as it would be made, or why it cannot be."""
    session = db.session()
    try:
        return pipeline.prepare(session, cut_of(session, export), order), ""
    except (NotAllowed, ExportRefused) as refused:
        return None, str(refused)


def _form() -> ExportForm:
    """Return the form with what the viewer may choose."""
    viewer, today = access.viewer(), utc_now().date()
    allowed = profiles_for(viewer)
    own = [allowed[profile] for profile in BY_SITE & allowed.keys()]
    known = db.session.execute(select(Site.id, Site.code).order_by(Site.code)).all()
    sites = [code for id_, code in known if any(ids is None or id_ in ids for ids in own)]
    signed = [one for one in agreements.list_agreements(db.session()) if not one.ended_at and one.expires_on >= today]
    form = ExportForm()
    signed = signed if viewer.may("agreement.view") else []
    form.offer([*allowed], [cut for cut, _ in newest_cuts()], sites, signed, has_whole_study=not own or None in own)
    if not viewer.may("export.lower_k"):
        del form.least, form.least_reason
    return form


def _ask(form: ExportForm) -> str:
    return render_template(
        "exports/new.html", form=form, has_sites=any(choice.value for choice in form.site.choices), **WORDS
    )


def _cut(form: ExportForm) -> Cut:
    return db.session.scalars(select(Cut).where(Cut.key == form.cut.data)).one()


def _agreement(key: str | None) -> DataUseAgreement | None:
    return db.session.scalar(select(DataUseAgreement).where(DataUseAgreement.key == key)) if key else None


def _name(user_id: int | None) -> str:
    person = db.session.get(User, user_id) if user_id else None
    return person.name if person else COMMAND_LINE


def _get_export(key: UUID) -> Export:
    export = db.session.scalar(visible_exports(access.viewer()).where(Export.key == str(key)))
    return export or abort(404)


def _refreshing(page: str, is_under_way: bool) -> Response:
    """Return a page that the browser asks for again while something is under way, also without scripts."""
    response = make_response(page)
    if is_under_way:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response
