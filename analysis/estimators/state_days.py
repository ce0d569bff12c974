"""Mean days spent in some states up to a horizon: the area under their occupancy."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from analysis.estimators.inputs import Floats, InvalidInputError, level_between_zero_and_one
from analysis.estimators.occupancy import ENDED, StateOccupancy
from analysis.estimators.restricted_means import (
    RestrictedMean,
    beyond_last_day,
    days_above_zero,
    with_normal_limits,
)


def mean_days_in_states(
    occupancy: StateOccupancy, states: Collection[str], *, horizon: float, level: float = 0.95
) -> RestrictedMean:
    """Return the mean days from time 0 to `horizon` that a child spends in any of `states`, with normal limits.

    Where nobody is censored before the horizon it is the mean of the children's days, and the variance is theirs
    divided by n; otherwise the shares allow for those who left. Errors: InvalidInputError for a state that is not of
    this occupancy, a horizon that is not above 0, and one after which nobody who could still move was observed.
    Source: infinitesimal jackknife of the Aalen-Johansen estimate, as `survfit(..., influence = TRUE)` of R's survival;
    Jaeckel 1972, Bell Labs memorandum MM72-1215-11.
    """
    level_between_zero_and_one(level)
    if strange := [state for state in states if state not in occupancy.states]:
        raise InvalidInputError(f"states holds {strange[0]!r}, which is not among those of the occupancy.")
    days_above_zero(horizon)
    _refuse_unobserved(occupancy, horizon)
    value = _days_still_to_come(occupancy, states, horizon)
    estimate = float(occupancy.initial @ value[0])
    return with_normal_limits(
        estimate,
        float(np.sum(_influence(occupancy, value, estimate) ** 2)),
        horizon=horizon,
        n_subjects=occupancy.n_subjects,
        level=level,
        method="area under the Aalen-Johansen occupancy up to the horizon, infinitesimal jackknife, normal limits",
        source="Aalen & Johansen 1978, Scand J Stat 5:141; Jaeckel 1972, Bell Labs MM72-1215-11",
    )


def _refuse_unobserved(occupancy: StateOccupancy, horizon: float) -> None:
    """Raise InvalidInputError where the last child whose state could change is censored before the horizon."""
    last = occupancy.times[-1]
    stretches = occupancy.stretches
    ends = stretches.until == len(occupancy.times) - 1
    if last < horizon and (stretches.there[ends] == ENDED).any():
        raise beyond_last_day(horizon, last)


def _days_still_to_come(occupancy: StateOccupancy, states: Collection[str], horizon: float) -> Floats:
    """Return (m + 1, s): the days in `states` that who is in a state has before the horizon, from each time on.

    The first row stands for time 0, the next for the moment after the moves of the first time.
    """
    counts = np.array([state in states for state in occupancy.states], dtype=np.float64)
    lengths = np.diff(np.minimum(np.concatenate([[0.0], occupancy.times, [horizon]]), horizon))
    value = np.empty((len(occupancy.times) + 1, len(counts)))
    value[-1] = lengths[-1] * counts
    for number in range(len(occupancy.times) - 1, -1, -1):
        hazard, later = occupancy.hazards[number], value[number + 1]
        value[number] = lengths[number] * counts + later + hazard @ later - hazard.sum(axis=1) * later
    return value


def _influence(occupancy: StateOccupancy, value: Floats, estimate: float) -> Floats:
    """Return the (n,) derivative of the mean by each child's weight: how far a child's days pull it."""
    stretches, later = occupancy.stretches, value[1:]
    before = np.concatenate([occupancy.initial[None], occupancy.estimate[:-1]])
    weight = np.divide(before, occupancy.n_at_risk, out=np.zeros_like(before), where=occupancy.n_at_risk > 0)
    moved = occupancy.hazards.sum(axis=2)
    expected = later + np.einsum("mij,mj->mi", occupancy.hazards, later) - moved * later
    stayed = np.concatenate([np.zeros((1, later.shape[1])), np.cumsum(weight * (later - expected), axis=0)])
    here, until = stretches.here, stretches.until
    there = np.where(stretches.there == ENDED, here, stretches.there)
    pulls = stayed[until, here] - stayed[stretches.since, here]
    pulls += weight[until, here] * (later[until, there] - expected[until, here])
    pulls += np.where(stretches.since == 0, value[0][here] - estimate, 0.0) / occupancy.n_subjects
    by_child: Floats = np.zeros(occupancy.n_subjects)
    np.add.at(by_child, stretches.child, pulls)
    return by_child
