"""The numbers under a curve: at risk, and what happened up to each day, grouped by arm and aligned to the ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from analysis.estimators import IncidenceCurve
from analysis.estimators.inputs import Integers
from analysis.printing.canvas import INK, TEXT

ROW_HEIGHT = 0.185
"""Inches of one row."""
HEADING = 1.3
"""Rows of a heading."""
ROWS = ("At risk", "Resolved", "Died first", "Censored")
RULE_OF_AT_RISK = "Under the axis, at risk counts just before the day"
RULE_OF_ROWS = f"{RULE_OF_AT_RISK}, the other rows up to and including it."
"""What a caption says of the numbers: on the day of an event they sum to more than the children."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """The rows of one arm; its curve is that of resolution or of what `event` names, death the only other cause.

    Without a name no heading. Its rows are not named where those of a table beside it stand for both.
    """

    curve: IncidenceCurve
    name: str = ""
    event: str = ROWS[1]
    heading: str = INK
    colors: tuple[str, str, str, str] = (INK, INK, INK, INK)
    has_row_names: bool = True

    @property
    def rows(self) -> float:
        """Return its height in rows; a heading has some air above it."""
        return len(ROWS) + HEADING * bool(self.name)


def table_height(blocks: Sequence[Block]) -> float:
    """Return the inches the blocks need."""
    return ROW_HEIGHT * sum(block.rows for block in blocks)


def draw_risk_table(axes: Axes, blocks: Sequence[Block], days: Sequence[int], *, names_at: float) -> None:
    """Write the blocks under each other; `names_at` is the x of the names' left edge, as a share of the axes."""
    axes.set_ylim(sum(block.rows for block in blocks), 0)
    axes.axis("off")
    height = 0.5
    for block in blocks:
        if block.name:
            height += HEADING - 1
            _write(axes, names_at, height, block.name, block.heading, weight="bold")
            height += 1
        names = (ROWS[0], block.event, *ROWS[2:])
        for name, counts, color in zip(names, counts_on(block.curve, days), block.colors, strict=True):
            if block.has_row_names:
                _write(axes, names_at, height, name, color)
            for day, count in zip(days, counts, strict=True):
                axes.text(day, height, str(count), ha="center", va="center", size=TEXT, color=INK)
            height += 1


def counts_on(curve: IncidenceCurve, days: Sequence[int]) -> tuple[Integers, Integers, Integers, Integers]:
    """Return, for each day, who is at risk just before it and who had resolved, died or been censored by its end."""
    by_then = np.searchsorted(curve.times, np.asarray(days), side="right")
    happened = (curve.n_event, curve.n_competing, curve.n_censored)
    resolved, died, censored = (np.concatenate([[0], np.cumsum(counts)])[by_then] for counts in happened)
    return curve.at_risk_at(days), resolved, died, censored


def _write(axes: Axes, x: float, height: float, words: str, color: str, weight: str = "normal") -> None:
    axes.text(
        x, height, words, transform=axes.get_yaxis_transform(), va="center", color=color, size=TEXT, weight=weight
    )
