"""The children whose carHLH can be followed after the first anakinra dose, and what the composite needs of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from analysis.cut import Cut
from analysis.endpoints.carhlh import component_holds, component_states, composite_states
from analysis.endpoints.children import Child, FirstDose, Followed
from analysis.endpoints.follow_up import follow_up_of
from analysis.plan.resolution import FOLLOW_UP_DAYS, ResolutionEndpoint
from forms.context import Context
from forms.grading.carhlh_course import (
    ANALYTES,
    CompositeDay,
    Limits,
    Needs,
    composite_days,
    limits_on,
    peak_ferritin,
)
from forms.grading.carhlh_dates import PossibleNeeds, carhlh_at, needs_between
from forms.grading.carhlh_open import both
from forms.grading.samples import Sample, samples_of


@dataclass(frozen=True, kw_only=True)
class CarhlhRecords:
    """What a child's records say of the composite after a moment, worked out once for all endpoints that ask."""

    cut: Cut
    child: Child
    at: datetime

    @cached_property
    def peak(self) -> Decimal | None:
        """Return the highest ferritin (ng/mL) between infusion and the moment, or None without one."""
        return peak_ferritin(self.since_infusion, self.at)

    @cached_property
    def since_infusion(self) -> tuple[Sample, ...]:
        """Return the samples since the last infusion by the moment, in order of time."""
        return tuple(sample for sample in self._samples if sample.at.date() >= self._infused_on)

    @cached_property
    def days(self) -> Mapping[int, CompositeDay]:
        """Return what each day from the moment's on says, whatever the dates are that are known to the month."""
        return self._days_of(self.since_infusion, self.at.date())

    @cached_property
    def before(self) -> CompositeDay | None:
        """Return what the samples of the moment's day and the day before it, up to the moment, say."""
        samples = [sample for sample in self.since_infusion if sample.at <= self.at]
        return self._days_of(samples, self.at.date() - timedelta(days=1)).get(1)

    @cached_property
    def unresolved_to(self) -> int | None:
        """Return the last day observed, counted from the moment's, of a child that newly needed more after it.

        None where no new rescue class or organ support certainly began while it was observed.
        """
        infusion = sum(one.day <= self.at.date() for one in self.child.infusions) - 1
        since = (self.at.date() - self.child.infusions[max(infusion, 0)].day).days
        end = follow_up_of(self.cut, self.child, FOLLOW_UP_DAYS + since, infusion=max(infusion, 0)).last_day - since
        began = min(self._needs.fewest.new_rescue_days, default=None)
        return end if began is not None and began <= end else None

    def _days_of(self, samples: Sequence[Sample], time_zero: date) -> dict[int, CompositeDay]:
        fewest, most = (self._days_with(needs, samples, time_zero) for needs in (self._needs.fewest, self._needs.most))
        return {day: both(one, most[day], self._needs.undated) for day, one in fewest.items()}

    def _days_with(self, needs: Needs, samples: Sequence[Sample], time_zero: date) -> dict[int, CompositeDay]:
        assert self.peak is not None
        return composite_days(samples, time_zero=time_zero, peak=self.peak, limits=self._limits, needs=needs)

    @cached_property
    def _samples(self) -> tuple[Sample, ...]:
        return samples_of(self.cut.rows("laboratory", self.child.subject), ANALYTES, key="record")

    @cached_property
    def _infused_on(self) -> date:
        by_then = (one.day for one in self.child.infusions if one.day <= self.at.date())
        return max(by_then, default=self.child.infusions[0].day)

    @cached_property
    def _needs(self) -> PossibleNeeds:
        agents, support, assessments = (
            self.cut.rows(form, self.child.subject) for form in ("concomitant_agent", "support", "assessment")
        )
        return needs_between(agents, support, assessments, self._samples, self.at)

    @cached_property
    def _limits(self) -> Limits:
        rows = {name: tuple(self.cut.rows(name, self.child.subject)) for name in ("enrolment", "baseline")}
        ranges = self.cut.reference_ranges.get(self.child.site, ())
        context = Context(today=self.cut.data_date, rows=rows, reference_ranges=ranges)
        return limits_on(context, self.at.date(), self._samples, self._infused_on)


def follow_composite(records: CarhlhRecords, dose: FirstDose) -> Followed:
    """Return the child's days of the carHLH composite, if carHLH was there and ferritin known at the first dose."""
    is_there = carhlh_at(records.cut.rows("toxicity_episode", records.child.subject), dose.course, dose.day)
    if not is_there:
        return Followed(passed=0 if is_there is None else 1)
    if records.peak is None:
        return Followed(passed=2)
    return Followed(passed=3, states=composite_states(records.days), unresolved_to=records.unresolved_to)


def follow_component(records: CarhlhRecords, dose: FirstDose, endpoint: ResolutionEndpoint) -> Followed:
    """Return the child's days of one component, if it belongs to the composite and did not hold at the first dose."""
    found = follow_composite(records, dose)
    if found.states is None:
        return found
    held = component_holds(records.before, endpoint.component) if records.before is not None else None
    if held is None:
        return Followed(passed=3)
    if held:
        return Followed(passed=4)
    return Followed(passed=5, states=component_states(records.days, records.since_infusion, dose.day, endpoint))


def composite_from(records: CarhlhRecords) -> Followed:
    """Return the days of the composite after any moment; none without ferritin by then."""
    if records.peak is None:
        return Followed(passed=0)
    return Followed(passed=1, states=composite_states(records.days), unresolved_to=records.unresolved_to)
