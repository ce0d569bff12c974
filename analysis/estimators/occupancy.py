"""The share of children in each state on each day (Aalen-Johansen for several states)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimators.inputs import Floats, Integers, InvalidInputError, known_days, same_length, times

ENDED = -1
"""Where a stretch has no next state, since observation ends with it."""


@dataclass(frozen=True, kw_only=True)
class Stretches:
    """The r stretches that an occupancy was counted from, each as places.

    `child` (r,) among the n children; `since` (r,) the first of the m times at which it can end, `until` (r,) the one
    at which it ends; `here` (r,) its state, `there` (r,) the next one or `ENDED`.
    """

    child: Integers
    since: Integers
    until: Integers
    here: Integers
    there: Integers


@dataclass(frozen=True, kw_only=True)
class StateOccupancy:
    """The share in each of s states at each of m distinct times; `estimate` and `n_at_risk` have shape (m, s).

    `initial` (s,) are the shares at time 0. `n_at_risk` counts who is under observation in a state just before a time.
    `hazards` (m, s, s) are the shares of them who move from one state to another at that time.
    """

    states: tuple[str, ...]
    times: Floats
    estimate: Floats
    initial: Floats
    n_at_risk: Integers
    n_subjects: int
    hazards: Floats
    stretches: Stretches
    method: str = "Aalen-Johansen state occupancy"
    source: str = "Aalen & Johansen 1978, Scand J Stat 5:141; Datta & Satten 2001, Stat Probab Lett 55:403"

    def at(self, days: ArrayLike) -> Floats:
        """Return the shares on each day, shape (number of days, s); the last ones are carried forward."""
        place = np.searchsorted(self.times, known_days(days), side="right")
        return np.concatenate([self.initial[None], self.estimate])[place]


def state_occupancy(
    subject: ArrayLike,
    start: ArrayLike,
    stop: ArrayLike,
    state: ArrayLike,
    next_state: ArrayLike,
    *,
    states: Sequence[str],
    censored: str = "",
) -> StateOccupancy:
    """Return the share of children in each state over time.

    One row is one stretch of a child in one state: subject (r,) keys, start and stop (r,) days, state (r,) the state in
    (start, stop], next_state (r,) the state entered at stop, or `censored` where observation ends. A child's rows join:
    each begins when the one before ended, in the state that was entered. All begin at time 0. States without a row
    of their own, such as death, are never left. Errors: InvalidInputError for missing or negative days, start >= stop,
    a state that is not among `states` or twice in it, and rows of a child that do not join.
    """
    begun, ended = times("start", start), times("stop", stop)
    keys = np.asarray([str(key) for key in np.asarray(subject)])
    same_length(subject=keys, start=begun, stop=ended)
    backward = np.flatnonzero(begun >= ended)
    if backward.size:
        raise InvalidInputError(f"start is not before stop for {keys[backward[0]]} on day {begun[backward[0]]:g}.")
    known = {name: place for place, name in enumerate(states)}
    if len(known) < len(states) or censored in known:
        raise InvalidInputError(f"states must differ from each other and from {censored!r}, found {list(states)}.")
    here = _places("state", state, known, len(keys))
    there = _places("next_state", next_state, {**known, censored: ENDED}, len(keys))
    _refuse_gaps(keys, begun, ended, here, there)
    distinct = np.unique(ended)
    children, child = np.unique(keys, return_inverse=True)
    stretches = Stretches(
        child=child,
        since=np.searchsorted(distinct, begun, side="right"),
        until=np.searchsorted(distinct, ended),
        here=here,
        there=there,
    )
    n_at_risk, hazards = _hazards(stretches, len(distinct), len(states))
    initial = np.bincount(here[begun == 0], minlength=len(states)) / len(children)
    return StateOccupancy(
        states=tuple(states),
        times=distinct,
        estimate=_shares(initial, hazards),
        initial=initial,
        n_at_risk=n_at_risk.astype(np.int64),
        n_subjects=len(children),
        hazards=hazards,
        stretches=stretches,
    )


def _hazards(stretches: Stretches, n_times: int, n_states: int) -> tuple[Floats, Floats]:
    """Return how many are at risk in each state just before each time (m, s), and the shares that move (m, s, s)."""
    here, until = stretches.here, stretches.until
    at_risk = _counts(here, stretches.since, n_times, n_states) - _counts(here, until + 1, n_times, n_states)
    moves = np.zeros((n_times, n_states, n_states))
    moved = stretches.there != ENDED
    np.add.at(moves, (until[moved], here[moved], stretches.there[moved]), 1.0)
    hazards = np.divide(moves, at_risk[:, :, None], out=np.zeros_like(moves), where=at_risk[:, :, None] > 0)
    return at_risk, hazards


def _shares(initial: Floats, hazards: Floats) -> Floats:
    """Return the shares (m, s) in each state: those at time 0 moved by the hazards of one time after the other."""
    estimate = np.empty(hazards.shape[:2])
    share = initial
    for number, hazard in enumerate(hazards):
        share = share + share @ hazard - share * hazard.sum(axis=1)
        estimate[number] = share
    return estimate


def _places(name: str, values: ArrayLike, known: Mapping[str, int], length: int) -> Integers:
    """Return (r,) the place of each state. Errors: InvalidInputError for one not known, or another number of rows."""
    given = np.asarray(values).tolist()
    if len(given) != length:
        raise InvalidInputError(f"{name} must hold one state for each of the {length} rows, found {len(given)}.")
    strange = [value for value in given if value not in known]
    if strange:
        raise InvalidInputError(f"{name} holds {strange[0]!r}, which is not among the states.")
    return np.array([known[value] for value in given], dtype=np.int64)


def _refuse_gaps(keys: NDArray[np.str_], begun: Floats, ended: Floats, here: Integers, there: Integers) -> None:
    """Raise InvalidInputError unless each child begins on day 0 and goes on where and when its row before ended."""
    order = np.lexsort((begun, keys))
    same = keys[order][1:] == keys[order][:-1]
    first = order[np.concatenate([[True], ~same])]
    late = first[begun[first] != 0]
    if late.size:
        raise InvalidInputError(f"the first row of {keys[late[0]]} begins on day {begun[late[0]]:g}, not on day 0.")
    earlier, later = order[:-1][same], order[1:][same]
    broken = (ended[earlier] != begun[later]) | (there[earlier] != here[later])
    if broken.any():
        row = later[np.flatnonzero(broken)[0]]
        raise InvalidInputError(f"the rows of {keys[row]} do not join on day {begun[row]:g}.")


def _counts(state: Integers, since: Integers, n_times: int, n_states: int) -> Floats:
    """Return (m, s): how many rows of each state have begun by each time, given the first time each counts at."""
    found = np.zeros((n_times + 1, n_states))
    np.add.at(found, (since, state), 1.0)
    counts: Floats = np.cumsum(found[:n_times], axis=0)
    return counts
