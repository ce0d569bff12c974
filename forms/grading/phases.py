"""Stretches of days whose ends may be partial dates: whether a day lies within one, as far as that is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from forms.values import Value, earliest, latest


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch of days: where its first and its last day can lie.

    Without a first day there was none; without a last one it goes on.
    """

    first: tuple[date, date] | None = None
    last: tuple[date, date] | None = None

    def covers(self, day: date) -> bool | None:
        """Tell whether a day lies within it; None where partial dates leave that open."""
        if self.first is None or day < self.first[0] or (self.last is not None and day > self.last[1]):
            return False
        return True if day >= self.first[1] and (self.last is None or day <= self.last[0]) else None


def span_of(value: Value) -> tuple[date, date] | None:
    """Return the first and the last day that a date can mean; None when it is missing."""
    first, last = earliest(value), latest(value)
    return None if first is None or last is None else (first.date(), last.date())
