"""The table of an endpoint's groups at the first dose: what a reader sees, and its CSV twin."""

from __future__ import annotations

from analysis.chapters.group_results import Group, Grouped
from analysis.estimators import IncidenceCurve
from analysis.plan import LEAST_FOR_A_SHARE
from analysis.printing.parts import Cell, Table
from analysis.wording import counted, days, p_value, percent, percent_limits

READ_AT = (7, 28)


def group_table(endpoint_id: str, grouped: Grouped) -> Table:
    """Return the groups of one grouping: counts, and incidences with limits where a group is large enough."""
    heads = [head for day in READ_AT for head in (f"By day {day}", "95 % limits")]
    names = [f"day_{day}{part}" for day in READ_AT for part in ("", "_lower", "_upper")]
    return Table(
        id=f"{endpoint_id}_by_{grouped.grouping.id}",
        title=grouped.grouping.title,
        header=("Group", "Children", "Resolved", "Died first", *heads, "Half by day"),
        rows=tuple((*_counts_in_words(group), *_shares_in_words(group.curve)) for group in grouped.groups),
        csv_header=("group", "children", "resolved", "died", *names),
        csv_rows=tuple(
            (group.name, group.children, group.resolved, group.died, *_values(group.curve)) for group in grouped.groups
        ),
        notes=(f"Source: {grouped.grouping.source}.", *_left_out(grouped), _tested(grouped)),
    )


def _counts_in_words(group: Group) -> tuple[str, ...]:
    return group.name, str(group.children), str(group.resolved), str(group.died)


def _shares_in_words(curve: IncidenceCurve | None) -> tuple[str, ...]:
    if curve is None:
        return ("",) * (2 * len(READ_AT) + 1)
    read = [cell for day in READ_AT for cell in _share_in_words(*_read(curve, day))]
    return (*read, days(curve.quantile(0.5)))


def _share_in_words(share: float, lower: float, upper: float) -> tuple[str, str]:
    return percent(share, 0), percent_limits(lower, upper, 0)


def _values(curve: IncidenceCurve | None) -> tuple[Cell, ...]:
    if curve is None:
        return (None,) * (3 * len(READ_AT))
    return tuple(value for day in READ_AT for value in _read(curve, day))


def _read(curve: IncidenceCurve, day: int) -> tuple[float, float, float]:
    lower, upper = curve.limits_at([day])
    return float(curve.at([day])[0]), float(lower[0]), float(upper[0])


def _left_out(grouped: Grouped) -> tuple[str, ...]:
    """Return whose group is not known, and why small groups have no shares."""
    is_small = any(group.curve is None for group in grouped.groups)
    small = f"Groups under {LEAST_FOR_A_SHARE}: each child stands in tables/time_to_event.csv."
    told = ", ".join(f"{fact} in {counted(number, 'child', 'children')}" for fact, number in grouped.told_by.items())
    return (
        f"Not known: {counted(grouped.not_known, 'child', 'children')}.",
        *((f"Told by {told}.",) if told else ()),
        *((small,) if is_small else ()),
    )


def _tested(grouped: Grouped) -> str:
    if grouped.test is None:
        return f"No test: {grouped.no_test}."
    compared = "; ".join(str(name) for name in grouped.test.groups)
    return f"{grouped.test.test} (centers), between {compared}: P = {p_value(grouped.test.p_value)}."
