"""What dates leave possible: whether HLH-like toxicity was there at a first dose, and what was newly needed after it.

A date that is known to the day counts from its first moment, as in ``carhlh_facts.py``. One that is known to the month,
or not at all, may be any of its days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from forms.grading.carhlh_course import UNTRANSFUSED_DAYS, Needs
from forms.grading.carhlh_facts import (
    COAGULATION_PRODUCTS,
    is_carhlh,
    is_under_vasopressor,
    organ_support_of,
    rescue_class_of,
)
from forms.grading.samples import Sample
from forms.values import Row, answer, earliest, latest


@dataclass(frozen=True, kw_only=True)
class Begun:
    """Something that began: its kind, the first and the last moment at which it can have, and the item that tells."""

    kind: str
    first: datetime
    last: datetime
    item: str


@dataclass(frozen=True, kw_only=True)
class PossibleNeeds:
    """The fewest and the most needs that the dates leave possible, and the items that leave a component open."""

    fewest: Needs
    most: Needs
    undated: Mapping[str, tuple[str, ...]]


def carhlh_at(episodes: Iterable[Row], course: Row, day: date) -> bool | None:
    """Return whether a carHLH episode had begun and not ended by the day of a first dose, or its page says so.

    The page does not count where the committee found that the episode of that day was not carHLH. None where the dates
    of the episodes leave it open.
    """
    states = [(episode, _covers(episode, day)) for episode in episodes]
    there = {state for episode, state in states if is_carhlh(episode)}
    overruled = {
        state for episode, state in states if answer(episode, "toxicity") == "carhlh" and not is_carhlh(episode)
    }
    says_so = answer(course, "at_start_carhlh_present") is True
    if True in there:
        return True
    can_be = None in there or (says_so and True not in overruled)
    can_not_be = not says_so or bool(overruled - {False})
    return None if can_be and can_not_be else can_be


def open_episode_items(episodes: Iterable[Row], day: date) -> tuple[str, ...]:
    """Return the items without which it is open whether an episode called carHLH was there on a day."""
    found = set()
    for episode in episodes:
        if _covers(episode, day) is None and (is_carhlh(episode) or answer(episode, "toxicity") == "carhlh"):
            onset, resolution = _between(episode, "onset_on"), _resolution(episode)
            found |= {"onset_on"} if onset[1].date() > day else set()
            found |= {"resolved_on"} if resolution is not None and resolution[0].date() <= day else set()
    return tuple(f"toxicity_episode.{name}" for name in sorted(found))


def _covers(episode: Row, day: date) -> bool | None:
    """Tell whether an episode had begun by a day and had not ended on it."""
    onset, resolution = _between(episode, "onset_on"), _resolution(episode)
    if onset[0].date() > day or (resolution is not None and resolution[1].date() <= day):
        return False
    return True if onset[1].date() <= day and (resolution is None or resolution[0].date() > day) else None


def _resolution(episode: Row) -> tuple[datetime, datetime] | None:
    """Return when an episode can have resolved; None where no resolution is told: it goes on."""
    return None if episode.get("resolved_on") is None else _between(episode, "resolved_on")


def _between(row: Row, name: str) -> tuple[datetime, datetime]:
    """Return the first and the last moment that a date can mean, any for one that is missing."""
    first, last = earliest(answer(row, name)), latest(answer(row, name))
    if first is None or last is None:
        return datetime.min, datetime.max
    return _narrowed(first, last)


def _started(row: Row, ended: str) -> tuple[datetime, datetime]:
    """Return the first and the last moment at which something can have begun: not after its end, where one is told."""
    first, last = _between(row, "started_at")
    end = latest(answer(row, ended))
    return _narrowed(first, last if end is None or end < first else min(last, end))


def _narrowed(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """Return two moments, of one day its first: a date without its time counts from the beginning of the day."""
    return first, first if first.date() == last.date() else last


def needs_between(
    agents: Iterable[Row],
    support: Iterable[Row],
    assessments: Iterable[Row],
    samples: Iterable[Sample],
    first_dose: datetime,
) -> PossibleNeeds:
    """Return the fewest and the most of what was newly needed after a first dose, and of coagulation products."""
    supports = tuple(support)
    fewest, most, items = _new_between([*_rescues(agents, supports, assessments)], first_dose)
    given = [_started(row, "ended_at") for row in supports if answer(row, "kind") in COAGULATION_PRODUCTS]
    known = tuple(sorted(first for first, last in given if first == last))
    perhaps = [*_within_48_hours((span for span in given if span[0] < span[1]), samples)]
    undated = {"nothing_new_needed": items, "fibrinogen": ("support.started_at",) if perhaps else ()}
    return PossibleNeeds(
        fewest=Needs(coagulation_products=known, new_rescue_days=fewest),
        most=Needs(coagulation_products=tuple(sorted({*known, *perhaps})), new_rescue_days=most),
        undated={name: found for name, found in undated.items() if found},
    )


def _new_between(
    begun: Sequence[Begun], first_dose: datetime
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[str, ...]]:
    """Return the days on which kinds newly began, at the latest and the fewest, at the earliest and the most; and why.

    A kind that began by the first dose is not new, whenever else it was given.
    """
    fewest, most, items = set(), set(), set()
    for kind in {one.kind for one in begun}:
        group = [one for one in begun if one.kind == kind]
        first, last = min(one.first for one in group), min(one.last for one in group)
        if first > first_dose:
            fewest.add((last.date() - first_dose.date()).days)
        if last > first_dose:
            most.add((max(first, first_dose).date() - first_dose.date()).days)
            items |= {group[0].item} if first < last else set()
    return tuple(sorted(fewest)), tuple(sorted(most)), tuple(sorted(items))


def _rescues(agents: Iterable[Row], supports: Iterable[Row], assessments: Iterable[Row]) -> Iterator[Begun]:
    """Yield each rescue, organ support and assessment under a vasopressor; a kind is of one form."""
    for row in agents:
        if (rescue := rescue_class_of(row)) is not None:
            yield _begun(rescue, _started(row, "stopped_at"), "concomitant_agent.started_at")
    for row in supports:
        if (support := organ_support_of(row)) is not None:
            yield _begun(support, _started(row, "ended_at"), "support.started_at")
    for row in assessments:
        if is_under_vasopressor(row):
            yield _begun("vasopressor", _between(row, "assessed_at"), "assessment.assessed_at")


def _begun(kind: str, span: tuple[datetime, datetime], item: str) -> Begun:
    return Begun(kind=kind, first=span[0], last=span[1], item=item)


def _within_48_hours(given: Iterable[tuple[datetime, datetime]], samples: Iterable[Sample]) -> Iterator[datetime]:
    """Yield a moment before each sample of fibrinogen at which a product was perhaps given, within 48 hours of it."""
    drawn = [sample.at for sample in samples if "fibrinogen" in sample.values]
    for first, last in given:
        for at in drawn:
            since = at - timedelta(days=UNTRANSFUSED_DAYS)
            if first <= at and since <= last:
                yield max(first, since)
