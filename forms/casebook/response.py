"""Form 12: what the CAR T cells did: remission, MRD, persistence, B cells, relapse. Branches by disease."""

from __future__ import annotations

from decimal import Decimal

from forms import analytes
from forms.branching import When
from forms.code_lists import CNS_STATUSES, DISEASE_GROUPS, LEUKEMIAS, MRD_METHODS, SAMPLES
from forms.context import Context
from forms.derivations import days_between, study_day
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    HARD,
    QI,
    SOFT,
    STRUCTURE,
    Choice,
    CodeList,
    Count,
    Day,
    Derived,
    Item,
    Link,
    MultiChoice,
    Number,
    YesNo,
)
from forms.ordering import infusion_day, not_after_death, not_before, not_before_infusion
from forms.values import Answer, Measurement, Row, answer

TIMEPOINTS = CodeList(
    "timepoints",
    {
        "day_28": "Day 28",
        "month_2": "Month 2",
        "month_3": "Month 3",
        "month_6": "Month 6",
        "month_12": "Month 12",
        "relapse": "At relapse",
        "other": "Another time",
    },
)
RESPONSES = CodeList(
    "responses",
    {
        "cr": "Complete response (CR)",
        "cri": "Complete response, counts not recovered (CRi)",
        "scr": "Stringent complete response (myeloma)",
        "vgpr": "Very good partial response (myeloma)",
        "pr": "Partial response",
        "sd": "Stable disease",
        "pd": "Progressive disease",
        "nr": "No response",
        "relapse": "Relapse after response",
        "not_assessed": "Not assessed",
    },
)
NOT_ASSESSED_REASONS = CodeList(
    "not_assessed_reasons",
    {
        "died": "Died before",
        "too_ill": "Too ill",
        "declined": "Declined",
        "elsewhere": "Done elsewhere, no report yet",
        "not_scheduled": "Not part of local practice",
        "other": "Other reason",
    },
)
MRD_RESULTS = CodeList(
    "mrd_results",
    {
        "not_detected": "Not detected",
        "below_quantification": "Detected, too low to quantify",
        "detected": "Detected and quantified",
        "failed": "Sample not evaluable",
        "not_done": "Not done",
    },
)
MRD_CLASSES = CodeList(
    "mrd_classes",
    {
        "negative": "Negative (limit of detection 0.01 % or better)",
        "negative_insufficient": "Negative with insufficient sensitivity",
        "positive_low": "Positive below 0.01 %",
        "positive": "Positive, 0.01 % or more",
    },
)
RELAPSE_SITES = CodeList(
    "relapse_sites",
    {
        "marrow": "Marrow",
        "mrd": "MRD only",
        "cns": "CNS",
        "testis": "Testis",
        "other": "Other extramedullary or tumor site",
    },
)
ANTIGEN_STATES = CodeList(
    "antigen_states",
    {
        "positive": "Antigen still present",
        "dim": "Antigen dim or partly lost",
        "negative": "Antigen lost",
        "lineage_switch": "Lineage switch",
        "not_tested": "Not tested",
    },
)
CAR_ASSAYS = CodeList(
    "car_assays", {"flow": "Flow cytometry", "qpcr": "qPCR", "ddpcr": "Digital PCR", "other": "Other"}
)

MRD_THRESHOLD_PERCENT = Decimal("0.01")
RELAPSE_BLASTS_PERCENT = 5
REMISSION_CODES = ("cr", "cri", "scr")
DAY_28_WINDOW = (21, 42)
_ASSESSED = When("response", is_in=("not_assessed",), negated=True)
_LEUKEMIA = When.all_of(When("disease_group", is_in=LEUKEMIAS), _ASSESSED)
_MRD_DONE = When("mrd_result", is_in=("not_detected", "below_quantification", "detected"))
_CAR = When("car_detectable", is_in=("yes", "no"))
_B_CELL_TARGET = When("disease_group", is_in=("b_all", "lymphoma", "autoimmune"))
_RELAPSED = When("relapsed")


