"""How a course stands against its protocol beside the dose: what it was given for, in which line, how it is tapered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from forms.code_lists import ANTIGENS, LINES, TOXICITIES
from forms.context import Context
from forms.derivations import days_between, infusion_of
from forms.dosing.protocol_rules import IndicationRule, ProtocolRules
from forms.dosing.protocol_words import days_words, line_words, small, toxicity_words
from forms.dosing.regimen_fit import AS_STATED, MISSING, NOT_STATED, OTHER, Part
from forms.dosing.regimens import Order, earlier
from forms.toxicity_days import GRADED_DAILY
from forms.values import Row, answer, earliest

AT_START_GRADES = {
    "crs": "at_start_crs_grade",
    "icans": "at_start_icans_grade",
    "carhlh": "at_start_carhlh_grade",
}
TAPERED_BY_GRADE = {toxicity: item for toxicity, item in GRADED_DAILY.items() if toxicity != "carhlh"}
"""Toxicities whose grade says whether a taper may begin; HLH-like toxicity has no daily grade that can fall (D3)."""


def index_toxicities(course: Row, context: Context) -> tuple[str, ...] | None:
    """Return what a course was given for: its index episode, or else its indications; None when neither is told."""
    toxicity = answer(context.linked("toxicity_episode", answer(course, "episode")) or {}, "toxicity")
    if isinstance(toxicity, str):
        return (toxicity,)
    indications = answer(course, "indications")
    if not isinstance(indications, tuple):
        return None
    return tuple(code for code in indications if code in TOXICITIES or code == "prophylaxis")


def indication_part(order: Order, rules: ProtocolRules, context: Context) -> Part:
    """Return how the toxicity, its grade and the antigen of the cells stand against those that the protocol names."""
    if not rules.indications:
        return Part(state=NOT_STATED)
    index = index_toxicities(order.course, context)
    if index is None:
        missing = ("anakinra_course.indications",)
        return Part(state=MISSING, words="what it was given for is missing", missing=missing)
    if not index:
        return Part(state=NOT_STATED)
    named = _named(rules, index)
    if not named:
        words = f"given for {toxicity_words(index)}, it names {toxicity_words(rules.toxicities)}"
        return Part(state=OTHER, words=words)
    return min((_one_indication(order, rule, context) for rule in named), key=_badness)


def _badness(part: Part) -> int:
    return (AS_STATED, MISSING, OTHER).index(part.state)


def _named(rules: ProtocolRules, index: Iterable[str]) -> list[IndicationRule]:
    return [rule for rule in rules.indications if rule.toxicity in index]


def _one_indication(order: Order, rule: IndicationRule, context: Context) -> Part:
    antigens = answer(infusion_of(order.course, context, "started_at") or {}, "antigens")
    item = AT_START_GRADES.get(rule.toxicity)
    grade = answer(order.course, item) if item else None
    if rule.antigen and isinstance(antigens, tuple) and rule.antigen not in antigens:
        given = " and ".join(ANTIGENS.labels.get(code, code) for code in antigens)
        stated = ANTIGENS.labels.get(rule.antigen, rule.antigen)
        return Part(state=OTHER, words=f"after {given} CAR T cells, it names {stated}")
    if rule.from_grade is not None and isinstance(grade, int) and grade < rule.from_grade:
        return Part(state=OTHER, words=f"begun at grade {grade}, it says from grade {rule.from_grade} on")
    if rule.antigen and antigens is None:
        return Part(state=MISSING, words="the antigen of the cells is missing", missing=("infusion.antigens",))
    if rule.from_grade is not None and grade is None and item:
        missing = (f"anakinra_course.{item}",)
        return Part(state=MISSING, words="the grade at the first dose is missing", missing=missing)
    return Part(state=AS_STATED)


def line_part(order: Order, rules: ProtocolRules, context: Context) -> Part:
    """Return how the recorded line of treatment stands against the lines stated for the toxicity."""
    index = index_toxicities(order.course, context) or ()
    lines = dict.fromkeys(rule.line for rule in _named(rules, index) if rule.line)
    if not lines:
        return Part(state=NOT_STATED)
    line = answer(order.course, "line")
    if not isinstance(line, str):
        return Part(state=MISSING, words="the line of treatment is missing", missing=("anakinra_course.line",))
    if line in lines:
        return Part(state=AS_STATED)
    return Part(state=OTHER, words=f"given {_line(LINES.labels[line])}, it says {line_words(lines)}")


def _line(label: str) -> str:
    return f"in the {label.lower()}" if label.startswith("First") else small(label)


def taper_part(order: Order, rules: ProtocolRules, context: Context) -> Part:
    """Return how the taper stands that begins with this order: the grade on its first day, and how long it lasted.

    Later steps and other orders have nothing of their own to compare.
    """
    before = earlier(order.row, context)
    if answer(order.row, "taper_step") is not True or any(answer(row, "taper_step") is True for row in before):
        return Part(state=NOT_STATED)
    parts = [part for part in (_taper_grade(order, rules, context), _taper_length(order, rules)) if part]
    return next((part for part in parts if part.state == OTHER), parts[0] if parts else Part(state=NOT_STATED))


def _taper_grade(order: Order, rules: ProtocolRules, context: Context) -> Part | None:
    index = index_toxicities(order.course, context) or ()
    graded = [toxicity for toxicity in index if toxicity in TAPERED_BY_GRADE]
    if rules.taper_highest_grade is None or not graded:
        return None
    grades = [grade_on(context, toxicity, order.day) for toxicity in graded]
    known = [grade for grade in grades if grade is not None]
    if known and max(known) > rules.taper_highest_grade:
        words = f"tapered at grade {max(known)}, it says at grade {rules.taper_highest_grade} or less"
        return Part(state=OTHER, words=words)
    if len(known) < len(grades):
        missing = tuple(f"assessment.{TAPERED_BY_GRADE[toxicity]}" for toxicity in graded)
        return Part(state=MISSING, words="the grade on the day of the taper is missing", missing=missing)
    return Part(state=AS_STATED)


def _taper_length(order: Order, rules: ProtocolRules) -> Part | None:
    apart = days_between(order.day, answer(order.course, "stopped_at"))
    shortest, longest = rules.taper_shortest_days, rules.taper_longest_days
    if apart is None or (shortest is None and longest is None):
        return None
    # A taper from the 1st to the 4th is 3 days or 4, as people count: only what is neither is another length.
    if (longest is not None and apart > longest) or (shortest is not None and apart + 1 < shortest):
        return Part(state=OTHER, words=f"tapered over {apart + 1} days, it says {days_words(shortest, longest)}")
    return Part(state=AS_STATED)


def grade_on(context: Context, toxicity: str, day: date | None) -> int | None:
    """Return the clinician's grade of a toxicity on a day: the last of that day, or else of the day before."""
    grade = answer(graded_on(context, toxicity, day) or {}, TAPERED_BY_GRADE[toxicity])
    return grade if isinstance(grade, int) else None


def graded_on(context: Context, toxicity: str, day: date | None) -> Row | None:
    """Return the assessment that holds that grade."""
    found = []
    for row in context.rows["assessment"]:
        at = earliest(answer(row, "assessed_at"))
        is_near = day is not None and at is not None and day - timedelta(days=1) <= at.date() <= day
        if at is not None and is_near and isinstance(answer(row, TAPERED_BY_GRADE[toxicity]), int):
            found.append((at, str(row.get("key")), row))
    return max(found, key=lambda one: one[:2])[2] if found else None
