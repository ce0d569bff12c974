"""Bounds on a resolution curve for children who went home before their resolution could be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.endpoints.time_to_event import HOME_ABOVE_THRESHOLD, HOME_BEFORE_CONFIRMATION, TimeToEvent
from analysis.estimators import cumulative_incidence
from analysis.plan.resolution import CENSORED, FOLLOW_UP_DAYS, RESOLVED


@dataclass(frozen=True, kw_only=True)
class DischargeBounds:
    """The share resolved by a day if none, and if all, of the children who went home early had resolved then."""

    children: int
    day: int
    lowest: float
    highest: float


def discharge_bounds(rows: Sequence[TimeToEvent], day: int) -> DischargeBounds:
    """Return the bounds at a day; discharge is informative, so both extremes are printed (CLINICAL.md D21).

    Lowest: those who went home stay unresolved to the end of follow-up. Highest: they resolved on the last day that
    was judged, day 1 at the earliest.
    """
    home = {HOME_ABOVE_THRESHOLD, HOME_BEFORE_CONFIRMATION}
    lowest = [(FOLLOW_UP_DAYS, CENSORED) if row.reason in home else (row.day, row.event) for row in rows]
    highest = [(max(row.day, 1), RESOLVED) if row.reason in home else (row.day, row.event) for row in rows]
    return DischargeBounds(
        children=sum(row.reason in home for row in rows),
        day=day,
        lowest=_resolved_by(lowest, day),
        highest=_resolved_by(highest, day),
    )


def _resolved_by(outcomes: Sequence[tuple[int, int]], day: int) -> float:
    time, event = [time for time, _ in outcomes], [event for _, event in outcomes]
    return float(cumulative_incidence(time, event, cause=RESOLVED).at(day))
