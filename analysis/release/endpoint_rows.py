"""One row per child and endpoint without its exact day, from which the report's curves can still be rebuilt.

The Aalen-Johansen curve of one cause is a weighted share: each resolved child counts 1/G(t-), where G is the share not
yet censored just before its day t (Satten and Datta 2001, The American Statistician 55:207). All children who resolved
in one window of an endpoint get the mean of their weights, so that the sums, and with them the curve at the ends of the
windows, stay the same while no weight tells a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.endpoints.time_to_event import TimeToEvent
from analysis.plan.resolution import CENSORED, READ_AT_DAYS, RESOLVED
from analysis.study import Study

WINDOW_ENDS = READ_AT_DAYS
WINDOWS = ("day 0 to 3", "day 4 to 7", "day 8 to 14", "day 15 to 28", "after day 28")
OUTCOMES = {RESOLVED: "resolved", CENSORED: "followed until then"}
OTHER_EVENT = "other event"


@dataclass(frozen=True, kw_only=True)
class EndpointRow:
    """One child in one endpoint: in which window of days after time zero what happened, and its weight."""

    subject: str
    endpoint: str
    window: str
    outcome: str
    weight: float


def endpoint_rows(study: Study) -> Iterator[EndpointRow]:
    """Yield the rows of every primary and secondary endpoint, in the order of the plan and of the subject keys."""
    for result in (*study.endpoints, *study.secondary_endpoints):
        yield from windowed(result.cohort.rows)


def windowed(rows: Sequence[TimeToEvent]) -> Iterator[EndpointRow]:
    """Yield an endpoint's rows with windows for days and the mean weight of those who share window and outcome."""
    weights = censoring_weights([row.day for row in rows], [row.event != CENSORED for row in rows])
    cells = defaultdict(list)
    for row, weight in zip(rows, weights, strict=True):
        cells[_cell(row)].append(weight)
    for row in sorted(rows, key=lambda row: row.subject):
        window, outcome = _cell(row)
        shared = cells[window, outcome]
        yield EndpointRow(
            subject=row.subject,
            endpoint=row.endpoint,
            window=window,
            outcome=outcome,
            weight=sum(shared) / len(shared),
        )


def censoring_weights(days: Sequence[int], is_event: Sequence[bool]) -> list[float]:
    """Return 1/G(t-) for each row, (n,) days and whether something happened then; 0 for censored rows.

    G is the Kaplan-Meier estimate of not being censored; on one day events come before censorings. The sum over the
    events of one cause up to t, divided by n, is the Aalen-Johansen estimate at t.
    """
    at_risk, share, before = len(days), 1.0, {}
    for day in sorted(set(days)):
        before[day] = share
        here = [event for when, event in zip(days, is_event, strict=True) if when == day]
        events = sum(here)
        if at_risk > events:
            share *= 1 - (len(here) - events) / (at_risk - events)
        at_risk -= len(here)
    return [1 / before[day] if event else 0.0 for day, event in zip(days, is_event, strict=True)]


def _cell(row: TimeToEvent) -> tuple[str, str]:
    return WINDOWS[sum(row.day > end for end in WINDOW_ENDS)], OUTCOMES.get(row.event, OTHER_EVENT)
