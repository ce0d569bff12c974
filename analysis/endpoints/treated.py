"""What the records of one child say after its first anakinra dose, read once for all endpoints that ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property

from analysis.cut import Cut
from analysis.endpoints.carhlh_cohort import CarhlhRecords, follow_component, follow_composite
from analysis.endpoints.children import Child, FirstDose, Followed
from analysis.endpoints.committee import grade_left
from analysis.endpoints.grades import (
    Assessment,
    Graded,
    assessments_of,
    between,
    grade_at,
    grade_at_first_dose,
    graded,
    states_of,
    worst_of_days,
)
from analysis.endpoints.platelets import follow_platelets
from analysis.endpoints.rescue import NewRescue, new_rescue
from analysis.endpoints.time_to_event import JudgedDay
from analysis.plan.resolution import LEAST_AT_START, LOOKBACK_DAYS, Measure, ResolutionEndpoint


@dataclass(frozen=True, kw_only=True)
class AtStart:
    """The grade at the first dose and the days from there on, which are empty where the grade enters no curve.

    `told` is the grade as recorded, `stands` what the committee left of it; None where it is not known. `is_by_page`
    tells whether the course page alone gives it.
    """

    told: int | None
    stands: int | None
    is_by_page: bool
    days: Mapping[int, JudgedDay]


@dataclass(frozen=True, kw_only=True)
class TreatedChild:
    """A child with a first dose. Endpoints that differ only in what competes share its judged days."""

    cut: Cut
    child: Child
    dose: FirstDose
    _starts: dict[tuple[str, str, int, bool], AtStart] = field(default_factory=dict, repr=False)
    _worst_days: dict[tuple[str, str, int | None, bool], Mapping[int, Graded]] = field(default_factory=dict, repr=False)

    @cached_property
    def _assessments(self) -> tuple[Assessment, ...]:
        return assessments_of(self.cut, self.child.subject)

    @cached_property
    def _shortly_before(self) -> Sequence[Assessment]:
        oldest = self.dose.at - timedelta(days=LOOKBACK_DAYS)
        return between(self._assessments, oldest, self.dose.at)

    @cached_property
    def _from_its_day_on(self) -> Sequence[Assessment]:
        return between(self._assessments, datetime.combine(self.dose.day, time()))

    @cached_property
    def rescue(self) -> NewRescue:
        """Return the first agent of a new rescue class after the dose."""
        return new_rescue(self.cut, self.child.subject, self.dose.at)

    @cached_property
    def _carhlh(self) -> CarhlhRecords:
        return CarhlhRecords(cut=self.cut, child=self.child, at=self.dose.at)

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
        start = self._at_start(endpoint)
        if start.stands is None or start.told is None:
            return Followed(passed=0)
        steps = range(LEAST_AT_START, endpoint.least_at_start + 1)
        return Followed(
            passed=1 + sum(start.stands >= grade for grade in steps),
            states=start.days if start.stands >= endpoint.least_at_start else None,
            starts_by_page=start.is_by_page,
            left_out_by_committee=start.stands < endpoint.least_at_start <= start.told,
        )

    def _at_start(self, endpoint: ResolutionEndpoint) -> AtStart:
        """Return where a child starts; endpoints with the same grade and threshold share it."""
        key = (endpoint.grade_item, endpoint.rule_set, endpoint.threshold, endpoint.clinician_only)
        if key not in self._starts:
            self._starts[key] = self._find_start(endpoint)
        return self._starts[key]

    def _find_start(self, endpoint: ResolutionEndpoint) -> AtStart:
        before = tuple(graded(self.cut, self._shortly_before, endpoint))
        told = grade_at_first_dose(before, self.dose, endpoint)
        stands = None
        if told is not None:
            stands = grade_left(self.cut, self.child.subject, endpoint, self.dose.day, told)
        enters = stands is not None and stands >= LEAST_AT_START
        return AtStart(
            told=told,
            stands=stands,
            is_by_page=grade_at(before, self.dose.at) is None,
            days=states_of(self._worst(endpoint), endpoint.threshold) if enters else {},
        )

    def _worst(self, endpoint: ResolutionEndpoint) -> Mapping[int, Graded]:
        """Return the worst grade of each day; the threshold matters only where sedation hides what is not above it."""
        threshold = endpoint.threshold if endpoint.sedation_hides else None
        key = (endpoint.grade_item, endpoint.rule_set, threshold, endpoint.clinician_only)
        if key not in self._worst_days:
            self._worst_days[key] = worst_of_days(graded(self.cut, self._from_its_day_on, endpoint), self.dose.day)
        return self._worst_days[key]
