"""How much steroid, as prednisone, in stretches of days around the first anakinra dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.endpoints.steroid_sparing import Spared
from analysis.plan.resolution import HORIZON_DAYS
from analysis.plan.steroids import STEROID_WINDOWS
from analysis.printing.parts import Cell, Table
from analysis.wording import decimal
from forms.dosing.steroids import EQUIVALENTS

_FACTORS = ", ".join(f"{steroid} {mg}" for steroid, mg in EQUIVALENTS.prednisone_mg.items() if mg != 1)
HOW = (
    f"Prednisone equivalent of systemic steroid on the pages of concomitant agents ({_FACTORS}: secondary sources, not"
    " verified), by the weight nearest to its first dose. Not counted: physiological replacement, premedication,"
    " against nausea, inhaled, topical, intrathecal."
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Days after the first dose, both counted, over which each child's steroid is taken as mean or as sum."""

    first: int
    last: int
    is_sum: bool = False

    @property
    def words(self) -> str:
        """Return which days, and what is told of them."""
        days = f"day {self.first}" if self.first == self.last else f"days {self.first} to {self.last}"
        return f"{days}, {'in all, mg/kg' if self.is_sum else 'mg/kg per day'}"

    def total(self, child: Spared) -> float | None:
        """Return the sum of a child's days; None where one of them is not known."""
        days = [child.days.get(day) for day in range(self.first, self.last + 1)]
        known = [amount for amount in days if amount is not None]
        return sum(known) if len(known) == len(days) else None

    def cells(self, children: Sequence[Spared]) -> tuple[tuple[str, str], tuple[Cell, ...]]:
        """Return n and median with quartiles of some children: in words, and as n, lower, median, upper."""
        totals = [total for child in children if (total := self.total(child)) is not None]
        if not totals:
            return ("0", ""), (0, None, None, None)
        divisor = 1 if self.is_sum else self.last - self.first + 1
        lower, median, upper = (value / divisor for value in quartiles_of(totals))
        words = f"{decimal(median, 2)} ({decimal(lower, 2)} to {decimal(upper, 2)})"
        return (str(len(totals)), words), (len(totals), lower, median, upper)


WINDOWS = (
    *(Window(first=first, last=last) for first, last in STEROID_WINDOWS),
    Window(first=0, last=HORIZON_DAYS, is_sum=True),
)


def window_table(found: Sequence[Spared], on_steroid: Sequence[Spared]) -> Table:
    """Return the amounts of each window: of the children with steroid at the first dose, and of all treated."""
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    for window in WINDOWS:
        (words, values), (words_of_all, values_of_all) = window.cells(on_steroid), window.cells(found)
        rows.append((window.words, *words, *words_of_all))
        measure = "sum" if window.is_sum else "mean"
        csv_rows.append((window.first, window.last, measure, *values, *values_of_all))
    groups = ("on_steroid", "all")
    return Table(
        id="steroid_windows",
        title="Prednisone equivalent before and after the first anakinra dose",
        header=("Days", "n", "On steroid at start: median (quartiles)", "n", "All treated: median (quartiles)"),
        rows=tuple(rows),
        csv_header=(
            *("first_day", "last_day", "measure"),
            *(f"{group}_{name}" for group in groups for name in ("n", "lower_quartile", "median", "upper_quartile")),
        ),
        csv_rows=tuple(csv_rows),
        notes=(HOW, "n: children observed on, and with a known dose for, every day of the row."),
    )


def quartiles_of(amounts: Sequence[float]) -> tuple[float, float, float]:
    """Return lower quartile, median and upper quartile of one amount or more."""
    lower, median, upper = np.quantile(amounts, (0.25, 0.5, 0.75))
    return float(lower), float(median), float(upper)
