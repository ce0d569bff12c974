"""Accounts and role grants: who is in the registry, and what each person may do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from registry import access
from registry.accounts import people
from registry.accounts.invitations import DAYS, make_invitation
from registry.database import db, utc_now
from registry.models import RoleGrant, Site, User
from registry.plain_forms.accounts import GrantForm, NewAccountForm, ReasonForm

bp = Blueprint("admin", __name__, url_prefix="/accounts")

STEPS = {
    "close": ("Close the account", "The person is signed out at once and cannot sign in again."),
    "reopen": ("Reopen the account", "The person can sign in again with the roles that are in force."),
    "reset-second-factor": (
        "Reset the second factor",
        "For a lost phone. Make sure it is really this person who asks. An app is set up anew at the next sign-in.",
    ),
}


@bp.get("")
@access.requires("account.manage")
def index() -> ResponseReturnValue:
    """List everybody with an account and their roles."""
    shown = people.list_people(db.session())
    return render_template("admin/index.html", people=shown, in_force=_in_force)


@bp.route("/new", methods=["GET", "POST"])
@access.requires("account.manage")
def new() -> ResponseReturnValue:
    """Add a person and show the link to hand over."""
    form = NewAccountForm()
    if form.validate_on_submit():
        try:
            user = people.add_person(
                db.session(), name=form.name.data, email=form.email.data, by=access.viewer().user, at=utc_now()
            )
            return _hand_over(user)
        except access.NotAllowed as refusal:
            form.email.errors = [str(refusal)]
    return render_template("admin/new.html", form=form), 422 if form.errors else 200


@bp.get("/<uuid:key>")
@access.requires("account.manage")
def show(key: Any) -> ResponseReturnValue:
    """Show one account with its roles, those that ended too."""
    return _show(_get_user(key), GrantForm(_sites()))


@bp.post("/<uuid:key>/roles")
@access.requires("account.manage")
def give_role(key: Any) -> ResponseReturnValue:
    """Give a person a role."""
    user, form = _get_user(key), GrantForm(_sites())
    if not form.validate_on_submit():
        return _show(user, form), 422
    site = db.session.scalar(select(Site).where(Site.key == form.site.data)) if form.site.data else None
    try:
        people.give_role(
            db.session(),
            user,
            role=form.role.data,
            site=site,
            by=access.viewer().user,
            at=utc_now(),
            reason=form.reason.data,
        )
    except access.NotAllowed as refusal:
        form.role.errors = [str(refusal)]
        return _show(user, form), 422
    db.session.commit()
    flash(f"{user.name} has the role from now on.", "success")
    return redirect(url_for("admin.show", key=user.key))


@bp.route("/<uuid:key>/roles/<uuid:grant_key>/end", methods=["GET", "POST"])
@access.requires("account.manage")
def end_role(key: Any, grant_key: Any) -> ResponseReturnValue:
    """End a role of a person, with a reason."""
    user = _get_user(key)
    of_user = select(RoleGrant).where(RoleGrant.key == str(grant_key), RoleGrant.user_id == user.id)
    grant = db.session.scalar(of_user) or abort(404)
    title = f"End the role: {access.describe_roles([grant])}"

    def end(reason: str) -> None:
        people.end_role(db.session(), grant, by=access.viewer().user, at=utc_now(), reason=reason)

    return _with_reason(user, title, "It ends at once. It stays in the list of roles, with its end.", end)


@bp.route("/<uuid:key>/<any('close', 'reopen', 'reset-second-factor'):step>", methods=["GET", "POST"])
@access.requires("account.manage")
def change(key: Any, step: str) -> ResponseReturnValue:
    """Close or reopen an account, or reset its second factor, with a reason."""
    user = _get_user(key)

    def carry_out(reason: str) -> None:
        given: dict[str, Any] = {"by": access.viewer().user, "at": utc_now(), "reason": reason}
        if step == "reset-second-factor":
            people.reset_second_factor(db.session(), user, **given)
        else:
            people.set_active(db.session(), user, step == "reopen", **given)

    return _with_reason(user, *STEPS[step], carry_out)


@bp.post("/<uuid:key>/invitation")
@access.requires("account.manage")
def invite(key: Any) -> ResponseReturnValue:
    """Make a new link to choose a password; older links and open sessions end."""
    user = _get_user(key)
    try:
        return _hand_over(user)
    except access.NotAllowed as refusal:
        db.session.rollback()
        flash(str(refusal), "error")
        return redirect(url_for("admin.show", key=user.key))


def _hand_over(user: User) -> ResponseReturnValue:
    token = make_invitation(user)
    people.record_invitation(db.session(), user, by=access.viewer().user, at=utc_now())
    db.session.commit()
    link = url_for("account.invitation", _anchor=token, _external=True)
    return render_template("admin/invitation.html", user=user, link=link, days=DAYS)


def _with_reason(user: User, title: str, text: str, carry_out: Any) -> ResponseReturnValue:
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            carry_out(form.reason.data)
            db.session.commit()
            flash("Done.", "success")
            return redirect(url_for("admin.show", key=user.key))
        except access.NotAllowed as refusal:
            db.session.rollback()
            form.form_errors.append(str(refusal))
    return render_template("admin/step.html", form=form, user=user, title=title, text=text), (
        422 if form.errors else 200
    )


def _show(user: User, form: GrantForm) -> str:
    grants = sorted(user.grants, key=lambda grant: (grant.ended_at is not None, grant.began_at, grant.id))
    return render_template("admin/show.html", user=user, form=form, grants=grants, viewer=access.viewer())


def _in_force(grants: list[RoleGrant]) -> list[RoleGrant]:
    return [grant for grant in grants if grant.ended_at is None]


def _get_user(key: Any) -> User:
    user: User | None = db.session.scalar(select(User).where(User.key == str(key)))
    if user is None:
        abort(404)
    return user


def _sites() -> list[Site]:
    return list(db.session.scalars(select(Site).order_by(Site.code)))
