"""Rows about toxicity: each episode when it begins, and again when it has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from registry.demo.agents import FIRST_CHOICES
from registry.demo.children import Child
from registry.demo.course import Course
from registry.demo.notebook import Notebook
from registry.demo.toxicity import Toxicity


def write_episodes(notebook: Notebook, child: Child, course: Course, infusion: str) -> dict[str, str]:
    """Enter each toxicity when it begins and again when it has ended; return the keys of the episodes by kind."""
    keys = {}
    for kind, toxicity in course.toxicities.items():
        onset = course.date_of(toxicity.onset)
        definition = child.site.carhlh_definition if kind == "carhlh" else "astct_2019"
        first = {"infusion": infusion, "toxicity": kind, "onset_on": onset, "definition": definition}
        if kind == "carhlh":
            first["criteria_met_on"] = course.date_of(toxicity.onset + 1)
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
    if toxicity.end_day < course.last_day:
        return toxicity.end_day, answers
    died = course.death_day is not None
    if died and course.death_cause == "toxicity" and toxicity.peak == course.peak:
        answers["peak_grade"] = 5
    return course.last_day, answers | {"outcome": "unresolved_at_death" if died else "improved", "resolved_on": None}
