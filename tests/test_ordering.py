"""The checks of order in time that forms share: what each refuses, on its boundary day, and what it names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from forms.branching import When
from forms.context import Context
from forms.form import ANCHOR_FORMS, Anchor, Check
from forms.items import CONFIRM, HARD, SOFT, WARNING
from forms.ordering import (
    death_day,
    entered_in_time,
    infusion_anchors,
    infusion_day,
    not_after_death,
    not_before,
    not_before_infusion,
)
from forms.values import NullFlavour, PartialDate, Row

INFUSIONS: tuple[Row, ...] = (
    {"key": "i2", "infused_on": date(2026, 5, 5)},
    {"key": "i1", "infused_on": date(2026, 3, 5)},
    {"key": "i0", "infused_on": None},
)


def context(**rows: tuple[Row, ...]) -> Context:
    loaded: dict[str, tuple[Row, ...]] = dict.fromkeys((*ANCHOR_FORMS, "end_of_study"), ())
    return Context(today=date(2026, 8, 1), rows={**loaded, **rows})


def declared(check: Check) -> tuple[Any, ...]:
    return check.id, check.group, check.severity, check.items, check.uses


@pytest.mark.parametrize(
    ("later", "earlier", "holds"),
    [
        (date(2026, 3, 5), date(2026, 3, 5), True),
        (date(2026, 3, 4), date(2026, 3, 5), False),
        (datetime(2026, 3, 5, 6), datetime(2026, 3, 5, 7), False),
        # A partial date is wrong only if every day it can mean is.
        (PartialDate("2026-03"), date(2026, 3, 5), True),
        (PartialDate("2026-02"), date(2026, 3, 5), False),
        (PartialDate("2026-04"), date(2026, 3, 5), True),
        (None, date(2026, 3, 5), None),
        (date(2026, 3, 5), None, None),
        (NullFlavour.UNKNOWN, date(2026, 3, 5), None),
    ],
)
def test_one_date_is_not_before_another(later: Any, earlier: Any, holds: bool | None) -> None:
    check = not_before("support", "ended_at", "started_at", message="It ends before it begins.")

    assert check.holds({"ended_at": later, "started_at": earlier}, context()) is holds


def test_a_check_of_two_dates_is_named_after_them() -> None:
    hard = not_before("support", "ended_at", "started_at", message="It ends before it begins.")
    soft = not_before("support", "ended_at", "started_at", message="It ends.", severity=SOFT, group=5)

    assert declared(hard) == ("support.ended_at_after_started_at", 0, HARD, ("ended_at", "started_at"), ())
    assert declared(soft) == ("support.ended_at_after_started_at", 5, SOFT, ("ended_at", "started_at"), ())
    assert (hard.message, soft.message) == ("It ends before it begins.", "It ends.")


def holds_at(row: Row, **more: Any) -> bool | None:
    check = not_before_infusion("support", "started_at", label="The support", **more)
    return check.holds(row, context(infusion=INFUSIONS))


@pytest.mark.parametrize(
    ("row", "holds"),
    # The linked infusion, else the first one: 5 March, the second of 5 May.
    [
        ({"infusion": "i1", "started_at": date(2026, 3, 4)}, False),
        ({"infusion": "i1", "started_at": date(2026, 3, 5)}, True),
        ({"infusion": "i2", "started_at": date(2026, 5, 4)}, False),
        ({"infusion": "i2", "started_at": date(2026, 5, 5)}, True),
        ({"started_at": date(2026, 3, 4)}, False),
        ({"started_at": date(2026, 3, 5)}, True),
        ({"infusion": "i9", "started_at": date(2026, 3, 4)}, False),
        ({"infusion": "i0", "started_at": date(2026, 1, 1)}, None),
        ({"infusion": "i1", "started_at": None}, None),
    ],
)
def test_a_row_is_not_dated_before_its_infusion(row: Row, holds: bool | None) -> None:
    assert holds_at(row) is holds


def test_of_two_infusions_on_one_day_the_first_that_was_told_counts() -> None:
    twice = ({"key": "i2", "infused_on": date(2026, 3, 5)}, {"key": "i1", "infused_on": date(2026, 3, 5)})

    assert infusion_anchors({}, context(infusion=twice)) == (Anchor(form="infusion", key="i2", item="infused_on"),)


def test_without_an_infusion_nothing_is_said() -> None:
    check = not_before_infusion("support", "started_at", label="The support")

    assert check.holds({"started_at": date(2026, 3, 4)}, context()) is None
    assert infusion_anchors({"started_at": date(2026, 3, 4)}, context()) == ()
    assert infusion_day({}, context()) is None


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        ({"kind": "planned"}, None),
        ({"kind": "acute"}, False),
        # While the choice is not answered nothing is said.
        ({}, None),
        ({"kind": NullFlavour.UNKNOWN}, None),
    ],
)
def test_some_rows_may_be_earlier(row: Row, holds: bool | None) -> None:
    early = {**row, "infusion": "i1", "started_at": date(2026, 3, 4)}

    assert holds_at(early, unless=When("kind", is_in=("planned",))) is holds


def test_a_row_may_be_earlier_where_another_answer_stands_at_all() -> None:
    early = {"infusion": "i1", "started_at": date(2026, 3, 4)}

    assert holds_at(early, unless=When("baseline")) is False
    assert holds_at({**early, "baseline": date(2026, 2, 1)}, unless=When("baseline")) is None


def test_a_check_against_the_infusion_names_its_day_too() -> None:
    check = not_before_infusion("support", "started_at", label="The support")
    soft = not_before_infusion("support", "started_at", label="It", severity=SOFT, group=8)

    assert declared(check) == ("support.not_before_infusion", 3, HARD, ("started_at",), ())
    assert declared(soft) == ("support.not_before_infusion", 8, SOFT, ("started_at",), ())
    assert check.message == (
        "The support {started_at} is before the infusion. Check the date, and which infusion it belongs to."
    )
    assert check.also is not None
    assert check.also({"infusion": "i2"}, context(infusion=INFUSIONS)) == (
        Anchor(form="infusion", key="i2", item="infused_on"),
    )
    assert check.also({}, context(infusion=INFUSIONS)) == (Anchor(form="infusion", key="i1", item="infused_on"),)


@pytest.mark.parametrize(
    ("died_on", "at", "holds"),
    [
        (date(2026, 4, 18), date(2026, 4, 18), True),
        (date(2026, 4, 18), datetime(2026, 4, 18, 23, 59), True),
        (date(2026, 4, 18), date(2026, 4, 19), False),
        (PartialDate("2026-04"), date(2026, 5, 1), False),
        (PartialDate("2026-04"), date(2026, 4, 30), True),
        (None, date(2026, 4, 19), None),
        (date(2026, 4, 18), None, None),
    ],
)
def test_a_row_is_not_dated_after_the_death(died_on: Any, at: Any, holds: bool | None) -> None:
    known = context(end_of_study=({"key": "x1", "died_on": died_on},))
    check = not_after_death("laboratory", "sampled_at", label="The sample")

    assert check.holds({"sampled_at": at}, known) is holds
    assert death_day(known) == died_on


def test_a_check_against_the_death_asks_for_a_confirmation_unless_it_is_told_to_refuse() -> None:
    check = not_after_death("laboratory", "sampled_at", label="The sample")
    hard = not_after_death("laboratory", "sampled_at", label="The sample", severity=HARD)
    known = context(end_of_study=({"key": "x1", "died_on": date(2026, 4, 18)},))

    assert declared(check) == (
        "laboratory.sampled_at_not_after_death",
        6,
        CONFIRM,
        ("sampled_at",),
        ("end_of_study",),
    )
    assert hard.severity is HARD
    assert check.message == "The sample {sampled_at} is after the recorded day of death. Check both dates."
    assert check.also is not None
    assert check.also({}, known) == (Anchor(form="end_of_study", key="x1", item="died_on"),)
    assert death_day(context()) is None


@pytest.mark.parametrize(
    ("told", "entered", "retrospective", "holds"),
    # Within 30 days of the day it tells of.
    [
        (date(2026, 3, 1), datetime(2026, 3, 31, 12), None, True),
        (date(2026, 3, 1), datetime(2026, 4, 1, 12), None, False),
        (PartialDate("2026-03"), datetime(2026, 4, 30, 12), None, True),
        (PartialDate("2026-03"), datetime(2026, 5, 1, 12), None, False),
        (date(2026, 3, 1), datetime(2026, 4, 1, 12), True, None),
        (date(2026, 3, 1), datetime(2026, 4, 1, 12), False, False),
        (date(2026, 3, 1), None, None, None),
        (None, datetime(2026, 4, 1, 12), None, None),
    ],
)
def test_a_page_is_entered_within_30_days_unless_the_child_was_enrolled_looking_back(
    told: Any, entered: Any, retrospective: bool | None, holds: bool | None
) -> None:
    known = context(enrolment=({"key": "e1", "retrospective": retrospective},))
    check = entered_in_time("support", "started_at")

    assert check.holds({"started_at": told, "entered_at": entered}, known) is holds


def test_a_late_page_is_a_warning_that_says_what_to_do() -> None:
    check = entered_in_time("support", "started_at")

    assert declared(check) == ("support.entered_in_time", 7, WARNING, ("started_at",), ())
    assert check.message == (
        "Entered more than 30 days after {started_at}. Take the answers from the chart, not from memory."
    )
