"""A person's own account: what they may do, how they sign in, and the link that starts an account."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from registry import access
from registry.accounts.invitations import ChoosePasswordForm, InvitationForm, accept, find_invited
from registry.database import db, utc_now

bp = Blueprint("account", __name__)

INVITATION = "invitation"
"""Where the session keeps the token of an invitation until the password is chosen."""


@bp.get("/account")
@access.signed_in
def show() -> ResponseReturnValue:
    """Show the viewer's own account."""
    return render_template("account.html", viewer=access.viewer())


@bp.route("/invitation", methods=["GET", "POST"])
@access.public
def invitation() -> ResponseReturnValue:
    """Take the token of an invitation into the session, so that no address sent to the server ever holds it.

    A link carries it behind ``#``, which browsers keep to themselves: a proxy's log would hold what sets a password.
    """
    form = InvitationForm()
    if not form.validate_on_submit():
        return render_template("invitation.html", form=form), 422 if form.errors else 200
    session[INVITATION] = form.token.data
    return redirect(url_for("account.choose_password"))


@bp.route("/invitation/password", methods=["GET", "POST"])
@access.public
def choose_password() -> ResponseReturnValue:
    """Let the person whom an administrator gave a link choose a password; the link works once."""
    user = find_invited(db.session(), session.get(INVITATION, ""))
    if user is None:
        abort(404)
    form = ChoosePasswordForm()
    if not form.validate_on_submit():
        return render_template("choose_password.html", form=form, user=user), 422 if form.errors else 200
    accept(db.session(), user, form.password.data or "", at=utc_now())
    db.session.commit()
    session.pop(INVITATION)
    flash("Your password is set. Sign in with it.", "success")
    return redirect(url_for("security.login"))
