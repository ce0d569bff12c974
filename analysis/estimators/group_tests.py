"""What a test of K groups returns, and how a score and its variance become a p-value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from analysis.estimators.inputs import Floats

SINGULAR = 1e-10
"""Share of the largest eigenvalue below which a direction counts as one in which nothing can differ."""


@dataclass(frozen=True, kw_only=True)
class GroupTest:
    """A test of equality of K groups.

    `groups` are the labels in order; `observed` and `expected` the events of each, summed over strata. Where no event
    can tell the groups apart, the statistic is 0, with 0 degrees of freedom and a p-value of 1. `n_permutations` is 0
    unless the p-value was found by permuting labels.
    """

    statistic: float
    df: int
    p_value: float
    groups: tuple[Any, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    test: str
    source: str
    n_permutations: int = 0


def quadratic_form(score: Floats, variance: Floats) -> tuple[float, int]:
    """Return U' V^- U and the rank of V, for a (K,) score and its (K, K) variance.

    The scores of all groups sum to 0, so the rank is at most K - 1; the generalised inverse leaves out what is not
    there, such as a group without anybody at risk when an event happened.
    """
    values, vectors = np.linalg.eigh((variance + variance.T) / 2)
    kept = values > SINGULAR * max(float(values[-1]), np.finfo(np.float64).tiny)
    if not kept.any():
        return 0.0, 0
    along = vectors[:, kept].T @ score
    return float(np.sum(along**2 / values[kept])), int(kept.sum())


def chi_squared_p(statistic: float, df: int) -> float:
    """Return the upper tail of chi-squared; 1 without degrees of freedom."""
    return float(chdtrc(df, statistic)) if df else 1.0
