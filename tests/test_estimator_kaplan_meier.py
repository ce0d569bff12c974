"""Kaplan-Meier against R's survfit and lifelines, and the edge cases a daily registry meets."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from numpy.testing import assert_allclose, assert_array_equal

import r_numbers as r
from analysis.estimators import InvalidInputError, kaplan_meier


def of_data_set(name):
    subjects = r.subjects(name.removesuffix("_any"))
    return kaplan_meier(subjects["time"], subjects["event"] > 0, entry=subjects.get("entry"))


@pytest.mark.parametrize("name", ["veteran", "daily_any", "delayed_any"])
def test_curve_error_and_limits_agree_with_r_survfit(name):
    curve = of_data_set(name)
    assert_array_equal(curve.times, r.keys(name, "km"))
    assert_array_equal(curve.n_at_risk, r.values(name, "km_at_risk"))
    assert_allclose(curve.estimate, r.values(name, "km"), rtol=0, atol=1e-12)
    assert_allclose(curve.std_error, r.values(name, "km_std_error"), rtol=0, atol=1e-12)
    assert_allclose(curve.lower, r.values(name, "km_lower"), rtol=0, atol=1e-12)
    assert_allclose(curve.upper, r.values(name, "km_upper"), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["veteran", "daily_any"])
def test_quantiles_and_their_limits_agree_with_r_survfit(name):
    curve = of_data_set(name)
    probabilities = r.keys(name, "km_quantile")
    limits = [curve.quantile_limits(p) for p in probabilities]
    assert_allclose([curve.quantile(p) for p in probabilities], r.values(name, "km_quantile"))
    assert_allclose([lower for lower, _ in limits], r.values(name, "km_quantile_lower"))
    assert_allclose([upper for _, upper in limits], r.values(name, "km_quantile_upper"))


def test_curve_with_delayed_entry_agrees_with_lifelines():
    entry, time, event = r.columns("late", "entry", "time", "event")
    fitted = KaplanMeierFitter().fit(time, event, entry=entry)
    curve = kaplan_meier(time, event, entry=entry)
    assert_allclose(curve.at(np.arange(30)), fitted.predict(np.arange(30)).to_numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_from_day_0_on_delayed_entry_makes_no_difference(level):
    """lifelines computes the one and the house the other: entry before everything that happens changes nothing."""
    time, event = r.columns("daily", "time", "event")
    plain = kaplan_meier(time + 1, event > 0, level=level)
    late = kaplan_meier(time + 1, event > 0, entry=np.zeros(len(time)), level=level)
    for field in ("estimate", "std_error", "lower", "upper"):
        assert_allclose(getattr(plain, field), getattr(late, field), rtol=0, atol=1e-12)


def test_reading_before_on_between_and_after_the_times():
    curve = kaplan_meier([2, 4, 4, 6], [1, 1, 0, 0])
    assert_allclose(curve.at([0, 1.9, 2, 3, 4, 100]), [1, 1, 0.75, 0.75, 0.5, 0.5])
    assert_array_equal(curve.at_risk_at([0, 2, 3, 4, 5, 7]), [4, 4, 3, 3, 1, 0])
    assert_allclose(curve.at(4), 0.5)


@pytest.mark.parametrize(
    ("times", "events", "median"),
    [
        # R quantile(survfit(Surv(times, events) ~ 1), 0.5)$quantile; the last two stay at one half to the last day
        ([1, 2, 3, 4, 6, 7, 8, 9], [1] * 8, 5),
        ([1, 2, 3, 4], [1, 1, 0, 0], 3),
        ([1, 2, 3, 3, 4, 4], [1, 1, 1, 0, 0, 0], 3.5),
    ],
)
def test_a_median_on_a_flat_stretch_is_its_midpoint(times, events, median):
    assert kaplan_meier(times, events).quantile(0.5) == median


def test_a_median_that_is_not_reached_is_nan():
    assert np.isnan(kaplan_meier([1, 2, 3], [1, 0, 0]).quantile(0.5))


def test_everybody_censored_leaves_survival_at_one():
    curve = kaplan_meier([1, 2, 2], [0, 0, 0])
    assert_array_equal(curve.estimate, [1, 1])
    assert_array_equal(curve.std_error, [0, 0])
    assert np.isnan(curve.lower).all() and np.isnan(curve.upper).all()
    assert_array_equal(curve.n_censored, [1, 2])


def test_one_patient_with_an_event_on_day_zero():
    curve = kaplan_meier([0], [1])
    assert (curve.times.tolist(), curve.estimate.tolist(), curve.n_at_risk.tolist()) == ([0.0], [0.0], [1])
    assert np.isnan([curve.std_error[0], curve.lower[0], curve.upper[0]]).all()


def test_a_risk_set_that_empties_and_refills_stays_at_zero():
    curve = kaplan_meier([2, 9, 9], [1, 1, 0], entry=[0, 5, 5])
    assert_array_equal(curve.n_at_risk, [1, 2])
    assert_array_equal(curve.estimate, [0, 0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"time": [1, np.nan], "event": [1, 0]}, "time is missing or not finite for row 1."),
        ({"time": [1, -1], "event": [1, 0]}, "time is negative for row 1."),
        ({"time": [1, 2], "event": [1, 2]}, "event holds codes other than 0 and 1; with competing events use"),
        ({"time": [1, 2], "event": [1]}, "Arguments must have the same length, found time 2, event 1."),
        ({"time": [], "event": []}, "time is empty: there is nobody to estimate from."),
        ({"time": ["a"], "event": [1]}, "time must hold numbers, found str"),
        ({"time": [3, 4], "event": [1, 1], "entry": [0, 4]}, "entry is not before time for row 1."),
        ({"time": [1], "event": [1], "level": 95}, "level must lie between 0 and 1, found 95."),
    ],
)
def test_impossible_input_is_refused_in_words(arguments, message):
    with pytest.raises(InvalidInputError, match=re.escape(message)):
        kaplan_meier(**arguments)


def test_a_refused_row_is_named_by_the_key_in_the_index():
    time = pd.Series([1.0, np.nan], index=["a7c1", "b2d9"])
    with pytest.raises(InvalidInputError, match=r"time is missing or not finite for b2d9\."):
        kaplan_meier(time, [1, 0])


@pytest.mark.parametrize(
    "event",
    [
        pd.Series([True, False, True]),
        pd.Series([1, 0, 1], dtype="Int64"),
        pd.Series([1, 0, 1], dtype="category"),
        pd.Series([1, 0, 1], dtype=object),
        [1.0, 0.0, 1.0],
    ],
)
def test_every_kind_of_event_column_gives_the_same_curve(event):
    time = pd.Series([1, 2, 3], dtype="Int64")
    assert_allclose(kaplan_meier(time, event).estimate, [2 / 3, 2 / 3, 0])


def test_a_missing_event_in_a_nullable_column_is_refused():
    with pytest.raises(InvalidInputError, match=r"event is missing for 1\."):
        kaplan_meier([1, 2], pd.Series([1, pd.NA], dtype="Int64"))


def test_the_result_names_its_method_and_source():
    curve = kaplan_meier([1], [1])
    assert curve.method == "Kaplan-Meier estimate, Greenwood variance, log-log confidence limits"
    assert curve.source.startswith("Kaplan & Meier 1958")
