"""What other pages already say of an agent, offered instead of asked twice; never a dose, and no time but its own.

The only toxicity that was there to be treated; unit and route of the page before of the same agent.
"""

from __future__ import annotations

from datetime import date, datetime

from forms.casebook.recorded_elsewhere import recorded_of_a_single_dose
from forms.context import Context
from forms.form import Recorded, recorded_by_page
from forms.toxicity_days import first_graded_days, of_infusion
from forms.values import Row, answer, day_of, earliest, latest

ONLY_AT_FIRST_DOSE = "the only one at the first dose"


def recorded_of_agent(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the episode treated where there was but one, unit and route as before, and the end of a single dose."""
    return {**_the_only_episode(row, context), **_as_before(row, context), **recorded_of_a_single_dose(row)}


def _the_only_episode(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the episode of a treatment that alone may have been there on the day of the first dose."""
    episode = only_episode_on(day_of(answer(row, "started_at")), context)
    if answer(row, "purpose") != "treatment" or episode is None:
        return {}
    return {"episodes": Recorded(value=(episode,), form="toxicity_episode", when=ONLY_AT_FIRST_DOSE)}


def only_episode_on(day: date | None, context: Context) -> str | None:
    """Return the key of the episode that alone may have been there on a day.

    None where another toxicity was graded 1 or more by then and has no episode yet: it may have been treated too.
    """
    infusion = context.infusion_before(day)
    if day is None or infusion is None:
        return None
    named = {answer(one, "toxicity") for one in of_infusion(context.rows, "toxicity_episode", infusion)}
    graded = {toxicity for toxicity, first in first_graded_days(context.rows, infusion).items() if first <= day}
    there = [one for one in context.rows["toxicity_episode"] if _may_be_there(one, day)]
    if len(there) != 1 or graded - named or answer(there[0], "onset_on") is None:
        return None
    return str(there[0]["key"])


def _may_be_there(episode: Row, day: date) -> bool:
    began, resolved = earliest(answer(episode, "onset_on")), latest(answer(episode, "resolved_on"))
    return (began is None or began.date() <= day) and (resolved is None or resolved.date() >= day)


def _as_before(row: Row, context: Context) -> dict[str, Recorded]:
    """Return unit and route of the newest page of the same agent that, once the first dose is told, began by then."""
    pages = [(begun, page) for page in context.others("concomitant_agent", row) if (begun := _begun(page))]
    start = _begun(row)
    same = [(begun, page) for begun, page in pages if _agent(page) == _agent(row) and (not start or begun <= start)]
    if not same or answer(row, "agent") is None:
        return {}
    _, before = max(same, key=lambda one: (one[0], str(one[1]["key"])))
    told = {name: answer(before, name) for name in ("unit", "route")}
    return recorded_by_page("concomitant_agent", f"the page from {answer(before, 'started_at')}", told)


def _begun(page: Row) -> datetime | None:
    return earliest(answer(page, "started_at"))


def _agent(page: Row) -> tuple[object, object]:
    return answer(page, "agent"), answer(page, "agent_other")
