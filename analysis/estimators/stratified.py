"""Two proportions compared within strata (Mantel-Haenszel), such as centers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtri

from analysis.estimators.inputs import Floats, InvalidInputError, level_between_zero_and_one, numbers, same_length
from analysis.estimators.stratified_exact import exact_p_value

ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class StratifiedComparison:
    """The first group against the second within strata; `n_strata_used` are those in which both groups have somebody.

    Ratios and their limits are NaN where no stratum has the events to estimate them, limits also where the variance is
    0: with nobody or everybody responding in all strata it says nothing about how sure the estimate is. `statistic` is
    Cochran-Mantel-Haenszel's without continuity correction and `p_value` its chi-squared one; `exact_p_value` asks the
    same without chi-squared, as Fisher's test does of one table; `homogeneity_*` Breslow & Day's test with Tarone's
    correction that the odds ratio is the same in all strata (NaN with fewer than two strata that can tell).
    """

    risk_difference: float
    risk_difference_lower: float
    risk_difference_upper: float
    risk_ratio: float
    risk_ratio_lower: float
    risk_ratio_upper: float
    odds_ratio: float
    odds_ratio_lower: float
    odds_ratio_upper: float
    statistic: float
    p_value: float
    exact_p_value: float
    homogeneity_statistic: float
    homogeneity_df: int
    homogeneity_p_value: float
    n_strata: int
    n_strata_used: int
    level: float
    test: str = "Cochran-Mantel-Haenszel test without continuity correction"
    method: str = (
        "Mantel-Haenszel risk difference with Sato's variance, risk ratio with Greenland & Robins's, odds ratio with"
        " Robins, Breslow & Greenland's; Breslow-Day test of homogeneity with Tarone's correction"
    )
    source: str = (
        "Mantel & Haenszel 1959, J Natl Cancer Inst 22:719; Sato 1989, Biometrics 45:1323; Greenland & Robins 1985,"
        " Biometrics 41:55; Robins et al. 1986, Biometrics 42:311; Breslow & Day 1980; Tarone 1985, Biometrika 72:91"
    )


@dataclass(frozen=True, kw_only=True)
class Tables:
    """The s two-by-two tables: events and people of both groups, arrays of shape (s,)."""

    x1: Floats
    n1: Floats
    x2: Floats
    n2: Floats

    @property
    def total(self) -> Floats:
        """Return the people of each stratum."""
        return self.n1 + self.n2


def stratified_proportions(
    x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike, *, level: float = 0.95
) -> StratifiedComparison:
    """Return x1/n1 compared with x2/n2 within strata; each argument has shape (s,), one entry per stratum.

    A stratum in which one group is empty tells nothing and is left out of everything but `n_strata`. Errors:
    InvalidInputError for counts that are not whole, more events than people, and where no stratum has both groups.
    """
    level_between_zero_and_one(level)
    tables, n_strata = _checked(x1, n1, x2, n2)
    z = float(ndtri((1 + level) / 2))
    difference, difference_error = _risk_difference(tables)
    ratio, ratio_error = _risk_ratio(tables)
    odds, odds_error = _odds_ratio(tables)
    statistic = _cochran_mantel_haenszel(tables)
    homogeneity, df = _homogeneity(tables, odds)
    return StratifiedComparison(
        risk_difference=difference,
        risk_difference_lower=max(difference - z * difference_error, -1.0),
        risk_difference_upper=min(difference + z * difference_error, 1.0),
        risk_ratio=ratio,
        risk_ratio_lower=ratio * math.exp(-z * ratio_error),
        risk_ratio_upper=ratio * math.exp(z * ratio_error),
        odds_ratio=odds,
        odds_ratio_lower=odds * math.exp(-z * odds_error),
        odds_ratio_upper=odds * math.exp(z * odds_error),
        statistic=statistic,
        p_value=float(chdtrc(1, statistic)),
        exact_p_value=exact_p_value(tables.x1, tables.n1, tables.x2, tables.n2),
        homogeneity_statistic=homogeneity,
        homogeneity_df=df,
        homogeneity_p_value=float(chdtrc(df, homogeneity)) if df else math.nan,
        n_strata=n_strata,
        n_strata_used=len(tables.x1),
        level=level,
    )


def _checked(x1: ArrayLike, n1: ArrayLike, x2: ArrayLike, n2: ArrayLike) -> tuple[Tables, int]:
    given = {"x1": x1, "n1": n1, "x2": x2, "n2": n2}
    checked = {name: numbers(name, np.atleast_1d(np.asarray(values))) for name, values in given.items()}
    same_length(**checked)
    for name, values in checked.items():
        wrong = np.flatnonzero(~np.isfinite(values) | (values < 0) | (values != np.floor(values)))
        if wrong.size:
            raise InvalidInputError(f"{name} must hold whole numbers, 0 or more, found {values[wrong[0]]:g}.")
    for x, n in (("x1", "n1"), ("x2", "n2")):
        wrong = np.flatnonzero(checked[x] > checked[n])
        if wrong.size:
            shown = f"{checked[x][wrong[0]]:g}/{checked[n][wrong[0]]:g}"
            raise InvalidInputError(f"{shown} in stratum {wrong[0] + 1} counts more events than people.")
    used = (checked["n1"] > 0) & (checked["n2"] > 0)
    if not used.any():
        raise InvalidInputError("no stratum has people in both groups: there is nothing to compare.")
    return Tables(**{name: values[used] for name, values in checked.items()}), len(used)


def _risk_difference(t: Tables) -> tuple[float, float]:
    """Return the Mantel-Haenszel risk difference and Sato's standard error."""
    n = t.total
    weight = float(np.sum(t.n1 * t.n2 / n))
    difference = float(np.sum((t.x1 * t.n2 - t.x2 * t.n1) / n)) / weight
    p = (t.n1**2 * t.x2 - t.n2**2 * t.x1 + t.n1 * t.n2 * (t.n2 - t.n1) / 2) / n**2
    q = (t.x1 * (t.n2 - t.x2) + t.x2 * (t.n1 - t.x1)) / (2 * n)
    parts = difference * float(p.sum()), float(q.sum())
    # Nothing but a remainder of rounding where the parts cancel.
    is_known = sum(parts) > ROUNDING * (abs(parts[0]) + abs(parts[1]))
    return difference, math.sqrt(sum(parts)) / weight if is_known else math.nan


