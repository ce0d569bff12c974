"""Restricted means, landmarks and state occupancy against R and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from numpy.testing import assert_allclose, assert_array_equal

import r_numbers as r
from analysis.estimators import (
    InvalidInputError,
    cumulative_incidence,
    landmark,
    mean_days_in_states,
    restricted_mean_difference,
    restricted_mean_time,
    state_occupancy,
)

STATES = ("0", "1", "2", "3")
daily = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=30)


@pytest.mark.parametrize("place", [0, 1])
def test_the_restricted_mean_agrees_with_r_survfit(place):
    time, event = r.columns("lung", "time", "event")
    horizon = r.keys("lung", "restricted_mean")[place]
    found = restricted_mean_time(time, event, horizon=horizon)
    assert_allclose(found.estimate, r.values("lung", "restricted_mean")[place], atol=1e-8)
    assert_allclose(found.std_error, r.values("lung", "restricted_mean_error")[place], atol=1e-8)


@pytest.mark.parametrize("cause", [1, 2])
@pytest.mark.parametrize("place", [0, 1])
def test_the_time_with_a_cause_behind_one_agrees_with_the_influences_of_r_survfit(cause, place):
    time, event = r.columns("tied", "time", "event")
    horizon = r.keys("tied", f"time_with_{cause}")[place]
    found = restricted_mean_time(time, event, horizon=horizon, cause=cause)
    assert_allclose(found.estimate, r.values("tied", f"time_with_{cause}")[place], atol=1e-8)
    assert_allclose(found.std_error, r.values("tied", f"time_with_{cause}_error")[place], atol=1e-8)


@given(rows=daily)
def test_the_time_with_each_cause_and_without_any_fills_the_horizon(rows):
    time, event = (np.array(column) for column in zip(*[*rows, (9, 0)], strict=True))
    horizon = 9.0
    without = restricted_mean_time(time, event > 0, horizon=horizon).estimate
    with_one = sum(restricted_mean_time(time, event, horizon=horizon, cause=cause).estimate for cause in (1, 2))
    assert_allclose(without + with_one, horizon, atol=1e-9)


def test_the_restricted_mean_agrees_with_lifelines():
    """Its variance is that of the children's times, not of their mean: no measure of ours."""
    time, event = r.columns("lung", "time", "event")
    theirs = restricted_mean_survival_time(KaplanMeierFitter().fit(time, event), t=100)
    assert_allclose(restricted_mean_time(time, event, horizon=100).estimate, theirs, rtol=1e-10)


def test_the_difference_of_two_means_and_its_test():
    """By hand: 10 (SE 3) - 4 (SE 4) is 6 (SE 5), z 1.2, two-sided P 0.2301 (normal table)."""
    first, second = (restricted_mean_time([1, 2, 5, 9], [1, 0, 1, 0], horizon=5) for _ in range(2))
    assert restricted_mean_difference(first, second).estimate == 0
    assert restricted_mean_difference(first, second).p_value == 1.0
    object.__setattr__(first, "estimate", 10.0)
    object.__setattr__(first, "std_error", 3.0)
    object.__setattr__(second, "estimate", 4.0)
    object.__setattr__(second, "std_error", 4.0)
    found = restricted_mean_difference(first, second)
    assert (found.estimate, found.std_error) == (6.0, 5.0)
    assert_allclose(found.p_value, 0.2301, atol=5e-5)
    assert_allclose([found.lower, found.upper], [6 - 5 * 1.959963984540054, 6 + 5 * 1.959963984540054])


def test_everybody_with_an_event_on_day_0_spends_no_time_without_it():
    assert restricted_mean_time([0, 0], [1, 1], horizon=7).estimate == 0
    assert restricted_mean_time([0, 0], [1, 1], horizon=7, cause=1).estimate == 7


