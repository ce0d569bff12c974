"""Form 8: one dose regimen of a course, as ordered and as given; a change of dose, frequency or route is a new page."""

from __future__ import annotations

from decimal import Decimal

from forms.branching import When
from forms.code_lists import ANAKINRA_ROUTES
from forms.context import Context
from forms.derivations import anakinra_day, study_day
from forms.dosing import DOSE_BASES, FREQUENCIES, Amounts, amounts, given_mg_per_day, given_mg_per_kg_day
from forms.form import Check, Form
from forms.items import (
    CLINICAL,
    CONFIRM,
    DATE,
    FREE_TEXT,
    HARD,
    QI_SITE,
    SOFT,
    STRUCTURE,
    WARNING,
    Choice,
    CodeList,
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
from forms.ordering import not_after_death, not_before
from forms.values import Answer, Row, answer, day_of, is_before

ROUNDINGS = CodeList(
    "roundings",
    {
        "none": "Not rounded",
        "nearest_mg": "To the nearest mg",
        "nearest_5_mg": "To the nearest 5 mg",
        "nearest_10_mg": "To the nearest 10 mg",
        "syringe_per_dose": "To whole syringes, each dose",
        "syringe_per_day": "To whole syringes, each day",
        "other": "Other rule",
    },
)
CAPS = CodeList(
    "caps",
    {
        "none": "No cap applied",
        "single": "Capped per dose",
        "daily": "Capped per day",
        "both": "Capped per dose and per day",
    },
)
CHANGE_REASONS = CodeList(
    "change_reasons",
    {
        "start": "First regimen of the course",
        "no_response": "No or too little response",
        "improving": "Improving (taper)",
        "worsening": "Worsening",
        "infection": "Infection",
        "cytopenia": "Cytopenia",
        "renal": "Kidney function",
        "route": "Change of route only",
        "weight": "New weight",
        "adverse_event": "Adverse event",
        "error": "Correction of an error",
        "other": "Other",
    },
)
HOLD_REASONS = CodeList(
    "hold_reasons",
    {
        "none": "No dose was held, missed or partial",
        "infection": "Infection",
        "cytopenia": "Cytopenia",
        "procedure": "Procedure",
        "access": "No access",
        "supply": "Not available",
        "refused": "Refused",
        "oversight": "Oversight",
        "other": "Other",
    },
)
HIGHEST_SINGLE_MG = 600
HIGHEST_DAILY_MG = 2400
HIGHEST_MG_PER_KG_DAY = 48
CUSTOMARY_DAILY_MG = 400
CUSTOMARY_SINGLE_MG = 100


def _course(row: Row, context: Context) -> Row:
    return context.linked("anakinra_course", answer(row, "course")) or {}


def _number(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _code(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _amounts(row: Row, context: Context) -> Amounts:
    return amounts(
        value=_number(answer(row, "dose_value")),
        basis=_code(answer(row, "dose_basis")),
        frequency=_code(answer(row, "frequency")),
        weight_kg=_number(answer(_course(row, context), "dosing_weight_kg")),
    )


def _mg_per_dose(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_dose


def _mg_per_day(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_day


def _mg_per_kg_dose(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_kg_dose


def _mg_per_kg_day(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_kg_day


def _given_mg_per_kg_day(row: Row, context: Context) -> Answer | None:
    return given_mg_per_kg_day(
        given_mg=_number(answer(row, "given_mg")),
        frequency=_code(answer(row, "frequency")),
        weight_kg=_number(answer(_course(row, context), "dosing_weight_kg")),
    )


def _basis_is_told(row: Row, context: Context) -> bool | None:
    return None if answer(row, "dose_value") is None else answer(row, "dose_basis") is not None


def _continuous_fits_route(row: Row, context: Context) -> bool | None:
    frequency, route = answer(row, "frequency"), answer(row, "route")
    if frequency is None or route is None:
        return None
    return (frequency == "continuous") == (route == "iv_continuous")


def _course_has_begun(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "from_at"), answer(_course(row, context), "started_at"))
    return None if wrong is None else not wrong


def _course_has_not_ended(row: Row, context: Context) -> bool | None:
    last = answer(row, "until_at") or answer(row, "from_at")
    wrong = is_before(answer(_course(row, context), "stopped_at"), last)
    return None if wrong is None else not wrong


def _deviation_share(row: Row, context: Context) -> Decimal | None:
    given, ordered = _number(answer(row, "given_mg")), _amounts(row, context).mg_per_dose
    return abs(given - ordered) / ordered if given is not None and ordered else None


def _given_is_near_ordered(row: Row, context: Context) -> bool | None:
    share = _deviation_share(row, context)
    if share is None or share > Decimal("0.5"):
        return None
    explained = answer(row, "cap_applied") not in (None, "none") or answer(row, "rounding") not in (None, "none")
    return share <= Decimal("0.1") or explained


def _given_is_not_far_from_ordered(row: Row, context: Context) -> bool | None:
    share = _deviation_share(row, context)
    return None if share is None else share <= Decimal("0.5")


def _amount_is_within_all_experience(row: Row, context: Context) -> bool | None:
    found = _amounts(row, context)
    limits = (
        (found.mg_per_dose if answer(row, "cap_applied") in (None, "none") else None, HIGHEST_SINGLE_MG),
        (found.mg_per_day if answer(row, "cap_applied") in (None, "none") else None, HIGHEST_DAILY_MG),
        (found.mg_per_kg_day, HIGHEST_MG_PER_KG_DAY),
    )
    known = [amount <= limit for amount, limit in limits if amount is not None]
    return all(known) if known else None


def _amount_is_customary(row: Row, context: Context) -> bool | None:
    per_kg = _amounts(row, context).mg_per_kg_day
    return None if per_kg is None else 1 <= per_kg <= 10


def _dose_is_within_the_sites_cap(row: Row, context: Context) -> bool | None:
    protocol = context.protocol_on(day_of(answer(row, "from_at")))
    given = _number(answer(row, "given_mg"))
    if protocol is None or given is None:
        return None
    frequency = _code(answer(row, "frequency"))
    day = given_mg_per_day(given_mg=given, frequency=frequency)
    single = None if protocol.max_single_mg is None or frequency == "continuous" else given <= protocol.max_single_mg
    daily = None if protocol.max_day_mg is None or day is None else day <= protocol.max_day_mg
    return None if single is None and daily is None else single is not False and daily is not False


def _dose_is_within_the_customary_cap(row: Row, context: Context) -> bool | None:
    protocol = context.protocol_on(day_of(answer(row, "from_at")))
    given, frequency = _number(answer(row, "given_mg")), _code(answer(row, "frequency"))
    if given is None or (protocol and (protocol.max_single_mg is not None or protocol.max_day_mg is not None)):
        return None
    day = given_mg_per_day(given_mg=given, frequency=frequency)
    return (frequency == "continuous" or given <= CUSTOMARY_SINGLE_MG) and (day is None or day <= CUSTOMARY_DAILY_MG)


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
        compute=_mg_per_dose,
        derives_from=("dose_value", _WEIGHT),
        privacy=CLINICAL,
        help="Value times dosing weight as the basis says, before cap and rounding, such as 49.6.",
    ),
    "mg_per_day": Derived(
        label="Order in mg per day",
        unit="mg/day",
        result=_DERIVED_MG,
        compute=_mg_per_day,
        derives_from=("dose_value", _WEIGHT),
        privacy=CLINICAL,
        help="mg per dose times doses in 24 hours, before cap and rounding, such as 198.4.",
    ),
    "mg_per_kg_dose": Derived(
        label="Order in mg/kg per dose",
        unit="mg/kg",
        result=_DERIVED_MG_PER_KG,
        compute=_mg_per_kg_dose,
        derives_from=("frequency",),
        privacy=CLINICAL,
        help="From value, basis and frequency, before cap and rounding, such as 2.",
    ),
    "mg_per_kg_day": Derived(
        label="Order in mg/kg per day",
        unit="mg/kg/day",
        result=_DERIVED_MG_PER_KG,
        compute=_mg_per_kg_day,
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
        compute=_given_mg_per_kg_day,
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
    checks=(
        not_before(
            "anakinra_regimen",
            "until_at",
            "from_at",
            message="The order ends {until_at} before it begins {from_at}. Check both times.",
        ),
        not_after_death("anakinra_regimen", "from_at", label="The first dose", severity=HARD),
        Check(
            id="anakinra_regimen.basis_is_told",
            severity=HARD,
            items=("dose_value", "dose_basis"),
            message="A dose of {dose_value} without its basis cannot be understood. Choose mg/kg per dose, mg/kg per "
            "day or mg.",
            holds=_basis_is_told,
        ),
        Check(
            id="anakinra_regimen.course_has_begun",
            severity=HARD,
            items=("from_at",),
            message="{from_at} is before the first dose of the course. Check both times.",
            holds=_course_has_begun,
        ),
        Check(
            id="anakinra_regimen.course_has_not_ended",
            severity=HARD,
            items=("until_at", "from_at"),
            message="The order reaches beyond the last dose of the course. Check the times of both pages.",
            holds=_course_has_not_ended,
        ),
        Check(
            id="anakinra_regimen.continuous_fits_route",
            severity=SOFT,
            items=("frequency", "route"),
            message="Frequency “{frequency}” and route “{route}” do not go together. Correct one of them, or say why.",
            holds=_continuous_fits_route,
        ),
        Check(
            id="anakinra_regimen.given_near_ordered",
            severity=SOFT,
            items=("given_mg", "dose_value"),
            message="{given_mg} differs by more than a tenth from the order, and neither cap nor rounding explains it. "
            "Correct one of them, or say why.",
            holds=_given_is_near_ordered,
        ),
        Check(
            id="anakinra_regimen.given_far_from_ordered",
            severity=CONFIRM,
            items=("given_mg", "dose_value"),
            message="{given_mg} differs by more than half from the order. Check unit, basis and decimal point against "
            "the source.",
            holds=_given_is_not_far_from_ordered,
        ),
        Check(
            id="anakinra_regimen.amount_within_experience",
            severity=CONFIRM,
            items=("dose_value", "dose_basis", "frequency"),
            message="{dose_value} {dose_basis}, {frequency}, is above 600 mg per dose, 2400 mg or 48 mg/kg per day. "
            "Check it against the source.",
            holds=_amount_is_within_all_experience,
        ),
        Check(
            id="anakinra_regimen.amount_is_customary",
            severity=WARNING,
            items=("dose_value", "dose_basis", "frequency"),
            message="{dose_value} {dose_basis}, {frequency}, is outside 1 to 10 mg/kg per day. Fine if the chart says "
            "so.",
            holds=_amount_is_customary,
        ),
        Check(
            id="anakinra_regimen.within_site_cap",
            severity=SOFT,
            items=("given_mg",),
            message="{given_mg} is above the highest dose in the site's protocol. Correct it, or say why.",
            holds=_dose_is_within_the_sites_cap,
        ),
        Check(
            id="anakinra_regimen.within_customary_cap",
            severity=WARNING,
            items=("given_mg",),
            message="{given_mg} is above 100 mg per dose or 400 mg per day. The site's protocol states no cap: fine if "
            "the chart says so.",
            holds=_dose_is_within_the_customary_cap,
        ),
    ),
)
