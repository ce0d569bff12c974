"""One child from enrolment to the last visit, as entries in a notebook: with slips, gaps and corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from registry.demo.agents import write_agents
from registry.demo.bedside import assessments
from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Course
from registry.demo.episodes import write_episodes
from registry.demo.events import write_adverse_events, write_infections, write_support
from registry.demo.labs import Biology, make_biology, samples
from registry.demo.notebook import Entry, Notebook
from registry.demo.opening import (
    write_baseline,
    write_enrolment,
    write_infusion,
    write_re_consent,
    write_withdrawal,
)
from registry.demo.outcomes import write_end, write_follow_up, write_responses
from registry.demo.treatment import write_courses
from registry.demo.unfolding import make_course

SLIPS = 0.012
LEFT_OPEN = 0.03
DUPLICATES = 0.003
SECOND_INFUSIONS = 0.3
_WITHDRAWS_EVERY, _WITHDRAWS_AT = 120, 37


def tell(seed: int, child: Child, until: date) -> list[Entry]:
    """Return every save about one child that was made before a day, in order of time."""
    notebook = Notebook(Chance(seed, "notebook", child.number), child)
    enrolment = write_enrolment(notebook, child)
    courses = _courses(Chance(seed, "course", child.number), child)
    biologies = [make_biology(Chance(seed, "biology", child.number, c.number), child, c) for c in courses]
    baseline = write_baseline(notebook, child, biologies[0])
    for course, biology in zip(courses, biologies, strict=True):
        _write_course(notebook, child, course, biology, baseline)
    write_re_consent(notebook, child, enrolment, courses[-1].date_of(courses[-1].last_day))
    if child.number % _WITHDRAWS_EVERY == _WITHDRAWS_AT:
        write_withdrawal(notebook, enrolment, child.infused_on + timedelta(days=70))
    return notebook.entries(until)


def _courses(chance: Chance, child: Child) -> list[Course]:
    """Return the child's first infusion and, after failure or relapse of leukemia, sometimes a second one."""
    first = make_course(chance, child)
    failed_on = 45 if not first.responds else first.relapse_day
    again = failed_on is not None and child.has_leukemia and chance.happens(SECOND_INFUSIONS)
    if not again or failed_on is None:
        return [first]
    day = failed_on + chance.between(30, 80)
    first = replace(first, death_day=None, death_cause="", second_day=day, lost_day=None)
    second = make_course(chance, child, number=2, infused_on=child.infused_on + timedelta(days=day))
    return [first, second]


def _write_course(notebook: Notebook, child: Child, course: Course, biology: Biology, baseline: str) -> None:
    chance = notebook.chance
    infusion = write_infusion(notebook, child, course, baseline)
    for answers in assessments(chance, child, course, infusion):
        _write_assessment(notebook, answers)
    for answers in samples(chance, course, infusion, biology):
        _write_sample(notebook, answers)
    episodes = write_episodes(notebook, child, course, infusion)
    write_agents(notebook, child, course, episodes)
    courses = write_courses(notebook, child, course, infusion, episodes, biology)
    infected = write_infections(notebook, course, biology)
    harmed = write_adverse_events(notebook, child, course, courses)
    write_support(notebook, course, infusion, biology)
    write_responses(notebook, child, course, infusion, biology)
    last_seen = write_follow_up(notebook, child, course, infected, harmed)
    write_end(notebook, course, last_seen)


def _write_assessment(notebook: Notebook, answers: dict[str, Any]) -> None:
    chance = notebook.chance
    at: datetime = answers["assessed_at"]
    slip: dict[str, Any] = {}
    if chance.happens(SLIPS):
        slip = {"temperature_c": round(answers["temperature_c"] + chance.pick((-1, 1)), 1)}
    if chance.happens(LEFT_OPEN):
        answers = {
            name: value for name, value in answers.items() if name != chance.pick(("motor", "seizure", "pressure"))
        }
    complete = None if chance.happens(LEFT_OPEN) else True
    key = notebook.add("assessment", at, answers | slip, complete=complete)
    if slip:
        right = {name: answers[name] for name in slip}
        notebook.amend(key, at + timedelta(days=3), right, reason="Misread from the flow sheet.")
    elif chance.happens(DUPLICATES):
        copy = notebook.add("assessment", at, answers, complete=None)
        notebook.void(copy, at + timedelta(days=2), "Entered twice.")


def _write_sample(notebook: Notebook, answers: dict[str, Any]) -> None:
    chance = notebook.chance
    at: datetime = answers["sampled_at"]
    swaps = chance.happens(SLIPS) and isinstance(answers["anc"], float) and answers["anc"] < answers["wbc"]
    slip = {"anc": answers["wbc"], "wbc": answers["anc"]} if swaps else {}
    complete = None if chance.happens(LEFT_OPEN) else True
    key = notebook.add("laboratory", at, answers | slip, complete=complete)
    if slip and chance.happens(0.6):
        right = {name: answers[name] for name in slip}
        notebook.amend(key, at + timedelta(days=6), right, reason="The two counts were swapped.")
