"""A blood count day by day: which days have a state, what lies between, where the window ends (CLINICAL.md 2.6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bedside import child, measured
from forms.grading.counts import (
    Series,
    TransfusionDays,
    counts_after_infusions,
    days_below,
    longest_run,
    platelet_transfusions,
)
from forms.values import Measurement

DAY_0 = date(2026, 3, 5)
LIMIT = Decimal("0.5")


def series(values: dict[int, tuple[str, ...]]) -> Series:
    return Series(values={day: tuple(map(measured, texts)) for day, texts in values.items()})


def states(values: dict[int, tuple[str, ...]], first: int, last: int) -> dict[int, bool | None]:
    """Return day -> whether the count was below 0.5."""
    return series(values).states(LIMIT, Measurement.is_below, first, last)


def test_both_ends_of_a_stretch_belong_to_it() -> None:
    values = series({0: ("1",), 5: ("1",), 30: ("1",), 31: ("1",)})

    assert values.measured_days(0, 30) == [0, 5, 30]
    assert values.measured_days(1, 29) == [5]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    # Day 4 lies between two measured days and has their mean, also where only it lies in the stretch.
    [
        (3, 5, {3: True, 4: False, 5: False}),
        (4, 4, {4: False}),
        (5, 6, {5: False, 6: True}),
        (3, 3, {3: True}),
        (6, 9, {6: True}),
    ],
)
def test_a_stretch_has_the_states_of_its_own_days_only(first: int, last: int, expected: dict[int, bool]) -> None:
    values = {3: ("0.3",), 5: ("0.9",), 6: ("0.4",), 9: ("2",)}

    assert {day: state for day, state in states(values, first, last).items() if day < 9} == expected


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        # (0.4 + 0.6) / 2 = 0.5 is not below 0.5.
        (("0.4",), ("0.6",), False),
        (("0.4",), ("0.599",), True),
        (("0.6",), ("0.4",), False),
        (("0.599",), ("0.4",), True),
        # The lowest of each day: (0.3 + 0.5) / 2, wherever it stands among the day's values.
        (("0.9", "0.3"), ("0.9", "0.5"), True),
        (("0.3", "0.9"), ("0.5", "0.9"), True),
        # With a sign there is no mean: both sides must say the same.
        (("<0.5",), ("<0.4",), True),
        (("<0.5",), ("0.4",), True),
        ((">0.5",), ("0.9",), False),
        (("<0.5",), ("0.9",), None),
        (("<0.9",), ("0.4",), None),
        (("<0.9",), ("<0.9",), None),
    ],
)
def test_a_missing_day_between_two_has_the_mean_of_their_lowest(
    before: tuple[str, ...], after: tuple[str, ...], state: bool | None
) -> None:
    assert states({3: before, 5: after}, 4, 4) == {4: state}


def test_two_missing_days_in_a_row_stay_missing() -> None:
    assert states({3: ("0.3",), 6: ("0.3",)}, 3, 6) == {3: True, 6: True}


@pytest.mark.parametrize(
    ("below", "first", "last", "unknown", "expected"),
    [
        ({2, 3, 4}, 0, 9, False, (3, False)),
        # Days before the stretch do not belong to the run; the last day does.
        ({0, 1, 2}, 2, 4, False, (1, False)),
        ({0, 1, 2, 3, 4}, 0, 4, False, (5, True)),
        ({3, 4}, 0, 4, False, (2, True)),
        ({4}, 0, 4, False, (1, False)),
        # A gap of two days is merged, one of three is not.
        ({1, 4}, 0, 9, False, (4, False)),
        ({1, 5}, 0, 9, False, (1, False)),
        ({1, 2, 3, 7}, 0, 9, False, (3, False)),
        (set(), 0, 4, True, (5, True)),
        (set(), 0, 4, False, (0, False)),
    ],
)
def test_the_longest_run_merges_gaps_of_two_days(
    below: set[int], first: int, last: int, unknown: bool, expected: tuple[int, bool]
) -> None:
    known = dict.fromkeys(below, True) if unknown else {day: day in below for day in range(last + 1)}

    assert longest_run(known, first, last, unknown=unknown) == expected


def test_days_below_are_counted_with_both_ends_and_an_unknown_one_as_asked() -> None:
    known = {2: True, 3: True, 4: None, 5: True, 6: True}

    assert days_below(known, 3, 5, unknown=False) == 2
    assert days_below(known, 3, 5, unknown=True) == 3
    assert days_below(known, 3, 8, unknown=True) == 6


def drawn(day: int, value: str, hour: int = 6, **more: Any) -> dict[str, Any]:
    at = DAY_0 + timedelta(days=day)
    return {"key": f"l{day}.{hour}", "infusion": "i1", "sampled_at": f"{at} {hour:02}:00", "anc": value, **more}


TWO_INFUSIONS = [
    {"key": "i1", "infused_on": str(DAY_0)},
    {"key": "i2", "infused_on": str(DAY_0 + timedelta(days=20))},
]


def values_after(samples: list[dict[str, Any]], **rows: Any) -> dict[object, dict[int, list[str]]]:
    found = counts_after_infusions(child(laboratory=samples, **rows), "anc")
    return {
        key: {day: [str(one.value) for one in values] for day, values in of.values.items()} for key, of in found.items()
    }


def test_a_sample_belongs_to_its_link_or_to_the_last_infusion_before_it() -> None:
    samples = [
        drawn(-2, "3", infusion=None),
        drawn(3, "1", infusion=None),
        drawn(20, "0.2", infusion=None),
        drawn(21, "0.1", infusion="i1"),
    ]

    assert values_after(samples, infusion=TWO_INFUSIONS) == {
        "i1": {3: ["1.000"], 21: ["0.100"]},
        "i2": {0: ["0.200"]},
    }


def test_a_day_keeps_all_its_values() -> None:
    assert values_after([drawn(3, "0.2", 6), drawn(3, "0.9", 18), drawn(4, "1")]) == {
        "i1": {3: ["0.200", "0.900"], 4: ["1.000"]}
    }


@pytest.mark.parametrize(
    ("died_on", "expected"),
    [
        (None, (19, None)),
        (15, (15, None)),
        (19, (19, None)),
        (25, (19, 5)),
        (20, (19, 0)),
    ],
)
def test_the_window_ends_with_death_or_the_day_before_the_next_infusion(
    died_on: int | None, expected: tuple[int | None, int | None]
) -> None:
    end = [] if died_on is None else [{"key": "x1", "died_on": str(DAY_0 + timedelta(days=died_on))}]
    rows = {"infusion": TWO_INFUSIONS, "end_of_study": end}
    found = counts_after_infusions(child(laboratory=[drawn(1, "1"), drawn(20, "1", infusion="i2")], **rows), "anc")

    assert (found["i1"].last_day, found["i2"].last_day) == expected


def test_platelets_block_the_days_they_were_or_may_have_been_given() -> None:
    support = [
        {"key": "s1", "kind": "platelets", "started_at": "2026-03-07 10:00"},
        {"key": "s2", "kind": "platelets", "started_at": "2026-02"},
        {"key": "s3", "kind": "platelets", "started_at": None},
        {"key": "s4", "kind": "red_cells", "started_at": "2026-03-09 10:00"},
    ]
    february = {date(2026, 2, day) for day in range(1, 29)}

    assert platelet_transfusions(child(support=support)).days == {date(2026, 3, 7), *february}


@pytest.mark.parametrize(("day", "is_free"), [(0, True), (1, False), (2, False), (3, False), (4, True)])
def test_a_stretch_is_free_when_no_day_of_it_is_blocked(day: int, is_free: bool) -> None:
    blocked = TransfusionDays(days=frozenset({DAY_0 + timedelta(days=day)}))

    assert blocked.is_free(DAY_0 + timedelta(days=1), DAY_0 + timedelta(days=3)) is is_free
