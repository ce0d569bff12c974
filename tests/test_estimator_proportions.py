"""Proportions and their comparison against R, published values and CLINICAL golden values of the founding letter."""

from __future__ import annotations

import math

import pytest
from scipy.stats.contingency import odds_ratio

import r_numbers as r
from analysis.estimators import InvalidInputError, compare_proportions, proportion, risk_difference


# Clopper-Pearson limits of the letter's own counts (Diorio et al. 2022, Table 2), computed with R's binom.test
@pytest.mark.parametrize(
    ("x", "n", "lower", "upper"),
    [
        (17, 19, 0.669, 0.987),
        (22, 32, 0.500, 0.839),
        (8, 9, 0.518, 0.997),
        (8, 8, 0.631, 1.0),
        (3, 3, 0.292, 1.0),
        (2, 3, 0.094, 0.992),
        (0, 3, 0.0, 0.708),
        (3, 4, 0.194, 0.994),
        (4, 6, 0.223, 0.957),
        (0, 2, 0.0, 0.842),
        (1, 7, 0.004, 0.579),
        (19, 26, 0.522, 0.884),
    ],
)
def test_exact_limits_of_the_published_counts(x, n, lower, upper):
    found = proportion(x, n)
    assert (found.estimate, round(found.lower, 3), round(found.upper, 3)) == (x / n, lower, upper)


@pytest.mark.parametrize("table", ["17/19 v 22/32", "0/10 v 6/12", "8/9 v 9/10", "3/3 v 0/3", "56/70 v 48/80"])
def test_fisher_and_exact_limits_agree_with_r(table):
    (x1, n1), (x2, n2) = ([int(part) for part in half.split("/")] for half in table.split(" v "))
    found = compare_proportions(x1, n1, x2, n2)
    expected = r.values("tables", table)
    limits = [found.p_value, found.first.lower, found.first.upper, found.second.lower, found.second.upper]
    assert limits == pytest.approx(expected.tolist(), abs=1e-10)


def test_the_comparison_published_in_table_2_comes_out_as_printed():
    # CLINICAL 1.5: golden values of 17/19 against 22/32, computed with scipy 1.17.1 and R 4.2.2
    found = compare_proportions(17, 19, 22, 32)
    assert found.p_value == pytest.approx(0.1705802755, abs=1e-10)
    assert (round(found.odds_ratio, 4), round(found.odds_ratio_lower, 3), round(found.odds_ratio_upper, 2)) == (
        3.7728,
        0.670,
        39.93,
    )
    assert (round(found.risk_ratio, 4), round(found.risk_ratio_lower, 3), round(found.risk_ratio_upper, 3)) == (
        1.3014,
        0.984,
        1.722,
    )
    assert (
        round(found.risk_difference, 4),
        round(found.risk_difference_lower, 3),
        round(found.risk_difference_upper, 3),
    ) == (0.2072, -0.040, 0.396)


def test_newcombe_limits_as_published():
    # Newcombe 1998, Stat Med 17:873, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10
    first, second = compare_proportions(56, 70, 48, 80), compare_proportions(9, 10, 3, 10)
    assert (round(first.risk_difference_lower, 4), round(first.risk_difference_upper, 4)) == (0.0524, 0.3339)
    assert (round(second.risk_difference_lower, 4), round(second.risk_difference_upper, 4)) == (0.1705, 0.8090)


def test_miettinen_nurminen_limits_as_published():
    # Newcombe 1998, Stat Med 17:873, table II, method 6: 56/70 - 48/80 and 9/10 - 3/10
    first, second = compare_proportions(56, 70, 48, 80), compare_proportions(9, 10, 3, 10)
    assert [round(limit, 4) for limit in first.miettinen_nurminen] == [0.0528, 0.3382]
    assert [round(limit, 4) for limit in second.miettinen_nurminen] == [0.1700, 0.8406]


@pytest.mark.parametrize(
    "table", [(0, 10, 6, 12), (0, 8, 0, 9), (8, 8, 9, 9), (8, 8, 0, 9), (0, 8, 9, 9), (1, 1, 0, 1)]
)
def test_zero_cells_keep_limits_ordered_and_mirror_when_the_groups_change_places(table):
    x1, n1, x2, n2 = table
    one, other = compare_proportions(x1, n1, x2, n2), compare_proportions(x2, n2, x1, n1)
    assert one.risk_difference_lower <= one.risk_difference <= one.risk_difference_upper
    assert one.miettinen_nurminen[0] <= one.risk_difference <= one.miettinen_nurminen[1]
    assert one.risk_difference_lower == pytest.approx(-other.risk_difference_upper)
    assert one.miettinen_nurminen == pytest.approx((-other.miettinen_nurminen[1], -other.miettinen_nurminen[0]))
    assert one.p_value == pytest.approx(other.p_value)


