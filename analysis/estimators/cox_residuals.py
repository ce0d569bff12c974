"""What each row adds to the score of Efron's partial likelihood, one stratum after another.

Of d events tied at a time, the l-th (l = 0 .. d-1) is seen among those at risk less l/d of the tied ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.estimators.inputs import Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Ties:
    """The events of one stratum of r rows with m distinct event times and D events.

    `rows` (r,) are positions among all rows, in order of leaving; the others count within this order. `by_entry` (r,)
    are those rows in order of entering, None where all are at risk from the beginning. Of each event time, (m,):
    `left_before` and `entered_before`, how many rows have left, or entered, before it. Of each event, (D,): `deaths`
    its row, `time_of_death` its event time, `removed` its l/d. Of each row, (r,): `times_passed` and
    `times_before_entry`, how many event times are at or before its leaving, or its entry.
    """

    rows: Integers
    n_times: int
    left_before: Integers
    by_entry: Integers | None
    entered_before: Integers | None
    deaths: Integers
    time_of_death: Integers
    removed: Floats
    times_passed: Integers
    times_before_entry: Integers


def tied_events(rows: Integers, time: Floats, event: Integers, entry: Floats | None) -> Ties:
    """Return the events of one stratum.

    `rows` (r,) are the places of its rows in time, event (1 = event) and entry, each (n,) and in days.
    """
    ordered = rows[np.argsort(time[rows], kind="stable")]
    stop = time[ordered]
    event_times = np.unique(stop[event[ordered] > 0])
    deaths = np.flatnonzero(event[ordered] > 0)
    time_of_death = np.searchsorted(event_times, stop[deaths])
    tied = np.bincount(time_of_death, minlength=len(event_times))
    first = np.concatenate([[0], np.cumsum(tied)[:-1]]).astype(np.int64) if len(tied) else np.zeros(0, np.int64)
    removed = (np.arange(len(deaths)) - first[time_of_death]) / tied[time_of_death]
    start = None if entry is None else entry[ordered]
    by_entry = None if start is None else np.argsort(start, kind="stable")
    return Ties(
        rows=ordered,
        n_times=len(event_times),
        left_before=np.searchsorted(stop, event_times, side="left"),
        by_entry=by_entry,
        entered_before=None
        if start is None or by_entry is None
        else np.searchsorted(start[by_entry], event_times, side="left"),
        deaths=deaths,
        time_of_death=time_of_death,
        removed=removed,
        times_passed=np.searchsorted(event_times, stop, side="right"),
        times_before_entry=np.zeros(len(ordered), np.int64)
        if start is None
        else np.searchsorted(event_times, start, side="right"),
    )


def score_residuals(x: Floats, coefficient: Floats, strata: Sequence[Ties]) -> Floats:
    """Return (n, p): what each row adds to the score; they sum to 0 at the maximum."""
    residuals = np.zeros_like(x)
    for one in strata:
        own = x[one.rows]
        risk = np.exp(own @ coefficient)
        found = np.zeros_like(own)
        if len(one.deaths):
            weight, mean = _at_each_death(own, risk, one)
            hazard = _by_time(1 / weight, one)
            mean_hazard = _by_time(mean / weight[:, None], one)
            found -= risk[:, None] * (own * _between(hazard, one)[:, None] - _between(mean_hazard, one))
            # The tied rows were at risk for the later of their ties by a part only.
            less = _by_time(one.removed / weight, one)[one.time_of_death]
            mean_less = _by_time((one.removed / weight)[:, None] * mean, one)[one.time_of_death]
            tied = np.bincount(one.time_of_death, minlength=one.n_times)[one.time_of_death]
            mean_of_ties = _by_time(mean, one)[one.time_of_death] / tied[:, None]
            found[one.deaths] += own[one.deaths] - mean_of_ties
            found[one.deaths] += risk[one.deaths, None] * (own[one.deaths] * less[:, None] - mean_less)
        residuals[one.rows] = found
    return residuals


def _at_each_death(own: Floats, risk: Floats, ties: Ties) -> tuple[Floats, Floats]:
    """Return the weight (D,) of those at risk for each event, and their weighted mean covariates (D, p)."""
    weight = _sums(risk, ties)
    mean = _sums(risk[:, None] * own, ties) / weight[:, None]
    return weight, mean


def _sums(values: Floats, ties: Ties) -> Floats:
    """Return, for each event, the sum over those at risk less its part of the tied ones; shape (D, ...)."""
    whole = _from(values, ties.left_before)
    if ties.by_entry is not None and ties.entered_before is not None:
        whole = whole - _from(values[ties.by_entry], ties.entered_before)
    tied = _by_time(values[ties.deaths], ties)
    removed = ties.removed.reshape(-1, *([1] * (values.ndim - 1)))
    found: Floats = whole[ties.time_of_death] - removed * tied[ties.time_of_death]
    return found


def _from(values: Floats, first: Integers) -> Floats:
    """Return the sums of all values from each position on."""
    rest = np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], np.zeros_like(values[:1])])
    found: Floats = rest[first]
    return found


def _by_time(of_deaths: Floats, ties: Ties) -> Floats:
    """Return the sum over the events of each event time; shape (m, ...)."""
    found = np.zeros((ties.n_times, *of_deaths.shape[1:]))
    np.add.at(found, ties.time_of_death, of_deaths)
    return found


def _between(by_time: Floats, ties: Ties) -> Floats:
    """Return, for each row, the sum over the event times at which it was at risk."""
    running = np.concatenate([np.zeros_like(by_time[:1]), np.cumsum(by_time, axis=0)])
    found: Floats = running[ties.times_passed] - running[ties.times_before_entry]
    return found
