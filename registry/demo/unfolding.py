"""How a course comes about: toxicities, the site's practice against them, response, relapse, death."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Agent, Anakinra, Course
from registry.demo.late_toxicity import LATE_KINDS, late_toxicities
from registry.demo.prevention import prevention
from registry.demo.toxicity import RESPONDERS, Toxicity, under_anakinra, untreated_toxicities

RELAPSE_WITHIN_A_YEAR = 0.38
KEPT_FOR_CARHLH = 0.6
"""Share of children with carHLH whose CRS before it was treated without anakinra."""


def make_course(chance: Chance, child: Child, *, number: int = 1, infused_on: date | None = None) -> Course:
    """Return the course after an infusion of a child; a second one is milder."""
    toxicities = untreated_toxicities(chance, child, milder=number > 1)
    toxicities |= late_toxicities(child, toxicities, number)
    before = prevention(child, toxicities) if number == 1 else None
    anakinra, not_given = _anakinra(chance, child, toxicities, before)
    for dose in anakinra:
        toxicities = {
            kind: under_anakinra(chance, toxicity, dose.start_day, responds=dose.responds)
            for kind, toxicity in toxicities.items()
        }
    agents = _agents(chance, toxicities, anakinra)
    responds = chance.happens(0.93 if "carhlh" in toxicities else 0.75) or not child.has_disease
    relapse_day = chance.between(60, 340) if responds and chance.happens(RELAPSE_WITHIN_A_YEAR) else None
    death_day, cause = _death(chance, toxicities, responds=responds, relapse_day=relapse_day)
    if death_day is not None and cause in toxicities:
        toxicities[cause] = replace(toxicities[cause], low_day=death_day + 1, end_day=death_day + 2)
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
    for dose in courses[1:]:
        if dose.start_day > kept[-1].stop_day + 1:
            kept.append(dose)
    return tuple(kept)


def _begins(toxicity: Toxicity, death_day: int | None) -> bool:
    return death_day is None or toxicity.onset < death_day


def _anakinra(
    chance: Chance, child: Child, toxicities: Mapping[str, Toxicity], before: Anakinra | None
) -> tuple[tuple[Anakinra, ...], dict[str, str]]:
    """Return the courses that the site's practice leads to, and why severe toxicities went without.

    ``before`` is the course that was given for prevention.
    """
    candidates: list[tuple[int, str]] = []
    not_given: dict[str, str] = {}
    for kind, toxicity in toxicities.items():
        severe = kind == "carhlh" or toxicity.peak >= 3
        if toxicity.peak < 2 and kind != "carhlh":
            continue
        by_grade = kind in ("crs", "icans")
        readiness = child.site.readiness.get(f"{kind}{3 if severe else 2}" if by_grade else kind, 0)
        first = toxicity.first_day_at(3 if severe else 2) if by_grade else toxicity.onset + 1
        start = (first or toxicity.onset) + chance.pick(_LAGS[kind])
        if chance.happens(readiness) and toxicity.grade(start) >= 2 and (not before or start > before.stop_day + 2):
            candidates.append((start, kind))
        elif toxicity.peak >= 3:
            not_given[kind] = chance.weighted(
                {"responding": 0.5, "protocol": 0.28, "infection": 0.1, "not_available": 0.05, "cytopenia": 0.07}
            )
    courses = [before] if before else _first_course(chance, toxicities, candidates)
    for start, kind in sorted(candidates):
        if (
            kind in ("carhlh", *LATE_KINDS)
            and kind not in courses[-1].indications
            and start > courses[-1].start_day + 12
        ):
            courses.append(
                replace(courses[0], start_day=start, index=kind, indications=(kind,), is_restart=True, responds=True)
            )
    given_for = {kind for course in courses for kind in course.indications}
    return tuple(courses), {kind: why for kind, why in not_given.items() if kind not in given_for}


_LAGS = {
    "crs": (0, 1, 1, 2),
    "icans": (0, 0, 1, 1),
    "carhlh": (0, 1, 1, 2),
    "thrombocytopenia": (7, 8, 10, 12),
    "late_systemic": (0, 0, 1, 2),
}
"""Days from the grade that calls for treatment to the first dose; thrombocytopenia has to be refractory first."""


def _first_course(
    chance: Chance, toxicities: Mapping[str, Toxicity], candidates: list[tuple[int, str]]
) -> list[Anakinra]:
    if not candidates:
        return []
    late = [candidate for candidate in candidates if candidate[1] == "carhlh"]
    start, index = min(late if late and chance.happens(KEPT_FOR_CARHLH) else candidates)
    others = tuple(kind for kind in toxicities if kind != index and toxicities[kind].grade(start) >= 2)
    hour = chance.between(10, 22)
    return [
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


def _ended(chance: Chance, dose: Anakinra, toxicities: Mapping[str, Toxicity], death_day: int | None) -> Anakinra:
    if dose.indications == ("prophylaxis",):
        return replace(dose, stop_day=min(dose.stop_day, death_day - 1)) if death_day is not None else dose
    low = max(toxicities[kind].low_day for kind in dose.indications if kind in toxicities)
    low = min(low, dose.start_day + 40)
    taper = low + chance.between(0, 2) if chance.happens(0.6) else None
    stop = (taper + chance.between(3, 7)) if taper is not None else low + chance.between(1, 3)
    if death_day is not None and stop >= death_day:
        taper = taper if taper is not None and taper < death_day else None
        stop = death_day - 1 if death_day - 1 > dose.start_day else dose.start_day
    return replace(dose, stop_day=stop, taper_day=taper)


def _agents(chance: Chance, toxicities: Mapping[str, Toxicity], anakinra: tuple[Anakinra, ...]) -> tuple[Agent, ...]:
    """Return what is given beside anakinra; chance is asked in this order, so that a seed tells the same again."""
    crs, icans, carhlh = (toxicities.get(kind) for kind in ("crs", "icans", "carhlh"))
    agents = _against_thrombocytopenia(toxicities)
    if crs:
        agents += _tocilizumab(chance, crs)
    agents += _steroid(chance, crs, icans)
    if carhlh:
        agents += _against_carhlh(chance, carhlh, beside_anakinra=bool(anakinra))
    if icans and icans.peak >= 4 and chance.happens(0.3):
        day = icans.peak_day
        agents.append(
            Agent(name="siltuximab", start_day=day, stop_day=day, toxicities=("icans",), doses=1, per_kg=11.0)
        )
    return tuple(agents)


def _tocilizumab(chance: Chance, crs: Toxicity) -> list[Agent]:
    if crs.peak < 2 or not chance.happens(0.55 if crs.peak == 2 else 0.95):
        return []
    day = crs.first_day_at(2) or crs.onset
    doses = 1 if crs.peak == 2 else chance.weighted({1: 0.45, 2: 0.4, 3: 0.15})
    return [Agent(name="tocilizumab", start_day=day, stop_day=day + doses - 1, toxicities=("crs",), doses=doses)]


def _steroid(chance: Chance, crs: Toxicity | None, icans: Toxicity | None) -> list[Agent]:
    """Return the steroid against severe CRS and against ICANS from grade 2 on."""
    severe = [t for t in (crs, icans) if t and t.peak >= 3] + ([icans] if icans and icans.peak == 2 else [])
    if not severe or not chance.happens(0.85):
        return []
    day = min(t.first_day_at(min(3, t.peak)) or t.onset for t in severe)
    length = chance.between(2, 9)
    drug = chance.weighted({"dexamethasone": 0.6, "methylprednisolone": 0.4})
    return [
        Agent(
            name=drug,
            start_day=day,
            stop_day=day + length,
            toxicities=tuple(sorted({t.kind for t in severe})),
            doses=(length + 1) * (4 if drug == "dexamethasone" else 2),
            per_kg=chance.pick((0.1, 0.15, 0.25)) if drug == "dexamethasone" else chance.pick((1.0, 2.0)),
        )
    ]


def _against_carhlh(chance: Chance, carhlh: Toxicity, *, beside_anakinra: bool) -> list[Agent]:
    agents, kinds = [], ("carhlh",)
    if chance.happens(0.6 if beside_anakinra else 0.75):
        day, length = carhlh.onset + chance.between(0, 2), chance.between(4, 14)
        doses = (length + 1) * 2
        agents.append(
            Agent(
                name="dexamethasone",
                start_day=day,
                stop_day=day + length,
                toxicities=kinds,
                doses=doses,
                per_kg=0.15,
            )
        )
    if carhlh.peak >= 3 and chance.happens(0.35):
        day, length = carhlh.onset + chance.between(2, 7), chance.between(7, 20)
        doses = 2 * length + 1
        agents.append(Agent(name="ruxolitinib", start_day=day, stop_day=day + length, toxicities=kinds, doses=doses))
    if carhlh.peak >= 3 and chance.happens(0.15):
        day = carhlh.onset + chance.between(3, 8)
        agents.append(Agent(name="emapalumab", start_day=day, stop_day=day + 6, toxicities=kinds, doses=3, per_kg=1.0))
    return agents


def _against_thrombocytopenia(toxicities: Mapping[str, Toxicity]) -> list[Agent]:
    """Return what is tried before thrombocytopenia counts as refractory: steroid for five days, one tocilizumab."""
    toxicity = toxicities.get("thrombocytopenia")
    if toxicity is None:
        return []
    day, kinds = toxicity.onset + 2, ("thrombocytopenia",)
    return [
        Agent(name="methylprednisolone", start_day=day, stop_day=day + 4, toxicities=kinds, doses=10, per_kg=1.0),
        Agent(name="tocilizumab", start_day=day + 2, stop_day=day + 2, toxicities=kinds, doses=1),
    ]


def _death(
    chance: Chance, toxicities: Mapping[str, Toxicity], *, responds: bool, relapse_day: int | None
) -> tuple[int | None, str]:
    risks = {"crs": {4: 0.09}, "icans": {4: 0.13}, "carhlh": {3: 0.08, 4: 0.32}}
    for kind, risk in risks.items():
        if kind in toxicities and chance.happens(risk.get(toxicities[kind].peak, 0.0)):
            early = toxicities[kind].peak_day + chance.between(2, 12)
            return max(early, 5), kind if chance.happens(0.6) else "infection"
    if not responds and chance.happens(0.55):
        return chance.between(40, 330), "progression"
    if relapse_day is not None and chance.happens(0.35):
        return relapse_day + chance.between(20, 150), "progression"
    return (chance.between(25, 200), "infection") if chance.happens(0.015) else (None, "")
