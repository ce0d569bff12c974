"""The table of an endpoint's groups at the first dose, and the numbers behind their figure."""

from __future__ import annotations

from collections import Counter

from analysis.chapters.group_results import Group, Grouped
from analysis.estimators import IncidenceCurve, median_with_limits
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import CENSORED, DIED, READ_AT_DAYS, RESOLVED
from analysis.printing.parts import Cell, Table
from analysis.wording import (
    HALF_CSV,
    HALF_HEADER,
    HALF_NOTE,
    counted,
    days_with_limits,
    headed,
    note_on_limits,
    p_value,
    share_header,
    share_with_limits,
)


def group_table(endpoint_id: str, grouped: Grouped) -> Table:
    """Return the groups of one grouping: counts, and incidences with limits where a group is large enough."""
    names = [f"day_{day}{part}" for day in READ_AT_DAYS for part in ("", "_lower", "_upper")]
    rows = tuple((*_counts_in_words(group), *_shares_in_words(group)) for group in grouped.groups)
    return Table(
        id=f"{endpoint_id}_by_{grouped.grouping.id}",
        title=f"{grouped.grouping.title}: resolved by day, with 95 % limits",
        header=(
            *("Group", "Children", "Resolved", "Died first"),
            *map(share_header, READ_AT_DAYS),
            HALF_HEADER,
        ),
        rows=rows,
        csv_header=("group", "children", "resolved", "died", "censored", *names, *HALF_CSV),
        csv_rows=tuple((*_counts(group), *_values(group.curve)) for group in grouped.groups),
        notes=(f"Source: {grouped.grouping.source}.", *_left_out(grouped), *_how_read(grouped), *note_on_limits(rows)),
    )


def figure_numbers(figure_id: str, grouped: Grouped) -> Table:
    """Return every step of a figure's groups: its CSV twin. Groups without a curve have counts only."""
    return Table(
        id=figure_id,
        title="Numbers of the figure",
        header=(),
        rows=(),
        csv_header=(
            *("group", "day", "n_at_risk", "n_resolved", "n_died", "n_censored"),
            *("resolved_estimate", "resolved_std_error", "resolved_lower", "resolved_upper"),
        ),
        csv_rows=tuple(row for group in grouped.groups for row in _steps(group)),
    )


def sentence_on_test(grouped: Grouped) -> str:
    """Return the test of the groups with its name, its strata and P, or why there is none."""
    if grouped.test is None:
        return f"No test: {grouped.no_test}."
    compared = "; ".join(group.name for group in grouped.groups if group.name in grouped.test.groups)
    return f"{grouped.test.test} (centers), between {compared}: P = {p_value(grouped.test.p_value)}."


def _steps(group: Group) -> list[tuple[Cell, ...]]:
    happened = Counter(group.outcomes)
    rows: list[tuple[Cell, ...]] = []
    at_risk = group.children
    for place, day in enumerate(sorted({day for day, _ in group.outcomes})):
        counts = [happened[day, event] for event in (RESOLVED, DIED, CENSORED)]
        curve = group.curve
        estimates = (
            [float(series[place]) for series in (curve.estimate, curve.std_error, curve.lower, curve.upper)]
            if curve
            else [None] * 4
        )
        rows.append((group.name, day, at_risk, *counts, *estimates))
        at_risk -= sum(counts)
    return rows


def _counts(group: Group) -> tuple[Cell, ...]:
    return group.name, group.children, *(group.count(event) for event in (RESOLVED, DIED, CENSORED))


def _counts_in_words(group: Group) -> tuple[str, ...]:
    return headed(group.name), str(group.children), str(group.count(RESOLVED)), str(group.count(DIED))


def _shares_in_words(group: Group) -> tuple[str, ...]:
    if group.curve is None:
        return ("",) * (len(READ_AT_DAYS) + 1)
    return (
        *(share_with_limits(*group.curve.with_limits_at(day)) for day in READ_AT_DAYS),
        days_with_limits(*median_with_limits(group.curve)),
    )


def _values(curve: IncidenceCurve | None) -> tuple[Cell, ...]:
    if curve is None:
        return (None,) * (3 * (len(READ_AT_DAYS) + 1))
    shares = (value for day in READ_AT_DAYS for value in curve.with_limits_at(day))
    return (*shares, *median_with_limits(curve))


def _how_read(grouped: Grouped) -> tuple[str, ...]:
    return (HALF_NOTE,) if any(group.curve for group in grouped.groups) else ()


def _left_out(grouped: Grouped) -> tuple[str, ...]:
    """Return whose group is not known, and why small groups have no shares."""
    is_small = any(group.curve is None for group in grouped.groups)
    small = (
        f"Groups under {LEAST_FOR_A_SHARE}: each child is a mark in the figure and a row in tables/time_to_event.csv."
    )
    told = ", ".join(f"{fact} in {counted(number, 'child', 'children')}" for fact, number in grouped.told_by.items())
    return (
        f"Not known: {counted(grouped.not_known, 'child', 'children')}.",
        *((f"Told by {told}.",) if told else ()),
        *((small,) if is_small else ()),
    )
