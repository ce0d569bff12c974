"""The timeline as a picture: one SVG, drawn on the server, with every grade as a number beside its colour."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from xml.sax.saxutils import escape

from registry.timeline.course import (
    SEDATED,
    UNGRADED,
    Bar,
    BarLane,
    DayGrade,
    GradeLane,
    Mark,
    Timeline,
    packed,
)
from registry.timeline.scale import GAP, GUTTER, MARGIN, Scale

GRADE_COLOURS = ("#e9eef0", "#fdeab5", "#f9c25c", "#ec8d2f", "#b8430f", "#5f190f")
"""Grades 0 to 5; the same as --grade-0 to --grade-5 in registry.css."""

INK, QUIET, LINE, MISSING, PAPER = "#1b2429", "#566269", "#d9dfe2", "#a9b4ba", "#ffffff"
BAR_COLOURS = {
    "anakinra": ("#0d5c63", "#ffffff"),
    "agent": ("#bcd0e0", INK),
    "support": ("#d5d3e6", INK),
    "infection": ("#e9cfdd", INK),
    "toxicity": ("#eadfca", INK),
}
"""Kind of bar -> its colour and the colour of the words on it."""

FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif"
HEADER, LANE, ROW, LEGEND = 54, 26, 19, 42
_HALO = f'stroke="{PAPER}" stroke-width="3" paint-order="stroke"'
"""Keeps letters apart from what they are drawn over."""


def draw(timeline: Timeline, *, title: str, only_names: bool = False) -> str:
    """Return the picture of a timeline, or only its left edge with the names of the lanes."""
    scale = Scale.fitting(timeline)
    body: list[str] = []
    top = float(HEADER)
    for lane in timeline.grades:
        body += _grade_lane(lane, scale, top, timeline.last_graded_day)
        top += LANE
    top += 8
    for bar_lane in timeline.bars:
        rows = packed(bar_lane.bars)
        tall = 15 if bar_lane.kind == "anakinra" else 0
        body += _bar_lane(bar_lane, rows, scale, top, tall)
        top += len(rows) * (ROW + tall) + 7
    outcomes = [mark for mark in timeline.marks if mark.kind != "infusion"]
    diamonds: list[str] = []
    if outcomes:
        diamonds, rows_of_marks = _marks(outcomes, scale, top)
        top += rows_of_marks * ROW
    bottom = top + 4
    width, height = ceil(max(scale.right + MARGIN, GUTTER + 800)), ceil(bottom + LEGEND)
    seen = GUTTER - 2 if only_names else width
    grid = _grid(timeline, scale, bottom)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{seen}" height="{height}" '
            f'viewBox="0 0 {seen} {height}" font-family="{FONT}" font-size="12" role="img">',
            f"<title>{escape(title)}</title>",
            _HATCH,
            _rect(0, 0, width, height, PAPER),
            *grid,
            *body,
            *_turning_points(timeline.marks, scale, bottom),
            *diamonds,
            *_legend(bottom + 14),
            "</svg>",
        ]
    )


_HATCH = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#f3f5f6"/><line x1="0" y1="0" x2="0" y2="5" stroke="#a9b4ba" stroke-width="2"/>'
    "</pattern></defs>"
)


def _rect(x: float, y: float, width: float, height: float, fill: str, *, round_by: float = 0, more: str = "") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" rx="{round_by:g}" '
        f'fill="{fill}" {more}/>'
    )


def _text(
    x: float, y: float, words: str, *, fill: str = INK, size: float = 12, anchor: str = "start", more: str = ""
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size:g}" text-anchor="{anchor}" {more}>'
        f"{escape(words)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'


def _wide(words: str, size: float) -> float:
    return len(words) * size * 0.58


def _grid(timeline: Timeline, scale: Scale, bottom: float) -> list[str]:
    """Return the days along the top with a date each week, quiet stretches named, and faint lines down."""
    drawn: list[str] = [_text(GUTTER - 10, 18, "Day", fill=QUIET, size=11, anchor="end")]
    # A date may reach over the quiet stretch behind its day.
    for stretch in sorted(scale.stretches, key=lambda one: not one.is_quiet):
        left = scale.x(stretch.first)
        if stretch.is_quiet:
            drawn.append(_rect(left, 6, GAP, bottom - 6, "#f4f6f7"))
            drawn.append(_text(left + GAP / 2, 18, f"+{stretch.days} d", fill=QUIET, size=10, anchor="middle"))
            continue
        for day in range(stretch.first, stretch.last + 1):
            drawn += _day_head(timeline, scale, day, bottom, place=(day - stretch.first) % 7, last=stretch.last)
    drawn.append(_line(GUTTER, HEADER - 6, scale.right, HEADER - 6, LINE))
    return drawn


def _day_head(timeline: Timeline, scale: Scale, day: int, bottom: float, *, place: int, last: int) -> list[str]:
    """Return the number of a day where there is room; the first of seven days also has a line and its date."""
    left, middle = scale.x(day), scale.x(day) + scale.day_width / 2
    widest = str(day - place + 6)
    step = ceil((_wide(widest, 11) + 2) / scale.day_width)
    drawn: list[str] = []
    if place % step == 0 and place + step <= 7:
        drawn.append(_text(middle, 18, str(day), size=11, anchor="middle", more="" if place else 'font-weight="600"'))
    if place == 0:
        drawn.append(_line(left, HEADER - 6, left, bottom, LINE, 'stroke-width="1"'))
    if place == 0 and (last - day + 1) * scale.day_width > 36:
        drawn.append(_text(left + 2, 31, timeline.date_of(day).isoformat(), fill=QUIET, size=9.5))
    return drawn


def _label(words: str, middle: float, *, strong: bool = False) -> str:
    return _text(GUTTER - 10, middle + 4, words, anchor="end", more='font-weight="600"' if strong else "")


def _grade_lane(lane: GradeLane, scale: Scale, top: float, last: int) -> list[str]:
    drawn = [_label(lane.label, top + LANE / 2, strong=True)]
    size = min(scale.day_width, LANE) - 3
    for day in scale.busy_days:
        found = lane.on(day)
        if found is not None or day <= last:
            left = scale.x(day) + 1.5
            drawn += _grade_cell(found, left, top + (LANE - size) / 2, scale.day_width - 3, size)
    return drawn


def _grade_cell(found: DayGrade | None, left: float, top: float, width: float, height: float) -> list[str]:
    if found is None:
        edge = f'stroke="{MISSING}" stroke-dasharray="2 2"'
        return [_rect(left + 0.5, top + 0.5, width - 1, height - 1, "none", round_by=3, more=edge)]
    if found.grade is None:
        words = {SEDATED: "S", UNGRADED: "+"}.get(found.why, "?")
        return [
            _rect(left, top, width, height, "url(#hatch)", round_by=3, more='stroke="#a9b4ba"'),
            _text(
                left + width / 2,
                top + height / 2 + 4,
                words,
                anchor="middle",
                size=11,
                more=f'font-weight="600" {_HALO}',
            ),
        ]
    ink = PAPER if found.grade >= 4 else (QUIET if found.grade == 0 else INK)
    weight = 'font-weight="400"' if found.grade == 0 else 'font-weight="700"'
    return [
        _rect(left, top, width, height, GRADE_COLOURS[found.grade], round_by=3),
        _text(left + width / 2, top + height / 2 + 4, str(found.grade), fill=ink, anchor="middle", more=weight),
    ]


def _bar_lane(lane: BarLane, rows: Sequence[Sequence[Bar]], scale: Scale, top: float, tall: float) -> list[str]:
    height = ROW + tall
    drawn = [_line(GUTTER, top - 3.5, scale.right, top - 3.5, "#edf0f1")]
    drawn.append(_label(lane.label, top + height * len(rows) / 2 - 1, strong=lane.kind == "anakinra"))
    for number, row in enumerate(rows):
        for place, bar in enumerate(row):
            until = scale.x(row[place + 1].start) if place + 1 < len(row) else scale.right
            drawn += _bar(bar, lane.kind, scale, top + number * height, height - 3, until)
    return drawn


def _bar(bar: Bar, kind: str, scale: Scale, top: float, room: float, until: float) -> list[str]:
    fill, ink = BAR_COLOURS[kind]
    left, right = scale.x(bar.start) + 0.75, scale.x(bar.end) - 0.75
    right = max(right, left + 6)
    height = min(room, 16) + (room - min(room, 16)) * bar.strength
    bottom = top + room
    drawn = [_rect(left, bottom - height, right - left, height, fill, round_by=3)]
    if bar.is_open:
        points = f"{right:.1f},{bottom - height:.1f} {right + 8:.1f},{bottom - height / 2:.1f} {right:.1f},{bottom:.1f}"
        drawn.append(f'<polygon points="{points}" fill="{fill}"/>')
    for words in (bar.label, bar.short, bar.short.partition(" ")[0]):
        if words and _wide(words, 10.5) <= right - left - 5:
            return [*drawn, _text(left + 4, bottom - 4.5, words, fill=ink, size=10.5)]
    for words in (bar.label, bar.short):
        if words and _wide(words, 10.5) <= until - right - 12:
            return [*drawn, _text(right + (11 if bar.is_open else 4), bottom - 4.5, words, size=10.5)]
    return drawn


_MARK_COLOURS = {"response": "#1d6b3c", "relapse": "#a3231f", "death": INK, "end": QUIET}


def _marks(marks: Sequence[Mark], scale: Scale, top: float) -> tuple[list[str], int]:
    """Return the diamonds of response, relapse, death and end with their words, and in how many rows they stand."""
    drawn = [_line(GUTTER, top - 3.5, scale.right, top - 3.5, "#edf0f1"), _label("Response, outcome", top + ROW / 2)]
    taken: list[float] = []
    for mark in marks:
        middle = scale.x(mark.day) + scale.day_width / 2
        words = mark.short or mark.label
        length = _wide(words, 11)
        on_left = middle + 8 + length > scale.right + MARGIN
        begins, ends = (middle - 8 - length, middle + 12) if on_left else (middle - 6, middle + 16 + length)
        row = next((place for place, end in enumerate(taken) if end <= begins), len(taken))
        taken[row : row + 1] = [ends]
        height = top + ROW / 2 + row * ROW
        colour = _MARK_COLOURS[mark.kind]
        diamond = f"M{middle:.1f} {height - 5:.1f}l5 5l-5 5l-5 -5z"
        drawn.append(f'<path d="{diamond}" fill="{colour}"><title>{escape(mark.label)}</title></path>')
        beside, anchor = (middle - 8, "end") if on_left else (middle + 8, "start")
        drawn.append(_text(beside, height + 4, words, fill=colour, size=11, anchor=anchor, more=_HALO))
    return drawn, len(taken)


def _turning_points(marks: Sequence[Mark], scale: Scale, bottom: float) -> list[str]:
    """Return the vertical lines of each infusion and of death."""
    drawn: list[str] = []
    for mark in marks:
        if mark.kind == "infusion":
            left = scale.x(mark.day)
            drawn.append(_line(left, 4, left, bottom, "#0d5c63", 'stroke-width="1.5" stroke-dasharray="5 3"'))
            if mark.day > 0:
                drawn.append(
                    _text(left + 3, HEADER - 11, mark.label, fill="#0d5c63", size=10, more='font-weight="600"')
                )
        if mark.kind == "death":
            right = scale.x(mark.day + 1) - 1
            drawn.append(_line(right, HEADER - 6, right, bottom, INK, 'stroke-width="2"'))
    return drawn


def _legend(top: float) -> list[str]:
    drawn = [_text(GUTTER - 10, top + 12, "Grade", fill=QUIET, size=11, anchor="end")]
    left = float(GUTTER)
    for grade in range(6):
        drawn += _grade_cell(DayGrade(day=0, grade=grade), left, top, 20, 17)
        left += 23
    left += 8
    for found, words in (
        (DayGrade(day=0, grade=None, why=SEDATED), "sedated, not assessable"),
        (DayGrade(day=0, grade=None), "not done, not known"),
        (DayGrade(day=0, grade=None, why=UNGRADED), "diagnosed, no grade"),
        (None, "no record"),
    ):
        drawn += _grade_cell(found, left, top, 20, 17)
        drawn.append(_text(left + 26, top + 12, words, fill=QUIET, size=11))
        left += 26 + _wide(words, 11) + 16
    return drawn
