"""Infections, adverse events and support after one infusion."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from forms.values import NullFlavour
from registry.demo.children import Child
from registry.demo.course import Course
from registry.demo.labs import Biology, fibrinogen_on, neutrophils_on, platelets_on
from registry.demo.late_toxicity import LATE_KINDS
from registry.demo.notebook import Notebook

EARLY_PER_DAY, LATE_PER_DAY = 0.024, 0.0098
"""Infections per child and day to day 28 and to day 90: a published pediatric series (CLINICAL.md 2.8)."""

_INFECTIONS: dict[tuple[str, str, str], float] = {
    ("bloodstream", "bacterial", "coagulase_negative_staphylococcus"): 0.16,
    ("bloodstream", "bacterial", "viridans_streptococcus"): 0.1,
    ("bloodstream", "bacterial", "escherichia_coli"): 0.1,
    ("gastrointestinal", "bacterial", "clostridioides_difficile"): 0.12,
    ("upper_respiratory", "viral", "respiratory_virus"): 0.2,
    ("viremia", "viral", "cmv"): 0.08,
    ("urinary", "viral", "bk_virus"): 0.08,
    ("lower_respiratory", "mould", "aspergillus"): 0.04,
    ("bloodstream", "yeast", "candida"): 0.04,
    ("skin", "bacterial", "staphylococcus_aureus"): 0.08,
}
_PRONENESS = (0.3, 0.55, 1.1, 2.05)
"""How much more or less often than others a child is infected; the mean is 1."""

_CAUSES = ("unrelated", "unlikely", "possible", "probable")


def write_infections(notebook: Notebook, course: Course, biology: Biology) -> list[int]:
    """Enter the infections that needed treatment; return the days after infusion on which they began."""
    chance = notebook.chance
    factor = 1.25 if "carhlh" in course.toxicities else 1.02 if course.peak >= 3 else 0.71
    factor *= chance.pick(_PRONENESS)
    days = [
        day
        for day in range(min(90, course.last_day))
        if chance.happens(factor * (EARLY_PER_DAY if day <= 28 else LATE_PER_DAY))
    ]
    for day in days:
        site, kind, organism = chance.weighted(_INFECTIONS)
        onset = course.infused_on + timedelta(days=day)
        neutrophils = neutrophils_on(biology, day)
        length = chance.between(5, 21)
        ends = day + length
        severe = site == "bloodstream" or kind == "mould"
        answers: dict[str, Any] = {
            "onset_on": onset,
            "presence": "reactivated" if organism in ("cmv", "bk_virus") else "new",
            "infection_site": site,
            "organism_class": kind,
            "organism": organism,
            "organism_other": "rhinovirus" if organism == "respiratory_virus" else None,
            "certainty": "microbiological",
            "positive_samples": _SAMPLES[site],
            "fungal_certainty": "probable" if kind in ("mould", "yeast") else None,
            "anc_at_onset": "<0.1" if neutrophils < 0.1 else round(neutrophils, 2),
            "igg_at_onset": round(chance.around(420, 0.3)),
            "fever_masked": severe and _agents(course, day, 7) != ("none",) and chance.happens(0.3),
            "on_prophylaxis": chance.happens(0.7),
            "agents_7_days": _agents(course, day, 7),
            "agents_30_days": _agents(course, day, 30),
            "treatment_route": "iv" if severe else "oral",
            "treatment_days": length,
            "admitted": severe or day < 14,
            "organ_support": severe and chance.happens(0.15),
            "outcome": "resolved" if ends < course.last_day else "ongoing",
            "resolved_on": onset + timedelta(days=length) if ends < course.last_day else None,
        }
        notebook.add("infection", onset + timedelta(days=min(length, course.last_day - day)), answers)
    return days


_SAMPLES = {
    "bloodstream": ("blood_culture",),
    "gastrointestinal": ("stool",),
    "upper_respiratory": ("airway",),
    "lower_respiratory": ("antigen",),
    "viremia": ("blood_pcr",),
    "urinary": ("urine",),
    "skin": ("tissue",),
}


def _agents(course: Course, day: int, window: int) -> tuple[str, ...]:
    classes = {"dexamethasone": "steroid", "methylprednisolone": "steroid"}
    found = {
        classes.get(agent.name, agent.name)
        for agent in course.agents
        if agent.start_day <= day and agent.stop_day >= day - window
    }
    if any(dose.start_day <= day and dose.stop_day >= day - window for dose in course.anakinra):
        found.add("anakinra")
    if day <= window - 6:
        found.add("chemotherapy")
    return tuple(found) or ("none",)


def write_adverse_events(notebook: Notebook, child: Child, course: Course, courses: list[str]) -> bool:
    """Enter the adverse events of each anakinra course; tell whether there were any."""
    chance = notebook.chance
    any_event = False
    for dose, key in zip(course.anakinra, courses, strict=True):
        route = child.site.first.route
        events = {"injection_site_reaction": 0.3} if route == "sc" else {"infusion_reaction": 0.03}
        events |= {"liver_enzymes": 0.08, "headache": 0.05, "neutropenia": 0.08, "dosing_error": 0.025}
        for event, likely in events.items():
            if not chance.happens(likely):
                continue
            any_event = True
            day = min(dose.start_day + chance.between(0, 4), dose.stop_day)
            onset = course.infused_on + timedelta(days=day)
            serious = event == "neutropenia" and chance.happens(0.3)
            answers: dict[str, Any] = {
                "onset_on": onset,
                "event": event,
                "dosing_error": "omitted" if event == "dosing_error" else None,
                "course": None if event in ("injection_site_reaction", "infusion_reaction") else key,
                "ctcae_grade": 1 if event in ("headache", "dosing_error") else chance.between(1, 3),
                "ctcae_version": "v5",
                "serious": serious,
                "causality_anakinra": chance.pick(_CAUSES) if "reaction" not in event else "probable",
                "causality_car_t": chance.pick(_CAUSES),
                "action": chance.weighted({"none": 0.85, "held": 0.08, "reduced": 0.07}),
                "outcome": "recovered",
                "ended_on": onset + timedelta(days=_at_most_to_death(course, day, chance.between(0, 3))),
            }
            if event in ("injection_site_reaction", "dosing_error"):
                answers["causality_car_t"] = "unrelated"
            if event == "dosing_error":  # a dose left out without harm
                answers["ctcae_grade"] = NullFlavour.NOT_APPLICABLE
            if serious:
                answers |= {"seriousness": ("hospitalisation",), "expected": True, "aware_on": onset}
                answers |= {"reported_to": ("ethics", "registry"), "reported_on": onset + timedelta(days=1)}
            notebook.add("adverse_event", onset + timedelta(days=3), answers)
    return any_event


def _at_most_to_death(course: Course, day: int, days: int) -> int:
    """Return how many days something that began on a day lasts: no longer than the child lives."""
    return days if course.death_day is None else max(0, min(days, course.death_day - day))


def write_support(notebook: Notebook, course: Course, infusion: str, biology: Biology) -> None:
    """Enter stays, ventilation, blood products and growth factor."""
    chance = notebook.chance
    home = min(max(_sick_until(course) + chance.between(1, 5), chance.between(10, 16)), course.last_day)
    rows: list[tuple[int, dict[str, Any]]] = [
        (
            home,
            {"kind": "admission", "started_at": _at(course, -6), "ended_at": _at(course, home), "purpose": "planned"},
        ),
    ]
    if course.death_day is None or home < course.death_day:
        gone = {"kind": "discharge", "started_at": _at(course, home), "ongoing_toxicity": course.worst(home) > 0}
        if course.number == 1 and chance.happens(0.02):
            gone |= {"kind": "transfer", "to_registry_site": False}
        rows.append((home, gone))
    critical = [day for day in range(home + 1) if course.worst_at_the_bedside(day) >= 3]
    crs_three = [day for day in critical if course.grade("crs", day) >= 3 or course.grade("icans", day) >= 4]
    if crs_three:
        span = {"started_at": _at(course, crs_three[0]), "ended_at": _at(course, crs_three[-1] + 1)}
        rows.append((crs_three[-1] + 1, {"kind": "icu", "purpose": "toxicity", "unplanned": True, **span}))
    ventilated = [day for day in range(home + 1) if course.grade("crs", day) == 4]
    if ventilated and chance.happens(0.5):
        span = {"started_at": _at(course, ventilated[0]), "ended_at": _at(course, ventilated[-1] + 1)}
        rows.append((ventilated[-1] + 1, {"kind": "ventilation", "purpose": "toxicity", "invasive": True, **span}))
    rows += _late_support(course, home)
    for day in range(1, min(home, 40)):
        if platelets_on(course, biology, day) < 15 and chance.happens(0.25):
            rows.append((day, _product(course, day, "platelets", 10)))
        if fibrinogen_on(course, biology, day) < 100 and chance.happens(0.35):
            rows.append((day, _product(course, day, "cryoprecipitate_fibrinogen", 5)))
    if neutrophils_on(biology, 15) < 0.5 and home > 18 and chance.happens(0.4):
        span = {"started_at": _at(course, 15), "ended_at": _at(course, 18)}
        rows.append((18, {"kind": "g_csf", "purpose": "treatment", **span}))
    for day, answers in rows:
        if "ended_at" in answers:
            answers["ended_at"] = min(answers["ended_at"], _at(course, course.last_day))
        notebook.add("support", course.infused_on + timedelta(days=day), {"infusion": infusion, **answers})


def _sick_until(course: Course) -> int:
    """Return the last day with a toxicity or anakinra of the first stay in hospital."""
    ends = [toxicity.end_day for kind, toxicity in course.toxicities.items() if kind not in LATE_KINDS]
    return max([-1, *ends, *(dose.stop_day for dose in course.anakinra if dose.index not in LATE_KINDS)])


def _late_support(course: Course, home: int) -> list[tuple[int, dict[str, Any]]]:
    """Return what a late toxicity made necessary: a second stay for its anakinra, transfusions, growth of platelets."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for dose in course.anakinra:
        if dose.index in LATE_KINDS and dose.start_day > home:
            span = {"started_at": _at(course, dose.start_day - 1), "ended_at": _at(course, dose.stop_day + 1)}
            rows.append((dose.stop_day + 1, {"kind": "admission", "purpose": "other", **span}))
            gone = {"kind": "discharge", "ongoing_toxicity": course.worst(dose.stop_day + 1) > 0}
            rows.append((dose.stop_day + 1, {**gone, "started_at": span["ended_at"]}))
    lasting = course.toxicities.get("thrombocytopenia")
    if lasting:
        low = range(lasting.onset, min(lasting.end_day, course.last_day), 3)
        rows += [(day, _product(course, day, "platelets", 10)) for day in low if lasting.grade(day) == 4]
        span = {"started_at": _at(course, lasting.onset + 6), "ended_at": _at(course, lasting.low_day)}
        rows.append((min(lasting.low_day, course.last_day), {"kind": "tpo_agonist", "purpose": "treatment", **span}))
    return [(day, answers) for day, answers in rows if answers["started_at"] < _at(course, course.last_day)]


def _product(course: Course, day: int, kind: str, volume: int) -> dict[str, Any]:
    return {"kind": kind, "started_at": _at(course, day), "purpose": "prophylaxis", "volume_ml_kg": volume}


def _at(course: Course, day: int) -> datetime:
    return datetime.combine(course.infused_on + timedelta(days=day), time(11))
