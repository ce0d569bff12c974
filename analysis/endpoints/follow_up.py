"""Until when a child was observed after an infusion, and by which record that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child, Dated
from analysis.endpoints.time_to_event import Source
from forms.derivations import observation_ended_on
from forms.values import answer, earliest

BY_DEATH, SECOND_INFUSION, LEFT, DATA_CUT, COMPLETE = ENDS = (
    "died",
    "second infusion",
    "left the registry",
    "data cut",
    "complete",
)
"""What ends observation; of two on one day that which stands first here."""


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """The last day after an infusion on which a child was observed, counted in; -1 for none.

    `died` says that this is the day of death.
    """

    last_day: int
    ended_by: str
    source: Source

    @property
    def died(self) -> bool:
        """Return whether observation ended by death."""
        return self.ended_by == BY_DEATH


def follow_up_of(cut: Cut, child: Child, last_day: int, *, infusion: int = 0) -> FollowUp:
    """Return a child's follow-up from its first infusion, or a later one, to `last_day` at most.

    Death, transfer out of the registry, end of study and the data cut end it with their day, a second infusion with the
    day before. Of two on one day the first of `ENDS` counts.
    """
    infused = child.infusions[infusion]
    left = (*child.transfers, *_ended(cut, child, infused.day))
    ends = [(infused.day + timedelta(days=last_day), COMPLETE, infused.source)]
    ends.append((cut.data_date, DATA_CUT, infused.source))
    ends += [(one.day, LEFT, one.source) for one in left if one.day >= infused.day]
    ends += [(one.day - timedelta(days=1), SECOND_INFUSION, one.source) for one in child.infusions[infusion + 1 :]]
    if child.death:
        ends.append((child.death.day, BY_DEATH, child.death.source))
    day, why, source = min(ends, key=lambda end: (end[0], ENDS.index(end[1]), end[2].record))
    return FollowUp(last_day=max((day - infused.day).days, -1), ended_by=why, source=source)


def observed_until(end: Record, since: date) -> date | None:
    """Return the last day on which a child was observed, by its end-of-study page; None where that ends nothing.

    Who is not known to have died was last observed when last known to be alive, which is often long before the page
    ends observation; of a partial date its first day. It is not before ``since``, unless observation ended by then.
    """
    ended, alive = observation_ended_on(end), earliest(answer(end, "last_contact_on"))
    if ended is None or alive is None or answer(end, "reason") == "died":
        return ended
    return min(ended, max(alive.date(), since))


def _ended(cut: Cut, child: Child, since: date) -> list[Dated]:
    """Return the day on which observation ended alive."""
    found = []
    for row in cut.rows("end_of_study", child.subject):
        day = observed_until(row, since)
        if day is not None and answer(row, "reason") != "died":
            item = "ended_on" if day == observation_ended_on(row) else "last_contact_on"
            source = Source(form="end_of_study", item=item, record=str(row["record"]))
            found.append(Dated(day=day, source=source))
    return found
