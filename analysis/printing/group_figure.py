"""Resolution by group: a line for each group that is large enough, one mark per child for the others.

Up to two lines share their axes. More would hide each other's limits: each has a panel of its own then.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.printing.canvas import SERIES, TITLE_HEIGHT, axes_at, new_figure, styled
from analysis.printing.child_marks import AXIS_HEIGHT as MARKS_AXIS_HEIGHT
from analysis.printing.child_marks import Arm, draw_marks, marks_height
from analysis.printing.curve_axes import (
    Line,
    draw_curve_axes,
    draw_line,
    explain_grey,
    first_thin_day,
    label_ends,
    ticks_to,
)
from analysis.printing.group_panels import draw_panels, panels_height
from analysis.printing.risk_table import Block, draw_risk_table, table_height

LEFT, WIDTH, RIGHT = 1.0, 4.5, 2.2
TOP = TITLE_HEIGHT + 0.15
CURVES_HEIGHT, AXIS_HEIGHT = 3.0, 0.5
Y_LABEL = "Cumulative incidence\nof resolution"
"""A line of a group is that of one event, and its end names the group alone."""
SHARE_AXES_AT_MOST = 2
"""Lines on one pair of axes; with more of them each has its own."""


def group_figure(
    arms: Sequence[Arm],
    *,
    title: str,
    horizon: int,
    grey_below: int,
    x_label: str,
    footnote: str,
    event: str = "resolved",
) -> Figure:
    """Return the arms with a curve as lines with their numbers at risk, and under them the others child by child.

    An arm keeps its color and line style whatever the size of the others. Its line is grey from the first day on
    which it has fewer than `grey_below` at risk. A child after the horizon stands beside the axis. `event` names
    another event of single children than resolution.
    """
    looks = dict(zip((arm.name for arm in arms), SERIES, strict=False))
    lines = [
        Line(name=arm.name, curve=arm.curve, color=looks[arm.name][0], dashes=looks[arm.name][1])
        for arm in arms
        if arm.curve is not None
    ]
    small = [arm for arm in arms if arm.curve is None]
    above, marks = _lines_height(lines), marks_height(small, horizon)
    below = marks + MARKS_AXIS_HEIGHT if small else 0.0
    with styled():
        figure = new_figure(
            LEFT + WIDTH + RIGHT,
            TOP + above + below + 0.25,
            title=title,
            footnote=footnote,
            left=LEFT / (LEFT + WIDTH + RIGHT),
        )
        if len(lines) > SHARE_AXES_AT_MOST:
            draw_panels(
                figure,
                lines,
                left=LEFT,
                top=TOP,
                width=WIDTH + RIGHT - 0.15,
                horizon=horizon,
                grey_below=grey_below,
                x_label=x_label,
                y_label=Y_LABEL,
            )
        elif lines:
            _draw_together(figure, lines, horizon, grey_below, x_label)
        if small:
            strip = axes_at(figure, left=LEFT, top=TOP + above, width=WIDTH, height=marks)
            draw_marks(strip, small, {name: color for name, (color, _) in looks.items()}, horizon, x_label, event)
    return figure


def _lines_height(lines: Sequence[Line]) -> float:
    """Return the inches of the lines with their axes and numbers at risk; 0 without any."""
    if len(lines) > SHARE_AXES_AT_MOST:
        return panels_height(len(lines))
    return CURVES_HEIGHT + AXIS_HEIGHT + 0.18 + table_height(_blocks(lines)) if lines else 0.0


def _blocks(lines: Sequence[Line]) -> list[Block]:
    return [Block(name=line.name, curve=line.curve, heading=line.color) for line in lines]


def _draw_together(figure: Figure, lines: Sequence[Line], horizon: int, grey_below: int, x_label: str) -> None:
    """Draw the lines on one pair of axes, named at their ends, and the numbers at risk of each under them."""
    axes = axes_at(figure, left=LEFT, top=TOP, width=WIDTH, height=CURVES_HEIGHT)
    draw_curve_axes(axes, horizon, x_label, Y_LABEL)
    for line in lines:
        draw_line(axes, line, horizon, first_thin_day(line.curve, grey_below, horizon), alone=len(lines) == 1)
    label_ends(axes, lines, horizon, grey_below)
    explain_grey(axes, lines, horizon, grey_below)
    blocks = _blocks(lines)
    table = axes_at(
        figure, left=LEFT, top=TOP + CURVES_HEIGHT + AXIS_HEIGHT + 0.05, width=WIDTH, height=table_height(blocks)
    )
    table.set_xlim(0, horizon)
    draw_risk_table(table, blocks, ticks_to(horizon), names_at=-0.9 / WIDTH)
