"""The part of the baseline on size, cognition, support and laboratory before infusion."""

from __future__ import annotations

from forms.analytes import CREATININE, CRP, FERRITIN, LDH
from forms.branching import When
from forms.casebook.baseline_rules import body_mass_index
from forms.code_lists import OXYGEN_MODES
from forms.items import (
    CLINICAL,
    CONFIRM,
    QI,
    Choice,
    CodeList,
    Count,
    Derived,
    Item,
    Number,
    YesNo,
)

INSTRUMENTS = CodeList("baseline_instruments", {"ice": "ICE", "capd": "CAPD", "neither": "Neither was done"})
PERFORMANCE_SCALES = CodeList(
    "performance_scales", {"lansky": "Lansky (under 16)", "karnofsky": "Karnofsky (16 and over)"}
)


STATE: dict[str, Item] = {
    "weight_kg": Number(
        label="Weight",
        section="Size",
        unit="kg",
        decimals=2,
        low=2,
        high=200,
        beyond=CONFIRM,
        required=True,
        privacy=QI,
        help="The last weight before infusion, such as 24.6. Multiply pounds by 0.4536.",
    ),
    "height_cm": Number(
        label="Height",
        unit="cm",
        decimals=1,
        low=40,
        high=220,
        beyond=CONFIRM,
        required=True,
        privacy=QI,
        help="Standing, or length when lying, such as 124.5.",
    ),
    "body_mass_index": Derived(
        label="Body mass index",
        unit="kg/m2",
        result=Number(label="Body mass index", unit="kg/m2", decimals=1, low=0, high=10**7, privacy=QI),
        compute=body_mass_index,
        derives_from=("weight_kg", "height_cm"),
        privacy=QI,
        help="Weight divided by the square of the height in meters, such as 15.9.",
    ),
    "performance_scale": Choice(
        label="Performance scale",
        section="State before infusion",
        codes=PERFORMANCE_SCALES,
        extended=True,
        privacy=CLINICAL,
        help="Lansky under 16 years, Karnofsky from 16 on, such as Lansky.",
    ),
    "performance": Count(
        label="Performance",
        unit="%",
        low=0,
        high=100,
        ask_if=When("performance_scale"),
        extended=True,
        privacy=CLINICAL,
        help="In steps of ten, such as 80.",
    ),
    "developmental_delay": YesNo(
        label="Developmental delay",
        required=True,
        privacy=CLINICAL,
        help="Yes if ICE could not be answered at this age (CAPD is then used), such as Yes for nonverbal autism.",
    ),
    "baseline_instrument": Choice(
        label="Baseline test of cognition",
        codes=INSTRUMENTS,
        required=True,
        privacy=CLINICAL,
        help="ICE from 12 years on, CAPD below 12 or with delay, such as CAPD.",
    ),
    "baseline_ice": Count(
        label="Baseline ICE score",
        unit="points",
        low=0,
        high=10,
        ask_if=When("baseline_instrument", is_in=("ice",)),
        required=True,
        privacy=CLINICAL,
        help="0 to 10 points before infusion, 10 is best, such as 10.",
    ),
    "baseline_capd": Count(
        label="Baseline CAPD score",
        unit="points",
        low=0,
        high=32,
        ask_if=When("baseline_instrument", is_in=("capd",)),
        required=True,
        privacy=CLINICAL,
        help="0 to 32 points before infusion, 0 is best, such as 3.",
    ),
    "baseline_motor_deficit": YesNo(
        label="Focal weakness or cranial nerve palsy before infusion",
        extended=True,
        privacy=CLINICAL,
        help="Old signs do not count as ICANS, such as Yes for a VI nerve palsy from the tumor.",
    ),
    "baseline_respiratory_support": Choice(
        label="Respiratory support before infusion",
        codes=OXYGEN_MODES,
        required=True,
        privacy=CLINICAL,
        help="What the child needs at home, such as BiPAP for nights; Room air for most.",
    ),
    "baseline_renal_replacement": YesNo(
        label="Dialysis before infusion",
        extended=True,
        privacy=CLINICAL,
        help="Any kind within the last month, such as Yes for peritoneal dialysis.",
    ),
    "baseline_systolic_mmhg": Count(
        label="Usual systolic pressure",
        unit="mmHg",
        low=30,
        high=260,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="Awake and well, before infusion, such as 98.",
    ),
    "baseline_ferritin": FERRITIN.item(
        label="Ferritin before lymphodepletion",
        section="Laboratory before lymphodepletion",
        extended=True,
        privacy=CLINICAL,
        help="The last value before lymphodepletion, such as 820 or 1850 pmol/L.",
    ),
    "baseline_crp": CRP.item(
        label="C-reactive protein before lymphodepletion",
        extended=True,
        privacy=CLINICAL,
        help="The last value before lymphodepletion, such as 4 or 0.4 mg/dL.",
    ),
    "baseline_ldh": LDH.item(
        label="LDH before lymphodepletion",
        extended=True,
        privacy=CLINICAL,
        help="The last value before lymphodepletion, such as 310.",
    ),
    "baseline_creatinine": CREATININE.item(
        label="Creatinine before lymphodepletion",
        extended=True,
        privacy=CLINICAL,
        help="The last value before lymphodepletion, such as 0.4 or 35 umol/L.",
    ),
}
