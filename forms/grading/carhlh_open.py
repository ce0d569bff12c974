"""The composite of HLH-like toxicity, where dates leave open what was there or newly needed: the newest version.

The first version, which read the first day of a month for the month, stands in ``carhlh_set.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forms.context import Context
from forms.grading.carhlh_course import COMPONENTS, CompositeDay
from forms.grading.carhlh_dates import carhlh_at, needs_between, open_episode_items
from forms.grading.carhlh_set import (
    CARHLH_COMPOSITE_1,
    NO_PEAK,
    RESOLVED,
    UNRESOLVED,
    follow,
    of_each_course,
    verdict_on,
)
from forms.grading.parts import not_assessable
from forms.grading.samples import Sample
from forms.rule_set import Verdict
from forms.values import Row


def judge_composite(context: Context) -> Mapping[str, Verdict]:
    """Return course -> whether the composite resolved after it, for courses perhaps begun with HLH-like toxicity."""
    return of_each_course(context, _judge_course)


def _judge_course(course: Row, first_dose: datetime, context: Context, samples: tuple[Sample, ...]) -> Verdict | None:
    rows = context.rows
    is_there = carhlh_at(rows["toxicity_episode"], course, first_dose.date())
    if is_there is None:
        items = open_episode_items(rows["toxicity_episode"], first_dose.date())
        return not_assessable("the dates leave open whether carHLH was there at the first dose", "dates_open", *items)
    if not is_there:
        return None
    needs = needs_between(rows["concomitant_agent"], rows["support"], rows["assessment"], samples, first_dose)
    followed = follow(context, samples, first_dose, needs.fewest, needs.most)
    if followed is None:
        return NO_PEAK
    fewest, most = followed
    days = {day: both(one, most[day], needs.undated) for day, one in fewest.items()}
    return _as_told(verdict_on(days), verdict_on(fewest), days)


def _as_told(verdict: Verdict, earliest: Verdict, days: Mapping[int, CompositeDay]) -> Verdict:
    """Return the verdict with the days that are certain alone; ``earliest`` has those on which all came first."""
    told = {name: day for name, day in verdict.details.items() if earliest.details.get(name) == day}
    because = never_held(days) if verdict.value == UNRESOLVED else verdict.because
    if verdict.value == RESOLVED and "resolved_day" not in told:
        because = f"all components hold on day {verdict.details['resolved_day']} after the first dose, or held before"
    return replace(verdict, because=because, details=told)


def both(fewest: CompositeDay, most: CompositeDay, undated: Mapping[str, tuple[str, ...]]) -> CompositeDay:
    """Return what a day says whatever the dates are: a component on which they differ is not known."""
    differing = {name for name in COMPONENTS if fewest.components[name] is not most.components[name]}
    components = {name: None if name in differing else state for name, state in fewest.components.items()}
    return replace(
        fewest, components=components, undated={name: undated[name] for name in COMPONENTS if name in differing}
    )


def never_held(days: Mapping[int, CompositeDay]) -> str:
    """Return in words which components are known to have held on no day after that of the first dose."""
    later = [one.components for day, one in days.items() if day >= 1]
    never = [name.replace("_", " ") for name in COMPONENTS if all(one[name] is False for one in later)]
    return f"never held: {', '.join(never)}" if never else "the components did not hold together for 48 hours"


CARHLH_COMPOSITE = replace(
    CARHLH_COMPOSITE_1,
    version="2",
    decisions=(
        *CARHLH_COMPOSITE_1.decisions,
        "What is known to the month, or has no day, may have been on any: what that leaves open is not known. What is "
        "known to the day without its time counts from the beginning of that day.",
    ),
    changed="What is known to the month only no longer counts as of the first day of that month, an episode that "
    "resolved in a month no longer as going on, and what has no day no longer as not given: the answer is “not "
    "assessable”, with the dates that would tell, unless each possible day gives the same. “Never held” names a "
    "component no longer where it is not known.",
    judge_child=judge_composite,
)
