"""Episodes of a toxicity out of its daily grades: onset, peak, resolution first and sustained, recurrence.

Source: CLINICAL.md D2, D4, D21 and 3.1 (6, 7). A day without a grade is never grade 0; a sedated day is unresolved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from forms.grading.daily import DAYS_OF_24_HOURS, DAYS_OF_48_HOURS, DayGrade, with_single_gaps_filled
from forms.grading.parts import HIGHEST_OF_THE_LIVING

FLARE_UNDER_TAPER_DAYS = 14


@dataclass(frozen=True, kw_only=True)
class Taper:
    """A stretch of days in which a drug is being lowered; ``until`` None while that goes on."""

    since: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether a day lies within it."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One toxicity from its first day at grade 1 or more on.

    ``first_free`` is the first day at grade 0, ``sustained_24h`` and ``sustained_48h`` the first that held so long,
    ``ended`` the first day of the run at grade 0 with which it ended; None where that has not come, or is not known.
    ``last_present`` is the last day known not to be free. ``missing`` counts the days without a grade from onset to end
    or to the last day known, ``carried`` those filled between two equal ones, ``sedated`` those hidden by sedation.
    """

    onset: date
    peak: int
    peak_is_lower_bound: bool
    peak_on: date
    last_present: date
    first_free: date | None = None
    sustained_24h: date | None = None
    sustained_48h: date | None = None
    ended: date | None = None
    is_recurrence: bool = False
    is_hidden_at_its_end: bool = False
    unresolved_at_death: bool = False
    missing: int = 0
    carried: int = 0
    sedated: int = 0


def episodes_of(
    days: Sequence[DayGrade], *, tapers: Sequence[Taper] = (), died_on: date | None = None
) -> tuple[Episode, ...]:
    """Return the episodes in the days after one infusion, given in order.

    Signs that come back after 48 hours at grade 0 are a new episode, unless that is a flare within 14 days while a
    drug is being tapered.
    """
    runs: list[_Run] = []
    for day in with_single_gaps_filled(days):
        if day.is_present and (not runs or runs[-1].is_over_before(day.day, tapers)):
            runs.append(_Run())
        if runs:
            runs[-1].days.append(day)
    return tuple(run.episode(number > 0, died_on) for number, run in enumerate(runs))


@dataclass
class _Run:
    """The days of one episode, and of the time after it up to the next."""

    days: list[DayGrade] = field(default_factory=list)

    def is_over_before(self, day: date, tapers: Sequence[Taper]) -> bool:
        free = self._free_at_the_end()
        if free is None or (day - free).days <= DAYS_OF_48_HOURS:
            return False
        is_flare = (day - free).days < FLARE_UNDER_TAPER_DAYS and any(taper.covers(day) for taper in tapers)
        return not is_flare

    def _free_at_the_end(self) -> date | None:
        """Return the first of the last days at grade 0 that nothing interrupted; None when it did not end so."""
        first = None
        for day in self.days:
            if day.is_free:
                first = first or day.day
            elif day.is_present or day.is_sedated:
                first = None
        return first

    def _sustained(self, more_days: int) -> date | None:
        """Return the first day at grade 0 after which so many days are known to be at grade 0 too."""
        free = {day.day.toordinal() for day in self.days if day.is_free}
        held = (day for day in sorted(free) if all(day + more in free for more in range(1, more_days + 1)))
        found = next(held, None)
        return date.fromordinal(found) if found is not None else None

    def episode(self, is_recurrence: bool, died_on: date | None) -> Episode:
        ended = self._free_at_the_end()
        within = [day for day in self.days if ended is None or day.day < ended]
        worst = max(within, key=lambda day: day.grade or 0)
        peak = worst.grade or 0
        length = ((ended or self.days[-1].day) - self.days[0].day).days + (ended is None)
        known = sum(day.is_present or day.is_free or day.is_sedated for day in within)
        return Episode(
            onset=self.days[0].day,
            peak=peak,
            peak_is_lower_bound=peak < HIGHEST_OF_THE_LIVING and any(day.is_lower_bound for day in within),
            peak_on=worst.day,
            last_present=max(day.day for day in within if day.is_present or day.is_sedated),
            first_free=next((day.day for day in self.days if day.is_free), None),
            sustained_24h=self._sustained(DAYS_OF_24_HOURS),
            sustained_48h=self._sustained(DAYS_OF_48_HOURS),
            ended=ended,
            is_recurrence=is_recurrence,
            is_hidden_at_its_end=ended is None and self.days[-1].is_sedated,
            unresolved_at_death=died_on is not None and ended is None,
            missing=length - known,
            carried=sum(day.carried for day in within),
            sedated=sum(day.is_sedated for day in within),
        )
