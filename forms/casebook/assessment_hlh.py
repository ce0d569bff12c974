"""The part of the assessment on HLH-like toxicity: each criterion by itself, so that any definition can be derived."""

from __future__ import annotations

from decimal import Decimal

from forms.branching import When
from forms.code_lists import DEFINITIONS
from forms.items import CLINICAL, CONFIRM, QI_SITE, Choice, CodeList, Item, MultiChoice, Number, YesNo

BLEEDING = CodeList(
    "bleeding",
    {
        "none": "None",
        "minor": "Minor (bruising, mucosal)",
        "transfused": "Needed red cells",
        "life_threatening": "Life-threatening",
    },
)
PULMONARY_EDEMA = CodeList(
    "pulmonary_edema",
    {
        "none": "None",
        "imaging": "On imaging only",
        "oxygen": "With oxygen or diuretics",
        "ventilation": "With ventilation",
    },
)
EXCLUDED_CAUSES = CodeList(
    "excluded_causes",
    {"none": "None yet", "crs": "CRS alone", "infection": "Infection", "progression": "Progression of the disease"},
)

_SUSPECTED = When("carhlh_suspected")


def _criterion(label: str, example: str, *, extended: bool = True) -> YesNo:
    return YesNo(label=label, ask_if=_SUSPECTED, extended=extended, privacy=CLINICAL, help=f"Such as {example}.")


HLH: dict[str, Item] = {
    "carhlh_suspected": YesNo(
        label="carHLH suspected",
        section="HLH-like toxicity (carHLH)",
        required=True,
        privacy=CLINICAL,
        help="Yes as soon as the team considers it, such as Yes when ferritin doubles within a day.",
    ),
    "ferritin_rising": _criterion("Ferritin rising rapidly", "Yes for 3,000 yesterday and 9,000 today", extended=False),
    "onset_with_resolving_crs": _criterion(
        "Began as CRS resolved, or worse after a first response", "Yes when fever had gone for two days"
    ),
    "new_cytopenia": _criterion("New, worsening or refractory cytopenia", "Yes for platelets that no longer respond"),
    "coagulopathy": _criterion("Coagulopathy", "Yes for fibrinogen under 150 mg/dL or a prolonged aPTT"),
    "splenomegaly": _criterion("Spleen newly enlarged", "Yes for 3 cm below the rib that was not felt before"),
    "haemophagocytosis": _criterion("Hemophagocytosis in marrow or an organ", "Not done when there was no biopsy"),
    "nk_activity_low": _criterion("NK-cell activity low or absent", "Not done when it was not sent"),
    "renal_insufficiency": _criterion("New renal insufficiency", "Yes for a creatinine doubled since infusion"),
    "urine_output_ml_kg_h": Number(
        label="Urine output over the last 8 hours",
        unit="mL/kg/h",
        decimals=2,
        low=0,
        high=30,
        beyond=CONFIRM,
        soft_low=Decimal("0.5"),
        ask_if=_SUSPECTED,
        extended=True,
        privacy=CLINICAL,
        help="Milliliters per kg and hour over 8 hours, such as 0.4 for oliguria.",
    ),
    "pulmonary_edema": Choice(
        label="Pulmonary edema",
        codes=PULMONARY_EDEMA,
        ask_if=_SUSPECTED,
        extended=True,
        privacy=CLINICAL,
        help="The worst of this assessment, such as On imaging only.",
    ),
    "bleeding": Choice(
        label="Bleeding",
        codes=BLEEDING,
        ask_if=_SUSPECTED,
        extended=True,
        privacy=CLINICAL,
        help="The worst since the last assessment, such as Needed red cells.",
    ),
    "intervention_needed": _criterion(
        "Treatment needed for it", "Yes for immunosuppression or for plasma given against low fibrinogen"
    ),
    "excluded_causes": MultiChoice(
        label="Causes excluded",
        codes=EXCLUDED_CAUSES,
        none="none",
        ask_if=_SUSPECTED,
        extended=True,
        privacy=CLINICAL,
        help="What the team has ruled out, such as Infection after negative cultures.",
    ),
    "carhlh_definition": Choice(
        label="Definition the clinician used",
        codes=DEFINITIONS,
        ask_if=_SUSPECTED,
        extended=True,
        privacy=QI_SITE,
        help="The criteria in use at the site that day, such as IEC-HS 2023.",
    ),
}
