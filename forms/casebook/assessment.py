"""Form 4: one bedside assessment, as often in a day as it was made: raw signs first, the clinician's grades last."""

from __future__ import annotations

from decimal import Decimal

from forms.branching import When
from forms.casebook.assessment_hlh import HLH
from forms.casebook.assessment_neurology import COGNITION, SIGNS
from forms.code_lists import OXYGEN_MODES
from forms.context import Context
from forms.derivations import age_years, anakinra_day, study_day
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    HARD,
    SOFT,
    STRUCTURE,
    Choice,
    CodeList,
    Count,
    Item,
    Link,
    Moment,
    MultiChoice,
    Number,
    Text,
    YesNo,
)
from forms.ordering import not_after_death, not_before_infusion
from forms.values import Row, answer, day_of

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
VASOACTIVE_CLASSES = {
    "norepinephrine": "vasopressor",
    "epinephrine": "vasopressor",
    "dopamine": "vasopressor",
    "phenylephrine": "vasopressor",
    "vasopressin": "vasopressin",
    "milrinone": "inodilator",
    "dobutamine": "inodilator",
}
"""How CRS grading counts each drug: inodilators are flagged, not counted; vasopressin is counted by itself."""

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
ATTRIBUTIONS = CodeList(
    "attributions",
    {
        "crs": "CRS, first or recurrent",
        "carhlh": "HLH-like toxicity",
        "infection": "Infection",
        "other": "Another cause",
    },
)

HIGHEST_CELSIUS = 60
LOWEST_SATURATION = 40
ICE_FROM_YEARS = 12
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


def _is_celsius(row: Row, context: Context) -> bool | None:
    temperature = answer(row, "temperature_c")
    return None if not isinstance(temperature, Decimal) else temperature < HIGHEST_CELSIUS


def _saturation_is_plausible(row: Row, context: Context) -> bool | None:
    saturation = answer(row, "spo2_percent")
    return None if not isinstance(saturation, int) else saturation >= LOWEST_SATURATION


def _tool_fits_age(row: Row, context: Context) -> bool | None:
    tool, day = answer(row, "instrument"), day_of(answer(row, "assessed_at"))
    age = age_years(answer(context.single("enrolment"), "birth_date"), day)
    if age is None or tool not in ("ice", "capd"):
        return None
    if answer(row, "instrument_reason") or answer(context.single("baseline"), "developmental_delay") is True:
        return True
    return tool == ("ice" if age >= ICE_FROM_YEARS else "capd")


def _systolic_above_diastolic(row: Row, context: Context) -> bool | None:
    high, low = answer(row, "systolic_mmhg"), answer(row, "diastolic_mmhg")
    return None if not isinstance(high, int) or not isinstance(low, int) else high > low


def _mean_lies_between(row: Row, context: Context) -> bool | None:
    mean, high, low = (answer(row, f"{name}_mmhg") for name in ("mean_arterial", "systolic", "diastolic"))
    if not isinstance(mean, int):
        return None
    under = None if not isinstance(high, int) else mean <= high
    over = None if not isinstance(low, int) else mean >= low
    return None if under is None and over is None else under is not False and over is not False


def _parts_make_total(names: tuple[str, ...], total: str, row: Row) -> bool | None:
    parts = [answer(row, name) for name in names]
    numbers = [part for part in parts if isinstance(part, int)]
    whole = answer(row, total)
    return None if len(numbers) < len(names) or not isinstance(whole, int) else sum(numbers) == whole


def _ice_adds_up(row: Row, context: Context) -> bool | None:
    return _parts_make_total(tuple(name for name in COGNITION if _is_part(name, "ice")), "ice_total", row)


def _capd_adds_up(row: Row, context: Context) -> bool | None:
    return _parts_make_total(tuple(name for name in COGNITION if _is_part(name, "capd")), "capd_total", row)


def _is_part(name: str, tool: str) -> bool:
    return name.startswith(f"{tool}_") and name != f"{tool}_total"


def _high_flow_has_flow(row: Row, context: Context) -> bool | None:
    if answer(row, "oxygen_mode") != "high_flow":
        return None
    return answer(row, "oxygen_flow_l_min") is not None


_TIMING: dict[str, Item] = {
    "infusion": Link(
        form="infusion",
        label="Infusion",
        section="When",
        required=True,
        privacy=STRUCTURE,
        help="The infusion whose toxicity is watched, such as the one of 2026-03-05.",
    ),
    "assessed_at": Moment(
        label="Assessed at",
        required=True,
        missing=False,
        privacy=DATE,
        help="Day and time at the bedside, such as 2026-03-08 06:00.",
    ),
    "study_day": study_day("assessed_at"),
    "anakinra_day": anakinra_day("assessed_at"),
}

_FEVER: dict[str, Item] = {
    "temperature_c": Number(
        label="Highest temperature",
        section="Fever",
        unit="°C",
        decimals=1,
        low=30,
        high=43,
        soft_low=35,
        soft_high=41,
        beyond=CONFIRM,
        required=True,
        privacy=CLINICAL,
        help="The highest since the last assessment, in degrees Celsius, such as 38.4.",
    ),
    "fever_other_cause": YesNo(
        label="Fever: another cause",
        ask_if=When("temperature_c", at_least=38),
        extended=True,
        privacy=CLINICAL,
        help="Yes if the team puts it down to something other than CRS, such as a bloodstream infection.",
    ),
    "antipyretic_24h": YesNo(
        label="Antipyretic in the last 24 hours",
        extended=True,
        privacy=CLINICAL,
        help="Any dose, such as Yes for acetaminophen before platelets.",
    ),
    "anticytokine_given": YesNo(
        label="Tocilizumab, steroid or anakinra since CRS began",
        extended=True,
        privacy=CLINICAL,
        help="They hide fever; Yes from the first dose on, such as Yes after one tocilizumab.",
    ),
}

