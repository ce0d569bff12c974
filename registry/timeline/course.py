"""What happened to a child from infusion on, as a value that a picture and a table are made from.

Times are days after the first infusion: day 3 spans 3.0 to 4.0, and noon of that day is 3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor

SEDATED, UNGRADED = "sedated", "diagnosed, no grade"
"""Why a day has no grade, where the picture says which."""

SHORTEST, WIDEST_GAP = 14, 6
"""Days that are always drawn, so that two children can be laid side by side; days without an event that still are."""


LONGEST_LISTED = 60
"""Days of a bar that the table lists one by one; of a longer one it lists the start and the end."""


@dataclass(frozen=True, kw_only=True)
class DayGrade:
    """The worst grade of one day; without one, ``why`` says in words why there is none (sedated, not done)."""

    day: int
    grade: int | None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class GradeLane:
    """The daily worst grades of one toxicity; a day that is not in it has no record."""

    label: str
    days: tuple[DayGrade, ...]

    def on(self, day: int) -> DayGrade | None:
        """Return what is known of a day."""
        return next((found for found in self.days if found.day == day), None)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Something that lasted: ``label`` in full, ``short`` where the bar is narrow.

    ``strength`` (above 0, up to 1) is the height of the bar; ``is_open`` marks an unknown or future end.
    """

    start: float
    end: float
    label: str
    short: str = ""
    strength: float = 1
    is_open: bool = False

    @property
    def days(self) -> range:
        """Return the days it touches."""
        return range(floor(self.start), max(ceil(self.end), floor(self.start) + 1))


@dataclass(frozen=True, kw_only=True)
class BarLane:
    """Bars of one kind: ``anakinra``, ``agent``, ``support``, ``infection`` or ``toxicity``."""

    label: str
    kind: str
    bars: tuple[Bar, ...]

    def on(self, day: int) -> str:
        """Return in words what of this lane touches a day."""
        return ", ".join(dict.fromkeys(bar.label or "yes" for bar in self.bars if day in bar.days))


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something at one moment: ``kind`` is ``infusion``, ``response``, ``relapse``, ``death`` or ``end``."""

    day: int
    label: str
    kind: str
    short: str = ""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A child's course, day by day from the first infusion on."""

    day_zero: date
    grades: tuple[GradeLane, ...]
    bars: tuple[BarLane, ...]
    marks: tuple[Mark, ...]

    @property
    def last_day(self) -> int:
        """Return the last day on which anything is recorded."""
        days = [found.day for lane in self.grades for found in lane.days]
        days += [bar.days[-1] for lane in self.bars for bar in lane.bars]
        return max([0, *days, *(mark.day for mark in self.marks)])

    @property
    def last_graded_day(self) -> int:
        """Return the last day with a record of any toxicity: until then a day without one is a gap; -1 without any."""
        return max((found.day for lane in self.grades for found in lane.days), default=-1)

    def date_of(self, day: int) -> date:
        """Return the calendar day at the site."""
        return self.day_zero + timedelta(days=day)

    def marks_on(self, day: int) -> str:
        """Return in words what is marked on a day."""
        return ", ".join(mark.label for mark in self.marks if mark.day == day)

    @property
    def table_days(self) -> tuple[int, ...]:
        """Return every day with a record: each day of a bar too, unless it goes on beyond two months."""
        days = set(self.eventful_days)
        for lane in self.bars:
            for bar in lane.bars:
                if len(bar.days) <= LONGEST_LISTED:
                    days |= set(bar.days)
        return tuple(sorted(days))

    @property
    def eventful_days(self) -> tuple[int, ...]:
        """Return the days on which a grade, a mark, a start or an end is recorded, in order."""
        days = {found.day for lane in self.grades for found in lane.days} | {mark.day for mark in self.marks}
        for lane in self.bars:
            for bar in lane.bars:
                days |= {bar.days[0], bar.days[-1]}
        return tuple(sorted(days | {0}))

    def summary(self) -> str:
        """Return the course in a few sentences: the alternative text of the picture."""
        said = [f"Day 0 is {self.day_zero.isoformat()}; the last record is on day {self.last_day}."]
        for grades in self.grades:
            known = [found for found in grades.days if found.grade is not None]
            worst = max(known, key=lambda found: (found.grade or 0, -found.day), default=None)
            if worst is not None and worst.grade:
                said.append(f"{grades.label}: highest grade {worst.grade}, first on day {worst.day}.")
            elif worst is not None:
                said.append(f"{grades.label}: grade 0 throughout.")
        for lane in self.bars:
            spans = (f"{bar.label or lane.label} {_span(bar)}" for bar in lane.bars)
            said.append(f"{lane.label}: {'; '.join(spans)}.")
        said += [f"Day {mark.day}: {mark.label}." for mark in self.marks if mark.day > 0]
        return " ".join(said)


def _span(bar: Bar) -> str:
    first, last = bar.days[0], bar.days[-1]
    if bar.is_open:
        return f"from day {first} on"
    return f"on day {first}" if first == last else f"day {first} to {last}"


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Days drawn one by one (``is_quiet`` False), or days without any event drawn as one narrow gap."""

    first: int
    last: int
    is_quiet: bool

    @property
    def days(self) -> int:
        """Return how many days it spans."""
        return self.last - self.first + 1


def stretches(eventful: Iterable[int]) -> tuple[Stretch, ...]:
    """Return the days from 0 on as stretches; more than `WIDEST_GAP` days without an event become a quiet one."""
    shown = sorted({*range(SHORTEST), *(day for day in eventful if day >= 0)})
    found: list[Stretch] = []
    first = previous = shown[0]
    for day in [*shown[1:], None]:
        if day is not None and day - previous - 1 <= WIDEST_GAP:
            previous = day
            continue
        found.append(Stretch(first=first, last=previous, is_quiet=False))
        if day is not None:
            found.append(Stretch(first=previous + 1, last=day - 1, is_quiet=True))
            first = previous = day
    return tuple(found)


def packed(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Return the bars in as few rows as hold them without overlap, earliest first."""
    rows: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda one: (one.start, one.end)):
        free = next((row for row in rows if row[-1].end <= bar.start), None)
        if free is None:
            rows.append([bar])
        else:
            free.append(bar)
    return rows


def runs(days: Mapping[int, str]) -> tuple[Bar, ...]:
    """Return day -> words as bars, one for each run of days that follow each other with the same words."""
    bars: list[Bar] = []
    for day in sorted(days):
        if bars and bars[-1].end == day and bars[-1].label == days[day]:
            bars[-1] = Bar(start=bars[-1].start, end=day + 1, label=days[day])
        else:
            bars.append(Bar(start=day, end=day + 1, label=days[day]))
    return tuple(bars)
