"""One child in a hand-made cut, and the row it has in an endpoint's cohort; the fixtures are loaded from conftest."""

from __future__ import annotations

import pytest

from analysis.cut import Cut, read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.cohort import Cohort, select_resolution_cohorts
from analysis.plan.resolution import ResolutionEndpoint

GOOD = {"ferritin": 4000, "fibrinogen": 180, "alt": 90, "ast": 110, "bilirubin_total": 1}
SICK = {"ferritin": 9000, "fibrinogen": 90, "alt": 300, "ast": 500, "bilirubin_total": 4}
"""Blood in which carHLH is resolved, and in which it is not."""


def select_resolution_cohort(cut: Cut, endpoint: ResolutionEndpoint) -> Cohort:
    """Return the cohort of one endpoint alone."""
    return select_resolution_cohorts(cut, children_of(cut), (endpoint,))[0]


@pytest.fixture
def cohort_of(ward, tmp_path):
    """Return a function from an endpoint to its cohort in the cut as it is then."""

    def run(endpoint):
        return select_resolution_cohort(read_cut(ward.write(tmp_path / endpoint.id)), endpoint)

    return run


def outcome(cohort):
    """Return day and event of the one child of a cohort."""
    (row,) = cohort.rows
    return row.day, row.event