def _mrd_class(row: Row, context: Context) -> Answer | None:
    result, found, limit = (answer(row, name) for name in ("mrd_result", "mrd_percent", "mrd_lod_percent"))
    if result == "not_detected":
        if not isinstance(limit, Decimal):
            return None
        return "negative" if limit <= MRD_THRESHOLD_PERCENT else "negative_insufficient"
    if result == "below_quantification":
        return "positive_low"
    if result == "detected" and isinstance(found, Decimal):
        return "positive" if found >= MRD_THRESHOLD_PERCENT else "positive_low"
    return None


def _day_28_is_in_window(row: Row, context: Context) -> bool | None:
    days = days_between(infusion_day(row, context), answer(row, "assessed_on"))
    if days is None or answer(row, "timepoint") != "day_28":
        return None
    return DAY_28_WINDOW[0] <= days <= DAY_28_WINDOW[1]


def _response_fits_disease(row: Row, context: Context) -> bool | None:
    group, response = answer(row, "disease_group"), answer(row, "response")
    if group is None or response is None:
        return None
    if response in ("scr", "vgpr"):
        return group == "myeloma"
    return not (response == "cri" and group not in LEUKEMIAS)


def _remission_fits_blasts(row: Row, context: Context) -> bool | None:
    blasts = answer(row, "marrow_blasts_percent")
    if not isinstance(blasts, Decimal) or answer(row, "response") not in REMISSION_CODES:
        return None
    return blasts < RELAPSE_BLASTS_PERCENT


def _mrd_value_fits_result(row: Row, context: Context) -> bool | None:
    result, found = answer(row, "mrd_result"), answer(row, "mrd_percent")
    if not isinstance(found, Decimal):
        return None
    return found > 0 if result == "detected" else found == 0


def _mrd_value_reaches_limit(row: Row, context: Context) -> bool | None:
    found, limit = answer(row, "mrd_percent"), answer(row, "mrd_lod_percent")
    if not isinstance(found, Decimal) or not isinstance(limit, Decimal) or answer(row, "mrd_result") != "detected":
        return None
    return found >= limit


def _complete_response_has_counts(row: Row, context: Context) -> bool | None:
    if answer(row, "response") != "cr" or answer(row, "disease_group") not in LEUKEMIAS:
        return None
    neutrophils, platelets = answer(row, "anc"), answer(row, "platelets")
    low = [
        measured.value < limit
        for measured, limit in ((neutrophils, 1), (platelets, 100))
        if isinstance(measured, Measurement)
    ]
    return None if not low else not any(low)


_WHAT: dict[str, Item] = {
    "infusion": Link(
        form="infusion",
        label="Infusion",
        section="Assessment",
        required=True,
        privacy=STRUCTURE,
        help="The infusion whose effect is judged, such as the one of 2026-03-05.",
    ),
    "assessed_on": Day(
        label="Assessed on",
        required=True,
        missing=False,
        privacy=DATE,
        help="Day of the marrow or the imaging, such as 2026-04-02; if not assessed, the day this was decided.",
    ),
    "study_day": study_day("assessed_on"),
    "timepoint": Choice(
        label="Time point",
        codes=TIMEPOINTS,
        required=True,
        privacy=CLINICAL,
        help="The visit it stands for, such as Day 28 (days 21 to 42).",
    ),
    "disease_group": Choice(
        label="Disease",
        codes=DISEASE_GROUPS,
        required=True,
        missing=False,
        privacy=QI,
        derives_from=("baseline.disease",),
        help="As on the baseline page; the questions below depend on it, such as B-cell acute lymphoblastic leukemia.",
    ),
    "response": Choice(
        label="Response",
        codes=RESPONSES,
        required=True,
        privacy=CLINICAL,
        help="The state on this day, such as Complete response, counts not recovered (CRi).",
    ),
    "not_assessed_reason": Choice(
        label="Why not assessed",
        codes=NOT_ASSESSED_REASONS,
        ask_if=When("response", is_in=("not_assessed",)),
        required=True,
        privacy=CLINICAL,
        help="The main reason, such as Too ill.",
    ),
}

