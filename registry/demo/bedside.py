"""Daily assessments: bedside signs that give the grade of the day, with the gaps of real charts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from forms.values import NullFlavour
from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Course

MISSED_DAYS = 0.035
_QUIET: dict[str, Any] = {
    "hypotension": False,
    "vasoactives": ("none",),
    "oxygen_mode": "room_air",
    "sedated": False,
    "consciousness": "awake",
    "seizure": "none",
    "motor": "none",
    "pressure": ("none",),
    "carhlh_suspected": False,
    "carhlh_present": False,
}
_PRESSURES = {0: (92, 118), 1: (90, 116), 2: (74, 88), 3: (66, 80), 4: (58, 74)}


def assessed_days(chance: Chance, course: Course) -> list[int]:
    """Return the days with an assessment: daily from the first toxicity until it and anakinra have ended."""
    end = min(course.last_day, course.toxic_until + 2)
    if not course.toxicities:
        return [day for day in (1, 4, 7) if day < course.last_day and not chance.happens(0.2)]
    start = max(0, min(toxicity.onset for toxicity in course.toxicities.values()) - 1)
    daily = [day for day in range(start, end + 1) if day <= 30 or course.worst(day) >= 2 or day % 3 == 0]
    return [day for day in daily if not chance.happens(MISSED_DAYS)]


def assessments(chance: Chance, child: Child, course: Course, infusion: str) -> list[dict[str, Any]]:
    """Return the answers of every assessment after an infusion, in order of time."""
    rows = []
    for day in assessed_days(chance, course):
        hours = [chance.between(5, 9)]
        if course.worst(day) >= 3 and chance.happens(0.25):
            hours.append(chance.between(17, 21))
        for hour in hours:
            at = datetime.combine(course.infused_on, time(hour, chance.pick((0, 15, 30)))) + timedelta(days=day)
            rows.append({"infusion": infusion, "assessed_at": at, **_signs(chance, child, course, day)})
    return rows


def _signs(chance: Chance, child: Child, course: Course, day: int) -> dict[str, Any]:
    crs, icans, carhlh = (course.grade(kind, day) for kind in ("crs", "icans", "carhlh"))
    treated = any(agent.start_day <= day for agent in course.agents) or any(
        dose.start_day <= day for dose in course.anakinra
    )
    tool = child.tool_on(course.infused_on + timedelta(days=day))
    answers = {**_QUIET, **_circulation(chance, crs), **_neurology(chance, child, icans, tool)}
    answers |= _temperature(chance, crs, carhlh, treated=treated)
    if crs == 4 and answers["oxygen_mode"] == "invasive" and icans < 3:
        answers |= {"sedated": True, "rass": -4, "instrument": "none", "ice_total": None, "capd_total": None}
        answers |= {"consciousness": NullFlavour.NOT_AVAILABLE, "icans_grade": NullFlavour.NOT_AVAILABLE}
    answers |= {"crs_grade": crs, "icans_grade": answers.get("icans_grade", icans)}
    if child.product.disease == "cns":
        answers |= {"cns_tumor": True, "tian_signs": "none", "tian_grade": 0}
    answers |= _carhlh(chance, child, course, day, carhlh)
    return answers


def _temperature(chance: Chance, crs: int, carhlh: int, *, treated: bool) -> dict[str, Any]:
    feverish = (crs >= 1 and not (treated and chance.happens(0.5))) or (carhlh >= 2 and chance.happens(0.3))
    answers: dict[str, Any] = {"temperature_c": round(chance.number(38.1, 40.4 if crs >= 2 else 39.3), 1)}
    if not feverish:
        answers["temperature_c"] = round(chance.number(36.3, 37.7), 1)
    return answers | {"antipyretic_24h": crs >= 1 and chance.happens(0.6), "anticytokine_given": treated or None}


def _circulation(chance: Chance, crs: int) -> dict[str, Any]:
    systolic = chance.between(*_PRESSURES[crs])
    answers: dict[str, Any] = {
        "systolic_mmhg": systolic,
        "diastolic_mmhg": systolic - chance.between(25, 42),
        "heart_rate": chance.between(80, 120) + 10 * crs,
        "spo2_percent": chance.between(95, 100),
    }
    if crs >= 2:
        by_pressure = chance.happens(0.75)
        answers |= {"hypotension": by_pressure, "hypotension_proof": ("treated",) if by_pressure else None}
        if by_pressure:
            answers |= {"fluid_bolus_ml_kg": chance.pick((10, 20, 30))}
        else:
            answers |= {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": chance.pick((1, 2, 3))}
    if crs == 3:
        answers |= {"hypotension": True, "hypotension_proof": ("repeated", "treated")}
        answers |= {"vasoactives": ("norepinephrine",), "norepinephrine_dose": round(chance.number(0.02, 0.09), 2)}
        if chance.happens(0.4):
            flow = chance.between(8, 25) if not chance.happens(0.03) else None
            answers |= {"oxygen_mode": "high_flow", "oxygen_flow_l_min": flow, "fio2": chance.pick((0.3, 0.4, 0.5))}
            answers |= {"spo2_percent": chance.between(88, 94)}
    if crs == 4:
        answers |= {"hypotension": True, "hypotension_proof": ("repeated", "treated")}
        answers |= {"vasoactives": ("norepinephrine", "epinephrine")}
        answers |= {"norepinephrine_dose": round(chance.number(0.1, 0.5), 2)}
        answers |= {"epinephrine_dose": round(chance.number(0.03, 0.2), 2)}
        if chance.happens(0.6):
            answers |= {"oxygen_mode": "invasive", "ventilation_reason": "hypoxia", "fio2": 0.6, "spo2_percent": 90}
    return answers


def _neurology(chance: Chance, child: Child, icans: int, tool: str) -> dict[str, Any]:
    answers: dict[str, Any] = {"instrument": tool}
    if tool == "ice":
        score = {0: (10, 10), 1: (7, 9), 2: (3, 6), 3: (0, 2), 4: (0, 0)}[icans]
    else:
        score = {0: (0, 3), 1: (5, 8), 2: (6, 8), 3: (9, 22), 4: (24, 32)}[icans]
        if child.delay:
            score = (max(score[0], 9 + 2 * icans), max(score[1], 12 + 3 * icans))
    total: Any = chance.between(*score)
    if icans == 0 and chance.happens(0.03):
        total = NullFlavour.NOT_AVAILABLE
    answers[f"{tool}_total"] = total
    answers["consciousness"] = ("awake", "awake", "voice", "tactile", "unarousable")[icans]
    if icans >= 3:
        seizures = {"none": 0.6, "brief": 0.4} if icans == 3 else {"none": 0.55, "prolonged": 0.25, "repetitive": 0.2}
        answers["seizure"] = chance.weighted(seizures)
        if icans == 4:
            answers["pressure"] = ("diffuse_edema",) if chance.happens(0.2) else ("none",)
            answers["test_impossible"] = True
    if icans >= 2 and chance.happens(0.3):
        answers["motor"] = "tremor_or_myoclonus"
    return answers


def _carhlh(chance: Chance, child: Child, course: Course, day: int, grade: int) -> dict[str, Any]:
    toxicity = course.toxicities.get("carhlh")
    if toxicity is None or not toxicity.onset - 1 <= day < toxicity.end_day:
        return {}
    early = day <= toxicity.peak_day
    answers: dict[str, Any] = {
        "carhlh_suspected": True,
        "ferritin_rising": early,
        "coagulopathy": grade >= 2,
        "new_cytopenia": True,
        "splenomegaly": NullFlavour.NOT_DONE if chance.happens(0.4) else chance.happens(0.3),
        "onset_with_resolving_crs": course.grade("crs", day) <= 1,
        "haemophagocytosis": NullFlavour.NOT_DONE if chance.happens(0.85) else True,
        "bleeding": "minor" if grade >= 3 else "none",
        "intervention_needed": grade >= 2,
        "carhlh_definition": child.site.carhlh_definition,
        "carhlh_present": grade >= 1,
    }
    return answers | ({"carhlh_grade": grade} if grade >= 1 else {})
