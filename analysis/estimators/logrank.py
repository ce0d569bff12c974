"""The log-rank test of equal hazards in K groups, stratified and with delayed entry."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.group_tests import GroupTest, chi_squared_p, quadratic_form
from analysis.estimators.groups import GroupCounts, at_least_two, count_by_group, labels, strata_rows
from analysis.estimators.inputs import Floats, InvalidInputError, checked_entry, codes, same_length, times
from analysis.estimators.lifelines_fits import logrank_statistic

SOURCE = "Mantel 1966, Cancer Chemother Rep 50:163; Peto & Peto 1972, J R Stat Soc A 135:185"


def logrank_test(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    entry: ArrayLike | None = None,
) -> GroupTest:
    """Return the log-rank test that the hazard is the same in all groups.

    time: (n,) days; event: (n,) 1 = event, 0 = censored; group, strata: (n,) labels; entry: (n,) days of delayed entry
    or None. To compare the cause-specific hazard of one cause, pass 1 for that cause and 0 for the others. Ties are
    exact (hypergeometric variance). Without strata and delayed entry lifelines computes the statistic, unless a group
    cannot be told apart and so takes no degree of freedom, which lifelines does not see. Errors: InvalidInputError for
    missing or negative values, entry >= time, one group only, codes above 1, arrays of different length.
    """
    checked_time, checked_event = times("time", time), codes("event", event)
    same_length(time=checked_time, event=checked_event)
    entered = checked_entry(entry, time, checked_time)
    if (checked_event > 1).any():
        raise InvalidInputError("event holds codes other than 0 and 1; with competing events use gray_test.")
    found = at_least_two("group", labels("group", group, len(checked_time)))
    n_groups = len(found.names)
    strata_counts = [
        count_by_group(
            checked_time[rows],
            checked_event[rows],
            found.codes[rows],
            n_groups,
            cause=1,
            entry=None if entered is None else entered[rows],
        )
        for rows in strata_rows(strata, len(checked_time))
    ]
    observed = sum((counts.n_event.sum(axis=1) for counts in strata_counts), np.zeros(n_groups))
    expected = sum((_expected(counts) for counts in strata_counts), np.zeros(n_groups))
    if strata is None and entered is None and _all_at_risk_together(strata_counts[0]):
        statistic, df = logrank_statistic(checked_time, checked_event, found.codes), n_groups - 1
    else:
        variance = sum((_variance(counts) for counts in strata_counts), np.zeros((n_groups, n_groups)))
        statistic, df = quadratic_form(observed - expected, variance)
    return GroupTest(
        statistic=statistic,
        df=df,
        p_value=chi_squared_p(statistic, df),
        groups=found.names,
        observed=tuple(observed.tolist()),
        expected=tuple(expected.tolist()),
        test="log-rank test" + ("" if strata is None else " within strata"),
        source=SOURCE,
    )


def _all_at_risk_together(counts: GroupCounts) -> bool:
    """Return whether, at an event that somebody survived, all groups were at risk: then each counts for a degree."""
    total, events = counts.n_at_risk.sum(axis=0), counts.n_event.sum(axis=0)
    return bool(((counts.n_at_risk > 0).all(axis=0) & (total > events)).any())


def _expected(counts: GroupCounts) -> Floats:
    found: Floats = (_share(counts) * counts.n_event.sum(axis=0)).sum(axis=1)
    return found


def _share(counts: GroupCounts) -> Floats:
    """Return the (K, m) share of each group among those at risk."""
    n = counts.n_at_risk
    total = n.sum(axis=0)
    found: Floats = np.divide(n, total, out=np.zeros_like(n), where=total > 0)
    return found


def _variance(counts: GroupCounts) -> Floats:
    share, total, events = _share(counts), counts.n_at_risk.sum(axis=0), counts.n_event.sum(axis=0)
    tied = np.divide(total - events, total - 1, out=np.zeros_like(total), where=total > 1)
    weight = events * tied
    found: Floats = np.diag((share * weight).sum(axis=1)) - np.einsum("kt,lt,t->kl", share, share, weight)
    return found
