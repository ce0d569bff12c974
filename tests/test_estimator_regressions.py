"""Cox's and Firth's regressions against R, lifelines and published numbers, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from numpy.testing import assert_allclose

import r_numbers as r
from analysis.estimators import InvalidInputError, cox_regression, firth_logistic


def agrees(found, data, name):
    """Hold coefficients, errors, limits, tests and the likelihood to 1e-8 of R's coxph, p-values to 1e-6."""
    assert_allclose(found.coefficient, r.values(data, name), rtol=0, atol=1e-8)
    assert_allclose(found.model_std_error, r.values(data, f"{name}_error"), rtol=0, atol=1e-8)
    likelihoods = [found.log_likelihood_without, found.log_likelihood]
    assert_allclose(likelihoods, r.values(data, f"{name}_likelihood"), rtol=1e-12, atol=1e-8)
    ratio = [found.likelihood_ratio, found.likelihood_ratio_p_value]
    assert_allclose(ratio, r.values(data, f"{name}_ratio"), rtol=1e-8)
    assert_allclose(found.p_value, r.values(data, f"{name}_p"), rtol=1e-6)
    assert_allclose([*found.lower, *found.upper], r.values(data, f"{name}_limits"), rtol=1e-8)


def test_strata_agree_with_r_coxph():
    time, event, group, *x = r.columns("lung", "time", "event", "group", "trt", "karno", "age")
    found = cox_regression(time, event, np.column_stack(x), names=["arm", "karnofsky", "age"], strata=group)
    agrees(found, "lung", "cox_strata")
    assert found.names == ("arm", "karnofsky", "age")
    assert not found.is_robust and (found.std_error == found.model_std_error).all()
    assert (found.n_rows, found.n_events) == (137, 128)


@pytest.mark.parametrize(
    ("data", "name", "x", "entry", "cluster"),
    [
        ("lung", "cox_cluster", ("trt", "karno", "age"), None, "group"),
        ("heart", "cox", ("age", "year", "surgery", "transplant"), "entry", "id"),
    ],
)
def test_robust_errors_agree_with_r_coxph(data, name, x, entry, cluster):
    time, event, clusters = r.columns(data, "time", "event", cluster)
    starts = r.values(data, entry) if entry else None
    found = cox_regression(time, event, np.column_stack(r.columns(data, *x)), entry=starts, cluster=clusters)
    agrees(found, data, name)
    assert_allclose(found.std_error, r.values(data, f"{name}_robust"), rtol=0, atol=1e-8)
    assert found.is_robust


def test_delayed_entry_in_whole_days_within_strata_agrees_with_r_coxph():
    entry, time, event, group, center, age = r.columns("late", "entry", "time", "event", "group", "center", "age")
    found = cox_regression(time, event, np.column_stack([group - 1, age]), entry=entry, strata=center)
    agrees(found, "late", "cox")


def test_heavy_ties_from_day_0_within_strata_agree_with_r_coxph():
    time, event, group, center, age = r.columns("tied", "time", "event", "group", "center", "age")
    x = np.column_stack([group == 2, group == 3, age])
    found = cox_regression(time, event == 1, x, strata=center, cluster=np.arange(len(time)))
    agrees(found, "tied", "cox")
    assert_allclose(found.std_error, r.values("tied", "cox_robust"), rtol=0, atol=1e-8)


def test_the_other_regression_of_lifelines_agrees():
    time, event, *x = r.columns("lung", "time", "event", "trt", "karno", "age")
    table = pd.DataFrame(dict(zip(("time", "event", "trt", "karno", "age"), (time, event, *x), strict=True)))
    theirs = CoxPHFitter().fit(table, "time", "event")
    ours = cox_regression(time, event, np.column_stack(x))
    assert_allclose(ours.coefficient, theirs.params_, atol=1e-5)
    assert_allclose(ours.std_error, theirs.standard_errors_, atol=1e-5)


