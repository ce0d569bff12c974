"""The odds ratio of a two-by-two table given its margins, with exact limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy
from scipy.special import gammaln

from analysis.estimators.inputs import Floats


class ConditionalOdds(NamedTuple):
    """The conditional maximum-likelihood odds ratio and its exact limits."""

    estimate: float
    lower: float
    upper: float


def conditional_odds_ratio(x1: int, n1: int, x2: int, n2: int, *, level: float) -> ConditionalOdds:
    """Return the odds ratio of x1/n1 against x2/n2, each tail of its limits (1 - level) / 2.

    Given the margins x1 has Fisher's noncentral hypergeometric distribution. Where the margins leave one value the
    estimate is NaN with limits 0 and infinity. Works on the whole support at once: scipy's own takes tenths of a second
    with thousands of people. Source: Fisher 1935, J R Stat Soc 98:39; Cornfield 1956, Proc 3rd Berkeley Symp 4:135.
    """
    events = x1 + x2
    support = np.arange(max(0, events - n2), min(n1, events) + 1, dtype=np.float64)
    if len(support) == 1:
        return ConditionalOdds(math.nan, 0.0, math.inf)
    log_weights = -(
        gammaln(support + 1)
        + gammaln(n1 - support + 1)
        + gammaln(events - support + 1)
        + gammaln(n2 - events + support + 1)
    )
    tail = (1 - level) / 2

    def probabilities(log_odds: float) -> Floats:
        terms = log_weights + support * log_odds
        weights = np.exp(terms - terms.max())
        shares: Floats = weights / weights.sum()
        return shares

    is_lowest, is_highest = x1 == support[0], x1 == support[-1]
    above, below = support >= x1, support <= x1
    at_lower = 0.0 if is_lowest else _solve(lambda odds: float(probabilities(odds)[above].sum()) - tail)
    at_upper = math.inf if is_highest else _solve(lambda odds: tail - float(probabilities(odds)[below].sum()))
    if is_lowest or is_highest:
        return ConditionalOdds(0.0 if is_lowest else math.inf, at_lower, at_upper)
    return ConditionalOdds(_solve(lambda odds: float(support @ probabilities(odds)) - x1), at_lower, at_upper)


def _solve(rising: Callable[[float], float]) -> float:
    """Return the odds at whose logarithm a rising function is 0."""
    reach = 1.0
    while rising(-reach) > 0 or rising(reach) < 0:
        reach *= 2
    return math.exp(float(scipy.optimize.brentq(rising, -reach, reach, xtol=1e-14, rtol=1e-14)))
