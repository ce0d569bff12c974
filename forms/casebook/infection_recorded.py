"""Which immunosuppressants the pages of a child tell of before an infection, offered so that nobody lists them twice.

Only what was certainly given is offered, what leaves its days open is named beside it. That no page tells of an agent
is no answer: “None of these” is never offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from forms.code_lists import IMMUNOSUPPRESSANTS
from forms.context import Context
from forms.dosing.immunosuppressants import names_of
from forms.dosing.immunosuppressants_open import pages_of_classes
from forms.form import Recorded
from forms.values import answer, day_of, latest

WINDOWS = {"agents_7_days": 7, "agents_30_days": 30}
"""Item -> how many days before the onset it asks about; the day of onset itself is not before it."""

_FORMS = ("concomitant_agent", "anakinra_course", "infusion")
"""The forms that tell of immunosuppressants."""


def recorded_before_infection(onset: date, context: Context) -> dict[str, Recorded]:
    """Return item -> classes certainly given in the days that it asks about; nothing where none is certain."""
    found = {name: _given_between(onset, days, context) for name, days in WINDOWS.items()}
    return {name: one for name, one in found.items() if one}


def _given_between(onset: date, days: int, context: Context) -> Recorded | None:
    """Return the classes certainly given from so many days before the onset to the day before it."""
    first, last = onset - timedelta(days=days), onset - timedelta(days=1)
    told = [*_agents(first, last, context), *_lymphodepletion(first, last, context)]
    certain = {name for _, name, is_certain in told if is_certain}
    if not certain:
        return None
    perhaps = names_of(frozenset(name for _, name, _ in told) - certain)
    forms = [form for form in _FORMS if any(one == form and is_certain for one, _, is_certain in told)]
    when = f"{first} to {last}" + (f"; perhaps also {perhaps}, of unknown days" if perhaps else "")
    classes = tuple(code for code in IMMUNOSUPPRESSANTS.labels if code in certain)
    return Recorded(value=classes, form=forms[0], also=tuple(forms[1:]), when=when)


def _agents(first: date, last: date, context: Context) -> Iterator[tuple[str, str, bool]]:
    """Yield form, class and whether it is certain, of the courses and agents that were perhaps given between two days.

    What goes on is taken to go on at the onset, as it is for the onset against anakinra.
    """
    for row, name, span, form in pages_of_classes(context):
        if span is None:
            ended = latest(answer(row, "stopped_at"))
            if ended is None or ended.date() >= first:
                yield form, name, False
        elif span.possible_from.date() <= last and span.possible_to.date() >= first:
            begins, ends = max(span.certain_from.date(), first), min(span.certain_to.date(), last)
            yield form, name, begins <= ends


def _lymphodepletion(first: date, last: date, context: Context) -> Iterator[tuple[str, str, bool]]:
    """Yield the chemotherapy before the cells: certain on its first day, perhaps where day or drugs are open."""
    for row in context.rows["infusion"]:
        drugs, began, infused = (answer(row, name) for name in ("lymphodepletion", "lymphodepletion_on", "infused_on"))
        cells_on, begun_on = day_of(infused), day_of(began)
        if drugs in (None, "none") or cells_on is None or cells_on < first or (begun_on or first) > last:
            continue
        yield "infusion", "chemotherapy", begun_on is not None and begun_on >= first and drugs != "other"
