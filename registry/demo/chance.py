"""Seeded chance: every draw of the demonstration comes from here, so the same seed gives the same registry."""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Mapping, Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Chance:
    """Draws for one purpose, independent of the draws for any other."""

    def __init__(self, *purpose: object) -> None:
        self._random = random.Random(":".join(map(str, purpose)))

    def key(self) -> str:
        """Return a record key, shaped like a random one."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def happens(self, probability: float) -> bool:
        """Tell whether something of this probability happens."""
        return self._random.random() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return self._random.randint(low, high)

    def number(self, low: float, high: float) -> float:
        """Return a number from low to high."""
        return self._random.uniform(low, high)

    def around(self, median: float, spread: float) -> float:
        """Return a positive number with this median; ``spread`` is the standard deviation of its logarithm."""
        return median * math.exp(self._random.gauss(0, spread))

    def days(self, median: float, spread: float, *, low: int, high: int) -> int:
        """Return a whole number of days around a median, within limits."""
        return max(low, min(high, round(self.around(median, spread))))

    def pick(self, options: Sequence[Choice]) -> Choice:
        """Return one of the options, all alike."""
        return self._random.choice(options)

    def weighted(self, options: Mapping[Choice, float]) -> Choice:
        """Return one of the options by weight."""
        return self._random.choices(list(options), list(options.values()))[0]
