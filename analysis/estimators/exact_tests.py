"""Two-sided tests of a two-by-two table beside Fisher's: its mid-p version and Boschloo's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from analysis.estimators.proportions import two_groups

TIED = 1 + 1e-7
"""Relative tolerance within which two tables count as equally probable, as in R's fisher.test."""


@dataclass(frozen=True, kw_only=True)
class ExactTest:
    """A p-value of x1/n1 against x2/n2; a sum of probabilities has neither a statistic nor degrees of freedom."""

    p_value: float
    test: str
    source: str
    statistic: None = None
    df: None = None


def fisher_mid_p(x1: int, n1: int, x2: int, n2: int) -> ExactTest:
    """Return Fisher's two-sided p-value with half the probability of the tables as probable as the observed one.

    Errors: InvalidInputError for impossible counts and an empty group. Source: Lancaster 1961, J Am Stat Assoc 56:223.
    """
    two_groups(x1, n1, x2, n2)
    events = x1 + x2
    possible = np.arange(max(0, events - n2), min(events, n1) + 1)
    probability = scipy.stats.hypergeom.pmf(possible, n1 + n2, events, n1)
    observed = float(scipy.stats.hypergeom.pmf(x1, n1 + n2, events, n1))
    less = float(probability[probability < observed / TIED].sum())
    equal = float(probability[(probability >= observed / TIED) & (probability <= observed * TIED)].sum())
    return ExactTest(
        p_value=min(less + equal / 2, 1.0),
        test="Fisher exact test with mid-p, two-sided",
        source="Lancaster 1961, J Am Stat Assoc 56:223",
    )


def boschloo_test(x1: int, n1: int, x2: int, n2: int) -> ExactTest:
    """Return Boschloo's unconditional two-sided p-value: twice the smaller one-sided one.

    Errors: InvalidInputError for impossible counts and an empty group. Source: Boschloo 1970, Stat Neerl 24:1.
    """
    two_groups(x1, n1, x2, n2)
    # scipy reads the groups from the columns of the table.
    table = np.array([[x1, x2], [n1 - x1, n2 - x2]])
    p = 1.0 if 0 in table.sum(axis=1) else float(scipy.stats.boschloo_exact(table).pvalue)
    return ExactTest(
        p_value=min(p, 1.0),
        test="Boschloo's exact unconditional test, two-sided (twice the smaller one-sided p-value)",
        source="Boschloo 1970, Stat Neerl 24:1",
    )
