"""Form 3: one infusion of CAR T cells. Its day is day 0; a second infusion is a second row."""

from __future__ import annotations

from decimal import Decimal

from forms.branching import When
from forms.casebook.infusion_rules import CHECKS, age_at_infusion, infusion_number
from forms.casebook.recorded_elsewhere import recorded_at_infusion
from forms.code_lists import ANTIGENS, DISEASE_BURDENS
from forms.form import Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    DIRECT,
    FREE_TEXT,
    QI,
    QI_SITE,
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

PRODUCTS = CodeList(
    "products",
    {
        "tisagenlecleucel": "Tisagenlecleucel",
        "axicabtagene": "Axicabtagene ciloleucel",
        "brexucabtagene": "Brexucabtagene autoleucel",
        "lisocabtagene": "Lisocabtagene maraleucel",
        "obecabtagene": "Obecabtagene autoleucel",
        "idecabtagene": "Idecabtagene vicleucel",
        "ciltacabtagene": "Ciltacabtagene autoleucel",
        "academic": "Academic or other trial product",
    },
)
SETTINGS = CodeList(
    "settings",
    {"commercial": "Commercial product", "trial": "In a trial", "expanded": "Expanded access or out of specification"},
)
LYMPHODEPLETIONS = CodeList(
    "lymphodepletions",
    {
        "flu_cy": "Fludarabine and cyclophosphamide",
        "cy": "Cyclophosphamide alone",
        "bendamustine": "Bendamustine",
        "other": "Other drugs",
        "none": "None given",
    },
)


