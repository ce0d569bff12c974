"""A forest plot: risk differences with limits, counts of both groups beside them, the pooled one as a diamond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.printing.canvas import BLUE, INK, SMALL, VERMILION, new_figure, styled
from analysis.wording import headed

WIDTH, ROW_HEIGHT, ABOVE, BELOW = 7.2, 0.245, 0.75, 0.8
LEFT, RIGHT = 0.535, 0.825
NAME_AT, FIRST_AT, SECOND_AT, WORDS_AT = 0.012, 0.41, 0.52, 0.995
LARGEST_AREA = 130.0


@dataclass(frozen=True, kw_only=True)
class ForestRow:
    """One line: a heading without numbers, or a difference (in points) with its counts; None where none is drawn.

    `weight` is the share of the largest weight, 0..1. `is_pooled` draws a diamond from lower to upper.
    """

    name: str
    first: str = ""
    second: str = ""
    difference: tuple[float, float, float] | None = None
    weight: float = 0.0
    words: str = ""
    is_heading: bool = False
    is_pooled: bool = False


def forest_figure(
    rows: Sequence[ForestRow], *, title: str, first_group: str, second_group: str, footnote: str
) -> Figure:
    """Return the forest plot of some rows from top to bottom; differences in percentage points, -100..100."""
    height = ABOVE + BELOW + ROW_HEIGHT * len(rows)
    with styled():
        figure = new_figure(WIDTH, height, title=title, footnote=footnote, left=NAME_AT)
        axes = figure.add_axes((LEFT, BELOW / height, RIGHT - LEFT, 1 - (ABOVE + BELOW) / height))
        _draw_axes(axes, len(rows), first_group, second_group)
        heads = ((FIRST_AT, headed(first_group), "right"), (SECOND_AT, headed(second_group), "right"))
        top = 1 - (ABOVE - 0.12) / height
        for x, words, side in (*heads, (WORDS_AT, "Points (95 % limits)", "right")):
            figure.text(x, top, words, ha=side, va="bottom", size=7.8, weight="bold", color=INK)
        for position, row in enumerate(rows):
            middle = 1 - (ABOVE + ROW_HEIGHT * (position + 0.5)) / height
            _write(figure, row, middle)
            _draw(axes, row, position)
    return figure


def _draw_axes(axes: Axes, rows: int, first_group: str, second_group: str) -> None:
    axes.set_xlim(-100, 100)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xticks([-100, -50, 0, 50, 100])
    axes.tick_params(axis="x", labelsize=7.8, length=3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.axvline(0, color="#555555", linewidth=0.8)
    axes.set_xlabel(
        f"\n{headed(first_group)} minus {second_group}, percentage points",
        size=7.8,
        labelpad=3,
        linespacing=1.5,
        color=INK,
    )
    for x, words, side in (
        (-4, f"← {headed(second_group)} higher", "right"),
        (4, f"{headed(first_group)} higher →", "left"),
    ):
        axes.annotate(
            words,
            (x, 0),
            (0, -17),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha=side,
            va="top",
            size=SMALL,
            color=INK,
        )


def _write(figure: Figure, row: ForestRow, middle: float) -> None:
    weight = "bold" if row.is_heading or row.is_pooled else "normal"
    indent = 0.0 if row.is_heading or row.is_pooled else 0.018
    figure.text(NAME_AT + indent, middle, row.name, ha="left", va="center", size=8.2, weight=weight, color=INK)
    for x, words in ((FIRST_AT, row.first), (SECOND_AT, row.second), (WORDS_AT, row.words)):
        figure.text(x, middle, words, ha="right", va="center", size=8.2, weight=weight, color=INK)


def _draw(axes: Axes, row: ForestRow, position: int) -> None:
    if row.difference is None:
        return
    value, lower, upper = row.difference
    if row.is_pooled:
        corners = ((lower, position), (value, position - 0.3), (upper, position), (value, position + 0.3))
        axes.fill(*zip(*corners, strict=True), color=VERMILION, linewidth=0)
        axes.axvline(value, color=VERMILION, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        return
    axes.plot([lower, upper], [position, position], color=BLUE, linewidth=1.2, solid_capstyle="butt")
    axes.scatter([value], [position], s=max(LARGEST_AREA * row.weight, 9.0), marker="s", color=BLUE, zorder=3)
