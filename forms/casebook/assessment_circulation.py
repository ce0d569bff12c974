"""The part of the assessment on circulation and breathing: raw signs, each vasoactive drug, oxygen and its reason."""

from __future__ import annotations

from decimal import Decimal

from forms.branching import When
from forms.code_lists import OXYGEN_MODES
from forms.grading.crs_signs import VASOACTIVE_CLASSES
from forms.items import (
    CLINICAL,
    CONFIRM,
    Choice,
    CodeList,
    Count,
    Item,
    MultiChoice,
    Number,
    YesNo,
)

HYPOTENSION_PROOFS = CodeList(
    "hypotension_proofs",
    {
        "repeated": "Confirmed by a second reading",
        "treated": "Treated (fluid or vasoactive drug)",
        "single": "One reading only",
    },
)

VASOACTIVES = CodeList(
    "vasoactives",
    {
        "none": "None",
        "norepinephrine": "Norepinephrine",
        "epinephrine": "Epinephrine",
        "dopamine": "Dopamine",
        "phenylephrine": "Phenylephrine",
        "vasopressin": "Vasopressin",
        "milrinone": "Milrinone",
        "dobutamine": "Dobutamine",
    },
)

VENTILATION_REASONS = CodeList(
    "ventilation_reasons",
    {
        "hypoxia": "Hypoxia",
        "airway": "Airway protection",
        "procedure": "Procedure",
        "seizure": "Seizure or coma",
        "home_support": "Support the child also has at home",
        "other": "Other reason",
    },
)

_ASSISTED = ("cpap", "bipap", "invasive")

_WITH_FLOW = ("blow_by", "nasal_cannula", "high_flow", "face_mask", "venturi", "non_rebreather")

_VASOACTIVE_GIVEN = When("vasoactives", is_in=tuple(VASOACTIVE_CLASSES))


def _dose(drug: str, label: str, high: int | Decimal, *, unit: str = "ug/kg/min", example: str = "0.05") -> Number:
    return Number(
        label=f"{label} dose",
        unit=unit,
        decimals=4,
        low=0,
        high=high,
        beyond=CONFIRM,
        ask_if=When("vasoactives", is_in=(drug,)),
        extended=True,
        privacy=CLINICAL,
        help=f"The highest rate since the last assessment in {unit}, such as {example}.",
    )


