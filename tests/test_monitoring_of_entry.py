"""Central monitoring: the days from an event to its entry, and the last digits of what was typed."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import entries
from forms.values import PartialDate
from monitored_ward import Ward
from registry.database import db
from registry.monitoring import counts
from registry.monitoring.digits import Digits, last_digits
from registry.monitoring.site_figures import entry_of


@pytest.fixture
def ward(app: Flask, session: Session) -> Ward:
    return Ward(session)


def test_late_entry_is_told_as_median_and_share(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        looking_back, other = ward.child(retrospective=True, birth_date=PartialDate("2011-01"))
        for who, where, days in (
            (subject, infusion, 2),
            (subject, infusion, 30),
            (subject, infusion, 31),
            (looking_back, other, 80),
        ):
            row = entries.assessment(where, assessed_at=datetime(2026, 3, 7, 8))
            ward.save(who, "assessment", row, at=datetime(2026, 3, 7, 9) + timedelta(days=days))
        month = {"key": entries.key(), "infusion": infusion, "toxicity": "icans", "onset_on": PartialDate("2026-03")}
        ward.save(subject, "toxicity_episode", month)
        found = ward.figures().entry

    # The infusion page came 88 days late; what is known by its month only has no such days.
    assert (found.median_days, found.late.count, found.late.of) == (30, 2, 4)


@pytest.mark.parametrize(
    ("time_zone", "event", "entered", "days"),
    [
        # 20:00 in New York is 01:00 of the next day in UTC, 08:00 in Tokyo 23:00 of the day before
        ("America/New_York", datetime(2026, 3, 7, 19), datetime(2026, 3, 8, 1), 0),
        ("America/New_York", datetime(2026, 3, 7, 19), datetime(2026, 3, 8, 5), 1),
        ("Asia/Tokyo", datetime(2026, 3, 8, 7), datetime(2026, 3, 7, 23), 0),
        ("Asia/Kolkata", datetime(2026, 3, 8, 1), datetime(2026, 3, 7, 18, 30), 0),
        ("Asia/Kolkata", datetime(2026, 3, 8, 1), datetime(2026, 3, 8, 18, 29), 0),
        # midnight is at 05:00 UTC to the night of 8 March and at 04:00 UTC after it
        ("America/New_York", datetime(2026, 3, 7, 19), datetime(2026, 3, 8, 4, 59), 0),
        ("America/New_York", datetime(2026, 3, 8, 19), datetime(2026, 3, 9, 3, 59), 0),
        ("America/New_York", datetime(2026, 3, 8, 19), datetime(2026, 3, 9, 4), 1),
        # and again at 05:00 UTC from 1 November on
        ("America/New_York", datetime(2026, 11, 1, 19), datetime(2026, 11, 2, 4, 59), 0),
    ],
)
def test_the_days_to_entry_are_days_at_the_site(
    app: Flask, session: Session, ward: Ward, time_zone: str, event: datetime, entered: datetime, days: int
) -> None:
    ward.site.time_zone = time_zone
    session.commit()
    with app.app_context():
        subject, infusion = ward.child()
        before = counts.days_to_entry(db.session(), [ward.site.id])[ward.site.id]
        ward.save(subject, "assessment", entries.assessment(infusion, assessed_at=event), at=entered)
        after = counts.days_to_entry(db.session(), [ward.site.id])[ward.site.id]

    assert {day: number for day in after if (number := after[day] - before.get(day, 0))} == {days: 1}


@pytest.mark.parametrize(
    ("days", "median", "late"),
    [({}, None, 0), ({3: 1}, 3, 0), ({1: 1, 2: 1}, 1, 0), ({1: 2, 40: 3}, 40, 3), ({30: 1, 31: 1}, 30, 1)],
)
def test_the_median_is_the_lower_of_the_two_middle_ones(days: dict[int, int], median: int | None, late: int) -> None:
    found = entry_of(days)

    assert (found.median_days, found.late.count, found.late.of) == (median, late, sum(days.values()))


def test_last_digits_are_those_that_a_device_shows() -> None:
    values = [(Decimal("38.4"), 3), (Decimal("39.05"), 2), (Decimal("24.60"), 1)]

    assert last_digits("x", values, decimals=1).counts == (2, 0, 0, 0, 3, 0, 1, 0, 0, 0)
    assert last_digits("x", [(110, 4), (97, 1)], decimals=0).counts == (4, 0, 0, 0, 0, 0, 0, 1, 0, 0)


# 20 + 3.090 x sqrt(100 x 0.2 x 0.8) = 32.36 of a hundred (R: qnorm(.999)); a quarter is decision of this page.
@pytest.mark.parametrize(
    ("counts", "uneven"),
    [
        ((10,) * 10, False),
        ((16, 9, 9, 9, 8, 16, 9, 8, 8, 8), False),
        ((17, 9, 8, 9, 8, 16, 9, 8, 8, 8), True),
        ((5, 25, 10, 10, 10, 5, 10, 10, 10, 5), False),
        ((5, 26, 9, 10, 10, 5, 10, 10, 10, 5), True),
        ((0, 0, 0, 0, 0, 99, 0, 0, 0, 0), False),
    ],
    ids=["even", "32 in 0 and 5", "33 in 0 and 5", "a quarter", "more than a quarter", "too few values"],
)
def test_digits_are_uneven_beyond_chance(counts: tuple[int, ...], uneven: bool) -> None:
    assert Digits(label="x", counts=counts).is_uneven is uneven