def _risk_ratio(t: Tables) -> tuple[float, float]:
    """Return the Mantel-Haenszel risk ratio and the standard error of its logarithm."""
    n = t.total
    above, below = float(np.sum(t.x1 * t.n2 / n)), float(np.sum(t.x2 * t.n1 / n))
    if not below or not above:
        return _undefined(above, below)
    numerator = float(np.sum((t.n1 * t.n2 * (t.x1 + t.x2) - t.x1 * t.x2 * n) / n**2))
    return above / below, math.sqrt(numerator / (above * below)) if numerator > 0 else math.nan


def _odds_ratio(t: Tables) -> tuple[float, float]:
    """Return the Mantel-Haenszel odds ratio and the standard error of its logarithm."""
    n = t.total
    r, s = t.x1 * (t.n2 - t.x2) / n, t.x2 * (t.n1 - t.x1) / n
    above, below = float(r.sum()), float(s.sum())
    if not below or not above:
        return _undefined(above, below)
    p, q = (t.x1 + t.n2 - t.x2) / n, (t.x2 + t.n1 - t.x1) / n
    variance = (
        float(np.sum(p * r)) / (2 * above**2)
        + float(np.sum(p * s + q * r)) / (2 * above * below)
        + float(np.sum(q * s)) / (2 * below**2)
    )
    return above / below, math.sqrt(variance)


def _undefined(above: float, below: float) -> tuple[float, float]:
    """Return a ratio of 0, infinity or nothing at all, with limits that are not defined."""
    return (0.0 if below else (math.inf if above else math.nan)), math.nan


def _cochran_mantel_haenszel(t: Tables) -> float:
    n, events = t.total, t.x1 + t.x2
    variance = np.divide(t.n1 * t.n2 * events * (n - events), n**2 * (n - 1), out=np.zeros_like(n), where=n > 1).sum()
    distance = float(np.sum(t.x1 - t.n1 * events / n))
    return distance**2 / float(variance) if variance else 0.0


def _homogeneity(t: Tables, odds: float) -> tuple[float, int]:
    """Return Breslow & Day's statistic with Tarone's correction and its degrees of freedom."""
    events = t.x1 + t.x2
    tells = (events > 0) & (events < t.total)
    if not math.isfinite(odds) or odds <= 0 or tells.sum() < 2:
        return math.nan, 0
    expected = _expected(odds, events[tells], t.n1[tells], t.n2[tells])
    e, n1, n2 = events[tells], t.n1[tells], t.n2[tells]
    variance = 1 / (1 / expected + 1 / (e - expected) + 1 / (n1 - expected) + 1 / (n2 - e + expected))
    distance = t.x1[tells] - expected
    statistic = float(np.sum(distance**2 / variance)) - float(distance.sum()) ** 2 / float(variance.sum())
    return statistic, int(tells.sum()) - 1


def _expected(odds: float, events: Floats, n1: Floats, n2: Floats) -> Floats:
    """Return the events of the first group that give each table, with its margins, the common odds ratio."""
    if abs(odds - 1) < 1e-12:
        return events * n1 / (n1 + n2)
    a, b, c = 1 - odds, n2 - events + odds * (events + n1), -odds * events * n1
    root: Floats = np.sqrt(b**2 - 4 * a * c)
    solutions: Sequence[Floats] = ((-b + root) / (2 * a), (-b - root) / (2 * a))
    low, high = np.maximum(0, events - n2), np.minimum(events, n1)
    fits = (solutions[0] >= low) & (solutions[0] <= high)
    return np.where(fits, solutions[0], solutions[1])
