"""One resolution endpoint as computed from a cut: its children, its rows and its two curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.cut import Cut
from analysis.endpoints.children import Child
from analysis.endpoints.cohort import Cohort, select_resolution_cohorts
from analysis.estimators import IncidenceCurve, cumulative_incidence
from analysis.plan.resolution import DIED, RESOLVED, ResolutionEndpoint


@dataclass(frozen=True, kw_only=True)
class EndpointResult:
    """One resolution endpoint: its children, rows and curves (None without a child)."""

    endpoint: ResolutionEndpoint
    cohort: Cohort
    resolved: IncidenceCurve | None
    died: IncidenceCurve | None


def compute_endpoints(
    cut: Cut, children: Sequence[Child], endpoints: Sequence[ResolutionEndpoint]
) -> tuple[EndpointResult, ...]:
    """Return the cohort and curves of each endpoint, in their order; the records are gone through once."""
    cohorts = select_resolution_cohorts(cut, children, endpoints)
    return tuple(_curves(endpoint, cohort) for endpoint, cohort in zip(endpoints, cohorts, strict=True))


def _curves(endpoint: ResolutionEndpoint, cohort: Cohort) -> EndpointResult:
    if not cohort.rows:
        return EndpointResult(endpoint=endpoint, cohort=cohort, resolved=None, died=None)
    time, event = [row.day for row in cohort.rows], [row.event for row in cohort.rows]
    return EndpointResult(
        endpoint=endpoint,
        cohort=cohort,
        resolved=cumulative_incidence(time, event, cause=RESOLVED),
        died=cumulative_incidence(time, event, cause=DIED),
    )
