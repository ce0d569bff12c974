"""Pages of the exports: what a profile does to each item, write a package, the history of what left."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from forms.casebook import CASEBOOK
from registry import access, audit
from registry.database import db, utc_now
from registry.models import User, new_key
from registry.release import exports, pipeline, rules
from registry.release.actions import VERBS, Action, Verb
from registry.release.cuts import storage_folder
from registry.release.models import Cut, Export
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.views.cuts import newest_cuts

bp = Blueprint("exports", __name__, url_prefix="/exports")

SHOWN = 50
IN_SHORT = {
    Verb.KEEP: "kept",
    Verb.DROP: "left out",
    Verb.RELDAY: "as days",
    Verb.BAND: "as ranges",
    Verb.POOL: "pooled",
    Verb.CLEAR: "cleared",
    Verb.YEAR: "as years",
    Verb.RECODE: "as codes",
}
VERB_WORDS = {str(verb): words for verb, words in VERBS.items()}


class ExportForm(FlaskForm):  # type: ignore[misc]
    """What an export is asked for with."""

    cut = SelectField(
        "Data cut",
        description="The export holds what this cut holds, without children who have withdrawn since.",
        validators=[InputRequired("Choose a data cut.")],
    )
    project = StringField(
        "Project",
        description="A short name such as steroid-sparing. Children have other codes in each project; the same name "
        "gives the same codes again.",
        validators=[DataRequired("Give the project a short name."), Length(max=40)],
    )
    purpose = TextAreaField(
        "Purpose",
        description="Who asks and for what, in a sentence. It stands in the export log and is not part of the files.",
        validators=[DataRequired("Say what the data are for."), Length(max=1000)],
    )


@bp.get("")
@access.requires("export.make")
def index() -> ResponseReturnValue:
    """List the exports, newest first."""
    statement = select(Export, User.name).outerjoin(User, User.id == Export.made_by_id).order_by(Export.id.desc())
    rows = [(made, name or "Command line") for made, name in db.session.execute(statement.limit(SHOWN))]
    return render_template("exports/index.html", exports=rows, has_cuts=bool(newest_cuts(1)))


@bp.get("/new")
@access.requires("export.make")
def new() -> ResponseReturnValue:
    """Ask what to export, and show what the profile does to each item; the address may fill fields in."""
    form = _form()
    form.process(formdata=None, data={name: request.args.get(name) for name in form.data})
    return _ask(form)


@bp.post("/new")
@access.requires("export.make")
def check() -> ResponseReturnValue:
    """Show what the export would hold and leave out; nothing is written yet."""
    form = _form()
    if not form.validate_on_submit():
        return _ask(form), 422
    try:
        order = Order(profile=Profile.DEIDENTIFIED, purpose=_text(form.purpose), project=_text(form.project))
        found = pipeline.prepare(db.session(), _cut(form), order)
    except exports.ExportRefused as refused:
        form.form_errors.append(str(refused))
        return _ask(form), 422
    return render_template(
        "exports/check.html", form=form, facts=found.facts, cut=_cut(form), plan=_plan(), verbs=VERB_WORDS
    )


@bp.post("")
@access.requires("export.make")
def make() -> ResponseReturnValue:
    """Write the package that was checked, and show it."""
    form = _form()
    if not form.validate_on_submit():
        return _ask(form), 422
    by, folder = access.viewer().user, storage_folder("exports", new_key())
    try:
        order = Order(profile=Profile.DEIDENTIFIED, purpose=_text(form.purpose), project=_text(form.project))
        made = exports.make_export(db.session(), _cut(form), order, folder, by=by, at=utc_now())
    except exports.ExportRefused as refused:
        form.form_errors.append(str(refused))
        return _ask(form), 422
    flash("The package was written, scanned and entered in the log.", "success")
    return redirect(url_for("exports.show", key=made.key))


@bp.get("/<uuid:key>")
@access.requires("export.make")
def show(key: UUID) -> ResponseReturnValue:
    """Show an export: what it holds, what was done to each item, who made it and why."""
    export = _get_export(key)
    maker = db.session.get(User, export.made_by_id) if export.made_by_id else None
    manifest = exports.manifest_of(export)
    return render_template(
        "exports/show.html",
        export=export,
        maker=maker,
        manifest=manifest,
        has_archive=exports.archive_of(export) is not None,
        done=_done(manifest["items"]) if manifest else [],
    )


@bp.post("/<uuid:key>/download")
@access.requires("export.make")
def download(key: UUID) -> ResponseReturnValue:
    """Answer with the package and enter the download in the log."""
    export = _get_export(key)
    path = exports.archive_of(export) or abort(404)
    changes = {"downloaded": [None, export.sha256]}
    audit.write(
        db.session(),
        by=access.viewer().user,
        at=utc_now(),
        table="export",
        record_key=export.key,
        changes=changes,
        action="download",
    )
    db.session.commit()
    response = Response(path.read_bytes(), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=path.name)
    return response


def _form() -> ExportForm:
    form = ExportForm()
    form.cut.choices = [(cut.key, _describe(cut)) for cut, _ in newest_cuts()]
    return form


def _describe(cut: Cut) -> str:
    return f"{cut.taken_at:%Y-%m-%d %H:%M} UTC, {cut.subjects} children, {cut.rows:,} records ({cut.cut_id[:12]})"


def _ask(form: ExportForm) -> str:
    return render_template("exports/new.html", form=form, plan=_plan(), verbs=VERB_WORDS)


def _cut(form: ExportForm) -> Cut:
    return db.session.scalars(select(Cut).where(Cut.key == form.cut.data)).one()


def _text(field: StringField) -> str:
    return (field.data or "").strip()


def _plan() -> list[tuple[str, tuple[Action, ...], str]]:
    """Return what happens to each form's items: title, actions, how many of each verb in words."""
    found = []
    for name, own in rules.actions().items():
        found.append((CASEBOOK[name].title, own, _in_short([action.verb for action in own])))
    return found


def _done(items: list[dict[str, str]]) -> list[tuple[str, str, list[tuple[str, ...]]]]:
    """Return what a manifest says was done, by form: title, how many of each verb in words, rows of the table.

    A manifest may be older than the casebook: an item that is no longer there has its name only.
    """
    found: list[tuple[str, str, list[tuple[str, ...]]]] = []
    for name, own in groupby(items, key=itemgetter("form")):
        form, entries = CASEBOOK.get(name), list(own)
        labels = {item: declared.label for item, declared in form.items.items()} if form else {}
        rows: list[tuple[str, ...]] = [
            (e["item"], labels.get(e["item"], ""), e["action"], e["why"], e.get("ranges", "")) for e in entries
        ]
        found.append((form.title if form else name, _in_short([Verb(e["action"]) for e in entries]), rows))
    return found


def _in_short(verbs: list[Verb]) -> str:
    return ", ".join(f"{verbs.count(verb)} {words}" for verb, words in IN_SHORT.items() if verb in verbs)


def _get_export(key: UUID) -> Export:
    export = db.session.scalar(select(Export).where(Export.key == str(key)))
    return export or abort(404)