def test_the_other_regression_of_lifelines_agrees_on_time_varying_rows():
    names = ("entry", "time", "event", "age", "transplant")
    table = pd.DataFrame(dict(zip(names, r.columns("heart", *names), strict=True)))
    theirs = CoxPHFitter().fit(table, duration_col="time", event_col="event", entry_col="entry")
    ours = cox_regression(table.time, table.event, table[["age", "transplant"]].to_numpy(), entry=table.entry)
    assert_allclose(ours.coefficient, theirs.params_, atol=1e-5)
    assert_allclose(ours.std_error, theirs.standard_errors_, atol=1e-5)


def test_names_of_covariates_and_strata_are_not_read_as_formulas():
    time, event, group, karnofsky, age = r.columns("lung", "time", "event", "group", "karno", "age")
    found = cox_regression(time, event, np.column_stack([karnofsky, age]), names=["event", "a ~ b"], strata=group)
    plain = cox_regression(time, event, np.column_stack([karnofsky, age]), strata=group)
    assert_allclose(found.coefficient, plain.coefficient, rtol=0, atol=0)
    assert found.names == ("event", "a ~ b")


def test_a_child_alone_in_its_stratum_is_compared_with_nobody():
    time, event, group, age = r.columns("lung", "time", "event", "group", "age")
    plain = cox_regression(time, event, age, strata=group)
    alone = cox_regression(np.append(time, 5), np.append(event, 1), np.append(age, 99), strata=np.append(group, 9))
    assert_allclose(alone.coefficient, plain.coefficient, rtol=0, atol=1e-10)
    assert_allclose(alone.log_likelihood, plain.log_likelihood, rtol=1e-12)
    assert alone.n_events == plain.n_events + 1


def test_ratios_and_limits_follow_from_the_coefficient():
    time, event, age = r.columns("lung", "time", "event", "age")
    found = cox_regression(time, event, age, level=0.9)
    # 1.6448536269514722 is the 95 % quantile of the normal distribution
    spread = 1.6448536269514722 * found.std_error
    assert_allclose(found.hazard_ratio, np.exp(found.coefficient))
    assert_allclose(
        [found.lower, found.upper], [np.exp(found.coefficient - spread), np.exp(found.coefficient + spread)]
    )
    assert found.names == ("x1",)


@pytest.mark.parametrize(
    ("time", "event", "x", "more", "words"),
    [
        ([1, 2, 3], [0, 0, 0], [1, 2, 3], {}, "event holds no event"),
        ([1, 2, 3], [1, 2, 0], [1, 2, 3], {}, "event holds codes other than 0 and 1"),
        ([1, 2, 3], [1, 1, 0], [5, 5, 5], {"names": ["dose"]}, "covariate dose is the same in all rows"),
        (
            [1, 2, 3],
            [1, 1, 0],
            [1, np.nan, 2],
            {"names": ["dose"]},
            "covariate dose is missing or not finite for row 1",
        ),
        ([1, 2, 3], [1, 1, 0], [[1, 2], [2, 4], [0, 0]], {"names": ["a", "b"]}, "a, b say the same more than once"),
        ([1, 2, 3], [1, 1, 0], [1, 2], {}, "covariates must hold 3 rows"),
        ([1, 2, 3], [1, 1, 0], [1, 2, 3], {"names": ["a", "b"]}, "names must name 1 covariates, found 2"),
        ([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0], {"names": ["dose"]}, "no finite hazard ratio for dose"),
        (
            [1, 2, 3, 4],
            [1, 1, 1, 0],
            [0, 1, 0, 1],
            {"cluster": ["a"] * 4},
            "cluster tells 1 apart beside 1 of covariates: robust errors need more clusters than covariates",
        ),
        ([1, 2, 3], [1, 1, 0], [1, 2, 3], {"strata": [1, 2, 3]}, "no finite hazard ratio for x1"),
        # R coxph(Surv(c(0, 0, 6), c(1, 6, 7), c(1, 0, 0)) ~ c(1, 1, 2)): the coefficient is NA
        ([1, 6, 7], [1, 0, 0], [1, 1, 2], {"entry": [0, 0, 6]}, "no finite hazard ratio for x1"),
        ([1, 2, 3], [1, 1, 0], [1, 2, 3], {"entry": [0, 2, 1]}, "entry is not before time for row 1"),
    ],
)
def test_what_cannot_be_regressed_is_said(time, event, x, more, words):
    with pytest.raises(InvalidInputError, match=words):
        cox_regression(time, event, x, **more)


