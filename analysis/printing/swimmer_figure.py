"""Children one by one, a row each: grades as colored days, what was given above and below, marks for events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from analysis.endpoints.swimmers import Stretch, Swimmer
from analysis.printing.canvas import (
    BLUE,
    FAINT,
    GRADE_COLORS,
    GREEN,
    INK,
    SMALL,
    STATE_LOOKS,
    TEXT,
    axes_at,
    new_figure,
    styled,
)
from analysis.wording import headed

LEFT, WIDTH, RIGHT = 0.95, 4.65, 1.9
ROW_HEIGHT, ABOVE, BELOW = 0.17, 0.52, 0.62
LEGEND_ROWS = 20
TILE, LANE = 0.5, 0.15
"""Heights of the grades and of what was given, in rows."""
STEROID, ANAKINRA = BLUE, INK
SEDATED = STATE_LOOKS["sedated"]
TICKS = (-7, 0, 7, 14, 21, 28)
MARKS = {
    "tocilizumab": ("o", 3.9, "white", BLUE),
    "higher dose": ("^", 3.6, ANAKINRA, ANAKINRA),
    "lower dose": ("v", 3.6, ANAKINRA, ANAKINRA),
    "last dose": ("|", 5.8, ANAKINRA, ANAKINRA),
    "last dose not known": ("$?$", 5.2, ANAKINRA, "none"),
    "carHLH begins": ("D", 3.7, "white", GREEN),
    "infusion": ("*", 6.2, GREEN, GREEN),
    "died": ("X", 6.2, "#CC0000", "white"),
    "still followed": (">", 4.2, FAINT, FAINT),
}
"""Name -> matplotlib's mark, its size in points, its face and its edge."""


def swimmer_figure(
    swimmers: Sequence[Swimmer], *, first_number: int, first_day: int, last_day: int, title: str, footnote: str
) -> Figure:
    """Return the children in their order, numbered from `first_number`, a thin rule between centers."""
    height = ROW_HEIGHT * max(len(swimmers), LEGEND_ROWS)
    with styled():
        figure = new_figure(
            LEFT + WIDTH + RIGHT,
            ABOVE + height + BELOW,
            title=title,
            footnote=footnote,
            left=LEFT / (LEFT + WIDTH + RIGHT),
        )
        axes = axes_at(figure, left=LEFT, top=ABOVE, width=WIDTH, height=ROW_HEIGHT * len(swimmers))
        axes.set_xlim(first_day - 0.5, last_day + 1.2)
        axes.set_ylim(len(swimmers), 0)
        axes.set_xticks([tick for tick in TICKS if first_day <= tick <= last_day])
        axes.set_yticks([])
        axes.set_xlabel("Days after the first anakinra dose", labelpad=3)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.axvline(-0.5, color=FAINT, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
        _draw_observation(axes, swimmers, first_day)
        _draw_grades(axes, swimmers, first_day, last_day)
        _draw_lane(axes, [swimmer.steroid for swimmer in swimmers], 0.08, STEROID, first_day, last_day)
        _draw_lane(axes, [swimmer.anakinra for swimmer in swimmers], 0.77, ANAKINRA, first_day, last_day)
        for name, points in _marks(swimmers, first_day, last_day).items():
            _draw_marks(axes, name, points)
        _write_rows(axes, swimmers, first_number)
        _draw_legend(axes)
    return figure


def _draw_observation(axes: Axes, swimmers: Sequence[Swimmer], first_day: int) -> None:
    """Draw a thin line over the days on which a child was in view, so that days without a grade are seen as such."""
    starts = [max(first_day - 0.5, min(swimmer.infusions, default=0) - 0.5) for swimmer in swimmers]
    ends = [swimmer.seen_to + 0.5 for swimmer in swimmers]
    rows = [row + 0.2 + TILE / 2 + 0.02 for row in range(len(swimmers))]
    axes.hlines(rows, starts, ends, color="#C9C9C9", linewidth=0.9, zorder=1)


def _draw_grades(axes: Axes, swimmers: Sequence[Swimmer], first_day: int, last_day: int) -> None:
    tiles: dict[int | None, list[Rectangle]] = {}
    for row, swimmer in enumerate(swimmers):
        for day, grade in swimmer.grades:
            if first_day <= day <= last_day:
                tiles.setdefault(grade, []).append(Rectangle((day - 0.5, row + 0.22), 1, TILE))
    for grade, found in tiles.items():
        color, hatch = SEDATED if grade is None else _grade_look(grade)
        axes.add_collection(
            PatchCollection(found, facecolor=color, edgecolor="#8A8A8A", linewidth=0.25, hatch=hatch, zorder=2)
        )


def _grade_look(grade: int) -> tuple[str, str]:
    """Return the color and the hatching of a grade, the same as in the figures day by day."""
    return STATE_LOOKS[f"grade_{grade}"]


def _draw_lane(
    axes: Axes, stretches: Sequence[Iterable[Stretch]], top: float, color: str, first_day: int, last_day: int
) -> None:
    """Draw what was given as a thin bar over its days, `top` rows under the row's upper edge."""
    bars = [
        Rectangle((max(first, first_day) - 0.5, row + top), min(last, last_day) - max(first, first_day) + 1, LANE)
        for row, found in enumerate(stretches)
        for first, last in found
        if last >= first_day and first <= last_day
    ]
    axes.add_collection(PatchCollection(bars, facecolor=color, edgecolor="none", zorder=2))


def _marks(swimmers: Sequence[Swimmer], first_day: int, last_day: int) -> dict[str, list[tuple[float, float]]]:
    """Return name -> (day, row) of every mark inside the picture, on the lane it belongs to."""
    tile, lane = 0.22 + TILE / 2, 0.77 + LANE / 2
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in MARKS}
    for row, swimmer in enumerate(swimmers):
        places: dict[str, list[tuple[float, float]]] = {
            "tocilizumab": [(day, tile) for day in swimmer.tocilizumab],
            "higher dose": [(day, lane) for day, higher in swimmer.changes if higher],
            "lower dose": [(day, lane) for day, higher in swimmer.changes if not higher],
            "last dose": [(day + 0.5, lane) for day in swimmer.stops],
            "last dose not known": [(day + 0.95, lane) for day in swimmer.lost_ends],
            "carHLH begins": [(day, tile) for day in swimmer.carhlh],
            "infusion": [(day, tile) for day in swimmer.infusions],
            "died": [] if swimmer.died is None else [(swimmer.died, tile)],
        }
        for name, points in places.items():
            found[name].extend((day, row + down) for day, down in points if first_day <= day < last_day + 1)
        if swimmer.goes_on:
            found["still followed"].append((last_day + 0.85, row + tile))
    return found


