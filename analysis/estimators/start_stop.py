"""Follow-up cut where exposure begins: the time before it is unexposed, so that nobody is immortal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimators.inputs import Floats, Integers, codes, numbers, refuse_rows, same_length, times


@dataclass(frozen=True, kw_only=True)
class StartStop:
    """One or two intervals (entry, time] per child; arrays of shape (m,).

    `rows` are the positions of the children among the n given, `exposed` tells whether the interval is exposed,
    `event` the code at its end. A child whose time is 0 has no interval.
    """

    rows: Integers
    entry: Floats
    time: Floats
    event: Integers
    exposed: NDArray[np.bool_]
    method: str = "time-varying exposure: the time up to its beginning is unexposed"
    source: str = "Suissa 2008, Am J Epidemiol 167:492"

    def person_days(self, *, exposed: bool) -> float:
        """Return the days of follow-up under, or without, exposure."""
        return float(np.sum((self.time - self.entry)[self.exposed == exposed]))


def start_stop(time: ArrayLike, event: ArrayLike, exposure: ArrayLike) -> StartStop:
    """Return the intervals of each child before and after its exposure began.

    time: (n,) days; event: (n,) codes, 0 = censored; exposure: (n,) day on which exposure began, NaN = never. What
    happens on that day happened before it: exposure counts from the end of its day, and not at all where it began on or
    after the child's own last day; begun on day 0, all of the time is exposed. Errors: InvalidInputError for missing or
    negative values.
    """
    checked_time, checked_event, began = times("time", time), codes("event", event), numbers("exposure", exposure)
    same_length(time=checked_time, event=checked_event, exposure=began)
    refuse_rows("exposure", exposure, np.isinf(began) | (began < 0), "negative or not finite (NaN stands for never)")
    ever = began < checked_time
    before = np.flatnonzero((~ever | (began > 0)) & (checked_time > 0))
    after = np.flatnonzero(ever)
    ends = np.where(ever, began, checked_time)
    return StartStop(
        rows=np.concatenate([before, after]),
        entry=np.concatenate([np.zeros(len(before)), began[after]]),
        time=np.concatenate([ends[before], checked_time[after]]),
        event=np.concatenate([np.where(ever, 0, checked_event)[before], checked_event[after]]),
        exposed=np.concatenate([np.zeros(len(before), dtype=bool), np.ones(len(after), dtype=bool)]),
    )
