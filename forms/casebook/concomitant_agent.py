"""Form 9: one other agent against toxicity (or for prevention), from its first dose to its last."""

from __future__ import annotations

from forms.branching import When
from forms.casebook.concomitant_agent_recorded import recorded_of_agent
from forms.casebook.concomitant_agent_rules import CHECKS, timing
from forms.code_lists import DRUG_FREQUENCIES
from forms.derivations import anakinra_day, study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    QI_SITE,
    STRUCTURE,
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
_HAS_DOSE = When("agent", is_in=("plasma_exchange",), negated=True)


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
        compute=timing,
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
    checks=CHECKS,
    recorded=recorded_of_agent,
    recorded_by=("toxicity_episode", "assessment"),
)
