"""Rows about other agents against toxicity: tocilizumab, steroids and what comes after them."""

from __future__ import annotations

from typing import Any

from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Agent, Course
from registry.demo.notebook import Notebook

PREDNISONE = {"dexamethasone": 6.667, "methylprednisolone": 1.25}
"""mg of prednisone that one mg equals (CLINICAL.md 2.9)."""

FIRST_CHOICES = ("tocilizumab", *PREDNISONE)
_TOCILIZUMAB_BAND_KG = 30


def write_agents(notebook: Notebook, child: Child, course: Course, episodes: dict[str, str]) -> None:
    """Enter every other agent once its last dose was given."""
    for agent in course.agents:
        linked = tuple(sorted(episodes[kind] for kind in agent.toxicities if kind in episodes))
        stop = min(agent.stop_day, course.last_day - 1)
        if not linked or stop < agent.start_day:
            continue
        hour = notebook.chance.between(9, 20)
        answers = {
            "episodes": linked,
            "agent": agent.name,
            "purpose": "treatment",
            "started_at": course.moment(agent.start_day, hour),
            "stopped_at": course.moment(stop, hour),
            "doses_given": max(
                1, round(agent.doses * (stop - agent.start_day + 1) / (agent.stop_day - agent.start_day + 1))
            ),
            "shortage": agent.name == "siltuximab" and notebook.chance.happens(0.5),
            "responded": notebook.chance.happens(0.5),
            **_dose(notebook.chance, child, agent),
        }
        if agent.name in PREDNISONE:
            answers["tapered"] = stop - agent.start_day > 4
        notebook.add("concomitant_agent", course.date_of(stop), answers)


def _dose(chance: Chance, child: Child, agent: Agent) -> dict[str, Any]:
    weight = child.weight_kg
    if agent.name == "tocilizumab":
        mg = min(800, round(weight * (8 if weight >= _TOCILIZUMAB_BAND_KG else 12)))
        if chance.happens(0.03):
            mg = round(mg * 0.8)
        return {"dose": mg, "unit": "mg", "frequency": "once" if agent.doses == 1 else "as_needed", "route": "iv"}
    if agent.name == "ruxolitinib":
        each = 2.5 if weight < 20 else 5 if weight < 40 else 10
        return {"dose": each, "unit": "mg", "frequency": "q12h", "route": "oral"}
    if agent.name in ("emapalumab", "siltuximab"):
        often = "twice_weekly" if agent.name == "emapalumab" else "once"
        return {"dose": agent.per_kg, "unit": "mg_per_kg", "frequency": often, "route": "iv"}
    a_day = agent.doses / (agent.stop_day - agent.start_day + 1)
    return {"dose": agent.per_kg, "unit": "mg_per_kg", "frequency": "q6h" if a_day > 3 else "q12h", "route": "iv"}
