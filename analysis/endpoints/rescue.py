"""When an agent of a new rescue class was begun after a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from analysis.cut import Cut
from analysis.endpoints.children import Dated
from analysis.endpoints.time_to_event import Source
from analysis.plan.resolution import FOLLOW_UP_DAYS
from forms.grading.carhlh_facts import RESCUE_CLASSES
from forms.values import answer, day_of, earliest, latest


@dataclass(frozen=True, kw_only=True)
class NewRescue:
    """The first agent of a new rescue class after a moment.

    `is_undated` tells of one whose day is not known, or that may have been begun before the moment on the same day.
    """

    first: Dated | None
    is_undated: bool


def new_rescue(cut: Cut, subject: str, since: datetime) -> NewRescue:
    """Return the first agent, begun in follow-up after a moment, of a rescue class that had not been given by then."""
    begun, dated, is_undated = [], list[Dated](), False
    for row in cut.rows("concomitant_agent", subject):
        kind = RESCUE_CLASSES.get(str(answer(row, "agent")))
        if kind is not None:
            begun.append((kind, answer(row, "started_at"), row))
    known = {kind for kind, started, _ in begun if (last := latest(started)) is not None and last <= since}
    for kind, started, row in begun:
        first, last, day = earliest(started), latest(started), day_of(started)
        if kind in known:
            continue
        if first is None or last is None:
            ended = latest(answer(row, "stopped_at"))
            is_undated = is_undated or ended is None or ended > since
            continue
        if last <= since or first > since + timedelta(days=FOLLOW_UP_DAYS):
            continue
        if day is not None and first > since:
            source = Source(form="concomitant_agent", item="started_at", record=str(row["record"]))
            dated.append(Dated(day=day, source=source))
        else:
            is_undated = True
    return NewRescue(
        first=min(dated, key=lambda one: (one.day, one.source.record), default=None), is_undated=is_undated
    )
