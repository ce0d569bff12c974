"""One proportion with exact limits, and two proportions compared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike
from scipy.special import betaincinv, ndtri

from analysis.estimators.conditional_odds import conditional_odds_ratio
from analysis.estimators.inputs import Floats, InvalidInputError, level_between_zero_and_one


@dataclass(frozen=True, kw_only=True)
class Proportion:
    """`x` of `n` with exact limits; of nobody (n = 0) the estimate is NaN and the limits are 0 and 1."""

    x: int
    n: int
    estimate: float
    lower: float
    upper: float
    level: float
    method: str = "Clopper-Pearson exact limits"
    source: str = "Clopper & Pearson 1934, Biometrika 26:404"


class Limits(NamedTuple):
    """A lower and an upper confidence limit."""

    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class RiskDifference:
    """A difference of two proportions with Newcombe's hybrid score limits."""

    estimate: float
    lower: float
    upper: float
    level: float
    method: str = "risk difference with Newcombe hybrid score limits"
    source: str = "Newcombe 1998, Stat Med 17:873 (method 10)"


@dataclass(frozen=True, kw_only=True)
class ProportionComparison:
    """The first proportion against the second; differences are first minus second, ratios first over second."""

    first: Proportion
    second: Proportion
    risk_difference: float
    risk_difference_lower: float
    risk_difference_upper: float
    miettinen_nurminen: Limits
    risk_ratio: float
    risk_ratio_lower: float
    risk_ratio_upper: float
    odds_ratio: float
    odds_ratio_lower: float
    odds_ratio_upper: float
    p_value: float
    level: float
    test: str = "Fisher exact test, two-sided (tables no more probable than the observed one)"
    method: str = (
        "risk difference with Newcombe hybrid score limits; risk ratio with log-normal limits;"
        " conditional maximum-likelihood odds ratio with exact limits; Fisher exact test"
    )
    source: str = (
        "Newcombe 1998, Stat Med 17:873 (method 10); Miettinen & Nurminen 1985, Stat Med 4:213;"
        " Katz et al. 1978, Biometrics 34:469; Fisher 1935, J R Stat Soc 98:39"
    )


def proportion(x: int, n: int, *, level: float = 0.95) -> Proportion:
    """Return x/n with Clopper-Pearson limits. Errors: InvalidInputError unless 0 <= x <= n are whole numbers."""
    level_between_zero_and_one(level)
    _check_counts(x, n)
    if n == 0:
        return Proportion(x=0, n=0, estimate=math.nan, lower=0.0, upper=1.0, level=level)
    lower, upper = clopper_pearson([x], n, level)
    return Proportion(
        x=int(x), n=int(n), estimate=float(x / n), lower=float(lower[0]), upper=float(upper[0]), level=level
    )


def clopper_pearson(x: ArrayLike, n: int, level: float) -> tuple[Floats, Floats]:
    """Return the exact lower and upper limits of each x/n, arrays of the shape of `x`.

    Source: Clopper & Pearson 1934, Biometrika 26:404, as quantiles of beta distributions.
    """
    counts = np.asarray(x, dtype=np.float64)
    tail = (1 - level) / 2
    lower = np.where(counts > 0, betaincinv(np.maximum(counts, 1), n - counts + 1, tail), 0.0)
    upper = np.where(counts < n, betaincinv(counts + 1, np.maximum(n - counts, 1), 1 - tail), 1.0)
    return lower, upper


def compare_proportions(x1: int, n1: int, x2: int, n2: int, *, level: float = 0.95) -> ProportionComparison:
    """Return x1/n1 compared with x2/n2.

    With no event in either group, or only events, the odds ratio is NaN with limits 0 and infinity; a risk ratio
    without an event in one group, or with only events in both, has no limits (NaN). Errors: InvalidInputError for
    impossible counts, an empty group.
    """
    first, second = two_groups(x1, n1, x2, n2, level=level)
    table = np.array([[first.x, first.n - first.x], [second.x, second.n - second.x]])
    difference_lower, difference_upper = _newcombe_limits(first, second, level)
    ratio, ratio_lower, ratio_upper = _risk_ratio(first, second, level)
    odds = conditional_odds_ratio(first.x, first.n, second.x, second.n, level=level)
    return ProportionComparison(
        first=first,
        second=second,
        risk_difference=first.estimate - second.estimate,
        risk_difference_lower=difference_lower,
        risk_difference_upper=difference_upper,
        miettinen_nurminen=_miettinen_nurminen_limits(first, second, level),
        risk_ratio=ratio,
        risk_ratio_lower=ratio_lower,
        risk_ratio_upper=ratio_upper,
        odds_ratio=odds.estimate,
        odds_ratio_lower=odds.lower,
        odds_ratio_upper=odds.upper,
        p_value=float(scipy.stats.fisher_exact(table).pvalue),
        level=level,
    )


