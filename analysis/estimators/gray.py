"""Gray's test of equal cumulative incidence in K groups, and its permutation within strata.

Gray 1988, Ann Stat 16:1141, with rho = 0. In each stratum, just before each event time: n at risk, S the Kaplan-Meier
estimate free of any event, h = n/S. The pooled cumulative incidence has the steps dF = d/sum(h), where d are the events
of the cause in all groups.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.competing_risks import ROUNDING
from analysis.estimators.group_tests import GroupTest, chi_squared_p, quadratic_form
from analysis.estimators.groups import GroupCounts, at_least_two, count_by_group, labels, strata_rows
from analysis.estimators.inputs import Floats, Integers, InvalidInputError, cause_code, codes, same_length, times

SOURCE = "Gray 1988, Ann Stat 16:1141"
PERMUTATIONS = 10_000
AT_ONCE = 250
TOLERANCE = 1e-9
"""Share by which a permuted statistic may fall short of the observed one and still count as equal to it."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """Observed minus expected events of K groups (..., K), their variance (..., K, K), and the observed (..., K)."""

    difference: Floats
    variance: Floats
    observed: Floats

    def __add__(self, other: Score) -> Score:
        return Score(
            difference=self.difference + other.difference,
            variance=self.variance + other.variance,
            observed=self.observed + other.observed,
        )


@dataclass(frozen=True, kw_only=True)
class Stratum:
    """The rows of one stratum: (n,) times, event codes and group codes."""

    time: Floats
    event: Integers
    group: Integers


def gray_test(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, cause: int = 1, strata: ArrayLike | None = None
) -> GroupTest:
    """Return Gray's test that the cumulative incidence of `cause` is the same in all groups.

    time: (n,) days; event: (n,) codes, 0 = censored, 1, 2, ... causes; group, strata: (n,) labels. Ties are exact.
    Errors: InvalidInputError for missing or negative values, one group only, arrays of different length.
    """
    checked, names = _checked(time, event, group, cause, strata)
    total = _sum_of(_score(_counts(stratum, len(names), cause)) for stratum in checked)
    statistic, df = quadratic_form(total.difference, total.variance)
    return GroupTest(
        statistic=statistic,
        df=df,
        p_value=chi_squared_p(statistic, df),
        groups=names,
        observed=tuple(total.observed.tolist()),
        expected=tuple((total.observed - total.difference).tolist()),
        test="Gray's test" + _within(strata),
        source=SOURCE,
    )


def permutation_gray(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    seed: int,
    cause: int = 1,
    strata: ArrayLike | None = None,
    n_permutations: int = PERMUTATIONS,
) -> GroupTest:
    """Return Gray's statistic with the share of permutations of the group labels that reach it as p-value.

    Labels are permuted within strata. The p-value is (1 + reached) / (1 + n_permutations): it is never 0. The
    same `seed`, a whole number, gives the same p-value; numpy's global random state is not touched. Arguments and
    errors otherwise as `gray_test`. Source: Gray 1988; Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39.
    """
    if n_permutations < 1:
        raise InvalidInputError(f"n_permutations must be 1 or more, found {n_permutations}.")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InvalidInputError(
            f"seed must be a whole number, 0 or more, found {seed}: it makes the p-value repeatable."
        )
    checked, names = _checked(time, event, group, cause, strata)
    observed = gray_test(time, event, group, cause=cause, strata=strata)
    random = np.random.default_rng(seed)
    reached = 0
    for start in range(0, n_permutations, AT_ONCE):
        number = min(AT_ONCE, n_permutations - start)
        total = _sum_of(_score(_permuted(stratum, len(names), cause, number, random)) for stratum in checked)
        pairs = zip(total.difference, total.variance, strict=True)
        found = np.array([quadratic_form(score, variance)[0] for score, variance in pairs])
        reached += int(np.sum(found >= observed.statistic * (1 - TOLERANCE)))
    return GroupTest(
        statistic=observed.statistic,
        df=observed.df,
        p_value=(1 + reached) / (1 + n_permutations),
        groups=names,
        observed=observed.observed,
        expected=observed.expected,
        test=f"Gray's test, {n_permutations:,} permutations of the group labels" + _within(strata),
        source=f"{SOURCE}; Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9:39",
        n_permutations=n_permutations,
    )


def _within(strata: ArrayLike | None) -> str:
    return "" if strata is None else " within strata"


def _checked(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, cause: int, strata: ArrayLike | None
) -> tuple[list[Stratum], tuple[object, ...]]:
    cause_code(cause)
    checked_time, checked_event = times("time", time), codes("event", event)
    same_length(time=checked_time, event=checked_event)
    found = at_least_two("group", labels("group", group, len(checked_time)))
    rows_of = strata_rows(strata, len(checked_time))
    parts = [Stratum(time=checked_time[r], event=checked_event[r], group=found.codes[r]) for r in rows_of]
    return parts, found.names


def _counts(stratum: Stratum, n_groups: int, cause: int) -> GroupCounts:
    return count_by_group(stratum.time, stratum.event, stratum.group, n_groups, cause=cause)


def _permuted(stratum: Stratum, n_groups: int, cause: int, number: int, random: np.random.Generator) -> GroupCounts:
    """Return the counts of many permutations of the group labels at once, arrays (number, K, m)."""
    event_times = np.unique(stratum.time[stratum.event > 0])
    shuffled = random.permuted(np.tile(stratum.group, (number, 1)), axis=1)
    member = (shuffled[:, None, :] == np.arange(n_groups)[None, :, None]).astype(np.float64)
    at_time = stratum.time[:, None] == event_times[None, :]
    own = stratum.event == cause
    return GroupCounts(
        n_at_risk=member @ (stratum.time[:, None] >= event_times[None, :]).astype(np.float64),
        n_event=member @ (at_time & own[:, None]).astype(np.float64),
        n_competing=member @ (at_time & ~own[:, None] & (stratum.event > 0)[:, None]).astype(np.float64),
    )


def _sum_of(scores: Iterator[Score]) -> Score:
    return functools.reduce(operator.add, scores)


def _score(counts: GroupCounts) -> Score:
    """Return the score of one stratum with its variance (Gray 1988, section 3), for counts of shape (..., K, m).

    With a(k,j) = h(j) (1[k=j] - h(k)/sum h) and c(k,j)(t) = sum over u <= t of a(k,j) dF/(1-F-), the influence of an
    event of the cause in group j on the score of group k is a + (1 - (1-F)/S) [c(end) - c(t)], that of a competing one
    -(1-F)/S [c(end) - c(t)], each over h. Tied events carry the factor 1 - (d-1)/(n-1).
    """
    n, own, other = counts.n_at_risk, counts.n_event, counts.n_competing
    free, before = _free_of_events(n, own + other)
    weight = np.divide(n, before, out=np.zeros_like(n), where=before > 0)
    total = weight.sum(axis=-2, keepdims=True)
    events = own.sum(axis=-2, keepdims=True)
    step = np.divide(events, total, out=np.zeros_like(total), where=total > 0)
    pooled = np.cumsum(step, axis=-1)
    pooled_before = pooled - step
    at_risk_of_cause = weight * (1 - _incidence(n, own, before))
    all_at_risk = at_risk_of_cause.sum(axis=-2, keepdims=True)
    share = np.divide(at_risk_of_cause, all_at_risk, out=np.zeros_like(n), where=all_at_risk > 0)

    direct = _direct(weight, total)
    # Once a group has nobody left, the pooled incidence of the others can pass 1; the formula holds there too. At 1
    # itself, which rounding may miss by a hair, nothing is left to divide by: no hazard is counted.
    unresolved = 1 - pooled_before
    hazard = np.divide(step, unresolved, out=np.zeros_like(step), where=np.abs(unresolved) > ROUNDING)
    running = np.cumsum(direct * hazard[..., None, :, :], axis=-1)
    later = running[..., -1:] - running
    odds = np.divide(1 - pooled, free, out=np.zeros_like(n), where=free > 0)[..., None, :, :]
    by_own = direct + (1 - odds) * later
    by_other = -odds * later
    own_variance = np.divide(step, weight, out=np.zeros_like(n), where=weight > 0) * _tied(events, total * before)
    other_variance = np.divide(before**2 * other, n**2, out=np.zeros_like(n), where=n > 0) * _tied(other, n)
    return Score(
        difference=(own - events * share).sum(axis=-1),
        variance=_products(by_own, own_variance) + _products(by_other, other_variance),
        observed=own.sum(axis=-1),
    )


def _free_of_events(n: Floats, events: Floats) -> tuple[Floats, Floats]:
    """Return the share of each group free of any event at and just before each time (Kaplan-Meier)."""
    fails = np.divide(events, n, out=np.zeros_like(n), where=n > 0)
    # A share of exactly 0, not a remainder of rounding, once everybody at risk has had an event.
    free = np.where(np.maximum.accumulate(fails == 1, axis=-1), 0.0, np.cumprod(1 - fails, axis=-1))
    before = np.concatenate([np.ones_like(free[..., :1]), free[..., :-1]], axis=-1)
    return free, before


def _incidence(n: Floats, own: Floats, before: Floats) -> Floats:
    """Return the cumulative incidence of the cause in each group just before each time."""
    step = before * np.divide(own, n, out=np.zeros_like(n), where=n > 0)
    found: Floats = np.cumsum(step, axis=-1) - step
    return found


def _direct(weight: Floats, total: Floats) -> Floats:
    """Return a(k, j) = h(j) (1[k=j] - h(k)/sum h), shape (..., K, K, m)."""
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    own_group = np.eye(weight.shape[-2])[:, :, None]
    found: Floats = (own_group - share[..., :, None, :]) * weight[..., None, :, :]
    return found


def _tied(events: Floats, n: Floats) -> Floats:
    """Return 1 - (d-1)/(n-1) for d tied events among n."""
    tied = (events > 1) & (n > 1)
    return 1 - np.divide(events - 1, n - 1, out=np.zeros(np.broadcast_shapes(events.shape, n.shape)), where=tied)


def _products(influence: Floats, variance: Floats) -> Floats:
    found: Floats = np.einsum("...kjt,...ljt,...jt->...kl", influence, influence, variance)
    return found
