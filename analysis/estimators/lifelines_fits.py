"""What lifelines computes for the estimators: checked arrays in, arrays out, and nothing of it outside this module.

lifelines is asked where it agrees with R on days with ties: Kaplan-Meier and its log-log limits without delayed entry,
the log-rank test of groups that are all at risk together, Cox's regression with its errors from the model. It is loaded
by the first question, because pandas and matplotlib come with it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import lazy_loader
import numpy as np

from analysis.estimators.inputs import Floats, Integers

lifelines: Any = lazy_loader.load("lifelines")
pandas: Any = lazy_loader.load("pandas")

UNTIL_SETTLED = {"step_size": 1.0, "precision": 1e-12, "r_precision": 0.0, "max_steps": 50}
"""Newton's whole steps, until coefficients and likelihood stand still: lifelines ends earlier unless told so."""
NOT_SETTLED = "Newton-Raphson failed to converge"
BEFORE_DAY_0 = -1.0


class NotSettledError(Exception):
    """A regression without a maximum that lifelines could find."""


@dataclass(frozen=True, kw_only=True)
class CoxFit:
    """The maximum of Efron's partial likelihood in p covariates: arrays of shape (p,) and (p, p)."""

    coefficient: Floats
    covariance: Floats
    log_likelihood: float
    log_likelihood_without: float


def fit_survival(times: Floats, n_event: Integers, n_censored: Integers, level: float) -> tuple[Floats, Floats, Floats]:
    """Return Kaplan-Meier survival with its lower and upper log-log limits at each of m distinct times.

    times, n_event, n_censored: (m,). Where survival is 0 or 1 there are no limits: they are NaN, as in R, and not
    lifelines' 0 and 1.
    """
    # Who had an event or left on the same day is one row with a weight: lifelines takes a tenth less time.
    days, weights = np.concatenate([times, times]), np.concatenate([n_event, n_censored])
    event, kept = np.repeat([1, 0], len(times)), weights > 0
    with _quietly():
        fitter = lifelines.KaplanMeierFitter(alpha=1 - level).fit(days[kept], event[kept], weights=weights[kept])
    at = np.searchsorted(fitter.survival_function_.index.to_numpy(), times)
    survival: Floats = fitter.survival_function_.to_numpy(dtype=np.float64)[at, 0]
    limits = fitter.confidence_interval_.to_numpy(dtype=np.float64)[at]
    limits[(survival == 0) | (survival == 1)] = np.nan
    return survival, limits[:, 0], limits[:, 1]


def logrank_statistic(time: Floats, event: Integers, group: Integers) -> float:
    """Return the log-rank statistic of two or more groups; time, event, group: (n,)."""
    with _quietly():
        return float(lifelines.statistics.multivariate_logrank_test(time, group, event).test_statistic)


def fit_cox(x: Floats, time: Floats, event: Integers, entry: Floats | None, stratum: Integers) -> CoxFit:
    """Return Cox's regression of the hazard within strata.

    x: (n, p); time, event, stratum: (n,); entry: (n,) start of each row, or None for rows at risk from day 0 on.
    Errors: NotSettledError where the likelihood has no maximum, or none within the steps allowed.
    """
    # A row alone in its stratum is compared with nobody, and lifelines cannot look it up.
    compared = np.bincount(stratum)[stratum] > 1
    if not compared.any():
        raise NotSettledError("each row is alone in its stratum")
    columns = [f"x{number}" for number in range(x.shape[1])]
    start = np.full(len(time), BEFORE_DAY_0) if entry is None else entry
    table = dict(zip(columns, x[compared].T, strict=True))
    table |= {"start": start[compared], "stop": time[compared], "event": event[compared], "stratum": stratum[compared]}
    fitter = lifelines.CoxTimeVaryingFitter()
    with _quietly():
        warnings.filterwarnings("error", message=NOT_SETTLED)
        try:
            fitter.fit(pandas.DataFrame(table), "event", strata=["stratum"], fit_options=UNTIL_SETTLED)
        except (lifelines.exceptions.ConvergenceError, Warning, np.linalg.LinAlgError) as failed:
            raise NotSettledError(str(failed)) from failed
    reached = float(fitter.log_likelihood_)
    return CoxFit(
        coefficient=fitter.params_.to_numpy(dtype=np.float64),
        covariance=fitter.variance_matrix_.to_numpy(dtype=np.float64),
        log_likelihood=reached,
        log_likelihood_without=reached - float(fitter.log_likelihood_ratio_test().test_statistic) / 2,
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to itself what lifelines warns of: its callers judge what it found."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
