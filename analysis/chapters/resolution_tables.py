"""Tables of the resolution curves: who is in them, what they read on fixed days, and every step of them."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.endpoints.cohort import FlowStep
from analysis.estimators import IncidenceCurve
from analysis.estimators.inputs import Floats, Integers
from analysis.plan.resolution import READ_AT_DAYS
from analysis.printing.parts import Table
from analysis.wording import note_on_limits, percent, percent_limits


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
    header = ("Day", "At risk", "Resolved", "95 % limits", "Died first", "95 % limits")
    values = [
        (day, int(resolved.at_risk_at(day)), *resolved.with_limits_at(day), *died.with_limits_at(day))
        for day in READ_AT_DAYS
    ]
    rows = tuple(
        (
            str(day),
            str(risk),
            percent(first, 0),
            percent_limits(first_lower, first_upper, 0),
            percent(second, 0),
            percent_limits(second_lower, second_upper, 0),
        )
        for day, risk, first, first_lower, first_upper, second, second_lower, second_upper in values
    )
    return Table(
        id=f"{endpoint_id}_days",
        title=title,
        header=header,
        rows=rows,
        csv_header=(
            *("day", "n_at_risk", "resolved", "resolved_lower", "resolved_upper"),
            *("died", "died_lower", "died_upper"),
        ),
        csv_rows=tuple(values),
        notes=("At risk: under observation without an event just before the day.", *note_on_limits(rows)),
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


def stacked_table(figure_id: str, days: Integers, shares: Floats, resolved: IncidenceCurve) -> Table:
    """Return the shares of each day, shape (number of days, 3), with who is at risk: the twin of a stacked figure."""
    at_risk = resolved.at_risk_at(days)
    return Table(
        id=figure_id,
        title="Numbers of the figure",
        header=(),
        rows=(),
        csv_header=("day", "n_at_risk", "resolved", "unresolved", "died"),
        csv_rows=tuple(
            (int(day), int(risk), *(float(share) for share in row))
            for day, risk, row in zip(days, at_risk, shares, strict=True)
        ),
    )
