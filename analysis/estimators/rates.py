"""Events per person-time with exact Poisson limits, and two rates compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from scipy.special import gammaincinv

from analysis.estimators.inputs import InvalidInputError, level_between_zero_and_one
from analysis.estimators.proportions import clopper_pearson

SOURCE = "Garwood 1936, Biometrika 28:437"


@dataclass(frozen=True, kw_only=True)
class IncidenceRate:
    """`events` in `person_days`, as events per person-day with exact limits; without person-time NaN, 0 to infinity."""

    events: int
    person_days: float
    estimate: float
    lower: float
    upper: float
    level: float
    method: str = "events per person-day, exact Poisson limits"
    source: str = SOURCE

    def per(self, days: float) -> tuple[float, float, float]:
        """Return estimate, lower and upper limit per so many person-days, such as 100."""
        return self.estimate * days, self.lower * days, self.upper * days


@dataclass(frozen=True, kw_only=True)
class RateComparison:
    """The first rate over the second; without any event the ratio is NaN, from 0 to infinity."""

    first: IncidenceRate
    second: IncidenceRate
    rate_ratio: float
    rate_ratio_lower: float
    rate_ratio_upper: float
    p_value: float
    level: float
    test: str = "exact conditional test of two Poisson rates, two-sided (splits no more probable than the observed one)"
    method: str = "rate ratio with exact conditional limits (Clopper-Pearson of the share of events in the first group)"
    source: str = "Przyborowski & Wilenski 1940, Biometrika 31:313"


def incidence_rate(events: int, person_days: float, *, level: float = 0.95) -> IncidenceRate:
    """Return events per person-day with exact limits.

    Errors: InvalidInputError unless events is a whole number >= 0 and person_days finite and >= 0; events without any
    person-time are refused too.
    """
    level_between_zero_and_one(level)
    if isinstance(events, bool) or not float(events).is_integer() or events < 0:
        raise InvalidInputError(f"events must be a whole number, 0 or more, found {events}.")
    if not math.isfinite(person_days) or person_days < 0:
        raise InvalidInputError(f"person_days must be a number, 0 or more, found {person_days}.")
    if person_days == 0:
        if events:
            raise InvalidInputError(f"{events} events in 0 person-days: a rate needs time under observation.")
        return IncidenceRate(events=0, person_days=0.0, estimate=math.nan, lower=0.0, upper=math.inf, level=level)
    tail = (1 - level) / 2
    lower = float(gammaincinv(events, tail)) if events else 0.0
    upper = float(gammaincinv(events + 1, 1 - tail))
    return IncidenceRate(
        events=int(events),
        person_days=float(person_days),
        estimate=events / person_days,
        lower=lower / person_days,
        upper=upper / person_days,
        level=level,
    )


def compare_rates(
    events1: int, person_days1: float, events2: int, person_days2: float, *, level: float = 0.95
) -> RateComparison:
    """Return the first rate over the second with exact limits and the exact two-sided p-value.

    Errors: as `incidence_rate`, and InvalidInputError where a group has no person-time.
    """
    first = incidence_rate(events1, person_days1, level=level)
    second = incidence_rate(events2, person_days2, level=level)
    for which, rate in (("first", first), ("second", second)):
        if rate.person_days == 0:
            raise InvalidInputError(f"the {which} group has no person-time: there is nothing to compare.")
    total = first.events + second.events
    share = first.person_days / (first.person_days + second.person_days)
    if total == 0:
        ratio, lower, upper, p = math.nan, 0.0, math.inf, 1.0
    else:
        ratio = first.estimate / second.estimate if second.events else math.inf
        limits = clopper_pearson([first.events], total, level)
        lower, upper = (_as_ratio(float(limit[0]), share) for limit in limits)
        p = float(scipy.stats.binomtest(first.events, total, share).pvalue)
    return RateComparison(
        first=first,
        second=second,
        rate_ratio=ratio,
        rate_ratio_lower=lower,
        rate_ratio_upper=upper,
        p_value=p,
        level=level,
    )


def _as_ratio(of_events: float, of_time: float) -> float:
    """Return the rate ratio that puts a share of the events into the first group, given its share of the time."""
    odds = of_events / (1 - of_events) if of_events < 1 else np.inf
    return float(odds * (1 - of_time) / of_time)
