"""What grading knows of the child: age with a partial birth date, baseline, death, and which infusion a row is of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bedside import child
from forms.grading.child import (
    Age,
    Child,
    Death,
    child_of,
    codes_of,
    count_of,
    day_of_death_from,
    death_of,
    in_order,
    infusion_days,
    infusion_key,
    text_of,
    yes_or_no,
)
from forms.values import NullFlavour

DAY = date(2026, 3, 8)


def born(first: date | None, last: date | None) -> Child:
    return Child(born_first=first, born_last=last)


@pytest.mark.parametrize(
    ("first", "last", "age"),
    [
        (date(2017, 8, 15), date(2017, 8, 15), Age(years=(8, 8), months=(102, 102), days=(3127, 3127))),
        (date(2018, 3, 8), date(2018, 3, 8), Age(years=(8, 8), months=(96, 96), days=(2922, 2922))),
        (date(2018, 3, 9), date(2018, 3, 9), Age(years=(7, 7), months=(95, 95), days=(2921, 2921))),
        # March 2018 leaves the eighth birthday open.
        (date(2018, 3, 1), date(2018, 3, 31), Age(years=(7, 8), months=(95, 96), days=(2899, 2929))),
        # A month of birth that has not ended on the day: nobody is born later than the day itself.
        (date(2026, 3, 1), date(2026, 3, 31), Age(years=(0, 0), months=(0, 0), days=(0, 7))),
        (DAY, DAY, Age(years=(0, 0), months=(0, 0), days=(0, 0))),
        (date(2026, 3, 9), date(2026, 3, 31), None),
        (None, None, None),
        (None, date(2018, 3, 1), None),
        (date(2018, 3, 1), None, None),
    ],
)
def test_the_age_on_a_day_is_as_wide_as_the_birth_date(first: date | None, last: date | None, age: Age | None) -> None:
    assert born(first, last).age_on(DAY) == age


@pytest.mark.parametrize(
    ("first", "last", "is_it"),
    # Twelve years on 8 March 2026: born by 8 March 2014.
    [
        (date(2014, 3, 8), date(2014, 3, 8), True),
        (date(2014, 3, 9), date(2014, 3, 9), False),
        (date(2014, 3, 1), date(2014, 3, 31), None),
        (date(2014, 2, 1), date(2014, 2, 28), True),
        (date(2014, 4, 1), date(2014, 4, 30), False),
        (None, date(2014, 3, 1), None),
        (date(2014, 3, 1), None, None),
    ],
)
def test_twelve_years_are_completed_on_the_birthday(first: date | None, last: date | None, is_it: bool | None) -> None:
    assert born(first, last).is_at_least(12, DAY) is is_it


def test_enrolment_and_baseline_say_what_grades_depend_on() -> None:
    enrolment = {"key": "e1", "birth_date": "2017-08", "sex": "male"}
    baseline = {
        "key": "b1",
        "developmental_delay": "yes",
        "baseline_ice": "9",
        "baseline_capd": "4",
        "baseline_respiratory_support": "bipap",
    }
    context = child(enrolment=[enrolment], baseline=[baseline])

    assert child_of(context) == Child(
        born_first=date(2017, 8, 1),
        born_last=date(2017, 8, 31),
        sex="male",
        developmental_delay=True,
        baseline_ice=9,
        baseline_capd=4,
        baseline_support="bipap",
    )
    assert child_of(context) is child_of(context)


def test_without_enrolment_and_baseline_nothing_is_known_and_room_air_is_assumed() -> None:
    context = child(enrolment=[], baseline=[])

    assert child_of(context) == Child()
    assert Child().baseline_support == "room_air"


@pytest.mark.parametrize(
    ("end", "death"),
    [
        ({"died_on": "2026-04-01", "cause_of_death": "crs"}, Death(day=date(2026, 4, 1), cause="crs")),
        ({"died_on": "2026-04-01"}, Death(day=date(2026, 4, 1), cause=None)),
        ({"died_on": "2026-04", "cause_of_death": "crs"}, None),
        ({"cause_of_death": "crs"}, None),
    ],
)
def test_a_death_counts_from_the_day_it_is_known_to_the_day(end: dict[str, str], death: Death | None) -> None:
    context = child(end_of_study=[{"key": "x1", **end}])

    assert death_of(context) == death
    assert day_of_death_from(context, "crs") == (death.day if death and death.cause else None)
    assert day_of_death_from(context, "icans") is None


def test_a_child_that_lives_has_no_death() -> None:
    assert death_of(child()) is None
    assert day_of_death_from(child(), "crs") is None


INFUSIONS: dict[object, date] = {"i1": date(2026, 3, 5), "i2": date(2026, 5, 5), "i3": date(2026, 5, 5)}


@pytest.mark.parametrize(
    ("row", "on", "key"),
    [
        ({"infusion": "i2"}, date(2026, 3, 6), "i2"),
        ({"infusion": "unknown"}, date(2026, 3, 6), "i1"),
        ({}, date(2026, 3, 4), None),
        ({}, date(2026, 3, 5), "i1"),
        ({}, date(2026, 5, 4), "i1"),
        # Of two on one day the greater key.
        ({}, date(2026, 5, 5), "i3"),
    ],
)
def test_a_row_belongs_to_its_link_or_to_the_last_infusion_on_or_before_its_day(
    row: dict[str, Any], on: date, key: object
) -> None:
    assert infusion_key(row, INFUSIONS, on) == key


def test_an_infusion_without_a_day_has_no_day_0() -> None:
    infusions = [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i2", "infused_on": None}]

    assert infusion_days(child(infusion=infusions)) == {"i1": date(2026, 3, 5)}


def test_rows_stand_in_the_order_of_time_and_equal_times_by_key() -> None:
    early, late = datetime(2026, 3, 5, 6), datetime(2026, 3, 5, 7)
    rows = [{"key": "c", "at": late}, {"key": "b", "at": early}, {"key": "d"}, {"key": "a", "at": late}]

    assert [row["key"] for _, row in in_order(rows, "at")] == ["b", "a", "c"]
    assert [at for at, _ in in_order(rows, "at")] == [early, late, late]


def test_an_answer_of_another_kind_is_none() -> None:
    row = {
        "flag": True,
        "number": 3,
        "text": "word",
        "codes": ("a", "b"),
        "null": NullFlavour.NOT_DONE,
    }
    read = (yes_or_no, count_of, text_of, codes_of)

    assert [[one(row, name) for name in (*row, "absent")] for one in read] == [
        [True, None, None, None, None, None],
        [None, 3, None, None, None, None],
        [None, None, "word", None, None, None],
        [None, None, None, ("a", "b"), None, None],
    ]
