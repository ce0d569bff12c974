"""What happens after one infusion: toxicities, what is given against them, response, infections, death."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.toxicity import RESPONDERS, Toxicity, under_anakinra, untreated_toxicities

RELAPSE_WITHIN_A_YEAR = 0.38
KEPT_FOR_CARHLH = 0.6
"""Share of children with carHLH whose CRS before it was treated without anakinra."""


@dataclass(frozen=True, kw_only=True)
class Anakinra:
    """One course of anakinra, in days after infusion."""

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
    """One infusion and everything that followed it, in days after infusion."""

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

    @property
    def peak(self) -> int:
        """Return the highest grade that any toxicity reached."""
        return max((toxicity.peak for toxicity in self.toxicities.values()), default=0)

    @property
    def toxic_until(self) -> int:
        """Return the last day on which a toxicity or anakinra went on; -1 when there was none."""
        ends = [toxicity.end_day for toxicity in self.toxicities.values()]
        return min(max([*ends, *(dose.stop_day for dose in self.anakinra)], default=-1), self.last_day)


def make_course(chance: Chance, child: Child, *, number: int = 1, infused_on: date | None = None) -> Course:
    """Return the course after an infusion of a child; a second one is milder."""
    toxicities = untreated_toxicities(chance, child, milder=number > 1)
    anakinra, not_given = _anakinra(chance, child, toxicities)
    for dose in anakinra:
        toxicities = {
            kind: under_anakinra(chance, toxicity, dose.start_day, responds=dose.responds)
            for kind, toxicity in toxicities.items()
        }
    agents = _agents(chance, child, toxicities, anakinra)
    responds = chance.happens(0.93 if "carhlh" in toxicities else 0.75) or not child.has_disease
    relapse_day = chance.between(60, 340) if responds and chance.happens(RELAPSE_WITHIN_A_YEAR) else None
    death_day, cause = _death(chance, toxicities, responds=responds, relapse_day=relapse_day)
    anakinra = _without_overlap([_ended(chance, dose, toxicities, death_day) for dose in anakinra])
    return Course(
        number=number,
        infused_on=infused_on or child.infused_on,
        toxicities={kind: toxicity for kind, toxicity in toxicities.items() if _begins(toxicity, death_day)},
        anakinra=tuple(dose for dose in anakinra if death_day is None or dose.start_day < death_day),
        agents=tuple(agent for agent in agents if death_day is None or agent.start_day < death_day),
        responds=responds,
        mrd_negative=responds and chance.happens(0.9),
        relapse_day=relapse_day,
        death_day=death_day,
        death_cause=cause,
        not_given=not_given,
        lost_day=chance.between(120, 330) if death_day is None and chance.happens(0.04) else None,
    )


def _without_overlap(courses: list[Anakinra]) -> tuple[Anakinra, ...]:
    kept = courses[:1]
    return tuple(kept + [dose for dose in courses[1:] if dose.start_day > kept[0].stop_day + 1])


def _begins(toxicity: Toxicity, death_day: int | None) -> bool:
    return death_day is None or toxicity.onset < death_day


def _anakinra(
    chance: Chance, child: Child, toxicities: Mapping[str, Toxicity]
) -> tuple[tuple[Anakinra, ...], dict[str, str]]:
    """Return the courses that the site's practice leads to, and why severe toxicities went without."""
    candidates: list[tuple[int, str]] = []
    not_given: dict[str, str] = {}
    for kind, toxicity in toxicities.items():
        severe = kind == "carhlh" or toxicity.peak >= 3
        if toxicity.peak < 2 and kind != "carhlh":
            continue
        readiness = child.site.readiness[kind if kind == "carhlh" else f"{kind}{3 if severe else 2}"]
        lag = {"crs": (0, 1, 1, 2), "icans": (0, 0, 1, 1), "carhlh": (0, 1, 1, 2)}[kind]
        first = toxicity.onset + 1 if kind == "carhlh" else toxicity.first_day_at(3 if severe else 2)
        start = (first or toxicity.onset) + chance.pick(lag)
        if chance.happens(readiness) and toxicity.grade(start) >= 2:
            candidates.append((start, kind))
        elif toxicity.peak >= 3:
            not_given[kind] = chance.weighted(
                {"responding": 0.5, "protocol": 0.28, "infection": 0.1, "not_available": 0.05, "cytopenia": 0.07}
            )
    if not candidates:
        return (), not_given
    late = [candidate for candidate in candidates if candidate[1] == "carhlh"]
    start, index = min(late if late and chance.happens(KEPT_FOR_CARHLH) else candidates)
    others = tuple(kind for kind in toxicities if kind != index and toxicities[kind].grade(start) >= 2)
    hour = chance.between(10, 22)
    courses = [
        Anakinra(
            start_day=start,
            hour=hour,
            stop_day=start + 3,
            taper_day=None,
            index=index,
            indications=(index, *others),
            responds=chance.happens(RESPONDERS),
        )
    ]
    later = max((start_ for start_, kind in candidates if kind == "carhlh" and kind != index), default=None)
    if later is not None and later > start + 12:
        courses.append(replace(courses[0], start_day=later, index="carhlh", indications=("carhlh",), is_restart=True))
    return tuple(courses), {kind: why for kind, why in not_given.items() if kind not in courses[0].indications}


