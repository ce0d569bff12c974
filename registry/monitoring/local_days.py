"""Days at the child's site between an event and its entry, in SQL: rows are counted, not loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer, cast, func, literal
from sqlalchemy import case as when
from sqlalchemy.orm import Session

from registry.models import Subject

_STEP = timedelta(minutes=15)
"""No time zone has changed its clock between two quarters of an hour in the lifetime of a registry."""


def days_until(
    session: Session,
    event: ColumnElement[Any],
    moment: ColumnElement[datetime],
    zones: Mapping[int, str],
    years: tuple[int, int],
) -> ColumnElement[int]:
    """Return the calendar days from an event on the clock of the child's site to a moment of UTC, by that same clock.

    ``zones`` maps the id of each site to its time zone, ``years`` are the first and the last of the moments.
    """
    sites: dict[str, list[int]] = {}
    for site_id, zone in zones.items():
        sites.setdefault(zone, []).append(site_id)
    told = [(Subject.site_id.in_(ids), _minutes(moment, zone, years)) for zone, ids in sorted(sites.items())]
    minutes = when(*told, else_=literal(0)) if told else literal(0)
    if session.get_bind().dialect.name == "sqlite":
        # A Julian day begins at noon. A minute is no whole share of it, so midnight itself may come out just before.
        entered = func.julianday(moment) + minutes / literal(1440.0) + literal(0.500001)
        return cast(entered, Integer) - cast(func.julianday(event) + literal(0.5), Integer)
    return cast(cast(moment + func.make_interval(0, 0, 0, 0, 0, minutes), Date) - cast(event, Date), Integer)


def _minutes(moment: ColumnElement[datetime], zone: str, years: tuple[int, int]) -> ColumnElement[int]:
    """Return by how many minutes the clock of a zone is ahead of UTC at a moment."""
    *earlier, (_, last) = offsets(zone, *years)
    return (
        when(*((moment < until, minutes) for until, minutes in earlier), else_=literal(last))
        if earlier
        else literal(last)
    )


@lru_cache(maxsize=200)
def offsets(zone: str, first_year: int, last_year: int) -> tuple[tuple[datetime, int], ...]:
    """Return until when, in UTC, the clock of a zone is how many minutes ahead of UTC, in order of time."""
    clock = ZoneInfo(zone)
    day, end = datetime(first_year, 1, 1), datetime(last_year + 1, 1, 1)
    found: list[tuple[datetime, int]] = []
    while day < end:
        following = day + timedelta(days=1)
        is_steady = _ahead(clock, day) == _ahead(clock, following)
        quarters = [day] if is_steady else [day + number * _STEP for number in range(96)]
        found += [(quarter, _ahead(clock, quarter)) for quarter in quarters]
        day = following
    runs = [list(run) for _, run in groupby(found, key=lambda one: one[1])]
    starts = [run[0][0] for run in runs[1:]]
    return tuple((until, run[0][1]) for until, run in zip([*starts, end], runs, strict=True))


def _ahead(clock: ZoneInfo, moment: datetime) -> int:
    offset = moment.replace(tzinfo=UTC).astimezone(clock).utcoffset()
    return round((offset or timedelta()).total_seconds() / 60)


def years_of(moments: Iterable[datetime | None]) -> tuple[int, int]:
    """Return the first and the last year of some moments; a year of no matter where there is none."""
    years = [moment.year for moment in moments if moment is not None]
    return (min(years), max(years)) if years else (2000, 2000)
