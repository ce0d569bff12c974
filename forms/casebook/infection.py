"""Form 10: one infection that needed treatment, with the facts its severity is derived from."""

from __future__ import annotations

from forms import analytes
from forms.branching import When
from forms.code_lists import CTCAE_VERSIONS, IMMUNOSUPPRESSANTS
from forms.context import Context
from forms.derivations import anakinra_day, study_day
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    HARD,
    SOFT,
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    Item,
    MultiChoice,
    Text,
    YesNo,
)
from forms.ordering import not_after_death, not_before, not_before_infusion
from forms.values import Answer, Row, answer, earliest, latest

SITES = CodeList(
    "infection_sites",
    {
        "bloodstream": "Bloodstream",
        "catheter": "Central line",
        "upper_respiratory": "Upper airways",
        "lower_respiratory": "Lungs and lower airways",
        "gastrointestinal": "Gut",
        "hepatobiliary": "Liver and bile ducts",
        "urinary": "Urinary tract",
        "skin": "Skin and soft tissue",
        "cns": "Central nervous system",
        "viremia": "Virus in blood without organ disease",
        "disseminated": "Disseminated (two or more organs)",
        "fever_neutropenia": "Fever in neutropenia without a site",
        "other": "Other site",
    },
)
CLASSES = CodeList(
    "organism_classes",
    {
        "bacterial": "Bacteria",
        "viral": "Virus",
        "yeast": "Yeast",
        "mould": "Mold",
        "pneumocystis": "Pneumocystis",
        "parasitic": "Parasite",
        "mycobacterial": "Mycobacteria",
        "none_found": "No organism found (culture-negative)",
    },
)
ORGANISM_CLASSES = {
    "staphylococcus_aureus": "bacterial",
    "coagulase_negative_staphylococcus": "bacterial",
    "viridans_streptococcus": "bacterial",
    "enterococcus": "bacterial",
    "escherichia_coli": "bacterial",
    "klebsiella": "bacterial",
    "pseudomonas": "bacterial",
    "other_gram_negative": "bacterial",
    "clostridioides_difficile": "bacterial",
    "cmv": "viral",
    "ebv": "viral",
    "hhv6": "viral",
    "adenovirus": "viral",
    "bk_virus": "viral",
    "hsv_vzv": "viral",
    "respiratory_virus": "viral",
    "sars_cov_2": "viral",
    "norovirus": "viral",
    "candida": "yeast",
    "aspergillus": "mould",
    "mucorales": "mould",
}
ORGANISMS = CodeList(
    "organisms",
    {
        "staphylococcus_aureus": "Staphylococcus aureus",
        "coagulase_negative_staphylococcus": "Coagulase-negative staphylococcus",
        "viridans_streptococcus": "Viridans streptococcus",
        "enterococcus": "Enterococcus",
        "escherichia_coli": "Escherichia coli",
        "klebsiella": "Klebsiella",
        "pseudomonas": "Pseudomonas",
        "other_gram_negative": "Other gram-negative rod",
        "clostridioides_difficile": "Clostridioides difficile",
        "cmv": "Cytomegalovirus",
        "ebv": "Epstein-Barr virus",
        "hhv6": "Human herpesvirus 6",
        "adenovirus": "Adenovirus",
        "bk_virus": "BK virus",
        "hsv_vzv": "Herpes simplex or varicella zoster virus",
        "respiratory_virus": "Respiratory virus (RSV, influenza, rhinovirus and others)",
        "sars_cov_2": "SARS-CoV-2",
        "norovirus": "Norovirus",
        "candida": "Candida",
        "aspergillus": "Aspergillus",
        "mucorales": "Mucorales",
        "other": "Other organism",
    },
)
CERTAINTIES = CodeList(
    "certainties",
    {
        "microbiological": "Organism found",
        "clinical": "Clinical or imaging only",
        "suspected": "Treated on suspicion",
    },
)
FUNGAL_CERTAINTIES = CodeList(
    "fungal_certainties", {"proven": "Proven", "probable": "Probable", "possible": "Possible"}
)
SAMPLES = CodeList(
    "infection_samples",
    {
        "blood_culture": "Blood culture",
        "blood_pcr": "PCR in blood",
        "airway": "Airway sample",
        "stool": "Stool",
        "urine": "Urine",
        "csf": "Cerebrospinal fluid",
        "tissue": "Tissue",
        "antigen": "Antigen (such as galactomannan)",
        "none": "None positive",
    },
)
PRESENCES = CodeList(
    "presences",
    {
        "new": "New since infusion",
        "reactivated": "Reactivated latent infection",
        "worsened": "Known before and worse",
        "unchanged": "Known before, unchanged",
    },
)
TREATMENT_ROUTES = CodeList(
    "treatment_routes",
    {"none": "None", "oral": "By mouth only", "iv": "Intravenous", "other": "Other (inhaled, topical)"},
)
SEVERITIES = CodeList(
    "infection_severities",
    {
        "mild": "Mild: none or oral treatment",
        "moderate": "Moderate: oral or IV treatment as an outpatient",
        "severe": "Severe: IV treatment in hospital",
        "life_threatening": "Life-threatening",
        "fatal": "Fatal",
    },
)
OUTCOMES = CodeList(
    "infection_outcomes",
    {"resolved": "Resolved", "controlled": "Controlled, still treated", "ongoing": "Ongoing", "fatal": "Fatal"},
)
RELATIONS = CodeList(
    "relations",
    {
        "before": "Before anakinra",
        "during": "On anakinra (between first and last dose)",
        "after": "After the last dose of anakinra",
        "no_anakinra": "No anakinra recorded",
    },
)
_VIRAL = When("organism_class", is_in=("viral",))
_FUNGAL = When("organism_class", is_in=("yeast", "mould", "pneumocystis"))


