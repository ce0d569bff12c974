"""Form 3: one infusion of CAR T cells. Its day is day 0; a second infusion is a second row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from forms.branching import When
from forms.code_lists import ANTIGENS, DISEASE_BURDENS
from forms.context import Context
from forms.derivations import age_years, days_between
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    DIRECT,
    FREE_TEXT,
    HARD,
    QI,
    QI_SITE,
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
from forms.ordering import not_after_death, not_before
from forms.values import Answer, Row, answer, day_of, is_before

OLDEST_AGE_YEARS = 39

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


def _age_at_infusion(row: Row, context: Context) -> Answer | None:
    return age_years(answer(context.single("enrolment"), "birth_date"), day_of(answer(row, "infused_on")))


def _infusion_number(row: Row, context: Context) -> Answer | None:
    day = day_of(answer(row, "infused_on"))
    if day is None:
        return None
    own = (day, _instance(row))
    days = ((day_of(answer(other, "infused_on")), _instance(other)) for other in context.others("infusion", row))
    return 1 + sum(1 for when, instance in days if when is not None and (when, instance) < own)


def _instance(row: Row) -> int:
    number = row.get("instance")
    return number if isinstance(number, int) else 0


def _age_is_within_the_registry(row: Row, context: Context) -> bool | None:
    age = _age_at_infusion(row, context)
    return None if not isinstance(age, int) else 0 <= age <= OLDEST_AGE_YEARS


def _born_before_infusion(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "infused_on"), answer(context.single("enrolment"), "birth_date"))
    return None if wrong is None else not wrong


def _diagnosed_before_infusion(row: Row, context: Context) -> bool | None:
    first = answer(row, "lymphodepletion_on") or answer(row, "infused_on")
    wrong = is_before(first, answer(context.single("baseline"), "diagnosed_on"))
    return None if wrong is None else not wrong


def _lymphodepletion_is_recent(row: Row, context: Context) -> bool | None:
    days = days_between(answer(row, "lymphodepletion_on"), answer(row, "infused_on"))
    return None if days is None or days < 0 else 1 <= days <= 14


def _infusions_are_apart(row: Row, context: Context) -> bool | None:
    day = day_of(answer(row, "infused_on"))
    others: list[date | None] = [day_of(answer(other, "infused_on")) for other in context.others("infusion", row)]
    return None if day is None else all(other is None or abs((other - day).days) >= 7 for other in others)


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
            compute=_age_at_infusion,
            derives_from=("enrolment.birth_date", "infused_on"),
            privacy=QI,
            help="Completed years, from the birth date, such as 8. Empty where the birth date leaves it open.",
        ),
        "infusion_number": Derived(
            label="Infusion number",
            result=Count(label="Infusion number", low=1, high=20, privacy=QI),
            compute=_infusion_number,
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
    checks=(
        not_before(
            "infusion",
            "infused_on",
            "lymphodepletion_on",
            message="The infusion on {infused_on} is before lymphodepletion on {lymphodepletion_on}. Check both dates.",
        ),
        Check(
            id="infusion.born_before",
            severity=HARD,
            items=("infused_on",),
            message="The infusion on {infused_on} is before the birth date on the enrolment page. Check both dates.",
            holds=_born_before_infusion,
        ),
        Check(
            id="infusion.diagnosed_before",
            severity=HARD,
            items=("infused_on", "lymphodepletion_on"),
            message="Treatment begins before the diagnosis on the baseline page. Check the dates of both pages.",
            holds=_diagnosed_before_infusion,
        ),
        Check(
            id="infusion.lymphodepletion_interval",
            severity=SOFT,
            items=("lymphodepletion_on", "infused_on"),
            message="Lymphodepletion on {lymphodepletion_on} is not 1 to 14 days before the infusion on {infused_on}. "
            "Correct a date, or say why.",
            holds=_lymphodepletion_is_recent,
        ),
        Check(
            id="infusion.age_in_range",
            severity=CONFIRM,
            items=("infused_on",),
            message="The patient would be 40 years or older on {infused_on}. Check it and the birth date.",
            holds=_age_is_within_the_registry,
        ),
        Check(
            id="infusion.infusions_apart",
            severity=CONFIRM,
            items=("infused_on",),
            message="Another infusion is recorded within 7 days of {infused_on}. A split dose is one infusion: check "
            "that this is a second one.",
            holds=_infusions_are_apart,
        ),
        not_after_death("infusion", "infused_on", label="The infusion", severity=HARD),
    ),
)
