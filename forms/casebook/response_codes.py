"""The code lists of the response form."""

from __future__ import annotations

from forms.items import CodeList

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
CAR_LIMIT_UNITS = CodeList(
    "car_limit_units",
    {
        "percent": "% of T cells",
        "cells_ul": "cells/uL",
        "copies_ug": "copies/ug DNA",
        "other": "Other unit",
    },
)
CAR_ASSAYS = CodeList(
    "car_assays", {"flow": "Flow cytometry", "qpcr": "qPCR", "ddpcr": "Digital PCR", "other": "Other"}
)
