"""Blood samples: ferritin, clotting, liver and counts that follow the toxicities, typed the way laboratories print."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from forms.values import NullFlavour
from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Course
from registry.demo.late_toxicity import LATE_KINDS
from registry.demo.toxicity import Toxicity

_LAB_STOPS_AFTER_DAYS = 62
_PLATELETS = (200, 108, 62, 37, 12)
_LIVER = (0, 60, 130, 380)
"""Of a late toxicity by grade, inside the bounds of CTCAE version 5 for the demonstration's own reference ranges."""


@dataclass(frozen=True, kw_only=True)
class Biology:
    """What is particular to one child after one infusion."""

    ferritin: float
    crs_ferritin: float
    carhlh_ferritin: float
    liver: float
    bilirubin: float
    fibrinogen: float
    recovery_day: int
    creatinine: float
    sil2r: float


def make_biology(chance: Chance, child: Child, course: Course) -> Biology:
    """Return the levels that a child's values move between."""
    crs, carhlh = course.toxicities.get("crs"), course.toxicities.get("carhlh")
    return Biology(
        ferritin=chance.around(850, 0.7),
        crs_ferritin=chance.around({1: 1300, 2: 3200, 3: 7500, 4: 15000}[crs.peak], 0.45) if crs else 0,
        carhlh_ferritin=chance.around(9000 * carhlh.peak, 0.6) if carhlh else 0,
        liver=chance.around(90 * carhlh.peak, 0.7) if carhlh else 0,
        bilirubin=chance.around(0.8 * carhlh.peak, 0.6) if carhlh else 0,
        fibrinogen=chance.number(240, 420),
        recovery_day=chance.between(11, 30) + (6 if carhlh else 0),
        creatinine=0.25 + child.age_years * 0.025,
        sil2r=chance.around(3000 + 4000 * (carhlh.peak if carhlh else 0), 0.5),
    )


def sampled_days(chance: Chance, course: Course) -> list[int]:
    """Return the days of blood samples: daily while a toxicity lasts, then weekly, then monthly."""
    end = min(course.last_day, max(_LAB_STOPS_AFTER_DAYS, course.toxic_until + 8))
    toxic = course.toxic_until + 3
    carhlh = course.toxicities.get("carhlh")

    late = [course.toxicities[kind] for kind in LATE_KINDS if kind in course.toxicities]

    def wanted(day: int) -> bool:
        if carhlh is not None and carhlh.onset - 3 <= day <= carhlh.end_day + 4:
            return True
        if any(toxicity.onset - 2 <= day <= toxicity.end_day + 6 for toxicity in late):
            return course.on_anakinra(day) or day % 3 == 0
        first = min((toxicity.onset for toxicity in course.toxicities.values()), default=99)
        if first <= day <= toxic and day <= 35:
            return course.worst(day) >= 2 or course.on_anakinra(day) or day % 2 == 0
        return day in (0, 14, 28, 60)

    return [day for day in range(end) if wanted(day) and not chance.happens(0.04)]


def samples(chance: Chance, course: Course, infusion: str, biology: Biology) -> list[dict[str, Any]]:
    """Return the answers of every sample, in order of time; the first is the one before lymphodepletion."""
    before = datetime.combine(course.infused_on - timedelta(days=chance.between(6, 9)), time(9, 30))
    start = {"infusion": infusion, "sampled_at": before, "before_infusion": True}
    rows = [start | _values(chance, course, biology, -7)]
    for day in sampled_days(chance, course):
        at = datetime.combine(course.infused_on, time(chance.between(4, 6), chance.pick((0, 20, 40))))
        answers: dict[str, Any] = {"infusion": infusion, "sampled_at": at + timedelta(days=day)}
        rows.append(answers | ({"before_infusion": True} if day == 0 else {}) | _values(chance, course, biology, day))
    return rows


def ferritin_on(course: Course, biology: Biology, day: int) -> float:
    """Return the ferritin level of a day in ng/mL, without the scatter of a single sample."""
    crs, carhlh = course.toxicities.get("crs"), course.toxicities.get("carhlh")
    level = biology.ferritin
    if crs:
        level += biology.crs_ferritin * _wave(day, crs.onset, crs.peak_day + 1, crs.peak_day + 1, 5.0)
    if carhlh:
        level += biology.carhlh_ferritin * _hlh_wave(carhlh, day, 2.6)
    return level + 14 * _LIVER[course.grade("late_systemic", day)]


def platelets_on(course: Course, biology: Biology, day: int) -> float:
    """Return the platelet level of a day (10^9/L)."""
    carhlh, lasting = course.toxicities.get("carhlh"), course.toxicities.get("thrombocytopenia")
    if lasting and day >= 5:
        return _PLATELETS[lasting.grade(day)] if day >= lasting.onset else _PLATELETS[4]
    low = 9 if carhlh and carhlh.peak >= 3 else 22
    return _trough(day, 95, low, 5, biology.recovery_day, 190)


def neutrophils_on(biology: Biology, day: int) -> float:
    """Return the neutrophil level of a day (10^9/L)."""
    return _trough(day, 2.4, 0.12, 3, biology.recovery_day, 2.0)


