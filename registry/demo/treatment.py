"""Rows about anakinra: each course with the state at its first dose, and its regimens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from forms.code_lists import TOXICITIES
from forms.dosing import INTERVAL_HOURS
from registry.demo.agents import FIRST_CHOICES, PREDNISONE
from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Anakinra, Course
from registry.demo.labs import Biology, ferritin_on, fibrinogen_on, neutrophils_on, platelets_on
from registry.demo.notebook import Notebook
from registry.demo.sites import Regimen

_BY_VEIN = Regimen(value=2, basis="mg_per_kg_day", frequency="q12h", route="iv_intermittent")
"""For low platelets, which bruise under the skin: CHOP states the dose for both routes (Table 1)."""

_PREVENTION = Regimen(value=2, basis="mg_per_kg_dose", frequency="q12h", route="sc")
_WHY_PREVENTION = "Much disease: the team agreed on prevention."

_CAPPED = {"anakinra_regimen.given_far_from_ordered": "Checked against the order: the cap cut more than half."}

_CAPS = {(False, False): "none", (True, False): "single", (False, True): "daily", (True, True): "both"}


def write_courses(
    notebook: Notebook, child: Child, course: Course, infusion: str, episodes: dict[str, str], biology: Biology
) -> list[str]:
    """Enter each anakinra course with its regimens, and why others went without; return the keys of the courses."""
    chance = notebook.chance
    for kind, why in course.not_given.items():
        if kind in episodes:
            on = course.date_of(min(course.toxicities[kind].peak_day + 3, course.last_day))
            answers = {"infusion": infusion, "episode": episodes[kind], "given": False, "reason_not_given": why}
            notebook.add("anakinra_course", on, answers)
    keys: list[str] = []
    for dose in course.anakinra:
        started = course.moment(dose.start_day, dose.hour)
        weight = round(child.weight_kg * chance.number(0.98, 1.06), 1)
        orders = _orders(chance, child, course, dose)
        start = _decision(chance, child, course, dose, infusion, episodes, orders[0][1])
        start |= _snapshot(course, dose, biology, child)
        start |= {"dosing_weight_kg": weight, "dosing_weight_on": course.date_of(dose.start_day - chance.between(0, 3))}
        confirmed: dict[str, str] = {}
        if chance.happens(0.04):
            weight = round(child.weight_kg * 1.23, 1)
            start["dosing_weight_kg"] = weight
            confirmed = {"anakinra_course.weight_near_baseline": "Checked against the chart: weighed with edema."}
        # A further course is entered once the one before it has its last dose: two open ones would overlap.
        ended = keys[-1] if keys else ""
        key = notebook.add("anakinra_course", started, start, complete=None, confirmed=confirmed, after=ended)
        keys.append(key)
        stopped = course.moment(dose.stop_day, max(dose.hour, 10))
        end = _stop(chance, course, dose) | {"stopped_at": stopped}
        notebook.amend(key, stopped, end, complete=True, confirmed=confirmed)
        _write_regimens(notebook, child, orders, key, weight, stopped)
    return keys


def _decision(
    chance: Chance,
    child: Child,
    course: Course,
    dose: Anakinra,
    infusion: str,
    episodes: dict[str, str],
    order: Regimen,
) -> dict[str, Any]:
    is_prevention = "prophylaxis" in dose.indications
    answers: dict[str, Any] = {
        "infusion": infusion,
        "episode": episodes.get(dose.index),
        "given": True,
        "started_at": course.moment(dose.start_day, dose.hour),
        "indications": dose.indications,
        "line": _line(course, dose),
        "trigger": "other"
        if is_prevention
        else chance.weighted({"no_response": 0.4, "worsening": 0.35, "protocol": 0.17, "laboratory": 0.08}),
        "route": order.route,
        "route_reasons": chance.pick((("standard",), ("standard",), ("platelets",), ("edema", "platelets"))),
        "follows_protocol": order == child.site.first or order == _BY_VEIN,
        "at_start_confirmed": True,
    }
    if order == _BY_VEIN:
        answers["route_reasons"] = ("platelets",)
    if not answers["follows_protocol"]:
        answers["deviation_reason"] = _WHY_PREVENTION if is_prevention else "Dose or route chosen for the severity."
    if dose.is_restart:
        answers["restart_reason"] = f"{TOXICITIES.labels[dose.index]} after the first course had ended."
    elif course.number > 1:
        answers["restart_reason"] = "A toxicity after another infusion."
    return answers


def _line(course: Course, dose: Anakinra) -> str:
    """Return the line of treatment, by what was given for the same toxicity before (CLINICAL.md D13)."""
    if "prophylaxis" in dose.indications:
        return "prophylaxis"
    own = [agent for agent in course.agents if dose.index in agent.toxicities]
    before = {agent.name for agent in own if agent.start_day < dose.start_day}
    same_day = {agent.name for agent in own if agent.start_day == dose.start_day}
    steroid, tocilizumab = bool(before & set(PREDNISONE)), "tocilizumab" in before
    if steroid or tocilizumab:
        return "after_" + "_and_".join(["tocilizumab"] * tocilizumab + ["steroid"] * steroid)
    if same_day & set(PREDNISONE):
        return "with_steroid"
    return "with_tocilizumab" if "tocilizumab" in same_day else "first"


def _snapshot(course: Course, dose: Anakinra, biology: Biology, child: Child) -> dict[str, Any]:
    day = dose.start_day
    crs, icans, carhlh = (course.grade(kind, day) for kind in ("crs", "icans", "carhlh"))
    neutrophils = neutrophils_on(biology, day)
    return {
        "at_start_crs_grade": crs,
        "at_start_icans_grade": icans,
        "at_start_carhlh_present": carhlh > 0,
        "at_start_carhlh_grade": carhlh or None,
        "at_start_vasopressors": {3: 1, 4: 2}.get(crs, 0),
        "at_start_oxygen": {3: "nasal_cannula", 4: "high_flow"}.get(crs, "room_air"),
        "at_start_ferritin": round(ferritin_on(course, biology, day)),
        "at_start_fibrinogen": round(max(30, fibrinogen_on(course, biology, day))),
        "at_start_anc": "<0.1" if neutrophils < 0.1 else round(neutrophils, 2),
        "at_start_platelets": round(platelets_on(course, biology, day)),
        "at_start_tocilizumab_doses": sum(
            min(agent.doses, day - agent.start_day + 1)
            for agent in course.agents
            if agent.name == "tocilizumab" and agent.start_day <= day
        ),
        "at_start_steroid_mg_per_kg_72h": round(_steroid_before(course, day), 2),
        "at_start_other_agents": tuple(
            {_CLASSES[agent.name] for agent in course.agents if agent.start_day <= day <= agent.stop_day + 3}
        )
        or ("none",),
        "at_start_disease_burden": child.burden,
    }


_CLASSES = {
    "tocilizumab": "tocilizumab",
    "dexamethasone": "steroid",
    "methylprednisolone": "steroid",
    "ruxolitinib": "ruxolitinib",
    "emapalumab": "emapalumab",
    "siltuximab": "siltuximab",
}


def _steroid_before(course: Course, day: int) -> float:
    """Return the steroid of the three days before a day, in mg/kg of prednisone equivalent."""
    total = 0.0
    for agent in course.agents:
        if agent.name in PREDNISONE:
            days = max(0, min(day, agent.stop_day + 1) - max(day - 3, agent.start_day))
            daily = agent.doses / (agent.stop_day - agent.start_day + 1)
            total += agent.per_kg * daily * days * PREDNISONE[agent.name]
    return total


def _stop(chance: Chance, course: Course, dose: Anakinra) -> dict[str, Any]:
    died = course.death_day is not None and dose.stop_day >= course.death_day - 1
    if not dose.index and not died:
        return {"stop_reason": "other", "stop_reason_other": "Planned end of prevention.", "tapered": False}
    grade = course.grade(dose.index, dose.stop_day)
    reason = "died" if died else "resolved" if grade == 0 else "improved" if dose.responds else "switched"
    later = [agent for agent in course.agents if dose.start_day < agent.start_day <= dose.stop_day]
    return {
        "stop_reason": reason,
        "at_stop_grade": grade,
        "tapered": dose.taper_day is not None,
        "taper_started_on": course.date_of(dose.taper_day) if dose.taper_day is not None else None,
        "wean_order": chance.weighted({"last": 0.6, "alone": 0.2, "middle": 0.1, "first": 0.1}),
        "rescue_after": any(agent.name not in FIRST_CHOICES for agent in later),
    }


def _orders(chance: Chance, child: Child, course: Course, dose: Anakinra) -> list[tuple[datetime, Regimen, str]]:
    """Return the orders of a course as (from, regimen, reason), in order of time."""
    site = child.site
    first = chance.pick(site.other) if site.other and chance.happens(0.3) else site.first
    if "prophylaxis" in dose.indications:
        return _orders_of_prevention(child, course, dose)
    if dose.index == "thrombocytopenia":
        first = _BY_VEIN
    elif dose.index == "late_systemic":
        first = site.first
    orders = [(course.moment(dose.start_day, dose.hour), first, "start")]
    end = dose.taper_day if dose.taper_day is not None else dose.stop_day
    stronger = [regimen for regimen in site.other if regimen.basis == first.basis and regimen.value > first.value]
    raised_on = dose.start_day + 2 + chance.between(0, 2)
    if stronger and raised_on < end and (not dose.responds or chance.happens(0.35)):
        orders.append((course.moment(raised_on, 9), stronger[-1], "no_response"))
    if (
        dose.taper_day is not None
        and orders[-1][0] < course.moment(dose.taper_day, 9)
        and dose.taper_day < dose.stop_day
    ):
        orders.append((course.moment(dose.taper_day, 9), site.taper, "improving"))
    return orders


def _orders_of_prevention(child: Child, course: Course, dose: Anakinra) -> list[tuple[datetime, Regimen, str]]:
    """Return the orders of a course for prevention: the site's own dose from the first grade 2 on."""
    orders = [(course.moment(dose.start_day, dose.hour), _PREVENTION, "start")]
    risen = course.toxicities[dose.index].first_day_at(2) if dose.index in course.toxicities else None
    if risen is not None and dose.start_day < risen < dose.stop_day:
        orders.append((course.moment(risen, 9), child.site.first, "worsening"))
    return orders