def _draw_marks(axes: Axes, name: str, points: Sequence[tuple[float, float]]) -> None:
    if points:
        mark, size, face, edge = MARKS[name]
        x, y = zip(*points, strict=True)
        axes.plot(
            x,
            y,
            linestyle="none",
            marker=mark,
            markersize=size,
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=0.9,
            zorder=4,
            clip_on=False,
        )


def _write_rows(axes: Axes, swimmers: Sequence[Swimmer], first_number: int) -> None:
    """Number the rows and write each center beside its first one."""
    before = ""
    for row, swimmer in enumerate(swimmers):
        axes.text(
            -0.012,
            row + 0.5,
            str(first_number + row),
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            size=SMALL,
            color=INK,
        )
        if swimmer.site != before:
            axes.text(
                -0.9 / WIDTH,
                row + 0.5,
                swimmer.site,
                transform=axes.get_yaxis_transform(),
                va="center",
                size=SMALL,
                weight="bold",
                color=INK,
            )
            if row:
                axes.plot(
                    [-0.9 / WIDTH, 1],
                    [row, row],
                    transform=axes.get_yaxis_transform(),
                    color="#9A9A9A",
                    linewidth=0.6,
                    clip_on=False,
                    zorder=1,
                )
            before = swimmer.site


def _draw_legend(axes: Axes) -> None:
    grades = [
        Patch(facecolor=color, hatch=hatch, edgecolor="#8A8A8A", linewidth=0.4, label=f"Grade {grade}")
        for grade, (color, hatch) in enumerate(map(_grade_look, range(len(GRADE_COLORS))))
    ]
    sedated = Patch(
        facecolor=SEDATED[0], hatch=SEDATED[1], edgecolor="#8A8A8A", linewidth=0.4, label="Sedated, not gradable"
    )
    in_view = Line2D([], [], color="#C9C9C9", linewidth=1.2, label="In view, no grade")
    bars = [
        Line2D([], [], color=STEROID, linewidth=2.4, label="Steroid (above)"),
        Line2D([], [], color=ANAKINRA, linewidth=2.4, label="Anakinra (below)"),
    ]
    marks = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker=mark,
            markersize=size,
            markerfacecolor=face,
            markeredgecolor=edge,
            label=headed(name),
        )
        for name, (mark, size, face, edge) in MARKS.items()
    ]
    axes.legend(
        handles=[*reversed(grades), sedated, in_view, *bars, *marks],
        loc="upper left",
        bbox_to_anchor=(1.03, 1.0),
        borderaxespad=0,
        frameon=False,
        fontsize=TEXT,
        handlelength=1.4,
        labelspacing=0.4,
        title="Worst of CRS and ICANS",
        title_fontsize=SMALL,
        alignment="left",
    )
