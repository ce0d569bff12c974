"""Stratified tables, rates and exact tests against R and published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import r_numbers as r
from analysis.estimators import (
    InvalidInputError,
    boschloo_test,
    compare_proportions,
    compare_rates,
    fisher_mid_p,
    incidence_rate,
    stratified_proportions,
)
from examples import examples


def centers():
    return stratified_proportions(*r.columns("centers", "x1", "n1", "x2", "n2"))


@pytest.mark.parametrize("quantity", ["odds_ratio", "risk_difference", "risk_ratio"])
def test_mantel_haenszel_estimates_agree_with_r(quantity):
    found = centers()
    told = [getattr(found, name) for name in (quantity, f"{quantity}_lower", f"{quantity}_upper")]
    assert_allclose(told, r.values("centers", quantity), atol=1e-10)


def test_cochran_mantel_haenszel_agrees_with_r():
    found = centers()
    assert_allclose([found.statistic, found.p_value], r.values("centers", "cmh"), atol=1e-10)
    assert (found.n_strata, found.n_strata_used) == (4, 4)


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (([9, 4, 0, 12], [10, 7, 3, 16], [6, 3, 1, 7], [12, 4, 5, 19]), 0.0309119265104092),
        (([16, 12], [27, 28], [5, 7], [25, 26]), 0.00505903235517882),
        (([5, 6], [5, 6], [0, 0], [7, 4]), 6.01250601250602e-06),
    ],
)
def test_the_exact_test_within_strata_agrees_with_r(tables, expected):
    """R: mantelhaen.test(array(rbind(x1, x2, n1 - x1, n2 - x2), c(2, 2, s)), exact = TRUE)$p.value."""
    assert stratified_proportions(*tables).exact_p_value == pytest.approx(expected, rel=1e-12)


def test_the_exact_test_of_one_stratum_is_that_of_fisher():
    found = stratified_proportions([17, 0], [19, 3], [22, 0], [32, 0])
    assert found.exact_p_value == pytest.approx(compare_proportions(17, 19, 22, 32).p_value, rel=1e-12)


def test_the_migraine_trial_of_two_sexes():
    """Source: SAS/STAT User's Guide, PROC FREQ, example of Cochran-Mantel-Haenszel statistics: migraine.

    Better on active drug and placebo: women 16/27 and 5/25, men 12/28 and 7/26. CMH 8.3052 (P = 0.0040), odds ratio
    3.3132 (1.4456 to 7.5934), Breslow-Day 1.4929 (P = 0.2218) without Tarone's correction, which takes 0.0024 off it.
    """
    found = stratified_proportions([16, 12], [27, 28], [5, 7], [25, 26])
    assert_allclose(found.statistic, 8.3052, atol=5e-5)
    assert_allclose(found.p_value, 0.0040, atol=5e-5)
    odds = [found.odds_ratio, found.odds_ratio_lower, found.odds_ratio_upper]
    assert_allclose(odds, [3.3132, 1.4456, 7.5934], atol=5e-5)
    assert_allclose([found.homogeneity_statistic, found.homogeneity_p_value], [1.4929 - 0.0024, 0.2221], atol=5e-5)
    assert found.homogeneity_df == 1


def test_one_stratum_has_the_plain_difference_and_ratio():
    one, plain = stratified_proportions(17, 19, 22, 32), compare_proportions(17, 19, 22, 32)
    assert_allclose([one.risk_difference, one.risk_ratio], [plain.risk_difference, plain.risk_ratio])
    assert math.isnan(one.homogeneity_p_value)


def test_a_center_with_one_group_only_tells_nothing():
    with_it, without = (
        stratified_proportions([9, 4, 5][:n], [10, 7, 9][:n], [6, 3, 0][:n], [12, 4, 0][:n]) for n in (3, 2)
    )
    assert with_it.n_strata == 3 and with_it.n_strata_used == 2
    assert with_it.odds_ratio == without.odds_ratio and with_it.risk_difference == without.risk_difference


def test_no_event_anywhere_leaves_ratios_undefined_and_the_difference_at_0():
    found = stratified_proportions([0, 0], [5, 6], [0, 0], [7, 4])
    assert found.risk_difference == 0 and math.isnan(found.odds_ratio) and math.isnan(found.risk_ratio)
    assert math.isnan(found.risk_difference_lower) and math.isnan(found.risk_difference_upper)
    assert (found.statistic, found.p_value, found.exact_p_value) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("x1", "x2", "difference"), [([5, 6], [7, 4], 0.0), ([5, 6], [0, 0], 1.0), ([0, 0], [7, 4], -1.0)]
)
def test_where_all_or_none_responded_in_all_strata_the_limits_are_not_defined(x1, x2, difference):
    """Sato's variance is 0 by hand, in 5/5 against 0/7: 1 * (-5 * 7 / 24) + 5 * 7 / 24; so is that of the ratio."""
    found = stratified_proportions(x1, [5, 6], x2, [7, 4])
    assert found.risk_difference == difference
    assert math.isnan(found.risk_difference_lower) and math.isnan(found.risk_difference_upper)
    assert math.isnan(found.risk_ratio_lower) and math.isnan(found.risk_ratio_upper)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1], [0], [1], [0]), "1/0 in stratum 1 counts more events than people."),
        (([0], [0], [1], [2]), "no stratum has people in both groups: there is nothing to compare."),
        (([1.5], [3], [1], [2]), "x1 must hold whole numbers, 0 or more, found 1.5."),
        (([1, 2], [3, 3], [1], [2]), "Arguments must have the same length, found x1 2, n1 2, x2 1, n2 1."),
    ],
)
def test_impossible_strata_are_refused(arguments, words):
    with pytest.raises(InvalidInputError) as told:
        stratified_proportions(*arguments)
    assert str(told.value) == words