@pytest.mark.parametrize(
    ("arguments", "mean"),
    [
        ({"time": [3], "event": [1]}, 3),
        ({"time": [3, 3], "event": [1, 1]}, 3),
        ({"time": [9, 9], "event": [0, 0]}, 7),
        ({"time": [3], "event": [1], "cause": 1}, 4),
        ({"time": [3, 9], "event": [1, 0], "cause": 2}, 0),
    ],
)
def test_a_mean_without_variance_is_not_taken_for_certain(arguments, mean):
    found = restricted_mean_time(**arguments, horizon=7)
    assert found.estimate == mean
    assert np.isnan([found.std_error, found.lower, found.upper]).all()
    other = restricted_mean_time([1, 2, 9], [1, 1, 0], horizon=7)
    difference = restricted_mean_difference(found, other)
    assert np.isnan([difference.std_error, difference.lower, difference.upper, difference.p_value]).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"time": [1, 2], "event": [1, 0], "horizon": 5}, r"horizon 5 lies beyond the last day observed \(2\)"),
        ({"time": [1, 2], "event": [1, 0], "horizon": 0}, "horizon must be a number of days above 0, found 0"),
        ({"time": [1, 2], "event": [1, 2], "horizon": 2}, "with competing events name the cause"),
        ({"time": [1, 2], "event": [1, 2], "horizon": 2, "cause": 0}, "cause must be an event code"),
    ],
)
def test_a_restricted_mean_that_cannot_be_is_refused(arguments, words):
    with pytest.raises(InvalidInputError, match=words):
        restricted_mean_time(**arguments)


def test_means_of_different_horizons_are_not_compared():
    means = [restricted_mean_time([1, 2, 9], [1, 1, 0], horizon=horizon) for horizon in (3, 4)]
    with pytest.raises(InvalidInputError, match="the horizons differ"):
        restricted_mean_difference(*means)


def test_a_landmark_keeps_who_is_still_there_with_what_had_begun():
    """By hand: day 3 leaves out an event on day 2, one on day 3 itself and a censoring on day 1."""
    found = landmark([2, 3, 1, 5, 8, 9], [1, 1, 0, 1, 0, 2], [1, 1, np.nan, 3, 4, np.nan], day=3)
    assert_array_equal(found.rows, [3, 4, 5])
    assert_array_equal(found.time, [2, 5, 6])
    assert_array_equal(found.event, [1, 0, 2])
    assert_array_equal(found.exposed, [True, False, False])
    assert (found.n_event_before, found.n_censored_before) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 2], [1, 1], [0, 0], 2), "nobody is under observation without an event after day 2"),
        (([1, 2], [1, 1], [0, 0], -1), "day must be a day of 0 or later, found -1"),
        (([1, 2], [1, 1], [0, np.inf], 0), "exposure is not finite"),
    ],
)
def test_a_landmark_that_cannot_be_is_refused(arguments, words):
    *rows, day = arguments
    with pytest.raises(InvalidInputError, match=words):
        landmark(*rows, day=day)


def moves():
    subject, start, stop, state, following = r.columns("moves", "id", "entry", "time", "from", "to")
    named = ["" if code == 99 else str(int(code)) for code in following]
    return subject, start, stop, [str(int(code)) for code in state], named


def test_state_occupancy_agrees_with_r_etm():
    """etm gives the transition matrix from day 0: the start states' shares are carried through it."""
    found = state_occupancy(*moves(), states=STATES)
    times = r.keys("moves", "from_1_to_0")
    expected = np.column_stack(
        [sum(found.initial[k] * r.values("moves", f"from_{k}_to_{end}") for k in (1, 2)) for end in range(4)]
    )
    assert_allclose(found.at(times), expected, atol=1e-12)
    assert_allclose(found.estimate.sum(axis=1), 1, atol=1e-12)
    assert_array_equal(found.n_at_risk[0], [0, 4, 8, 0])
    assert found.n_subjects == 12


@given(rows=daily)
def test_two_ends_of_one_state_are_two_cumulative_incidences(rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    time = time + 1
    ends = np.array(["", "resolved", "died"])[event]
    keys = np.arange(len(time))
    found = state_occupancy(
        keys, np.zeros(len(time)), time, ["ill"] * len(time), ends, states=["ill", "resolved", "died"]
    )
    for cause in (1, 2):
        curve = cumulative_incidence(time, event, cause=cause)
        assert_allclose(found.at(range(12))[:, cause], curve.at(range(12)), atol=1e-12)


def test_before_the_first_time_the_start_states_hold():
    found = state_occupancy([1, 2], [0, 0], [4, 5], ["a", "b"], ["b", ""], states=["a", "b"])
    assert_array_equal(found.at([0, 3.9, 4, 99]), [[0.5, 0.5], [0.5, 0.5], [0, 1], [0, 1]])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((["A"], [2], [2], ["a"], [""]), "start is not before stop for A on day 2"),
        ((["A"], [1], [2], ["a"], [""]), "the first row of A begins on day 1, not on day 0"),
        ((["A", "A"], [0, 3], [2, 4], ["a", "b"], ["b", ""]), "the rows of A do not join on day 3"),
        ((["A", "A"], [0, 2], [2, 4], ["a", "a"], ["b", ""]), "the rows of A do not join on day 2"),
        ((["A"], [0], [2], ["c"], [""]), "state holds 'c', which is not among the states"),
        ((["A"], [0], [2], ["a"], ["c"]), "next_state holds 'c', which is not among the states"),
        ((["A"], [0], [2], ["a", "b"], [""]), "state must hold one state for each of the 1 rows, found 2"),
    ],
)
def test_rows_that_do_not_describe_a_course_are_refused(rows, words):
    with pytest.raises(InvalidInputError, match=words):
        state_occupancy(*rows, states=["a", "b"])


