"""What other pages of the child already say of the state at the first dose, offered so that nobody types it twice.

The only toxicity there, weight, measured values, counts, the respiratory support, the sum of the steroid and the burden
before the cells only: a grade is judged anew for each day, never taken over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from forms.casebook.concomitant_agent_recorded import ONLY_AT_FIRST_DOSE, only_episode_on
from forms.casebook.recorded_elsewhere import recorded_before_course
from forms.context import Context
from forms.dosing.steroid_sum import steroid_between
from forms.dosing.weights import recorded
from forms.form import Recorded
from forms.grading.crs_signs import VASOACTIVE_CLASSES
from forms.values import Answer, Measurement, Row, answer, earliest, latest

_WITHIN = {
    "ferritin": timedelta(hours=24),
    "fibrinogen": timedelta(hours=24),
    "anc": timedelta(hours=48),
    "platelets": timedelta(hours=24),
    "crp": timedelta(hours=24),
    "ldh": timedelta(hours=48),
    "egfr": timedelta(days=7),
}
"""Analyte -> how long before the first dose its last value may have been sampled, as the help of the item says."""
_SIGNS_WITHIN = timedelta(hours=24)
_STEROID_WITHIN = timedelta(hours=72)
WEIGHT_WITHIN = timedelta(days=14)
"""How long before the first dose a weight may have been taken without a word, as the checks of the course say."""
_INODILATOR = "inodilator"


def recorded_at_start(row: Row, context: Context) -> dict[str, Recorded]:
    """Return item -> what other pages say of it at the first dose; empty before that dose has a day and time."""
    start = answer(row, "started_at")
    if not isinstance(start, datetime):
        return {}
    given = {**_tocilizumab(start, context), **_steroid(start, context)}
    state = {**_measured(start, context), **_signs(start, context), **given, **recorded_before_course(row, context)}
    return {**_episode(row, start, context), **_weight(row, start, context), **state}


def _episode(row: Row, start: datetime, context: Context) -> dict[str, Recorded]:
    """Return the episode that alone was there to be treated and has no course yet; nothing for prevention."""
    indications = answer(row, "indications")
    if answer(row, "episode") is not None or (isinstance(indications, tuple) and "prophylaxis" in indications):
        return {}
    episode = only_episode_on(start.date(), context)
    if episode is None or episode in {answer(other, "episode") for other in context.others("anakinra_course", row)}:
        return {}
    return {"episode": Recorded(value=episode, form="toxicity_episode", when=ONLY_AT_FIRST_DOSE)}


def _weight(row: Row, start: datetime, context: Context) -> dict[str, Recorded]:
    """Return the last weight before the first dose; of one day that of the infusion before those of other pages."""
    last_day = start.date()
    taken = [
        (weight.day, weight)
        for weight in recorded(context)
        if weight.anchor.key != row.get("key") and weight.day and last_day - WEIGHT_WITHIN <= weight.day <= last_day
    ]
    if not taken:
        return {}
    day, weight = max(taken, key=lambda pair: pair[0])
    return {"dosing_weight_kg": Recorded(value=weight.kg, form=weight.anchor.form, when=str(day))}


def _measured(start: datetime, context: Context) -> dict[str, Recorded]:
    found = {}
    for name, within in _WITHIN.items():
        for at, page in _last_first(context.rows["laboratory"], "sampled_at", start, within):
            value = answer(page, name)
            if isinstance(value, Measurement):
                found[f"at_start_{name}"] = Recorded(value=value, form="laboratory", when=_written(at))
                break
    return found


def _signs(start: datetime, context: Context) -> dict[str, Recorded]:
    found: dict[str, Recorded] = {}
    for at, page in _last_first(context.rows["assessment"], "assessed_at", start, _SIGNS_WITHIN):
        drugs, oxygen = answer(page, "vasoactives"), answer(page, "oxygen_mode")
        if isinstance(drugs, tuple):
            running = sum(1 for drug in drugs if VASOACTIVE_CLASSES.get(drug, _INODILATOR) != _INODILATOR)
            found.setdefault("at_start_vasopressors", Recorded(value=running, form="assessment", when=_written(at)))
        if isinstance(oxygen, str):
            found.setdefault("at_start_oxygen", Recorded(value=oxygen, form="assessment", when=_written(at)))
    return found


def _tocilizumab(start: datetime, context: Context) -> dict[str, Recorded]:
    """Return the doses since the infusion, where every page of tocilizumab tells how many came before the start."""
    infusion = context.infusion_before(start.date())
    infused = earliest(answer(infusion, "infused_on")) if infusion else None
    doses, last = 0, None
    for page in context.rows["concomitant_agent"]:
        if answer(page, "agent") != "tocilizumab":
            continue
        first, first_at_latest = earliest(answer(page, "started_at")), latest(answer(page, "started_at"))
        if first is None or first_at_latest is None or infused is None or first <= start < first_at_latest:
            return {}
        if first > start or first_at_latest < infused:
            continue
        given = _doses_before(page, start)
        if given is None:
            return {}
        doses, last = doses + given, max(last or page, page, key=lambda one: str(answer(one, "started_at")))
    if last is None:
        return {}
    when = _written(answer(last, "started_at"))
    return {"at_start_tocilizumab_doses": Recorded(value=doses, form="concomitant_agent", when=when)}


def _steroid(start: datetime, context: Context) -> dict[str, Recorded]:
    """Return the sum of the steroid before the first dose and not with it, where the pages tell each of its doses."""
    given = steroid_between(context, start - _STEROID_WITHIN, start)
    if given is None:
        return {}
    when = f"1 dose, {_written(given.first)}"
    if given.count > 1:
        when = f"{given.count} doses as ordered, {_written(given.first)} to {_written(given.last)}"
    value = round(given.mg_per_kg, 2)
    return {"at_start_steroid_mg_per_kg_72h": Recorded(value=value, form="concomitant_agent", when=when)}


def _doses_before(page: Row, start: datetime) -> int | None:
    """Return how many doses of a page begun before the start were given before it; None where it does not tell."""
    if answer(page, "frequency") == "once":
        return 1
    given, stopped = answer(page, "doses_given"), latest(answer(page, "stopped_at"))
    is_over = stopped is not None and stopped <= start
    return given if isinstance(given, int) and (is_over or given <= 1) else None


def _written(at: Answer | None) -> str:
    """Return a moment as exactly as it is known, such as ``2026-03-08``."""
    return f"{at:%Y-%m-%d %H:%M}" if isinstance(at, datetime) else str(at)


def _last_first(rows: tuple[Row, ...], item: str, start: datetime, within: timedelta) -> Iterator[tuple[datetime, Row]]:
    """Yield the pages dated at most so long before the first dose, the last one first."""
    dated = [(at, page) for page in rows if isinstance(at := answer(page, item), datetime)]
    for at, page in sorted(dated, key=lambda pair: pair[0], reverse=True):
        if timedelta(0) <= start - at <= within:
            yield at, page
