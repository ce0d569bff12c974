"""Gray's test, its permutation and the log-rank test against R's cmprsk and survival, and their edge cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines.statistics import multivariate_logrank_test
from numpy.testing import assert_allclose

import r_numbers as r
from analysis.estimators import InvalidInputError, gray_test, logrank_test, permutation_gray

rows = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)), min_size=4, max_size=40
).filter(lambda found: len({row[2] for row in found}) > 1)


@pytest.mark.parametrize("cause", [1, 2])
@pytest.mark.parametrize("strata", ["", "center"])
def test_gray_agrees_with_r_cmprsk(cause, strata):
    time, event, group, center = r.columns("tied", "time", "event", "group", "center")
    found = gray_test(time, event, group, cause=cause, strata=center if strata else None)
    name = "gray_strata" if strata else "gray"
    place = cause - 1
    assert_allclose(found.statistic, r.values("tied", name)[place], rtol=0, atol=1e-8)
    assert_allclose(found.p_value, r.values("tied", f"{name}_p")[place], rtol=0, atol=1e-8)
    assert found.df == 2
    assert found.test == ("Gray's test within strata" if strata else "Gray's test")


def test_gray_of_two_groups_and_of_one_cause_agrees_with_r_cmprsk():
    time, event, group = r.columns("tied", "time", "event", "group")
    two = group < 3
    found = gray_test(time[two], event[two], group[two])
    assert_allclose(found.statistic, r.values("tied", "gray_two")[0], rtol=0, atol=1e-8)
    assert found.df == 1
    lung = gray_test(*r.columns("lung", "time", "event", "group"))
    assert_allclose(lung.statistic, r.values("lung", "gray")[0], rtol=0, atol=1e-8)


@given(found=rows)
def test_gray_knows_neither_the_order_of_rows_nor_the_names_of_groups(found):
    time, event, group, stratum = (np.array(column) for column in zip(*found, strict=True))
    plain = gray_test(time, event, group, strata=stratum)
    back = slice(None, None, -1)
    other = gray_test(time[back], event[back], np.array(["x", "c", "a"])[group][back], strata=stratum[back])
    assert_allclose([other.statistic, other.p_value], [plain.statistic, plain.p_value], atol=1e-9)
    assert other.df == plain.df
    assert 0 <= plain.p_value <= 1 and plain.statistic >= 0
    assert_allclose(sum(plain.observed), sum(plain.expected), atol=1e-9)


def test_a_cause_never_seen_shows_no_difference():
    found = gray_test([1, 2, 3, 4], [1, 0, 1, 1], ["a", "a", "b", "b"], cause=2)
    assert (found.statistic, found.df, found.p_value) == (0.0, 0, 1.0)


def test_a_group_without_an_event_can_be_told_apart():
    time, event = [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 1, 0, 0, 0, 0]
    found = gray_test(time, event, [0, 0, 0, 0, 1, 1, 1, 1])
    assert found.df == 1 and found.p_value < 0.01
    assert found.observed == (4.0, 0.0)


def test_gray_is_not_decided_by_the_rounding_of_a_pooled_incidence_of_one():
    """One group has left and the pooled incidence of the others is 1, in floats a hair less; both are still at risk.

    cmprsk::cuminc(time, event, group)$Tests gives -1, 1, 2 here: it cannot invert the variance that the hair blows up.
    7.0181 is Gray's formula in exact fractions (Python's Fraction), with no hazard counted where the incidence is 1.
    """
    time = [8, 5, 1, 3, 1, 6, 3, 6, 8, 7, 1, 3, 3, 4]
    event = [0] + [1] * 13
    group = [1, 0, 1, 2, 2, 1, 2, 0, 0, 0, 2, 1, 0, 0]
    found = gray_test(time, event, group)
    assert found.statistic == pytest.approx(7.01810153783838, rel=1e-10)
    assert found.df == 2


def test_permutation_gives_the_same_p_for_the_same_seed_and_leaves_the_global_random_state_alone():
    time, event, group, center = r.columns("tied", "time", "event", "group", "center")
    before = np.random.get_state()[1].copy()
    first, again, other = (
        permutation_gray(time, event, group, strata=center, seed=seed, n_permutations=999).p_value for seed in (1, 1, 2)
    )
    assert first == again != other
    assert (np.random.get_state()[1] == before).all()
    # The permutation agrees with chi-squared on 80 children (R's cmprsk: 0.5297) up to its own error.
    assert abs(first - r.values("tied", "gray_strata_p")[0]) < 0.05


def test_permutation_of_a_table_that_can_be_written_out():
    """Four children, no censoring: 2 of 6 splits are as far apart as {1, 2} against {3, 4}, so p is 1/3."""
    found = permutation_gray([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"], seed=7, n_permutations=20_000)
    assert_allclose(found.p_value, 1 / 3, atol=0.015)
    assert found.n_permutations == 20_000


def test_permutation_within_strata_does_not_mix_them():
    """Each center has one group only: no permutation changes anything, so every one reaches what was observed."""
    found = permutation_gray([1, 2, 3, 4], [1, 1, 0, 1], [0, 0, 1, 1], strata=["x", "x", "y", "y"], seed=1)
    assert found.p_value == 1.0


def test_logrank_agrees_with_r_survdiff():
    time, event, group = r.columns("lung", "time", "event", "group")
    found = logrank_test(time, event, group)
    assert_allclose(found.statistic, r.values("lung", "logrank")[0], atol=1e-8)
    assert_allclose(found.p_value, r.values("lung", "logrank_p")[0], atol=1e-8)
    assert_allclose(found.expected, r.values("lung", "logrank_expected"), atol=1e-8)
    assert found.df == 3


@pytest.mark.parametrize("strata", ["", "center"])
def test_logrank_of_one_cause_agrees_with_r_survdiff(strata):
    time, event, group, center = r.columns("tied", "time", "event", "group", "center")
    found = logrank_test(time, event == 1, group, strata=center if strata else None)
    name = "logrank_strata" if strata else "logrank"
    assert_allclose(found.statistic, r.values("tied", name)[0], atol=1e-8)
    assert_allclose(found.expected, r.values("tied", f"{name}_expected"), atol=1e-8)


@pytest.mark.parametrize("strata", ["", "center"])
def test_logrank_with_delayed_entry_agrees_with_the_exact_score_test_of_r_coxph(strata):
    entry, time, event, group, center = r.columns("late", "entry", "time", "event", "group", "center")
    found = logrank_test(time, event, group, entry=entry, strata=center if strata else None)
    assert_allclose(found.statistic, r.values("late", "logrank_strata" if strata else "logrank")[0], atol=1e-8)


def test_logrank_within_one_stratum_agrees_with_lifelines():
    time, event, group = r.columns("lung", "time", "event", "group")
    theirs = multivariate_logrank_test(time, group, event)
    within = logrank_test(time, event, group, strata=np.zeros(len(time)))
    assert_allclose(within.statistic, theirs.test_statistic, rtol=1e-10)
    assert_allclose(within.p_value, theirs.p_value, rtol=1e-10)


@given(found=rows)
def test_logrank_is_the_same_with_and_without_a_stratum_of_all(found):
    """lifelines computes the one wherever it can, the house the other: statistic, degrees of freedom and p agree."""
    time, event, group, _ = (np.array(column) for column in zip(*found, strict=True))
    plain, within = (logrank_test(time, event == 1, group, strata=one) for one in (None, np.zeros(len(time))))
    assert_allclose([plain.statistic, plain.p_value], [within.statistic, within.p_value], rtol=0, atol=1e-9)
    assert plain.df == within.df


def test_a_group_that_has_left_before_the_first_event_takes_no_degree_of_freedom():
    # R survdiff(Surv(c(1, 3, 4, 5, 6), c(0, 1, 1, 0, 1)) ~ c("a", "b", "c", "b", "c")): chisq 0.0588235294118 on 1
    # degree of freedom, pvalue 0.808365155915
    found = logrank_test([1, 3, 4, 5, 6], [0, 1, 1, 0, 1], ["a", "b", "c", "b", "c"])
    assert found.df == 1
    assert_allclose([found.statistic, found.p_value], [0.0588235294118, 0.808365155915], rtol=1e-10)


@pytest.mark.parametrize("compare", [gray_test, logrank_test])
@pytest.mark.parametrize(
    ("time", "event", "group", "words"),
    [
        ([1, 2], [1, 1], ["a", "a"], "group holds one label only (a): there is nothing to compare."),
        ([1, 2], [1, 1], ["a", None], "group is missing for row 1."),
        ([1, np.nan], [1, 1], ["a", "b"], "time is missing or not finite for row 1."),
        ([1, -2], [1, 1], ["a", "b"], "time is negative for row 1."),
        ([1, 2], [1, 1, 0], ["a", "b"], "Arguments must have the same length, found time 2, event 3."),
        ([1, 2], [1, 1], ["a", "b", "a"], "group must hold one label for each of the 2 rows, found (3,)."),
    ],
)
def test_a_refusal_names_the_argument_and_the_row(compare, time, event, group, words):
    with pytest.raises(InvalidInputError) as told:
        compare(time, event, group)
    assert str(told.value) == words


def test_logrank_refuses_competing_events():
    with pytest.raises(InvalidInputError, match="use gray_test"):
        logrank_test([1, 2], [1, 2], ["a", "b"])


@pytest.mark.parametrize("seed", [None, -1, 0.5, True])
def test_a_permutation_that_could_not_be_repeated_is_refused(seed):
    with pytest.raises(InvalidInputError, match=f"seed must be a whole number, 0 or more, found {seed}"):
        permutation_gray([1, 2], [1, 1], [0, 1], seed=seed)


def test_permutations_are_at_least_one():
    with pytest.raises(InvalidInputError, match="n_permutations must be 1 or more, found 0"):
        permutation_gray([1, 2], [1, 1], [0, 1], seed=1, n_permutations=0)
