"""Form 15: where the child was and what kept it going: stays, organ support, blood products, growth factors."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from forms.anchors import of_all
from forms.branching import When
from forms.context import Context
from forms.derivations import anakinra_day, days_between, study_day
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    HARD,
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
from forms.ordering import entered_in_time, not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, earliest, is_before, latest

KINDS = CodeList(
    "support_kinds",
    {
        "admission": "Hospital admission",
        "icu": "Intensive care stay",
        "discharge": "Discharge home",
        "transfer": "Transfer to another hospital",
        "ventilation": "Ventilation (invasive or by mask)",
        "ecmo": "ECMO",
        "dialysis": "Dialysis or hemofiltration",
        "red_cells": "Red cells",
        "platelets": "Platelets",
        "plasma": "Plasma",
        "cryoprecipitate_fibrinogen": "Cryoprecipitate or fibrinogen",
        "g_csf": "G-CSF",
        "tpo_agonist": "Thrombopoietin receptor agonist",
        "ivig": "Immunoglobulin replacement",
        "stem_cell_boost": "Stem cell boost",
        "parenteral_nutrition": "Parenteral nutrition",
        "antimicrobial": "Antimicrobial",
        "antiseizure": "Antiseizure drug",
        "csf_drainage": "Drainage of cerebrospinal fluid",
    },
)
PURPOSES = CodeList(
    "support_purposes",
    {
        "prophylaxis": "Prophylaxis",
        "empiric": "Empiric treatment",
        "treatment": "Treatment",
        "toxicity": "Because of CRS, ICANS or HLH-like toxicity",
        "planned": "Planned from the start",
        "other": "Other purpose",
    },
)
ANTIMICROBIALS = CodeList(
    "antimicrobials",
    {
        "antibacterial": "Antibacterial",
        "antifungal_yeast": "Antifungal against yeast",
        "antifungal_mould": "Antifungal against mold too",
        "antiviral": "Antiviral",
        "pneumocystis": "Against pneumocystis",
    },
)
TRANSFUSIONS = ("red_cells", "platelets", "plasma", "cryoprecipitate_fibrinogen")
EVENTS = ("discharge", "transfer", *TRANSFUSIONS, "stem_cell_boost")
"""Kinds that happen once; all others last from a start to an end."""


LONG_TREATMENT = timedelta(hours=72)
"""Antimicrobials given for longer than this, not as prophylaxis, speak for an infection."""


def _treated_infection_has_a_page(row: Row, context: Context) -> bool | None:
    if answer(row, "kind") != "antimicrobial" or answer(row, "purpose") not in ("empiric", "treatment"):
        return None
    began, ended = latest(answer(row, "started_at")), earliest(answer(row, "ended_at"))
    until = ended or datetime.combine(context.today, time.min)
    if began is None or until - began <= LONG_TREATMENT:
        return None
    return bool(_infections_then(row, context))


def _infections_then(row: Row, context: Context) -> list[Row]:
    """Return the infections that may have been there while the drug was given."""
    start, end = answer(row, "started_at"), answer(row, "ended_at")
    return [
        infection
        for infection in context.rows["infection"]
        if not is_before(end, answer(infection, "onset_on")) and not is_before(answer(infection, "resolved_on"), start)
    ]


def _duration(row: Row, context: Context) -> Answer | None:
    return days_between(answer(row, "started_at"), answer(row, "ended_at"))


_ITEMS: dict[str, Item] = {
    "infusion": Link(
        form="infusion",
        label="Infusion",
        section="Support",
        required=True,
        privacy=STRUCTURE,
        help="The infusion it belongs to, such as the one of 2026-03-05.",
    ),
    "kind": Choice(
        label="Kind",
        codes=KINDS,
        required=True,
        missing=False,
        privacy=CLINICAL,
        help="One page per stay, product or drug, such as Intensive care stay.",
    ),
    "started_at": Moment(
        label="Start",
        partial=True,
        required=True,
        known_to_outsiders=True,
        privacy=DATE,
        help="As exactly as known; for a transfusion its only time, such as 2026-03-09 22:00 or 2026-03-09.",
    ),
    "study_day": study_day("started_at"),
    "anakinra_day": anakinra_day("started_at"),
    "ended_at": Moment(
        label="End",
        partial=True,
        ask_if=When.all_of(When("kind"), When("kind", is_in=EVENTS, negated=True)),
        known_to_outsiders=True,
        privacy=DATE,
        help="As exactly as known; leave empty while it goes on, such as 2026-03-14.",
    ),
    "duration_days": Derived(
        label="Days from start to end",
        unit="days",
        result=Count(label="Days from start to end", unit="days", low=-40000, high=40000, privacy=DATE),
        compute=_duration,
        derives_from=("started_at", "ended_at"),
        privacy=DATE,
        help="Calendar days between start and end, such as 5. Empty while it goes on.",
    ),
    "purpose": Choice(
        label="Purpose",
        codes=PURPOSES,
        ask_if=When("kind", is_in=("discharge", "transfer"), negated=True),
        required=True,
        privacy=CLINICAL,
        help="The main purpose, such as Prophylaxis.",
    ),
    "antimicrobial": Choice(
        label="Kind of antimicrobial",
        codes=ANTIMICROBIALS,
        ask_if=When("kind", is_in=("antimicrobial",)),
        required=True,
        privacy=CLINICAL,
        help="By its main effect, such as Antifungal against mold too.",
    ),
    "drug_name": Text(
        label="Drug",
        max_length=80,
        ask_if=When("kind", is_in=("antimicrobial", "antiseizure", "tpo_agonist")),
        extended=True,
        privacy=FREE_TEXT,
        help="The generic name, such as micafungin.",
    ),
    "volume_ml_kg": Number(
        label="Volume given",
        unit="mL/kg",
        decimals=1,
        low=0,
        high=200,
        beyond=CONFIRM,
        ask_if=When("kind", is_in=TRANSFUSIONS),
        extended=True,
        privacy=CLINICAL,
        help="Of this transfusion, such as 10.",
    ),
    "for_bleeding": YesNo(
        label="Given for bleeding",
        ask_if=When("kind", is_in=TRANSFUSIONS),
        extended=True,
        privacy=CLINICAL,
        help="Yes if for a bleed, No if only for a low value, such as No.",
    ),
    "invasive": YesNo(
        label="Invasive",
        ask_if=When("kind", is_in=("ventilation",)),
        required=True,
        privacy=CLINICAL,
        help="Yes with a tube, No by mask, such as Yes.",
    ),
    "unplanned": YesNo(
        label="Unplanned",
        ask_if=When("kind", is_in=("admission", "icu")),
        extended=True,
        privacy=CLINICAL,
        help="Yes if the child's state made it necessary, such as Yes.",
    ),
    "to_registry_site": YesNo(
        label="To another center of the registry",
        ask_if=When("kind", is_in=("transfer",)),
        extended=True,
        privacy=CLINICAL,
        help="Yes if that center goes on with this casebook, such as No.",
    ),
    "ongoing_toxicity": YesNo(
        label="Toxicity still present",
        ask_if=When("kind", is_in=("discharge", "transfer")),
        required=True,
        privacy=CLINICAL,
        help="Yes if any toxicity was above grade 0 on leaving, such as No.",
    ),
}

SUPPORT = Form(
    name="support",
    number=15,
    title="Support and setting",
    intro="One page per stay, discharge or transfer, organ support, blood product, growth factor or other drug.",
    version=1,
    day_item="started_at",
    summary=("kind", "started_at", "ended_at", "purpose"),
    items=_ITEMS,
    checks=(
        not_before_infusion(
            "support",
            "started_at",
            label="The start",
            severity=CONFIRM,
            unless=When("kind", is_in=("admission", "antimicrobial", "antiseizure", "ivig", "parenteral_nutrition")),
        ),
        not_after_death("support", "started_at", label="The start", severity=HARD),
        not_after_death("support", "ended_at", label="The end"),
        entered_in_time("support", "started_at"),
        not_before(
            "support",
            "ended_at",
            "started_at",
            message="The end {ended_at} is before the start {started_at}. Check both times.",
        ),
        Check(
            id="support.treatment_has_infection",
            group=38,
            severity=WARNING,
            items=("kind", "purpose", "started_at", "ended_at"),
            message="An antimicrobial was given for more than 72 hours, not as prophylaxis, and there is no page of an "
            "infection then. Add the infection, or correct the purpose.",
            holds=_treated_infection_has_a_page,
            uses=("infection",),
            also=of_all("infection", "onset_on", "resolved_on"),
        ),
    ),
)
