"""Form 2: the child before the first infusion: disease, earlier treatment, organs, nervous system, size."""

from __future__ import annotations

from decimal import Decimal

from forms.analytes import CREATININE, CRP, FERRITIN, LDH
from forms.branching import When
from forms.code_lists import CNS_STATUSES, DISEASE_BURDENS, DISEASE_GROUPS, LEUKEMIAS, OXYGEN_MODES
from forms.context import Context
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    HARD,
    QI,
    SENSITIVE,
    SOFT,
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    MultiChoice,
    Number,
    Text,
    YesNo,
)
from forms.ordering import not_before
from forms.values import Answer, Row, answer, is_before

INSTRUMENTS = CodeList("baseline_instruments", {"ice": "ICE", "capd": "CAPD", "neither": "Neither was done"})
PRIOR_THERAPIES = CodeList(
    "prior_therapies",
    {
        "none": "None of these",
        "blinatumomab": "Blinatumomab",
        "inotuzumab": "Inotuzumab ozogamicin",
        "car_t": "CAR T cells",
        "checkpoint_inhibitor": "Checkpoint inhibitor",
        "cns_radiation": "Cranial radiation",
        "other_radiation": "Other radiation",
    },
)
TRANSPLANTS = CodeList(
    "transplants", {"none": "None", "autologous": "Autologous", "allogeneic": "Allogeneic", "both": "Both kinds"}
)
COMORBIDITIES = CodeList(
    "comorbidities",
    {
        "none": "None of these",
        "seizure_disorder": "Seizure disorder",
        "other_neurological": "Other neurological disease",
        "cardiac": "Heart disease or cardiomyopathy",
        "pulmonary": "Chronic lung disease",
        "renal": "Chronic kidney disease",
        "hepatic": "Chronic liver disease",
        "gvhd": "Graft-versus-host disease",
        "autoimmune": "Autoimmune or autoinflammatory disease",
        "immunodeficiency": "Primary immunodeficiency",
        "prior_hlh": "HLH in the past",
        "invasive_fungal": "Invasive fungal disease in the past",
        "other": "Other",
    },
)
PERFORMANCE_SCALES = CodeList(
    "performance_scales", {"lansky": "Lansky (under 16)", "karnofsky": "Karnofsky (16 and over)"}
)


def _body_mass_index(row: Row, context: Context) -> Answer | None:
    weight, height = answer(row, "weight_kg"), answer(row, "height_cm")
    if not isinstance(weight, Decimal) or not isinstance(height, Decimal) or height <= 0:
        return None
    return (weight / (height / 100) ** 2).quantize(Decimal("0.1"))


def _born_before_diagnosis(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "diagnosed_on"), answer(context.single("enrolment"), "birth_date"))
    return None if wrong is None else not wrong


def _body_mass_index_is_plausible(row: Row, context: Context) -> bool | None:
    index = _body_mass_index(row, context)
    return None if not isinstance(index, Decimal) else 8 <= index <= 70


def _burden_fits_blasts(row: Row, context: Context) -> bool | None:
    blasts, burden = answer(row, "marrow_blasts_percent"), answer(row, "disease_burden")
    if not isinstance(blasts, Decimal) or burden not in ("none", "mrd_only", "low", "high"):
        return None
    expected = "high" if blasts >= 25 else "low" if blasts >= 5 else "under five"
    return burden == expected or (expected == "under five" and burden in ("none", "mrd_only"))


def _delay_is_told_with_high_capd(row: Row, context: Context) -> bool | None:
    capd, delay = answer(row, "baseline_capd"), answer(row, "developmental_delay")
    return None if not isinstance(capd, int) or delay is None else capd < 9 or delay is True