def _ended(chance: Chance, dose: Anakinra, toxicities: Mapping[str, Toxicity], death_day: int | None) -> Anakinra:
    low = max(toxicities[kind].low_day for kind in dose.indications if kind in toxicities)
    low = min(low, dose.start_day + 40)
    taper = low + chance.between(0, 2) if chance.happens(0.6) else None
    stop = (taper + chance.between(3, 7)) if taper is not None else low + chance.between(1, 3)
    if death_day is not None and stop >= death_day:
        taper = taper if taper is not None and taper < death_day else None
        stop = death_day - 1 if death_day - 1 > dose.start_day else dose.start_day
    return replace(dose, stop_day=stop, taper_day=taper)


def _agents(
    chance: Chance, child: Child, toxicities: Mapping[str, Toxicity], anakinra: tuple[Anakinra, ...]
) -> tuple[Agent, ...]:
    agents: list[Agent] = []
    crs, icans, carhlh = (toxicities.get(kind) for kind in ("crs", "icans", "carhlh"))
    if crs and crs.peak >= 2 and chance.happens(0.55 if crs.peak == 2 else 0.95):
        day = crs.first_day_at(2) or crs.onset
        doses = 1 if crs.peak == 2 else chance.weighted({1: 0.45, 2: 0.4, 3: 0.15})
        agents.append(
            Agent(name="tocilizumab", start_day=day, stop_day=day + doses - 1, toxicities=("crs",), doses=doses)
        )
    severe = [t for t in (crs, icans) if t and t.peak >= 3] + ([icans] if icans and icans.peak == 2 else [])
    if severe and chance.happens(0.85):
        day = min(t.first_day_at(min(3, t.peak)) or t.onset for t in severe)
        length = chance.between(2, 9)
        drug = chance.weighted({"dexamethasone": 0.6, "methylprednisolone": 0.4})
        kinds = tuple(sorted({t.kind for t in severe}))
        agents.append(
            Agent(
                name=drug,
                start_day=day,
                stop_day=day + length,
                toxicities=kinds,
                doses=(length + 1) * (4 if drug == "dexamethasone" else 2),
                per_kg=chance.pick((0.1, 0.15, 0.25)) if drug == "dexamethasone" else chance.pick((1.0, 2.0)),
            )
        )
    if carhlh and chance.happens(0.6 if anakinra else 0.75):
        day = carhlh.onset + chance.between(0, 2)
        length = chance.between(4, 14)
        agents.append(
            Agent(name="dexamethasone", start_day=day, stop_day=day + length, toxicities=("carhlh",),
                  doses=(length + 1) * 2, per_kg=0.15)
        )  # fmt: skip
    if carhlh and carhlh.peak >= 3 and chance.happens(0.35):
        day, length = carhlh.onset + chance.between(2, 7), chance.between(7, 20)
        agents.append(
            Agent(
                name="ruxolitinib", start_day=day, stop_day=day + length, toxicities=("carhlh",), doses=2 * length + 1
            )
        )
    if carhlh and carhlh.peak >= 3 and chance.happens(0.15):
        day = carhlh.onset + chance.between(3, 8)
        agents.append(
            Agent(name="emapalumab", start_day=day, stop_day=day + 6, toxicities=("carhlh",), doses=3, per_kg=1.0)
        )
    if icans and icans.peak >= 4 and chance.happens(0.3):
        day = icans.peak_day
        agents.append(
            Agent(name="siltuximab", start_day=day, stop_day=day, toxicities=("icans",), doses=1, per_kg=11.0)
        )
    return tuple(agents)


def _death(
    chance: Chance, toxicities: Mapping[str, Toxicity], *, responds: bool, relapse_day: int | None
) -> tuple[int | None, str]:
    risks = {"crs": {4: 0.09}, "icans": {4: 0.13}, "carhlh": {3: 0.08, 4: 0.32}}
    for kind, toxicity in toxicities.items():
        if chance.happens(risks[kind].get(toxicity.peak, 0.0)):
            early = toxicity.peak_day + chance.between(2, 12)
            return max(early, 5), "toxicity" if chance.happens(0.6) else "infection"
    if not responds and chance.happens(0.55):
        return chance.between(40, 330), "progression"
    if relapse_day is not None and chance.happens(0.35):
        return relapse_day + chance.between(20, 150), "progression"
    return (chance.between(25, 200), "infection") if chance.happens(0.015) else (None, "")
