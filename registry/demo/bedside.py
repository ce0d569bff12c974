"""Daily assessments: bedside signs that give the grade of the day, with the gaps of real charts.

The signs follow ASTCT 2019 (CLINICAL.md 2.1, 2.2) and the rule of hypotension by age (2.4).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from forms.derivations import age_years
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
_BELOW_THE_LIMIT = {2: (2, 9), 3: (4, 16), 4: (10, 24)}
"""mmHg under the lowest pressure that is normal for the age, by grade of CRS."""


def assessed_days(chance: Chance, course: Course) -> list[int]:
    """Return the days with an assessment: daily from the first toxicity until it and anakinra have ended."""
    end = min(course.last_day, course.toxic_until + 2)
    if not course.toxicities:
        return [day for day in (1, 4, 7) if day < course.last_day and not chance.happens(0.2)]
    start = max(0, min(toxicity.onset for toxicity in course.toxicities.values()) - 1)
    daily = [
        day
        for day in range(start, end + 1)
        if day <= 30 or course.worst_at_the_bedside(day) >= 2 or course.on_anakinra(day) or day % 3 == 0
    ]
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
    answers = {**_QUIET, **_circulation(chance, crs, _lowest_normal_systolic(child, course.date_of(day)))}
    answers |= _neurology(chance, child, icans, tool)
    may_be_masked = treated and crs >= 2 and course.grade("crs", day - 1) > 0
    answers |= _temperature(chance, crs, carhlh, may_be_masked=may_be_masked) | {"anticytokine_given": treated or None}
    if crs == 4 and answers["oxygen_mode"] == "invasive" and icans < 3:
        answers |= {"sedated": True, "rass": -4, "instrument": "none", "cognition_other_cause": None}
        answers |= {"ice_total": None, "capd_total": None}
        answers |= {"consciousness": NullFlavour.NOT_AVAILABLE, "icans_grade": NullFlavour.NOT_AVAILABLE}
    answers |= {"crs_grade": crs, "icans_grade": answers.get("icans_grade", icans)}
    if child.product.disease == "cns":
        answers |= {"cns_tumor": True, "tian_signs": "none", "tian_grade": 0}
    answers |= _carhlh(chance, child, course, day, carhlh)
    return answers


def _temperature(chance: Chance, crs: int, carhlh: int, *, may_be_masked: bool) -> dict[str, Any]:
    """Return a temperature: CRS begins with fever, and grade 1 is fever; what is given against grade 2 may hide it."""
    answers: dict[str, Any] = {"antipyretic_24h": crs >= 1 and chance.happens(0.6)}
    if crs >= 1 and not (may_be_masked and chance.happens(0.5)):
        return answers | {"temperature_c": round(chance.number(38.1, 40.4 if crs >= 2 else 39.3), 1)}
    if not crs and carhlh >= 2 and chance.happens(0.3):
        answers |= {"fever_other_cause": True, "late_attribution": "carhlh"}
        return answers | {"temperature_c": round(chance.number(38.1, 39.3), 1)}
    return answers | {"temperature_c": round(chance.number(36.3, 37.7), 1)}


def _lowest_normal_systolic(child: Child, on: date) -> int:
    """Return the pressure below which a child is hypotensive by age, in completed years (CLINICAL.md 2.4)."""
    age = age_years(child.born_on, on) or 0
    return 70 if age < 1 else 70 + 2 * age if age < 10 else 90


def _circulation(chance: Chance, crs: int, limit: int) -> dict[str, Any]:
    low, normal = limit - chance.between(*_BELOW_THE_LIMIT.get(crs, (0, 0))), limit + chance.between(4, 28)
    by_pressure = crs >= 3 or (crs == 2 and chance.happens(0.75))
    systolic = low if by_pressure else normal
    answers: dict[str, Any] = {
        "systolic_mmhg": systolic,
        "diastolic_mmhg": round(systolic * chance.number(0.5, 0.68)),
        "heart_rate": chance.between(80, 120) + 10 * crs,
        "spo2_percent": chance.between(95, 100),
    }
    if by_pressure:
        answers |= {"hypotension": True, "hypotension_proof": ("repeated", "treated") if crs >= 3 else ("treated",)}
        answers |= {"fluid_bolus_ml_kg": chance.pick((10, 20, 30))}
    elif crs == 2:
        answers |= {"oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": chance.pick((1, 2, 3))}
    if crs == 3:
        answers |= {"vasoactives": ("norepinephrine",), "norepinephrine_dose": round(chance.number(0.02, 0.09), 2)}
        if chance.happens(0.4):
            flow = chance.between(8, 25) if not chance.happens(0.03) else None
            answers |= {"oxygen_mode": "high_flow", "oxygen_flow_l_min": flow, "fio2": chance.pick((0.3, 0.4, 0.5))}
            answers |= {"spo2_percent": chance.between(88, 94)}
    if crs == 4:
        answers |= {"vasoactives": ("norepinephrine", "epinephrine")}
        answers |= {"norepinephrine_dose": round(chance.number(0.1, 0.5), 2)}
        answers |= {"epinephrine_dose": round(chance.number(0.03, 0.2), 2)}
        if chance.happens(0.6):
            answers |= {"oxygen_mode": "invasive", "ventilation_reason": "hypoxia", "fio2": 0.6, "spo2_percent": 90}
    return answers


def _neurology(chance: Chance, child: Child, icans: int, tool: str) -> dict[str, Any]:
    answers: dict[str, Any] = {"instrument": tool}
    if tool == "ice":
        score = {0: (child.baseline_ice, 10), 1: (7, 8), 2: (3, 6), 3: (0, 2), 4: (0, 0)}[icans]
    elif child.delay and icans:
        score = (child.baseline_capd + 2, min(32, child.baseline_capd + 4 + 3 * icans))
        answers["cognition_other_cause"] = icans < 3
    else:
        score = {0: (0, child.baseline_capd), 1: (5, 8), 2: (6, 8), 3: (9, 22), 4: (0, 0)}[icans]
    total: Any = chance.between(*score)
    if (icans == 0 and chance.happens(0.03)) or (icans == 4 and tool == "capd"):
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
