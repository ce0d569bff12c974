"""The exact test of two proportions within strata: Fisher's test of one table, for several."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom

from analysis.estimators.exact_tests import TIED
from analysis.estimators.inputs import Floats


def exact_p_value(x1: Floats, n1: Floats, x2: Floats, n2: Floats) -> float:
    """Return the two-sided exact P of a common odds ratio of 1 in s two-by-two tables, arrays of shape (s,).

    Given all margins, the events of the first group add up over independent hypergeometric tables; P is the share of
    the sums that are no more likely than the observed one. With one table it is Fisher's. Source: Cox 1966, J R Stat
    Soc B 28:322; as `mantelhaen.test(exact = TRUE)` of R.
    """
    least, likelihood = 0, np.ones(1)
    for events, first, second in zip((x1 + x2).astype(int), n1.astype(int), n2.astype(int), strict=True):
        low, high = max(0, events - second), min(events, first)
        of_table = hypergeom.pmf(np.arange(low, high + 1), first + second, events, first)
        least, likelihood = least + low, np.convolve(likelihood, of_table)
    observed = likelihood[int(x1.sum()) - least]
    return min(float(likelihood[likelihood <= observed * TIED].sum()), 1.0)
