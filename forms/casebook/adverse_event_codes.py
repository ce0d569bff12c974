"""The code lists of the adverse event form."""

from __future__ import annotations

from forms.items import CodeList

EVENTS = CodeList(
    "events",
    {
        "injection_site_reaction": "Injection site reaction",
        "injection_site_pain": "Injection site pain",
        "injection_site_bruise": "Injection site bruise",
        "infusion_reaction": "Infusion reaction",
        "hypersensitivity": "Hypersensitivity or anaphylaxis",
        "headache": "Headache",
        "vomiting": "Vomiting",
        "arthralgia": "Arthralgia",
        "pyrexia": "Fever from the drug",
        "respiratory_infection": "Upper respiratory infection",
        "serious_infection": "Serious infection",
        "neutropenia": "Neutropenia",
        "thrombocytopenia": "Thrombocytopenia",
        "liver_enzymes": "Raised liver enzymes",
        "renal": "Kidney injury",
        "bleeding": "Bleeding",
        "thrombosis": "Thrombosis",
        "rash": "Rash",
        "dosing_error": "Dosing error",
        "other": "Other event",
    },
)
ERRORS = CodeList(
    "dosing_errors",
    {
        "wrong_dose": "Wrong dose",
        "tenfold": "Tenfold dose",
        "wrong_basis": "Per dose and per day mixed up",
        "wrong_route": "Wrong route",
        "wrong_interval": "Wrong interval or duplicate dose",
        "omitted": "Omitted dose",
        "wrong_drug": "Wrong drug or wrong child",
        "other": "Other error",
    },
)
SERIOUSNESS = CodeList(
    "seriousness",
    {
        "death": "Death",
        "life_threatening": "Life-threatening",
        "hospitalisation": "Hospital stay begun or prolonged",
        "disability": "Lasting disability",
        "congenital": "Congenital anomaly",
        "important": "Medically important",
    },
)
ACTIONS = CodeList(
    "actions",
    {
        "none": "None",
        "reduced": "Dose reduced",
        "held": "Held",
        "stopped": "Stopped for good",
        "route": "Route changed",
        "not_applicable": "Anakinra not running",
    },
)
OUTCOMES = CodeList(
    "event_outcomes",
    {
        "recovered": "Recovered",
        "recovering": "Recovering",
        "sequelae": "Recovered with sequelae",
        "ongoing": "Ongoing",
        "fatal": "Fatal",
    },
)
RECIPIENTS = CodeList(
    "recipients",
    {
        "none": "Nobody yet",
        "ethics": "Ethics committee",
        "regulator": "Authority",
        "manufacturer": "Manufacturer",
        "registry": "Registry's safety committee",
        "trial_sponsor": "Sponsor of the CAR T trial",
    },
)
