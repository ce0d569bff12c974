"""The look that all figures share: type, colors, line styles, places in inches."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from scipy.optimize import isotonic_regression

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "anakinra-registry",
    "svg.fonttype": "path",
    "pdf.fonttype": 3,
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.linewidth": 0.8,
    "axes.edgecolor": "#333333",
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "path.simplify": False,
}
# Okabe & Ito's palette, told apart by readers with any colour vision; line style differs as well
BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#8C8C8C"
GREEN, PURPLE, ORANGE = "#009E73", "#AA4499", "#E69F00"
Dashes = str | tuple[float, tuple[float, ...]]
SERIES: tuple[tuple[str, Dashes], ...] = (
    (BLUE, "-"),
    (VERMILION, (0, (5, 2))),
    (GREEN, (0, (1, 1.2))),
    (PURPLE, (0, (6, 2, 1, 2))),
    (ORANGE, (0, (3, 1.5))),
)
"""Color and line style of the first, second, ... group of a figure."""
GRADE_COLORS = ("#E9EEF0", "#FDEAB5", "#F9C25C", "#EC8D2F", "#B8430F", "#5F190F")
"""Grade 0 to 5, the same as on the registry's pages: sequential, told apart by readers with any colour vision."""
STATE_LOOKS: dict[str, tuple[str, str]] = {
    "dead": ("#1A1A1A", ""),
    "sedated": ("#8E6BB0", "////"),
    **{f"grade_{grade}": (color, "-----" if grade == 1 else "") for grade, color in enumerate(GRADE_COLORS)},
    "home": ("#A9CDE6", "\\"),
    "no_grade": ("#FFFFFF", "...."),
    "left": ("#FFFFFF", "xxxx"),
}
"""Color and hatching of the state of a day. Printed grey, grades 0 and 1 are equally light: 1 has lines."""
INK, FAINT = "#111111", "#6B6B6B"
TITLE_HEIGHT = 0.47
"""Inches of a title and of the line under it."""
EDGE = 0.06
"""Inches that stay empty beside a title."""
TITLE, TEXT, SMALL = 10.0, 8.5, 7.5
"""Points of a title, of the words on a figure, and of the smallest among them."""


def styled() -> AbstractContextManager[None]:
    """Return the context in which a figure is made and written."""
    _know_own_fonts_only()
    return matplotlib.rc_context(STYLE)


@cache
def _know_own_fonts_only() -> None:
    """Let matplotlib know the fonts that it brings, whatever this machine has, or a list of it that is out of date."""
    font_manager.fontManager.ttflist.clear()
    for path in sorted(Path(matplotlib.get_data_path(), "fonts", "ttf").glob("*.ttf")):
        font_manager.fontManager.addfont(path)


def new_figure(width: float, height: float, *, title: str, footnote: str, left: float = 0.17) -> Figure:
    """Return an empty figure (inches) with its title above and the footnote in the lower right corner.

    What follows a line break in the title stands under it, such as how many children are in the figure. `left` is
    where both begin, as a share of the width; a title too long for that begins at the edge, and is smaller when
    the whole width is too narrow. Make the figure, and everything on it, inside `styled()`.
    """
    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    head, _, below = title.partition("\n")
    needed = _title_width(head)
    begin = left if left * width + needed < width - EDGE else EDGE / width
    size = TITLE * min(1.0, (width - 2 * EDGE) / needed)
    figure.text(begin, 1 - 0.075 / height, head, ha="left", va="top", size=size, weight="bold", color=INK)
    figure.text(begin, 1 - 0.265 / height, below, ha="left", va="top", size=TEXT, color=INK)
    figure.text(0.995, 0.03 / height, footnote, ha="right", va="bottom", size=SMALL, color=FAINT)
    return figure


def _title_width(words: str) -> float:
    """Return the inches of a title's words."""
    look = FontProperties(family=STYLE["font.family"], weight="bold", size=TITLE)
    points, _, _ = text_to_path.get_text_width_height_descent(words, look, ismath=False)
    return float(points) / 72


def axes_at(figure: Figure, *, left: float, top: float, width: float, height: float) -> Axes:
    """Return new axes whose left upper corner lies `left` and `top` inches from that of the figure."""
    whole_width, whole_height = figure.get_size_inches()
    across, up = left / whole_width, 1 - (top + height) / whole_height
    return figure.add_axes((across, up, width / whole_width, height / whole_height))


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Return places as near as possible to the wanted ones, in their order, at least `gap` apart, from low to high.

    Least squares: isotonic regression of what is left when the gaps are taken out.
    """
    if not wanted:
        return []
    order = np.argsort(np.asarray(wanted, dtype=np.float64), kind="stable")
    steps = gap * np.arange(len(order))
    fitted = isotonic_regression(np.asarray(wanted, dtype=np.float64)[order] - steps).x
    places = np.empty(len(order))
    places[order] = np.clip(fitted, low, max(low, high - steps[-1])) + steps
    return [float(place) for place in places]
