"""Form 10: one infection that needed treatment, with the facts its severity is derived from."""

from __future__ import annotations

from forms import analytes
from forms.branching import When
from forms.casebook.infection_codes import (
    CERTAINTIES,
    CLASSES,
    FUNGAL_CERTAINTIES,
    ORGANISMS,
    OUTCOMES,
    PRESENCES,
    RELATIONS,
    SAMPLES,
    SEVERITIES,
    SITES,
    TREATMENT_ROUTES,
)
from forms.casebook.infection_rules import CHECKS, relation
from forms.casebook.recorded_elsewhere import recorded_at_infection
from forms.code_lists import CTCAE_VERSIONS, IMMUNOSUPPRESSANTS
from forms.derivations import anakinra_day, study_day
from forms.form import Form
from forms.items import CLINICAL, CONFIRM, DATE, FREE_TEXT, Choice, Count, Day, Derived, Item, MultiChoice, Text, YesNo

_VIRAL = When("organism_class", is_in=("viral",))
_FUNGAL = When("organism_class", is_in=("yeast", "mould", "pneumocystis"))

_WHAT: dict[str, Item] = {
    "onset_on": Day(
        label="Onset",
        section="Infection",
        partial=True,
        required=True,
        privacy=DATE,
        help="First sign or first positive sample, whichever came first, such as 2026-03-19.",
    ),
    "study_day": study_day("onset_on"),
    "anakinra_day": anakinra_day("onset_on"),
    "relation": Derived(
        label="Onset against anakinra",
        result=Choice(label="Onset against anakinra", codes=RELATIONS, privacy=CLINICAL),
        compute=relation,
        privacy=CLINICAL,
        help="From this onset and all courses, by calendar day, such as On anakinra. Empty when they leave it open.",
    ),
    "presence": Choice(
        label="New or known before",
        codes=PRESENCES,
        required=True,
        privacy=CLINICAL,
        help="Compared with the day of infusion, such as New since infusion.",
    ),
    "infection_site": Choice(
        label="Site of infection",
        codes=SITES,
        required=True,
        privacy=CLINICAL,
        help="The main site; two organs make it disseminated, such as Bloodstream.",
    ),
    "organism_class": Choice(
        label="Kind of organism",
        codes=CLASSES,
        required=True,
        privacy=CLINICAL,
        help="One page per organism, such as Bacteria.",
    ),
    "organism": Choice(
        label="Organism",
        codes=ORGANISMS,
        ask_if=When("organism_class", is_in=("none_found",), negated=True),
        required=True,
        privacy=CLINICAL,
        help="The nearest entry, such as Escherichia coli.",
    ),
    "organism_other": Text(
        label="Which organism",
        max_length=120,
        ask_if=When("organism", is_in=("other", "other_gram_negative", "respiratory_virus")),
        extended=True,
        privacy=FREE_TEXT,
        help="As the laboratory reported it, such as Stenotrophomonas maltophilia.",
    ),
    "certainty": Choice(
        label="How certain",
        codes=CERTAINTIES,
        required=True,
        privacy=CLINICAL,
        help="What the diagnosis rests on, such as Organism found.",
    ),
    "positive_samples": MultiChoice(
        label="Positive samples",
        codes=SAMPLES,
        none="none",
        extended=True,
        privacy=CLINICAL,
        help="All that were positive, such as Blood culture.",
    ),
    "first_positive_on": Day(
        label="First positive sample drawn on",
        partial=True,
        extended=True,
        privacy=DATE,
        help="The day it was drawn, not reported, such as 2026-03-19.",
    ),
    "fungal_certainty": Choice(
        label="Fungal disease",
        codes=FUNGAL_CERTAINTIES,
        ask_if=_FUNGAL,
        extended=True,
        privacy=CLINICAL,
        help="By EORTC/MSG criteria, such as Probable.",
    ),
    "viral_disease": YesNo(
        label="Virus with organ disease",
        ask_if=_VIRAL,
        extended=True,
        privacy=CLINICAL,
        help="Yes if an organ was affected, not blood alone, such as Yes for colitis.",
    ),
    "viral_load": analytes.VIRAL_LOAD.item(
        label="Highest viral load",
        ask_if=_VIRAL,
        extended=True,
        privacy=CLINICAL,
        help="In copies/mL or IU/mL as reported, such as 12000 IU/mL.",
    ),
    "resistant": YesNo(
        label="Resistant to the usual drugs",
        extended=True,
        privacy=CLINICAL,
        help="Such as Yes for an ESBL producer, MRSA, VRE or a virus resistant to ganciclovir.",
    ),
}

