"""The first page after signing in: what is waiting for me at my sites."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from registry import access

bp = Blueprint("home", __name__)


@bp.get("/")
@access.signed_in
def index() -> ResponseReturnValue:
    """Show what is waiting for the viewer."""
    return render_template("home.html", viewer=access.viewer())
