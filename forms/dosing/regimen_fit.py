"""How an anakinra order stands against the doses and caps of a protocol, respect by respect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from forms.dosing.arithmetic import CONTINUOUS, INTERVAL_HOURS, Amounts, Caps, doses_per_day, exact_amounts
from forms.dosing.protocol_rules import DoseRule, ProtocolRules
from forms.dosing.protocol_words import number_words, often_words, routes_words, rule_words, toxicity_words
from forms.dosing.regimens import Order
from forms.values import answer

AS_STATED, AT_CAP, NOT_STATED, MISSING = "as_stated", "at_cap", "not_stated", "missing"
ABOVE, BELOW, OTHER = "above", "below", "other"
DEVIATIONS = (ABOVE, BELOW, OTHER)

TOLERANCE = Decimal("0.1")
"""D24: 2 mg/kg every 6 hours is exactly 8 mg/kg per day, and neither syringes nor a cap must split it."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """How an order stands in one respect; ``words`` say why where it deviates or cannot be compared."""

    state: str
    words: str = ""
    missing: tuple[str, ...] = ()

    @property
    def deviates(self) -> bool:
        """Tell whether the order is not what the protocol says."""
        return self.state in DEVIATIONS


Parts = Mapping[str, Part]
"""Respect (dose, frequency, route ...) -> how the order stands in it."""


def best_fit(order: Order, rules: ProtocolRules, steps: tuple[str, ...], index: tuple[str, ...]) -> Parts:
    """Return how an order stands against the dose rule of some steps that it fits best; the first of equals.

    ``index`` are the toxicities it was given for. Where no rule of these steps is stated, dose and frequency are not.
    """
    fits = [_fit(order, rule, index, is_later="then" in steps) for rule in rules.doses if rule.step in steps]
    if fits:
        return min(fits, key=_badness)
    routes = tuple(route for rule in rules.doses for route in rule.routes)
    unstated = Part(state=NOT_STATED)
    return {"dose": _against_start(order, rules), "frequency": unstated, "route": _route(order, routes)}


def _badness(parts: Parts) -> tuple[int, int]:
    deviating = sum(part.deviates for part in parts.values())
    return deviating, sum(part.state == MISSING for part in parts.values())


def _fit(order: Order, rule: DoseRule, index: tuple[str, ...], *, is_later: bool) -> Parts:
    frequency = _frequency(order, rule)
    parts = {
        "dose": _dose(order, rule, is_later=is_later, may_differ=frequency.deviates),
        "frequency": frequency,
        "route": _route(order, rule.routes),
    }
    if rule.toxicities and index and not set(rule.toxicities) & set(index):
        words = f"given for {toxicity_words(index)}, it states this dose for {toxicity_words(rule.toxicities)}"
        parts["indication"] = Part(state=OTHER, words=words)
    return parts


def _frequency(order: Order, rule: DoseRule) -> Part:
    if rule.frequency is None:
        return Part(state=NOT_STATED)
    if order.frequency is None:
        return Part(state=MISSING, words="the frequency is missing", missing=("frequency",))
    hours, stated = INTERVAL_HOURS.get(order.frequency), INTERVAL_HOURS.get(rule.frequency)
    is_less_often = rule.frequency_is_a_maximum and hours is not None and stated is not None and hours >= stated
    if order.frequency == rule.frequency or is_less_often:
        return Part(state=AS_STATED)
    highest = " or less often" if rule.frequency_is_a_maximum else ""
    return Part(state=OTHER, words=f"it says {often_words(rule.frequency)}{highest}")


def _route(order: Order, routes: tuple[str, ...]) -> Part:
    if not routes:
        return Part(state=NOT_STATED)
    if order.route is None:
        return Part(state=MISSING, words="the route is missing", missing=("route",))
    if order.route in routes:
        return Part(state=AS_STATED)
    return Part(state=OTHER, words=f"it says {routes_words(routes)}")


def _dose(order: Order, rule: DoseRule, *, is_later: bool, may_differ: bool) -> Part:
    """Return how the ordered amount stands against a rule, in the rule's own basis.

    ``may_differ``: the frequency is another one, which is said of the frequency. Then it is enough that either one
    dose or the day is what the rule says.
    """
    highest = (rule.raised_to if is_later else None) or rule.value_up_to or rule.value
    states = [
        _within(found, low, high)
        for found, low, high in _comparable(order, rule, highest, may_differ=may_differ)
        if found is not None and low is not None and high is not None
    ]
    if not states:
        missing = order.lacking
        return Part(state=MISSING, words=_lacking_words(missing), missing=missing)
    if AS_STATED in states:
        return Part(state=AS_STATED)
    if states[0] == BELOW and _is_cut_by_cap(order, rule):
        return Part(state=AT_CAP)
    return Part(state=states[0], words=f"{states[0]} the {rule_words(rule, with_routes=False)} that it says")


def _comparable(
    order: Order, rule: DoseRule, highest: Decimal, *, may_differ: bool
) -> list[tuple[Decimal | None, Decimal | None, Decimal | None]]:
    """Return the ordered amount with the lowest and highest stated: in the rule's basis, or per dose and per day."""
    if not may_differ:
        return [(order.ordered.in_basis(rule.basis), rule.value, highest)]
    low, high = (_amounts_of(rule, value, order) for value in (rule.value, highest))
    is_per_kg = rule.basis.startswith("mg_per_kg")
    bases = ("mg_per_kg_dose", "mg_per_kg_day") if is_per_kg else ("mg_flat", "mg_flat_day")
    return [(order.ordered.in_basis(basis), low.in_basis(basis), high.in_basis(basis)) for basis in bases]


