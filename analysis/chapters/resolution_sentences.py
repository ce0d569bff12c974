"""The sentences of the report: what a curve says, how far it can be trusted, and where its events come from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from analysis.endpoints.bounds import discharge_bounds
from analysis.endpoints.cohort import Cohort
from analysis.endpoints.time_to_event import TimeToEvent
from analysis.estimators import IncidenceCurve, median_with_limits
from analysis.plan.resolution import (
    CENSORED,
    DIED,
    FOLLOW_UP_DAYS,
    HORIZON_DAYS,
    READ_AT_DAYS,
    RESOLVED,
    Measure,
    ResolutionEndpoint,
)
from analysis.wording import counted, days_limits, percent
from analysis.wording import days as days_in_words
from forms.casebook import CASEBOOK
from forms.casebook.assessment import ASSESSMENT
from forms.casebook.laboratory import LABORATORY
from forms.rule_sets import RULE_SETS

LATE_EVENTS = f"Events count to day {FOLLOW_UP_DAYS}; day {HORIZON_DAYS} is the last one shown."
_TITLES = {rule_set.id: rule_set.title for rule_set in RULE_SETS}


def alternative_text(endpoint: ResolutionEndpoint, resolved: IncidenceCurve, died: IncidenceCurve) -> str:
    """Return the figure's numbers in words."""
    parts = [
        f"day {day}: {percent(resolved.with_limits_at(day)[0], 0)} resolved,"
        f" {percent(died.with_limits_at(day)[0], 0)} died first,"
        f" {int(resolved.at_risk_at(day))} at risk"
        for day in READ_AT_DAYS
    ]
    whom = counted(resolved.n_subjects, "child", "children")
    return f"{endpoint.title}. Cumulative incidence in {whom}. {'; '.join(parts)}."


def days_aloud(outcomes: Sequence[tuple[int, int]], event: str = "resolved") -> str:
    """Return the days of few children's outcomes in words; `event` is what code 1 means."""
    told = []
    for code, word in ((RESOLVED, event), (DIED, "died"), (CENSORED, "censored")):
        days = Counter(day for day, found in outcomes if found == code)
        if days:
            on = ", ".join(f"{day}{f' ({count} children)' if count > 1 else ''}" for day, count in sorted(days.items()))
            told.append(f"{word} on day {on}")
    return "; ".join(told)


def outcome_sentence(rows: Sequence[TimeToEvent], resolved: IncidenceCurve) -> str:
    """Return how many resolved, died and were censored, and when half had resolved."""
    counts = {code: sum(row.event == code for row in rows) for code in (RESOLVED, DIED)}
    half, *limits = median_with_limits(resolved)
    reached = "was not reached" if math.isnan(half) else f"was reached on day {days_in_words(half)}"
    between = days_limits(half, *limits)
    late = f" {LATE_EVENTS}" if any(day > HORIZON_DAYS for day in (half, *limits)) else ""
    return (
        f"{counted(len(rows), 'child', 'children')}: {counts[RESOLVED]} resolved,"
        f" {counts[DIED]} died before resolution, {len(rows) - sum(counts.values())} censored."
        f" Resolution in half of them {reached}{f' (95 % limits {between})' if between else ''}.{late}"
    )


def bounds_sentence(rows: Sequence[TimeToEvent]) -> str:
    """Return how many went home early and between which shares the truth lies."""
    bounds = discharge_bounds(rows, HORIZON_DAYS)
    if not bounds.children:
        return "No child went home before its resolution could be seen."
    unconfirmed = sum(not row.confirmed for row in rows)
    return (
        f"Went home before resolution could be seen or confirmed: {bounds.children}, of them {unconfirmed} at or below"
        f" the threshold and counted as resolved. By day {bounds.day}, {percent(bounds.lowest, 0)} had resolved if none"
        f" of them counts, {percent(bounds.highest, 0)} if all of them do."
    )


def quality_sentence(endpoint: ResolutionEndpoint, cohort: Cohort) -> str:
    """Return how many days were filled or could not be judged, what judged the others, and who started by the page."""
    intervals = sum(row.interval_from is not None for row in cohort.rows)
    carried = sum(row.carried_days for row in cohort.rows)
    sources = ", ".join(f"{days:,} from “{label_of(item)}”" for item, days in cohort.day_sources.items())
    if endpoint.measure is Measure.COMPOSITE and cohort.day_sources:
        sources = f"{sum(cohort.day_sources.values()):,}, each by all components together"
    unseen = (
        f"{counted(intervals, 'resolution follows', 'resolutions follow')} days that could not be judged; the true day"
        " may be earlier."
        if intervals
        else "No resolution follows days that could not be judged."
    )
    by_page = counted(cohort.started_by_page, "child", "children")
    started = f" Grade at the first dose by the course page alone: {by_page}." if cohort.started_by_page else ""
    open_days = (
        f" Days measured and not judged, because a part of it or its upper limit of normal is not known:"
        f" {cohort.not_judged:,}; no resolution begins on them."
        if cohort.not_judged
        else ""
    )
    overruled = (
        f" Not in the curve because the committee called the episode of the first dose something else, or graded it"
        f" lower: {counted(cohort.left_out_by_committee, 'child', 'children')}."
        if cohort.left_out_by_committee
        else ""
    )
    filled = f"Single missing days filled: {carried:,}. Days judged: {sources or 'none'}."
    return f"{unseen} {filled}{open_days}{started}{overruled}"


def sources_sentence(endpoint: ResolutionEndpoint) -> str:
    """Return from which items each event and each end of observation is taken."""
    events = "; ".join(f"{event.name}: {_items(event.form, event.items)}" for event in endpoint.events)
    endings = "; ".join(f"{ending.name}: {_items(ending.form, ending.items)}" for ending in endpoint.censorings)
    return f"Events: {events}. Observation ends early: {endings}."


def _items(form: str, items: Sequence[str]) -> str:
    """Return items as they are labelled on their form, a rule set by its title."""
    labels = {**_TITLES, **{name: item.label for name, item in CASEBOOK[form].items.items()}}
    return f"{', '.join(f'“{labels.get(item, item)}”' for item in items)} ({CASEBOOK[form].title})"


def label_of(item: str) -> str:
    """Return an item's label on its form; a rule set stands by its title."""
    labels = _TITLES | {name: found.label for form in (ASSESSMENT, LABORATORY) for name, found in form.items.items()}
    return labels.get(item, item)
