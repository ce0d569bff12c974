"""Mean time up to a horizon: without the event (area under survival), or with it (area under an incidence)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfc, ndtri

from analysis.estimators.inputs import Floats, Integers, InvalidInputError, cause_code, level_between_zero_and_one
from analysis.estimators.risk_sets import RiskSets, count_risk_sets

ROUNDING = 1e-15
"""Share of the squared horizon up to which a variance is a remainder of rounding."""


@dataclass(frozen=True, kw_only=True)
class RestrictedMean:
    """Mean days up to `horizon`, with the standard error of the mean (not the spread of the children).

    Standard error and limits are NaN where the variance is 0, as with one child or without an event: R gives 0 there,
    which would say that the mean is known exactly.
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    horizon: float
    n_subjects: int
    level: float
    method: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RestrictedMeanDifference:
    """The first restricted mean minus the second, of independent groups.

    All but the estimate is NaN where the standard error of one of them is.
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    p_value: float
    horizon: float
    level: float
    test: str = "normal test of the difference of two restricted means, two-sided"
    method: str = "difference of restricted means, normal limits"
    source: str = "Royston & Parmar 2013, BMC Med Res Methodol 13:152"


def restricted_mean_time(
    time: ArrayLike,
    event: ArrayLike,
    *,
    horizon: float,
    cause: int | None = None,
    entry: ArrayLike | None = None,
    level: float = 0.95,
) -> RestrictedMean:
    """Return the mean days up to `horizon` without the event or, with `cause`, with an event of that cause behind one.

    time: (n,) days; event: (n,) codes, 0 = censored (without `cause` 0 and 1 only); entry: (n,) days or None. Without
    `cause` it is the area under Kaplan-Meier; with it the area under the cumulative incidence, others competing. Who
    enters after everybody at risk had an event changes neither, see `kaplan_meier`.
    Errors: InvalidInputError, and for a horizon beyond the last time while somebody was still without an event then.
    """
    level_between_zero_and_one(level)
    days_above_zero(horizon)
    counts = count_risk_sets(time, event, entry)
    if cause is None and (counts.event_codes > 1).any():
        raise InvalidInputError("event holds codes other than 0 and 1; with competing events name the cause.")
    if cause is not None:
        cause_code(cause)
    n, d = counts.n_at_risk, counts.n_any_event
    if horizon > counts.times[-1] and n[-1] > d[-1]:
        raise beyond_last_day(horizon, counts.times[-1])
    estimate, variance = _survival_area(counts, horizon) if cause is None else _incidence_area(counts, cause, horizon)
    of_what = "Kaplan-Meier survival" if cause is None else f"Aalen-Johansen cumulative incidence of cause {cause}"
    return with_normal_limits(
        estimate,
        variance,
        horizon=horizon,
        n_subjects=counts.n_subjects,
        level=level,
        method=f"area under the {of_what} up to the horizon, Greenwood-type variance, normal limits",
        source="Irwin 1949, J Hyg 47:188; Andersen 2013, Stat Med 32:5278",
    )


def days_above_zero(horizon: float) -> None:
    """Raise InvalidInputError for a horizon that is no number of days above 0."""
    if not horizon > 0 or not math.isfinite(horizon):
        raise InvalidInputError(f"horizon must be a number of days above 0, found {horizon}.")


def beyond_last_day(horizon: float, last: float) -> InvalidInputError:
    """Return the refusal of a horizon after which nobody was observed who could still have an event."""
    return InvalidInputError(
        f"horizon {horizon:g} lies beyond the last day observed ({last:g}): choose an earlier one."
    )


def with_normal_limits(
    estimate: float, variance: float, *, horizon: float, n_subjects: int, level: float, method: str, source: str
) -> RestrictedMean:
    """Return a mean with normal limits between 0 and the horizon, or NaN where the variance is 0 but for rounding."""
    std_error = math.sqrt(variance) if variance > ROUNDING * horizon**2 else math.nan
    half = float(ndtri((1 + level) / 2)) * std_error
    return RestrictedMean(
        estimate=estimate,
        std_error=std_error,
        lower=estimate - half if math.isnan(half) else max(estimate - half, 0.0),
        upper=estimate + half if math.isnan(half) else min(estimate + half, horizon),
        horizon=float(horizon),
        n_subjects=n_subjects,
        level=level,
        method=method,
        source=source,
    )


def restricted_mean_difference(
    first: RestrictedMean, second: RestrictedMean, *, level: float = 0.95
) -> RestrictedMeanDifference:
    """Return first minus second. Errors: InvalidInputError unless both have the same horizon."""
    level_between_zero_and_one(level)
    if first.horizon != second.horizon:
        raise InvalidInputError(f"the horizons differ ({first.horizon:g} and {second.horizon:g}).")
    difference, std_error = first.estimate - second.estimate, math.hypot(first.std_error, second.std_error)
    half = float(ndtri((1 + level) / 2)) * std_error
    z = abs(difference) / std_error
    return RestrictedMeanDifference(
        estimate=difference,
        std_error=std_error,
        lower=difference - half,
        upper=difference + half,
        p_value=float(erfc(z / math.sqrt(2))),
        horizon=first.horizon,
        level=level,
    )


def _survival_area(counts: RiskSets, horizon: float) -> tuple[float, float]:
    """Return the area under Kaplan-Meier and its variance: sum of area(t, horizon)^2 d/(n(n-d))."""
    n, d = counts.n_at_risk, counts.n_any_event
    survival: Floats = np.cumprod(1 - d / n, dtype=np.float64)
    days = np.minimum(counts.times, horizon)
    after = survival * np.diff(days, append=horizon)
    later = np.cumsum(after[::-1])[::-1]
    return float(days[0] + after.sum()), float(np.sum(later**2 * _hazard_variance(n, d)))


def _incidence_area(counts: RiskSets, cause: int, horizon: float) -> tuple[float, float]:
    """Return the area under the cumulative incidence and its variance.

    It is Dinse & Larson's variance of the incidence with [F(t) - F_i] replaced by its area from t_i to the horizon,
    and S- by S- (horizon - t_i).
    """
    n, d, own = counts.n_at_risk, counts.n_any_event, counts.events_of(cause)
    survival: Floats = np.cumprod(1 - d / n, dtype=np.float64)
    before = np.concatenate([[1.0], survival[:-1]])
    estimate = np.cumsum(before * own / n)
    days = np.minimum(counts.times, horizon)
    left = horizon - days
    area_after = np.cumsum((estimate * np.diff(days, append=horizon))[::-1])[::-1]
    rise = area_after - estimate * left
    direct = before * left
    size = n.astype(np.float64)
    variance = np.sum(
        rise**2 * _hazard_variance(n, d) + direct**2 * own * (size - own) / size**3 - 2 * rise * direct * own / size**2
    )
    return float(area_after[0]), float(variance)


def _hazard_variance(n: Integers, d: Integers) -> Floats:
    """Return d/(n(n-d)), 0 where everybody at risk had an event."""
    size = n.astype(np.float64)
    return np.divide(d, size * (size - d), out=np.zeros_like(size), where=n > d)
