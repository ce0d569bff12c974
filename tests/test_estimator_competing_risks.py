"""Cumulative incidence against R's etm and cmprsk, its invariants and its edge cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter
from numpy.testing import assert_allclose, assert_array_equal

import r_numbers as r
from analysis.estimators import InvalidInputError, cumulative_incidence, kaplan_meier, proportion

DATA_SETS = [("mgus2", 1), ("mgus2", 2), ("daily", 1), ("daily", 2), ("daily", 3), ("delayed", 1), ("delayed", 2)]
daily_rows = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=40)


@pytest.mark.parametrize(("name", "cause"), DATA_SETS)
def test_estimate_and_greenwood_error_agree_with_r_etm(name, cause):
    curve = cumulative_incidence(**r.subjects(name), cause=cause)
    days = r.keys(name, f"incidence_{cause}")
    at = np.searchsorted(curve.times, days)
    assert_allclose(curve.at(days), r.values(name, f"incidence_{cause}"), rtol=0, atol=1e-12)
    assert_allclose(curve.std_error[at], r.values(name, f"incidence_greenwood_{cause}"), rtol=0, atol=1e-8)


@pytest.mark.parametrize(("name", "cause"), [pair for pair in DATA_SETS if pair[0] != "delayed"])
def test_estimate_and_aalen_error_agree_with_r_cmprsk(name, cause):
    curve = cumulative_incidence(**r.subjects(name), cause=cause, variance="aalen")
    days = r.keys(name, f"incidence_cmprsk_{cause}")
    at = np.searchsorted(curve.times, days)
    assert_allclose(curve.estimate[at], r.values(name, f"incidence_cmprsk_{cause}"), rtol=0, atol=1e-12)
    assert_allclose(curve.std_error[at], r.values(name, f"incidence_aalen_{cause}"), rtol=0, atol=1e-8)


@pytest.mark.parametrize("cause", [1, 2])
def test_estimate_without_ties_agrees_with_lifelines(cause):
    """Of days with ties lifelines is no measure: it moves tied events apart."""
    event = np.tile([1, 0, 2, 1, 1, 2, 0], 6)
    time = np.arange(1.0, len(event) + 1)
    theirs = AalenJohansenFitter(calculate_variance=False).fit(time, event, event_of_interest=cause)
    curve = cumulative_incidence(time, event, cause=cause)
    assert_allclose(curve.at(time), theirs.cumulative_density_.loc[time].to_numpy()[:, 0], rtol=0, atol=1e-12)


def test_limits_are_log_log_once_somebody_was_censored():
    curve = cumulative_incidence(**r.subjects("mgus2"), cause=2)
    at = -1
    p, spread = curve.estimate[at], 1.959963984540054 * curve.std_error[at]
    assert_allclose(curve.lower[at], p ** np.exp(-spread / (p * np.log(p))), atol=1e-12)
    assert_allclose(curve.upper[at], p ** np.exp(spread / (p * np.log(p))), atol=1e-12)


def test_limits_are_clopper_pearson_while_nobody_was_censored():
    curve = cumulative_incidence([1, 2, 2, 3, 3], [1, 2, 1, 0, 1], cause=1)
    exact = [proportion(x, 5) for x in (1, 2, 3)]
    assert_allclose(curve.estimate, [0.2, 0.4, 0.6])
    assert_allclose(curve.lower, [one.lower for one in exact])
    assert_allclose(curve.upper, [one.upper for one in exact])
    assert_allclose(curve.std_error, np.sqrt(curve.estimate * (1 - curve.estimate) / 5))


def test_no_event_among_twelve_has_the_exact_upper_limit():
    # Clopper-Pearson 0/12: 0 to 26.5 %
    curve = cumulative_incidence([28] * 12, [0] * 12, cause=1)
    assert curve.estimate.tolist() == [0.0] and curve.lower.tolist() == [0.0]
    assert_allclose(curve.upper, [0.2646], atol=5e-5)


def test_before_the_first_time_the_limits_are_those_of_nobody_out_of_all():
    # Clopper-Pearson 0/12: 0 to 26.5 %
    curve = cumulative_incidence([5] * 12, [1] * 12, cause=1)
    assert_allclose(curve.limits_at([0, 4]), [[0, 0], [proportion(0, 12).upper] * 2])
    assert curve.with_limits_at(4) == (0.0, 0.0, pytest.approx(proportion(0, 12).upper))
    entered_late = cumulative_incidence([5, 9], [1, 1], entry=[0, 6], cause=1)
    assert np.isnan(entered_late.limits_at(3)).all()


def test_a_curve_is_not_read_after_the_last_day_on_which_anybody_was_followed():
    # R: timepoints(cuminc(c(1, 2, 3, rep(4, 9)), c(1, 1, 1, rep(0, 9))), c(3, 4, 7, 28))$est is 0.25 0.25 NA NA
    curve = cumulative_incidence([1, 2, 3, *[4] * 9], [1, 1, 1, *[0] * 9], cause=1)
    assert [curve.with_limits_at(day)[0] for day in (3, 4)] == [pytest.approx(0.25)] * 2
    assert np.isnan([curve.with_limits_at(day) for day in (5, 7, 28)]).all()


def test_a_curve_stays_known_once_everybody_had_an_event():
    # R: survfit(Surv(c(1, 2, 3), factor(c(1, 2, 1), 0:2)) ~ 1)$pstate is 0, 2/3, 1/3 at the last time: nobody is left
    curve = cumulative_incidence([1, 2, 3], [1, 2, 1], cause=1)
    assert curve.with_limits_at(28)[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("time", "event"),
    [([1, 7, 6, 3, 3, 10, 0, 3, 6], [1, 1, 1, 1, 1, 1, 1, 1, 0]), ([5, 1, 7, 4, 8], [1, 1, 0, 1, 1])],
)
def test_when_all_have_had_the_event_the_incidence_is_exactly_1_and_without_limits(time, event):
    """The running sums are 0.9999999999999999 and 1.0000000000000002; the product-limit estimate of R is exact.

    R 4.2.2, survfit(Surv(time, event) ~ 1)$surv ends with 0.
    """
    curve = cumulative_incidence(time, event, cause=1)
    assert curve.estimate[-1] == 1
    assert np.isnan((curve.lower[-1], curve.upper[-1])).all()


def test_events_on_day_zero_count():
    curve = cumulative_incidence([0, 0, 1], [1, 2, 1], cause=1)
    assert_allclose(curve.at([-1, 0, 1]), [0, 1 / 3, 2 / 3])


def test_a_cause_never_seen_and_a_gap_in_the_codes():
    time, event = [1, 2, 3, 4], [1, 3, 0, 3]
    assert_array_equal(cumulative_incidence(time, event, cause=2).estimate, [0, 0, 0, 0])
    assert_allclose(cumulative_incidence(time, event, cause=3).estimate, [0, 0.25, 0.25, 0.75])


def test_after_the_risk_set_emptied_the_incidence_stays():
    curve = cumulative_incidence([2, 9], [1, 2], entry=[0, 5], cause=2)
    assert_array_equal(curve.estimate, [0, 0])


def test_a_quantile_is_the_first_day_the_share_is_reached():
    curve = cumulative_incidence([1, 2, 3, 4], [1, 1, 2, 1], cause=1)
    assert curve.quantile(0.6) == 4 and np.isnan(curve.quantile(0.8))
    assert curve.quantile(0.5) == 3


def test_the_limits_of_a_quantile_are_the_days_on_which_the_limits_of_the_curve_reach_the_share():
    days, events = [1, 1, 2, 2, 2, 3, 3, 4, 5, 6, 7, 9], [1, 1, 1, 2, 1, 0, 1, 1, 1, 2, 1, 0]
    curve = cumulative_incidence(days, events, cause=1)
    # R: binom.test(2, 12)$conf.int[2] 0.484 on day 1, binom.test(4, 12)$conf.int[2] 0.651 on day 2; the lower limit of
    # survfit(Surv(days, factor(events, 0:2)) ~ 1, conf.type = "log-log")$lower[, 2] is 0.357 at most
    assert (curve.quantile(0.5), curve.quantile_limits(0.5)[0]) == (4, 2)
    assert np.isnan(curve.quantile_limits(0.5)[1])
    everybody = cumulative_incidence(range(1, 17), [1] * 16, cause=1)
    # R: which(sapply(1:16, function(x) binom.test(x, 16)$conf.int[2]) >= 0.5)[1] 4, of conf.int[1] 13
    assert (everybody.quantile(0.5), everybody.quantile_limits(0.5)) == (8.5, (4, 13))


@given(daily_rows)
def test_incidences_and_survival_sum_to_one_and_limits_enclose_the_estimate(rows):
    time, event = (np.array(column) for column in zip(*rows, strict=True))
    curves = [cumulative_incidence(time, event, cause=cause) for cause in (1, 2, 3)]
    survival = kaplan_meier(time, event > 0)
    assert_allclose(sum(curve.estimate for curve in curves) + survival.estimate, 1, rtol=0, atol=1e-12)
    for curve in curves:
        defined = ~np.isnan(curve.lower)
        assert (curve.lower[defined] <= curve.estimate[defined] + 1e-12).all()
        assert (curve.estimate[defined] <= curve.upper[defined] + 1e-12).all()
        assert ((curve.estimate[~defined] == 0) | (curve.estimate[~defined] > 1 - 1e-9)).all()


@given(daily_rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_names_of_codes_do_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    renamed = {0: 0, 1: 7, 2: 1, 3: 2}
    first = cumulative_incidence([t for t, _ in rows], [e for _, e in rows], cause=1)
    second = cumulative_incidence([t for t, _ in shuffled], [renamed[e] for _, e in shuffled], cause=7)
    for field in ("times", "estimate", "std_error", "lower", "upper", "n_at_risk", "n_event", "n_competing"):
        assert_array_equal(getattr(first, field), getattr(second, field))


def test_the_global_random_state_is_untouched():
    before = np.random.get_state()[1].tolist()
    cumulative_incidence(**r.subjects("daily"), cause=1)
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cause": 0}, "cause must be an event code 1, 2, ..., found 0."),
        ({"cause": 1.5}, "cause must be an event code 1, 2, ..., found 1.5."),
        ({"variance": "delta"}, "variance must be 'greenwood' or 'aalen', found 'delta'."),
        ({"event": [1, 1.5]}, "event is not a code 0, 1, 2, ... for row 1."),
        ({"time": [1, np.inf]}, "time is missing or not finite for row 1."),
    ],
)
def test_impossible_input_is_refused_in_words(change, message):
    with pytest.raises(InvalidInputError) as refused:
        cumulative_incidence(**{"time": [1, 2], "event": [1, 2], "cause": 1, **change})
    assert str(refused.value) == message


def test_the_result_names_the_variance_it_used():
    assert "Dinse-Larson" in cumulative_incidence([1], [1], cause=1).method
    assert "cmprsk" in cumulative_incidence([1], [1], cause=1, variance="aalen").method
