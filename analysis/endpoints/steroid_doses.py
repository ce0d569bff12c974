"""Systemic steroid of a child as prednisone, mg/kg by calendar day after the first anakinra dose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analysis.cut import Cut, Record
from analysis.endpoints.children import FirstDose
from analysis.plan.steroids import AT_START_HOURS
from forms.context import Context
from forms.dosing.agents import STEROIDS, TIMES_A_DAY, Span, agent_span, is_counted_steroid
from forms.dosing.steroids import prednisone_dose
from forms.values import answer


@dataclass(frozen=True, kw_only=True)
class SteroidPage:
    """One page of a counted steroid: when it was given, and mg/kg of prednisone per day (None: not known)."""

    agent: str
    record: str
    span: Span
    mg_per_kg_day: float | None
    hours_apart: float | None


def steroid_pages(cut: Cut, subject: str) -> tuple[SteroidPage, ...]:
    """Return the pages of systemic steroid against toxicity with a start, in the order of their records."""
    forms = ("infusion", "baseline", "anakinra_course")
    context = Context(today=cut.data_date, rows={form: cut.rows(form, subject) for form in forms})
    found = []
    for row in cut.rows("concomitant_agent", subject):
        dose = prednisone_dose(row, context)
        span = agent_span(row)
        if dose is None or span is None or not is_counted_steroid(row):
            continue
        amount = None if dose.mg_per_kg_day is None else float(dose.mg_per_kg_day)
        found.append(
            SteroidPage(
                agent=str(answer(row, "agent")),
                record=str(row["record"]),
                span=span,
                mg_per_kg_day=amount,
                hours_apart=_hours_apart(row, span),
            )
        )
    return tuple(found)


def undated_steroids(rows: Iterable[Record]) -> int:
    """Return how many pages of a counted steroid have no first dose."""
    return sum(answer(row, "agent") in STEROIDS and is_counted_steroid(row) and agent_span(row) is None for row in rows)


def given_on(pages: Sequence[SteroidPage], day: date) -> float | None:
    """Return the mg/kg of prednisone given on a calendar day; None where a page leaves it open.

    Where times and interval are known, each dose counts on its own day; else the daily dose on each day of the page.
    """
    total = 0.0
    for page in pages:
        span = page.span
        if not span.possible_from.date() <= day <= span.possible_to.date():
            continue
        if page.mg_per_kg_day is None or not span.certain_from.date() <= day <= span.certain_to.date():
            return None
        total += page.mg_per_kg_day * _share_of_day(page, day)
    return total


def at_start(pages: Sequence[SteroidPage], dose: FirstDose) -> float | None:
    """Return the daily dose in force at the first anakinra dose, 0 without steroid; None where it is not known.

    Of one drug a page that had ended when the next began is a dose that was changed: it counts no more. Pages in force
    together all count, as they do by day.
    """
    since, in_force = dose.at - timedelta(hours=AT_START_HOURS), list[SteroidPage]()
    for page in sorted(pages, key=lambda page: (page.span.possible_from, page.record)):
        span = page.span
        if span.possible_from > dose.at or span.possible_to < since:
            continue
        if page.mg_per_kg_day is None or span.certain_from > dose.at or max(span.certain_to, span.certain_from) < since:
            return None
        in_force = [one for one in in_force if one.agent != page.agent or one.span.possible_to > span.possible_from]
        in_force.append(page)
    return sum(page.mg_per_kg_day or 0.0 for page in in_force)


def by_day(pages: Sequence[SteroidPage], zero: date, days: Iterable[int]) -> Mapping[int, float | None]:
    """Return the mg/kg of each of some days after time zero."""
    return {day: given_on(pages, zero + timedelta(days=day)) for day in days}


def _hours_apart(row: Record, span: Span) -> float | None:
    """Return the hours between two doses where the time of the first is known to the minute; None elsewhere."""
    times = TIMES_A_DAY.get(str(answer(row, "frequency")))
    exact = span.possible_from == span.certain_from and span.possible_to == span.certain_to
    return 24 / float(times) if times and exact and not span.is_open else None


def _share_of_day(page: SteroidPage, day: date) -> float:
    """Return the doses of a page on a day as a share of the doses of a whole day."""
    if page.hours_apart is None:
        return 1.0
    began, ended, step = page.span.certain_from, page.span.certain_to, timedelta(hours=page.hours_apart)
    opens = max(datetime.combine(day, datetime.min.time()), began)
    closes = min(datetime.combine(day, datetime.max.time()), ended)
    earlier = -((began - opens) // step)
    doses = (closes - began) // step - earlier + 1
    return max(doses, 0) * page.hours_apart / 24
