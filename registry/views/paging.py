"""Long lists, a page at a time."""

from __future__ import annotations

from flask import request


def page_asked_for(total: int, size: int) -> tuple[int, int]:
    """Return the number of the page that the address asks for, or of the nearest there is, and of the last one."""
    last = max(1, -(-total // size))
    return min(max(1, request.args.get("page", 1, type=int)), last), last
