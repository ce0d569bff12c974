"""A flow diagram: boxes from top to bottom, what leaves to the right, and a last row of boxes side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.printing.canvas import FAINT, INK, new_figure, styled

STEP, BOX, WIDTH = 0.86, 0.56, 3.1
"""Inches from one box to the next, the height of a box, the width of the figure's main column."""


@dataclass(frozen=True, kw_only=True)
class FlowBox:
    """One step with its count; `left` says in words who does not go on, `beside` what else is true of its children."""

    name: str
    count: int
    left: str = ""
    beside: str = ""
    is_from_log: bool = False


def flow_figure(steps: Sequence[FlowBox], last: Sequence[FlowBox], *, title: str, footnote: str) -> Figure:
    """Return the diagram, as high as it has steps; boxes counted by the sites' logs have a dashed frame.

    A dotted line, and no arrow, stands between a box of the logs and one of the cut: they count different stretches of
    time.
    """
    height = STEP * (len(steps) + 1) + 1.0
    with styled():
        figure = new_figure(7.2, height, title=title, footnote=footnote, left=0.03)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, 7.2)
        axes.set_ylim(height, 0)
        axes.axis("off")
        top = 0.45
        for place, step in enumerate(steps):
            middle = 0.25 + WIDTH / 2
            _draw_box(axes, 0.25, top, WIDTH, step)
            following = steps[place + 1] if place + 1 < len(steps) else None
            if following and following.is_from_log != step.is_from_log:
                level = top + (BOX + STEP) / 2
                axes.plot([0.25, 6.95], [level, level], color=FAINT, linewidth=1, linestyle=":")
            elif following or last:
                _arrow(axes, (middle, top + BOX), (middle, top + STEP))
            if step.left:
                level = top + (BOX + STEP) / 2
                _arrow(axes, (middle, level), (0.25 + WIDTH + 0.45, level))
                axes.text(0.25 + WIDTH + 0.53, level, step.left, va="center", size=8, color=INK)
            if step.beside:
                axes.text(0.25 + WIDTH + 0.12, top + BOX / 2, step.beside, va="center", size=7.5, color=INK)
            top += STEP
        _draw_last(axes, last, top)
    return figure


def _draw_last(axes: Axes, last: Sequence[FlowBox], top: float) -> None:
    """Draw the last row: one line that the arrow meets, and a box below it for each of them."""
    if not last:
        return
    width = (6.7 - 0.15 * (len(last) - 1)) / len(last)
    middles = [0.25 + width / 2 + place * (width + 0.15) for place in range(len(last))]
    axes.plot([min(middles), max(middles)], [top, top], color=FAINT, linewidth=1)
    for middle, box in zip(middles, last, strict=True):
        _arrow(axes, (middle, top), (middle, top + 0.25))
        _draw_box(axes, middle - width / 2, top + 0.25, width, box)


def _draw_box(axes: Axes, left: float, top: float, width: float, box: FlowBox) -> None:
    frame = (0, (3, 2)) if box.is_from_log else "-"
    axes.add_patch(
        Rectangle((left, top), width, BOX, facecolor="#F5F8FB", edgecolor="#33526E", linewidth=1, linestyle=frame)
    )
    axes.text(left + width / 2, top + 0.18, box.name, ha="center", va="center", size=8.5, color=INK)
    axes.text(
        left + width / 2, top + 0.39, f"n = {box.count:,}", ha="center", va="center", size=9, weight="bold", color=INK
    )


def _arrow(axes: Axes, begin: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": FAINT, "linewidth": 1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=end, xytext=begin, arrowprops=style)
