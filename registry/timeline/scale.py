"""From the days of a timeline to pixels: how wide a day is drawn, and where a moment stands."""

from __future__ import annotations

from dataclasses import dataclass

from registry.timeline.course import Stretch, Timeline, stretches

GUTTER, MARGIN, GAP = 138, 14, 46
"""Pixels left of the first day, for the names of the lanes; right of the last day; of a quiet stretch."""

FULL_WIDTH = 1190
WIDEST_DAY, NARROWEST_DAY = 40, 17


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Where a moment stands from left to right: busy days at full width, quiet stretches narrow."""

    stretches: tuple[Stretch, ...]
    day_width: float

    @classmethod
    def fitting(cls, timeline: Timeline) -> Scale:
        """Return the scale at which the whole picture fits a desktop page, if days stay wide enough to read."""
        found = stretches(timeline.eventful_days)
        busy = sum(stretch.days for stretch in found if not stretch.is_quiet)
        room = FULL_WIDTH - GUTTER - MARGIN - GAP * sum(stretch.is_quiet for stretch in found)
        return cls(stretches=found, day_width=float(max(NARROWEST_DAY, min(WIDEST_DAY, room // busy))))

    def width_of(self, stretch: Stretch) -> float:
        """Return the width of a stretch in pixels."""
        return GAP if stretch.is_quiet else stretch.days * self.day_width

    def x(self, moment: float) -> float:
        """Return the distance of a moment from the left edge of the picture."""
        left = float(GUTTER)
        for stretch in self.stretches:
            if moment < stretch.last + 1:
                return left + max(moment - stretch.first, 0) * self.width_of(stretch) / stretch.days
            left += self.width_of(stretch)
        return left

    @property
    def right(self) -> float:
        """Return where the last day ends."""
        return GUTTER + sum(self.width_of(stretch) for stretch in self.stretches)

    @property
    def busy_days(self) -> list[int]:
        """Return the days that have a column of their own."""
        return [day for one in self.stretches if not one.is_quiet for day in range(one.first, one.last + 1)]
