"""How many classes of immunosuppressant a child had on each day, where pages leave open when an agent was given.

The first version, which left out an agent without its first dose, stands in ``immunosuppressants.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from forms.context import Context
from forms.dosing.agents import Span, agent_span, class_of, course_span
from forms.dosing.immunosuppressants import (
    DATES_OPEN,
    IMMUNOSUPPRESSANTS_BY_DAY_1,
    GivenOn,
    classes_by_day,
    counted_days,
    days_of,
    verdict_on,
)
from forms.rule_set import AT_LEAST, Verdict
from forms.values import Row, answer, latest


def judge_infusions(context: Context) -> Mapping[str, Verdict]:
    """Return, for each infusion by key, the most classes on one day; a lower bound where a day is not known."""
    courses, agents = context.rows["anakinra_course"], context.rows["concomitant_agent"]
    found = {}
    for key, (first, last) in counted_days(context).items():
        by_day = classes_by_day(courses, agents, days_of(first, last))
        missing = {
            *_without_a_start(context, by_day, first, last),
            *_without_a_day(context, by_day),
        }
        found[key] = _with_missing(verdict_on(by_day, first), tuple(sorted(missing)))
    return found


def _with_missing(verdict: Verdict, missing: tuple[str, ...]) -> Verdict:
    return replace(verdict, certainty=AT_LEAST, why=DATES_OPEN, missing=missing) if missing else verdict


def _without_a_start(context: Context, by_day: Mapping[date, GivenOn], first: date, last: date) -> Iterator[str]:
    """Yield the items without which a first dose is not known, of what was perhaps given and would count.

    It was perhaps given on each day until its last, and counts on those on which its class is not certain anyway.
    """
    for row, name, span, form in pages_of_classes(context):
        ended = latest(answer(row, "stopped_at"))
        until = last if ended is None else min(last, ended.date())
        if span is None and not _is_certain(name, by_day, first, until):
            yield f"{form}.started_at"
            if form == "anakinra_course" and answer(row, "given") is None:
                yield f"{form}.given"


def _is_certain(name: str, by_day: Mapping[date, GivenOn], first: date, until: date) -> bool:
    """Tell whether a class was certainly given on each day from one to another, also where there is none."""
    return all(day in by_day and name in by_day[day].certain for day in days_of(first, until))


def _without_a_day(context: Context, by_day: Mapping[date, GivenOn]) -> Iterator[str]:
    """Yield the items that leave open on which days an agent was given, of classes that are open on any day."""
    days = {day: given.possible - given.certain for day, given in by_day.items()}
    for _, name, span, form in pages_of_classes(context):
        if span is None:
            continue
        for day in (day for day, classes in days.items() if name in classes):
            if span.possible_from.date() <= day < span.certain_from.date():
                yield f"{form}.started_at"
            if span.certain_to.date() < day <= span.possible_to.date():
                yield f"{form}.stopped_at"


def pages_of_classes(context: Context) -> Iterator[tuple[Row, str, Span | None, str]]:
    """Yield each page about something that was perhaps given and counts: row, class, when it was given, form."""
    for row in context.rows["anakinra_course"]:
        if answer(row, "given") is not False:
            yield row, "anakinra", course_span(row), "anakinra_course"
    for row in context.rows["concomitant_agent"]:
        name = class_of(row)
        if name is not None:
            yield row, name, agent_span(row), "concomitant_agent"


IMMUNOSUPPRESSANTS_BY_DAY = replace(
    IMMUNOSUPPRESSANTS_BY_DAY_1,
    version="2",
    changed="What has no first dose was perhaps given on any day until its last: the number is then a lower bound, no "
    "longer exact, and the answers that would tell are named.",
    judge_child=judge_infusions,
)
