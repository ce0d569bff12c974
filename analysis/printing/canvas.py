"""The look that all figures share: type, colors, line styles."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

STYLE: dict[Any, Any] = {
    "svg.hashsalt": "anakinra-registry",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
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
GREEN, PURPLE, ORANGE, SKY = "#009E73", "#AA4499", "#E69F00", "#56B4E9"
Dashes = str | tuple[float, tuple[float, ...]]
SERIES: tuple[tuple[str, Dashes], ...] = (
    (BLUE, "-"),
    (VERMILION, (0, (5, 2))),
    (GREEN, (0, (1, 1.2))),
    (PURPLE, (0, (6, 2, 1, 2))),
    (ORANGE, (0, (3, 1.5))),
)
"""Color and line style of the first, second, ... group of a figure."""
INK, FAINT = "#111111", "#6B6B6B"


def styled() -> AbstractContextManager[None]:
    """Return the context in which a figure is made and written."""
    return matplotlib.rc_context(STYLE)


def new_figure(width: float, height: float, *, title: str, footnote: str, left: float = 0.17) -> Figure:
    """Return an empty figure (inches) with its title above at `left` and the footnote in the lower right corner.

    Make it, and everything on it, inside `styled()`.
    """
    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    figure.text(left, 1 - 0.075 / height, title, ha="left", va="top", size=10, weight="bold", color=INK)
    figure.text(0.995, 0.03 / height, footnote, ha="right", va="bottom", size=6.5, color=FAINT)
    return figure
