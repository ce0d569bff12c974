"""How far two groups differ in a variable, in units of its spread: it does not grow with the number of children."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.inputs import InvalidInputError

SOURCE = "Austin 2009, Stat Med 28:3083; several categories: Yang & Dalton 2012, SAS Global Forum, paper 335"


def standardised_mean_difference(first: ArrayLike, second: ArrayLike) -> float:
    """Return |m1 - m2| / sqrt((s1^2 + s2^2) / 2) of two samples, shapes (n,) and (m,), sample variances s^2.

    NaN where a group has fewer than two values, or where neither varies and the means differ; 0 where they are equal.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if min(len(x), len(y)) < 2:
        return math.nan
    spread = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
    difference = abs(float(x.mean() - y.mean()))
    return difference / spread if spread > 0 else (0.0 if difference == 0 else math.nan)


def standardised_category_difference(first: ArrayLike, second: ArrayLike) -> float:
    """Return sqrt(d' S^-1 d) of two groups' counts by category, each of shape (k,) in the same order.

    d: differences of the shares of all categories that occur but one; S: mean of the two multinomial covariances,
    s_ij = (p_i [i = j] - p_i p_j). With two categories it is |p1 - p2| / sqrt((p1 (1 - p1) + p2 (1 - p2)) / 2). NaN
    for an empty group and where S has no inverse although the shares differ; 0 where they are equal.
    Errors: InvalidInputError when the two lengths differ.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.shape != y.shape:
        raise InvalidInputError(f"the groups have {len(x)} and {len(y)} categories: give both the same ones.")
    if x.sum() == 0 or y.sum() == 0:
        return math.nan
    occurs = np.flatnonzero(x + y)[1:]
    p, q = (x / x.sum())[occurs], (y / y.sum())[occurs]
    difference = p - q
    if not difference.any():
        return 0.0
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if np.linalg.matrix_rank(covariance) < len(occurs):
        return math.nan
    return math.sqrt(float(difference @ np.linalg.solve(covariance, difference)))
