"""What a site's protocol states and what its courses say, respect by respect, in the words of the ward."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from analysis.chapters.shares import median_range
from analysis.endpoints.practice import CourseAsGiven, SitePractice
from analysis.endpoints.protocols import StatedProtocol
from analysis.plan.groups import LEAST_FOR_A_SHARE
from forms.casebook.anakinra_regimen_codes import CAPS
from forms.code_lists import LINES, WEAN_ORDERS
from forms.dosing import FREQUENCIES
from forms.dosing.protocol_rules import DoseRule, ProtocolRules
from forms.dosing.protocol_words import (
    days_words,
    dose_words,
    line_words,
    often_words,
    route_words,
    routes_words,
    toxicity_words,
)
from forms.values import Answer

NOT_STATED = "not stated"
Row = tuple[str, str, str]


def site_rows(practice: SitePractice, protocol: StatedProtocol | None) -> tuple[Row, ...]:
    """Return (respect, stated, recorded) of a site; the doses of a few children are not listed."""
    stated = _stated(protocol) if protocol else {}
    recorded = _recorded(practice.courses)
    return tuple((name, stated.get(name) or NOT_STATED, words) for name, words in recorded.items())


def _stated(protocol: StatedProtocol) -> dict[str, str]:
    rules = protocol.rules
    starts = [rule for rule in rules.doses if rule.step == "start"]
    return {
        "Line": line_words(dict.fromkeys(rule.line for rule in rules.indications if rule.line)) or protocol.line,
        "First dose": _joined(_dose(rule) for rule in starts),
        "Frequency": _joined(_often(rule) for rule in starts),
        "Route": _joined(routes_words(rule.routes) for rule in starts),
        "Cap": _cap(protocol),
        "Taper": _taper(rules),
        "Duration": days_words(rules.shortest_days, rules.longest_days) or rules.duration,
        "Ended in which order": WEAN_ORDERS.labels.get(rules.wean_order or "", ""),
    }


def _dose(rule: DoseRule) -> str:
    raised = f", raised up to {rule.raised_to:f}" if rule.raised_to is not None else ""
    only = f" for {toxicity_words(rule.toxicities)}" if rule.toxicities else ""
    return dose_words(rule.value, rule.basis, up_to=rule.value_up_to) + raised + only


def _often(rule: DoseRule) -> str:
    return often_words(rule.frequency) + (" or less often" if rule.frequency_is_a_maximum else "")


def _cap(protocol: StatedProtocol) -> str:
    caps = ((protocol.max_single_mg, "mg per dose"), (protocol.max_day_mg, "mg per day"))
    return ", ".join(f"{amount} {unit}" for amount, unit in caps if amount)


def _taper(rules: ProtocolRules) -> str:
    length = days_words(rules.taper_shortest_days, rules.taper_longest_days)
    grade = f"grade {rules.taper_highest_grade} or less" if rules.taper_highest_grade is not None else ""
    return "; ".join(part for part in (rules.taper_trigger or grade, f"over {length}" if length else "") if part)


def _joined(parts: Iterable[str]) -> str:
    return "; or ".join(dict.fromkeys(part for part in parts if part))


def _recorded(courses: Sequence[CourseAsGiven]) -> dict[str, str]:
    ended = [course for course in courses if course.is_stopped]
    steps = [float(course.taper_steps) for course in ended if course.tapered]
    tapered = _counts((_yes(course.tapered) for course in ended), {"yes": "Tapered", "no": "Not tapered"})
    doses = [course.mg_per_kg_day for course in courses if course.mg_per_kg_day is not None]
    durations = [float(course.duration_days) for course in ended if course.duration_days is not None]
    return {
        "Line": _counts((course.line for course in courses), LINES.labels),
        "First dose": _spread(doses, 1, "mg/kg per day", missing=len(courses) - len(doses)),
        "Frequency": _counts((course.frequency for course in courses), FREQUENCIES.labels),
        "Route": _counts((course.route for course in courses), {}),
        "Cap": _counts((course.cap for course in courses), CAPS.labels),
        "Taper": tapered + (f"; {_spread(steps, 0, 'taper steps')}" if len(steps) >= LEAST_FOR_A_SHARE else ""),
        "Duration": _spread(
            durations, 0, "days", missing=len(ended) - len(durations), running=len(courses) - len(ended)
        ),
        "Ended in which order": _counts((course.wean_order for course in ended), WEAN_ORDERS.labels),
    }


def _yes(value: bool | None) -> str | None:
    return None if value is None else ("yes" if value else "no")


def _counts(answers: Iterable[Answer | None], labels: Mapping[str, str]) -> str:
    """Return how often each answer was given, the most frequent first, and how many are missing."""
    given = Counter(answers)
    missing = given.pop(None, 0)
    total = sum(given.values())
    ordered = sorted(given.items(), key=lambda one: (-one[1], str(one[0])))
    parts = [f"{labels.get(str(code)) or route_words(str(code)) or code} {n}/{total}" for code, n in ordered]
    return "; ".join([*parts, *([f"missing {missing}"] if missing else [])]) or "none"


def _spread(values: Sequence[float], digits: int, unit: str, *, missing: int = 0, running: int = 0) -> str:
    """Return median and range with the unit; of a few children only how many are known."""
    if len(values) < LEAST_FOR_A_SHARE:
        words = f"known for {len(values)}"
    else:
        words = f"median {median_range(values, digits)} {unit}, n = {len(values)}"
    told = [f"missing {missing}"] if missing else []
    told += [f"still running {running}"] if running else []
    return "; ".join([words, *told])
