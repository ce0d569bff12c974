"""A person's own account: what they may do, how they sign in, and the link that starts an account."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from registry import access
from registry.accounts.invitations import ChoosePasswordForm, accept, find_invited
from registry.database import db, utc_now

bp = Blueprint("account", __name__)


@bp.get("/account")
@access.signed_in
def show() -> ResponseReturnValue:
    """Show the viewer's own account."""
    return render_template("account.html", viewer=access.viewer())


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@access.public
def invitation(token: str) -> ResponseReturnValue:
    """Let the person whom an administrator gave this link choose a password; the link works once."""
    user = find_invited(db.session(), token)
    if user is None:
        abort(404)
    form = ChoosePasswordForm()
    if not form.validate_on_submit():
        return render_template("invitation.html", form=form, user=user), 422 if form.errors else 200
    accept(db.session(), user, form.password.data or "", at=utc_now())
    db.session.commit()
    flash("Your password is set. Sign in with it.", "success")
    return redirect(url_for("security.login"))
