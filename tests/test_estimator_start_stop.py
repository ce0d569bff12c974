"""Person-time before the first dose is unexposed: intervals by hand, and a drug whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.estimators import InvalidInputError, cox_regression, start_stop

NEVER = math.nan


def intervals(time, event, exposure):
    found = start_stop(time, event, exposure)
    columns = (found.rows, found.entry, found.time, found.event, found.exposed)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize(
    ("time", "event", "began", "expected"),
    [
        (9, 1, NEVER, [(0, 0, 9, 1, False)]),
        # five days before the first dose are unexposed, four after it exposed
        (9, 1, 5, [(0, 0, 5, 0, False), (0, 5, 9, 1, True)]),
        (9, 2, 0, [(0, 0, 9, 2, True)]),
        # on the day of the event, or after it: the event came first
        (9, 1, 9, [(0, 0, 9, 1, False)]),
        (9, 1, 12, [(0, 0, 9, 1, False)]),
        (0, 2, NEVER, []),
        (0, 0, 0, []),
    ],
)
def test_each_child_is_cut_where_exposure_begins(time, event, began, expected):
    assert intervals([time], [event], [began]) == expected


def test_person_days_before_the_first_dose_are_unexposed():
    found = start_stop([9, 4, 6], [1, 1, 0], [5, NEVER, 0])
    # 5 + 4 without, 4 + 6 with
    assert (found.person_days(exposed=False), found.person_days(exposed=True)) == (9, 10)


@pytest.mark.parametrize("exposure", [[-1.0], [math.inf]])
def test_exposure_that_is_no_day_is_refused(exposure):
    with pytest.raises(InvalidInputError, match="exposure is negative or not finite"):
        start_stop([5], [1], exposure)


def test_a_drug_without_effect_looks_harmful_by_ever_and_never_and_not_by_intervals():
    # Resolution has a chance of 10 % on each day, drug or not: the true log hazard ratio is 0. Who resolves before the
    # day the drug would come never gets it, so that "ever" waited longer by definition. 20,000 children: the standard
    # error is about 0.02, and 0.08 is four of them.
    random = np.random.default_rng(20261128)
    day = np.minimum(random.geometric(0.1, 20_000), 60)
    resolved = day < 60
    would_begin = random.integers(1, 11, 20_000).astype(np.float64)
    ever = would_begin < day
    split = start_stop(day, resolved, would_begin)
    varying = cox_regression(split.time, split.event, split.exposed, entry=split.entry)
    naive = cox_regression(day, resolved, ever)
    assert abs(varying.coefficient[0]) < 0.08
    assert naive.coefficient[0] < -0.5
