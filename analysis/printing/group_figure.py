"""Resolution by group: a line for each group that is large enough, one mark per child for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.estimators import IncidenceCurve
from analysis.printing.canvas import FAINT, INK, SERIES, SMALL, TEXT, TITLE_HEIGHT, axes_at, new_figure, styled
from analysis.printing.curve_axes import (
    Line,
    draw_curve_axes,
    draw_line,
    explain_grey,
    first_thin_day,
    label_ends,
    ticks_to,
)
from analysis.printing.risk_table import Block, draw_risk_table, table_height

LEFT, WIDTH, RIGHT = 1.0, 4.5, 2.2
TOP = TITLE_HEIGHT + 0.15
CURVES_HEIGHT, AXIS_HEIGHT = 3.0, 0.5
HEADING_HEIGHT, MARK_HEIGHT = 0.21, 0.12
MARKS: tuple[tuple[int, str, str, bool], ...] = (
    (1, "resolved", "o", True),
    (2, "died", "X", True),
    (0, "censored", "o", False),
)
"""Event code, its word, its mark, and whether that is filled."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One group of a figure: its curve, or where it is too small for one (None) each child's day and event code."""

    name: str
    curve: IncidenceCurve | None
    outcomes: tuple[tuple[int, int], ...]


def group_figure(
    arms: Sequence[Arm], *, title: str, horizon: int, grey_below: int, x_label: str, footnote: str
) -> Figure:
    """Return the arms with a curve as lines with their numbers at risk, and under them the others child by child.

    An arm keeps its color and line style whatever the size of the others. Its line is grey from the first day on
    which it has fewer than `grey_below` at risk. A child after the horizon stands beside the axis.
    """
    looks = dict(zip((arm.name for arm in arms), SERIES, strict=False))
    lines = [
        Line(name=arm.name, curve=arm.curve, color=looks[arm.name][0], dashes=looks[arm.name][1])
        for arm in arms
        if arm.curve is not None
    ]
    small = [arm for arm in arms if arm.curve is None]
    blocks = [Block(name=line.name, curve=line.curve, heading=line.color) for line in lines]
    above, numbers = (CURVES_HEIGHT + AXIS_HEIGHT + 0.18 if lines else 0.0), table_height(blocks)
    marks = _strip_height(small, horizon)
    with styled():
        figure = new_figure(
            LEFT + WIDTH + RIGHT,
            TOP + above + numbers + marks + 0.25,
            title=title,
            footnote=footnote,
            left=LEFT / (LEFT + WIDTH + RIGHT),
        )
        if lines:
            axes = axes_at(figure, left=LEFT, top=TOP, width=WIDTH, height=CURVES_HEIGHT)
            draw_curve_axes(axes, horizon, x_label)
            for line in lines:
                thin_from = first_thin_day(line.curve, grey_below, horizon)
                draw_line(axes, line, horizon, thin_from, alone=len(lines) == 1)
            label_ends(axes, lines, horizon, grey_below)
            explain_grey(axes, lines, horizon, grey_below)
            table = axes_at(figure, left=LEFT, top=TOP - 0.13 + above, width=WIDTH, height=numbers)
            table.set_xlim(0, horizon)
            draw_risk_table(table, blocks, ticks_to(horizon), names_at=-0.9 / WIDTH)
        if small:
            strip = axes_at(
                figure, left=LEFT, top=TOP + above + numbers, width=WIDTH, height=marks - AXIS_HEIGHT - 0.05
            )
            _draw_strip(strip, small, {name: color for name, (color, _) in looks.items()}, horizon, x_label)
    return figure


def _strip_height(small: Sequence[Arm], horizon: int) -> float:
    """Return the inches of the marks with their legend and time axis; 0 without any."""
    if not small:
        return 0.0
    return (
        HEADING_HEIGHT
        + sum(HEADING_HEIGHT + MARK_HEIGHT * _tallest(arm, horizon) for arm in small)
        + AXIS_HEIGHT
        + 0.05
    )


def _tallest(arm: Arm, horizon: int) -> int:
    """Return how many children of an arm stand on the fullest day; all days after the horizon are one."""
    return max(Counter(min(day, horizon + 1) for day, _ in arm.outcomes).values())


def _draw_strip(axes: Axes, small: Sequence[Arm], colors: dict[str, str], horizon: int, x_label: str) -> None:
    """Draw each arm as a heading over the marks of its children, those of one day on top of each other."""
    axes.set_xlim(0, horizon)
    axes.set_xticks(ticks_to(horizon))
    axes.set_xlabel(x_label, labelpad=3)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    total = HEADING_HEIGHT + sum(HEADING_HEIGHT + MARK_HEIGHT * _tallest(arm, horizon) for arm in small)
    axes.set_ylim(total, 0)
    _draw_legend(axes)
    top = HEADING_HEIGHT
    for arm in small:
        bottom = top + HEADING_HEIGHT + MARK_HEIGHT * _tallest(arm, horizon)
        axes.text(
            -0.9 / WIDTH,
            top + HEADING_HEIGHT / 2,
            f"{arm.name} (n = {len(arm.outcomes)})",
            transform=axes.get_yaxis_transform(),
            va="center",
            size=TEXT,
            weight="bold",
            color=colors[arm.name],
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
        _draw_children(axes, arm, colors[arm.name], horizon, bottom)
        top = bottom
    if any(day > horizon for arm in small for day, _ in arm.outcomes):
        axes.text(
            horizon + 0.6, HEADING_HEIGHT / 2, f"after day {horizon}", ha="left", va="center", size=SMALL, color=FAINT
        )


def _draw_children(axes: Axes, arm: Arm, color: str, horizon: int, bottom: float) -> None:
    places: dict[int, list[tuple[int, float]]] = {code: [] for code, *_ in MARKS}
    taken: Counter[int] = Counter()
    for day, event in sorted(arm.outcomes, key=lambda outcome: (outcome[0], -outcome[1])):
        x = min(day, horizon + 1)
        places[event].append((x, bottom - MARK_HEIGHT * (taken[x] + 0.5)))
        taken[x] += 1
    for code, _, mark, filled in MARKS:
        if places[code]:
            x_of, y_of = np.array(places[code]).T
            _scatter(axes, x_of, y_of, mark, color if filled else "white", color)


def _draw_legend(axes: Axes) -> None:
    """Say in the first row what a mark is: one child."""
    axes.text(0, HEADING_HEIGHT / 2, "Each mark is one child:", va="center", size=SMALL, color=FAINT, **_over_grid())
    for number, (_, word, mark, filled) in enumerate(MARKS):
        x = 0.36 + 0.19 * number
        place = axes.get_xlim()[1] * x
        _scatter(axes, [place], [HEADING_HEIGHT / 2], mark, INK if filled else "white", INK)
        axes.text(place + 0.45, HEADING_HEIGHT / 2, word, va="center", size=SMALL, color=FAINT, **_over_grid())


def _over_grid() -> dict[str, dict[str, object]]:
    return {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.6}}


def _scatter(axes: Axes, x: object, y: object, mark: str, face: str, edge: str) -> None:
    axes.scatter(x, y, s=30, marker=mark, facecolor=face, edgecolor=edge, linewidth=0.9, clip_on=False, zorder=3)  # type: ignore[arg-type]