@pytest.mark.parametrize(("states", "censored"), [(["a", "a"], ""), (["a", "b"], "b")])
def test_states_that_cannot_be_told_apart_are_refused(states, censored):
    with pytest.raises(InvalidInputError, match=f"states must differ from each other and from {censored!r}"):
        state_occupancy(["A"], [0], [2], ["a"], [censored], states=states, censored=censored)


def test_nothing_is_read_on_a_day_that_is_not_known():
    occupancy = state_occupancy(["A"], [0], [2], ["a"], ["b"], states=["a", "b"])
    curve = cumulative_incidence([1, 2], [1, 0], cause=1)
    for read in (occupancy.at, curve.at, curve.at_risk_at, curve.limits_at):
        with pytest.raises(InvalidInputError, match="days holds NaN"):
            read([1, np.nan])


@pytest.mark.parametrize("horizon", ["2.5", "6", "8.5", "20"])
def test_mean_days_in_a_state_agree_with_r_survfit(horizon):
    """R: summary(survfit(..., istate, influence = TRUE), rmean = horizon); an error of 0 there is not defined here."""
    occupancy = state_occupancy(*moves(), states=STATES)
    means, errors = r.values("moves", f"mean_days_to_{horizon}"), r.values("moves", f"mean_days_error_to_{horizon}")
    for state, mean, error in zip(STATES, means, errors, strict=True):
        found = mean_days_in_states(occupancy, [state], horizon=float(horizon))
        assert_allclose(found.estimate, mean, atol=1e-12)
        assert_allclose(found.std_error, error or np.nan, atol=1e-12)
    assert sum(means) == pytest.approx(float(horizon))


def test_mean_days_of_children_who_are_all_followed_are_the_mean_of_their_days():
    """By hand: 2, 3 and 7 of 7 days ill; the variance is the children's (divided by n) over n."""
    occupancy = state_occupancy(
        ["A", "A", "B", "B", "B", "B", "C"], [0, 2, 0, 1, 3, 5, 0], [2, 9, 1, 3, 5, 9, 9],
        ["ill", "well", "ill", "well", "ill", "well", "ill"], ["well", "", "well", "ill", "well", "", ""],
        states=["ill", "well"],
    )  # fmt: skip
    found = mean_days_in_states(occupancy, ["ill"], horizon=7)
    assert_allclose(found.estimate, (2 + 3 + 7) / 3)
    assert_allclose(found.std_error, np.sqrt(((2 - 4) ** 2 + (3 - 4) ** 2 + (7 - 4) ** 2) / 3 / 3))
    half = 1.959963984540054 * found.std_error
    assert_allclose([found.lower, found.upper], [4 - half, 4 + half])
    both = mean_days_in_states(occupancy, ["ill", "well"], horizon=7)
    assert both.estimate == pytest.approx(7)
    assert np.isnan([both.std_error, both.lower, both.upper]).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"states": ["x"], "horizon": 3}, "states holds 'x', which is not among those of the occupancy"),
        ({"states": ["a"], "horizon": 0}, "horizon must be a number of days above 0, found 0"),
        ({"states": ["a"], "horizon": 6}, r"horizon 6 lies beyond the last day observed \(5\)"),
    ],
)
def test_mean_days_that_cannot_be_are_refused(arguments, words):
    occupancy = state_occupancy([1, 2], [0, 0], [4, 5], ["a", "a"], ["b", ""], states=["a", "b"])
    with pytest.raises(InvalidInputError, match=words):
        mean_days_in_states(occupancy, **arguments)
