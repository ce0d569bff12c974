"""The part of the response form on leukemia: marrow, counts and minimal residual disease."""

from __future__ import annotations

from forms import analytes
from forms.branching import When
from forms.casebook.response_rules import mrd_class
from forms.code_lists import CNS_STATUSES, LEUKEMIAS, MRD_METHODS, SAMPLES
from forms.items import (
    CLINICAL,
    DATE,
    Choice,
    CodeList,
    Day,
    Derived,
    Item,
    Number,
    YesNo,
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

ASSESSED = When("response", is_in=("not_assessed",), negated=True)

_LEUKEMIA = When.all_of(When("disease_group", is_in=LEUKEMIAS), ASSESSED)

_MRD_DONE = When("mrd_result", is_in=("not_detected", "below_quantification", "detected"))


LEUKEMIA_ITEMS: dict[str, Item] = {
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
        compute=mrd_class,
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
