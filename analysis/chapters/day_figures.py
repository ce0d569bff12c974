"""The figures of the chapter day by day: all children in numbers, dose tiers in shares."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.chapters.resolution_figures import X_LABEL
from analysis.endpoints.occupancy import STATES, DayCounts
from analysis.plan.day_states import DAY_STATES, DEAD
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import HORIZON_DAYS, ResolutionEndpoint
from analysis.printing.canvas import STATE_LOOKS
from analysis.printing.curve_axes import ticks_to
from analysis.printing.parts import Cell, FigureOnPage, Table
from analysis.printing.stacked_figure import Layer, Panel, stacked_figure
from analysis.study import Study
from analysis.wording import counted, headed, percent

EDGES = np.arange(HORIZON_DAYS + 2, dtype=np.float64) - 0.5
"""A bar stands over its day."""


def days_figure(study: Study, endpoint: ResolutionEndpoint, days: DayCounts) -> FigureOnPage:
    """Return all children of an endpoint, counted by state on each day."""
    id_ = f"{endpoint.id}_by_day"
    used = [state for state in STATES if days.of(state).any()]
    columns = [STATES.index(state) for state in used]
    panel = Panel(title="", edges=EDGES, values=days.counts[:, columns].astype(np.float64), counts=_counted(days))
    figure = stacked_figure(
        [panel],
        _layers(used),
        title=f"{endpoint.toxicity} day by day\nn = {days.children}",
        x_label=X_LABEL,
        y_label="Children",
        count_label="Children",
        footnote=f"{study.cut_line} · {id_}",
        is_share=False,
    )
    return FigureOnPage(
        id=id_,
        figure=figure,
        alt=f"{endpoint.toxicity} after the first anakinra dose, children in each state. {_read_aloud(days, used)}",
        caption=f"{endpoint.toxicity} after the first anakinra dose: every child of the curve in its state of each"
        " calendar day. Under the axis, the children counted on the day.",
        numbers=_numbers(id_, {"all": days}),
    )


def tiers_figure(
    study: Study, endpoint: ResolutionEndpoint, tiers: Mapping[str, DayCounts], *, whom: str
) -> FigureOnPage:
    """Return the dose tiers under each other, as shares; `whom` says under the title who is shown."""
    id_ = f"{endpoint.id}_by_day_and_dose"
    used = [state for state in STATES if any(days.of(state).any() for days in tiers.values())]
    columns = [STATES.index(state) for state in used]
    panels = [
        Panel(
            title=f"{headed(tier)}, n = {days.children}",
            edges=EDGES,
            values=days.shares[:, columns],
            counts=_counted(days),
        )
        for tier, days in tiers.items()
    ]
    figure = stacked_figure(
        panels,
        _layers(used),
        title=f"{endpoint.toxicity} day by day, by the dose ordered first\n{whom}",
        x_label=X_LABEL,
        y_label="Share of children",
        count_label="Children",
        footnote=f"{study.cut_line} · {id_}",
        is_share=True,
    )
    told = " ".join(f"{tier}: {_read_aloud(days, used)}" for tier, days in tiers.items())
    return FigureOnPage(
        id=id_,
        figure=figure,
        alt=f"{endpoint.toxicity} after the first anakinra dose, shares in each state by first dose. {told}",
        caption=f"Tiers with at least {LEAST_FOR_A_SHARE} children; shares by Aalen-Johansen, so that children"
        " who leave the count do so without changing them.",
        numbers=_numbers(id_, tiers),
    )


def _layers(states: list[str]) -> list[Layer]:
    names = {state.id: state.name for state in DAY_STATES}
    return [Layer(name=names[state], color=STATE_LOOKS[state][0], hatch=STATE_LOOKS[state][1]) for state in states]


def _counted(days: DayCounts) -> dict[int, int]:
    return {day: int(days.counted[day]) for day in ticks_to(HORIZON_DAYS)}


def _read_aloud(days: DayCounts, used: list[str]) -> str:
    names = {state.id: state.name.lower() for state in DAY_STATES}
    told = []
    for day in ticks_to(HORIZON_DAYS):
        found = [(names[state], int(days.of(state)[day])) for state in used]
        parts = ", ".join(f"{count} {name}" for name, count in found if count)
        told.append(f"day {day}, {counted(int(days.counted[day]), 'child', 'children')}: {parts or 'none'}")
    dead = percent(float(days.shares[-1, STATES.index(DEAD)]), 0)
    return f"{'; '.join(told)}. Dead by day {HORIZON_DAYS}: {dead}."


def _numbers(id_: str, groups: Mapping[str, DayCounts]) -> Table:
    """Return every day of every group: the counts of each state, and the shares."""
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            day,
            int(days.counted[day]),
            *(int(count) for count in days.counts[day]),
            *(float(share) for share in days.shares[day]),
        )
        for name, days in groups.items()
        for day in range(HORIZON_DAYS + 1)
    ]
    return Table(
        id=id_,
        title="Numbers of the figure",
        header=(),
        rows=(),
        csv_header=(
            *("group", "day", "children"),
            *(f"n_{state}" for state in STATES),
            *(f"share_{state}" for state in STATES),
        ),
        csv_rows=tuple(rows),
    )
