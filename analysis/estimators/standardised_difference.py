"""How far two groups differ in a variable, in units of its spread: it does not grow with the number of children."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.inputs import Floats, InvalidInputError, refuse_rows

SOURCE = "Austin 2009, Stat Med 28:3083; several categories: Yang & Dalton 2012, SAS Global Forum, paper 335"


@dataclass(frozen=True, kw_only=True)
class StandardisedDifference:
    """How far two groups differ in units of their spread, 0 or more; NaN where it is not defined."""

    estimate: float
    method: str
    source: str = SOURCE


def standardised_mean_difference(first: ArrayLike, second: ArrayLike) -> StandardisedDifference:
    """Return |m1 - m2| / sqrt((s1^2 + s2^2) / 2) of two samples, shapes (n,) and (m,), sample variances s^2.

    NaN where a group has fewer than two values, or where neither varies and the means differ; 0 where they are equal.
    Errors: InvalidInputError for a value that is missing or not finite.
    """
    x, y = _finite("first", first), _finite("second", second)
    found = math.nan
    if min(len(x), len(y)) >= 2:
        spread = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
        difference = abs(float(x.mean() - y.mean()))
        found = difference / spread if spread > 0 else (0.0 if difference == 0 else math.nan)
    return StandardisedDifference(estimate=found, method="absolute standardised difference of two means")


def standardised_category_difference(first: ArrayLike, second: ArrayLike) -> StandardisedDifference:
    """Return sqrt(d' S^-1 d) of two groups' counts by category, each of shape (k,) in the same order.

    d: differences of the shares of all categories that occur but one; S: mean of the two multinomial covariances,
    s_ij = (p_i [i = j] - p_i p_j). With two categories it is |p1 - p2| / sqrt((p1 (1 - p1) + p2 (1 - p2)) / 2). NaN
    for an empty group and where S has no inverse although the shares differ; 0 where they are equal.
    Errors: InvalidInputError when the two lengths differ, and for counts that are missing, negative or not finite.
    """
    x, y = _finite("first", first), _finite("second", second)
    refuse_rows("first", first, x < 0, "negative")
    refuse_rows("second", second, y < 0, "negative")
    if x.shape != y.shape:
        raise InvalidInputError(f"the groups have {len(x)} and {len(y)} categories: give both the same ones.")
    return StandardisedDifference(
        estimate=_of_shares(x, y), method="absolute standardised difference of shares by category (Mahalanobis)"
    )


def _of_shares(x: Floats, y: Floats) -> float:
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


def _finite(name: str, values: ArrayLike) -> Floats:
    """Return values as numbers; none at all are admitted."""
    found = np.asarray(values, dtype=np.float64)
    refuse_rows(name, values, ~np.isfinite(found), "missing or not finite")
    return found
