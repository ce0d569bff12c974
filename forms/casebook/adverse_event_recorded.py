"""What other pages say of an adverse event, offered to be linked: the only course, the infection of its day."""

from __future__ import annotations

from datetime import timedelta

from forms.context import Context
from forms.form import Recorded
from forms.values import Row, answer, day_of, earliest, latest

AFTER_LAST_DOSE = timedelta(days=30)
"""How long after the last dose events are usually collected; anakinra itself is gone after a day or two."""


def recorded_of_event(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the only course that it came under or after, and the only infection that began on its day."""
    return {**_the_only_course(row, context), **_the_infection(row, context)}


def _the_infection(row: Row, context: Context) -> dict[str, Recorded]:
    onset = day_of(answer(row, "onset_on"))
    same = [one for one in context.rows["infection"] if onset and day_of(answer(one, "onset_on")) == onset]
    only = [Recorded(value=str(one["key"]), form="infection", when=str(onset)) for one in same]
    return {"infection": only[0]} if len(only) == 1 else {}


def _the_only_course(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the only course in which anakinra was given, where the event surely came on or after its first day.

    Nothing for an onset or a first dose that is not told, nor where a month alone leaves open which was first, nor for
    an event that surely began more than 30 days after the last dose.
    """
    courses = [course for course in context.rows["anakinra_course"] if answer(course, "given") is not False]
    onset = earliest(answer(row, "onset_on"))
    if len(courses) != 1 or onset is None:
        return {}
    first_dose = latest(answer(courses[0], "started_at"))
    if first_dose is None or onset.date() < first_dose.date():
        return {}
    last_dose = latest(answer(courses[0], "stopped_at"))
    if last_dose is not None and onset > last_dose + AFTER_LAST_DOSE:
        return {}
    only = Recorded(value=str(courses[0]["key"]), form="anakinra_course", when="the only one")
    return {"course": only}
