"""What every chapter of a report is computed from: a cut, its children, and the endpoints computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from analysis.cut import Cut
from analysis.endpoints.children import Child, SetAside, children_of, set_aside_of
from analysis.endpoints.infections import Infections, count_infections
from analysis.endpoints.resolution import EndpointResult, compute_endpoints
from analysis.endpoints.responses import ResponsePopulation, select_response_populations
from analysis.endpoints.selected import select
from analysis.plan.resolution import PRIMARY_ENDPOINTS, ResolutionEndpoint
from analysis.plan.responses import OUTCOMES
from analysis.plan.secondary_resolution import SECONDARY_ENDPOINTS
from analysis.plan.sensitivity import SENSITIVITY
from forms.selection import EVERYBODY, Selection


@dataclass(frozen=True, kw_only=True)
class Study:
    """The data cut of a report; what several chapters need is computed at first use and kept.

    `cut` holds the children of the selection alone; `all_subjects` counts those of the whole cut, `not_known` by filter
    those left out because its answer is missing, `not_infused` those whom no filter is asked about; with a selection,
    `left_aside` are those whom none is asked about since their dates cannot all be right.
    """

    cut: Cut
    selection: Selection = EVERYBODY
    all_subjects: int = 0
    not_known: Mapping[str, int] = field(default_factory=dict)
    not_infused: int = 0
    left_aside: int = 0

    @cached_property
    def children(self) -> tuple[Child, ...]:
        """Return every infused child of the cut, by subject key, without those that are set aside."""
        return children_of(self.cut)

    @cached_property
    def set_aside(self) -> tuple[SetAside, ...]:
        """Return the infused children that no chapter counts, since their dates cannot all be right."""
        return set_aside_of(self.cut)

    @property
    def endpoints(self) -> tuple[EndpointResult, ...]:
        """Return the primary endpoints as computed, in the order of the plan."""
        return self._of(PRIMARY_ENDPOINTS)

    @property
    def secondary_endpoints(self) -> tuple[EndpointResult, ...]:
        """Return the secondary endpoints as computed, in the order of the plan."""
        return self._of(SECONDARY_ENDPOINTS)

    @property
    def every_endpoint(self) -> tuple[EndpointResult, ...]:
        """Return the primary and secondary endpoints and all sensitivity analyses."""
        return tuple(self._results.values())

    def sensitivity_of(self, primary: ResolutionEndpoint) -> tuple[EndpointResult, ...]:
        """Return the sensitivity analyses of a primary endpoint as computed, in the order of the plan."""
        return self._of(SENSITIVITY[primary.id])

    @cached_property
    def day_28(self) -> tuple[ResponsePopulation, ...]:
        """Return the population of each day 28 outcome, in the order of the plan."""
        return select_response_populations(self.cut, self.children, OUTCOMES)

    @cached_property
    def infections(self) -> Infections:
        """Return the infections that count and the patient-days they are counted over."""
        return count_infections(self.cut, self.children)

    def _of(self, endpoints: Sequence[ResolutionEndpoint]) -> tuple[EndpointResult, ...]:
        return tuple(self._results[endpoint.id] for endpoint in endpoints)

    @cached_property
    def _results(self) -> dict[str, EndpointResult]:
        variants = (endpoint for endpoints in SENSITIVITY.values() for endpoint in endpoints)
        planned = (*PRIMARY_ENDPOINTS, *SECONDARY_ENDPOINTS, *variants)
        found = compute_endpoints(self.cut, self.children, planned)
        return {result.endpoint.id: result for result in found}

    @property
    def cut_line(self) -> str:
        """Return the words that stand under every figure and table."""
        line = f"Data cut {self.cut.short_id}, data to {self.cut.data_date.isoformat()}"
        return line if self.selection.is_everybody else f"{line}; only {'; '.join(self.selection.words())}"


def study_of(cut: Cut, selection: Selection) -> Study:
    """Return the study of a selection's children; AnalysisError when the cut has no such site."""
    selected = select(cut, selection)
    return Study(
        cut=selected.cut,
        selection=selection,
        all_subjects=len(cut.subjects),
        not_known=selected.not_known,
        not_infused=selected.not_infused,
        left_aside=selected.set_aside,
    )
