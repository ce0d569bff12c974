"""What is already said of an infusion, an infection, a response or an agent, offered instead of asked twice.

Only what the help of an item defines as the answer of another one, and laboratory values: nothing is judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from forms.casebook.infection_recorded import recorded_before_infection
from forms.context import Context
from forms.form import Recorded
from forms.values import Answer, Measurement, Row, answer, day_of

_MONTH = timedelta(days=30)


def recorded_at_infusion(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the disease burden of the baseline page, for the first infusion."""
    infused = day_of(answer(row, "infused_on"))
    before = [day_of(answer(other, "infused_on")) for other in context.others("infusion", row)]
    if infused is None or any(day is None or day <= infused for day in before):
        return {}
    return _told("burden_at_lymphodepletion", context.single("baseline"), "disease_burden", "baseline", "assessed_on")


def recorded_before_course(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the disease burden at lymphodepletion of the infusion that a course belongs to."""
    infusion = context.linked("infusion", answer(row, "infusion"))
    return _told("at_start_disease_burden", infusion or {}, "burden_at_lymphodepletion", "infusion", "infused_on")


def recorded_at_response(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the disease of the baseline page, and the counts of the day on which the response was assessed."""
    disease = _told("disease_group", context.single("baseline"), "disease", "baseline", "assessed_on")
    day = day_of(answer(row, "assessed_on"))
    counts = {name: _only_one_of(day, name, context) for name in ("anc", "platelets")}
    return {**disease, **{name: found for name, found in counts.items() if found}}


def recorded_at_infection(row: Row, context: Context) -> dict[str, Recorded]:
    """Return the neutrophils of the day of onset, the last IgG of the month up to it and the immunosuppressants before.

    Nothing for a partial date.
    """
    onset = day_of(answer(row, "onset_on"))
    if onset is None:
        return {}
    found = {
        "anc_at_onset": _only_one_of(onset, "anc", context),
        "igg_at_onset": _last_of(onset - _MONTH, onset, "igg", context),
    }
    return {name: one for name, one in found.items() if one} | recorded_before_infection(onset, context)


def recorded_of_a_single_dose(row: Row) -> dict[str, Recorded]:
    """Return the first dose as the last one of an agent that was given once, or may have been and is given no more."""
    first, often, count = answer(row, "started_at"), answer(row, "frequency"), answer(row, "doses_given")
    if first is None or often not in (None, "once") or count not in (None, 1):
        return {}
    is_told = often is not None or count is not None
    if not is_told and answer(row, "ongoing") is not False:
        return {}
    when = "the only dose" if is_told else "the first dose if it was the only one"
    return {"stopped_at": Recorded(value=first, form="concomitant_agent", when=when)}


def _told(item: str, page: Row, source: str, form: str, dated_by: str) -> dict[str, Recorded]:
    value, day = answer(page, source), answer(page, dated_by)
    return {item: Recorded(value=value, form=form, when=str(day))} if isinstance(value, str) and day else {}


def _only_one_of(day: date | None, analyte: str, context: Context) -> Recorded | None:
    """Return the value of a day, None where its samples say different ones: which of them is for a person to choose."""
    if day is None:
        return None
    found = _sampled(day, day, analyte, context)
    alike = {(value.sign, value.value) for _, value in found}
    return _recorded(*found[0]) if len(alike) == 1 else None


def _last_of(first: date, last: date, analyte: str, context: Context) -> Recorded | None:
    found = _sampled(first, last, analyte, context)
    return _recorded(*found[-1]) if found else None


def _sampled(first: date, last: date, analyte: str, context: Context) -> list[tuple[datetime, Measurement]]:
    """Return when and what of the laboratory pages between two days, in order of time."""
    told: Iterable[tuple[Answer | None, Answer | None]] = (
        (answer(page, "sampled_at"), answer(page, analyte)) for page in context.rows["laboratory"]
    )
    found = [
        (at, value)
        for at, value in told
        if isinstance(at, datetime) and isinstance(value, Measurement) and first <= at.date() <= last
    ]
    return sorted(found, key=lambda pair: pair[0])


def _recorded(at: datetime, value: Measurement) -> Recorded:
    return Recorded(value=value, form="laboratory", when=f"{at:%Y-%m-%d %H:%M}")
