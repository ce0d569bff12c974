"""States stacked day by day: how many, or which share, is in each, with the number of children under the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.estimators.inputs import Floats
from analysis.printing.canvas import FAINT, INK, SMALL, TEXT, TITLE_HEIGHT, axes_at, new_figure, styled

LEFT, WIDTH, RIGHT = 1.0, 4.6, 1.8
HEIGHT, ABOVE, BELOW = 2.75, 0.62, 0.95
PANEL_TITLE = 0.28


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One state: its name, its color and the hatching that tells it from its neighbors without color."""

    name: str
    color: str
    hatch: str = ""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One stack. `edges` (m + 1,) bound the days; `values` (m, number of layers); `counts` day -> n under the axis.

    From the first day whose values are NaN on, nothing is drawn; day 0 has values.
    """

    title: str
    edges: Floats
    values: Floats
    counts: dict[int, int]


def stacked_figure(
    panels: Sequence[Panel],
    layers: Sequence[Layer],
    *,
    title: str,
    x_label: str,
    y_label: str,
    count_label: str,
    footnote: str,
    is_share: bool,
    thin_from: int | None = None,
    thin_words: str = "",
) -> Figure:
    """Return the panels under each other with one legend, the first layer at the bottom.

    With `is_share` the y axis runs from 0 to 100 %; else it counts children. `thin_from` is the first day on which too
    few are at risk: from there the stack is pale, and `thin_words` above it say why.
    """
    each = HEIGHT if len(panels) == 1 else 1.75
    with styled():
        total = TITLE_HEIGHT + 0.1 + sum(PANEL_TITLE * bool(panel.title) + each + BELOW for panel in panels) + 0.15
        figure = new_figure(
            LEFT + WIDTH + RIGHT, total, title=title, footnote=footnote, left=LEFT / (LEFT + WIDTH + RIGHT)
        )
        top = TITLE_HEIGHT + 0.12
        for panel in panels:
            top += PANEL_TITLE * bool(panel.title)
            axes = axes_at(figure, left=LEFT, top=top, width=WIDTH, height=each)
            _draw_panel(axes, panel, layers, thin_from=thin_from, thin_words=thin_words, is_share=is_share)
            axes.set_ylabel(y_label)
            axes.set_xlabel(x_label, labelpad=3)
            _write_counts(axes, panel.counts, count_label, height=each)
            top += each + BELOW
        first = figure.axes[0]
        handles = [
            Patch(facecolor=layer.color, hatch=layer.hatch, edgecolor="#555555", linewidth=0.4, label=layer.name)
            for layer in reversed(layers)
        ]
        first.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(1.02, 1.02),
            borderaxespad=0,
            frameon=False,
            fontsize=TEXT,
            handlelength=1.5,
            handleheight=1.1,
            labelspacing=0.45,
        )
    return figure


def _draw_panel(
    axes: Axes, panel: Panel, layers: Sequence[Layer], *, thin_from: int | None, thin_words: str, is_share: bool
) -> None:
    known = int(np.isfinite(panel.values[:, 0]).sum())
    edges, tops = panel.edges[: known + 1], np.cumsum(panel.values[:known], axis=1)
    floor = np.zeros(len(tops))
    for number, layer in enumerate(layers):
        axes.fill_between(
            edges,
            np.append(floor, floor[-1]),
            np.append(tops[:, number], tops[-1, number]),
            step="post",
            facecolor=layer.color,
            hatch=layer.hatch,
            edgecolor="#55555566",
            linewidth=0.3,
        )
        floor = tops[:, number]
    axes.set_xlim(panel.edges[0], panel.edges[-1])
    axes.set_xticks(sorted(panel.counts))
    axes.tick_params(axis="x", length=3)
    if is_share:
        axes.set_ylim(0, 1)
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" %"))
    else:
        axes.set_ylim(0, max(float(tops[:, -1].max()), 1.0))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.spines[["top", "right"]].set_visible(False)
    if thin_from is not None and thin_from < panel.edges[-1]:
        axes.axvspan(thin_from, panel.edges[-1], color="white", alpha=0.55, linewidth=0)
        axes.text(1, 1.015, thin_words, transform=axes.transAxes, color=FAINT, size=SMALL, ha="right", va="bottom")
    if panel.title:
        axes.text(0, 1.04, panel.title, transform=axes.transAxes, size=9, weight="bold", color=INK, va="bottom")


def _write_counts(axes: Axes, counts: dict[int, int], label: str, *, height: float) -> None:
    """Write the number of children under the ticks of the time axis."""
    place = -0.62 / height
    axes.text(-0.9 / WIDTH, place, label, transform=axes.transAxes, size=TEXT, va="center", color=INK)
    for day, count in counts.items():
        axes.text(
            day, place, str(count), transform=axes.get_xaxis_transform(), size=TEXT, ha="center", va="center", color=INK
        )