_LEUKEMIA_ITEMS: dict[str, Item] = {
    "marrow_blasts_percent": Number(
        label="Marrow blasts",
        section="Marrow and counts",
        unit="%",
        decimals=2,
        low=0,
        high=100,
        ask_if=_LEUKEMIA,
        extended=True,
        privacy=CLINICAL,
        help="By morphology, 0 if none, such as 1.",
    ),
    "circulating_blasts": YesNo(
        label="Blasts in the blood",
        ask_if=_LEUKEMIA,
        extended=True,
        privacy=CLINICAL,
        help="By microscopy on the same days, such as No.",
    ),
    "cns_status": Choice(
        label="CNS status",
        codes=CNS_STATUSES,
        ask_if=_LEUKEMIA,
        extended=True,
        privacy=CLINICAL,
        help="At the lumbar puncture of this assessment, such as CNS1.",
    ),
    "extramedullary": YesNo(
        label="Extramedullary disease",
        ask_if=_LEUKEMIA,
        extended=True,
        privacy=CLINICAL,
        help="Outside marrow and CNS, such as No.",
    ),
    "anc": analytes.ANC.item(
        ask_if=_LEUKEMIA, extended=True, privacy=CLINICAL, help="On the same days, in 10^9/L, such as 0.8."
    ),
    "platelets": analytes.PLATELETS.item(
        ask_if=_LEUKEMIA, extended=True, privacy=CLINICAL, help="On the same days, in 10^9/L, such as 65."
    ),
    "last_transfusion_on": Day(
        label="Last platelet transfusion before",
        partial=True,
        ask_if=_LEUKEMIA,
        extended=True,
        privacy=DATE,
        help="CR needs 7 days without, such as 2026-03-24; leave empty if none since infusion.",
    ),
    "mrd_result": Choice(
        label="Minimal residual disease",
        section="Minimal residual disease",
        codes=MRD_RESULTS,
        ask_if=_LEUKEMIA,
        required=True,
        privacy=CLINICAL,
        help="The most sensitive test of this assessment, such as Not detected.",
    ),
    "mrd_method": Choice(
        label="Method",
        codes=MRD_METHODS,
        ask_if=_MRD_DONE,
        extended=True,
        privacy=CLINICAL,
        help="The method of that result, such as Flow cytometry.",
    ),
    "mrd_sample": Choice(
        label="Sample",
        codes=SAMPLES,
        ask_if=_MRD_DONE,
        extended=True,
        privacy=CLINICAL,
        help="What was tested, such as Bone marrow.",
    ),
    "mrd_percent": Number(
        label="MRD",
        unit="%",
        decimals=6,
        low=0,
        high=100,
        ask_if=When("mrd_result", is_in=("detected",)),
        required=True,
        privacy=CLINICAL,
        help="In percent of nucleated cells, such as 0.02 for 2 in 10,000.",
    ),
    "mrd_lod_percent": Number(
        label="Limit of detection",
        unit="%",
        decimals=6,
        low=0,
        high=100,
        ask_if=_MRD_DONE,
        required=True,
        privacy=CLINICAL,
        help="From the report, in percent; without it a negative result cannot be classed, such as 0.01.",
    ),
    "mrd_class": Derived(
        label="MRD class",
        result=Choice(label="MRD class", codes=MRD_CLASSES, privacy=CLINICAL),
        compute=_mrd_class,
        privacy=CLINICAL,
        help="From result, value and limit of detection with a threshold of 0.01 %, such as Negative.",
    ),
    "ngs_result": Choice(
        label="MRD by sequencing",
        codes=MRD_RESULTS,
        ask_if=_LEUKEMIA,
        extended=True,
        privacy=CLINICAL,
        help="Only if sequencing was done beside the test above, such as Not detected.",
    ),
    "ngs_per_million": Number(
        label="MRD by sequencing, cells per million",
        unit="per 10^6",
        decimals=2,
        low=0,
        high=1_000_000,
        ask_if=When("ngs_result", is_in=("detected",)),
        extended=True,
        privacy=CLINICAL,
        help="Residual cells per million nucleated cells, such as 3.",
    ),
}

