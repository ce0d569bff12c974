"""How many children are in each state on each day, and which share by Aalen-Johansen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.estimators import RestrictedMean, StateOccupancy, mean_days_in_states, state_occupancy
from analysis.estimators.curves import FLAT_TOLERANCE
from analysis.estimators.inputs import Floats, Integers
from analysis.plan.day_states import DAY_STATES, DEAD
from analysis.plan.resolution import HORIZON_DAYS

STATES = tuple(state.id for state in DAY_STATES)
OBSERVATION_ENDS = ""


@dataclass(frozen=True, kw_only=True)
class DayCounts:
    """Children in each of s states on day 0 to the horizon: `counts` and `shares` have shape (days, s).

    `counted` (days,) are the children not yet out of the count; the shares allow for those who are. They are NaN from
    the day on which everybody who lives is out of it.
    """

    counts: Integers
    shares: Floats
    counted: Integers
    children: int
    occupancy: StateOccupancy

    def of(self, state: str) -> Integers:
        """Return the (days,) counts of one state."""
        return self.counts[:, STATES.index(state)]

    @property
    def reach_the_horizon(self) -> bool:
        """Tell whether the shares are known up to the horizon."""
        return not np.isnan(self.shares).any()

    def mean_spent_in(self, states: Collection[str]) -> RestrictedMean:
        """Return the mean days in some states before the horizon, which the days must reach."""
        return mean_days_in_states(self.occupancy, states, horizon=HORIZON_DAYS)


def count_days(states: Mapping[str, Sequence[str]]) -> DayCounts:
    """Return the counts of at least one child; `states` maps a subject to its states from day 0 on.

    A child whose states end before the horizon is censored there.
    """
    place = {state: number for number, state in enumerate(STATES)}
    counts = np.zeros((HORIZON_DAYS + 1, len(STATES)), dtype=np.int64)
    rows: list[tuple[str, float, float, str, str]] = []
    for subject, found in sorted(states.items()):
        counts[np.arange(len(found)), np.array([place[state] for state in found])] += 1
        rows.extend(_stretches(subject, found))
    keys, start, stop, state, following = zip(*rows, strict=True)
    occupancy = state_occupancy(keys, start, stop, state, following, states=STATES, censored=OBSERVATION_ENDS)
    return DayCounts(
        counts=counts,
        shares=_while_followed(occupancy.at(np.arange(HORIZON_DAYS + 1)), counts),
        counted=counts.sum(axis=1),
        children=len(states),
        occupancy=occupancy,
    )


def _while_followed(shares: Floats, counts: Integers) -> Floats:
    """Return (days, s) shares without those of days on which some would live and nobody alive is counted."""
    living = [number for number, state in enumerate(STATES) if state != DEAD]
    unknown = (counts[:, living].sum(axis=1) == 0) & (shares[:, living].sum(axis=1) > FLAT_TOLERANCE)
    return np.where(unknown[:, None], np.nan, shares)


def _stretches(subject: str, found: Sequence[str]) -> list[tuple[str, float, float, str, str]]:
    """Return a child's stretches in one state; the last is censored after its last day, before the next one's moves."""
    rows: list[tuple[str, float, float, str, str]] = []
    start = 0
    for day in range(1, len(found)):
        if found[day] != found[day - 1]:
            rows.append((subject, start, day, found[day - 1], found[day]))
            start = day
    rows.append((subject, start, len(found) - 0.5, found[-1], OBSERVATION_ENDS))
    return rows