INFUSION = Form(
    name="infusion",
    number=3,
    title="Infusion",
    intro="One page per infusion of CAR T cells. A second infusion, also at another center, is a new page.",
    version=1,
    day_item="infused_on",
    summary=("infused_on", "product"),
    items={
        "infused_on": Day(
            label="Infused on (day 0)",
            section="Infusion",
            required=True,
            missing=False,
            privacy=DATE,
            help="The day of the first bag if the dose was split, such as 2026-03-05.",
        ),
        "age_years": Derived(
            label="Age at infusion",
            unit="years",
            result=Count(label="Age at infusion", unit="years", low=0, high=120, privacy=QI),
            compute=age_at_infusion,
            derives_from=("enrolment.birth_date", "infused_on"),
            privacy=QI,
            help="Completed years, from the birth date, such as 8. Empty where the birth date leaves it open.",
        ),
        "infusion_number": Derived(
            label="Infusion number",
            result=Count(label="Infusion number", low=1, high=20, privacy=QI),
            compute=infusion_number,
            privacy=QI,
            help="1 for the child's first infusion in the registry, counted by date, such as 2 for a reinfusion.",
        ),
        "setting": Choice(
            label="Setting",
            codes=SETTINGS,
            required=True,
            privacy=QI_SITE,
            help="How the product was given, such as Commercial product.",
        ),
        "product": Choice(
            label="Product",
            codes=PRODUCTS,
            required=True,
            privacy=QI,
            help="The product infused, such as Tisagenlecleucel.",
        ),
        "product_other": Text(
            label="Which academic product",
            max_length=80,
            ask_if=When("product", is_in=("academic",)),
            extended=True,
            privacy=FREE_TEXT,
            help="The name used in the protocol, such as CD22 CAR, version 2.",
        ),
        "antigens": MultiChoice(
            label="Antigens of the construct",
            codes=ANTIGENS,
            required=True,
            privacy=QI,
            help="All antigens the cells recognise, such as CD19 and CD22 for a dual construct.",
        ),
        "costimulation": Choice(
            label="Costimulatory domain",
            codes=CodeList(
                "costimulations", {"cd28": "CD28", "bb": "4-1BB", "both": "Both", "other": "Other", "none": "None"}
            ),
            extended=True,
            privacy=CLINICAL,
            help="From the product's description, such as 4-1BB.",
        ),
        "cell_source": Choice(
            label="Source of the cells",
            codes=CodeList(
                "cell_sources",
                {"autologous": "The patient", "donor": "The transplant donor", "third_party": "Third party"},
            ),
            extended=True,
            privacy=CLINICAL,
            help="Who the T cells came from, such as The patient.",
        ),
        "product_lot": Text(
            label="Product lot or chain-of-identity number",
            max_length=40,
            extended=True,
            privacy=DIRECT,
            help="Only if the site must keep it here, such as TL-204881. It leaves the registry in no data cut.",
        ),
        "cells_million_per_kg": Number(
            label="CAR T cells per kg",
            section="Cells",
            unit="10^6/kg",
            decimals=3,
            low=Decimal("0.001"),
            high=500,
            beyond=CONFIRM,
            extended=True,
            privacy=CLINICAL,
            help="Transduced viable cells per kg; answer this or the total, such as 2.4.",
        ),
        "cells_million": Number(
            label="CAR T cells in total",
            unit="10^6",
            decimals=2,
            low=Decimal("0.01"),
            high=5000,
            beyond=CONFIRM,
            extended=True,
            derives_from=("weight_at_infusion_kg",),
            privacy=CLINICAL,
            help="Transduced viable cells infused, such as 85.",
        ),
        "split_dose": YesNo(
            label="Dose split over several days",
            extended=True,
            privacy=CLINICAL,
            help="Yes if bags were given on more than one day, such as Yes for 10, 30 and 60 percent.",
        ),
        "weight_at_infusion_kg": Number(
            label="Weight at infusion",
            unit="kg",
            decimals=2,
            low=2,
            high=200,
            beyond=CONFIRM,
            extended=True,
            privacy=QI,
            help="The weight used for the cell dose, such as 24.8.",
        ),
        "lymphodepletion": Choice(
            label="Lymphodepletion",
            section="Before the cells",
            codes=LYMPHODEPLETIONS,
            required=True,
            privacy=CLINICAL,
            help="The drugs given before the cells, such as Fludarabine and cyclophosphamide.",
        ),
        "lymphodepletion_on": Day(
            label="Lymphodepletion started on",
            ask_if=When("lymphodepletion", is_in=("flu_cy", "cy", "bendamustine", "other")),
            extended=True,
            privacy=DATE,
            help="The first day of the drugs, such as 2026-02-27.",
        ),
        "disease_at_lymphodepletion": YesNo(
            label="Disease present at lymphodepletion",
            required=True,
            privacy=CLINICAL,
            help="Any detectable disease, MRD included, at the last assessment, such as Yes for MRD of 0.02 percent.",
        ),
        "burden_at_lymphodepletion": Choice(
            label="Disease burden at lymphodepletion",
            codes=DISEASE_BURDENS,
            ask_if=When("disease_at_lymphodepletion"),
            extended=True,
            privacy=CLINICAL,
            help="For the first infusion as on the baseline page, such as 5 to under 25 % marrow blasts.",
        ),
        "bridging": YesNo(
            label="Bridging treatment between collection and lymphodepletion",
            extended=True,
            privacy=CLINICAL,
            help="Any anti-tumor drug or radiation, such as Yes for weekly vincristine.",
        ),
        "prophylactic_tocilizumab": YesNo(
            label="Tocilizumab planned before any toxicity",
            section="Prevention of toxicity",
            extended=True,
            privacy=QI_SITE,
            help="Yes if it is the site's rule for this child; enter the dose as a concomitant agent, such as Yes for "
            "high burden.",
        ),
        "prophylactic_steroid": YesNo(
            label="Steroid planned before any toxicity",
            extended=True,
            privacy=QI_SITE,
            help="Yes if planned as prevention, not as premedication, such as Yes for dexamethasone on days 0 to 2.",
        ),
        "prophylactic_anakinra": YesNo(
            label="Anakinra planned before any toxicity",
            extended=True,
            privacy=QI_SITE,
            help="Yes if planned as prevention; enter the doses as an anakinra course, such as Yes from day 2 on.",
        ),
        "infused_elsewhere": YesNo(
            label="Infused at another center",
            section="Setting",
            extended=True,
            privacy=QI_SITE,
            help="Yes if another hospital gave these cells, such as Yes for a child referred on day 9.",
        ),
        "outpatient": YesNo(
            label="Infused as an outpatient",
            extended=True,
            privacy=QI_SITE,
            help="Yes if the child slept at home on day 0, such as Yes for low burden disease.",
        ),
    },
    checks=CHECKS,
    recorded=recorded_at_infusion,
)
