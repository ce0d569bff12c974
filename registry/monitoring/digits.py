"""Digit preference: whether the last digits of a measurement look read off and typed, or rounded.

Values of a narrow range, such as temperatures without fever, have uneven last digits by nature, so chi-square would
accuse every site. Digits half a range apart lose this: the share of 0 and 5 together stays a fifth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

ENOUGH_VALUES = 100
BY_CHANCE = 0.2
"""Share of values that end in 0 or 5 where nobody rounds."""

NORMAL_LIMIT = 3.090
"""0.999 quantile of the normal distribution (R: qnorm(.999))."""

ONE_DIGIT_PERCENT = 25
"""A digit that ends more values than this is the same value written again and again."""


@dataclass(frozen=True, kw_only=True)
class Digits:
    """How often each last digit, 0 to 9, was recorded for one measurement."""

    label: str
    counts: tuple[int, ...]

    @property
    def values(self) -> int:
        """Return how many values were counted."""
        return sum(self.counts)

    @property
    def percent_zero_or_five(self) -> float | None:
        """Return the share of values that end in 0 or 5, in percent; 20 is what chance gives."""
        return 100 * (self.counts[0] + self.counts[5]) / self.values if self.values else None

    @property
    def is_told(self) -> bool:
        """Tell whether there are enough values for a verdict."""
        return self.values >= ENOUGH_VALUES

    @property
    def is_rounded(self) -> bool:
        """Tell whether more values end in 0 or 5 than chance gives once in a thousand times."""
        expected, spread = BY_CHANCE * self.values, sqrt(self.values * BY_CHANCE * (1 - BY_CHANCE))
        return self.is_told and self.counts[0] + self.counts[5] > expected + NORMAL_LIMIT * spread

    @property
    def is_uneven(self) -> bool:
        """Tell whether values are rounded to 0 and 5, or one digit ends more than a quarter of them."""
        return self.is_told and (self.is_rounded or 100 * max(self.counts) > ONE_DIGIT_PERCENT * self.values)


def last_digits(label: str, values: Iterable[tuple[Decimal | int, int]], *, decimals: int) -> Digits:
    """Return the last digits of some values, each with how often it was recorded.

    ``decimals`` is how many a device shows: further ones are cut off.
    """
    counts = [0] * 10
    for value, times in values:
        counts[int(abs(value) * 10**decimals) % 10] += times
    return Digits(label=label, counts=tuple(counts))
