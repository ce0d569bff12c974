"""What the pages of a child already say of the time since the last contact, offered on the page of the next one.

Only what surely happened since: a day that may lie before is left out. None and No are never offered: they show that
somebody looked, and that no page tells of something is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from forms.code_lists import TOXICITIES
from forms.context import Context
from forms.form import Recorded
from forms.infusions import first_infused_on
from forms.values import Row, answer, day_of, earliest, latest

BEGUN = {
    "toxicities_since": ("toxicity_episode", "onset_on"),
    "anakinra_since": ("anakinra_course", "started_at"),
    "infections_since": ("infection", "onset_on"),
    "adverse_events_since": ("adverse_event", "onset_on"),
}
"""Item of a contact -> the form whose pages tell it, and the item that says when what they tell began."""


@dataclass(frozen=True, kw_only=True)
class _Period:
    """The days that a contact is asked about: after the last one, or from the infusion on, to its own."""

    first: date
    last: date

    def holds(self, row: Row, item: str) -> bool:
        """Tell whether every day that an answer can mean lies in the period."""
        begin, end = earliest(answer(row, item)), latest(answer(row, item))
        return begin is not None and end is not None and self.first <= begin.date() and end.date() <= self.last


def recorded_since(row: Row, context: Context) -> dict[str, Recorded]:
    """Return toxicities, anakinra, treated infections and adverse events that began since the last contact.

    Nothing for a contact without a day or before every infusion. Of two contacts on one day neither is the last one.
    """
    found = {name: since(name, row, context) for name in BEGUN}
    return {name: one for name, one in found.items() if one}


def since(name: str, row: Row, context: Context) -> Recorded | None:
    """Return what the pages of one form say of an item of a contact; None where none of them surely began since."""
    form, dated_by = BEGUN[name]
    period = _period(row, context)
    begun = [one for one in context.rows[form] if period and period.holds(one, dated_by) and _counts(form, one)]
    if not begun:
        return None
    days = sorted({str(answer(one, dated_by))[:10] for one in begun})
    named = {answer(one, "toxicity") for one in begun}  # of the other forms nothing: they ask whether, not which
    value = tuple(code for code in TOXICITIES.labels if code in named) or True
    return Recorded(value=value, form=form, when=" to ".join(dict.fromkeys((days[0], days[-1]))))


def _counts(form: str, page: Row) -> bool:
    """Tell whether a page is one that is asked about: an episode of a named toxicity, an infection that was treated."""
    if form == "toxicity_episode":
        return answer(page, "toxicity") is not None
    return form != "infection" or answer(page, "treatment_route") not in (None, "none")


def _period(row: Row, context: Context) -> _Period | None:
    seen, infused = day_of(answer(row, "seen_on")), first_infused_on(context.rows["infusion"])
    if seen is None or infused is None or seen < infused:
        return None
    contacts = [day_of(answer(one, "seen_on")) for one in context.others("follow_up", row)]
    before = max((day for day in contacts if day is not None and day < seen), default=None)
    return _Period(first=max(infused, before + timedelta(days=1)) if before else infused, last=seen)
