"""A figure is held against its bar on the right side, and the page says what was found."""

import math

import pytest

from benchmarks.figure import Figure
from benchmarks.run import row


@pytest.mark.parametrize(
    ("value", "bar", "higher_is_better", "met"),
    [
        (50.0, 50.0, True, True),
        (49.9, 50.0, True, False),
        (250.0, 250.0, False, True),
        (250.1, 250.0, False, False),
        (math.nan, 50.0, True, False),
        (math.nan, 50.0, False, False),
        (1.0, None, True, True),
        (math.nan, None, True, False),
    ],
)
def test_a_figure_is_met_on_the_good_side_of_its_bar(
    value: float, bar: float | None, higher_is_better: bool, met: bool
) -> None:
    assert Figure(name="saves", value=value, unit="/s", bar=bar, higher_is_better=higher_is_better).met is met


def test_a_figure_is_printed_beside_its_bar_and_its_baseline() -> None:
    saves = Figure(name="saves", value=61.237, unit="/s", bar=50, higher_is_better=True, baseline=95.0)
    assert row(saves) == ("saves", "61.24 /s", "≥ 50 /s", "95 /s", "× 0.64", "met")


def test_a_missed_figure_says_so() -> None:
    p95 = Figure(name="p95", value=1312.7, unit="ms", bar=250, higher_is_better=False)
    assert row(p95) == ("p95", "1,313 ms", "≤ 250 ms", "", "", "MISSED")
