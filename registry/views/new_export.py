"""Pages of a new export: ask for it, see what would leave and what would not before anything is written, place it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from registry import access, export_pages
from registry.database import db, only_reads, utc_now
from registry.models import Site
from registry.plain_forms.exports import ExportForm
from registry.release import admission, agreements, preparing, requests
from registry.release.gate_words import sentences, warnings
from registry.release.leaving_rows import leaving_rows
from registry.release.models import Cut
from registry.release.quasi_identifiers import ladder
from registry.release.refusal import ExportRefused
from registry.release.rights import BY_SITE, profiles_for
from registry.views.cuts import newest_cuts

bp = Blueprint("new_export", __name__, url_prefix="/exports")

GO_BACK = "back"


@bp.get("/new")
@access.requires("export.public")
def ask() -> ResponseReturnValue:
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
        found = preparing.prepare(db.session(), cut, order)
    except (access.NotAllowed, ExportRefused) as refused:
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
        agreement=agreements.find(db.session(), order.agreement),
        **export_pages.WORDS,
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
    except access.NotAllowed as refused:
        return _refuse(form, refused)
    return redirect(url_for("exports.show", key=export.key))


def _refuse(form: ExportForm, refused: Exception) -> ResponseReturnValue:
    form.form_errors.append(str(refused))
    return _ask(form), 422


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
        "exports/new.html", form=form, has_sites=any(choice.value for choice in form.site.choices), **export_pages.WORDS
    )


def _cut(form: ExportForm) -> Cut:
    return db.session.scalars(select(Cut).where(Cut.key == form.cut.data)).one()