BASELINE = Form(
    name="baseline",
    number=2,
    title="Baseline",
    intro="The child before the first infusion of the registry. Take the last values before lymphodepletion.",
    version=1,
    repeats=False,
    day_item="assessed_on",
    summary=("disease", "disease_burden"),
    items={
        "assessed_on": Day(
            label="Baseline assessed on",
            section="Disease",
            missing=False,
            required=True,
            privacy=DATE,
            help="The day most of this page describes, such as 2026-02-26.",
        ),
        "disease": Choice(
            label="Disease",
            codes=DISEASE_GROUPS,
            required=True,
            privacy=QI,
            help="The disease the CAR T cells are given for, such as B-cell acute lymphoblastic leukemia.",
        ),
        "disease_other": Text(
            label="Which disease",
            max_length=120,
            ask_if=When("disease", is_in=("lymphoma", "solid", "cns", "autoimmune", "other")),
            extended=True,
            privacy=FREE_TEXT,
            help="The diagnosis in words, such as diffuse midline glioma.",
        ),
        "diagnosed_on": Day(
            label="First diagnosed on",
            partial=True,
            extended=True,
            known_to_outsiders=True,
            privacy=DATE,
            help="As exactly as it is known, such as 2023-11.",
        ),
        "relapses": Count(
            label="Relapses so far",
            low=0,
            high=15,
            beyond=CONFIRM,
            extended=True,
            privacy=CLINICAL,
            help="The number of relapses before these cells; 0 for primary refractory disease, such as 2.",
        ),
        "refractory": YesNo(
            label="Refractory to the last treatment",
            extended=True,
            privacy=CLINICAL,
            help="Yes if the last treatment brought no remission, such as Yes after failed reinduction.",
        ),
        "disease_burden": Choice(
            label="Disease burden before lymphodepletion",
            codes=DISEASE_BURDENS,
            required=True,
            privacy=CLINICAL,
            help="The last assessment before lymphodepletion, such as MRD positive only.",
        ),
        "marrow_blasts_percent": Number(
            label="Marrow blasts",
            unit="%",
            decimals=2,
            low=0,
            high=100,
            ask_if=When("disease", is_in=LEUKEMIAS),
            required=True,
            privacy=CLINICAL,
            help="By morphology; by flow if morphology was not done, such as 12.5.",
        ),
        "mrd_percent": Number(
            label="MRD before lymphodepletion",
            unit="%",
            decimals=6,
            low=0,
            high=100,
            ask_if=When("disease", is_in=LEUKEMIAS),
            extended=True,
            privacy=CLINICAL,
            help="In percent of nucleated cells; 0 if not detected, such as 0.015.",
        ),
        "cns_status": Choice(
            label="CNS status",
            codes=CNS_STATUSES,
            ask_if=When("disease", is_in=(*LEUKEMIAS, "lymphoma")),
            extended=True,
            privacy=CLINICAL,
            help="At the last lumbar puncture before infusion, such as CNS1.",
        ),
        "extramedullary": YesNo(
            label="Extramedullary disease",
            ask_if=When("disease", is_in=LEUKEMIAS),
            extended=True,
            privacy=CLINICAL,
            help="Outside marrow and CNS, such as Yes for a testicular relapse.",
        ),
        "tumor_sum_mm": Number(
            label="Sum of target lesions",
            unit="mm",
            decimals=1,
            low=0,
            high=2000,
            beyond=CONFIRM,
            ask_if=When("disease", is_in=("lymphoma", "solid", "cns")),
            extended=True,
            privacy=CLINICAL,
            help="Sum of the longest diameters in the last imaging, such as 84.5.",
        ),
        "tumor_at_risk_of_swelling": YesNo(
            label="CNS tumor where swelling is dangerous (brain stem, spinal cord)",
            ask_if=When("disease", is_in=("cns",)),
            extended=True,
            privacy=CLINICAL,
            help="Yes if swelling could block the fluid or herniate, such as Yes for a pontine tumor.",
        ),
        "genetic_predisposition": YesNo(
            label="Genetic predisposition to cancer or HLH",
            extended=True,
            privacy=SENSITIVE,
            help="A proven germline variant, such as Yes for a perforin mutation.",
        ),
        "trisomy_21": YesNo(
            label="Trisomy 21",
            extended=True,
            privacy=SENSITIVE,
            help="Yes for Down syndrome including mosaicism, such as Yes for mosaic trisomy 21.",
        ),
        "prior_therapies": MultiChoice(
            label="Earlier treatment with",
            section="Earlier treatment",
            codes=PRIOR_THERAPIES,
            none="none",
            extended=True,
            privacy=CLINICAL,
            help="All that were ever given, such as Blinatumomab and CAR T cells.",
        ),
        "therapy_lines": Count(
            label="Lines of treatment so far",
            low=0,
            high=20,
            beyond=CONFIRM,
            extended=True,
            privacy=CLINICAL,
            help="Each course plan counts once, transplant included, such as 3.",
        ),
        "prior_transplant": Choice(
            label="Stem cell transplant before",
            codes=TRANSPLANTS,
            required=True,
            privacy=QI,
            help="Any transplant before these cells, such as Allogeneic.",
        ),
        "last_transplant_on": Day(
            label="Last transplant on",
            partial=True,
            ask_if=When("prior_transplant", is_in=("autologous", "allogeneic", "both")),
            extended=True,
            known_to_outsiders=True,
            privacy=DATE,
            help="Day of the last graft, as exactly as it is known, such as 2024-06.",
        ),
        "comorbidities": MultiChoice(
            label="Other diseases",
            section="Other diseases and allergy",
            codes=COMORBIDITIES,
            none="none",
            extended=True,
            privacy=CLINICAL,
            help="All that were present before infusion, such as Seizure disorder.",
        ),
        "comorbidity_other": Text(
            label="Which other disease",
            max_length=120,
            ask_if=When("comorbidities", is_in=("other",)),
            extended=True,
            privacy=FREE_TEXT,
            help="In a few words, such as type 1 diabetes.",
        ),
        "e_coli_hypersensitivity": YesNo(
            label="Hypersensitivity to E. coli protein or anakinra",
            required=True,
            privacy=CLINICAL,
            help="Known before infusion; anakinra is made in E. coli, such as Yes after an asparaginase reaction.",
        ),
        "latex_allergy": YesNo(
            label="Latex allergy",
            extended=True,
            privacy=CLINICAL,
            help="Some needle covers contain latex, such as Yes for a rash from gloves.",
        ),
        "hiv_infection": YesNo(
            label="HIV infection",
            extended=True,
            privacy=SENSITIVE,
            help="By the last test before collection, such as No for a negative test.",
        ),
        "chronic_hepatitis": YesNo(
            label="Hepatitis B or C, or latent tuberculosis",
            extended=True,
            privacy=SENSITIVE,
            help="Active or past, by test, such as Yes for hepatitis B core antibody.",
        ),
        "pregnancy": YesNo(
            label="Pregnancy test positive",
            extended=True,
            privacy=SENSITIVE,
            help="Mark as not applicable where no test belongs, such as for a boy.",
        ),
        "infection_before": YesNo(
            label="Infection under treatment at infusion",
            extended=True,
            privacy=CLINICAL,
            help="Yes if treatment, not prophylaxis, was running on day 0, such as Yes for a treated fungal pneumonia.",
        ),
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
            compute=_body_mass_index,
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
            low=0,
            high=10,
            ask_if=When("baseline_instrument", is_in=("ice",)),
            required=True,
            privacy=CLINICAL,
            help="0 to 10 points before infusion, 10 is best, such as 10.",
        ),
        "baseline_capd": Count(
            label="Baseline CAPD score",
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
    },
    checks=(
        Check(
            id="baseline.diagnosed_after_birth",
            severity=HARD,
            items=("diagnosed_on",),
            message="The diagnosis on {diagnosed_on} is before the birth date. Check both dates.",
            holds=_born_before_diagnosis,
        ),
        not_before(
            "baseline",
            "last_transplant_on",
            "diagnosed_on",
            severity=SOFT,
            message="The transplant on {last_transplant_on} is before the diagnosis on {diagnosed_on}. Correct one of "
            "them, or say why.",
        ),
        not_before(
            "baseline",
            "assessed_on",
            "diagnosed_on",
            message="Baseline on {assessed_on} is before the diagnosis on {diagnosed_on}. Check both dates.",
        ),
        Check(
            id="baseline.body_mass_index",
            severity=CONFIRM,
            items=("weight_kg", "height_cm"),
            message="{weight_kg} at {height_cm} is a body mass index outside 8 to 70. Check both against the source.",
            holds=_body_mass_index_is_plausible,
        ),
        Check(
            id="baseline.burden_fits_blasts",
            severity=SOFT,
            items=("disease_burden", "marrow_blasts_percent"),
            message="Burden “{disease_burden}” does not fit {marrow_blasts_percent} marrow blasts. Correct one of "
            "them, or say why.",
            holds=_burden_fits_blasts,
        ),
        Check(
            id="baseline.high_capd_explained",
            severity=SOFT,
            items=("baseline_capd", "developmental_delay"),
            message="A baseline CAPD of {baseline_capd} is already positive (9 or more), yet no developmental delay is "
            "recorded. Correct one of them, or say why.",
            holds=_delay_is_told_with_high_capd,
        ),
    ),
)
