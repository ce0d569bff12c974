"""Who belongs to a resolution curve, counted at each step, and the time-to-event row of each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from analysis.cut import Cut
from analysis.endpoints.children import Child, history_of, set_aside_of
from analysis.endpoints.time_to_event import TimeToEvent, derive_time_to_event
from analysis.endpoints.treated import TreatedChild
from analysis.plan.resolution import FOLLOW_UP_DAYS, ResolutionEndpoint


@dataclass(frozen=True, kw_only=True)
class FlowStep:
    """One step of a selection and the number of children it kept."""

    name: str
    children: int


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """The children of a curve. `day_sources` counts from which item each judged day came, `not_judged` the days with a
    measurement that could not be judged, `started_by_page` the children whose grade at the first dose stands on the
    course page alone, `left_out_by_committee` those who would be in the curve by their grades and are not by its word.

    `undated_rescue` and `undated_transplant` count the children of whom such an event may lie within
    follow-up but cannot be placed on a day.
    """

    flow: tuple[FlowStep, ...]
    rows: tuple[TimeToEvent, ...]
    day_sources: Mapping[str, int]
    not_judged: int = 0
    started_by_page: int = 0
    left_out_by_committee: int = 0
    undated_rescue: int = 0
    undated_transplant: int = 0


def first_steps(cut: Cut, infused: Sequence[Child]) -> tuple[FlowStep, ...]:
    """Return the steps that every flow begins with, from the data cut to the infused.

    Who is set aside for dates that cannot be right leaves in a step of its own, where there is anybody, so that between
    it and the infused only children without a recorded infusion leave: as in the first chapter.
    """
    aside = len(set_aside_of(cut))
    fit = FlowStep(name="Not set aside for dates that cannot be right", children=len(cut.subjects) - aside)
    return (
        FlowStep(name="In the data cut", children=len(cut.subjects)),
        *((fit,) if aside else ()),
        FlowStep(name="Infused", children=len(infused)),
    )


def select_resolution_cohorts(
    cut: Cut, infused: Sequence[Child], endpoints: Sequence[ResolutionEndpoint]
) -> tuple[Cohort, ...]:
    """Return the children in the risk set of each endpoint at time zero, with the others counted where they leave.

    The records of a child are read once for all endpoints.
    """
    found = [_Selected(endpoint=endpoint) for endpoint in endpoints]
    treated = [(child, child.first_dose) for child in infused if child.first_dose]
    for child, dose in treated:
        records = TreatedChild(cut=cut, child=child, dose=dose)
        for selected in found:
            selected.add(records, cut.data_date)
    before = (
        *first_steps(cut, infused),
        FlowStep(name="Given anakinra", children=sum(child.given_anakinra for child in infused)),
        FlowStep(name="Day and time of the first dose known", children=len(treated)),
    )
    return tuple(selected.cohort(before) for selected in found)


@dataclass(frozen=True, kw_only=True)
class _Selected:
    """The children of one endpoint as they are found."""

    endpoint: ResolutionEndpoint
    passed: list[int] = field(default_factory=list)
    rows: list[TimeToEvent] = field(default_factory=list)
    day_sources: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)

    def add(self, treated: TreatedChild, data_date: date) -> None:
        """Count the child where it leaves; with its row where it stays."""
        found = treated.followed(self.endpoint)
        self.passed.append(found.passed)
        self.counted["left_out_by_committee"] += found.left_out_by_committee
        if found.states is None:
            return
        zero = found.dose or treated.dose
        known = history_of(treated.child, zero, found.states, data_date, treated.rescue.first)
        history = replace(known, unresolved_to=found.unresolved_to)
        row = derive_time_to_event(
            history,
            endpoint=self.endpoint.id,
            confirmation_days=self.endpoint.confirmation_days,
            competing=self.endpoint.competing,
        )
        self.rows.append(row)
        measured = [state for state in found.states.values() if not state.carried]
        self.day_sources.update(state.source.item for state in measured if state.resolved is not None)
        self.counted["not_judged"] += sum(state.resolved is None for state in measured)
        until = zero.day + timedelta(days=FOLLOW_UP_DAYS)
        may_be = any(first <= until and last > zero.day for first, last in treated.child.undated_transplants)
        seen = {"rescue": treated.rescue.is_undated, "transplant": may_be, "by_page": found.starts_by_page}
        self.counted.update({name: int(is_so) for name, is_so in seen.items()})

    def cohort(self, before: tuple[FlowStep, ...]) -> Cohort:
        """Return the cohort, its own steps after those that all endpoints share."""
        own = (
            FlowStep(name=name, children=sum(passed > step for passed in self.passed))
            for step, name in enumerate(self.endpoint.steps)
        )
        return Cohort(
            flow=(*before, *own),
            rows=tuple(self.rows),
            day_sources=dict(sorted(self.day_sources.items())),
            not_judged=self.counted["not_judged"],
            started_by_page=self.counted["by_page"],
            left_out_by_committee=self.counted["left_out_by_committee"],
            undated_rescue=self.counted["rescue"],
            undated_transplant=self.counted["transplant"],
        )
