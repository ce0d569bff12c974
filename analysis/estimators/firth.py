"""Logistic regression with Firth's penalty: finite odds ratios where events are rare or lie all on one side."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, expit, ndtri

from analysis.estimators.inputs import (
    Floats,
    InvalidInputError,
    codes,
    covariate_table,
    level_between_zero_and_one,
)

MOST_STEPS = 200
SETTLED = 1e-10
FARTHEST = 60.0
"""Log odds ratio beyond which a limit is called infinite."""


@dataclass(frozen=True, kw_only=True)
class FirthLogistic:
    """Penalised log odds ratios, the intercept first; arrays have shape (p + 1,), as `names` has entries.

    Limits and p-values are those of the penalised likelihood (profile), not Wald's.
    """

    names: tuple[str, ...]
    coefficient: Floats
    std_error: Floats
    odds_ratio: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    log_likelihood: float
    n_rows: int
    n_events: int
    level: float
    test: str = "penalised likelihood ratio test of each coefficient"
    method: str = "logistic regression with Firth's penalty, profile penalised likelihood limits"
    source: str = "Firth 1993, Biometrika 80:27; Heinze & Schemper 2002, Stat Med 21:2409"


def firth_logistic(
    outcome: ArrayLike, covariates: ArrayLike, *, names: Sequence[str] | None = None, level: float = 0.95
) -> FirthLogistic:
    """Return the penalised logistic regression of an outcome.

    outcome: (n,) 1 or 0; covariates: (n, p) or (n,) numbers. Errors: InvalidInputError for missing values, an outcome
    other than 0 and 1, covariates that are constant or say the same.
    """
    level_between_zero_and_one(level)
    checked = codes("outcome", outcome)
    if (checked > 1).any():
        raise InvalidInputError("outcome holds codes other than 0 and 1.")
    y = checked.astype(np.float64)
    x, given = covariate_table(covariates, names, len(y))
    design = np.column_stack([np.ones(len(y)), x])
    everything = np.arange(design.shape[1])
    best, found = _maximise(design, y, np.zeros(design.shape[1]), everything >= 0)
    error = np.sqrt(np.diag(np.linalg.inv(_information(design, best))))
    drop = float(ndtri((1 + level) / 2)) ** 2 / 2
    limits = [_profile_limits(design, y, best, place, found - drop, float(error[place])) for place in everything]
    without = [_maximise(design, y, np.where(everything == k, 0.0, best), everything != k)[1] for k in everything]
    lower, upper = (np.array(side) for side in zip(*limits, strict=True))
    return FirthLogistic(
        names=("intercept", *given),
        coefficient=best,
        std_error=error,
        odds_ratio=np.exp(best),
        lower=np.exp(lower),
        upper=np.exp(upper),
        p_value=np.array([chdtrc(1, max(2 * (found - other), 0.0)) for other in without]),
        log_likelihood=found,
        n_rows=len(y),
        n_events=int(y.sum()),
        level=level,
    )


def _information(design: Floats, coefficient: Floats) -> Floats:
    p = expit(design @ coefficient)
    found: Floats = (design * (p * (1 - p))[:, None]).T @ design
    return found


def _penalised(design: Floats, y: Floats, coefficient: Floats) -> float:
    linear = design @ coefficient
    likelihood = float(np.sum(y * linear - np.logaddexp(0, linear)))
    sign, log_determinant = np.linalg.slogdet(_information(design, coefficient))
    return likelihood + float(log_determinant) / 2 if sign > 0 else -math.inf


def _maximise(design: Floats, y: Floats, start: Floats, free: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Return the coefficients that maximise the penalised likelihood over the free ones, and its value there.

    The penalty acts as half an event and half a non-event, shared out by leverage: a step from the information without
    them is up to twice too long, and goes to and fro for ever over a child alone in its group, whose leverage is 1.
    """
    coefficient = start.copy()
    value = _penalised(design, y, coefficient)
    for _ in range(MOST_STEPS):
        p = expit(design @ coefficient)
        weight = p * (1 - p)
        inverse = np.linalg.pinv(_information(design, coefficient))
        leverage = weight * np.einsum("ij,jk,ik->i", design, inverse, design)
        augmented = (design * (weight * (1 + leverage))[:, None]).T @ design
        score = design.T @ (y - p + leverage * (0.5 - p))
        step = np.zeros_like(coefficient)
        step[free] = np.linalg.lstsq(augmented[np.ix_(free, free)], score[free], rcond=None)[0]
        step = np.clip(step, -5, 5)
        following = _penalised(design, y, coefficient + step)
        while following < value - SETTLED and np.max(np.abs(step)) > SETTLED:
            step = step / 2
            following = _penalised(design, y, coefficient + step)
        coefficient, change, value = coefficient + step, abs(following - value), following
        is_flat = change < 1e-14 and np.max(np.abs(score[free]), initial=0.0) < 1e-8
        if is_flat or np.max(np.abs(step), initial=0.0) < 1e-9:
            return coefficient, value
    raise InvalidInputError(f"the penalised regression does not settle after {MOST_STEPS} steps.")


def _profile_limits(
    design: Floats, y: Floats, best: Floats, place: int, wanted: float, error: float
) -> tuple[float, float]:
    others = np.arange(len(best)) != place

    def excess(value: float) -> float:
        start = best.copy()
        start[place] = value
        return _maximise(design, y, start, others)[1] - wanted

    return _crossing(excess, float(best[place]), -error), _crossing(excess, float(best[place]), error)


def _crossing(excess: Callable[[float], float], best: float, step: float) -> float:
    """Return where the profile falls below what the level allows, on the side of `step`; infinity if nowhere."""
    far = best + step
    while excess(far) > 0:
        step *= 2
        far = best + step
        if abs(far) > FARTHEST:
            return math.copysign(math.inf, step)
    return float(scipy.optimize.brentq(excess, best, far, xtol=1e-10))
