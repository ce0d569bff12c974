"""Form 8: one dose regimen of a course, as ordered and as given; a change of dose, frequency or route is a new page."""

from __future__ import annotations

from decimal import Decimal

from forms.branching import When
from forms.casebook.anakinra_regimen_amounts import HIGHEST_SINGLE_MG
from forms.casebook.anakinra_regimen_codes import CAPS, CHANGE_REASONS, HOLD_REASONS, ROUNDINGS
from forms.casebook.anakinra_regimen_recorded import recorded_of_order
from forms.casebook.anakinra_regimen_rules import (
    CHECKS,
    given_per_kg_day,
    mg_per_day,
    mg_per_dose,
    mg_per_kg_day,
    mg_per_kg_dose,
)
from forms.code_lists import ANAKINRA_ROUTES
from forms.derivations import anakinra_day, study_day
from forms.dosing import DOSE_BASES, FREQUENCIES
from forms.form import Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    QI_SITE,
    STRUCTURE,
    Choice,
    Count,
    Derived,
    Item,
    Link,
    Moment,
    MultiChoice,
    Number,
    Text,
    YesNo,
)

_DERIVED_MG = Number(label="Amount", decimals=2, low=0, high=10**10, privacy=CLINICAL)
_DERIVED_MG_PER_KG = Number(label="Amount", decimals=3, low=0, high=10**9, privacy=CLINICAL)
_WEIGHT = "anakinra_course.dosing_weight_kg"

_ORDERED: dict[str, Item] = {
    "course": Link(
        form="anakinra_course",
        label="Course",
        section="Order",
        required=True,
        privacy=STRUCTURE,
        help="The course this order belongs to, such as the one begun 2026-03-10.",
    ),
    "from_at": Moment(
        label="From",
        required=True,
        missing=False,
        privacy=DATE,
        help="Day and time of the first dose under this order, such as 2026-03-10 18:00.",
    ),
    "study_day": study_day("from_at"),
    "anakinra_day": anakinra_day("from_at"),
    "until_at": Moment(
        label="Until",
        privacy=DATE,
        help="Day and time of the last dose under this order, such as 2026-03-13 12:00. Leave empty while it goes on.",
    ),
    "dose_value": Number(
        label="Dose ordered",
        decimals=3,
        low=Decimal("0.01"),
        high=2400,
        beyond=CONFIRM,
        required=True,
        privacy=CLINICAL,
        help="The number of the order only, such as 2 for 2 mg/kg per dose.",
    ),
    "dose_basis": Choice(
        label="Basis of the dose",
        codes=DOSE_BASES,
        required=True,
        privacy=QI_SITE,
        help="As ordered: 2 mg/kg per dose and 2 mg/kg per day differ fourfold, such as mg/kg per dose.",
    ),
    "frequency": Choice(
        label="Frequency",
        codes=FREQUENCIES,
        required=True,
        privacy=QI_SITE,
        help="The interval of the order, such as Every 6 hours.",
    ),
    "route": Choice(
        label="Route",
        codes=ANAKINRA_ROUTES,
        required=True,
        privacy=QI_SITE,
        help="The route of this order, such as IV intermittent.",
    ),
    "rounding": Choice(
        label="Rounding",
        codes=ROUNDINGS,
        extended=True,
        privacy=QI_SITE,
        help="The rule the dose was rounded by, such as To the nearest 5 mg.",
    ),
    "cap_applied": Choice(
        label="Cap",
        codes=CAPS,
        required=True,
        privacy=QI_SITE,
        help="Whether a highest dose cut the order, such as Capped per dose.",
    ),
    "taper_step": YesNo(
        label="Step of a taper",
        required=True,
        privacy=CLINICAL,
        help="Yes if this order lowers dose or frequency in order to stop, such as Yes.",
    ),
    "change_reason": Choice(
        label="Reason for this order",
        codes=CHANGE_REASONS,
        extended=True,
        privacy=CLINICAL,
        help="Why the order before was changed, such as No or too little response.",
    ),
    "renally_adjusted": YesNo(
        label="Lengthened because of the kidneys",
        extended=True,
        privacy=CLINICAL,
        help="Yes if dose or interval was changed for it, such as Yes for every 48 hours on dialysis.",
    ),
    "renal_rationale": Text(
        label="Why not lengthened although kidney function is low",
        max_length=200,
        ask_if=When("renally_adjusted", is_in=("no",)),
        extended=True,
        privacy=FREE_TEXT,
        help="Only for an estimated GFR under 30 or dialysis, such as short course in life-threatening HLH.",
    ),
}

