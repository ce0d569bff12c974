"""One infusion and what followed it, as values: toxicities, anakinra, other agents, response, death."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from registry.demo.toxicity import Toxicity

GRADED_AT_THE_BEDSIDE = ("crs", "icans", "carhlh")


@dataclass(frozen=True, kw_only=True)
class Anakinra:
    """One course of anakinra, in days after infusion; ``index`` is the toxicity it is for, empty for prevention."""

    start_day: int
    hour: int
    stop_day: int
    taper_day: int | None
    index: str
    indications: tuple[str, ...]
    responds: bool
    is_restart: bool = False


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Another agent given from one day after infusion to another, for some toxicities."""

    name: str
    start_day: int
    stop_day: int
    toxicities: tuple[str, ...]
    doses: int
    per_kg: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Course:
    """One infusion and everything that followed it, in days after infusion.

    ``death_cause`` is the toxicity that killed, ``infection`` or ``progression``; empty in the living.
    """

    number: int
    infused_on: date
    toxicities: Mapping[str, Toxicity]
    anakinra: tuple[Anakinra, ...]
    agents: tuple[Agent, ...]
    responds: bool
    mrd_negative: bool
    relapse_day: int | None
    death_day: int | None
    death_cause: str
    not_given: Mapping[str, str] = field(default_factory=dict)
    second_day: int | None = None
    lost_day: int | None = None

    @property
    def last_day(self) -> int:
        """Return the last day that belongs to this infusion: death, loss to follow-up or the next infusion end it."""
        ends = [day for day in (self.death_day, self.second_day, self.lost_day) if day is not None]
        return min([370, *ends])

    def date_of(self, day: int) -> date:
        """Return the calendar day of a day after infusion."""
        return self.infused_on + timedelta(days=day)

    def moment(self, day: int, hour: int) -> datetime:
        """Return an hour of a day after infusion."""
        return datetime.combine(self.date_of(day), time(hour))

    def grade(self, kind: str, day: int) -> int:
        """Return the grade of a toxicity on a day after infusion."""
        toxicity = self.toxicities.get(kind)
        return toxicity.grade(day) if toxicity else 0

    def worst(self, day: int) -> int:
        """Return the highest grade of any toxicity on a day after infusion."""
        return max((toxicity.grade(day) for toxicity in self.toxicities.values()), default=0)

    def worst_at_the_bedside(self, day: int) -> int:
        """Return the highest grade on a day of those toxicities that each assessment grades."""
        return max(self.grade(kind, day) for kind in GRADED_AT_THE_BEDSIDE)

    def on_anakinra(self, day: int) -> bool:
        """Tell whether a day after infusion lies between the first and the last dose of a course."""
        return any(dose.start_day <= day <= dose.stop_day for dose in self.anakinra)

    @property
    def peak(self) -> int:
        """Return the highest grade that any toxicity reached."""
        return max((toxicity.peak for toxicity in self.toxicities.values()), default=0)

    @property
    def toxic_until(self) -> int:
        """Return the last day on which a toxicity or anakinra went on; -1 when there was none."""
        ends = [toxicity.end_day for toxicity in self.toxicities.values()]
        return min(max([*ends, *(dose.stop_day for dose in self.anakinra)], default=-1), self.last_day)