_CIRCUMSTANCES: dict[str, Item] = {
    "anc_at_onset": analytes.ANC.item(
        section="At onset",
        label="Neutrophils at onset",
        required=True,
        privacy=CLINICAL,
        help="Within 48 hours of onset, such as 0.1.",
    ),
    "igg_at_onset": analytes.IGG.item(
        label="Immunoglobulin G at onset",
        extended=True,
        privacy=CLINICAL,
        help="The last value in the month before, such as 320.",
    ),
    "fever_masked": YesNo(
        label="No fever at onset under a drug that hides it",
        extended=True,
        privacy=CLINICAL,
        help="Yes if afebrile on anakinra, steroid or tocilizumab, such as Yes for a positive surveillance culture.",
    ),
    "on_prophylaxis": YesNo(
        label="Despite prophylaxis against this kind of organism",
        extended=True,
        privacy=CLINICAL,
        help="Yes for a breakthrough, such as Yes for candida under micafungin.",
    ),
    "prophylaxis_changed": YesNo(
        label="Prophylaxis changed because of anakinra",
        extended=True,
        privacy=CLINICAL,
        help="Yes if widened when anakinra began, such as Yes for a mold-active drug added.",
    ),
    "agents_7_days": MultiChoice(
        label="Immunosuppressants in the 7 days before",
        codes=IMMUNOSUPPRESSANTS,
        none="none",
        required=True,
        privacy=CLINICAL,
        help="All that were given, such as Anakinra and Systemic steroid.",
    ),
    "agents_30_days": MultiChoice(
        label="Immunosuppressants in the 30 days before",
        codes=IMMUNOSUPPRESSANTS,
        none="none",
        extended=True,
        privacy=CLINICAL,
        help="All that were given, those of the last 7 days too, such as Tocilizumab.",
    ),
}

_COURSE: dict[str, Item] = {
    "treatment_route": Choice(
        label="Treatment",
        section="Treatment and outcome",
        codes=TREATMENT_ROUTES,
        required=True,
        privacy=CLINICAL,
        help="The most that was needed, such as Intravenous.",
    ),
    "treatment_days": Count(
        label="Days of treatment",
        unit="days",
        low=0,
        high=730,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="Days with a treating dose, prophylaxis left out, such as 14.",
    ),
    "admitted": YesNo(
        label="Admitted, or stay prolonged, because of it",
        required=True,
        privacy=CLINICAL,
        help="Yes if it alone would have kept the child in hospital, such as Yes.",
    ),
    "organ_support": YesNo(
        label="Organ support or intensive care because of it",
        required=True,
        privacy=CLINICAL,
        help="Vasoactive drugs, ventilation, dialysis or ICU, such as No.",
    ),
    "procedure": YesNo(
        label="Operation, drainage or line removal",
        extended=True,
        privacy=CLINICAL,
        help="Any procedure to treat it, such as Yes for a removed line.",
    ),
    "anakinra_changed": YesNo(
        label="Anakinra held or stopped because of it",
        extended=True,
        privacy=CLINICAL,
        help="Mark as not applicable when no anakinra was running, such as Yes for two held doses.",
    ),
    "severity": Choice(
        label="Severity by the clinician",
        codes=SEVERITIES,
        extended=True,
        privacy=CLINICAL,
        help="The worst it became. Mild: by mouth at most, and not in hospital for it. Moderate: IV at home, or by "
        "mouth in hospital. Severe: IV in hospital, such as for a line infection. Life-threatening: organ support or "
        "intensive care. Fatal: the child died of it.",
    ),
    "ctcae_grade": Count(
        label="CTCAE grade",
        low=1,
        high=5,
        extended=True,
        privacy=CLINICAL,
        help="1 to 5 for the term of the site, such as 3.",
    ),
    "ctcae_version": Choice(
        label="CTCAE version",
        codes=CTCAE_VERSIONS,
        ask_if=When("ctcae_grade"),
        extended=True,
        privacy=CLINICAL,
        help="The version the grade was read from, such as CTCAE version 5.",
    ),
    "outcome": Choice(
        label="Outcome",
        codes=OUTCOMES,
        required=True,
        privacy=CLINICAL,
        help="As far as it is known today, such as Resolved.",
    ),
    "resolved_on": Day(
        label="Resolved on",
        partial=True,
        ask_if=When("outcome", is_in=("resolved",)),
        extended=True,
        privacy=DATE,
        help="The last day of signs or treatment, such as 2026-04-02.",
    ),
    "comment": Text(
        label="Comment",
        max_length=500,
        extended=True,
        privacy=FREE_TEXT,
        help="What the questions do not catch, such as two organisms in one culture. No names.",
    ),
}

INFECTION = Form(
    name="infection",
    number=10,
    title="Infection",
    intro="One page per organism and site. Only infections that were treated count; fever alone is not one.",
    version=1,
    day_item="onset_on",
    summary=("onset_on", "infection_site", "organism", "outcome"),
    items={**_WHAT, **_CIRCUMSTANCES, **_COURSE},
    checks=CHECKS,
    recorded=recorded_at_infection,
    recorded_by=("concomitant_agent",),
)
