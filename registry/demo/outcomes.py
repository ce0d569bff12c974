"""Response, follow-up and the end of observation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Course
from registry.demo.labs import Biology, neutrophils_on, platelets_on
from registry.demo.notebook import Notebook

_VISITS = {"day_90": 90, "month_6": 182, "month_12": 365}
_MRD_LOD_PERCENT = 0.01


def write_responses(notebook: Notebook, child: Child, course: Course, infusion: str, biology: Biology) -> None:
    """Enter the response at day 28 and, where it came, the relapse."""
    chance = notebook.chance
    day = 28 + chance.between(-2, 4)
    on = course.infused_on + timedelta(days=day)
    answers: dict[str, Any] = {
        "infusion": infusion,
        "assessed_on": on,
        "timepoint": "day_28",
        "disease_group": child.product.disease,
        "car_detectable": chance.happens(0.9 if course.responds else 0.5),
        "relapsed": False,
    }
    if course.last_day < day:
        if course.death_day is None:
            return
        died = course.infused_on + timedelta(days=course.death_day)
        answers |= {"assessed_on": died, "response": "not_assessed", "not_assessed_reason": "died"}
        answers |= {"car_detectable": False, "b_cell_aplasia": None, "timepoint": "other"}
        notebook.add("response", died, answers, complete=None)
        return
    if chance.happens(0.025):
        answers |= {"response": "not_assessed", "not_assessed_reason": "elsewhere"}
    elif child.has_leukemia:
        answers |= _leukemia(chance, course, biology, day)
    else:
        shrunk = course.responds and chance.happens(0.5)
        answers |= {"response": chance.pick(("cr", "pr", "pr")) if shrunk else chance.pick(("sd", "pd"))}
        answers |= {"tumor_change_percent": round(chance.number(-90, -30) if shrunk else chance.number(-10, 40), 1)}
    if child.has_leukemia:
        answers["b_cell_aplasia"] = course.responds and chance.happens(0.93)
    notebook.add("response", on, answers)
    if course.relapse_day is not None and course.relapse_day < course.last_day and child.has_leukemia:
        _write_relapse(notebook, course, infusion, course.relapse_day)


def _leukemia(chance: Chance, course: Course, biology: Biology, day: int) -> dict[str, Any]:
    neutrophils = round(neutrophils_on(biology, day) * chance.around(1, 0.3), 2)
    platelets = round(platelets_on(course, biology, day) * chance.around(1, 0.3))
    recovered = neutrophils >= 1 and platelets >= 100
    answers: dict[str, Any] = {
        "anc": neutrophils,
        "platelets": platelets,
        "circulating_blasts": not course.responds,
        "cns_status": "cns1",
        "extramedullary": False,
        "mrd_method": chance.pick(("flow", "flow", "ngs")),
        "mrd_sample": "marrow",
        "mrd_lod_percent": _MRD_LOD_PERCENT if chance.happens(0.95) else 0.1,
    }
    if course.responds:
        answers |= {"response": "cr" if recovered else "cri", "marrow_blasts_percent": round(chance.number(0, 3), 1)}
        if course.mrd_negative:
            return answers | {"mrd_result": "not_detected"}
        return answers | {"mrd_result": "detected", "mrd_percent": round(chance.number(0.11, 0.9), 2)}
    blasts = round(chance.number(6, 90), 1)
    return answers | {
        "response": "nr",
        "marrow_blasts_percent": blasts,
        "mrd_result": "detected",
        "mrd_percent": blasts,
    }


def _write_relapse(notebook: Notebook, course: Course, infusion: str, day: int) -> None:
    chance = notebook.chance
    on = course.infused_on + timedelta(days=day)
    answers: dict[str, Any] = {
        "infusion": infusion,
        "assessed_on": on,
        "timepoint": "relapse",
        "disease_group": "b_all",
        "response": "relapse",
        "mrd_result": "detected",
        "mrd_percent": 30,
        "mrd_lod_percent": _MRD_LOD_PERCENT,
        "car_detectable": chance.happens(0.3),
        "b_cell_aplasia": chance.happens(0.3),
        "relapsed": True,
        "relapsed_on": on,
        "relapse_sites": ("marrow",),
        "relapse_blasts_percent": round(chance.number(20, 90)),
        "antigen_state": chance.weighted({"positive": 0.55, "negative": 0.3, "not_tested": 0.15}),
    }
    notebook.add("response", on, answers)


def write_follow_up(notebook: Notebook, child: Child, course: Course, infected: list[int], harmed: bool) -> int:
    """Enter the visits of a living child; return the day after infusion of the last one, -1 without any."""
    chance = notebook.chance
    seen_before = -1
    for visit, planned in _VISITS.items():
        day = planned + chance.between(-8, 12)
        if day >= course.last_day or chance.happens(0.06):
            continue
        on = course.infused_on + timedelta(days=day)
        relapsed = course.relapse_day is not None and course.relapse_day <= day
        since = range(seen_before + 1, day + 1)
        toxicities = tuple(kind for kind in course.toxicities if any(course.grade(kind, past) for past in since))
        answers: dict[str, Any] = {
            "seen_on": on,
            "visit": visit,
            "contact": chance.pick(("clinic", "clinic", "phone", "other_center")),
            "alive": True,
            "disease_state": "relapsed" if relapsed or not course.responds else "remission",
            "toxicities_since": toxicities or ("none",),
            "anakinra_since": any(course.on_anakinra(past) for past in since),
            "infections_since": any(begun in since for begun in infected),
            "adverse_events_since": harmed and seen_before < 0,
            "later_treatments": ("transplant",) if day > 150 and chance.happens(0.25) else ("none",),
            "late_effects": chance.pick((("none",), ("none",), ("hypogammaglobulinemia",), ("cytopenia",))),
            "immunoglobulin_replaced": chance.happens(0.5),
            "b_cells_recovered": day > 180 and chance.happens(0.3),
            "weight_kg": round(child.weight_kg * (1 + day / 4000), 1),
        }
        if answers["later_treatments"] == ("transplant",):
            answers["transplant_on"] = (on - timedelta(days=45)).isoformat()[:7]
            answers["transplant_in_remission"] = not relapsed
        notebook.add("follow_up", on, answers)
        seen_before = day
    return seen_before


def write_end(notebook: Notebook, course: Course, last_seen: int) -> None:
    """Enter the end of observation: death, or loss to follow-up after the day on which the child was last seen."""
    chance = notebook.chance
    if course.lost_day is not None:
        lost_on = course.infused_on + timedelta(days=course.lost_day)
        known_alive = course.infused_on + timedelta(days=max(last_seen, course.lost_day - 30))
        lost = {"ended_on": lost_on, "reason": "lost", "last_contact_on": known_alive}
        notebook.add("end_of_study", lost_on, lost)
    if course.death_day is None:
        return
    on = course.infused_on + timedelta(days=course.death_day)
    cause = "disease" if course.death_cause == "progression" else course.death_cause
    treated = bool(course.anakinra)
    answers: dict[str, Any] = {
        "ended_on": on,
        "reason": "died",
        "died_on": on,
        "cause_of_death": cause,
        "death_related_to_anakinra": chance.pick(("unrelated", "unlikely")) if treated else "unrelated",
        "death_related_to_car_t": {"infection": "possible", "progression": "unlikely"}.get(
            course.death_cause, "probable"
        ),
        "disease_at_death": course.death_cause == "progression",
        "autopsy": chance.happens(0.15),
    }
    notebook.add("end_of_study", on, answers)
