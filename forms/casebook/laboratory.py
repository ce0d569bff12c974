"""Form 5: the results of one blood sample."""

from __future__ import annotations

from decimal import Decimal

from forms import analytes
from forms.branching import When
from forms.casebook.laboratory_rules import CHECKS
from forms.context import Context
from forms.derivations import anakinra_day, study_day
from forms.form import Check, Form
from forms.grading.hlh_2004 import TRIGLYCERIDES_MG_DL
from forms.items import (
    CLINICAL,
    DATE,
    FREE_TEXT,
    QI_SITE,
    SOFT,
    STRUCTURE,
    WARNING,
    Item,
    Link,
    Moment,
    Number,
    Text,
    YesNo,
)
from forms.ordering import not_after_death, not_before_infusion
from forms.values import Measurement, Row, answer

LABORATORY_NAME = 80
"""The longest name of a laboratory."""


def _value(row: Row, name: str) -> Decimal | None:
    measured = answer(row, name)
    return measured.value if isinstance(measured, Measurement) and not measured.sign else None


def _anc_within_wbc(row: Row, context: Context) -> bool | None:
    part, whole = _value(row, "anc"), _value(row, "wbc")
    return None if part is None or whole is None else part <= whole


def _direct_within_total(row: Row, context: Context) -> bool | None:
    part, whole = _value(row, "bilirubin_direct"), _value(row, "bilirubin_total")
    return None if part is None or whole is None else part <= whole


def _triglycerides_were_fasting(row: Row, context: Context) -> bool | None:
    value = answer(row, "triglycerides")
    if not isinstance(value, Measurement) or not value.is_at_least(TRIGLYCERIDES_MG_DL):
        return None
    return answer(row, "fasting") is not None


_TIMING: dict[str, Item] = {
    "infusion": Link(
        form="infusion",
        label="Infusion",
        section="Sample",
        required=True,
        privacy=STRUCTURE,
        help="The infusion this sample follows, such as the one of 2026-03-05.",
    ),
    "sampled_at": Moment(
        label="Sampled at",
        required=True,
        missing=False,
        privacy=DATE,
        help="Day and time the blood was drawn, not reported, such as 2026-03-08 05:40.",
    ),
    "study_day": study_day("sampled_at"),
    "anakinra_day": anakinra_day("sampled_at"),
    "before_infusion": YesNo(
        label="Drawn before the infusion",
        extended=True,
        privacy=CLINICAL,
        help="Yes for a sample before day 0 or before the bag on day 0, such as Yes for the value before "
        "lymphodepletion.",
    ),
    "other_laboratory": YesNo(
        label="Measured in another laboratory",
        extended=True,
        privacy=QI_SITE,
        help="Yes if the site's reference ranges do not hold for it, such as Yes for the referring hospital.",
    ),
    "which_laboratory": Text(
        label="Which laboratory",
        max_length=LABORATORY_NAME,
        ask_if=When("other_laboratory"),
        extended=True,
        since=2,
        privacy=FREE_TEXT,
        help="Its name as in the site's reference ranges, such as Referring hospital: then its ranges hold.",
    ),
}

_INFLAMMATION: dict[str, Item] = {
    "ferritin": analytes.FERRITIN.item(
        section="Inflammation",
        required=True,
        privacy=CLINICAL,
        help="In ng/mL, or with its unit, such as 12500 or 28000 pmol/L; above the limit: >100000.",
    ),
    "crp": analytes.CRP.item(
        required=True, privacy=CLINICAL, help="In mg/L, or with its unit, such as 85 or 8.5 mg/dL."
    ),
    "procalcitonin": analytes.PROCALCITONIN.item(extended=True, privacy=CLINICAL, help="In ng/mL, such as 0.8."),
    "ldh": analytes.LDH.item(extended=True, privacy=CLINICAL, help="In U/L, or with its unit, such as 640."),
}

_COAGULATION: dict[str, Item] = {
    "fibrinogen": analytes.FIBRINOGEN.item(
        section="Coagulation",
        required=True,
        privacy=CLINICAL,
        help="In mg/dL, or with its unit, such as 145 or 1.45 g/L.",
    ),
    "inr": analytes.INR.item(extended=True, privacy=CLINICAL, help="As a ratio, such as 1.3."),
    "prothrombin_time_s": analytes.PROTHROMBIN_TIME.item(extended=True, privacy=CLINICAL, help="In s, such as 14.2."),
    "aptt_s": analytes.APTT.item(extended=True, privacy=CLINICAL, help="In s, such as 38."),
    "d_dimer": analytes.D_DIMER.item(
        extended=True, privacy=CLINICAL, help="In mg/L FEU, or with its unit, such as 3.4 or 3400 ng/mL FEU."
    ),
}

