"""What the records of one child say after its first anakinra dose, read once for all endpoints that ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from analysis.cut import Cut
from analysis.endpoints.carhlh_cohort import CarhlhRecords, follow_component, follow_composite
from analysis.endpoints.children import Child, FirstDose, Followed
from analysis.endpoints.grades import Reading, daily_states, grade_at_first_dose, graded, readings_of
from analysis.endpoints.platelets import follow_platelets
from analysis.endpoints.rescue import NewRescue, new_rescue
from analysis.endpoints.time_to_event import DayState
from analysis.plan import LEAST_AT_START, Measure, ResolutionEndpoint

Judged = tuple[int | None, Mapping[int, DayState]]
"""The grade at the first dose, and the days after it."""


@dataclass(frozen=True, kw_only=True)
class TreatedChild:
    """A child with a first dose. Endpoints that differ only in what competes share its judged days."""

    cut: Cut
    child: Child
    dose: FirstDose
    _readings: dict[tuple[str, str], tuple[Reading, ...]] = field(default_factory=dict, repr=False)
    _judged: dict[tuple[str, str, int, bool], Judged] = field(default_factory=dict, repr=False)

    @cached_property
    def rescue(self) -> NewRescue:
        """Return the first agent of a new rescue class after the dose."""
        return new_rescue(self.cut, self.child.subject, self.dose.at)

    @cached_property
    def _carhlh(self) -> CarhlhRecords:
        return CarhlhRecords(self.cut, self.child, self.dose.at)

    def followed(self, endpoint: ResolutionEndpoint) -> Followed:
        """Return how many of an endpoint's steps the child passes, and its days if it passes all."""
        match endpoint.measure:
            case Measure.GRADE:
                return self._follow_grades(endpoint)
            case Measure.COMPOSITE:
                return follow_composite(self._carhlh, self.dose)
            case Measure.COMPONENT:
                return follow_component(self._carhlh, self.dose, endpoint)
            case Measure.PLATELETS:
                return follow_platelets(self.cut, self.child, endpoint)

    def _follow_grades(self, endpoint: ResolutionEndpoint) -> Followed:
        """Return the graded days from time zero on, if the grade then was high enough (CLINICAL.md D22)."""
        at_start, states = self._judge(endpoint)
        if at_start is None:
            return Followed(passed=0)
        passed = 1 + sum(at_start >= grade for grade in range(LEAST_AT_START, endpoint.least_at_start + 1))
        return Followed(passed=passed, states=states if at_start >= endpoint.least_at_start else None)

    def _judge(self, endpoint: ResolutionEndpoint) -> Judged:
        grades = endpoint.grade_item, endpoint.rule_set
        if grades not in self._readings:
            self._readings[grades] = readings_of(self.cut, self.child.subject, endpoint)
        key = (*grades, endpoint.threshold, endpoint.clinician_only)
        if key not in self._judged:
            usable = graded(self._readings[grades], endpoint)
            at_start = grade_at_first_dose(usable, self.dose, endpoint)
            in_any = at_start is not None and at_start >= LEAST_AT_START
            states = daily_states(usable, self.dose.day, endpoint.threshold) if in_any else {}
            self._judged[key] = at_start, states
        return self._judged[key]
