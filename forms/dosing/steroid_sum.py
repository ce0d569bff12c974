"""How much systemic steroid was given in a stretch of time, where the pages of agents tell each of its doses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from forms.context import Context
from forms.dosing import agents
from forms.dosing.steroids import EQUIVALENTS, prednisone_dose
from forms.values import Row, Value, answer, earliest, latest

_ONE_DAY = timedelta(days=1)
_IN_STEP = ("q4h", "q6h", "q8h", "q12h", "q24h", "q48h")
"""Frequencies whose doses are as far apart as they say."""


@dataclass(frozen=True, kw_only=True)
class SteroidDoses:
    """The doses of a page, or of several, in a stretch of time, and their sum in mg/kg of prednisone."""

    count: int
    first: datetime
    last: datetime
    mg_per_kg: Decimal


def steroid_between(context: Context, since: datetime, until: datetime) -> SteroidDoses | None:
    """Return the counted steroid from one moment on to another, which is left out; doses in step are as ordered.

    None where there is none, and where a page leaves a dose of that time open: its hour, amount or purpose, or how long
    it went on; or where two pages may tell the same doses, such as an order and the one that took its place.
    """
    found: dict[tuple[Value, bool], list[SteroidDoses]] = {}
    for page in context.rows["concomitant_agent"]:
        if answer(page, "agent") not in EQUIVALENTS.prednisone_mg:
            continue
        span = agents.agent_span(page)
        if span is not None and (span.possible_to < since or span.possible_from >= until):
            continue
        if span is None or answer(page, "purpose") is None:
            return None
        if not agents.is_counted_steroid(page):
            continue
        each, times = _mg_per_kg_of_a_dose(page, context), _times(page, since, until)
        if not each or times is None:
            return None
        if times:
            given = SteroidDoses(count=len(times), first=times[0], last=times[-1], mg_per_kg=each * len(times))
            found.setdefault((answer(page, "agent"), answer(page, "frequency") == "once"), []).append(given)
    if not found or any(_may_be_the_same(alike) for alike in found.values()):
        return None
    return _together([given for alike in found.values() for given in alike])


def _may_be_the_same(alike: list[SteroidDoses]) -> bool:
    """Tell whether the doses of two pages of an agent lie between each other; a single one beside an order may."""
    in_order = sorted(alike, key=lambda given: given.first)
    return any(later.first <= earlier.last for earlier, later in pairwise(in_order))


def _together(found: list[SteroidDoses]) -> SteroidDoses:
    return SteroidDoses(
        count=sum(one.count for one in found),
        first=min(one.first for one in found),
        last=max(one.last for one in found),
        mg_per_kg=sum((one.mg_per_kg for one in found), Decimal(0)),
    )


def _mg_per_kg_of_a_dose(page: Row, context: Context) -> Decimal | None:
    day, times = prednisone_dose(page, context), agents.TIMES_A_DAY.get(str(answer(page, "frequency")))
    return None if day is None or day.mg_per_kg_day is None or times is None else day.mg_per_kg_day / times


def _times(page: Row, since: datetime, until: datetime) -> list[datetime] | None:
    """Return when the doses of a page begun before ``until`` were given from one moment on to that; None if not told.

    Doses in step are as ordered, as long as the last dose and the number of doses agree with it.
    """
    first, often = _exactly(answer(page, "started_at")), str(answer(page, "frequency"))
    stopped, given = answer(page, "stopped_at"), answer(page, "doses_given")
    if first is None:
        return None
    if often == "once":
        last_given = earliest(stopped)
        if given not in (None, 1) or (last_given is not None and last_given > first):
            return None
        return [first] if first >= since else []
    end = datetime.max if answer(page, "ongoing") is True else earliest(stopped)
    if often not in _IN_STEP or end is None:
        return None
    step, is_over = _ONE_DAY / float(agents.TIMES_A_DAY[often]), end < until
    before = (end - first) // step + 1 if is_over else -((first - until) // step)
    agrees = not isinstance(given, int) or (given == before if is_over else given >= before)
    if not agrees or (is_over and (_exactly(stopped) is None or (end - first) % step)):
        return None
    skipped = max(0, -((first - since) // step))
    return [first + number * step for number in range(skipped, before)]


def _exactly(when: Value) -> datetime | None:
    """Return a moment that is known to the minute; None for one that is not."""
    return earliest(when) if earliest(when) == latest(when) else None
