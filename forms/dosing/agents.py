"""The other agents against toxicity: what a dose amounts to, when each was given, and which class it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from forms.values import Row, answer, earliest, latest

STEROIDS = ("dexamethasone", "methylprednisolone", "prednisone", "hydrocortisone")
TNF_BLOCKERS = ("etanercept", "other_tnf")

AGENT_CLASSES = {
    "tocilizumab": "tocilizumab",
    **dict.fromkeys(STEROIDS, "steroid"),
    "ruxolitinib": "ruxolitinib",
    "other_jak": "ruxolitinib",
    "emapalumab": "emapalumab",
    "siltuximab": "siltuximab",
    "canakinumab": "other",
    **dict.fromkeys(TNF_BLOCKERS, "tnf_blocker"),
    "etoposide": "chemotherapy",
    "cyclophosphamide": "chemotherapy",
    "dasatinib": "other",
    "atg": "other",
    "other": "other",
}
"""Agent -> immunosuppressant class; immunoglobulin, plasma exchange and intrathecal drugs do not suppress."""

TOCILIZUMAB_BAND_KG = 30
TOCILIZUMAB_LOWEST_MG, TOCILIZUMAB_HIGHEST_MG = 20, 800
TOCILIZUMAB_MOST_DOSES, TOCILIZUMAB_HOURS_APART = 4, 8
"""CLINICAL.md 2.9 and the limits of section 4: the label of tisagenlecleucel."""

NOT_SYSTEMIC = ("topical", "inhaled", "intrathecal")
NOT_AGAINST_TOXICITY = ("premedication", "replacement", "antiemetic")
"""Purposes for which steroid is not counted: physiological, before a transfusion, against nausea."""

TIMES_A_DAY = {
    "once": Decimal(1),
    "q4h": Decimal(6),
    "q6h": Decimal(4),
    "q8h": Decimal(3),
    "q12h": Decimal(2),
    "q24h": Decimal(1),
    "q48h": Decimal("0.5"),
    "twice_weekly": Decimal(2) / 7,
    "weekly": Decimal(1) / 7,
}
SHORTEST_HOURS = {"q4h": 4, "q6h": 6, "continuous": 0}
"""Frequencies that are shorter than any two doses of tocilizumab may be apart."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """When something was given, as far as it is known: it may be (earliest..latest), and it must be (from..to).

    ``certain_from`` after ``certain_to`` means that no moment is certain. ``is_open``: it is given still.
    """

    possible_from: datetime
    certain_from: datetime
    certain_to: datetime
    possible_to: datetime
    is_open: bool = False


def span_of(row: Row, *, is_single: bool = False, goes_on: bool = False) -> Span | None:
    """Return when a course or an agent was given; None without a start.

    An end that is not told may be any, so it is possible to the end of time; certain only for what goes on.
    """
    began, ended = answer(row, "started_at"), answer(row, "stopped_at")
    first, last = earliest(began), latest(began)
    if first is None or last is None:
        return None
    until, beyond = earliest(ended), latest(ended)
    if until is None or beyond is None:
        if is_single:
            return Span(possible_from=first, certain_from=last, certain_to=first, possible_to=last)
        certain_to = datetime.max if goes_on else last
        return Span(
            possible_from=first, certain_from=last, certain_to=certain_to, possible_to=datetime.max, is_open=goes_on
        )
    # A last dose of “March” is not before a first one on the 12th.
    return Span(possible_from=first, certain_from=last, certain_to=max(until, first), possible_to=beyond)


def agent_span(row: Row) -> Span | None:
    """Return when a concomitant agent was given; a single dose ends when it begins."""
    goes_on = answer(row, "ongoing") is True
    is_single = answer(row, "frequency") == "once" or answer(row, "doses_given") == 1
    return span_of(row, is_single=is_single and not goes_on, goes_on=goes_on)


def course_span(course: Row) -> Span | None:
    """Return when anakinra was given: still, where no last dose is told; None for the page of a child given none."""
    return None if answer(course, "given") is False else span_of(course, goes_on=True)


def tocilizumab_mg(weight_kg: Decimal) -> Decimal:
    """Return the dose of tocilizumab for a weight: 12 mg/kg under 30 kg, 8 mg/kg from 30 kg on, at most 800 mg."""
    per_kg = 8 if weight_kg >= TOCILIZUMAB_BAND_KG else 12
    return min(per_kg * weight_kg, Decimal(TOCILIZUMAB_HIGHEST_MG))


def is_counted_steroid(row: Row) -> bool:
    """Tell whether a steroid suppresses: it reaches the whole body, and is more than physiological or a single aid."""
    return answer(row, "route") not in NOT_SYSTEMIC and answer(row, "purpose") not in NOT_AGAINST_TOXICITY


def class_of(row: Row) -> str | None:
    """Return the immunosuppressant class of an agent; None for one that does not count."""
    agent = answer(row, "agent")
    if agent in STEROIDS and not is_counted_steroid(row):
        return None
    return AGENT_CLASSES.get(str(agent))


def episodes_of(row: Row) -> tuple[str, ...]:
    """Return the episodes that an agent was given for, by key."""
    keys = answer(row, "episodes")
    return keys if isinstance(keys, tuple) else ()


def mg_per_dose(row: Row, *, weight_kg: Decimal | None, surface_m2: Decimal | None) -> Decimal | None:
    """Return the mg of one dose of an agent, exactly; None where unit, weight or surface leave it open."""
    dose = answer(row, "dose")
    factors = {"mg": Decimal(1), "mg_per_kg": weight_kg, "mg_per_m2": surface_m2}
    factor = factors.get(str(answer(row, "unit")))
    return dose * factor if isinstance(dose, Decimal) and factor is not None else None


def mg_per_day(row: Row, *, weight_kg: Decimal | None, surface_m2: Decimal | None) -> Decimal | None:
    """Return the mg of an agent in 24 hours, exactly; a single dose counts for its day."""
    dose, frequency = answer(row, "dose"), str(answer(row, "frequency"))
    if answer(row, "unit") == "mg_per_kg_day" and isinstance(dose, Decimal):
        return None if weight_kg is None else dose * weight_kg
    each, times = mg_per_dose(row, weight_kg=weight_kg, surface_m2=surface_m2), _times_a_day(row, frequency)
    return None if each is None or times is None else each * times


def _times_a_day(row: Row, frequency: str) -> Decimal | None:
    """Return the doses of a day: as ordered, or as counted where they were given as needed."""
    if frequency != "as_needed":
        return TIMES_A_DAY.get(frequency)
    count, span = answer(row, "doses_given"), agent_span(row)
    if not isinstance(count, int) or span is None or span.is_open:
        return None
    first, last = span.certain_from.date(), span.certain_to.date()
    if (span.possible_from.date(), span.possible_to.date()) != (first, last) or last < first:
        return None
    return Decimal(count) / ((last - first).days + 1)


def surface_m2(*, weight_kg: Decimal | None, height_cm: Decimal | None) -> Decimal | None:
    """Return the body surface by Mosteller: the root of weight times height over 3600."""
    if weight_kg is None or height_cm is None:
        return None
    return (weight_kg * height_cm / 3600).sqrt()
