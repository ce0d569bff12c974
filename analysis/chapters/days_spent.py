"""Mean days that a child spent at each grade after the first anakinra dose."""

from __future__ import annotations

import math
from typing import Any

from analysis.endpoints.occupancy import DayCounts
from analysis.estimators import RestrictedMean
from analysis.plan.day_states import DAYS_SPENT
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import HORIZON_DAYS
from analysis.printing.parts import Table
from analysis.wording import NOT_DEFINED, decimal, if_defined

NOTES = (
    f"Days 0 to {HORIZON_DAYS - 1} after the first dose: the area under the share of children in a state, which allows"
    " for those out of the count. Only known grades count, and a day after death counts as dead. The days left over are"
    " of grade 0 or at home. Limits: infinitesimal jackknife, normal.",
)
TOO_FEW = f"No mean of days is given of under {LEAST_FOR_A_SHARE} children."
NOT_FOLLOWED = f"No mean of days is given: no living child was followed to day {HORIZON_DAYS}."


def mean_days(days: DayCounts) -> dict[str, RestrictedMean]:
    """Return id of `DAYS_SPENT` -> mean of the days to the horizon; empty of too few children or too short a time.

    Other states than grades are told where any child was in one.
    """
    if why_no_mean(days):
        return {}
    told = [spent for spent in DAYS_SPENT if spent.is_grade or any(days.of(state).any() for state in spent.states)]
    return {spent.id: days.mean_spent_in(spent.states) for spent in told}


def why_no_mean(days: DayCounts) -> str:
    """Return the sentence that says why no mean is given; empty where one is."""
    if days.children < LEAST_FOR_A_SHARE:
        return TOO_FEW
    return "" if days.reach_the_horizon else NOT_FOLLOWED


def days_spent_table(endpoint_id: str, toxicity: str, days: DayCounts) -> Table:
    """Return the mean days of each grade with limits."""
    means = mean_days(days)
    rows = [(spent.name, means[spent.id]) for spent in DAYS_SPENT if spent.id in means]
    return Table(
        id=f"{endpoint_id}_days_spent",
        title=f"{toxicity}: mean days of the first {HORIZON_DAYS} at each grade",
        header=("State", "Mean days", "95 % limits"),
        rows=tuple((name, decimal(mean.estimate, 1), _limits(mean)) for name, mean in rows),
        csv_header=("state", "n_children", "mean_days", "std_error", "lower", "upper"),
        csv_rows=tuple(
            (name, mean.n_subjects, *map(if_defined, (mean.estimate, mean.std_error, mean.lower, mean.upper)))
            for name, mean in rows
        ),
        notes=NOTES,
    )


def days_spent_values(days: DayCounts) -> dict[str, Any]:
    """Return the means as plain values."""
    return {
        id_: {name: if_defined(getattr(mean, name)) for name in ("estimate", "std_error", "lower", "upper")}
        for id_, mean in mean_days(days).items()
    }


def _limits(mean: RestrictedMean) -> str:
    if math.isnan(mean.lower):
        return NOT_DEFINED
    return f"{decimal(mean.lower, 1)} to {decimal(mean.upper, 1)}"
