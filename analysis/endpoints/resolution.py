"""One resolution endpoint as computed from a cut: its children, its rows and its two curves."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.cut import Cut
from analysis.endpoints.cohort import Cohort, select_resolution_cohort
from analysis.endpoints.time_to_event import DIED, RESOLVED
from analysis.estimators import IncidenceCurve, cumulative_incidence
from analysis.plan import ResolutionEndpoint


@dataclass(frozen=True, kw_only=True)
class EndpointResult:
    """One resolution endpoint: its children, rows and curves (None without a child)."""

    endpoint: ResolutionEndpoint
    cohort: Cohort
    resolved: IncidenceCurve | None
    died: IncidenceCurve | None


def compute_endpoint(cut: Cut, endpoint: ResolutionEndpoint) -> EndpointResult:
    """Return one endpoint's cohort and curves from a cut."""
    cohort = select_resolution_cohort(cut, endpoint)
    if not cohort.rows:
        return EndpointResult(endpoint=endpoint, cohort=cohort, resolved=None, died=None)
    time, event = [row.day for row in cohort.rows], [row.event for row in cohort.rows]
    return EndpointResult(
        endpoint=endpoint,
        cohort=cohort,
        resolved=cumulative_incidence(time, event, cause=RESOLVED),
        died=cumulative_incidence(time, event, cause=DIED),
    )
