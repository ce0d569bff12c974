"""Cumulative incidences as a figure: steps with ribbons, and the numbers at risk under the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.estimators import IncidenceCurve
from analysis.estimators.inputs import Floats, Integers
from analysis.printing.canvas import BLUE, GREY, VERMILION, Dashes, new_figure, styled

TICKS = (0, 3, 7, 14, 21, 28)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve of a figure: its name, its look and its numbers."""

    name: str
    curve: IncidenceCurve
    color: str
    dashes: Dashes


def resolution_lines(resolved: IncidenceCurve, died: IncidenceCurve) -> tuple[Line, Line]:
    """Return the two lines of a resolution figure: resolved in blue, died dashed in vermilion."""
    return (
        Line(name="Resolved", curve=resolved, color=BLUE, dashes="-"),
        Line(name="Died first", curve=died, color=VERMILION, dashes=(0, (5, 2))),
    )


def incidence_figure(
    lines: Sequence[Line], *, title: str, horizon: int, grey_below: int, x_label: str, footnote: str
) -> Figure:
    """Return cumulative incidences with step ribbons, and the numbers at risk under the ticks of the time axis.

    All lines share one set of subjects. From the first day on which fewer than `grey_below` are at risk the lines
    are grey. Shapes: whole days 0..horizon on the x axis, shares 0..1 on the y axis.
    """
    with styled():
        figure = new_figure(7.2, 5.0, title=title, footnote=footnote)
        axes, table = figure.subplots(2, 1, height_ratios=(3.3, 1.0), sharex=True)
        figure.subplots_adjust(left=0.17, right=0.86, top=0.92, bottom=0.05, hspace=0.27)
        thin_from = first_thin_day(lines[0].curve, grey_below, horizon)
        _draw_axes(axes, horizon, x_label)
        for line in lines:
            _draw_line(axes, line, horizon, thin_from)
        _label_ends(axes, lines, horizon)
        if thin_from is not None and thin_from < horizon:
            _mark_thin_days(axes, thin_from, horizon, f"fewer than {grey_below} at risk")
        _draw_risk_table(table, lines, horizon)
    return figure


def first_thin_day(curve: IncidenceCurve, grey_below: int, horizon: int) -> int | None:
    """Return the first day from 0 to horizon with fewer than `grey_below` at risk, or None."""
    thin = np.flatnonzero(curve.at_risk_at(np.arange(horizon + 1)) < grey_below)
    return int(thin[0]) if thin.size else None


def step_points(curve: IncidenceCurve, horizon: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return x, estimate, lower and upper of the steps from day 0 to the horizon, each of shape (k,)."""
    inside = curve.times[(curve.times > 0) & (curve.times < horizon)]
    x = np.concatenate([[0.0], inside, [float(horizon)]])
    lower, upper = curve.limits_at(x)
    return x, curve.at(x), lower, upper


def _draw_axes(axes: Axes, horizon: int, x_label: str) -> None:
    axes.set_xlim(0, horizon)
    axes.set_ylim(0, 1)
    axes.set_xticks([tick for tick in TICKS if tick <= horizon])
    axes.tick_params(axis="x", labelbottom=True, length=3)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" %"))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.grid(axis="y", color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylabel("Cumulative incidence")
    axes.set_xlabel(x_label, labelpad=3)


def _draw_line(axes: Axes, line: Line, horizon: int, thin_from: int | None) -> None:
    """Draw one step-post line with its ribbon, in colour up to the thin days and in grey from there."""
    x, estimate, lower, upper = step_points(line.curve, horizon)
    bound = horizon if thin_from is None else thin_from
    for start, end, color in ((0, bound, line.color), (bound, horizon, GREY)):
        if start >= end:
            continue
        inside = x[(x > start) & (x < end)]
        points = np.concatenate([[float(start)], inside, [float(end)]])
        at = np.searchsorted(x, points, side="right") - 1
        axes.fill_between(points, lower[at], upper[at], step="post", color=color, alpha=0.16, linewidth=0)
        axes.plot(points, estimate[at], drawstyle="steps-post", color=color, linestyle=line.dashes, linewidth=1.7)


def _mark_thin_days(axes: Axes, thin_from: int, horizon: int, words: str) -> None:
    """Shade the days on which too few are at risk and say so above them."""
    axes.axvspan(thin_from, horizon, color="#F2F2F2", zorder=0, linewidth=0)
    narrow = thin_from > horizon * 0.7
    position = horizon - 0.3 if narrow else (thin_from + horizon) / 2
    axes.text(position, 1.01, words, color="#6B6B6B", size=7.5, ha="right" if narrow else "center", va="bottom")


def _label_ends(axes: Axes, lines: Sequence[Line], horizon: int) -> None:
    """Write each line's name and last value beside its end, moved apart where they would touch."""
    ends = sorted(((float(line.curve.at(horizon)), line) for line in lines), key=lambda pair: pair[0])
    lowest = 0.04
    for value, line in ends:
        height = min(max(value, lowest), 0.96)
        lowest = height + 0.13
        axes.text(
            1.015,
            height,
            f"{line.name}\n{100 * value:.0f} %",
            transform=axes.get_yaxis_transform(),
            color=line.color,
            va="center",
            size=8.5,
            weight="bold",
        )


def _draw_risk_table(table: Axes, lines: Sequence[Line], horizon: int) -> None:
    """Write at risk and the cumulative counts under each tick; the names stand left of the axis."""
    days = np.array([tick for tick in TICKS if tick <= horizon])
    first = lines[0].curve
    rows = [("At risk", first.at_risk_at(days), "#111111")]
    rows += [(line.name, _cumulative(line.curve, line.curve.n_event, days), line.color) for line in lines]
    rows.append(("Censored", _cumulative(first, first.n_censored, days), "#555555"))
    table.set_ylim(len(rows) - 0.4, -0.6)
    table.axis("off")
    for height, (name, counts, color) in enumerate(rows):
        table.text(
            -0.035, height, name, transform=table.get_yaxis_transform(), ha="right", va="center", color=color, size=8.5
        )
        for day, count in zip(days, counts, strict=True):
            table.text(day, height, str(count), ha="center", va="center", size=8.5, color="#111111")


def _cumulative(curve: IncidenceCurve, counts: Integers, days: Integers) -> Integers:
    total = np.concatenate([[0], np.cumsum(counts)])
    return total[np.searchsorted(curve.times, days, side="right")].astype(np.int64)
