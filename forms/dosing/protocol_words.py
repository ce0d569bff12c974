"""Doses and protocols in the words of the ward: “2 mg/kg every 6 hours IV”."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from forms.code_lists import ANTIGENS, INDICATIONS, LINES, TOXICITIES, WEAN_ORDERS
from forms.dosing.protocol_rules import PROTOCOL_ROUNDINGS, PROTOCOL_STEPS, DoseRule, IndicationRule, ProtocolRules
from forms.values import plain, trimmed

_UNITS = {"mg_per_kg_dose": "mg/kg", "mg_per_kg_day": "mg/kg per day", "mg_flat": "mg", "mg_flat_day": "mg per day"}
PER_DAY = ("mg_per_kg_day", "mg_flat_day")
_OFTEN = {
    "q6h": "every 6 hours",
    "q8h": "every 8 hours",
    "q12h": "every 12 hours",
    "q24h": "every 24 hours",
    "q48h": "every 48 hours",
    "continuous": "continuously",
    "once": "once",
}
_ROUTES = {
    "sc": "SC",
    "iv_bolus": "IV bolus",
    "iv_intermittent": "IV",
    "iv_continuous": "IV continuous",
    "iv_loading_bolus": "IV loading bolus",
}
_EVERY_IV = frozenset(_ROUTES) - {"sc"}
TREATED_TOXICITIES = {code: label for code, label in INDICATIONS.labels.items() if code in TOXICITIES}
"""The toxicities under the short names of the course page."""


def number_words(number: Decimal | int) -> str:
    """Return a number without zeros that say nothing, to three decimals at most."""
    return trimmed(plain(round(Decimal(number), 3)))


def dose_words(value: Decimal, basis: str, *, up_to: Decimal | None = None) -> str:
    """Return a dose with its unit, such as “8 to 10 mg/kg per day”."""
    amount = number_words(value) + (f" to {number_words(up_to)}" if up_to is not None else "")
    return f"{amount} {_UNITS[basis]}"


def regimen_words(dose: str, basis: str, often: str, routes: str) -> str:
    """Return dose, frequency and route as one phrase; the doses of a day are set off from the day's amount."""
    joined = ", " if basis in PER_DAY and often.startswith("every") else " "
    return " ".join(part for part in (joined.join(part for part in (dose, often) if part), routes) if part)


def often_words(frequency: str | None) -> str:
    """Return a frequency in running text; empty when there is none."""
    return _OFTEN.get(frequency or "", "")


def route_words(route: str | None) -> str:
    """Return a route as it stands in a chart; empty when there is none."""
    return _ROUTES.get(route or "", "")


def routes_words(routes: Iterable[str]) -> str:
    """Return several routes, all ways by vein as IV: “SC or IV”."""
    chosen = set(routes)
    if chosen >= _EVERY_IV:
        return "SC or IV" if "sc" in chosen else "IV"
    return " or ".join(words for route, words in _ROUTES.items() if route in chosen)


def rule_words(rule: DoseRule, *, with_routes: bool = True) -> str:
    """Return a dose rule in words, such as “2 mg/kg every 6 hours or less often IV”."""
    often = often_words(rule.frequency) + (" or less often" if rule.frequency_is_a_maximum else "")
    if not often and rule.basis not in PER_DAY:
        often = "per dose"
    dose = dose_words(rule.value, rule.basis, up_to=rule.value_up_to)
    words = regimen_words(dose, rule.basis, often, routes_words(rule.routes) if with_routes else "")
    return words + (f", may be raised to {dose_words(rule.raised_to, rule.basis)}" if rule.raised_to else "")


def toxicity_words(codes: Iterable[str]) -> str:
    """Return toxicities in running text: “CRS or ICANS”."""
    return " or ".join(small(INDICATIONS.labels.get(code, code)) for code in codes)


def line_words(lines: Iterable[str]) -> str:
    """Return lines of treatment in running text."""
    return " or ".join(small(LINES.labels.get(line, line)) for line in lines)


def days_words(shortest: int | None, longest: int | None) -> str:
    """Return a span of days: “3 to 7 days”, “at most 14 days”; empty where neither end is stated."""
    if shortest is not None and longest is not None:
        return f"{shortest} to {longest} days" if shortest != longest else f"{shortest} days"
    if longest is not None:
        return f"at most {longest} days"
    return f"at least {shortest} days" if shortest is not None else ""


def protocol_lines(rules: ProtocolRules) -> list[tuple[str, str]]:
    """Return what a protocol states as pairs of heading and words, in the order of a page."""
    lines = [(PROTOCOL_STEPS.labels[rule.step], _with_condition(rule)) for rule in rules.doses]
    lines += [(INDICATIONS.labels.get(rule.toxicity, rule.toxicity), _when_given(rule)) for rule in rules.indications]
    taper = rules.taper_trigger or _from_grade(rules.taper_highest_grade)
    lines.append(("Taper", _joined(taper, days_words(rules.taper_shortest_days, rules.taper_longest_days))))
    stop = rules.stop_rule or _from_grade(rules.stop_highest_grade)
    lines.append(("End", _joined(stop, days_words(rules.shortest_days, rules.longest_days))))
    lines.append(("How long", rules.duration))
    lines.append(("Ended in which order", WEAN_ORDERS.labels.get(rules.wean_order or "", "")))
    lines.append(("Rounding", PROTOCOL_ROUNDINGS.labels.get(rules.rounding or "", "")))
    return [(heading, words) for heading, words in lines if words]


def _with_condition(rule: DoseRule) -> str:
    only = f"for {toxicity_words(rule.toxicities)} only" if rule.toxicities else ""
    return _joined(rule_words(rule), only, rule.condition)


def _when_given(rule: IndicationRule) -> str:
    from_grade = f"from grade {rule.from_grade} on" if rule.from_grade is not None else ""
    antigen = f"{ANTIGENS.labels.get(rule.antigen, rule.antigen)} CAR T cells" if rule.antigen else ""
    line = LINES.labels.get(rule.line, rule.line) if rule.line else "line not stated"
    return _joined(line, antigen, from_grade, rule.condition)


def _from_grade(grade: int | None) -> str:
    return f"grade {grade} or less" if grade is not None else ""


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def small(text: str) -> str:
    """Return a label as it stands within a sentence; what is written in capitals stays so."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
