"""Rows about toxicity: each episode when it begins, and again when it has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from registry.demo.agents import FIRST_CHOICES
from registry.demo.children import Child
from registry.demo.course import Course
from registry.demo.notebook import Notebook
from registry.demo.toxicity import Toxicity

ONSET_BY_MONTH = 0.12
"""Share of onsets of which a chart read weeks later tells the month only."""


def write_episodes(notebook: Notebook, child: Child, course: Course, infusion: str) -> dict[str, str]:
    """Enter each toxicity when it begins and again when it has ended; return the keys of the episodes by kind."""
    keys = {}
    for kind, toxicity in course.toxicities.items():
        onset = course.date_of(toxicity.onset)
        first = {"infusion": infusion, "toxicity": kind, "onset_on": onset, **_called(child, course, toxicity)}
        if not child.diligent and notebook.chance.happens(ONSET_BY_MONTH):
            first |= {"onset_on": onset.isoformat()[:7], "criteria_met_on": None}
        grades = {day: toxicity.grade(day) for day in range(toxicity.onset, min(toxicity.end_day, course.last_day))}
        end, last = _episode_end(course, toxicity, grades)
        if not child.diligent:
            keys[kind] = notebook.add("toxicity_episode", course.date_of(end), {**first, **last})
            continue
        so_far = max(grades.get(toxicity.onset + 1, 1), 1)
        start = {"peak_grade": so_far, "outcome": "ongoing"}
        keys[kind] = notebook.add("toxicity_episode", onset + timedelta(days=1), {**first, **start}, complete=None)
        notebook.amend(keys[kind], course.date_of(end), last, reason="The episode has ended.", complete=True)
    return keys


def _called(child: Child, course: Course, toxicity: Toxicity) -> dict[str, Any]:
    """Return by which criteria a toxicity was called, and what only some toxicities are asked."""
    if toxicity.kind in ("crs", "icans"):
        return {"definition": "astct_2019"}
    if toxicity.kind == "carhlh":
        criteria_met_on = course.date_of(toxicity.onset + 1)
        return {"definition": child.site.carhlh_definition, "criteria_met_on": criteria_met_on}
    graded = {"definition": "ctcae_v5", "ctcae_version": "v5", "late_attribution": "this"}
    if toxicity.kind == "late_systemic":
        return graded | {"toxicity_other": "Liver enzymes and ferritin rising, no fever, pressure normal."}
    return graded


def _episode_end(course: Course, toxicity: Toxicity, grades: dict[int, int]) -> tuple[int, dict[str, Any]]:
    peak = max(grades.values(), default=1)
    peak_day = next((day for day, grade in grades.items() if grade == peak), toxicity.onset)
    better = next((day for day, grade in grades.items() if day > peak_day and grade < peak), None)
    given = [agent for agent in course.agents if toxicity.kind in agent.toxicities]
    names = {
        "tocilizumab" if agent.name == "tocilizumab" else "steroid" for agent in given if agent.name in FIRST_CHOICES
    }
    names |= {"other" for agent in given if agent.name not in FIRST_CHOICES}
    names |= {"anakinra" for dose in course.anakinra if toxicity.kind in dose.indications}
    answers: dict[str, Any] = {
        "peak_grade": peak,
        "peak_on": course.date_of(peak_day),
        "first_improved_on": course.date_of(better) if better is not None else None,
        "treatments": tuple(names) or ("supportive",),
        "outcome": "resolved",
        "resolved_on": course.date_of(toxicity.end_day),
    }
    if toxicity.kind == "thrombocytopenia":
        refractory_on = course.date_of(min(toxicity.onset + 7, course.last_day))
        answers |= {"criteria_met_on": refractory_on, "refractory_on": refractory_on}
    if toxicity.end_day < course.last_day:
        return toxicity.end_day, answers
    died = course.death_day is not None
    if course.death_cause == toxicity.kind:
        answers |= {"peak_grade": 5, "peak_on": course.date_of(course.last_day)}
    return course.last_day, answers | {"outcome": "unresolved_at_death" if died else "improved", "resolved_on": None}
