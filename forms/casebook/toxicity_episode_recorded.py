"""What the daily grades already say of a toxicity without an episode, or of its return, offered to be taken over."""

from __future__ import annotations

from forms.context import Context
from forms.form import Recorded
from forms.toxicity_days import Return, first_graded_days, of_infusion, returns
from forms.values import PartialDate, Row, answer, latest


def recorded_of_graded_days(row: Row, context: Context) -> dict[str, Recorded]:
    """Return toxicity and onset of the first one that was graded 1 or more after the infusion and has no episode.

    One that was graded again after its episodes resolved has none of that return: which episode came back is offered
    too, unless the page began before that one resolved. The onset is that of the toxicity chosen on the page, once one
    is. The grade of the clinician counts, as it does for what is due; how high it was at most is for a person to say.
    """
    infusion = context.linked("infusion", answer(row, "infusion"))
    if infusion is None:
        return {}
    rows = {**context.rows, "toxicity_episode": tuple(context.others("toxicity_episode", row))}
    named = {answer(other, "toxicity") for other in of_infusion(rows, "toxicity_episode", infusion)}
    onset = latest(answer(row, "onset_on"))
    again = {
        name: one for name, one in returns(rows, infusion).items() if onset is None or onset.date() >= one.resolved_on
    }
    days = {name: day for name, day in first_graded_days(rows, infusion).items() if name not in named}
    days |= {name: one.since for name, one in again.items()}
    toxicity = str(answer(row, "toxicity") or min(days, key=lambda name: days[name], default=""))
    if toxicity not in days:
        return {}
    day = days[toxicity].isoformat()
    return {
        "toxicity": Recorded(value=toxicity, form="assessment", when=f"from {day} on"),
        "onset_on": Recorded(value=PartialDate(day), form="assessment", when="first day of grade 1 or more"),
        **(_recurrence(again[toxicity]) if toxicity in again else {}),
    }


def _recurrence(again: Return) -> dict[str, Recorded]:
    when = f"resolved by {again.resolved_on.isoformat()}"
    return {
        "is_recurrence": Recorded(value=True, form="toxicity_episode", when=when),
        "recurrence_of": Recorded(value=str(again.earlier["key"]), form="toxicity_episode", when=when),
    }
