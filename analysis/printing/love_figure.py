"""A love plot: standardised differences of two groups, one row per variable, the largest at the top."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.printing.canvas import BLUE, FAINT, new_figure, styled

ROW = 0.24
"""Inches per variable."""


def love_figure(
    differences: Sequence[tuple[str, float]], *, bound: float, title: str, x_label: str, footnote: str
) -> Figure:
    """Return the dots of (name, absolute difference) in the order given, with a dashed line at the bound."""
    height = ROW * len(differences) + 1.25
    with styled():
        figure = new_figure(7.2, height, title=title, footnote=footnote, left=0.02)
        axes = figure.add_axes((0.42, 0.72 / height, 0.55, ROW * len(differences) / height))
        places = range(len(differences))
        values = [value for _, value in differences]
        axes.hlines(places, 0, values, color="#C9D6E2", linewidth=1.2)
        axes.plot(values, places, "o", color=BLUE, markersize=5, clip_on=False)
        axes.axvline(bound, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.set_xlim(0, max([*values, 2 * bound]) * 1.06)
        axes.set_ylim(len(differences) - 0.5, -0.5)
        axes.set_yticks(list(places), [name for name, _ in differences], size=8)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.set_xlabel(x_label, labelpad=3)
    return figure