def fibrinogen_on(course: Course, biology: Biology, day: int) -> float:
    """Return the fibrinogen level of a day in mg/dL."""
    carhlh = course.toxicities.get("carhlh")
    if carhlh is None:
        return biology.fibrinogen * (1 - 0.08 * course.grade("crs", day))
    lowest = {1: 165, 2: 120, 3: 90, 4: 65}[carhlh.peak]
    return biology.fibrinogen - (biology.fibrinogen - lowest) * _hlh_wave(carhlh, day, 1.8)


def _hlh_wave(carhlh: Toxicity, day: int, half_life: float) -> float:
    """Return 0 to 1: up within two days of the onset, down once the toxicity begins to yield."""
    falls = carhlh.onset + 1 + (carhlh.low_day - carhlh.onset) // 3
    return _wave(day, carhlh.onset - 2, carhlh.onset + 1, falls, half_life)


def _wave(day: int, begin: int, top: int, falls: int, half_life: float) -> float:
    if day <= begin:
        return 0.0
    if day < top:
        return (day - begin) / (top - begin)
    return 1.0 if day <= falls else 0.5 ** ((day - falls) / half_life)


def _trough(day: int, before: float, low: float, reached: int, recovery: int, after: float) -> float:
    if day <= reached:
        return before + (low - before) * max(0, day + 5) / (reached + 5)
    if day <= recovery:
        return low
    return low + (after - low) * min(1.0, (day - recovery) / 14)


def _values(chance: Chance, course: Course, biology: Biology, day: int) -> dict[str, Any]:
    crs, carhlh = course.grade("crs", day), course.grade("carhlh", day)
    hlh = _hlh_wave(course.toxicities["carhlh"], day, 3.2) if "carhlh" in course.toxicities else 0.0
    ferritin = ferritin_on(course, biology, day) * chance.around(1, 0.08)
    anc = neutrophils_on(biology, day) * chance.around(1, 0.25)
    late = _LIVER[course.grade("late_systemic", day)]
    liver = 1 + crs * 0.6
    answers: dict[str, Any] = {
        "ferritin": ">100000" if ferritin > 100_000 else round(ferritin, 0 if ferritin > 100 else 1),
        "crp": _crp(chance, course, day),
        "ldh": round(chance.around(260 + 180 * crs + 900 * hlh + late, 0.2)),
        "fibrinogen": round(max(25, fibrinogen_on(course, biology, day) * chance.around(1, 0.07))),
        "inr": round(chance.number(1.0, 1.25) + 0.3 * hlh, 2),
        "aptt_s": round(chance.number(28, 38) + 14 * hlh, 1),
        "alt": round(chance.around(28, 0.3) * liver + biology.liver * hlh + late),
        "ast": round(chance.around(31, 0.3) * liver + biology.liver * 1.3 * hlh + late),
        "bilirubin_total": round(chance.around(0.5, 0.25) + biology.bilirubin * hlh, 2),
        "creatinine": round(biology.creatinine * chance.around(1 + 0.15 * max(0, crs - 1) + 0.3 * hlh, 0.1), 2),
        "anc": "<0.1" if anc < 0.1 else round(anc, 2),
        "wbc": round(anc * chance.number(1.3, 2.2) + chance.number(0.1, 0.6), 2),
        "platelets": round(max(3, platelets_on(course, biology, day) * chance.around(1, 0.2))),
        "haemoglobin": round(chance.number(7.4, 10.8), 1),
    }
    if carhlh or chance.happens(0.12):
        answers["triglycerides"] = round(chance.around(150 + 160 * hlh, 0.3))
        answers["fasting"] = chance.happens(0.5)
        answers["sil2r"] = round(biology.sil2r * (0.3 + hlh))
        answers["il6"] = ">5000" if crs >= 3 and chance.happens(0.3) else round(chance.around(60 * 4**crs, 0.8), 1)
        answers["ifn_gamma"] = "<4" if not hlh else round(chance.around(300 * hlh, 0.8), 1)
    if day >= 7 and chance.happens(0.2):
        answers["cd19_b_cells"] = "<1" if course.responds else chance.between(2, 60)
        answers["car_t_cells"] = round(chance.around(120 if day < 20 else 15, 1.0), 1)
    return _as_printed(chance, answers)


def _crp(chance: Chance, course: Course, day: int) -> float:
    crs = course.grade("crs", day)
    blocked = any(agent.name == "tocilizumab" and agent.start_day < day for agent in course.agents)
    return round(chance.around((8, 45, 90, 130, 170)[crs] * (0.3 if blocked else 1), 0.5), 1)


def _as_printed(chance: Chance, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers with what real charts lack: tests not done, other units, now and then a slip."""
    for name in ("ferritin", "crp", "fibrinogen", "bilirubin_total"):
        if chance.happens(0.035):
            answers[name] = NullFlavour.NOT_DONE
    if isinstance(answers["fibrinogen"], int) and chance.happens(0.08):
        answers["fibrinogen"] = f"{answers['fibrinogen'] / 100:.2f} g/L"
    if isinstance(answers["crp"], float) and chance.happens(0.06):
        answers["crp"] = f"{answers['crp'] / 10:.2f} mg/dL"
    if isinstance(answers["bilirubin_total"], float) and chance.happens(0.06):
        answers["bilirubin_total"] = f"{answers['bilirubin_total'] * 17.1:.0f} umol/L"
    return answers
