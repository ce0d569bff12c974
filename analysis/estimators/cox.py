"""Proportional hazards regression (Cox) with Efron's ties, strata, delayed entry and robust errors.

lifelines finds the coefficients and the errors of the model; the robust errors are our own, because those of lifelines
leave R's in the second digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, erfc, ndtri

from analysis.estimators.cox_residuals import score_residuals, tied_events
from analysis.estimators.groups import labels
from analysis.estimators.inputs import (
    Floats,
    Integers,
    InvalidInputError,
    checked_entry,
    codes,
    covariate_table,
    level_between_zero_and_one,
    same_length,
    times,
)
from analysis.estimators.lifelines_fits import CoxFit, NotSettledError, fit_cox

NO_FINITE_ESTIMATE = 15.0
"""Log hazard ratio per standard deviation beyond which the events are taken to lie on one side of a covariate."""
NO_FINITE_ERROR = 50.0
"""Standard error per standard deviation beyond which the likelihood is flat: it rises for ever on one side."""


@dataclass(frozen=True, kw_only=True)
class CoxRegression:
    """Log hazard ratios of p covariates; arrays have shape (p,), `covariance` (p, p).

    `std_error` is that of the model, or the robust one where rows were clustered; limits and p-values are Wald's from
    it. `model_std_error` is always the model's.
    """

    names: tuple[str, ...]
    coefficient: Floats
    std_error: Floats
    model_std_error: Floats
    covariance: Floats
    hazard_ratio: Floats
    lower: Floats
    upper: Floats
    z: Floats
    p_value: Floats
    log_likelihood: float
    log_likelihood_without: float
    likelihood_ratio: float
    likelihood_ratio_p_value: float
    n_rows: int
    n_events: int
    is_robust: bool
    level: float
    test: str
    method: str
    source: str = "Cox 1972, J R Stat Soc B 34:187; Efron 1977, J Am Stat Assoc 72:557"


def cox_regression(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> CoxRegression:
    """Return the Cox regression of a hazard on covariates.

    time: (n,) days; event: (n,) 1 = event, 0 = censored (for a cause-specific hazard 0 for the other causes);
    covariates: (n, p) or (n,) numbers; entry: (n,) start of each row's interval (entry, time], so that a child may have
    several rows, or None; strata: (n,) labels, each with a baseline hazard of its own; cluster: (n,) labels of rows
    that belong together, such as a child's: then the errors are robust (Lin & Wei 1989). Errors: InvalidInputError for
    missing values, codes above 1, no event, covariates that are constant or say the same, as many covariates as
    clusters, and where the events lie all on one side of a covariate, so that no finite hazard ratio exists.
    """
    level_between_zero_and_one(level)
    data = _checked(time, event, covariates, names, entry, strata)
    fit = _maximise(data)
    covariance = fit.covariance
    if cluster is not None:
        covariance = _robust_covariance(_residuals(data, fit.coefficient) @ covariance, cluster)
    std_error = np.sqrt(np.diag(covariance))
    half = float(ndtri((1 + level) / 2)) * std_error
    z = fit.coefficient / std_error
    ratio = 2 * (fit.log_likelihood - fit.log_likelihood_without)
    return CoxRegression(
        names=data.names,
        coefficient=fit.coefficient,
        std_error=std_error,
        model_std_error=np.sqrt(np.diag(fit.covariance)),
        covariance=covariance,
        hazard_ratio=np.exp(fit.coefficient),
        lower=np.exp(fit.coefficient - half),
        upper=np.exp(fit.coefficient + half),
        z=z,
        p_value=erfc(np.abs(z) / math.sqrt(2)),
        log_likelihood=fit.log_likelihood,
        log_likelihood_without=fit.log_likelihood_without,
        likelihood_ratio=ratio,
        likelihood_ratio_p_value=float(chdtrc(len(data.names), max(ratio, 0.0))),
        n_rows=len(data.time),
        n_events=int(data.event.sum()),
        is_robust=cluster is not None,
        level=level,
        test="Wald test of each coefficient" + (", robust" if cluster is not None else ""),
        method=_method(entry, strata, cluster),
    )


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """What is regressed, checked: n rows of p covariates, `x` (n, p) less its means, `stratum` (n,) codes from 0 on."""

    names: tuple[str, ...]
    x: Floats
    time: Floats
    event: Integers
    entry: Floats | None
    stratum: Integers


def _checked(
    time: ArrayLike,
    event: ArrayLike,
    covariates: ArrayLike,
    names: Sequence[str] | None,
    entry: ArrayLike | None,
    strata: ArrayLike | None,
) -> _Rows:
    checked_time, checked_event = times("time", time), codes("event", event)
    same_length(time=checked_time, event=checked_event)
    if (checked_event > 1).any():
        raise InvalidInputError("event holds codes other than 0 and 1: pass 1 for the cause of interest, else 0.")
    if not checked_event.any():
        raise InvalidInputError("event holds no event: there is nothing to regress.")
    entered = checked_entry(entry, time, checked_time)
    x, columns = covariate_table(covariates, names, len(checked_time))
    return _Rows(
        names=columns,
        x=x - x.mean(axis=0),
        time=checked_time,
        event=checked_event,
        entry=entered,
        stratum=np.zeros(len(x), np.int64) if strata is None else labels("strata", strata, len(x)).codes,
    )


def _residuals(data: _Rows, coefficient: Floats) -> Floats:
    """Return (n, p): what each row adds to the score, stratum by stratum."""
    rows = [np.flatnonzero(data.stratum == code) for code in np.unique(data.stratum)]
    ties = [tied_events(own, data.time, data.event, data.entry) for own in rows]
    return score_residuals(data.x, coefficient, ties)


def _robust_covariance(influence: Floats, cluster: ArrayLike) -> Floats:
    """Return the (p, p) covariance of Lin & Wei from the (n, p) influence of each row, summed over its cluster.

    Errors: InvalidInputError for as many covariates as clusters.
    """
    n_rows, n_covariates = influence.shape
    clusters = labels("cluster", cluster, n_rows)
    if len(clusters.names) <= n_covariates:
        raise InvalidInputError(
            f"cluster tells {len(clusters.names)} apart beside {n_covariates} of covariates: robust errors need more"
            " clusters than covariates."
        )
    summed = np.zeros((len(clusters.names), n_covariates))
    np.add.at(summed, clusters.codes, influence)
    found: Floats = summed.T @ summed
    return found


def _method(entry: ArrayLike | None, strata: ArrayLike | None, cluster: ArrayLike | None) -> str:
    more = ("delayed entry", entry), ("strata with baseline hazards of their own", strata)
    told = "".join(f", {words}" for words, given in more if given is not None)
    errors = "robust errors (Lin & Wei 1989)" if cluster is not None else "errors from the observed information"
    return f"Cox proportional hazards regression, Efron's ties{told}, {errors}"


def _maximise(data: _Rows) -> CoxFit:
    """Return the fit, or raise InvalidInputError where the likelihood rises for ever along a covariate."""
    try:
        fit = fit_cox(data.x, data.time, data.event, data.entry, data.stratum)
    except NotSettledError:
        raise _no_finite(" or ".join(data.names)) from None
    spread, errors = data.x.std(axis=0), np.sqrt(np.diag(fit.covariance))
    within = (np.abs(fit.coefficient) * spread <= NO_FINITE_ESTIMATE) & (errors * spread <= NO_FINITE_ERROR)
    if not within.all():
        raise _no_finite(data.names[np.flatnonzero(~within)[0]])
    return fit


def _no_finite(name: str) -> InvalidInputError:
    return InvalidInputError(
        f"no finite hazard ratio for {name}: all events lie on one side of it, or nobody at risk differs in it."
    )
