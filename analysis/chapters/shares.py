"""Shares and medians as cells of a table: n/N, percentage, exact limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.estimators import Proportion, proportion
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.printing.parts import Cell
from analysis.wording import decimal, percent, percent_limits

SHARE_CSV = ("x", "n", "estimate", "lower", "upper")
ROUND_FROM = 100
"""Percentages of fewer children are written without decimals."""


def places(n: int) -> int:
    """Return how many decimals a percentage of n has."""
    return 0 if n < ROUND_FROM else 1


def share_cells(share: Proportion, *, least: int = 0) -> tuple[str, str, str]:
    """Return n/N, percentage and limits; below `least` children the counts alone."""
    counts = f"{share.x}/{share.n}"
    if share.n == 0 or share.n < least:
        return counts, "", ""
    digits = places(share.n)
    return counts, percent(share.estimate, digits), percent_limits(share.lower, share.upper, digits)


def share_values(share: Proportion) -> tuple[Cell, ...]:
    """Return the unrounded values of a share, as `SHARE_CSV` names them."""
    return (share.x, share.n, share.estimate if share.n else None, share.lower, share.upper)


def share_words(x: int, n: int) -> str:
    """Return `n/N (percentage)`; of few children the counts alone."""
    share = proportion(x, n)
    return f"{x}/{n}" if n < LEAST_FOR_A_SHARE else f"{x}/{n} ({percent(share.estimate, places(n))})"


def median_range(values: Sequence[float], digits: int) -> str:
    """Return `median (lowest to highest)`; of a few children the values themselves."""
    if not values:
        return "none"
    ordered = sorted(values)
    if len(ordered) < LEAST_FOR_A_SHARE:
        return "; ".join(decimal(value, digits) for value in ordered)
    middle, low, high = (decimal(float(value), digits) for value in (np.median(ordered), ordered[0], ordered[-1]))
    return f"{middle} ({low} to {high})"


def median_quartiles(values: Sequence[float], digits: int) -> str:
    """Return `median (lower to upper quartile)`; of a few children the values themselves."""
    if len(values) < LEAST_FOR_A_SHARE:
        return median_range(values, digits)
    middle, low, high = (decimal(float(value), digits) for value in np.quantile(values, (0.5, 0.25, 0.75)))
    return f"{middle} ({low} to {high})"