_ORGANS: dict[str, Item] = {
    "alt": analytes.ALT.item(
        section="Liver and kidney", required=True, privacy=CLINICAL, help="In U/L, or with its unit, such as 120."
    ),
    "ast": analytes.AST.item(required=True, privacy=CLINICAL, help="In U/L, or with its unit, such as 140."),
    "bilirubin_total": analytes.BILIRUBIN_TOTAL.item(
        required=True, privacy=CLINICAL, help="In mg/dL, or with its unit, such as 1.4 or 24 umol/L."
    ),
    "bilirubin_direct": analytes.BILIRUBIN_DIRECT.item(
        extended=True, privacy=CLINICAL, help="In mg/dL, or with its unit, such as 0.6 or 10 umol/L."
    ),
    "albumin": analytes.ALBUMIN.item(
        extended=True, privacy=CLINICAL, help="In g/dL, or with its unit, such as 2.9 or 29 g/L."
    ),
    "creatinine": analytes.CREATININE.item(
        required=True, privacy=CLINICAL, help="In mg/dL, or with its unit, such as 0.45 or 40 umol/L."
    ),
    "egfr": analytes.EGFR.item(
        extended=True, privacy=CLINICAL, help="As the laboratory or the team calculated it, such as 95."
    ),
    "fasting": YesNo(
        label="Drawn fasting",
        extended=True,
        privacy=CLINICAL,
        help="At least 6 hours without food, milk or lipid infusion, such as No under parenteral nutrition.",
    ),
    "triglycerides": analytes.TRIGLYCERIDES.item(
        extended=True, privacy=CLINICAL, help="In mg/dL, or with its unit, such as 310 or 3.5 mmol/L."
    ),
}

_BLOOD: dict[str, Item] = {
    "anc": analytes.ANC.item(
        section="Blood count",
        required=True,
        privacy=CLINICAL,
        help="In 10^9/L, or with its unit, such as 0.42 or 420 cells/uL.",
    ),
    "wbc": analytes.WBC.item(
        required=True, privacy=CLINICAL, help="In 10^9/L, or with its unit, such as 1.2 or 1200 cells/uL."
    ),
    "alc": analytes.ALC.item(
        extended=True, privacy=CLINICAL, help="In 10^9/L, or with its unit, such as 0.3 or 300 cells/uL."
    ),
    "platelets": analytes.PLATELETS.item(
        required=True, privacy=CLINICAL, help="In 10^9/L, before a transfusion if one was given, such as 18."
    ),
    "haemoglobin": analytes.HAEMOGLOBIN.item(
        required=True, privacy=CLINICAL, help="In g/dL, or with its unit, such as 7.9 or 79 g/L."
    ),
    "blasts_percent": Number(
        label="Blasts in the blood",
        unit="%",
        decimals=1,
        low=0,
        high=100,
        extended=True,
        privacy=CLINICAL,
        help="By microscopy, 0 if none were seen, such as 3.",
    ),
}

_CYTOKINES: dict[str, Item] = {
    "sil2r": analytes.SIL2R.item(
        section="Cytokines and B cells",
        extended=True,
        privacy=CLINICAL,
        help="In U/mL only: pg/mL depends on the assay and is not converted, such as 9800.",
    ),
    "il6": analytes.IL6.item(
        extended=True, privacy=CLINICAL, help="In pg/mL; it rises after tocilizumab, such as 850 or >5000."
    ),
    "ifn_gamma": analytes.IFN_GAMMA.item(extended=True, privacy=CLINICAL, help="In pg/mL, such as 420 or <4."),
    "cxcl9": analytes.CXCL9.item(extended=True, privacy=CLINICAL, help="In pg/mL, such as 5200."),
    "il18": analytes.IL18.item(extended=True, privacy=CLINICAL, help="In pg/mL, total IL-18, such as 1800."),
    "il1_beta": analytes.IL1_BETA.item(extended=True, privacy=CLINICAL, help="In pg/mL, such as 6 or <2."),
    "cytokine_assay": Text(
        label="Cytokine assay",
        max_length=80,
        extended=True,
        privacy=FREE_TEXT,
        help="Maker and method, such as bead array. Values of different assays are not compared.",
    ),
    "igg": analytes.IGG.item(
        extended=True, privacy=CLINICAL, help="In mg/dL, or with its unit, such as 380 or 3.8 g/L."
    ),
    "cd19_b_cells": analytes.CD19_CELLS.item(extended=True, privacy=CLINICAL, help="In cells/uL, such as 0 or <1."),
    "car_t_cells": analytes.CAR_CELLS.item(
        extended=True, privacy=CLINICAL, help="In cells/uL by flow cytometry, such as 410."
    ),
}

LABORATORY = Form(
    name="laboratory",
    number=5,
    title="Laboratory",
    intro="One page per blood sample. Other units are converted and what you typed is kept.",
    version=2,
    day_item="sampled_at",
    summary=("sampled_at", "ferritin", "fibrinogen", "platelets"),
    items={**_TIMING, **_INFLAMMATION, **_COAGULATION, **_ORGANS, **_BLOOD, **_CYTOKINES},
    checks=(
        not_before_infusion("laboratory", "sampled_at", label="The sample", unless=When("before_infusion")),
        not_after_death("laboratory", "sampled_at", label="The sample"),
        Check(
            id="laboratory.anc_within_wbc",
            group=35,
            severity=SOFT,
            items=("anc", "wbc"),
            message="Neutrophils {anc} are more than all white cells {wbc}. Check both numbers and units.",
            holds=_anc_within_wbc,
        ),
        Check(
            id="laboratory.direct_within_total",
            group=35,
            severity=SOFT,
            items=("bilirubin_direct", "bilirubin_total"),
            message="Direct bilirubin {bilirubin_direct} is more than the total {bilirubin_total}. Check both numbers "
            "and units.",
            holds=_direct_within_total,
        ),
        Check(
            id="laboratory.triglycerides_fasting",
            group=35,
            severity=WARNING,
            items=("triglycerides", "fasting"),
            message="Triglycerides {triglycerides} count for HLH only when fasting. Say whether the child was fasting.",
            holds=_triglycerides_were_fasting,
            version=2,
        ),
        *CHECKS,
    ),
)
