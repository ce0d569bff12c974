"""A person's own account: what they may do, how they sign in, and the link that starts an account."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from registry import access
from registry.accounts.invitations import ChoosePasswordForm, InvitationForm, accept, find_invited
from registry.database import db, utc_now

bp = Blueprint("account", __name__)

INVITATION = "invitation"
"""Where the session keeps the token of an invitation until the password is chosen."""

NO_LONGER = (
    "The invitation was used already, is too old, or another one was opened in this browser since. Open your link"
    " again; where that does not help, ask for a new one."
)


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
    """Let the person whom an administrator gave a link choose a password; the link works once.

    The page names its account: sent after the link of somebody else was opened, it must not set their password.
    """
    user = find_invited(db.session(), session.get(INVITATION, ""))
    if user is None or request.form.get("account", user.key) != user.key:
        asked = InvitationForm(formdata=None)
        asked.token.errors = [NO_LONGER]
        return render_template("invitation.html", form=asked), 404
    form = ChoosePasswordForm()
    if not form.validate_on_submit():
        return render_template("choose_password.html", form=form, user=user), 422 if form.errors else 200
    accept(db.session(), user, form.password.data or "", at=utc_now())
    db.session.commit()
    session.pop(INVITATION)
    viewer = access.viewer().user if current_user.is_authenticated else None
    if viewer is not None and viewer.key != user.key:
        flash(f"The password of {user.name} is set. You are still signed in as {viewer.name}.", "success")
        return redirect(url_for("home.index"))
    flash("Your password is set. Sign in with it.", "success")
    return redirect(url_for("security.login"))