def _relation(row: Row, context: Context) -> Answer | None:
    first, last = earliest(answer(row, "onset_on")), latest(answer(row, "onset_on"))
    if first is None or last is None:
        return None
    spans = [
        (earliest(answer(course, "started_at")), latest(answer(course, "stopped_at")))
        for course in context.rows["anakinra_course"]
    ]
    begun = [(start, stop) for start, stop in spans if start is not None]
    if not begun:
        return "no_anakinra"
    if last.date() < min(start for start, _ in begun).date():
        return "before"
    for start, stop in begun:
        if first.date() >= start.date() and (stop is None or last.date() <= stop.date()):
            return "during"
    stops = [stop.date() for _, stop in begun if stop is not None]
    ended = len(stops) == len(begun) and all(first.date() > stop for stop in stops)
    return "after" if ended else None


def _organism_fits_class(row: Row, context: Context) -> bool | None:
    expected = ORGANISM_CLASSES.get(str(answer(row, "organism")))
    found = answer(row, "organism_class")
    return None if expected is None or found is None else expected == found


def _bloodstream_has_a_culture(row: Row, context: Context) -> bool | None:
    samples = answer(row, "positive_samples")
    if answer(row, "infection_site") != "bloodstream" or not isinstance(samples, tuple):
        return None
    return "blood_culture" in samples


_PRE_EXISTING = When("presence", is_in=("worsened", "unchanged"))

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
        compute=_relation,
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
        help="The worst it became, such as Severe: IV treatment in hospital.",
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
    checks=(
        not_before_infusion("infection", "onset_on", label="Onset", unless=_PRE_EXISTING),
        not_after_death("infection", "onset_on", label="Onset"),
        not_before(
            "infection",
            "resolved_on",
            "onset_on",
            severity=HARD,
            message="Resolution on {resolved_on} is before the onset on {onset_on}. Check both dates.",
        ),
        Check(
            id="infection.organism_fits_class",
            severity=SOFT,
            items=("organism", "organism_class"),
            message="{organism} does not belong to {organism_class}. Correct one of them, or say why.",
            holds=_organism_fits_class,
        ),
        Check(
            id="infection.bloodstream_culture",
            severity=SOFT,
            items=("infection_site", "positive_samples"),
            message="A bloodstream infection needs a positive blood culture. Add it, or say why there is none.",
            holds=_bloodstream_has_a_culture,
        ),
    ),
)
