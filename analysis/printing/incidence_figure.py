"""The cumulative incidences of resolution and of death before it, with the numbers at risk under the axis."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.estimators import IncidenceCurve
from analysis.printing.canvas import BLUE, FAINT, INK, TITLE_HEIGHT, VERMILION, axes_at, new_figure, styled
from analysis.printing.curve_axes import (
    Line,
    draw_curve_axes,
    draw_line,
    first_thin_day,
    label_ends,
    mark_thin_days,
    ticks_to,
)
from analysis.printing.risk_table import Block, draw_risk_table, table_height

LEFT, WIDTH, RIGHT = 1.0, 4.9, 1.6


def incidence_figure(
    resolved: IncidenceCurve,
    died: IncidenceCurve,
    *,
    title: str,
    horizon: int,
    grey_below: int,
    x_label: str,
    footnote: str,
    event: str = "Resolved",
) -> Figure:
    """Return both incidences with step ribbons, and the numbers at risk under the ticks of the time axis.

    Both curves are of the same subjects; `event` names another event than resolution.

    From the first day on which fewer than `grey_below` are at risk the lines are grey. Shapes: whole days 0..horizon on
    the x axis, shares 0..1 on the y axis. `title` may have a second line, see `new_figure`.
    """
    lines = (
        Line(name=event, curve=resolved, color=BLUE, dashes="-"),
        Line(name="Died first", curve=died, color=VERMILION, dashes=(0, (5, 2))),
    )
    top = TITLE_HEIGHT + 0.17
    block = Block(curve=resolved, event=event, colors=(INK, BLUE, VERMILION, FAINT))
    below = table_height([block])
    with styled():
        figure = new_figure(
            LEFT + WIDTH + RIGHT, top + 3.85 + below, title=title, footnote=footnote, left=LEFT / (LEFT + WIDTH + RIGHT)
        )
        axes = axes_at(figure, left=LEFT, top=top, width=WIDTH, height=3.05)
        table = axes_at(figure, left=LEFT, top=top + 3.58, width=WIDTH, height=below)
        table.set_xlim(0, horizon)
        draw_curve_axes(axes, horizon, x_label)
        thin_from = first_thin_day(resolved, grey_below, horizon)
        for line in lines:
            draw_line(axes, line, horizon, thin_from)
        label_ends(axes, lines, horizon, grey_below)
        if thin_from is not None and thin_from < horizon:
            mark_thin_days(axes, thin_from, horizon, f"fewer than {grey_below} at risk")
        draw_risk_table(table, [block], ticks_to(horizon), names_at=-0.9 / WIDTH)
    return figure