CIRCULATION: dict[str, Item] = {
    "systolic_mmhg": Count(
        label="Lowest systolic pressure",
        section="Circulation",
        unit="mmHg",
        low=30,
        high=260,
        soft_high=160,
        beyond=CONFIRM,
        privacy=CLINICAL,
        help="The lowest since the last assessment, such as 84.",
    ),
    "diastolic_mmhg": Count(
        label="Diastolic pressure of that reading",
        unit="mmHg",
        low=5,
        high=200,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="Of the same reading as the systolic pressure, such as 45.",
    ),
    "mean_arterial_mmhg": Count(
        label="Mean pressure of that reading",
        unit="mmHg",
        low=20,
        high=200,
        soft_high=130,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="Of the same reading as the systolic pressure, such as 58.",
    ),
    "heart_rate": Count(
        label="Heart rate",
        unit="/min",
        low=20,
        high=300,
        soft_high=200,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="The highest since the last assessment, such as 142.",
    ),
    "hypotension": YesNo(
        label="Hypotension for this child",
        required=True,
        privacy=CLINICAL,
        help="The team's judgement for age and usual pressure, such as No for 86 asleep that rose on waking.",
    ),
    "hypotension_proof": MultiChoice(
        label="How hypotension was established",
        codes=HYPOTENSION_PROOFS,
        ask_if=When("hypotension"),
        extended=True,
        privacy=CLINICAL,
        help="All that apply, such as Confirmed by a second reading and Treated.",
    ),
    "hypotension_other_cause": YesNo(
        label="Hypotension: another cause",
        ask_if=When("hypotension"),
        extended=True,
        privacy=CLINICAL,
        help="Yes if not put down to CRS, such as bleeding or septic shock.",
    ),
    "fluid_bolus_ml_kg": Number(
        label="Fluid boluses since the last assessment",
        unit="mL/kg",
        decimals=1,
        low=0,
        high=200,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="All boluses together, 0 if none, such as 20.",
    ),
    "vasoactives": MultiChoice(
        label="Vasoactive drugs",
        codes=VASOACTIVES,
        none="none",
        required=True,
        privacy=CLINICAL,
        help="All that ran since the last assessment, such as Norepinephrine and Milrinone.",
    ),
    "norepinephrine_dose": _dose("norepinephrine", "Norepinephrine", 5),
    "epinephrine_dose": _dose("epinephrine", "Epinephrine", 5),
    "dopamine_dose": _dose("dopamine", "Dopamine", 50, example="7.5"),
    "phenylephrine_dose": _dose("phenylephrine", "Phenylephrine", 20, example="0.5"),
    "vasopressin_dose": _dose("vasopressin", "Vasopressin", 1, unit="U/kg/h", example="0.02"),
    "milrinone_dose": _dose("milrinone", "Milrinone", 3, example="0.5"),
    "dobutamine_dose": _dose("dobutamine", "Dobutamine", 50, example="5"),
    "vasoactive_for_sedation": YesNo(
        label="Vasoactive drug only to offset sedation",
        ask_if=_VASOACTIVE_GIVEN,
        extended=True,
        privacy=CLINICAL,
        help="Yes if it began with sedation and the team does not put it down to CRS, such as Yes under propofol.",
    ),
}

BREATHING: dict[str, Item] = {
    "spo2_percent": Count(
        label="Lowest oxygen saturation",
        section="Breathing",
        unit="%",
        low=0,
        high=100,
        soft_low=90,
        extended=True,
        privacy=CLINICAL,
        help="Sustained, by pulse oximetry, such as 91.",
    ),
    "respiratory_rate": Count(
        label="Respiratory rate",
        unit="/min",
        low=4,
        high=120,
        soft_high=60,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="The highest since the last assessment, such as 32.",
    ),
    "oxygen_mode": Choice(
        label="Most respiratory support",
        codes=OXYGEN_MODES,
        required=True,
        privacy=CLINICAL,
        help="The most since the last assessment, such as Nasal cannula; Room air if none.",
    ),
    "oxygen_flow_l_min": Number(
        label="Oxygen flow",
        unit="L/min",
        decimals=2,
        low=0,
        high=80,
        soft_high=60,
        beyond=CONFIRM,
        ask_if=When("oxygen_mode", is_in=_WITH_FLOW),
        required=True,
        privacy=CLINICAL,
        help="The highest flow of that support, such as 2 or 0.25.",
    ),
    "fio2": Number(
        label="Fraction of oxygen (FiO2)",
        unit="fraction",
        decimals=2,
        low=Decimal("0.21"),
        high=1,
        ask_if=When("oxygen_mode", is_in=("high_flow", "venturi", *_ASSISTED, "ecmo")),
        extended=True,
        privacy=CLINICAL,
        help="As a fraction from 0.21 to 1, such as 0.4 for 40 percent.",
    ),
    "ventilation_reason": Choice(
        label="Reason for ventilation",
        codes=VENTILATION_REASONS,
        ask_if=When("oxygen_mode", is_in=(*_ASSISTED, "ecmo")),
        required=True,
        privacy=CLINICAL,
        help="The main reason; only hypoxia counts for CRS, such as Airway protection.",
    ),
    "hypoxia_other_cause": YesNo(
        label="Hypoxia: another cause",
        ask_if=When.all_of(When("oxygen_mode"), When("oxygen_mode", is_in=("room_air",), negated=True)),
        extended=True,
        privacy=CLINICAL,
        help="Yes if not put down to CRS, such as pneumonia or fluid overload.",
    ),
}
