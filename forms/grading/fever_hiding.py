"""When drugs that hide fever were given: anakinra, and every agent against cytokines or inflammation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from forms.context import Context
from forms.values import Row, answer, latest

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
    """From when a drug was given for certain, and until when it may have been; ``until`` None while it goes on."""

    since: datetime
    until: datetime | None = None


def fever_hiding_drugs(context: Context) -> tuple[Stretch, ...]:
    """Return when the child was given anakinra, or an agent by a route and for a purpose that hides fever."""
    given = (row for row in context.rows["anakinra_course"] if answer(row, "given") is True)
    agents = (row for row in context.rows["concomitant_agent"] if _hides_fever(row))
    return tuple(_stretches((*given, *agents)))


def hidden_from(drugs: Iterable[Stretch], onset: datetime) -> datetime | None:
    """Return since when a drug given after an onset, or still given then, hides fever; None without one."""
    since = (max(drug.since, onset) for drug in drugs if drug.until is None or drug.until >= onset)
    return min(since, default=None)


def _hides_fever(row: Row) -> bool:
    return (
        answer(row, "agent") in AGENTS
        and answer(row, "purpose") in _PURPOSES
        and answer(row, "route") not in _LOCAL_ROUTES
    )


def _stretches(rows: Iterable[Row]) -> Iterator[Stretch]:
    for row in rows:
        since = latest(answer(row, "started_at"))
        if since is not None:
            yield Stretch(since=since, until=latest(answer(row, "stopped_at")))
