"""When a child's toxicity qualified as refractory; derived the same way with and without anakinra (CLINICAL.md D25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from analysis.cut import Cut
from analysis.endpoints.children import Child, TimeZero
from analysis.endpoints.committee import grade_left
from analysis.endpoints.grades import Assessment, assessments_of, between, grade_at, graded
from analysis.endpoints.time_to_event import Source
from analysis.plan.resolution import LOOKBACK_DAYS, Measure, ResolutionEndpoint
from analysis.plan.timing import FIRST_TREATMENT, QUALIFYING_GRADE, QUALIFYING_HOURS, TREATED_FROM_GRADE
from forms.dosing.agents import class_of
from forms.grading.carhlh_facts import is_carhlh
from forms.values import answer, day_of, earliest, latest

Start = tuple[datetime, datetime]
"""The earliest and the latest moment at which something may have been begun."""


class WhyNot(StrEnum):
    """Why a child has no time of qualification."""

    NO_TOXICITY = "toxicity not there"
    NO_FIRST_TREATMENT = "not given tocilizumab or steroid for it"
    NOT_REFRACTORY = "not refractory to them"
    COMMITTEE = "called something else, or graded lower, by the committee"
    DAY_NOT_KNOWN = "day cannot be told"
    IMPOSSIBLE_DAY = "day after the death or the day of the data"


@dataclass(frozen=True, kw_only=True)
class Qualification:
    """The moment of qualification and the grade then (None for carHLH), or why there is none."""

    zero: TimeZero | None = None
    grade: int | None = None
    why_not: WhyNot | None = None


def qualification_of(
    cut: Cut, child: Child, endpoint: ResolutionEndpoint, *, since: date | None = None
) -> Qualification:
    """Return when the endpoint's toxicity of a child first qualified, from its first infusion or a later day on.

    New cells bring a toxicity of their own: a treatment is judged by the grades up to the next infusion alone.
    """
    since = since or child.infusions[0].day
    if endpoint.measure is Measure.COMPOSITE:
        return _carhlh(cut, child, since)
    assessments = assessments_of(cut, child.subject)
    of_these_cells = between(assessments, datetime.combine(since, time()))
    if not any(one.grade for one in graded(cut, of_these_cells, endpoint)):
        return Qualification(why_not=WhyNot.NO_TOXICITY)
    return _graded(cut, child, assessments, endpoint, _first_treatments(cut, child, since))


def _graded(
    cut: Cut, child: Child, assessments: Sequence[Assessment], endpoint: ResolutionEndpoint, begun: Sequence[Start]
) -> Qualification:
    """Return the first assessment that qualifies.

    Of a start of which only the day is known, the grade before is that before the day, and 24 hours count from its end.
    One whose day is not known leaves the day open where the toxicity was there on a day that it can mean.
    """
    judged_to, may_be_treated, is_overruled = None, False, False
    for first, last in sorted(begun):
        if judged_to and first <= judged_to:
            continue
        recent = between(assessments, first - timedelta(days=LOOKBACK_DAYS), first)
        before = grade_at(graded(cut, recent, endpoint), first)
        if before is None or before < TREATED_FROM_GRADE:
            if last.date() != first.date():
                possible = graded(cut, between(assessments, first, last), endpoint)
                may_be_treated |= any((one.grade or 0) >= TREATED_FROM_GRADE for one in possible)
            continue
        if last.date() != first.date():
            return Qualification(why_not=WhyNot.DAY_NOT_KNOWN)
        needed = max(before, QUALIFYING_GRADE)
        judged_to = _before_the_next_infusion(child, last)
        later = between(assessments, last + timedelta(hours=QUALIFYING_HOURS), judged_to)
        for one in graded(cut, later, endpoint):
            if one.grade is None or one.grade < needed:
                continue
            left = grade_left(cut, child.subject, endpoint, one.at.date(), one.grade)
            if left < QUALIFYING_GRADE:
                is_overruled = True
            else:
                zero = TimeZero(at=one.at, source=one.source, what="qualification as refractory")
                return Qualification(zero=zero, grade=left)
    if judged_to:
        return Qualification(why_not=WhyNot.COMMITTEE if is_overruled else WhyNot.NOT_REFRACTORY)
    return Qualification(why_not=WhyNot.DAY_NOT_KNOWN if may_be_treated else WhyNot.NO_FIRST_TREATMENT)


def _before_the_next_infusion(child: Child, moment: datetime) -> datetime:
    """Return the end of the day before the first infusion after a moment; the end of time where there is none."""
    later = (one.day for one in child.infusions if one.day > moment.date())
    return next((datetime.combine(day - timedelta(days=1), time.max) for day in later), datetime.max)


def _first_treatments(cut: Cut, child: Child, since: date) -> list[Start]:
    """Return the earliest and latest possible start of each tocilizumab or steroid since a day.

    One without a first dose may have been begun on any day since, to its last dose.
    """
    found = []
    for row in cut.rows("concomitant_agent", child.subject):
        if class_of(row) not in FIRST_TREATMENT:
            continue
        first, last = earliest(answer(row, "started_at")), latest(answer(row, "started_at"))
        if first is None or last is None:
            first, last = datetime.combine(since, time()), latest(answer(row, "stopped_at")) or datetime.max
        if last.date() >= since:
            found.append((first, last))
    return found


def _carhlh(cut: Cut, child: Child, since: date) -> Qualification:
    """Return the first day since another on which an episode's criteria are recorded as met.

    Its last minute stands for it, so that the samples of the day count as known by then.
    """
    episodes = [row for row in cut.rows("toxicity_episode", child.subject) if is_carhlh(row)]
    if not episodes:
        return Qualification(why_not=WhyNot.NO_TOXICITY)
    known = ((day_of(answer(row, "criteria_met_on")), row) for row in episodes)
    met = [(day, row) for day, row in known if day is not None and day >= since]
    if not met:
        return Qualification(why_not=WhyNot.DAY_NOT_KNOWN)
    day, row = min(met, key=lambda one: (one[0], str(one[1]["record"])))
    source = Source(form="toxicity_episode", item="criteria_met_on", record=str(row["record"]))
    at = datetime(day.year, day.month, day.day, 23, 59)
    return Qualification(zero=TimeZero(at=at, source=source, what="qualification as refractory"))
