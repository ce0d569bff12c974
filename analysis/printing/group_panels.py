"""Curves of three and more groups: a panel each, with its limits, its numbers at risk, and the others as thin lines."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.estimators import IncidenceCurve
from analysis.printing.canvas import FAINT, SMALL, TEXT, axes_at
from analysis.printing.curve_axes import (
    Line,
    draw_curve_axes,
    draw_line,
    first_thin_day,
    has_thin_days,
    shade_thin_days,
    step_points,
    ticks_to,
    value_before_grey,
)
from analysis.printing.risk_table import ROW_HEIGHT, ROWS, Block, draw_risk_table

ACROSS = 2
GAP = 0.4
"""Inches between two panels of a row."""
KEY, HEADING, CURVES, AXIS, SPACE = 0.12, 0.3, 1.75, 0.53, 0.22
"""Inches from top to bottom: the key above all, of each row its names, curves, time axis, and what is free below it."""
TABLE = ROW_HEIGHT * len(ROWS)
OTHERS = "#BDBDBD"


def panels_height(lines: int) -> float:
    """Return the inches that the panels of so many lines need."""
    return KEY + -(-lines // ACROSS) * _row_height()


def draw_panels(
    figure: Figure,
    lines: Sequence[Line],
    *,
    left: float,
    top: float,
    width: float,
    horizon: int,
    grey_below: int,
    x_label: str,
    y_label: str,
) -> None:
    """Draw each line in a panel of its own, two in a row, over its numbers at risk; places are inches.

    The other lines stand behind it, thin and without limits, so that it can be compared by eye.
    """
    across = (width - GAP * (ACROSS - 1)) / ACROSS
    for number, line in enumerate(lines):
        row, column = divmod(number, ACROSS)
        at, begin = top + KEY + HEADING + row * _row_height(), left + column * (across + GAP)
        axes = axes_at(figure, left=begin, top=at, width=across, height=CURVES)
        draw_curve_axes(axes, horizon, x_label, y_label)
        for other in lines:
            if other is not line:
                _draw_behind(axes, other.curve, horizon)
        thin_from = first_thin_day(line.curve, grey_below, horizon)
        shade_thin_days(axes, thin_from, horizon)
        draw_line(axes, line, horizon, thin_from)
        _name(axes, line, lines, horizon, grey_below)
        table = axes_at(figure, left=begin, top=at + CURVES + AXIS, width=across, height=TABLE)
        table.set_xlim(0, horizon)
        block = Block(curve=line.curve, has_row_names=column == 0)
        draw_risk_table(table, [block], ticks_to(horizon), names_at=-0.9 / across)
        if column:
            axes.set_ylabel("")
            axes.tick_params(axis="y", labelleft=False)
    words = "thin lines: the other groups"
    if has_thin_days(lines, horizon, grey_below):
        words = f"grey: fewer than {grey_below} of the group at risk; {words}"
    whole_width, whole_height = figure.get_size_inches()
    figure.text(
        (left + width) / whole_width, 1 - (top + 0.05) / whole_height, words, color=FAINT, size=SMALL, ha="right"
    )


def _row_height() -> float:
    return HEADING + CURVES + AXIS + TABLE + SPACE


def _draw_behind(axes: Axes, curve: IncidenceCurve, horizon: int) -> None:
    x, estimate, _, _ = step_points(curve, horizon)
    axes.plot(x, estimate, drawstyle="steps-post", color=OTHERS, linewidth=0.9, zorder=1.5)


def _name(axes: Axes, line: Line, lines: Sequence[Line], horizon: int, grey_below: int) -> None:
    """Write over a panel whose line it is, and its value on the last day before any line is grey."""
    for x, words, side in ((0, line.name, "left"), (1, value_before_grey(line, lines, horizon, grey_below), "right")):
        axes.text(
            x, 1.04, words, transform=axes.transAxes, ha=side, va="bottom", color=line.color, size=TEXT, weight="bold"
        )
