"""Pages of what a process of its own does: the browser asks for them again, also without scripts, until it is done."""

from __future__ import annotations

from flask import Response, make_response

REFRESH_SECONDS = 3


def refreshing(page: str, is_under_way: bool) -> Response:
    """Return a page that the browser asks for again while something is under way."""
    response = make_response(page)
    if is_under_way:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response
