"""Tables of the report: what a reader sees, and the same numbers unrounded for the CSV twin."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.cohort import FlowStep
from analysis.estimators import IncidenceCurve, Proportion, ProportionComparison, compare_proportions, proportion
from analysis.literature import PublishedComparison
from analysis.plan import READ_AT_DAYS, ResponseComparison
from analysis.responses import ResponseGroups
from analysis.wording import decimal, p_value, percent, percent_limits

Cell = str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: `rows` are words for the page, `csv_rows` the unrounded values under `csv_header`."""

    id: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv_header: tuple[str, ...]
    csv_rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


def write_table_csv(path: Path, table: Table) -> None:
    """Write the unrounded values of a table as UTF-8 CSV with LF line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.csv_header)
        writer.writerows([_csv_cell(value) for value in row] for row in table.csv_rows)


def flow_table(result_id: str, title: str, flow: Sequence[FlowStep]) -> Table:
    """Return how many children each step of a selection kept."""
    return Table(
        id=f"{result_id}_flow",
        title=title,
        header=("Step", "Children"),
        rows=tuple((step.name, str(step.children)) for step in flow),
        csv_header=("step", "children"),
        csv_rows=tuple((step.name, step.children) for step in flow),
    )


def incidence_table(endpoint_id: str, title: str, resolved: IncidenceCurve, died: IncidenceCurve) -> Table:
    """Return the cumulative incidence of both events on the fixed days, with limits."""
    days = np.array(READ_AT_DAYS)
    header = ("Day", "At risk", "Resolved", "95 % limits", "Died first", "95 % limits")
    at_risk = resolved.at_risk_at(days)
    shares = [(curve.at(days), *curve.limits_at(days)) for curve in (resolved, died)]
    values = [
        (int(day), int(at_risk[i]), *(float(series[i]) for share in shares for series in share))
        for i, day in enumerate(days)
    ]
    return Table(
        id=f"{endpoint_id}_days",
        title=title,
        header=header,
        rows=tuple(
            (
                str(day),
                str(risk),
                percent(first, 0),
                percent_limits(first_lower, first_upper, 0),
                percent(second, 0),
                percent_limits(second_lower, second_upper, 0),
            )
            for day, risk, first, first_lower, first_upper, second, second_lower, second_upper in values
        ),
        csv_header=(
            *("day", "n_at_risk", "resolved", "resolved_lower", "resolved_upper"),
            *("died", "died_lower", "died_upper"),
        ),
        csv_rows=tuple(values),
        notes=("At risk: under observation without an event just before the day.",),
    )


def curve_table(endpoint_id: str, resolved: IncidenceCurve, died: IncidenceCurve) -> Table:
    """Return every step of a figure's two curves: its CSV twin."""
    values = tuple(
        (
            float(resolved.times[i]),
            int(resolved.n_at_risk[i]),
            int(resolved.n_event[i]),
            int(died.n_event[i]),
            int(resolved.n_censored[i]),
            *(
                float(series[i])
                for curve in (resolved, died)
                for series in (curve.estimate, curve.std_error, curve.lower, curve.upper)
            ),
        )
        for i in range(len(resolved.times))
    )
    names = ("estimate", "std_error", "lower", "upper")
    return Table(
        id=endpoint_id,
        title="Numbers of the figure",
        header=(),
        rows=(),
        csv_header=(
            "day",
            "n_at_risk",
            "n_resolved",
            "n_died",
            "n_censored",
            *(f"{curve}_{name}" for curve in ("resolved", "died") for name in names),
        ),
        csv_rows=values,
    )


RESPONSE_HEADER = ("Source", "Group", "n/N", "CR rate", "95 % limits", "Difference (95 % limits)", "P")
RESPONSE_CSV_HEADER = (
    "source",
    "group",
    "x",
    "n",
    "estimate",
    "lower",
    "upper",
    "risk_difference",
    "risk_difference_lower",
    "risk_difference_upper",
    "odds_ratio",
    "odds_ratio_lower",
    "odds_ratio_upper",
    "p_value",
)


def response_table(
    comparison: ResponseComparison, groups: ResponseGroups, published: Sequence[PublishedComparison] = ()
) -> Table:
    """Return a CR-rate comparison of the registry, the published one below it where there is one."""
    rows, csv_rows = _comparison_rows(
        "This registry", (comparison.first_group, *groups.first), (comparison.second_group, *groups.second)
    )
    notes = [
        "Limits: Clopper-Pearson; difference in percentage points: Newcombe; P: Fisher exact test, two-sided.",
        "Groups were not assigned at random; a missing assessment and an early death count as no response.",
        *comparison.notes,
    ]
    for study in published:
        more, more_csv = _comparison_rows(
            study.study, (study.first_group, *study.first), (study.second_group, *study.second)
        )
        rows, csv_rows = rows + more, csv_rows + more_csv
        notes.append(
            f"{study.source}: counts and P ({study.p_printed}) as printed, limits computed here. {study.remark}"
            " Shown beside, never pooled."
        )
    return Table(
        id=comparison.id,
        title=comparison.title,
        header=RESPONSE_HEADER,
        rows=tuple(rows),
        csv_header=RESPONSE_CSV_HEADER,
        csv_rows=tuple(csv_rows),
        notes=tuple(notes),
    )


def _comparison_rows(
    source: str, first: tuple[str, int, int], second: tuple[str, int, int]
) -> tuple[list[tuple[str, ...]], list[tuple[Cell, ...]]]:
    """Return the two rows of a comparison; the contrast stands in the first, and is left out when a group is empty."""
    comparable = first[2] > 0 and second[2] > 0
    found = compare_proportions(first[1], first[2], second[1], second[2]) if comparable else None
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    for position, (name, x, n) in enumerate((first, second)):
        share = proportion(x, n)
        contrast = found if position == 0 else None
        rows.append((source if position == 0 else "", name, *_share_words(share), *_contrast_words(contrast, position)))
        csv_rows.append((source, name, x, n, share.estimate, share.lower, share.upper, *_contrast_values(contrast)))
    return rows, csv_rows


def _share_words(share: Proportion) -> tuple[str, str, str]:
    if share.n == 0:
        return "0/0", "no child yet", ""
    return f"{share.x}/{share.n}", percent(share.estimate), percent_limits(share.lower, share.upper)


def _contrast_words(found: ProportionComparison | None, position: int) -> tuple[str, str]:
    if found is None:
        return ("", "") if position else ("a group is empty", "")
    limits = f"{decimal(100 * found.risk_difference_lower, 1)} to {decimal(100 * found.risk_difference_upper, 1)}"
    return f"{decimal(100 * found.risk_difference, 1)} ({limits})", p_value(found.p_value)


def _contrast_values(found: ProportionComparison | None) -> tuple[Cell, ...]:
    if found is None:
        return (None,) * 7
    return (
        found.risk_difference,
        found.risk_difference_lower,
        found.risk_difference_upper,
        found.odds_ratio,
        found.odds_ratio_lower,
        found.odds_ratio_upper,
        found.p_value,
    )


def _csv_cell(value: Cell) -> str | int:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else value
