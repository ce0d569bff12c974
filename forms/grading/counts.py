"""A blood count day by day after an infusion: the lowest of each day, single missing days interpolated.

Source: CLINICAL.md 2.6. More than one missing day in a row stays missing: what lies there is not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from forms.context import Context
from forms.grading.child import death_of, infusion_days, infusion_key
from forms.grading.samples import any_of, samples_of
from forms.values import Measurement, answer, earliest, latest

LONGEST_MERGED_GAP = 2
"""Days above a limit that do not end a run below it."""

Below = Callable[[Measurement, Decimal], bool | None]


@dataclass(frozen=True, kw_only=True)
class Series:
    """The values of each day after an infusion, and the last day that could be observed (death, next infusion)."""

    values: Mapping[int, tuple[Measurement, ...]]
    last_day: int | None = None

    def end_of(self, window_end: int) -> int:
        """Return the last day of a window that belongs to this infusion."""
        return window_end if self.last_day is None else min(window_end, self.last_day)

    def measured_days(self, first: int, last: int) -> list[int]:
        """Return the days of a stretch with a value."""
        return [day for day in sorted(self.values) if first <= day <= last]

    def states(self, limit: Decimal, is_below: Below, first: int, last: int) -> dict[int, bool | None]:
        """Return day -> whether the count was below a limit; None where a sign hides it, absent where it is missing.

        A single missing day between two measured ones has the mean of their lowest values.
        """
        found = {
            day: any_of(is_below(value, limit) for value in values)
            for day, values in self.values.items()
            if first <= day <= last
        }
        for day in range(first, last + 1):
            if day not in found and day - 1 in self.values and day + 1 in self.values:
                found[day] = self._between(day, limit, is_below)
        return found

    def _between(self, day: int, limit: Decimal, is_below: Below) -> bool | None:
        sides = [min(self.values[near], key=lambda one: one.value) for near in (day - 1, day + 1)]
        if any(side.sign for side in sides):
            states = {is_below(side, limit) for side in sides}
            return states.pop() if len(states) == 1 else None
        return is_below(Measurement(value=(sides[0].value + sides[1].value) / 2), limit)


def longest_run(states: Mapping[int, bool | None], first: int, last: int, *, unknown: bool) -> tuple[int, bool]:
    """Return the length of the longest run below, and whether a run holds from day 3 at the latest to the end.

    ``unknown`` is what a day without a known state counts as. Up to two days above do not end a run.
    """
    longest, is_lasting = 0, False
    begun = newest = None
    for day in range(first, last + 1):
        state = states.get(day)
        if unknown if state is None else state:
            if begun is None or newest is None or day - newest > LONGEST_MERGED_GAP + 1:
                begun = day
            newest = day
            longest = max(longest, day - begun + 1)
            is_lasting = begun <= first + 3 and day == last
    return longest, is_lasting


def days_below(states: Mapping[int, bool | None], first: int, last: int, *, unknown: bool) -> int:
    """Return the number of days below, in a run or not."""
    known = (states.get(day) for day in range(first, last + 1))
    return sum(unknown if state is None else state for state in known)


def counts_after_infusions(context: Context, analyte: str) -> dict[object, Series]:
    """Return infusion key -> the values of an analyte in the days after it, where there are any."""
    infusions = infusion_days(context)
    found: dict[object, dict[int, tuple[Measurement, ...]]] = {}
    keys = {str(row.get("key")): row for row in context.rows["laboratory"]}
    for sample in samples_of(context.rows["laboratory"], (analyte,)):
        key = infusion_key(keys[sample.record], infusions, sample.at.date())
        if key is None:
            continue
        day = (sample.at.date() - infusions[key]).days
        of_day = found.setdefault(key, {})
        of_day[day] = (*of_day.get(day, ()), sample.values[analyte])
    last_days = _last_days(infusions, context)
    return {key: Series(values=values, last_day=last_days.get(key)) for key, values in found.items()}


def _last_days(infusions: Mapping[object, date], context: Context) -> dict[object, int]:
    """Return infusion key -> the day of death or the day before the next infusion, whichever comes first."""
    death = death_of(context)
    found = {}
    for key, infused_on in infusions.items():
        ends = [later - timedelta(days=1) for later in infusions.values() if later > infused_on]
        ends += [death.day] if death and death.day >= infused_on else []
        if ends:
            found[key] = (min(ends) - infused_on).days
    return found


@dataclass(frozen=True, kw_only=True)
class TransfusionDays:
    """The days on which platelets were given, or may have been."""

    days: frozenset[date] = field(default_factory=frozenset)

    def is_free(self, first: date, last: date) -> bool:
        """Tell whether no day of a stretch is among them."""
        return not any(first + timedelta(days=number) in self.days for number in range((last - first).days + 1))


def platelet_transfusions(context: Context) -> TransfusionDays:
    """Return the days of platelet transfusions; one of which only the month is known may be on any of its days."""
    given = (answer(row, "started_at") for row in context.rows["support"] if answer(row, "kind") == "platelets")
    days: set[date] = set()
    for at in given:
        first, last = earliest(at), latest(at)
        if first is not None and last is not None:
            days |= {first.date() + timedelta(days=number) for number in range((last.date() - first.date()).days + 1)}
    return TransfusionDays(days=frozenset(days))
