"""The first pages of a child: enrolment, baseline and each infusion."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from forms.derivations import majority
from forms.values import NullFlavour
from registry.demo.chance import Chance
from registry.demo.children import Child
from registry.demo.course import Course
from registry.demo.labs import Biology
from registry.demo.notebook import Notebook

_ADULT_YEARS = 18
_ASKED_AGAIN = 0.65


def write_enrolment(notebook: Notebook, child: Child) -> str:
    """Enter the enrolment page; return its key."""
    chance = notebook.chance
    shift = chance.between(3, 12) if child.enrolled_late else -chance.between(4, 20)
    enrolled = child.infused_on + timedelta(days=shift)
    adult = child.age_years >= _ADULT_YEARS
    consent = "patient" if adult else chance.pick(("parents", "parents_with_assent"))
    assent = "of_age" if adult else "given" if consent == "parents_with_assent" else "too_young"
    month_only = chance.happens(0.3)
    answers: dict[str, Any] = {
        "enrolled_on": enrolled,
        "sex": child.sex,
        "birth_date": child.born_on.isoformat()[:7] if month_only else child.born_on,
        "meets_age": True,
        "car_t_given_or_planned": True,
        "consent_obtained": True,
        "retrospective": child.enrolled_late,
        "consent_type": consent,
        "consent_on": enrolled - timedelta(days=chance.between(0, 6)),
        "assent": assent,
        "consent_scopes": chance.pick((("sharing",), ("sharing", "recontact"), ("none",), ("sharing", "linkage"))),
        "consent_version": chance.pick(("1.0", "1.1", "2.0")),
    }
    return notebook.add("enrolment", enrolled, answers, days_late=chance.weighted({0: 0.7, 1: 0.3}))


def write_re_consent(notebook: Notebook, child: Child, enrolment: str, last_contact: date) -> None:
    """Enter that some who came of age under observation agreed as adults; the others are still to be asked."""
    chance = Chance("re-consent", child.key)
    (birthday, _) = majority(child.born_on) or (date.max, date.max)
    asked_on = birthday + timedelta(days=chance.between(2, 45)) if birthday < last_contact else last_contact
    if child.age_years < _ADULT_YEARS and asked_on < last_contact and chance.happens(_ASKED_AGAIN):
        notebook.amend(enrolment, asked_on, {"reconsent_on": asked_on}, reason="The patient has come of age.")


def write_withdrawal(notebook: Notebook, enrolment: str, on: date) -> None:
    """Enter that the family withdrew; nothing is entered after that."""
    changes = {"withdrawn": True, "withdrawal_on": on, "withdrawal_scope": "further_data"}
    notebook.amend(enrolment, on, changes, days_late=0)
    notebook.close_after(enrolment)


def write_baseline(notebook: Notebook, child: Child, biology: Biology) -> str:
    """Enter the baseline page; return its key."""
    chance = notebook.chance
    disease = {"b_all": "b_all", "solid": "solid", "cns": "cns"}[child.product.disease]
    on = child.infused_on - timedelta(days=chance.between(7, 14))
    diagnosed = max(child.born_on + timedelta(days=30), on - timedelta(days=chance.between(150, 2200)))
    answers: dict[str, Any] = {
        "assessed_on": on,
        "disease": disease,
        "disease_other": {"solid": "neuroblastoma", "cns": "diffuse midline glioma"}.get(disease),
        "diagnosed_on": diagnosed.isoformat()[:7],
        "relapses": chance.weighted({0: 0.2, 1: 0.45, 2: 0.27, 3: 0.08}),
        "refractory": chance.happens(0.25),
        "disease_burden": child.burden,
        "prior_therapies": chance.pick((("none",), ("blinatumomab",), ("blinatumomab", "inotuzumab"), ("car_t",))),
        "therapy_lines": chance.between(1, 5),
        "prior_transplant": "allogeneic" if child.transplanted and child.has_leukemia else "none",
        "comorbidities": chance.weighted({"none": 0.75, "seizure_disorder": 0.07, "pulmonary": 0.06, "gvhd": 0.12}),
        "e_coli_hypersensitivity": chance.happens(0.04),
        "infection_before": chance.happens(0.1),
        "weight_kg": child.weight_kg,
        "height_cm": child.height_cm,
        "performance_scale": "lansky" if child.age_years < 16 else "karnofsky",
        "performance": chance.pick((60, 70, 80, 90, 90, 100)),
        "developmental_delay": child.delay,
        "baseline_instrument": child.tool_on(on),
        "baseline_respiratory_support": "room_air",
        "baseline_systolic_mmhg": chance.between(90, 115),
        "baseline_ferritin": round(biology.ferritin),
        "baseline_crp": NullFlavour.NOT_DONE if chance.happens(0.1) else round(chance.around(4, 0.8), 1),
        "baseline_ldh": round(chance.around(280, 0.3)),
        "baseline_creatinine": round(biology.creatinine, 2),
        **_cognition(child, on),
    }
    if child.has_leukemia:
        answers |= {"marrow_blasts_percent": child.blasts, "extramedullary": chance.happens(0.12)}
        answers |= {"mrd_percent": max(child.blasts, 0.02) if child.has_disease else 0}
        answers |= {"cns_status": chance.weighted({"cns1": 0.82, "cns2": 0.12, "cns3": 0.06})}
    if chance.happens(0.02):
        answers["disease_burden"] = "low" if child.burden == "high" else answers["disease_burden"]
    return notebook.add("baseline", on, answers)


def _cognition(child: Child, on: date) -> dict[str, int]:
    return (
        {"baseline_ice": child.baseline_ice} if child.tool_on(on) == "ice" else {"baseline_capd": child.baseline_capd}
    )


def write_infusion(notebook: Notebook, child: Child, course: Course, baseline: str) -> str:
    """Enter one infusion, once the baseline page is there; return its key."""
    chance = notebook.chance
    product = child.product
    has_disease = child.has_disease if course.number == 1 else True
    answers: dict[str, Any] = {
        "infused_on": course.infused_on,
        "setting": product.setting,
        "product": product.code,
        "product_other": product.name or None,
        "antigens": product.antigens,
        "costimulation": "bb",
        "cell_source": "autologous",
        "cells_million_per_kg": round(chance.around(1.8, 0.5), 2),
        "weight_at_infusion_kg": round(child.weight_kg * chance.number(0.98, 1.03), 1),
        "lymphodepletion": "flu_cy",
        "lymphodepletion_on": course.infused_on - timedelta(days=chance.pick((5, 6, 6, 7))),
        "disease_at_lymphodepletion": has_disease,
        "burden_at_lymphodepletion": (child.burden if course.number == 1 else "mrd_only") if has_disease else None,
        "bridging": chance.happens(0.6),
        "outpatient": child.burden in ("none", "mrd_only") and chance.happens(0.25),
        "infused_elsewhere": course.number > 1 and chance.happens(0.2),
    }
    return notebook.add("infusion", course.infused_on, answers, after=baseline)
