"""Who belongs to a resolution curve, counted at each step, and the time-to-event row of each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.cut import Cut
from analysis.endpoints.carhlh_cohort import follow_composite
from analysis.endpoints.children import Child, FirstDose, Followed, children_of, history_of
from analysis.endpoints.grades import daily_states, grade_at_first_dose, grades_of
from analysis.endpoints.time_to_event import TimeToEvent, derive_time_to_event
from analysis.plan import ResolutionEndpoint


@dataclass(frozen=True, kw_only=True)
class FlowStep:
    """One step of a selection and the number of children it kept."""

    name: str
    children: int


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The children of a curve. `day_sources` counts from which item each judged day came."""

    flow: tuple[FlowStep, ...]
    rows: tuple[TimeToEvent, ...]
    day_sources: Mapping[str, int]


def select_resolution_cohort(cut: Cut, endpoint: ResolutionEndpoint) -> Cohort:
    """Return the children in the risk set of an endpoint at time zero, with the others counted where they leave."""
    infused = children_of(cut)
    given = [child for child in infused if child.given_anakinra]
    treated = [(child, child.first_dose) for child in given if child.first_dose]
    follow = follow_grades if endpoint.grade_item else follow_composite
    followed = [(child, dose, follow(cut, child, dose, endpoint)) for child, dose in treated]
    rows, sources = [], Counter[str]()
    for child, dose, found in followed:
        if found.states is None:
            continue
        history = history_of(child, dose, found.states, cut.data_date)
        row = derive_time_to_event(history, endpoint=endpoint.id, confirmation_days=endpoint.confirmation_days)
        rows.append(row)
        sources.update(state.source.item for state in found.states.values() if not state.carried)
    own_steps = [
        FlowStep(name=name, children=sum(found.passed > step for _, _, found in followed))
        for step, name in enumerate(endpoint.steps)
    ]
    return Cohort(
        flow=(
            FlowStep(name="In the data cut", children=len(cut.subjects)),
            FlowStep(name="Infused", children=len(infused)),
            FlowStep(name="Given anakinra", children=len(given)),
            FlowStep(name="Day and time of the first dose known", children=len(treated)),
            *own_steps,
        ),
        rows=tuple(rows),
        day_sources=dict(sorted(sources.items())),
    )


def follow_grades(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> Followed:
    """Return the child's graded days from time zero on, if the grade then was above the threshold (D22)."""
    assert endpoint.threshold is not None
    graded = grades_of(cut, child.subject, endpoint)
    at_start = grade_at_first_dose(graded, dose, endpoint)
    if at_start is None:
        return Followed(passed=0)
    if at_start <= endpoint.threshold:
        return Followed(passed=1)
    return Followed(passed=2, states=daily_states(graded, dose.day, endpoint.threshold))
