"""A quantity by day as a figure: the median as steps, the quartiles as a band, and n under the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from analysis.printing.canvas import BLUE, INK, TEXT, axes_at, new_figure, styled
from analysis.wording import printed

TICKS = (-3, 0, 3, 7, 14, 21, 28)


@dataclass(frozen=True, kw_only=True)
class DayQuartiles:
    """The three quartiles of a day, and of how many children."""

    day: int
    n: int
    lower: float
    median: float
    upper: float


def quartile_figure(days: Sequence[DayQuartiles], *, title: str, x_label: str, y_label: str, footnote: str) -> Figure:
    """Return median and quartiles by whole day, a line where day 0 begins, and the children of a day under it."""
    x = [day.day for day in days] + [days[-1].day + 1]
    series = {name: [getattr(day, name) for day in (*days, days[-1])] for name in ("lower", "median", "upper")}
    with styled():
        figure = new_figure(7.2, 4.15, title=title, footnote=footnote, left=1.0 / 7.2)
        axes = axes_at(figure, left=1.0, top=0.55, width=5.9, height=2.75)
        axes.fill_between(x, series["lower"], series["upper"], step="post", color=BLUE, alpha=0.18, linewidth=0)
        axes.plot(x, series["median"], drawstyle="steps-post", color=BLUE, linewidth=1.7)
        axes.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(0, max(*series["upper"], 0.1) * 1.08)
        axes.set_xticks([tick + 0.5 for tick in TICKS if x[0] <= tick < x[-1]])
        axes.set_xticklabels([printed(str(tick)) for tick in TICKS if x[0] <= tick < x[-1]])
        axes.grid(axis="y", color="#E3E3E3", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylabel(y_label)
        axes.set_xlabel(x_label, labelpad=3)
        counts = {day.day: day.n for day in days}
        below = axes_at(figure, left=1.0, top=3.73, width=5.9, height=0.2)
        below.set_xlim(x[0], x[-1])
        below.axis("off")
        below.text(-0.035, 0.5, "Children", transform=below.transAxes, ha="right", va="center", size=TEXT)
        for tick in TICKS:
            if tick in counts:
                below.text(tick + 0.5, 0.5, str(counts[tick]), ha="center", va="center", size=TEXT, color=INK)
    return figure