@pytest.mark.parametrize(
    ("counts", "first", "second", "odds_ratio_limits", "p_value"),
    [
        # binom.test(0, 5)$conf.int, binom.test(5, 5)$conf.int, fisher.test(matrix(c(0, 5, 5, 0), 2)) in R 4.2.2
        ((0, 5, 5, 5), (0, 0.5218238), (0.4781762, 1), (0, 0.4353226), 0.007936508),
        # binom.test(1, 1)$conf.int; fisher.test(matrix(c(1, 0, 1, 0), 2))
        ((1, 1, 1, 1), (0.025, 1), (0.025, 1), (0, math.inf), 1),
        # in R: binom.test(0, 999999), binom.test(3, 999999); fisher.test(matrix(c(0, 999999, 3, 999996), 2))
        ((0, 999999, 3, 999999), (0, 3.688876e-06), (6.186732e-07, 8.767257e-06), (0, 2.419964), 0.2499996),
        # binom.test(499999, 999999), ...; fisher.test(matrix(c(499999, 500000, 500001, 499998), 2)), limits to 1e-4
        (
            (499999, 999999, 500001, 999999),
            (0.499019, 0.50098),
            (0.499021, 0.500982),
            (0.9944392, 1.005575),
            0.9988716,
        ),
    ],
)
def test_limits_and_p_of_extreme_counts_agree_with_r(counts, first, second, odds_ratio_limits, p_value):
    found = compare_proportions(*counts)
    assert (found.first.lower, found.first.upper) == pytest.approx(first, rel=1e-5)
    assert (found.second.lower, found.second.upper) == pytest.approx(second, rel=1e-5)
    assert (found.odds_ratio_lower, found.odds_ratio_upper) == pytest.approx(odds_ratio_limits, rel=1e-4)
    assert found.p_value == pytest.approx(p_value, rel=1e-6)


def test_no_event_in_either_group_leaves_the_ratios_undefined():
    found = compare_proportions(0, 8, 0, 9)
    assert math.isnan(found.odds_ratio) and math.isnan(found.risk_ratio) and found.p_value == 1.0
    assert (found.odds_ratio_lower, found.odds_ratio_upper) == (0.0, math.inf)


def test_only_events_in_both_groups_leave_the_risk_ratio_without_limits():
    found = compare_proportions(5, 5, 7, 7)
    assert found.risk_ratio == 1.0
    assert math.isnan(found.risk_ratio_lower) and math.isnan(found.risk_ratio_upper)
    one_without = compare_proportions(5, 5, 6, 7)
    assert one_without.risk_ratio_lower < one_without.risk_ratio < one_without.risk_ratio_upper


def test_a_proportion_of_nobody_has_no_estimate_and_the_widest_limits():
    found = proportion(0, 0)
    assert math.isnan(found.estimate) and (found.lower, found.upper) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((20, 19, 1, 2), "20/19 counts more events than people."),
        ((-1, 19, 1, 2), "x must be a whole number, 0 or more, found -1."),
        ((1.5, 19, 1, 2), "x must be a whole number, 0 or more, found 1.5."),
        ((math.nan, 19, 1, 2), "x must be a whole number, 0 or more, found nan."),
        (("17", 19, 1, 2), "x must be a whole number, 0 or more, found 17."),
        ((0, 0, 1, 2), "the first group is empty (0/0): there is nothing to compare."),
        ((1, 2, 0, 0), "the second group is empty (0/0): there is nothing to compare."),
    ],
)
def test_impossible_counts_are_refused_in_words(counts, message):
    with pytest.raises(InvalidInputError) as refused:
        compare_proportions(*counts)
    assert str(refused.value) == message


def test_the_results_name_their_methods_and_sources():
    found = compare_proportions(1, 2, 3, 4)
    assert found.test.startswith("Fisher exact test, two-sided")
    assert "Newcombe" in found.method and "Newcombe 1998" in found.source
    assert found.first.method == "Clopper-Pearson exact limits"


@pytest.mark.parametrize("counts", [(17, 19, 22, 32), (0, 10, 6, 12), (3, 3, 0, 3)])
def test_the_difference_alone_is_that_of_the_whole_comparison(counts):
    whole = compare_proportions(*counts)
    alone = risk_difference(*counts)
    assert (alone.estimate, alone.lower, alone.upper) == (
        whole.risk_difference,
        whole.risk_difference_lower,
        whole.risk_difference_upper,
    )
    assert (alone.level, "Newcombe" in alone.method, "Newcombe 1998" in alone.source) == (0.95, True, True)


def test_a_difference_with_an_empty_group_is_refused():
    with pytest.raises(InvalidInputError, match="the second group is empty"):
        risk_difference(1, 2, 0, 0)


@pytest.mark.parametrize(
    "counts", [(17, 19, 22, 32), (1, 7, 5, 9), (0, 10, 6, 12), (3, 3, 0, 3), (56, 70, 48, 80), (130, 150, 320, 428)]
)
def test_the_conditional_odds_ratio_agrees_with_scipy(counts):
    # scipy 1.17.1, scipy.stats.contingency.odds_ratio(kind="conditional"), as a second opinion
    x1, n1, x2, n2 = counts
    found = compare_proportions(*counts)
    second = odds_ratio([[x1, n1 - x1], [x2, n2 - x2]], kind="conditional")
    limits = second.confidence_interval(0.95)
    assert (found.odds_ratio, found.odds_ratio_lower, found.odds_ratio_upper) == pytest.approx(
        (second.statistic, limits.low, limits.high), rel=1e-7
    )


def test_a_table_whose_margins_leave_one_value_has_no_odds_ratio():
    found = compare_proportions(0, 8, 0, 9)
    assert math.isnan(found.odds_ratio) and (found.odds_ratio_lower, found.odds_ratio_upper) == (0.0, math.inf)