def test_firth_on_a_table_is_logistic_regression_with_half_an_event_more_in_each_cell():
    """Source: Firth 1993, section 3.2: for a saturated two-by-two table the penalty adds 1/2 to each cell."""
    outcome = [1] * 17 + [0] * 2 + [1] * 22 + [0] * 10
    exposed = [1] * 19 + [0] * 32
    found = firth_logistic(outcome, exposed, names=["carHLH"])
    assert_allclose(found.coefficient[1], np.log(17.5 / 2.5 / (22.5 / 10.5)), atol=1e-7)
    assert found.names == ("intercept", "carHLH")
    assert found.lower[1] < found.odds_ratio[1] < found.upper[1]
    assert (found.n_rows, found.n_events) == (51, 39)


def test_firth_is_finite_where_all_events_lie_on_one_side():
    """0/10 against 6/12: the odds ratio of the table with 1/2 more in each cell, (0.5/10.5)/(6.5/6.5)."""
    outcome, exposed = [0] * 10 + [1] * 6 + [0] * 6, [1] * 10 + [0] * 12
    found = firth_logistic(outcome, exposed)
    assert_allclose(found.odds_ratio[1], 0.5 / 10.5, rtol=1e-6)
    assert 0 < found.lower[1] < found.upper[1] < 1
    assert found.p_value[1] < 0.05


def test_the_profile_limits_of_firth_are_where_the_penalised_likelihood_has_fallen_by_the_quantile():
    """At its own limit a coefficient is just significant: refitted with that offset, twice the fall is 3.8415."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40, 2))
    y = (rng.random(40) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
    at_95, at_90 = (firth_logistic(y, x, level=level) for level in (0.95, 0.90))
    assert (at_95.lower < at_90.lower).all() and (at_95.upper > at_90.upper).all()
    # p-value and limits tell the same: 1 lies outside the limits where, and only where, p is below 0.05
    outside = (at_95.lower > 1) | (at_95.upper < 1)
    assert (outside == (at_95.p_value < 0.05)).all()


@pytest.mark.parametrize("alone", [0, 1])
@pytest.mark.parametrize("others", [[1], [1, 0, 0, 0], [1, 1, 1, 1], [0, 0]])
def test_firth_settles_with_one_child_alone_in_its_group(alone, others):
    """Source: Firth 1993, section 3.2: the odds ratio of the table with 1/2 more in each cell."""
    found = firth_logistic([alone, *others], [0] + [1] * len(others))
    events, size = sum(others), len(others)
    expected = (events + 0.5) / (size - events + 0.5) * (1 - alone + 0.5) / (alone + 0.5)
    assert_allclose(found.odds_ratio[1], expected, rtol=1e-7)
    assert 0 < found.lower[1] < expected < found.upper[1] < np.inf


def test_firth_of_one_child_against_four_agrees_with_the_penalised_likelihood_in_r():
    """R 4.2.2, x <- c(0, 1, 1, 1, 1), y <- c(1, 0, 0, 0, 1), X <- cbind(1, x), w <- p (1 - p):

    optim of sum(y log p + (1 - y) log(1 - p)) + log(det(t(X) %*% (w * X))) / 2, its profile by optimize, and uniroot
    where that has fallen by qchisq(0.95, 1) / 2.
    """
    found = firth_logistic([1, 0, 0, 0, 1], [0, 1, 1, 1, 1])
    assert_allclose(found.odds_ratio[1], 1 / 7, rtol=1e-7)
    assert_allclose((found.lower[1], found.upper[1]), (0.000759131226, 4.429519884), rtol=1e-7)
    assert_allclose(found.p_value[1], 0.272776748, rtol=1e-7)


def test_firth_refuses_another_outcome():
    with pytest.raises(InvalidInputError, match="outcome holds codes other than 0 and 1"):
        firth_logistic([0, 2, 1], [1, 2, 3])
