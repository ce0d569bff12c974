"""The Kaplan-Meier estimate of survival with Greenwood's variance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.curves import SurvivalCurve, log_log_limits
from analysis.estimators.inputs import InvalidInputError, level_between_zero_and_one
from analysis.estimators.lifelines_fits import fit_survival
from analysis.estimators.risk_sets import count_risk_sets

METHOD = "Kaplan-Meier estimate, Greenwood variance, log-log confidence limits"
SOURCE = "Kaplan & Meier 1958, J Am Stat Assoc 53:457; Greenwood 1926; Kalbfleisch & Prentice 2002"


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, entry: ArrayLike | None = None, level: float = 0.95
) -> SurvivalCurve:
    """Return the survival curve of one event.

    time: (n,) days; event: (n,) 1 = event, 0 = censored; entry: (n,) days of delayed entry or None. Ties: events
    precede censorings of the same day; day 0 is admissible without `entry`. Where survival is 0 the standard error
    is NaN, and where it is 0 or 1 the limits are NaN, as in R's survfit. Once everybody at risk has had the event
    survival stays 0, also for those who enter later: they count in `n_at_risk` and `n_event` alone, as in R; where many
    do, choose a later time zero. Without `entry` lifelines computes survival and limits. Errors: InvalidInputError, and
    for any code above 1, because 1 minus Kaplan-Meier overstates the incidence when events compete.
    """
    level_between_zero_and_one(level)
    counts = count_risk_sets(time, event, entry)
    if (counts.event_codes > 1).any():
        raise InvalidInputError("event holds codes other than 0 and 1; with competing events use cumulative_incidence.")
    n, d = counts.n_at_risk, counts.n_any_event
    alive = n > d
    greenwood = np.sqrt(np.cumsum(np.where(alive, d / (n * np.where(alive, n - d, 1)), np.nan)))
    if entry is None:
        survival, lower, upper = fit_survival(counts.times, d, counts.n_censored, level)
    else:
        survival = np.cumprod(1 - d / n, dtype=np.float64)
        lower, upper = log_log_limits(survival, survival * greenwood, level)
    return SurvivalCurve(
        times=counts.times,
        estimate=survival,
        std_error=survival * greenwood,
        lower=lower,
        upper=upper,
        n_at_risk=n,
        n_event=d,
        n_censored=counts.n_censored,
        n_subjects=counts.n_subjects,
        level=level,
        method=METHOD,
        source=SOURCE,
    )
