"""What the daily grades already say of a toxicity that has no episode yet, offered so that nobody looks it up."""

from __future__ import annotations

from forms.context import Context
from forms.form import Recorded
from forms.toxicity_days import first_graded_days, of_infusion
from forms.values import PartialDate, Row, answer


def recorded_of_graded_days(row: Row, context: Context) -> dict[str, Recorded]:
    """Return toxicity and onset of the first one that was graded 1 or more after the infusion and has no episode.

    The onset is that of the toxicity chosen on the page, once one is. The grade of the clinician counts, as it does for
    what is due; how high it was at most is for a person to say.
    """
    infusion = context.linked("infusion", answer(row, "infusion"))
    if infusion is None:
        return {}
    others = of_infusion({"toxicity_episode": context.others("toxicity_episode", row)}, "toxicity_episode", infusion)
    named = {answer(other, "toxicity") for other in others}
    days = {name: day for name, day in first_graded_days(context.rows, infusion).items() if name not in named}
    toxicity = str(answer(row, "toxicity") or min(days, key=lambda name: days[name], default=""))
    if toxicity not in days:
        return {}
    day = days[toxicity].isoformat()
    return {
        "toxicity": Recorded(value=toxicity, form="assessment", when=f"from {day} on"),
        "onset_on": Recorded(value=PartialDate(day), form="assessment", when="first day of grade 1 or more"),
    }