_ARITHMETIC: dict[str, Item] = {
    "mg_per_dose": Derived(
        label="Order in mg per dose",
        unit="mg",
        result=_DERIVED_MG,
        compute=mg_per_dose,
        derives_from=("dose_value", _WEIGHT),
        privacy=CLINICAL,
        help="Value times dosing weight as the basis says, before cap and rounding, such as 49.6.",
    ),
    "mg_per_day": Derived(
        label="Order in mg per day",
        unit="mg/day",
        result=_DERIVED_MG,
        compute=mg_per_day,
        derives_from=("dose_value", _WEIGHT),
        privacy=CLINICAL,
        help="mg per dose times doses in 24 hours, before cap and rounding, such as 198.4.",
    ),
    "mg_per_kg_dose": Derived(
        label="Order in mg/kg per dose",
        unit="mg/kg",
        result=_DERIVED_MG_PER_KG,
        compute=mg_per_kg_dose,
        derives_from=("frequency",),
        privacy=CLINICAL,
        help="From value, basis and frequency, before cap and rounding, such as 2.",
    ),
    "mg_per_kg_day": Derived(
        label="Order in mg/kg per day",
        unit="mg/kg/day",
        result=_DERIVED_MG_PER_KG,
        compute=mg_per_kg_day,
        privacy=CLINICAL,
        help="From value, basis and frequency, before cap and rounding, such as 8.",
    ),
}

_GIVEN: dict[str, Item] = {
    "given_mg": Number(
        label="Dose given",
        section="Given",
        unit="mg",
        decimals=2,
        low=Decimal("0.1"),
        high=HIGHEST_SINGLE_MG,
        beyond=CONFIRM,
        required=True,
        derives_from=(_WEIGHT,),
        privacy=CLINICAL,
        help="One usual dose as given, after cap and rounding; continuous: the mg of 24 hours, such as 50.",
    ),
    "given_mg_per_kg_day": Derived(
        label="Given in mg/kg per day",
        unit="mg/kg/day",
        result=_DERIVED_MG_PER_KG,
        compute=given_per_kg_day,
        privacy=CLINICAL,
        help="Dose given times doses in 24 hours by dosing weight, such as 8.065.",
    ),
    "doses_given": Count(
        label="Doses given",
        low=0,
        high=400,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="All doses under this order, partial ones too, such as 11.",
    ),
    "doses_held": Count(
        label="Doses held",
        low=0,
        high=200,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="Left out on purpose, such as 1.",
    ),
    "doses_missed": Count(
        label="Doses missed",
        low=0,
        high=200,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="Left out without a decision, such as 0.",
    ),
    "doses_partial": Count(
        label="Partial doses",
        low=0,
        high=200,
        beyond=CONFIRM,
        extended=True,
        privacy=CLINICAL,
        help="Less than the usual dose, such as 1 for a syringe that leaked.",
    ),
    "hold_reasons": MultiChoice(
        label="Why held, missed or partial",
        codes=HOLD_REASONS,
        none="none",
        extended=True,
        privacy=CLINICAL,
        help="All that applied, such as Procedure.",
    ),
}

ANAKINRA_REGIMEN = Form(
    name="anakinra_regimen",
    number=8,
    title="Anakinra regimen",
    intro="One page per order. Every change of dose, frequency or route is a new page of the same course.",
    version=1,
    day_item="from_at",
    summary=("from_at", "dose_value", "dose_basis", "frequency", "route"),
    items={**_ORDERED, **_ARITHMETIC, **_GIVEN},
    checks=CHECKS,
    recorded=recorded_of_order,
)