def _within(found: Decimal, lowest: Decimal, highest: Decimal) -> str:
    if found < lowest * (1 - TOLERANCE):
        return BELOW
    return ABOVE if found > highest * (1 + TOLERANCE) else AS_STATED


def _is_cut_by_cap(order: Order, rule: DoseRule) -> bool:
    """Tell whether the order is what a cap leaves of the rule: 100 mg for 60 kg at 2 mg/kg, at most 100 mg."""
    most = order.caps.of_one_dose(order.frequency)
    uncut = _amounts_of(rule, rule.value, order).given_at_once(order.frequency)
    if most is None or uncut is None or order.ordered_mg is None:
        return False
    return uncut > most and order.ordered_mg >= most * (1 - TOLERANCE)


def _amounts_of(rule: DoseRule, value: Decimal, order: Order) -> Amounts:
    frequency = rule.frequency or order.frequency
    return exact_amounts(value=value, basis=rule.basis, frequency=frequency, weight_kg=order.weight_kg)


def _against_start(order: Order, rules: ProtocolRules) -> Part:
    """Return how a step without a rule of its own stands: above the highest dose stated is above, the rest is open."""
    for rule in rules.doses:
        highest = rule.raised_to or rule.value_up_to or rule.value
        found = order.ordered.in_basis(rule.basis)
        if found is None or found <= highest * (1 + TOLERANCE):
            return Part(state=NOT_STATED)
    if not rules.doses:
        return Part(state=NOT_STATED)
    return Part(state=ABOVE, words=f"above the {rule_words(rules.doses[0], with_routes=False)} that it starts with")


def against_caps(order: Order) -> Part:
    """Return how what was given stands against the caps; what was ordered where what was given is missing."""
    if order.caps == Caps():
        return Part(state=NOT_STATED)
    if order.frequency is None:
        return Part(state=MISSING, words="the frequency is missing", missing=("frequency",))
    most, cap_applied = order.caps.of_one_dose(order.frequency), answer(order.row, "cap_applied")
    if most is None:
        return Part(state=NOT_STATED)
    ordered, was_cut = order.ordered_mg, cap_applied in ("single", "daily", "both")
    given = order.given_mg
    if given is None and ordered is not None and ordered > most:
        if cap_applied is None:
            return Part(state=MISSING, words="the dose given is missing", missing=("given_mg", "cap_applied"))
        given = most if was_cut else ordered
    if given is not None and _is_above(given, order):
        return Part(state=ABOVE, words=_above_words(given, order))
    if ordered is not None:
        return Part(state=AT_CAP if ordered > most else AS_STATED)
    if cap_applied is None or given is None:
        missing = order.lacking + (("given_mg",) if given is None else ())
        return Part(state=MISSING, words=_lacking_words(missing), missing=missing)
    return Part(state=AT_CAP if was_cut else AS_STATED)


def _is_above(given: Decimal, order: Order) -> bool:
    return any(amount > cap for amount, cap, _ in _limits(given, order))


def _above_words(given: Decimal, order: Order) -> str:
    said = [
        f"{number_words(amount)} mg {per} is above its cap of {number_words(cap)} mg"
        for amount, cap, per in _limits(given, order)
        if amount > cap
    ]
    return " and ".join(said)


def _limits(given: Decimal, order: Order) -> list[tuple[Decimal, Decimal, str]]:
    """Return each amount that a cap limits, with the cap: (mg, cap, per what)."""
    caps, times = order.caps, doses_per_day(order.frequency)
    found = []
    if caps.single_mg is not None and order.frequency != CONTINUOUS:
        found.append((given, Decimal(caps.single_mg), "per dose"))
    if caps.day_mg is not None and (times is not None or order.frequency == CONTINUOUS):
        found.append((given * (times or 1), Decimal(caps.day_mg), "per day"))
    return found


_NAMES = {
    "dose_value": "the dose",
    "dose_basis": "the basis of the dose",
    "frequency": "the frequency",
    "given_mg": "the dose given",
    "anakinra_course.dosing_weight_kg": "the dosing weight",
}


def _lacking_words(missing: tuple[str, ...]) -> str:
    if not missing:
        return "a dose per dose of a continuous infusion has no amount"
    joined = " and ".join(_NAMES[name] for name in missing)
    return f"{joined} {'is' if len(missing) == 1 else 'are'} missing"
