"""What each anakinra order is against the site's protocol in force on its first day: one verdict per regimen page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forms.context import Context, Protocol
from forms.dosing.arithmetic import CONTINUOUS
from forms.dosing.protocol_words import dose_words, number_words, often_words, regimen_words, route_words
from forms.dosing.regimen_fit import AT_CAP, MISSING, NOT_STATED, Part, against_caps, best_fit
from forms.dosing.regimen_setting import index_toxicities, indication_part, line_part, taper_part
from forms.dosing.regimens import Order, begun, earlier
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE, RuleSet, Verdict
from forms.values import Row, answer

CONFORM, CONFORM_AT_CAP, NOT_COMPARABLE = "conform", "conform_at_cap", "not_comparable"
CLASSES = {
    "cap": "above_cap",
    "taper": "other_taper",
    "dose": "other_dose",
    "frequency": "other_frequency",
    "route": "other_route",
    "indication": "other_indication",
    "line": "other_line",
}
"""Respect -> what an order that deviates in it is called; the first that deviates is the value, all are details."""

NO_PROTOCOL, UNSTATED, ANSWERS_MISSING = "no_protocol", "not_stated", "answers_missing"


def judge_regimens(context: Context) -> Mapping[str, Verdict]:
    """Return the verdict on every regimen page of a child, by its key."""
    return {str(row["key"]): _judge(row, context) for row in context.rows["anakinra_regimen"]}


def _judge(row: Row, context: Context) -> Verdict:
    order = Order(row, context)
    said = _said(order)
    if order.protocol is None:
        return _nothing_to_compare_with(order, said)
    parts = _parts(order, order.protocol, context)
    details = {name: part.state for name, part in parts.items()} | {"protocol": order.protocol.version}
    missing = tuple(dict.fromkeys(item for part in parts.values() for item in part.missing))
    unknown = [part for part in parts.values() if part.state == MISSING]
    deviating = [name for name in CLASSES if parts[name].deviates]
    named = f"the protocol of {order.protocol.effective_from}"
    if deviating:
        is_open = bool(unknown) or parts["dose"].state == NOT_STATED
        words = dict.fromkeys(parts[name].words for name in deviating)
        return Verdict(
            value=CLASSES[deviating[0]],
            certainty=AT_LEAST if is_open else EXACT,
            because=f"{said}: not as {named} says: {'; '.join(words)}",
            why=_why_open(unknown) if is_open else "",
            missing=missing,
            details=details,
        )
    if unknown or parts["dose"].state == NOT_STATED:
        why = "; ".join(dict.fromkeys(part.words for part in unknown)) or _unstated(order)
        return Verdict(
            value=NOT_COMPARABLE,
            certainty=NOT_ASSESSABLE,
            because=f"{said}: cannot be compared with {named}: {why}",
            why=_why_open(unknown),
            missing=missing,
            details=details,
        )
    is_cut = AT_CAP in (parts["cap"].state, parts["dose"].state)
    return Verdict(
        value=CONFORM_AT_CAP if is_cut else CONFORM,
        because=f"{said}{_cap_words(order) if is_cut else ''}: as {named} says{_silence(parts)}",
        details=details,
    )


def _why_open(unknown: Sequence[Part]) -> str:
    return ANSWERS_MISSING if unknown else UNSTATED


def _nothing_to_compare_with(order: Order, said: str) -> Verdict:
    in_force = f"no protocol of the site is in force on {order.day}"
    return Verdict(
        value=NOT_COMPARABLE,
        certainty=NOT_ASSESSABLE,
        because=f"{said}: {in_force if order.day else 'the day of its first dose is missing'}",
        why=NO_PROTOCOL if order.day else ANSWERS_MISSING,
        missing=() if order.day else ("from_at",),
    )


def _parts(order: Order, protocol: Protocol, context: Context) -> dict[str, Part]:
    index = index_toxicities(order.course, context) or ()
    fit = best_fit(order, protocol.rules, _steps(order.row, context), index)
    taper = taper_part(order, protocol.rules, context)
    if answer(order.row, "taper_step") is True:
        astray = next((fit[name] for name in ("dose", "frequency") if fit[name].deviates), None)
        taper = astray or taper
    indication = indication_part(order, protocol.rules, context)
    return {
        "cap": against_caps(order),
        "taper": taper,
        "dose": fit["dose"],
        "frequency": fit["frequency"],
        "route": fit["route"],
        "indication": indication if indication.deviates else fit.get("indication", indication),
        "line": line_part(order, protocol.rules, context),
    }


def _steps(row: Row, context: Context) -> tuple[str, ...]:
    """Return the steps of a protocol with which an order is compared; all of them where its place is not told."""
    is_taper = answer(row, "taper_step")
    if is_taper is True:
        return ("taper", "then")
    if begun(row) is None or (is_taper is None and earlier(row, context)):
        return ("start", "then", "taper")
    return ("start", "then") if earlier(row, context) else ("start",)


def _said(order: Order) -> str:
    if order.value is None or order.basis is None:
        return "The order"
    route = "IV" if order.frequency == CONTINUOUS and order.route == "iv_continuous" else route_words(order.route)
    dose = dose_words(order.value, order.basis)
    return regimen_words(dose, order.basis, often_words(order.frequency), route)


def _cap_words(order: Order) -> str:
    single, day = order.caps.single_mg, order.caps.day_mg
    if single is not None and order.caps.of_one_dose(order.frequency) == single:
        return f", capped at {number_words(single)} mg"
    return f", capped at {number_words(day)} mg per day" if day is not None else ""


def _unstated(order: Order) -> str:
    step = "of a taper" if answer(order.row, "taper_step") is True else "of such an order"
    return f"it does not state the dose {step}"


def _silence(parts: Mapping[str, Part]) -> str:
    """Return what the protocol leaves open about an order that conforms otherwise."""
    unstated = [name for name in ("frequency", "route") if parts[name].state == NOT_STATED]
    return f"; it states no {' and no '.join(unstated)}" if unstated else ""


REGIMEN_JUDGEMENT = RuleSet(
    id="regimen_judgement",
    version="1",
    title="Anakinra order against the site's protocol",
    source="The site's own protocol version in force on the order's first day; a tenth either way on the ordered dose "
    "(decision D24)",
    verified=True,
    form="anakinra_regimen",
    uses=("toxicity_episode", "assessment"),
    values=(CONFORM, CONFORM_AT_CAP, *CLASSES.values(), NOT_COMPARABLE),
    judge_child=judge_regimens,
)
