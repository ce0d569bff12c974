"""Cumulative incidences on one pair of axes: steps with ribbons, grey where too few are at risk, names at the ends.

Before its first event a curve has no ribbon: it would lie on that of another and tell no more than the number at risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from analysis.estimators import IncidenceCurve
from analysis.estimators.inputs import Floats
from analysis.printing.canvas import FAINT, GREY, SMALL, TEXT, Dashes, spread

TICKS = (0, 3, 7, 14, 21, 28)
LABEL_GAP = 0.125
"""Least distance between two names of two lines, as a share of the axis."""
TOP = 1.008
"""End of the y axis: a line at 100 % is seen whole."""
SAMPLE = (1.035, 1.095)
"""Where the piece of a line before its name begins and ends, in widths of the axes."""
NAME_ABOVE = 0.022
"""How far a name stands above its middle, because a value stands under it."""
MOVED = 0.02
"""A name further than this from the end of its line is joined to it."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve of a figure: its name, its look and its numbers."""

    name: str
    curve: IncidenceCurve
    color: str
    dashes: Dashes


def ticks_to(horizon: int) -> list[int]:
    """Return the days that are named on the time axis."""
    return [tick for tick in TICKS if tick <= horizon]


def draw_curve_axes(axes: Axes, horizon: int, x_label: str, y_label: str = "Cumulative incidence") -> None:
    """Set up whole days on the x axis and shares on the y axis."""
    axes.set_xlim(0, horizon)
    axes.set_ylim(0, TOP)
    axes.set_xticks(ticks_to(horizon))
    axes.tick_params(axis="x", length=3)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0, symbol=" %"))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.grid(axis="y", color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylabel(y_label)
    axes.set_xlabel(x_label, labelpad=3)


def draw_line(axes: Axes, line: Line, horizon: int, thin_from: int | None, *, alone: bool = True) -> None:
    """Draw one step-post line with its ribbon, in color up to the thin days and in grey from there, as far as known.

    Ribbons that lie over each other (not `alone`) are paler and have an outline.
    """
    x, estimate, lower, upper = step_points(line.curve, horizon)
    last = float(x[-1])
    bound = last if thin_from is None else min(thin_from, last)
    before = 0
    for start, end, color in ((0, bound, line.color), (bound, last, GREY)):
        if start >= end:
            continue
        inside = x[(x > start) & (x < end)]
        points = np.concatenate([[float(start)], inside, [float(end)]])
        at = np.searchsorted(x, points, side="right") - 1
        if end < last:
            at[-1] = at[-2]  # what happens on the first thin day is grey
        elif start:
            points, at = np.concatenate([points[:1], points]), np.concatenate([[before], at])
        before = at[-1]
        had = at[estimate[at] > 0]
        since = points[len(points) - len(had) :]
        axes.fill_between(
            since, lower[had], upper[had], step="post", color=color, alpha=0.14 if alone else 0.07, linewidth=0
        )
        if not alone and color != GREY:
            for limit in (lower, upper):
                axes.plot(since, limit[had], drawstyle="steps-post", color=color, alpha=0.55, linewidth=0.6)
        axes.plot(
            points,
            estimate[at],
            drawstyle="steps-post",
            color=color,
            linestyle=line.dashes,
            linewidth=1.7,
            clip_on=False,  # a line at 0 % lies on the axis and is seen whole
            zorder=3,
        )


def label_ends(axes: Axes, lines: Sequence[Line], horizon: int, grey_below: int) -> None:
    """Write each line's name beside its end with its value on the last day before any is grey, and that day.

    A piece of the line before its name tells it from the others on grey paper. Names that would touch move apart,
    joined to their ends, unless the line ends before the axis does.
    """
    values = [float(line.curve.at(horizon)) for line in lines]
    places = spread(values, gap=LABEL_GAP, low=0.04, high=0.96)
    for line, value, place in zip(lines, values, places, strict=True):
        if abs(place - value) > MOVED and line.curve.known_to >= horizon:
            axes.plot(
                [1.004, 1.028],
                [value, place + NAME_ABOVE],
                transform=axes.get_yaxis_transform(),
                color=line.color,
                linewidth=0.7,
                clip_on=False,
            )
        axes.plot(
            SAMPLE,
            [place + NAME_ABOVE] * 2,
            transform=axes.get_yaxis_transform(),
            color=line.color,
            linestyle=line.dashes,
            linewidth=1.7,
            clip_on=False,
        )
        axes.text(
            SAMPLE[1] + 0.01,
            place,
            f"{line.name}\n{value_before_grey(line, lines, horizon, grey_below)}".rstrip(),
            transform=axes.get_yaxis_transform(),
            color=line.color,
            va="center",
            size=TEXT,
            weight="bold",
        )


def value_before_grey(line: Line, lines: Sequence[Line], horizon: int, grey_below: int) -> str:
    """Return a line's value on the last day before any of the lines is grey, and that day.

    All are read on one day, since they will be compared. A line that is grey throughout has no value and is not waited
    for.
    """
    last = {id(one): _last_day_before_grey(one, horizon, grey_below) for one in lines}
    if last[id(line)] < 0:
        return ""
    day = min(day for day in last.values() if day >= 0)
    return f"{100 * float(line.curve.at(day)):.0f} % by day {day}"


def _last_day_before_grey(line: Line, horizon: int, grey_below: int) -> int:
    thin_from = first_thin_day(line.curve, grey_below, horizon)
    return horizon if thin_from is None else thin_from - 1


def explain_grey(axes: Axes, lines: Sequence[Line], horizon: int, grey_below: int) -> None:
    """Say above the axes what grey lines mean, if there are any: each line has its own day from which it is grey."""
    if has_thin_days(lines, horizon, grey_below):
        words = f"grey: fewer than {grey_below} of the group at risk"
        axes.text(horizon, 1.015, words, color=FAINT, size=SMALL, ha="right", va="bottom")


def has_thin_days(lines: Sequence[Line], horizon: int, grey_below: int) -> bool:
    """Return whether a piece of any line is grey."""
    thin = [first_thin_day(line.curve, grey_below, horizon) for line in lines]
    return any(day is not None and day < horizon for day in thin)


def shade_thin_days(axes: Axes, thin_from: int | None, horizon: int) -> None:
    """Shade the days on which too few are at risk, if there are any: printed grey, a grey line looks like any other."""
    if thin_from is not None and thin_from < horizon:
        axes.axvspan(thin_from, horizon, color="#F2F2F2", zorder=0, linewidth=0)


def mark_thin_days(axes: Axes, thin_from: int, horizon: int, words: str) -> None:
    """Shade the days on which too few are at risk and say so above them."""
    shade_thin_days(axes, thin_from, horizon)
    narrow = thin_from > horizon * 0.7
    position = horizon - 0.3 if narrow else (thin_from + horizon) / 2
    axes.text(position, 1.01, words, color=FAINT, size=SMALL, ha="right" if narrow else "center", va="bottom")


def first_thin_day(curve: IncidenceCurve, grey_below: int, horizon: int) -> int | None:
    """Return the first day from 0 to horizon with fewer than `grey_below` at risk, or None."""
    thin = np.flatnonzero(curve.at_risk_at(np.arange(horizon + 1)) < grey_below)
    return int(thin[0]) if thin.size else None


def step_points(curve: IncidenceCurve, horizon: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return x, estimate, lower and upper of the steps from day 0 to the horizon, each of shape (k,).

    They end sooner where the curve is not known to the horizon.
    """
    end = min(float(horizon), curve.known_to)
    inside = curve.times[(curve.times > 0) & (curve.times < end)]
    x = np.concatenate([[0.0], inside, [end]])
    lower, upper = curve.limits_at(x)
    return x, curve.at(x), lower, upper
