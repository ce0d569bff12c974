"""What other pages already say of an agent, offered instead of asked twice: the only toxicity there to be treated."""

from __future__ import annotations

from datetime import date

from forms.casebook.recorded_elsewhere import recorded_of_a_single_dose
from forms.context import Context
from forms.form import Recorded
from forms.toxicity_days import first_graded_days, of_infusion
from forms.values import Row, answer, day_of, earliest, latest


def recorded_of_agent(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the episode that was treated, where there was but one, and the last dose of an agent given once."""
    return {**_the_only_episode(row, context), **recorded_of_a_single_dose(row, context)}


def _the_only_episode(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the episode of a treatment that alone may have been there on the day of the first dose.

    Nothing where another toxicity was graded 1 or more by then and has no episode yet: it may have been treated too.
    """
    day = day_of(answer(row, "started_at"))
    infusion = context.infusion_before(day)
    if answer(row, "purpose") != "treatment" or day is None or infusion is None:
        return {}
    named = {answer(one, "toxicity") for one in of_infusion(context.rows, "toxicity_episode", infusion)}
    graded = {toxicity for toxicity, first in first_graded_days(context.rows, infusion).items() if first <= day}
    there = [one for one in context.rows["toxicity_episode"] if _may_be_there(one, day)]
    if len(there) != 1 or graded - named or answer(there[0], "onset_on") is None:
        return {}
    when = "the only one at the first dose"
    return {"episodes": Recorded(value=(str(there[0]["key"]),), form="toxicity_episode", when=when)}


def _may_be_there(episode: Row, day: date) -> bool:
    began, resolved = earliest(answer(episode, "onset_on")), latest(answer(episode, "resolved_on"))
    return (began is None or began.date() <= day) and (resolved is None or resolved.date() >= day)