@pytest.mark.parametrize("counts", [(11, 800, 23, 783), (0, 100, 4, 120), (5, 60, 0, 90), (3, 300, 3, 300)])
def test_two_rates_agree_with_r_poisson_test(counts):
    found = compare_rates(*counts)
    expected = r.values("rates", "{}/{} v {}/{}".format(*counts))
    told = [found.rate_ratio, found.rate_ratio_lower, found.rate_ratio_upper, found.p_value]
    assert_allclose(told, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("events", [0, 4, 38])
def test_a_rate_agrees_with_r_poisson_test(events):
    found = incidence_rate(events, 500)
    assert_allclose([found.estimate, found.lower, found.upper], r.values("rates", f"{events}/500"), atol=1e-10)
    assert_allclose(found.per(100), [100 * value for value in (found.estimate, found.lower, found.upper)])


def test_rates_without_time_or_events():
    nothing = incidence_rate(0, 0)
    assert math.isnan(nothing.estimate) and (nothing.lower, nothing.upper) == (0.0, math.inf)
    none = compare_rates(0, 10, 0, 20)
    assert math.isnan(none.rate_ratio) and none.p_value == 1.0
    for arguments, words in (
        ((2, 0), "2 events in 0 person-days"),
        ((-1, 5), "events must be a whole number, 0 or more, found -1"),
        ((1, math.nan), "person_days must be a number, 0 or more, found nan"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            incidence_rate(*arguments)
    with pytest.raises(InvalidInputError, match="the second group has no person-time"):
        compare_rates(1, 5, 0, 0)


@pytest.mark.parametrize("counts", [(17, 19, 22, 32), (0, 10, 6, 12), (3, 6, 3, 6)])
def test_mid_p_agrees_with_the_hypergeometric_probabilities_of_r(counts):
    expected = r.values("tables", "mid-p {}/{} v {}/{}".format(*counts))[0]
    assert_allclose(fisher_mid_p(*counts).p_value, expected, atol=1e-12)


def test_boschloo_agrees_with_the_published_table():
    """Source: scipy's documentation of boschloo_exact: [[74, 31], [43, 32]], groups in columns, one-sided P 0.0355."""
    assert_allclose(boschloo_test(74, 117, 31, 63).p_value, 2 * 0.0355, atol=2e-4)


@given(x1=st.integers(0, 8), x2=st.integers(0, 8))
@examples(12)
def test_exact_tests_do_not_depend_on_which_group_is_named_first(x1, x2):
    for test in (fisher_mid_p, boschloo_test):
        one, other = test(x1, 8, x2, 8).p_value, test(x2, 8, x1, 8).p_value
        assert_allclose(one, other, atol=1e-9)
        assert 0 <= one <= 1
    assert fisher_mid_p(x1, 8, x2, 8).p_value <= compare_proportions(x1, 8, x2, 8).p_value + 1e-12


def test_exact_tests_refuse_an_empty_group():
    for test in (fisher_mid_p, boschloo_test):
        with pytest.raises(InvalidInputError, match="the second group is empty"):
            test(1, 2, 0, 0)


def test_homogeneity_is_the_same_in_whatever_order_the_strata_come():
    x1, n1, x2, n2 = (np.array(column) for column in r.columns("centers", "x1", "n1", "x2", "n2"))
    back = stratified_proportions(x1[::-1], n1[::-1], x2[::-1], n2[::-1])
    assert_allclose(back.homogeneity_statistic, centers().homogeneity_statistic)
