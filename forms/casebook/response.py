"""Form 12: what the CAR T cells did: remission, MRD, persistence, B cells, relapse. Branches by disease."""

from __future__ import annotations

from forms import analytes
from forms.branching import When
from forms.casebook.recorded_elsewhere import recorded_at_response
from forms.casebook.response_codes import (
    ANTIGEN_STATES,
    CAR_ASSAYS,
    CAR_LIMIT_UNITS,
    NOT_ASSESSED_REASONS,
    RELAPSE_SITES,
    RESPONSES,
    TIMEPOINTS,
)
from forms.casebook.response_leukemia import ASSESSED, LEUKEMIA_ITEMS
from forms.casebook.response_rules import CHECKS
from forms.code_lists import DISEASE_GROUPS, LEUKEMIAS
from forms.derivations import study_day
from forms.form import Form
from forms.items import (
    CLINICAL,
    DATE,
    QI,
    STRUCTURE,
    Choice,
    CodeList,
    Count,
    Day,
    Item,
    Link,
    MultiChoice,
    Number,
    YesNo,
)

_CAR = When("car_detectable", is_in=("yes", "no"))
_B_CELL_TARGET = When("disease_group", is_in=("b_all", "lymphoma", "autoimmune"))
_RELAPSED = When("relapsed")


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

_TUMOR_ITEMS: dict[str, Item] = {
    "deauville": Count(
        label="Deauville score",
        unit="points",
        section="Lymphoma, myeloma and tumors",
        low=1,
        high=5,
        ask_if=When.all_of(When("disease_group", is_in=("lymphoma",)), ASSESSED),
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
        ask_if=When.all_of(When("disease_group", is_in=("solid", "cns", "lymphoma")), ASSESSED),
        extended=True,
        privacy=CLINICAL,
        help="Against baseline, negative for shrinking, such as -35.",
    ),
    "neurological_change": Choice(
        label="Neurological state",
        codes=CodeList(
            "neurological_changes", {"better": "Better than before infusion", "same": "Unchanged", "worse": "Worse"}
        ),
        ask_if=When.all_of(When("disease_group", is_in=("cns",)), ASSESSED),
        extended=True,
        privacy=CLINICAL,
        help="Compared with before infusion, such as Unchanged.",
    ),
    "m_protein": analytes.M_PROTEIN.item(
        ask_if=When.all_of(When("disease_group", is_in=("myeloma",)), ASSESSED),
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
    "car_limit_unit": Choice(
        label="Unit of that limit",
        codes=CAR_LIMIT_UNITS,
        ask_if=When("car_limit_of_detection"),
        extended=True,
        since=2,
        privacy=CLINICAL,
        help="The unit in which the laboratory states it, such as cells/uL.",
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
    version=2,
    day_item="assessed_on",
    summary=("assessed_on", "timepoint", "response", "mrd_result"),
    items={**_WHAT, **LEUKEMIA_ITEMS, **_TUMOR_ITEMS, **_CELLS, **_RELAPSE},
    checks=CHECKS,
    recorded=recorded_at_response,
    recorded_by=("laboratory",),
)