_TUMOR_ITEMS: dict[str, Item] = {
    "deauville": Count(
        label="Deauville score",
        section="Lymphoma, myeloma and tumors",
        low=1,
        high=5,
        ask_if=When.all_of(When("disease_group", is_in=("lymphoma",)), _ASSESSED),
        extended=True,
        privacy=CLINICAL,
        help="Of the PET scan, 1 to 5, such as 2.",
    ),
    "tumor_change_percent": Number(
        label="Change of the sum of target lesions",
        unit="%",
        decimals=1,
        low=-100,
        high=1000,
        ask_if=When.all_of(When("disease_group", is_in=("solid", "cns", "lymphoma")), _ASSESSED),
        extended=True,
        privacy=CLINICAL,
        help="Against baseline, negative for shrinking, such as -35.",
    ),
    "neurological_change": Choice(
        label="Neurological state",
        codes=CodeList(
            "neurological_changes", {"better": "Better than before infusion", "same": "Unchanged", "worse": "Worse"}
        ),
        ask_if=When.all_of(When("disease_group", is_in=("cns",)), _ASSESSED),
        extended=True,
        privacy=CLINICAL,
        help="Compared with before infusion, such as Unchanged.",
    ),
    "m_protein": analytes.M_PROTEIN.item(
        ask_if=When.all_of(When("disease_group", is_in=("myeloma",)), _ASSESSED),
        extended=True,
        privacy=CLINICAL,
        help="In serum, g/dL, such as 0.3.",
    ),
}

_CELLS: dict[str, Item] = {
    "car_detectable": YesNo(
        label="CAR T cells detectable",
        section="CAR T cells and B cells",
        required=True,
        privacy=CLINICAL,
        help="In blood by the site's assay near this day, such as Yes; Not done if no assay exists.",
    ),
    "car_assay": Choice(
        label="Assay",
        codes=CAR_ASSAYS,
        ask_if=_CAR,
        extended=True,
        privacy=CLINICAL,
        help="The method used, such as Flow cytometry.",
    ),
    "car_assayed_on": Day(
        label="Assayed on",
        partial=True,
        ask_if=_CAR,
        extended=True,
        privacy=DATE,
        help="The day of that sample, such as 2026-04-01.",
    ),
    "car_percent_of_t_cells": Number(
        label="CAR T cells of all T cells",
        unit="%",
        decimals=3,
        low=0,
        high=100,
        ask_if=_CAR,
        extended=True,
        privacy=CLINICAL,
        help="By flow cytometry, such as 4.2.",
    ),
    "car_cells": analytes.CAR_CELLS.item(
        ask_if=_CAR, extended=True, privacy=CLINICAL, help="By flow cytometry, in cells/uL, such as 12."
    ),
    "car_copies": analytes.CAR_COPIES.item(
        ask_if=_CAR, extended=True, privacy=CLINICAL, help="By PCR, in copies/ug DNA, such as 850."
    ),
    "car_limit_of_detection": Number(
        label="Limit of detection of that assay",
        decimals=4,
        low=0,
        high=100_000,
        ask_if=_CAR,
        extended=True,
        privacy=CLINICAL,
        help="In the unit of the value above, such as 0.1.",
    ),
    "car_peak_percent": Number(
        label="Highest share of CAR T cells so far",
        unit="%",
        decimals=3,
        low=0,
        high=100,
        extended=True,
        privacy=CLINICAL,
        help="Expansion: the peak of all T cells, such as 62.",
    ),
    "car_peak_on": Day(
        label="Day of that peak",
        partial=True,
        extended=True,
        privacy=DATE,
        help="As exactly as known, such as 2026-03-15.",
    ),
    "b_cell_aplasia": YesNo(
        label="B-cell aplasia",
        ask_if=_B_CELL_TARGET,
        required=True,
        privacy=CLINICAL,
        help="Only for CD19 or CD22 constructs, by the site's own threshold, such as Yes.",
    ),
    "cd19_cells": analytes.CD19_CELLS.item(
        ask_if=_B_CELL_TARGET, extended=True, privacy=CLINICAL, help="In cells/uL, such as 0 or <1."
    ),
    "cd19_percent": Number(
        label="CD19+ share of lymphocytes",
        unit="%",
        decimals=2,
        low=0,
        high=100,
        ask_if=_B_CELL_TARGET,
        extended=True,
        privacy=CLINICAL,
        help="By flow cytometry, such as 0.1.",
    ),
}

