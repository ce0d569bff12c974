"""The steroid of the 72 hours before anakinra is offered as the sum of doses that the pages of agents tell."""

from typing import Any

import pytest

from courses import COURSE, course_context, row_of
from forms.casebook.anakinra_course_recorded import recorded_at_start

ITEM = "at_start_steroid_mg_per_kg_72h"
# Anakinra from 2026-03-10 18:00 on, so the 72 hours begin on 2026-03-07 18:00; the child weighs 20 kg.
DEXA = {
    "key": "g1",
    "agent": "dexamethasone",
    "purpose": "treatment",
    "started_at": "2026-03-08 06:00",
    "ongoing": "yes",
    "dose": "0.3",
    "unit": "mg_per_kg",
    "frequency": "q6h",
    "route": "iv",
}
ONCE = {**DEXA, "frequency": "once", "ongoing": "no", "stopped_at": None}


def offered(*pages: dict[str, Any]) -> tuple[str, str] | None:
    """Return the sum offered, in mg/kg of prednisone, and the doses that it is made of."""
    typed = [{name: text for name, text in page.items() if text is not None} for page in pages]
    found = recorded_at_start(row_of("anakinra_course", COURSE), course_context(concomitant_agent=typed)).get(ITEM)
    assert found is None or found.form == "concomitant_agent"
    return (str(found.value), found.when) if found else None


