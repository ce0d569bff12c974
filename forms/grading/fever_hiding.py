"""When drugs that hide fever were given: anakinra, and every agent against cytokines or inflammation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from forms.context import Context
from forms.values import Row, Value, answer, earliest, latest

AGENTS = frozenset(
    {
        "tocilizumab",
        "siltuximab",
        "canakinumab",
        "emapalumab",
        "etanercept",
        "other_tnf",
        "ruxolitinib",
        "other_jak",
        "dexamethasone",
        "methylprednisolone",
        "prednisone",
        "hydrocortisone",
    }
)
_PURPOSES = ("treatment", "prevention")
_LOCAL_ROUTES = ("topical", "inhaled", "intrathecal")


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """When a drug was given: the first and last moment its first and its last dose can have been.

    The end is None while it goes on.
    """

    since: tuple[datetime, datetime]
    until: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, kw_only=True)
class HiddenFrom:
    """From when a drug hides fever for certain, and from when it may; None where there is no such drug."""

    certain: datetime | None = None
    possible: datetime | None = None


NOT_HIDDEN = HiddenFrom()


def fever_hiding_drugs(context: Context) -> tuple[Stretch, ...]:
    """Return when the child was given anakinra, or an agent by a route and for a purpose that hides fever."""
    given = (row for row in context.rows["anakinra_course"] if answer(row, "given") is True)
    agents = (row for row in context.rows["concomitant_agent"] if _hides_fever(row))
    return tuple(_stretches((*given, *agents)))


def hidden_from(drugs: Iterable[Stretch], onset: datetime) -> HiddenFrom:
    """Return since when a drug given after an onset, or still given then, hides fever."""
    found = list(drugs)
    certain = (max(one.since[1], onset) for one in found if one.until is None or one.until[0] >= onset)
    possible = (max(one.since[0], onset) for one in found if one.until is None or one.until[1] >= onset)
    return HiddenFrom(certain=min(certain, default=None), possible=min(possible, default=None))


def _hides_fever(row: Row) -> bool:
    return (
        answer(row, "agent") in AGENTS
        and answer(row, "purpose") in _PURPOSES
        and answer(row, "route") not in _LOCAL_ROUTES
    )


def _stretches(rows: Iterable[Row]) -> Iterator[Stretch]:
    for row in rows:
        since, until = _span(answer(row, "started_at")), _span(answer(row, "stopped_at"))
        if since is not None:
            yield Stretch(since=since, until=until)


def _span(value: Value) -> tuple[datetime, datetime] | None:
    first, last = earliest(value), latest(value)
    return None if first is None or last is None else (first, last)
