"""Who was at risk, who had an event and who left, at each distinct time: the counts every curve is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimators.inputs import Floats, Integers, checked_entry, codes, same_length, times


@dataclass(frozen=True, kw_only=True)
class RiskSets:
    """Counts at the m distinct times of any event or censoring; all arrays have shape (m,)."""

    times: Floats
    n_at_risk: Integers
    n_any_event: Integers
    n_censored: Integers
    event_codes: Integers
    time_of_row: Integers
    n_subjects: int

    def events_of(self, cause: int) -> Integers:
        """Return the number of events with this code at each distinct time."""
        return np.bincount(self.time_of_row[self.event_codes == cause], minlength=len(self.times)).astype(np.int64)

    @property
    def is_binomial(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """True at each time before which nobody was censored and nobody entered late.

        The share with an event by such a time is a plain binomial proportion of `n_subjects`. Somebody censored
        on the day itself was at risk for that day's events, so only earlier censorings count.
        """
        censored_before = np.concatenate([[0], np.cumsum(self.n_censored)[:-1]])
        everybody_from_start = self.n_at_risk[0] == self.n_subjects
        result: np.ndarray[tuple[int], np.dtype[np.bool_]] = (censored_before == 0) & bool(everybody_from_start)
        return result


def count_risk_sets(time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None) -> RiskSets:
    """Return the risk sets of n subjects observed over (entry, time].

    time: (n,) days, >= 0; event: (n,) codes, 0 = censored; entry: (n,) days or None (at risk from the start, so
    that an event on day 0 counts). Ties: events precede censorings of the same time; somebody who enters at t is
    at risk after t only. Errors: InvalidInputError for missing, infinite or negative values and for entry >= time.
    """
    checked_time, checked_event = times("time", time), codes("event", event)
    same_length(time=checked_time, event=checked_event)
    entered = checked_entry(entry, time, checked_time)
    distinct, time_of_row = np.unique(checked_time, return_inverse=True)
    left = np.bincount(time_of_row, minlength=len(distinct))
    still_there = len(checked_time) - np.concatenate([[0], np.cumsum(left)[:-1]])
    if entered is not None:
        not_yet_there = len(checked_time) - np.searchsorted(np.sort(entered), distinct, side="left")
        still_there = still_there - not_yet_there
    censored = np.bincount(time_of_row[checked_event == 0], minlength=len(distinct))
    return RiskSets(
        times=distinct,
        n_at_risk=still_there.astype(np.int64),
        n_any_event=(left - censored).astype(np.int64),
        n_censored=censored.astype(np.int64),
        event_codes=checked_event,
        time_of_row=time_of_row.astype(np.int64),
        n_subjects=len(checked_time),
    )
