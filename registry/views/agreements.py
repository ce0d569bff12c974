"""Pages of the data use agreements: which are on record, record one, end one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from registry import access, export_pages
from registry.database import db, utc_now
from registry.plain_forms.exports import AgreementForm, ReasonForm
from registry.release import agreements
from registry.release.models import DataUseAgreement, Export
from registry.release.rights import visible_exports
from registry.views.by_whom import name_of

bp = Blueprint("agreements", __name__, url_prefix="/exports/agreements")


@bp.get("")
@access.requires("agreement.view")
def index() -> ResponseReturnValue:
    """List the agreements, newest first."""
    return render_template(
        "exports/agreements.html", agreements=agreements.list_agreements(db.session()), today=utc_now().date()
    )


@bp.route("/new", methods=["GET", "POST"])
@access.requires("agreement.edit")
def new() -> ResponseReturnValue:
    """Put an agreement on record."""
    form = AgreementForm()
    if form.validate_on_submit():
        given: dict[str, Any] = {name: value or "" for name, value in form.data.items() if name != "csrf_token"}
        try:
            agreement = agreements.record(db.session(), **given, by=access.viewer().user, at=utc_now())
        except access.NotAllowed as refused:
            form.form_errors.append(str(refused))
        else:
            db.session.commit()
            flash("The agreement is on record. Exports of its project can now name it.", "success")
            return redirect(url_for("agreements.show", key=agreement.key))
    return render_template("exports/agreement_new.html", form=form), 422 if form.errors else 200


@bp.get("/<uuid:key>")
@access.requires("agreement.view")
def show(key: UUID) -> ResponseReturnValue:
    """Show an agreement and what left under it."""
    return _show(_get_agreement(key), ReasonForm())


@bp.post("/<uuid:key>/end")
@access.requires("agreement.edit")
def end(key: UUID) -> ResponseReturnValue:
    """End an agreement: nothing leaves under it any more."""
    agreement, form = _get_agreement(key), ReasonForm()
    try:
        agreements.end(db.session(), agreement, by=access.viewer().user, at=utc_now(), reason=form.text)
    except access.NotAllowed as refused:
        form.form_errors.append(str(refused))
        return _show(agreement, form), 422
    db.session.commit()
    flash("The agreement is ended. Nothing leaves under it any more.", "success")
    return redirect(url_for("agreements.show", key=key))


def _show(agreement: DataUseAgreement, form: ReasonForm) -> str:
    of_it = visible_exports(access.viewer()).where(Export.agreement_key == agreement.key)
    return render_template(
        "exports/agreement.html",
        agreement=agreement,
        form=form,
        today=utc_now().date(),
        exports=list(db.session.scalars(of_it)),
        recorded_by=name_of(agreement.recorded_by_id),
        ended_by=name_of(agreement.ended_by_id),
        **export_pages.WORDS,
    )


def _get_agreement(key: UUID) -> DataUseAgreement:
    agreement = db.session.scalar(select(DataUseAgreement).where(DataUseAgreement.key == str(key)))
    return agreement or abort(404)