_CIRCULATION: dict[str, Item] = {
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

_BREATHING: dict[str, Item] = {
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

_GRADES: dict[str, Item] = {
    "crs_grade": Count(
        label="CRS grade by the clinician",
        section="Grades in the chart",
        low=0,
        high=5,
        required=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart (ASTCT 2019), such as 2.",
    ),
    "icans_grade": Count(
        label="ICANS grade by the clinician",
        low=0,
        high=5,
        required=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart (ASTCT 2019), such as 1. Sedated: choose Not available now, never 0.",
    ),
    "carhlh_present": YesNo(
        label="HLH-like toxicity by the clinician",
        required=True,
        privacy=CLINICAL,
        help="The team's diagnosis that day by the site's own definition, such as Yes.",
    ),
    "carhlh_grade": Count(
        label="HLH-like toxicity grade by the clinician",
        low=0,
        high=5,
        ask_if=When("carhlh_present"),
        required=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart (IEC-HS), such as 2.",
    ),
    "tian_grade": Count(
        label="TIAN grade by the clinician",
        low=0,
        high=5,
        ask_if=When("cns_tumor"),
        extended=True,
        privacy=CLINICAL,
        help="0 to 5 as written in the chart, such as 1.",
    ),
    "late_attribution": Choice(
        label="New fever or hypotension after CRS had resolved, or after day 14: put down to",
        codes=ATTRIBUTIONS,
        extended=True,
        privacy=CLINICAL,
        help="Only for signs that came back after 48 hours without, or began after day 14, such as Infection.",
    ),
    "grade_comment": Text(
        label="Comment on the grades",
        max_length=500,
        extended=True,
        privacy=FREE_TEXT,
        help="Why a grade differs from the signs, such as intubated for MRI. No names.",
    ),
}

ASSESSMENT = Form(
    name="assessment",
    number=4,
    title="Assessment",
    intro="Signs at the bedside. Expected daily from the first toxicity until 3 days after it ends or anakinra stops.",
    version=1,
    day_item="assessed_at",
    summary=("assessed_at", "crs_grade", "icans_grade", "carhlh_present"),
    items={**_TIMING, **_FEVER, **_CIRCULATION, **_BREATHING, **COGNITION, **SIGNS, **HLH, **_GRADES},
    checks=(
        not_before_infusion("assessment", "assessed_at", label="The assessment"),
        not_after_death("assessment", "assessed_at", label="The assessment"),
        Check(
            id="assessment.celsius",
            severity=HARD,
            items=("temperature_c",),
            message="{temperature_c} looks like Fahrenheit. Write degrees Celsius: subtract 32, divide by 1.8.",
            holds=_is_celsius,
        ),
        Check(
            id="assessment.systolic_above_diastolic",
            severity=HARD,
            items=("systolic_mmhg", "diastolic_mmhg"),
            message="Systolic {systolic_mmhg} is not above diastolic {diastolic_mmhg}. Check whether they are swapped.",
            holds=_systolic_above_diastolic,
        ),
        Check(
            id="assessment.mean_between",
            severity=HARD,
            items=("mean_arterial_mmhg", "systolic_mmhg", "diastolic_mmhg"),
            message="Mean pressure {mean_arterial_mmhg} does not lie between {diastolic_mmhg} and {systolic_mmhg}. "
            "Take all three from one reading.",
            holds=_mean_lies_between,
        ),
        Check(
            id="assessment.saturation_plausible",
            severity=CONFIRM,
            items=("spo2_percent",),
            message="An oxygen saturation of {spo2_percent} is below 40 %. Check it against the source.",
            holds=_saturation_is_plausible,
        ),
        Check(
            id="assessment.ice_adds_up",
            severity=SOFT,
            items=("ice_total",),
            message="The five parts do not add up to the ICE score of {ice_total}. Correct one of them, or say why.",
            holds=_ice_adds_up,
        ),
        Check(
            id="assessment.capd_adds_up",
            severity=SOFT,
            items=("capd_total",),
            message="The eight parts do not add up to the CAPD score of {capd_total}. Correct one of them, or say why.",
            holds=_capd_adds_up,
        ),
        Check(
            id="assessment.high_flow_has_flow",
            severity=SOFT,
            items=("oxygen_mode", "oxygen_flow_l_min"),
            message="High-flow cannula without a flow cannot be graded. Give the flow, or say why it is missing.",
            holds=_high_flow_has_flow,
        ),
        Check(
            id="assessment.tool_fits_age",
            severity=CONFIRM,
            items=("instrument", "instrument_reason"),
            message="{instrument} is not the test for this age (CAPD under 12 years, ICE from 12 on). Check it, or "
            "give the reason beside it.",
            holds=_tool_fits_age,
        ),
    ),
)
