"""The code lists of the infection form."""

from __future__ import annotations

from forms.items import CodeList

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
