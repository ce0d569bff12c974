"""Proportional hazards regression (Cox) with Efron's ties, strata, delayed entry and robust errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, erfc, ndtri

from analysis.estimators.cox_likelihood import Ties, likelihood, score_residuals, tied_events
from analysis.estimators.groups import labels, strata_rows
from analysis.estimators.inputs import (
    Floats,
    InvalidInputError,
    checked_entry,
    codes,
    covariate_table,
    level_between_zero_and_one,
    same_length,
    times,
)

MOST_STEPS = 50
CONVERGED = 1e-12
"""Relative change of the log likelihood below which the steps end."""
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
    checked_time, checked_event = times("time", time), codes("event", event)
    same_length(time=checked_time, event=checked_event)
    if (checked_event > 1).any():
        raise InvalidInputError("event holds codes other than 0 and 1: pass 1 for the cause of interest, else 0.")
    if not checked_event.any():
        raise InvalidInputError("event holds no event: there is nothing to regress.")
    entered = checked_entry(entry, time, checked_time)
    x, columns = covariate_table(covariates, names, len(checked_time))
    centre = x.mean(axis=0)
    strata_ties = [
        tied_events(rows, checked_time, checked_event, entered) for rows in strata_rows(strata, len(checked_time))
    ]
    ties = [one for one in strata_ties if len(one.deaths)]
    coefficient, found, without = _maximise(x - centre, columns, ties)
    covariance: Floats = np.linalg.inv(found[2]).astype(np.float64)
    model_error = np.sqrt(np.diag(covariance))
    unbounded = np.flatnonzero(model_error * x.std(axis=0) > NO_FINITE_ERROR)
    if unbounded.size:
        raise _no_finite(columns[unbounded[0]])
    if cluster is not None:
        clusters = labels("cluster", cluster, len(checked_time))
        if len(clusters.names) <= x.shape[1]:
            raise InvalidInputError(
                f"cluster tells {len(clusters.names)} apart beside {x.shape[1]} of covariates: robust errors need more"
                " clusters than covariates."
            )
        residuals = score_residuals(x - centre, coefficient, strata_ties) @ covariance
        summed = np.zeros((len(clusters.names), x.shape[1]))
        np.add.at(summed, clusters.codes, residuals)
        covariance = summed.T @ summed
    std_error = np.sqrt(np.diag(covariance))
    half = float(ndtri((1 + level) / 2)) * std_error
    z = coefficient / std_error
    ratio = 2 * (found[0] - without)
    return CoxRegression(
        names=columns,
        coefficient=coefficient,
        std_error=std_error,
        model_std_error=model_error,
        covariance=covariance,
        hazard_ratio=np.exp(coefficient),
        lower=np.exp(coefficient - half),
        upper=np.exp(coefficient + half),
        z=z,
        p_value=erfc(np.abs(z) / math.sqrt(2)),
        log_likelihood=found[0],
        log_likelihood_without=without,
        likelihood_ratio=ratio,
        likelihood_ratio_p_value=float(chdtrc(len(columns), max(ratio, 0.0))),
        n_rows=len(checked_time),
        n_events=int(checked_event.sum()),
        is_robust=cluster is not None,
        level=level,
        test="Wald test of each coefficient" + (", robust" if cluster is not None else ""),
        method=_method(entry, strata, cluster),
    )


def _method(entry: ArrayLike | None, strata: ArrayLike | None, cluster: ArrayLike | None) -> str:
    more = ("delayed entry", entry), ("strata with baseline hazards of their own", strata)
    told = "".join(f", {words}" for words, given in more if given is not None)
    errors = "robust errors (Lin & Wei 1989)" if cluster is not None else "errors from the observed information"
    return f"Cox proportional hazards regression, Efron's ties{told}, {errors}"


Likelihood = tuple[float, Floats, Floats]


def _maximise(x: Floats, names: tuple[str, ...], ties: Sequence[Ties]) -> tuple[Floats, Likelihood, float]:
    """Return the coefficients, the likelihood there (value, score, information) and the value at 0."""
    coefficient = np.zeros(x.shape[1])
    found = likelihood(x, coefficient, ties)
    without = found[0]
    for step in _steps(x, names, coefficient, found, ties):
        coefficient, found = step
    return coefficient, found, without


def _steps(
    x: Floats, names: tuple[str, ...], coefficient: Floats, found: Likelihood, ties: Sequence[Ties]
) -> Iterator[tuple[Floats, Likelihood]]:
    """Yield Newton's steps, halved while they lower the likelihood, until it changes no more."""
    spread = x.std(axis=0)
    for _ in range(MOST_STEPS):
        direction, length = _solve(found, names), 1.0
        following = likelihood(x, coefficient + direction, ties)
        while not following[0] >= found[0] - CONVERGED * abs(found[0]):
            length /= 2
            following = likelihood(x, coefficient + length * direction, ties)
        change = abs(following[0] - found[0])
        coefficient, found = coefficient + length * direction, following
        beyond = np.flatnonzero(np.abs(coefficient) * spread > NO_FINITE_ESTIMATE)
        if beyond.size:
            raise _no_finite(names[beyond[0]])
        yield coefficient, found
        if change <= CONVERGED * (abs(found[0]) + 1):
            return
    raise InvalidInputError(f"the regression on {', '.join(names)} does not settle after {MOST_STEPS} steps.")


def _solve(found: Likelihood, names: tuple[str, ...]) -> Floats:
    try:
        return np.asarray(np.linalg.solve(found[2], found[1]), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise _no_finite(", ".join(names)) from None


def _no_finite(name: str) -> InvalidInputError:
    return InvalidInputError(
        f"no finite hazard ratio for {name}: all events lie on one side of it, or nobody at risk differs in it."
    )
