"""How templates write dates, counts and roles."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from flask import Flask
from markupsafe import Markup

from forms.typesetting import typeset
from registry.access import ROLES, describe_roles
from registry.input_limits import LONGEST_REASON
from registry.models import Site
from registry.site_clock import day_in


def init_app(app: Flask) -> None:
    """Give the templates their words and filters."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    filters = {"day": show_day, "moment": show_moment, "counted": counted, "role_words": describe_roles}
    app.jinja_env.filters.update(filters, lower_first=lower_first, typeset=typeset_words)
    words = {"role_labels": ROLES, "registry_version": version("anakinra-registry")}
    app.context_processor(lambda: words)
    app.jinja_env.globals["longest_reason"] = LONGEST_REASON


def typeset_words(text: str) -> str:
    """Return text with its units as printed on the ward; markup stays markup."""
    return Markup(typeset(text)) if isinstance(text, Markup) else typeset(text)


def show_day(value: date | None, site: Site | None = None) -> str:
    """Return a day as 2026-03-05; a dash when there is none.

    The day of a moment of system time is that at the site; without a site it is told as UTC.
    """
    if not isinstance(value, datetime):
        return value.isoformat() if value else "–"
    return day_in(site.time_zone, value).isoformat() if site else f"{value:%Y-%m-%d} UTC"


def show_time(value: datetime, site: Site | None = None) -> str:
    """Return system time without its day, as 14:30 UTC, or with the zone of a site."""
    return show_moment(value, site).partition(" ")[2]


def show_moment(value: datetime | None, site: Site | None = None) -> str:
    """Return system time as 2026-03-05 14:30 UTC, or with the zone of a site; a dash when there is none."""
    if value is None:
        return "–"
    there = value.replace(tzinfo=UTC).astimezone(ZoneInfo(site.time_zone) if site else UTC)
    zone = there.tzname() or ""
    return f"{there:%Y-%m-%d %H:%M} {zone if zone.isalpha() else f'UTC{zone}'}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 site``, ``2 sites``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def lower_first(text: str) -> str:
    """Return text for the middle of a sentence."""
    return text[:1].lower() + text[1:]