def risk_difference(x1: int, n1: int, x2: int, n2: int, *, level: float = 0.95) -> RiskDifference:
    """Return x1/n1 minus x2/n2 alone, as `compare_proportions` gives it among all else.

    Errors: InvalidInputError for impossible counts, an empty group.
    """
    first, second = two_groups(x1, n1, x2, n2, level=level)
    lower, upper = _newcombe_limits(first, second, level)
    return RiskDifference(estimate=first.estimate - second.estimate, lower=lower, upper=upper, level=level)


def two_groups(x1: int, n1: int, x2: int, n2: int, *, level: float = 0.95) -> tuple[Proportion, Proportion]:
    """Return both groups of a comparison; raise InvalidInputError for impossible counts and an empty group."""
    first, second = proportion(x1, n1, level=level), proportion(x2, n2, level=level)
    for which, group in (("first", first), ("second", second)):
        if group.n == 0:
            raise InvalidInputError(f"the {which} group is empty (0/0): there is nothing to compare.")
    return first, second


def _check_counts(x: int, n: int) -> None:
    for name, value in (("x", x), ("n", n)):
        is_number = isinstance(value, int | float | np.integer) and not isinstance(value, bool)
        if not is_number or not float(value).is_integer() or value < 0:
            raise InvalidInputError(f"{name} must be a whole number, 0 or more, found {value}.")
    if x > n:
        raise InvalidInputError(f"{x}/{n} counts more events than people.")


def _wilson_limits(group: Proportion, level: float) -> tuple[float, float]:
    """Return Wilson's score limits (Wilson 1927), the parts Newcombe's limits are made of."""
    z = float(ndtri((1 + level) / 2))
    centre = group.x + z * z / 2
    half = z * math.sqrt(group.x * (group.n - group.x) / group.n + z * z / 4)
    return (centre - half) / (group.n + z * z), (centre + half) / (group.n + z * z)


def _newcombe_limits(first: Proportion, second: Proportion, level: float) -> tuple[float, float]:
    """Return the hybrid score limits of the risk difference (Newcombe 1998, method 10)."""
    difference = first.estimate - second.estimate
    lower1, upper1 = _wilson_limits(first, level)
    lower2, upper2 = _wilson_limits(second, level)
    return (
        difference - math.hypot(first.estimate - lower1, upper2 - second.estimate),
        difference + math.hypot(upper1 - first.estimate, second.estimate - lower2),
    )


def _risk_ratio(first: Proportion, second: Proportion, level: float) -> tuple[float, float, float]:
    """Return the risk ratio with log-normal limits (Katz 1978); the limits are NaN when a group had no event.

    They are NaN with only events in both groups as well: Katz's estimated variance is 0 there, whatever the numbers of
    people, and limits without width would call certain what a few children cannot tell.
    """
    if second.x == 0:
        return (math.inf if first.x else math.nan), math.nan, math.nan
    ratio = first.estimate / second.estimate
    if first.x == 0 or (first.x == first.n and second.x == second.n):
        return ratio, math.nan, math.nan
    spread = float(ndtri((1 + level) / 2)) * math.sqrt(1 / first.x - 1 / first.n + 1 / second.x - 1 / second.n)
    return ratio, ratio * math.exp(-spread), ratio * math.exp(spread)


def _miettinen_nurminen_limits(first: Proportion, second: Proportion, level: float) -> Limits:
    """Return the score limits of the risk difference, with the factor N/(N-1) (Miettinen & Nurminen 1985)."""
    critical = float(ndtri((1 + level) / 2)) ** 2
    estimate = first.estimate - second.estimate

    def excess(difference: float) -> float:
        variance = _constrained_variance(first, second, difference)
        distance = (estimate - difference) ** 2
        return (distance / variance if variance > 0 else (math.inf if distance > 0 else 0.0)) - critical

    def limit(end: float) -> float:
        if abs(estimate - end) < 1e-12 or excess(end * (1 - 1e-12)) <= 0:
            return end
        return float(scipy.optimize.brentq(excess, estimate, end * (1 - 1e-12), xtol=1e-13))

    return Limits(lower=limit(-1.0), upper=limit(1.0))


def _constrained_variance(first: Proportion, second: Proportion, difference: float) -> float:
    """Return the variance of the difference at the maximum-likelihood proportions that differ by `difference`.

    The second proportion is the root of N p^3 + b p^2 + c p + e = 0 in its closed trigonometric form.
    """
    n, x = first.n + second.n, first.x + second.x
    b = (first.n + 2 * second.n) * difference - n - x
    c = (second.n * difference - n - 2 * second.x) * difference + x
    e = second.x * difference * (1 - difference)
    q = b**3 / (3 * n) ** 3 - b * c / (6 * n**2) + e / (2 * n)
    root = math.copysign(math.sqrt(max(b**2 / (3 * n) ** 2 - c / (3 * n), 0.0)), q)
    angle = (math.pi + math.acos(min(max(q / root**3, -1.0), 1.0))) / 3 if root else 0.0
    p2 = min(max(2 * root * math.cos(angle) - b / (3 * n), 0.0), 1.0)
    p1 = min(max(p2 + difference, 0.0), 1.0)
    return (p1 * (1 - p1) / first.n + p2 * (1 - p2) / second.n) * n / (n - 1)
