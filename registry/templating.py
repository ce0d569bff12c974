"""How templates write dates, counts and roles."""

from __future__ import annotations

from datetime import date, datetime
from importlib.metadata import version

from flask import Flask

from forms.typesetting import typeset
from registry.access import ROLES, describe_roles


def init_app(app: Flask) -> None:
    """Give the templates their words and filters."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    filters = {"day": show_day, "moment": show_moment, "counted": counted, "role_words": describe_roles}
    app.jinja_env.filters.update(filters, lower_first=lower_first, typeset=typeset)
    words = {"role_labels": ROLES, "registry_version": version("anakinra-registry")}
    app.context_processor(lambda: words)


def show_day(value: date | None) -> str:
    """Return a day as 2026-03-05; a dash when there is none."""
    return value.isoformat()[:10] if value else "–"


def show_moment(value: datetime | None) -> str:
    """Return system time as 2026-03-05 14:30 UTC; a dash when there is none."""
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else "–"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 site``, ``2 sites``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def lower_first(text: str) -> str:
    """Return text for the middle of a sentence."""
    return text[:1].lower() + text[1:]