_RELAPSE: dict[str, Item] = {
    "best_response": Choice(
        label="Best response so far",
        section="Best response and relapse",
        codes=RESPONSES,
        extended=True,
        privacy=CLINICAL,
        help="Within 3 months of infusion, such as Complete response (CR).",
    ),
    "relapsed": YesNo(
        label="Relapse or progression since the last assessment",
        required=True,
        privacy=CLINICAL,
        help="After a response: relapse; without one, answer No and use No response above, such as No.",
    ),
    "relapsed_on": Day(
        label="Relapsed on",
        partial=True,
        ask_if=_RELAPSED,
        required=True,
        privacy=DATE,
        help="The day of the first proof, such as 2026-07-20.",
    ),
    "relapse_sites": MultiChoice(
        label="Where",
        codes=RELAPSE_SITES,
        ask_if=_RELAPSED,
        extended=True,
        privacy=CLINICAL,
        help="All sites, such as Marrow and CNS.",
    ),
    "relapse_blasts_percent": Number(
        label="Marrow blasts at relapse",
        unit="%",
        decimals=2,
        low=0,
        high=100,
        ask_if=When.all_of(_RELAPSED, When("disease_group", is_in=LEUKEMIAS)),
        extended=True,
        privacy=CLINICAL,
        help="By morphology, such as 38.",
    ),
    "antigen_state": Choice(
        label="Antigen at relapse",
        codes=ANTIGEN_STATES,
        ask_if=_RELAPSED,
        extended=True,
        privacy=CLINICAL,
        help="Of the construct's target, such as Antigen lost.",
    ),
}

RESPONSE = Form(
    name="response",
    number=12,
    title="CAR T response",
    intro="One page per assessment of remission. Day 28 is expected for every infused child, treated or not.",
    version=1,
    day_item="assessed_on",
    summary=("assessed_on", "timepoint", "response", "mrd_result"),
    items={**_WHAT, **_LEUKEMIA_ITEMS, **_TUMOR_ITEMS, **_CELLS, **_RELAPSE},
    checks=(
        not_before_infusion("response", "assessed_on", label="The assessment"),
        not_after_death("response", "assessed_on", label="The assessment"),
        not_before(
            "response",
            "assessed_on",
            "relapsed_on",
            severity=SOFT,
            message="Relapse on {relapsed_on} is after this assessment on {assessed_on}. Enter it at the next "
            "assessment, or say why.",
        ),
        Check(
            id="response.day_28_window",
            severity=SOFT,
            items=("assessed_on", "timepoint"),
            message="{assessed_on} is not 21 to 42 days after infusion, yet it is called day 28. Correct one of them, "
            "or say why.",
            holds=_day_28_is_in_window,
        ),
        Check(
            id="response.fits_disease",
            severity=SOFT,
            items=("response", "disease_group"),
            message="“{response}” is not used for {disease_group}. Correct one of them, or say why.",
            holds=_response_fits_disease,
        ),
        Check(
            id="response.remission_fits_blasts",
            severity=CONFIRM,
            items=("response", "marrow_blasts_percent"),
            message="{marrow_blasts_percent} marrow blasts do not fit a complete response (under 5 %). Check both "
            "against the source.",
            holds=_remission_fits_blasts,
        ),
        Check(
            id="response.counts_recovered",
            severity=SOFT,
            items=("response", "anc", "platelets"),
            message="Neutrophils {anc} or platelets {platelets} are too low for CR; it would be CRi. Correct one of "
            "them, or say why.",
            holds=_complete_response_has_counts,
        ),
        Check(
            id="response.mrd_value_fits_result",
            severity=HARD,
            items=("mrd_percent", "mrd_result"),
            message="MRD is “{mrd_result}”, yet the value is {mrd_percent}. Correct one of them.",
            holds=_mrd_value_fits_result,
        ),
        Check(
            id="response.mrd_value_reaches_limit",
            severity=SOFT,
            items=("mrd_percent", "mrd_lod_percent"),
            message="MRD {mrd_percent} is below the limit of detection {mrd_lod_percent}. Correct one of them, or say "
            "why.",
            holds=_mrd_value_reaches_limit,
        ),
    ),
)
