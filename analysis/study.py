"""What every chapter of a report is computed from: a cut, its children, and the endpoints computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from analysis.cut import Cut
from analysis.endpoints.children import Child, children_of
from analysis.endpoints.resolution import EndpointResult, compute_endpoint
from analysis.plan import PRIMARY_ENDPOINTS


@dataclass(frozen=True, kw_only=True)
class Study:
    """The data cut of a report; what several chapters need is computed at first use and kept."""

    cut: Cut

    @cached_property
    def children(self) -> tuple[Child, ...]:
        """Return every infused child of the cut, by subject key."""
        return children_of(self.cut)

    @cached_property
    def endpoints(self) -> tuple[EndpointResult, ...]:
        """Return the primary endpoints as computed, in the order of the plan."""
        return tuple(compute_endpoint(self.cut, endpoint) for endpoint in PRIMARY_ENDPOINTS)

    @property
    def cut_line(self) -> str:
        """Return the words that stand under every figure and table."""
        return f"Data cut {self.cut.short_id}, data to {self.cut.data_date.isoformat()}"
