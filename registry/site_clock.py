"""The calendar day at a site at a moment of system time, which is UTC without a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from registry.models import Site, Subject


@lru_cache(maxsize=1000)
def day_in(time_zone: str, at: datetime) -> date:
    """Return the calendar day in a time zone at a moment in UTC."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone)).date()


def today_at(site: Site, at: datetime) -> date:
    """Return the calendar day at a site at a moment in UTC."""
    return day_in(site.time_zone, at)


def local_day(subject: Subject, at: datetime) -> date:
    """Return the calendar day at a child's site at a moment in UTC."""
    return day_in(subject.site.time_zone, at)
