"""The code lists of the anakinra course form."""

from __future__ import annotations

from forms.items import CodeList

TRIGGERS = CodeList(
    "triggers",
    {
        "no_response": "No response to earlier treatment",
        "worsening": "Worsening signs",
        "relapsing": "Return after a first response",
        "laboratory": "Laboratory values",
        "protocol": "The site's protocol calls for it",
        "toxicity_of_other": "Side effects of another agent",
        "shortage": "Another agent was not available",
        "other": "Other",
    },
)
REASONS_NOT_GIVEN = CodeList(
    "reasons_not_given",
    {
        "responding": "Responding to other treatment",
        "protocol": "The site's protocol gives another agent first",
        "infection": "Infection",
        "allergy": "Allergy",
        "cytopenia": "Cytopenia",
        "not_available": "Not available",
        "declined": "Family or patient declined",
        "palliative": "Goals of care",
        "died_first": "Died or left before it could be given",
        "other": "Other",
    },
)
ROUTE_REASONS = CodeList(
    "route_reasons",
    {
        "standard": "The site's usual route",
        "edema": "Edema or poor perfusion of the skin",
        "platelets": "Low platelets, coagulopathy, bruising",
        "pain": "Pain of the injection",
        "csf": "To reach the cerebrospinal fluid",
        "no_access": "No line, or line needed otherwise",
        "dose": "Dose too large for the skin",
        "other": "Other",
    },
)
STOP_REASONS = CodeList(
    "stop_reasons",
    {
        "resolved": "Toxicity resolved",
        "improved": "Toxicity improved to the site's threshold",
        "no_response": "No response",
        "infection": "Infection",
        "adverse_event": "Adverse event",
        "cytopenia": "Cytopenia",
        "switched": "Changed to another agent",
        "discharge": "Discharge or transfer",
        "family": "Wish of family or patient",
        "supply": "Not available",
        "died": "Death",
        "other": "Other",
    },
)
