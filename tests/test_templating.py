"""Dates and times as pages write them: those of one site in its own time, all others in UTC, and always told which."""

from datetime import date, datetime

import pytest

from registry.models import Site
from registry.templating import show_day, show_moment, show_time

EVENING = datetime(2026, 7, 1, 1, 30)
"""Half past one at night in UTC: the evening before in America."""


def site(zone: str) -> Site:
    """Return a site in a time zone, not stored."""
    return Site(name="Synthetic", code="TST", time_zone=zone)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("America/New_York", "2026-06-30 21:30 EDT", "2026-06-30"),
        ("Europe/Berlin", "2026-07-01 03:30 CEST", "2026-07-01"),
        ("America/Sao_Paulo", "2026-06-30 22:30 UTC-03", "2026-06-30"),
        ("UTC", "2026-07-01 01:30 UTC", "2026-07-01"),
    ],
)
def test_system_time_is_told_in_the_time_of_a_site(zone: str, moment: str, day: str) -> None:
    assert show_moment(EVENING, site(zone)) == moment
    assert show_time(EVENING, site(zone)) == moment[11:]
    assert show_day(EVENING, site(zone)) == day


def test_without_a_site_system_time_says_that_it_is_utc() -> None:
    assert (show_moment(EVENING), show_day(EVENING)) == ("2026-07-01 01:30 UTC", "2026-07-01 UTC")


def test_a_day_without_a_clock_belongs_to_no_zone() -> None:
    assert show_day(date(2026, 7, 1)) == show_day(date(2026, 7, 1), site("Asia/Tokyo")) == "2026-07-01"
    assert show_day(None) == show_moment(None) == "–"
