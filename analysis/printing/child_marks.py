"""Groups too small for a line: one mark for each child, on the day of its event or on the last day seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from analysis.estimators import IncidenceCurve
from analysis.printing.canvas import FAINT, INK, SMALL, TEXT
from analysis.printing.curve_axes import ticks_to

HEADING_HEIGHT, MARK_HEIGHT = 0.21, 0.12
"""Inches of a heading and of one mark."""
AXIS_HEIGHT = 0.55
"""Inches of the time axis under the marks."""
NAMES_AT = -0.2
"""Where the names of the groups begin, in widths of the axes."""
MARKS: tuple[tuple[int, str, bool], ...] = ((1, "o", True), (2, "X", True), (0, "o", False))
"""Event code, its mark, and whether that is filled."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One group of a figure: its curve, or where it is too small for one (None) each child's day and event code."""

    name: str
    curve: IncidenceCurve | None
    outcomes: tuple[tuple[int, int], ...]


def marks_height(small: Sequence[Arm], horizon: int) -> float:
    """Return the inches of the marks with their legend, without the time axis under them."""
    return HEADING_HEIGHT + sum(HEADING_HEIGHT + MARK_HEIGHT * _tallest(arm, horizon) for arm in small)


def _tallest(arm: Arm, horizon: int) -> int:
    """Return how many children of an arm stand on the fullest day; all days after the horizon are one."""
    return max(Counter(min(day, horizon + 1) for day, _ in arm.outcomes).values())


def draw_marks(
    axes: Axes, small: Sequence[Arm], colors: Mapping[str, str], horizon: int, x_label: str, event: str
) -> None:
    """Draw each arm as a heading over the marks of its children, those of one day on top of each other.

    `event` names what code 1 means, such as resolved.
    """
    axes.set_xlim(0, horizon)
    axes.set_xticks(ticks_to(horizon))
    axes.set_xlabel(x_label, labelpad=3)
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_ylim(marks_height(small, horizon), 0)
    _draw_legend(axes, event)
    top = HEADING_HEIGHT
    for arm in small:
        bottom = top + HEADING_HEIGHT + MARK_HEIGHT * _tallest(arm, horizon)
        axes.text(
            NAMES_AT,
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
    for code, mark, filled in MARKS:
        if places[code]:
            x_of, y_of = np.array(places[code]).T
            _scatter(axes, x_of, y_of, mark, color if filled else "white", color)


def _draw_legend(axes: Axes, event: str) -> None:
    """Say in the first row what a mark is: one child."""
    axes.text(0, HEADING_HEIGHT / 2, "Each mark is one child:", va="center", size=SMALL, color=FAINT, **_over_grid())
    words = (event, "died", "censored")
    for number, (word, (_, mark, filled)) in enumerate(zip(words, MARKS, strict=True)):
        x = 0.36 + 0.19 * number
        place = axes.get_xlim()[1] * x
        _scatter(axes, [place], [HEADING_HEIGHT / 2], mark, INK if filled else "white", INK)
        axes.text(place + 0.45, HEADING_HEIGHT / 2, word, va="center", size=SMALL, color=FAINT, **_over_grid())


def _over_grid() -> dict[str, dict[str, object]]:
    return {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.6}}


def _scatter(axes: Axes, x: object, y: object, mark: str, face: str, edge: str) -> None:
    axes.scatter(x, y, s=30, marker=mark, facecolor=face, edgecolor=edge, linewidth=0.9, clip_on=False, zorder=3)  # type: ignore[arg-type]
