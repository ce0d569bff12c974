"""The CRS phase after an infusion: from the first to the last day with CRS, by the grades of days and by the episodes.

Two readings of it stand here. The first passes over an episode without its first day and a day whose grade is not
known; for the second both may have been CRS. Source: CLINICAL.md 2.3, D9.
"""

from __future__ import annotations

from datetime import date

from forms.context import Context
from forms.grading.crs import CRS
from forms.grading.daily import days_after_infusions
from forms.grading.phases import Phase, span_of
from forms.grading.precedence import toxicity_of
from forms.values import Row, answer

Span = tuple[date, date]
"""The first and the last day that a day can be."""


def crs_phases(context: Context) -> dict[object, Phase]:
    """Return infusion key -> the CRS phase, from the graded days and the episodes on record; none where not known."""
    firsts: dict[object, list[tuple[date, date]]] = {}
    lasts: dict[object, list[tuple[date, date] | None]] = {}
    for key, graded in days_after_infusions(context, CRS).items():
        if any(day.is_present or day.is_free for day in graded):
            present = [(day.day, day.day) for day in graded if day.is_present]
            firsts.setdefault(key, []).extend(present)
            lasts.setdefault(key, []).extend(present)
    for row in context.rows["toxicity_episode"]:
        onset = span_of(answer(row, "onset_on"))
        if answer(row, "toxicity") == "crs" and onset is not None:
            firsts.setdefault(row.get("infusion"), []).append(onset)
            lasts.setdefault(row.get("infusion"), []).append(span_of(answer(row, "resolved_on")))
    return {key: _phase(firsts[key], lasts[key]) for key in firsts}


def _phase(firsts: list[tuple[date, date]], lasts: list[tuple[date, date] | None]) -> Phase:
    if not firsts:
        return Phase()
    ends = [last for last in lasts if last is not None]
    return Phase(
        first=(min(first for first, _ in firsts), min(last for _, last in firsts)),
        last=(max(first for first, _ in ends), max(last for _, last in ends)) if len(ends) == len(lasts) else None,
    )


def open_crs_phases(context: Context) -> dict[object, Phase]:
    """Return infusion key -> the CRS phase as far as it is known; none where nothing tells of CRS.

    A day whose grade is not known, and an episode whose first or last day is not, may have made it longer.
    """
    days = days_after_infusions(context, CRS)
    told = {key for key, graded in days.items() if any(day.is_present or day.is_free for day in graded)}
    ends = {
        key: [_ends_of_day(day.day, day.is_present) for day in graded if not day.is_free]
        for key, graded in days.items()
    }
    for row in context.rows["toxicity_episode"]:
        if toxicity_of(row) == "crs":
            key = row.get("infusion")
            told.add(key)
            ends.setdefault(key, []).append(_ends_of_episode(row))
    return {key: _hull(ends[key]) for key in told}


def _ends_of_day(day: date, is_certain: bool) -> tuple[Span, Span]:
    """Return where CRS began and ended by one day; if it is not certain, perhaps somewhere else altogether."""
    return ((day, day), (day, day)) if is_certain else ((day, date.max), (date.min, day))


def _ends_of_episode(row: Row) -> tuple[Span, Span]:
    """Return where an episode began and ended; without its last day it goes on, unless it is called resolved."""
    resolved = span_of(answer(row, "resolved_on"))
    onset = span_of(answer(row, "onset_on")) or (date.min, resolved[1] if resolved else date.max)
    if resolved is None and answer(row, "outcome") == "resolved":
        return onset, (onset[0], date.max)
    return onset, resolved or (date.max, date.max)


def _hull(ends: list[tuple[Span, Span]]) -> Phase:
    if not ends:
        return Phase()
    firsts, lasts = [first for first, _ in ends], [last for _, last in ends]
    return Phase(
        first=(min(first for first, _ in firsts), min(last for _, last in firsts)),
        last=(max(first for first, _ in lasts), max(last for _, last in lasts)),
    )