def _write_regimens(
    notebook: Notebook,
    child: Child,
    orders: list[tuple[datetime, Regimen, str]],
    course: str,
    weight: float,
    stopped: datetime,
) -> None:
    chance = notebook.chance
    for number, (begin, regimen, reason) in enumerate(orders):
        end = orders[number + 1][0] - timedelta(hours=4) if number + 1 < len(orders) else stopped
        given, cap = _given(child, regimen, weight)
        confirmed = _CAPPED if given * 2 < _ordered(regimen, weight) else {}
        start = {
            "course": course,
            "from_at": begin,
            "dose_value": regimen.value,
            "dose_basis": regimen.basis,
            "frequency": regimen.frequency,
            "route": regimen.route,
            "rounding": regimen.rounding,
            "cap_applied": cap,
            "taper_step": reason == "improving",
            "change_reason": reason,
            "given_mg": given,
        }
        key = notebook.add("anakinra_regimen", begin, start, complete=None, confirmed=confirmed)
        doses = max(1, int((end - begin).total_seconds() // 3600 // INTERVAL_HOURS[regimen.frequency]) + 1)
        missed = chance.between(1, 2) if doses > 4 and chance.happens(0.15) else 0
        finished = {"until_at": max(end, begin), "doses_given": doses - missed, "doses_missed": missed}
        why = ("oversight",) if missed else ("none",)
        notebook.amend(key, max(end, begin), finished | {"hold_reasons": why}, complete=True, confirmed=confirmed)


def _ordered(regimen: Regimen, weight: float) -> float:
    """Return the mg of one dose as ordered, before cap and rounding."""
    return {
        "mg_per_kg_dose": regimen.value * weight,
        "mg_per_kg_day": regimen.value * weight * INTERVAL_HOURS[regimen.frequency] / 24,
        "mg_flat": regimen.value,
    }[regimen.basis]


def _given(child: Child, regimen: Regimen, weight: float) -> tuple[float, str]:
    """Return the mg of one dose after cap and rounding, and which cap cut it."""
    times = 24 / INTERVAL_HOURS[regimen.frequency]
    per_dose = _ordered(regimen, weight)
    single, daily = child.site.published.max_single_mg, child.site.published.max_day_mg
    over_single = single is not None and per_dose > single
    over_daily = daily is not None and per_dose * times > daily
    limits = [per_dose, *([single] if single else []), *([daily / times] if daily else [])]
    step = 10 if regimen.rounding == "nearest_10_mg" else 1
    rounded = max(step, round(min(limits) / step) * step)
    return rounded, _CAPS[over_single, over_daily]
