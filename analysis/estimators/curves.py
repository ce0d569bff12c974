"""Step curves: what an estimator of survival or of incidence returns, and how it is read at a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analysis.estimators.inputs import Floats, Integers, InvalidInputError, known_days

FLAT_TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True)
class StepCurve:
    """A right-continuous step function with pointwise limits; every array has shape (m,), one entry per distinct time.

    `n_at_risk` counts just before each time. `lower` and `upper` are NaN where the limits are undefined.
    """

    times: Floats
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    n_at_risk: Integers
    n_event: Integers
    n_censored: Integers
    n_subjects: int
    level: float
    method: str
    source: str

    start: ClassVar[float] = 0.0

    @property
    def known_to(self) -> float:
        """Return the last day on which the curve is known: without end where nobody was censored at its last time."""
        return float(self.times[-1]) if self.n_censored[-1] else float("inf")

    def at(self, days: ArrayLike) -> Floats:
        """Return the estimate on each day, shape of `days`; the last one is carried forward, past `known_to` as well.

        Errors: InvalidInputError for a day that is NaN.
        """
        return self._read(self.estimate, self.start, days)

    def limits_at(self, days: ArrayLike) -> tuple[Floats, Floats]:
        """Return the lower and the upper limit on each day, before the first time those of the start value."""
        lower, upper = self._start_limits()
        return self._read(self.lower, lower, days), self._read(self.upper, upper, days)

    def with_limits_at(self, day: float) -> tuple[float, float, float]:
        """Return the estimate on one day, its lower and its upper limit; NaN where they are undefined.

        Nothing is defined after `known_to`, as in R's cmprsk::timepoints: whoever was left might have had the event.
        """
        if day > self.known_to:
            return (float("nan"),) * 3
        lower, upper = self.limits_at(day)
        return float(self.at(day)), float(lower), float(upper)

    def at_risk_at(self, days: ArrayLike) -> Integers:
        """Return how many were still under observation without an event just before each day.

        Without delayed entry; the row of numbers under a figure.
        """
        left = np.searchsorted(self.times, known_days(days), side="left")
        return np.append(self.n_at_risk, 0)[left].astype(np.int64)

    def quantile(self, p: float) -> float:
        """Return the time by which a share `p` has had the event, or NaN when that share is not reached.

        Where the curve is flat at exactly `p` (within 1e-9) the midpoint of the flat stretch is returned, as R's
        quantile.survfit does; a stretch without a later event ends with the last time. Errors: InvalidInputError unless
        0 < p < 1.
        """
        return self._first_crossing(self.estimate, p)

    def _start_limits(self) -> tuple[float, float]:
        return float("nan"), float("nan")

    def _had_event(self, values: Floats) -> Floats:
        return values

    def _first_crossing(self, values: Floats, p: float) -> float:
        if not 0 < p < 1:
            raise InvalidInputError(f"p must lie between 0 and 1, found {p}.")
        share = self._had_event(values)
        reached = np.flatnonzero(share >= p - FLAT_TOLERANCE)
        if not reached.size:
            return float("nan")
        first = reached[0]
        if share[first] > p + FLAT_TOLERANCE:
            return float(self.times[first])
        above = np.flatnonzero(share > p + FLAT_TOLERANCE)
        end = above[0] if above.size else -1
        return float((self.times[first] + self.times[end]) / 2)

    def _read(self, values: Floats, start: float, days: ArrayLike) -> Floats:
        after = np.searchsorted(self.times, known_days(days), side="right")
        return np.concatenate([[start], values])[after]


@dataclass(frozen=True, kw_only=True)
class SurvivalCurve(StepCurve):
    """The share still without the event; 1 before the first time."""

    start: ClassVar[float] = 1.0

    def quantile_limits(self, p: float) -> tuple[float, float]:
        """Return the limits of `quantile(p)`: where the curve's own limits cross (Brookmeyer & Crowley 1982)."""
        return self._first_crossing(self.lower, p), self._first_crossing(self.upper, p)

    def _had_event(self, values: Floats) -> Floats:
        return 1 - values


@dataclass(frozen=True, kw_only=True)
class IncidenceCurve(StepCurve):
    """The share that has had the event of one cause; 0 before the first time. `n_competing` counts the other causes."""

    cause: int
    n_competing: Integers

    def quantile_limits(self, p: float) -> tuple[float, float]:
        """Return the limits of `quantile(p)`: where the curve's own limits cross (Brookmeyer & Crowley 1982)."""
        return self._first_crossing(self.upper, p), self._first_crossing(self.lower, p)

    def _start_limits(self) -> tuple[float, float]:
        """Return Clopper-Pearson limits of nobody out of all, where all were under observation from the start."""
        if self.n_at_risk[0] < self.n_subjects:
            return super()._start_limits()
        return 0.0, float(1 - ((1 - self.level) / 2) ** (1 / self.n_subjects))


def median_with_limits(curve: SurvivalCurve | IncidenceCurve) -> tuple[float, float, float]:
    """Return the time by which half has had the event and its two limits; NaN for what is not reached."""
    return curve.quantile(0.5), *curve.quantile_limits(0.5)


def log_log_limits(estimate: Floats, std_error: Floats, level: float) -> tuple[Floats, Floats]:
    """Return limits `p ** exp(+-z se / (p log p))`, arrays of the shape of `estimate`; NaN where p is 0 or 1.

    Source: Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. 2002, section 1.4.
    """
    inside = (estimate > 0) & (estimate < 1) & np.isfinite(std_error)
    p = np.where(inside, estimate, 0.5)
    exponent = -ndtri((1 + level) / 2) * np.where(inside, std_error, 0.0) / (p * np.log(p))
    # It is >= 0 because log p is negative: a power above 1 lowers p. Past 700 exp overflows; the limits are 0 and 1.
    exponent = np.minimum(exponent, 700.0)
    return np.where(inside, p ** np.exp(exponent), np.nan), np.where(inside, p ** np.exp(-exponent), np.nan)
