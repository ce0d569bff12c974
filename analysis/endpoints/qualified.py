"""The children whose toxicity qualified as refractory, given anakinra or not, followed from that day on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from analysis.cut import Cut
from analysis.endpoints.carhlh_cohort import CarhlhRecords, composite_from
from analysis.endpoints.children import Child, Followed, TimeZero, history_of, impossible
from analysis.endpoints.cohort import FlowStep, first_steps
from analysis.endpoints.grades import assessments_of, between, daily_states, graded
from analysis.endpoints.qualification import WhyNot, qualification_of
from analysis.endpoints.time_to_event import TimeToEvent, derive_time_to_event
from analysis.plan.resolution import Measure, ResolutionEndpoint


@dataclass(frozen=True, kw_only=True)
class Qualified:
    """One child from qualification on: its row, the day anakinra began after it (None: never), the grade then."""

    row: TimeToEvent
    anakinra_day: int | None
    grade: int | None


@dataclass(frozen=True, kw_only=True)
class QualifiedCohort:
    """The children who qualified and were not given anakinra before; `why_not` counts who had it but did not."""

    flow: tuple[FlowStep, ...]
    children: tuple[Qualified, ...]
    why_not: Mapping[str, int]


def select_qualified(cut: Cut, infused: Sequence[Child], endpoint: ResolutionEndpoint) -> QualifiedCohort:
    """Return the children followed from qualification, with the others counted where they leave."""
    why_not, passed, found = Counter[WhyNot](), Counter[str](), []
    for child in infused:
        qualification = qualification_of(cut, child, endpoint)
        if qualification.zero is None:
            assert qualification.why_not is not None
            why_not[qualification.why_not] += 1
            continue
        zero, dose = qualification.zero, child.first_dose
        if impossible(child, zero, cut.data_date):
            why_not[WhyNot.IMPOSSIBLE_DAY] += 1
            continue
        passed["qualified"] += 1
        if dose is None and (child.given_anakinra or child.may_be_given):
            continue
        passed["dose known"] += 1
        if dose is not None and dose.day < zero.day:
            continue
        passed["new users"] += 1
        followed = _followed(cut, child, zero, endpoint)
        if followed.states is None:
            continue
        history = history_of(child, zero, followed.states, cut.data_date)
        row = derive_time_to_event(
            replace(history, unresolved_to=followed.unresolved_to),
            endpoint=endpoint.id,
            confirmation_days=endpoint.confirmation_days,
            competing=endpoint.competing,
        )
        began = (dose.day - zero.day).days if dose is not None else None
        found.append(Qualified(row=row, anakinra_day=began, grade=qualification.grade))
    absent = why_not.pop(WhyNot.NO_TOXICITY, 0)
    steps = {**passed, "with toxicity": len(infused) - absent, "followed": len(found)}
    return QualifiedCohort(
        flow=(*first_steps(cut, infused), *_flow(endpoint, steps)),
        children=tuple(found),
        why_not={reason.value: why_not[reason] for reason in sorted(why_not)},
    )


def _flow(endpoint: ResolutionEndpoint, passed: Mapping[str, int]) -> list[FlowStep]:
    """Return the steps from the toxicity on, with how many children passed each."""
    toxicity, is_composite = endpoint.toxicity, endpoint.measure is Measure.COMPOSITE
    told_by = "on an episode page" if is_composite else "graded in the assessments"
    steps = {
        f"{toxicity} {told_by}": "with toxicity",
        f"{toxicity} qualified as refractory": "qualified",
        "Anakinra never given, or the day of its first dose known": "dose known",
        "Not given anakinra before the day of qualification": "new users",
        **({"Ferritin known by qualification": "followed"} if is_composite else {}),
    }
    return [FlowStep(name=name, children=passed.get(step, 0)) for name, step in steps.items()]


def _followed(cut: Cut, child: Child, zero: TimeZero, endpoint: ResolutionEndpoint) -> Followed:
    if endpoint.measure is Measure.COMPOSITE:
        return composite_from(CarhlhRecords(cut=cut, child=child, at=zero.at))
    later = between(assessments_of(cut, child.subject), datetime.combine(zero.day, time()))
    return Followed(passed=1, states=daily_states(graded(cut, later, endpoint), zero.day, endpoint.threshold))
