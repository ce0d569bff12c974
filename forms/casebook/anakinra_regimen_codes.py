"""The code lists of the anakinra regimen form."""

from __future__ import annotations

from forms.items import CodeList

ROUNDINGS = CodeList(
    "roundings",
    {
        "none": "Not rounded",
        "nearest_mg": "To the nearest mg",
        "nearest_5_mg": "To the nearest 5 mg",
        "nearest_10_mg": "To the nearest 10 mg",
        "syringe_per_dose": "To whole syringes, each dose",
        "syringe_per_day": "To whole syringes, each day",
        "other": "Other rule",
    },
)
CAPS = CodeList(
    "caps",
    {
        "none": "No cap applied",
        "single": "Capped per dose",
        "daily": "Capped per day",
        "both": "Capped per dose and per day",
    },
)
CHANGE_REASONS = CodeList(
    "change_reasons",
    {
        "start": "First regimen of the course",
        "no_response": "No or too little response",
        "improving": "Improving (taper)",
        "worsening": "Worsening",
        "infection": "Infection",
        "cytopenia": "Cytopenia",
        "renal": "Kidney function",
        "route": "Change of route only",
        "weight": "New weight",
        "adverse_event": "Adverse event",
        "error": "Correction of an error",
        "other": "Other",
    },
)
HOLD_REASONS = CodeList(
    "hold_reasons",
    {
        "none": "No dose was held, missed or partial",
        "infection": "Infection",
        "cytopenia": "Cytopenia",
        "procedure": "Procedure",
        "access": "No access",
        "supply": "Not available",
        "refused": "Refused",
        "oversight": "Oversight",
        "other": "Other",
    },
)
