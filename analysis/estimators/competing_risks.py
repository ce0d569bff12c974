"""The cumulative incidence of one cause when other causes compete (Aalen-Johansen)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.curves import IncidenceCurve, log_log_limits
from analysis.estimators.inputs import Floats, Integers, InvalidInputError, cause_code, level_between_zero_and_one
from analysis.estimators.proportions import clopper_pearson
from analysis.estimators.risk_sets import RiskSets, count_risk_sets

Variance = Literal["greenwood", "aalen"]

ROUNDING = 1e-12
"""Distance from 1 within which a share is 1: one child of a thousand million would miss it by more."""
VARIANCES: dict[str, tuple[str, str]] = {
    "greenwood": (
        "Greenwood-type (Dinse-Larson) variance",
        "Dinse & Larson 1986, Biometrika 73:379; Allignol et al. 2010, Biom J 52:126",
    ),
    "aalen": ("Aalen variance as in Gray's cmprsk", "Aalen 1978; Gray 1988; Pintilie 2006, eq. 4.5"),
}


def cumulative_incidence(
    time: ArrayLike,
    event: ArrayLike,
    *,
    cause: int,
    entry: ArrayLike | None = None,
    variance: Variance = "greenwood",
    level: float = 0.95,
) -> IncidenceCurve:
    """Return the share that has had an event of `cause` by each time, other causes competing.

    time: (n,) days; event: (n,) codes, 0 = censored, 1, 2, ... causes (gaps allowed, a cause never seen gives 0);
    entry: (n,) days of delayed entry or None. Ties are exact: all events of a day share one risk set and precede
    its censorings; day 0 is admissible without `entry`. Limits are Clopper-Pearson at times before which nobody was
    censored or entered late, log-log at all others (NaN where the estimate is 0 or 1). Who enters after everybody at
    risk had an event no longer changes the incidence, see `kaplan_meier`. Errors: InvalidInputError.
    Source: Aalen & Johansen 1978, Scand J Stat 5:141; variances as named in the result.
    """
    level_between_zero_and_one(level)
    cause_code(cause)
    if variance not in VARIANCES:
        raise InvalidInputError(f"variance must be 'greenwood' or 'aalen', found {variance!r}.")
    counts = count_risk_sets(time, event, entry)
    n, d, d1 = counts.n_at_risk, counts.n_any_event, counts.events_of(cause)
    survival: Floats = np.cumprod(1 - d / n, dtype=np.float64)
    before = np.concatenate([[1.0], survival[:-1]])
    estimate = _whole(np.cumsum(before * d1 / n))
    if variance == "greenwood":
        squared = _greenwood_variance(n, d, d1, before, estimate)
        squared = np.where(counts.is_binomial, estimate * (1 - estimate) / counts.n_subjects, squared)
    else:
        squared = _aalen_variance(n, d, d1, before, survival, estimate)
    std_error = np.sqrt(np.maximum(squared, 0.0))
    lower, upper = _limits(counts, d1, estimate, std_error, level)
    variance_name, variance_source = VARIANCES[variance]
    return IncidenceCurve(
        times=counts.times,
        estimate=estimate,
        std_error=std_error,
        lower=lower,
        upper=upper,
        n_at_risk=n,
        n_event=d1,
        n_censored=counts.n_censored,
        n_competing=d - d1,
        n_subjects=counts.n_subjects,
        cause=int(cause),
        level=level,
        method=f"Aalen-Johansen cumulative incidence, {variance_name}, log-log confidence limits"
        " (Clopper-Pearson where nobody was censored before)",
        source=f"Aalen & Johansen 1978, Scand J Stat 5:141; {variance_source}; Clopper & Pearson 1934",
    )


def _whole(estimate: Floats) -> Floats:
    """Return shares with 1 for what misses it by rounding alone: a share above 1, or limits of 0 and 1 beside it."""
    found: Floats = np.where(np.abs(estimate - 1) < ROUNDING, 1.0, estimate)
    return found


def _limits(counts: RiskSets, d1: Integers, estimate: Floats, std_error: Floats, level: float) -> tuple[Floats, Floats]:
    """Return log-log limits, replaced by Clopper-Pearson where the estimate is a binomial proportion."""
    lower, upper = log_log_limits(estimate, std_error, level)
    exact_lower, exact_upper = clopper_pearson(np.cumsum(d1), counts.n_subjects, level)
    binomial = counts.is_binomial
    return np.where(binomial, exact_lower, lower), np.where(binomial, exact_upper, upper)


def _greenwood_variance(n: Integers, d: Integers, d1: Integers, before: Floats, estimate: Floats) -> Floats:
    """Return the (m,) variance of Dinse & Larson, its squares expanded so that it costs five running sums.

    V(t) = sum [F(t)-F_i]^2 d/(n(n-d)) + sum S-^2 d1(n-d1)/n^3 - 2 sum [F(t)-F_i] S- d1/n^2
    """
    left = n > d
    hazard = np.where(left, d / (n * np.where(left, n - d, 1)), 0.0)
    own = before**2 * d1 * (n - d1) / n.astype(np.float64) ** 3
    mixed = before * d1 / n.astype(np.float64) ** 2
    squares = (
        estimate**2 * np.cumsum(hazard) - 2 * estimate * np.cumsum(estimate * hazard) + np.cumsum(estimate**2 * hazard)
    )
    variance: Floats = squares + np.cumsum(own) - 2 * (estimate * np.cumsum(mixed) - np.cumsum(estimate * mixed))
    return variance


def _aalen_variance(
    n: Integers, d: Integers, d1: Integers, before: Floats, survival: Floats, estimate: Floats
) -> Floats:
    """Return the (m,) Aalen variance with Gray's tie factors, renewed at events of the cause and carried forward."""
    left = survival > 0
    inverse = np.where(left, 1 / np.where(left, survival, 1.0), 0.0)
    w1 = _tied_weight(n, d1, before)
    w2 = np.where(left, _tied_weight(n, d - d1, before), 0.0)
    ratio = estimate * inverse
    squared = (
        np.cumsum((1 + ratio) ** 2 * w1)
        + np.cumsum(ratio**2 * w2)
        + estimate**2 * np.cumsum((w1 + w2) * inverse**2)
        - 2 * estimate * (np.cumsum((1 + ratio) * inverse * w1) + np.cumsum(ratio * inverse * w2))
    )
    last_own_event = np.maximum.accumulate(np.where(d1 > 0, np.arange(len(d1)), -1))
    return np.where(last_own_event >= 0, squared[np.maximum(last_own_event, 0)], 0.0)


def _tied_weight(n: Integers, events: Integers, before: Floats) -> Floats:
    """Return S-^2 d/n^2 with the factor 1-(d-1)/(n-1) for d tied events."""
    factor = 1 - np.where(n > 1, (events - 1) / np.maximum(n - 1, 1), 0.0)
    weight: Floats = before**2 * events / n.astype(np.float64) ** 2 * np.where(events > 0, factor, 0.0)
    return weight
