"""Form 9: one other agent against toxicity (or for prevention), from its first dose to its last."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from forms.branching import When
from forms.code_lists import DRUG_FREQUENCIES
from forms.context import Context
from forms.derivations import anakinra_day, study_day
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    QI_SITE,
    SOFT,
    STRUCTURE,
    WARNING,
    Choice,
    CodeList,
    Count,
    Derived,
    Item,
    Link,
    Moment,
    Number,
    Text,
    YesNo,
)
from forms.ordering import not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, earliest, latest

AGENTS = CodeList(
    "agents",
    {
        "tocilizumab": "Tocilizumab",
        "dexamethasone": "Dexamethasone",
        "methylprednisolone": "Methylprednisolone",
        "prednisone": "Prednisone or prednisolone",
        "hydrocortisone": "Hydrocortisone",
        "ruxolitinib": "Ruxolitinib",
        "other_jak": "Another JAK inhibitor",
        "emapalumab": "Emapalumab",
        "siltuximab": "Siltuximab",
        "canakinumab": "Canakinumab",
        "etanercept": "Etanercept",
        "other_tnf": "Another TNF blocker",
        "etoposide": "Etoposide",
        "cyclophosphamide": "Cyclophosphamide",
        "dasatinib": "Dasatinib",
        "ivig": "Immunoglobulin at an immunomodulating dose",
        "atg": "Antithymocyte globulin or alemtuzumab",
        "intrathecal": "Intrathecal chemotherapy or steroid",
        "plasma_exchange": "Plasma exchange",
        "other": "Other agent",
    },
)
STEROIDS = ("dexamethasone", "methylprednisolone", "prednisone", "hydrocortisone")
TNF_BLOCKERS = ("etanercept", "other_tnf")
UNITS = CodeList(
    "agent_units",
    {
        "mg": "mg per dose",
        "mg_per_kg": "mg/kg per dose",
        "mg_per_kg_day": "mg/kg per day",
        "mg_per_m2": "mg/m2 per dose",
        "g_per_kg": "g/kg per dose",
        "units": "Units per dose",
    },
)
ROUTES = CodeList(
    "agent_routes",
    {
        "iv": "Intravenous",
        "oral": "Oral or by tube",
        "sc": "Subcutaneous",
        "intrathecal": "Intrathecal",
        "topical": "Topical",
        "inhaled": "Inhaled",
        "other": "Other route",
    },
)
PURPOSES = CodeList(
    "agent_purposes",
    {
        "treatment": "Treatment of toxicity",
        "prevention": "Prevention of toxicity",
        "premedication": "Premedication",
        "replacement": "Physiological replacement",
        "antiemetic": "Against nausea",
        "gvhd": "Graft-versus-host disease",
        "other": "Other purpose",
    },
)
TIMINGS = CodeList(
    "timings",
    {
        "before": "Before anakinra only",
        "with": "With anakinra",
        "after": "After anakinra only",
        "no_anakinra": "No anakinra recorded",
    },
)
TOCILIZUMAB_BAND_KG = 30
TOCILIZUMAB_LOWEST_MG, TOCILIZUMAB_HIGHEST_MG = 20, 800
TOCILIZUMAB_MOST_DOSES = 4
_HAS_DOSE = When("agent", is_in=("plasma_exchange",), negated=True)


def _end_of(row: Row) -> datetime | None:
    """Return the latest end that is known: open while it goes on, the start itself for a single dose."""
    if answer(row, "ongoing") is True:
        return datetime.max
    stopped = latest(answer(row, "stopped_at"))
    if stopped is None and (answer(row, "frequency") == "once" or answer(row, "doses_given") == 1):
        return latest(answer(row, "started_at"))
    return stopped


def _timing(row: Row, context: Context) -> Answer | None:
    courses = [course for course in context.rows["anakinra_course"] if answer(course, "started_at") is not None]
    start = earliest(answer(row, "started_at"))
    if start is None:
        return None
    if not courses:
        return "no_anakinra"
    began = [earliest(answer(course, "started_at")) or datetime.max for course in courses]
    ended = [latest(answer(course, "stopped_at")) or datetime.max for course in courses]
    end = _end_of(row)
    if start > max(ended):
        return "after"
    if any(first <= start <= last for first, last in zip(began, ended, strict=True)):
        return "with"
    if end is None:
        return None
    if any(start <= last and first <= end for first, last in zip(began, ended, strict=True)):
        return "with"
    return "before" if end < min(began) else "after"


def _dose_is_plausible_tocilizumab(row: Row, context: Context) -> bool | None:
    dose = answer(row, "dose")
    if answer(row, "agent") != "tocilizumab" or not isinstance(dose, Decimal) or answer(row, "unit") != "mg":
        return None
    return TOCILIZUMAB_LOWEST_MG <= dose <= TOCILIZUMAB_HIGHEST_MG


def _dose_fits_the_weight_band(row: Row, context: Context) -> bool | None:
    dose, unit = answer(row, "dose"), answer(row, "unit")
    weight = answer(context.single("baseline"), "weight_kg")
    if answer(row, "agent") != "tocilizumab" or not isinstance(dose, Decimal) or not isinstance(weight, Decimal):
        return None
    per_kg = 8 if weight >= TOCILIZUMAB_BAND_KG else 12
    expected = min(per_kg * weight, Decimal(TOCILIZUMAB_HIGHEST_MG))
    given = {"mg": dose, "mg_per_kg": dose * weight}.get(str(unit))
    return None if given is None else abs(given - expected) <= expected / 10


def _tocilizumab_doses_are_few(row: Row, context: Context) -> bool | None:
    if answer(row, "agent") != "tocilizumab":
        return None
    rows = (*context.others("concomitant_agent", row), row)
    linked = set(_keys(row))
    counted = [
        _dose_count(other)
        for other in rows
        if answer(other, "agent") == "tocilizumab" and (not linked or linked & set(_keys(other)))
    ]
    return sum(counted) <= TOCILIZUMAB_MOST_DOSES


def _keys(row: Row) -> tuple[str, ...]:
    keys = answer(row, "episodes")
    return keys if isinstance(keys, tuple) else ()


def _dose_count(row: Row) -> int:
    count = answer(row, "doses_given")
    return count if isinstance(count, int) else 1


def _dose_has_a_unit(row: Row, context: Context) -> bool | None:
    return None if answer(row, "dose") is None else answer(row, "unit") is not None


def _steroid_is_systemic(row: Row, context: Context) -> bool | None:
    if answer(row, "agent") not in STEROIDS or answer(row, "route") is None:
        return None
    return answer(row, "route") not in ("topical", "inhaled")


def _tnf_blocker_is_apart(row: Row, context: Context) -> bool | None:
    return None if answer(row, "agent") not in TNF_BLOCKERS else _timing(row, context) != "with"


def _treatment_names_an_episode(row: Row, context: Context) -> bool | None:
    return None if answer(row, "purpose") != "treatment" else bool(_keys(row))


_ITEMS: dict[str, Item] = {
    "episodes": Link(
        form="toxicity_episode",
        many=True,
        label="Given for",
        section="Agent",
        privacy=STRUCTURE,
        help="Every episode it was given for; empty for prevention or replacement, such as CRS and ICANS.",
    ),
    "agent": Choice(
        label="Agent",
        codes=AGENTS,
        required=True,
        privacy=CLINICAL,
        help="Each drug has its own page, also each steroid, such as Dexamethasone.",
    ),
    "agent_other": Text(
        label="Which other agent",
        max_length=80,
        ask_if=When("agent", is_in=("other", "other_jak", "other_tnf", "atg", "intrathecal")),
        extended=True,
        privacy=FREE_TEXT,
        help="The generic name, such as baricitinib.",
    ),
    "purpose": Choice(
        label="Purpose",
        codes=PURPOSES,
        required=True,
        privacy=CLINICAL,
        help="The main purpose, such as Treatment of toxicity.",
    ),
    "started_at": Moment(
        label="First dose",
        section="Time",
        partial=True,
        required=True,
        privacy=DATE,
        help="As exactly as it is known, such as 2026-03-08 14:00 or 2026-03-08.",
    ),
    "study_day": study_day("started_at"),
    "anakinra_day": anakinra_day("started_at"),
    "ongoing": YesNo(
        label="Still given",
        privacy=CLINICAL,
        help="Yes while doses go on, such as Yes; come back and enter the last dose.",
    ),
    "stopped_at": Moment(
        label="Last dose",
        partial=True,
        ask_if=When("ongoing", negated=True),
        required=True,
        privacy=DATE,
        help="As exactly as it is known; the first dose again if there was only one, such as 2026-03-12.",
    ),
    "timing": Derived(
        label="Timing against anakinra",
        result=Choice(label="Timing against anakinra", codes=TIMINGS, privacy=CLINICAL),
        compute=_timing,
        privacy=CLINICAL,
        help="From the dates of this page and of all courses, such as Before anakinra only. Empty when they leave it "
        "open.",
    ),
    "dose": Number(
        label="Dose",
        section="Dose",
        decimals=3,
        low=0,
        high=10_000,
        beyond=CONFIRM,
        ask_if=_HAS_DOSE,
        required=True,
        derives_from=("baseline.weight_kg",),
        privacy=CLINICAL,
        help="The usual dose, such as 10. A markedly different dose later is a page of its own.",
    ),
    "unit": Choice(
        label="Unit of the dose",
        codes=UNITS,
        ask_if=_HAS_DOSE,
        required=True,
        privacy=CLINICAL,
        help="As ordered, such as mg per dose.",
    ),
    "frequency": Choice(
        label="Frequency",
        codes=DRUG_FREQUENCIES,
        ask_if=_HAS_DOSE,
        required=True,
        privacy=CLINICAL,
        help="The usual interval, such as Every 6 hours; Once for a single dose.",
    ),
    "doses_given": Count(
        label="Doses given",
        low=0,
        high=500,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="All doses on this page, such as 2.",
    ),
    "route": Choice(
        label="Route",
        codes=ROUTES,
        ask_if=_HAS_DOSE,
        extended=True,
        privacy=CLINICAL,
        help="The usual route, such as Intravenous.",
    ),
    "tapered": YesNo(
        label="Tapered",
        extended=True,
        privacy=CLINICAL,
        help="Yes if lowered step by step before the end, such as Yes for dexamethasone over 5 days.",
    ),
    "responded": YesNo(
        label="Response to it",
        section="Effect and choice",
        extended=True,
        privacy=CLINICAL,
        help="The team's judgement after 24 to 48 hours, such as No for fever that went on.",
    ),
    "shortage": YesNo(
        label="Chosen because another agent was short",
        required=True,
        privacy=QI_SITE,
        help="Yes if supply, not medicine, decided, such as Yes when tocilizumab could not be had.",
    ),
    "comment": Text(
        label="Comment",
        max_length=300,
        extended=True,
        privacy=FREE_TEXT,
        help="Anything that explains dose or timing, such as given before transfer. No names.",
    ),
}

CONCOMITANT_AGENT = Form(
    name="concomitant_agent",
    number=9,
    title="Concomitant agent",
    intro="One page per agent and stretch of dosing: tocilizumab, each steroid and every other immunosuppressant.",
    version=1,
    day_item="started_at",
    summary=("agent", "started_at", "stopped_at", "purpose"),
    items=_ITEMS,
    checks=(
        not_before_infusion(
            "concomitant_agent",
            "started_at",
            label="The first dose",
            severity=CONFIRM,
            unless=When("purpose", is_in=("prevention", "premedication", "replacement", "gvhd", "other")),
        ),
        not_after_death("concomitant_agent", "started_at", label="The first dose"),
        not_before(
            "concomitant_agent",
            "stopped_at",
            "started_at",
            message="The last dose {stopped_at} is before the first {started_at}. Check both times.",
        ),
        Check(
            id="concomitant_agent.dose_has_unit",
            severity=SOFT,
            items=("dose", "unit"),
            message="A dose of {dose} without its unit cannot be used. Choose the unit.",
            holds=_dose_has_a_unit,
        ),
        Check(
            id="concomitant_agent.tocilizumab_dose",
            severity=CONFIRM,
            items=("dose", "agent"),
            message="{dose} mg of tocilizumab is outside 20 to 800 mg. Check it against the source.",
            holds=_dose_is_plausible_tocilizumab,
        ),
        Check(
            id="concomitant_agent.tocilizumab_band",
            severity=SOFT,
            items=("dose", "agent"),
            message="{dose} is more than a tenth from 12 mg/kg (under 30 kg) or 8 mg/kg (30 kg and over, at most "
            "800 mg). Correct it, or say why.",
            holds=_dose_fits_the_weight_band,
        ),
        Check(
            id="concomitant_agent.tocilizumab_doses",
            severity=CONFIRM,
            items=("agent", "doses_given"),
            message="This makes more than 4 doses of tocilizumab for the episode. Check that no dose is entered twice.",
            holds=_tocilizumab_doses_are_few,
            uses=("concomitant_agent",),
        ),
        Check(
            id="concomitant_agent.steroid_is_systemic",
            severity=WARNING,
            items=("agent", "route"),
            message="Topical and inhaled steroid is not asked here. Fine if you want to keep it.",
            holds=_steroid_is_systemic,
        ),
        Check(
            id="concomitant_agent.tnf_blocker",
            severity=WARNING,
            items=("agent",),
            message="A TNF blocker together with anakinra raises the risk of infection. Look for an infection page.",
            holds=_tnf_blocker_is_apart,
        ),
        Check(
            id="concomitant_agent.treatment_names_episode",
            severity=SOFT,
            items=("episodes", "purpose"),
            message="It was given as treatment, but no episode is chosen. Choose the episodes it was given for.",
            holds=_treatment_names_an_episode,
        ),
    ),
)