# A dose of 0.3 mg/kg of dexamethasone is 0.3 x 6.667 = 2.0001 mg/kg of prednisone (EQUIVALENTS, version 1).
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 06, 12, 18, 00 ...: the dose of 18:00 comes with anakinra, not before it.
        ({}, ("20.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00")),
        # Begun earlier: the dose of 18:00 three days before is the first that counts.
        ({"started_at": "2026-03-06 06:00"}, ("24.00", "12 doses as ordered, 2026-03-07 18:00 to 2026-03-10 12:00")),
        ({"started_at": "2026-03-10 17:59"}, ("2.00", "1 dose, 2026-03-10 17:59")),
        ({"started_at": "2026-03-07 17:00"}, ("24.00", "12 doses as ordered, 2026-03-07 23:00 to 2026-03-10 17:00")),
        ({"frequency": "q24h"}, ("6.00", "3 doses as ordered, 2026-03-08 06:00 to 2026-03-10 06:00")),
        ({"frequency": "q48h"}, ("4.00", "2 doses as ordered, 2026-03-08 06:00 to 2026-03-10 06:00")),
        # 1.2 mg/kg a day in four doses.
        (
            {"unit": "mg_per_kg_day", "dose": "1.2"},
            ("20.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00"),
        ),
        # 6 mg for 20 kg.
        ({"unit": "mg", "dose": "6"}, ("20.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00")),
        # Over before: two doses; over after: as if it went on.
        (
            {"ongoing": "no", "stopped_at": "2026-03-08 12:00"},
            ("4.00", "2 doses as ordered, 2026-03-08 06:00 to 2026-03-08 12:00"),
        ),
        (
            {"ongoing": "no", "stopped_at": "2026-03-12"},
            ("20.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00"),
        ),
        (
            {"ongoing": "no", "stopped_at": "2026-03-08 12:00", "doses_given": "2"},
            ("4.00", "2 doses as ordered, 2026-03-08 06:00 to 2026-03-08 12:00"),
        ),
        # The last dose, of 18:00, was given with anakinra.
        (
            {"ongoing": "no", "stopped_at": "2026-03-10 18:00"},
            ("20.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00"),
        ),
        # More were given later.
        ({"doses_given": "30"}, ("20.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00")),
        ({"doses_given": "10"}, ("20.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00")),
        # Fewer or more were given than ordered, or the last dose is out of step: which ones is not told.
        ({"doses_given": "9"}, None),
        ({"ongoing": "no", "stopped_at": "2026-03-08 12:00", "doses_given": "3"}, None),
        ({"ongoing": "no", "stopped_at": "2026-03-08 13:00"}, None),
        ({"ongoing": "no", "stopped_at": "2026-03-09"}, None),
        ({"ongoing": None}, None),
        ({"started_at": "2026-03-08"}, None),
        ({"started_at": None}, None),
        ({"dose": None}, None),
        ({"unit": "units"}, None),
        ({"frequency": "as_needed"}, None),
        ({"frequency": "continuous"}, None),
        ({"purpose": None}, None),
        # Not in this time, and so nothing that it leaves open matters.
        ({"started_at": "2026-03-10 18:00"}, None),
        ({"ongoing": "no", "started_at": "2026-03-05", "stopped_at": "2026-03-07 12:00"}, None),
    ],
)
def test_the_doses_of_the_72_hours_before_the_first_dose_are_added_up(
    changes: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    assert offered({**DEXA, **changes}) == expected


@pytest.mark.parametrize(
    ("started_at", "expected"),
    [
        ("2026-03-07 17:59", None),
        ("2026-03-07 18:00", ("2.00", "1 dose, 2026-03-07 18:00")),
        ("2026-03-10 17:59", ("2.00", "1 dose, 2026-03-10 17:59")),
        ("2026-03-10 18:00", None),
    ],
)
@pytest.mark.parametrize("ongoing", ["no", "yes"])
def test_a_single_dose_counts_from_72_hours_before_on_and_not_with_anakinra(
    started_at: str, expected: tuple[str, str] | None, ongoing: str
) -> None:
    assert offered({**ONCE, "started_at": started_at, "ongoing": ongoing}) == expected


def test_pages_are_added_up_and_what_does_not_count_is_left_out() -> None:
    early = {**ONCE, "key": "g2", "started_at": "2026-03-07 20:00", "dose": "0.6"}
    premedication = {**ONCE, "key": "g3", "purpose": "premedication", "started_at": "2026-03-09 20:00"}
    inhaled = {**DEXA, "key": "g4", "route": "inhaled", "started_at": "2026-03-09"}
    other = {"key": "g5", "agent": "tocilizumab", "started_at": "2026-03"}
    found = offered(other, premedication, inhaled, early, DEXA)
    assert found == ("24.00", "11 doses as ordered, 2026-03-07 20:00 to 2026-03-10 12:00")
    # One page that leaves its doses open leaves the sum open.
    assert offered(DEXA, {**early, "frequency": "as_needed"}) is None


def test_what_a_page_of_another_time_leaves_open_does_not_matter() -> None:
    before = {**DEXA, "key": "g2", "ongoing": "no", "started_at": "2026-03-05", "stopped_at": "2026-03-07 12:00"}
    with_anakinra = {**DEXA, "key": "g3", "started_at": "2026-03-10 18:00", "purpose": None}
    assert offered(before, with_anakinra, DEXA) == offered(DEXA) is not None


def test_no_steroid_on_record_is_not_offered_as_none() -> None:
    assert offered() is None
    assert offered({**DEXA, "purpose": "premedication"}) is None


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({"doses_given": "1"}, True),
        ({"doses_given": "3"}, False),
        ({"stopped_at": "2026-03-08 06:00"}, True),
        ({"stopped_at": "2026-03-08"}, True),
        ({"stopped_at": "2026-03-09 06:00"}, False),
        ({"dose": "0"}, False),
    ],
)
def test_a_single_dose_of_which_its_page_says_otherwise_is_not_told(changes: dict[str, Any], is_told: bool) -> None:
    assert (offered({**ONCE, **changes}) is not None) == is_told


def test_doses_that_two_pages_may_tell_are_not_counted_twice() -> None:
    # The order of 0.3 mg/kg was never closed when 0.15 mg/kg took its place, or the page was entered twice.
    lower = {**DEXA, "key": "g2", "dose": "0.15", "started_at": "2026-03-09 06:00"}
    assert offered(DEXA, lower) is None
    assert offered(DEXA, {**DEXA, "key": "g2"}) is None
    assert offered(ONCE, {**ONCE, "key": "g2"}) is None
    closed = {**DEXA, "ongoing": "no", "stopped_at": "2026-03-09 00:00"}
    # Four doses of 2.0001 mg/kg, and 06, 12, 18, 00, 06, 12 of 1.00005 each.
    assert offered(closed, lower) == ("14.00", "10 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00")
    # Another steroid, or a single dose beside an order, is one more.
    assert offered(DEXA, {**ONCE, "key": "g2"}) == (
        "22.00",
        "11 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00",
    )
    other = {**DEXA, "key": "g2", "agent": "prednisone", "dose": "1", "frequency": "q24h", "route": "oral"}
    assert offered(DEXA, other) == ("23.00", "13 doses as ordered, 2026-03-08 06:00 to 2026-03-10 12:00")
