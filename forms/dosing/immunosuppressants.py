"""How many classes of immunosuppressant a child had on each day after an infusion, anakinra among them.

The rule set stands here in its first version; the newest is in ``immunosuppressants_open.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from forms.code_lists import IMMUNOSUPPRESSANTS
from forms.context import Context
from forms.dosing.agents import Span, agent_span, class_of, course_span
from forms.dosing.protocol_words import small
from forms.infusions import dated_infusions
from forms.rule_set import AT_LEAST, EXACT, RuleSet, Verdict
from forms.values import Row

LAST_DAY = 90
"""Infections are counted in strata to day 90 after infusion (decision D26)."""

DATES_OPEN = "dates_open"
_NONE = "none recorded"


@dataclass(frozen=True, kw_only=True)
class GivenOn:
    """The classes of one day: those certainly given, and those that were perhaps."""

    certain: frozenset[str]
    possible: frozenset[str]


def classes_by_day(courses: Iterable[Row], agents: Iterable[Row], days: Iterable[date]) -> dict[date, GivenOn]:
    """Return day -> classes for those of the days on which any was given.

    What goes on is counted to the last day that any page about doses tells of: the future is nobody's knowledge.
    """
    given = [*_anakinra(courses), *_others(agents)]
    known_until = max((moment.date() for _, span in given for moment in _told(span)), default=date.min)
    found = {day: _given_on(day, given) for day in days if day <= known_until}
    return {day: on for day, on in found.items() if on.certain or on.possible}


def fullest_day(courses: Iterable[Row], agents: Iterable[Row], first: date, last: date) -> tuple[date, GivenOn] | None:
    """Return the first of the days between two on which the most classes were certainly given; None without any.

    More are given only from a day on which one begins: looking at these is enough, however far apart the two days are.
    """
    courses, agents = tuple(courses), tuple(agents)
    spans = [span for _, span in (*_anakinra(courses), *_others(agents))]
    begins = {max(moment.date(), first) for span in spans for moment in (span.certain_from, span.possible_from)}
    by_day = classes_by_day(courses, agents, sorted(day for day in begins if day <= last))
    return max(by_day.items(), key=lambda pair: len(pair[1].certain), default=None)


def _given_on(day: date, given: Iterable[tuple[str, Span]]) -> GivenOn:
    spans = tuple(given)
    return GivenOn(
        certain=frozenset(name for name, span in spans if span.certain_from.date() <= day <= span.certain_to.date()),
        possible=frozenset(name for name, span in spans if span.possible_from.date() <= day <= span.possible_to.date()),
    )


def _anakinra(courses: Iterable[Row]) -> Iterator[tuple[str, Span]]:
    for course in courses:
        span = course_span(course)
        if span is not None:
            yield "anakinra", span


def _others(agents: Iterable[Row]) -> Iterator[tuple[str, Span]]:
    for row in agents:
        name, span = class_of(row), agent_span(row)
        if name is not None and span is not None:
            yield name, span


def _told(span: Span) -> tuple[datetime, ...]:
    return tuple(moment for moment in (span.certain_from, span.possible_to) if moment != datetime.max)


def days_of(first: date, last: date) -> Iterator[date]:
    """Yield the days from one to another, both among them."""
    return (date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))


def names_of(classes: frozenset[str]) -> str:
    """Return classes in words, in the order of their list."""
    return ", ".join(small(label) for code, label in IMMUNOSUPPRESSANTS.labels.items() if code in classes)


def judge_infusions(context: Context) -> Mapping[str, Verdict]:
    """Return, for each infusion by key, the most classes on one day until day 90 or the next infusion."""
    courses, agents = context.rows["anakinra_course"], context.rows["concomitant_agent"]
    return {
        key: verdict_on(classes_by_day(courses, agents, days_of(first, last)), first)
        for key, (first, last) in counted_days(context).items()
    }


def counted_days(context: Context) -> dict[str, tuple[date, date]]:
    """Return, for each infusion by key, the first and the last day on which classes are counted."""
    dated = dated_infusions(context.rows["infusion"])
    found = {}
    for day, row in dated:
        following = min((other for other, _ in dated if other > day), default=date.max)
        last = date.fromordinal(min(day.toordinal() + LAST_DAY, following.toordinal() - 1))
        found[str(row["key"])] = (day, last)
    return found


def verdict_on(by_day: Mapping[date, GivenOn], infused_on: date) -> Verdict:
    """Return the most classes on one day, a lower bound where a class was perhaps given on another day too."""
    counts = {day: len(given.certain) for day, given in by_day.items()}
    most = max(counts.values(), default=0)
    is_open = any(given.possible > given.certain for given in by_day.values())
    first = next((day for day, count in counts.items() if count == most), None)
    because = _NONE
    if first is not None and most:
        because = f"most on day {(first - infused_on).days}: {names_of(by_day[first].certain)}"
    return Verdict(
        value=str(most),
        certainty=AT_LEAST if is_open else EXACT,
        why=DATES_OPEN if is_open else "",
        because=because,
        details={str((day - infused_on).days): str(count) for day, count in counts.items()},
    )


IMMUNOSUPPRESSANTS_BY_DAY_1 = RuleSet(
    id="immunosuppressants_by_day",
    version="1",
    title="Immunosuppressants given on one day, by class",
    source="Counted from the pages of anakinra courses and concomitant agents; a class counts on the days of its "
    "doses, not for as long as it acts",
    verified=True,
    form="infusion",
    uses=("concomitant_agent",),
    values=("N",),
    counts=("class", "classes"),
    none=_NONE,
    judge_child=judge_infusions,
)
