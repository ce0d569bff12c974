"""What the label says beside an order (CLINICAL.md 2.9 and the renal rule of section 4): information, never a query."""

from typing import Any

import pytest

from courses import COURSE, course_context
from forms.dosing.label import ANAKINRA_LABEL
from forms.rule_set import NOT_ASSESSABLE, Verdict

ORDER = {
    "key": "r1",
    "course": "c1",
    "from_at": "2026-03-10 18:00",
    "dose_value": "2",
    "dose_basis": "mg_per_kg_day",
    "frequency": "q24h",
    "route": "sc",
}
LATER = {**ORDER, "key": "r2", "from_at": "2026-03-12 18:00"}


def judged(order: dict[str, str], *others: dict[str, str], **child: Any) -> Verdict:
    typed = {name: text for name, text in order.items() if text}
    context = course_context(anakinra_regimen=[typed, *others], **child)
    return ANAKINRA_LABEL.verdicts(context)[order["key"]]


@pytest.mark.parametrize(
    ("order", "others", "course", "details"),
    [
        (ORDER, (), {}, {}),
        ({**ORDER, "dose_value": "1"}, (), {}, {}),
        ({**ORDER, "dose_value": "0.999"}, (), {}, {"dose": "other"}),
        ({**ORDER, "dose_value": "2.001"}, (), {}, {"dose": "other"}),
        ({**LATER, "dose_value": "8"}, (ORDER,), {}, {}),
        ({**LATER, "dose_value": "8.001"}, (ORDER,), {}, {"dose": "other"}),
        ({**LATER, "dose_value": "0.5"}, (ORDER,), {}, {}),
        ({**ORDER, "frequency": "q12h"}, (), {}, {}),
        ({**ORDER, "frequency": "q8h"}, (), {}, {"frequency": "other"}),
        ({**ORDER, "route": "iv_bolus"}, (), {}, {"route": "other"}),
        (ORDER, (), {"dosing_weight_kg": "10"}, {}),
        (ORDER, (), {"dosing_weight_kg": "9.99"}, {"weight": "other"}),
        (ORDER, (), {"at_start_egfr": "30"}, {}),
        (ORDER, (), {"at_start_egfr": "29"}, {"kidneys": "other"}),
        ({**ORDER, "frequency": "q48h"}, (), {"at_start_egfr": "29"}, {}),
        (ORDER, (), {"at_start_dialysis": "yes"}, {"kidneys": "other"}),
    ],
)
def test_an_order_is_told_beside_the_label(
    order: dict[str, str], others: tuple[dict[str, str], ...], course: dict[str, str], details: dict[str, str]
) -> None:
    found = judged(order, *others, course=course)

    assert (found.value, dict(found.details)) == ("off_label" if details else "within_label", details)


def test_the_words_say_what_the_label_has_otherwise() -> None:
    order = {**LATER, "dose_value": "2.5", "dose_basis": "mg_per_kg_dose", "frequency": "q6h", "route": "iv_bolus"}

    assert judged(order, ORDER).because == (
        "beside the label: 10 mg/kg per day is above its highest, 8; not under the skin; more than two doses a day"
    )
    assert judged({**ORDER, "dose_value": "4"}).because == "beside the label: 4 mg/kg per day is not its start, 1 to 2"


@pytest.mark.parametrize(
    ("gone", "missing"), [("dose_value", ("dose_value",)), ("frequency", ("frequency",)), ("route", ("route",))]
)
def test_what_is_missing_is_named_where_the_rest_is_as_the_label_has_it(gone: str, missing: tuple[str, ...]) -> None:
    found = judged({**ORDER, gone: ""})

    assert (found.value, found.certainty, found.missing) == (None, NOT_ASSESSABLE, missing)


def test_the_whole_of_what_the_label_says() -> None:
    assert judged(ORDER) == Verdict(value="within_label", because="dose, frequency and route as the label has them")
    assert judged(ORDER, course={"at_start_egfr": "29"}) == Verdict(
        value="off_label",
        because="beside the label: less than 48 hours between doses at a clearance under 30 or on dialysis",
        details={"kidneys": "other"},
    )
    assert judged({**ORDER, "route": ""}) == Verdict(
        value=None,
        certainty=NOT_ASSESSABLE,
        because="dose, frequency or route are not told",
        why="answers_missing",
        missing=("route",),
    )


def test_a_dose_per_day_needs_no_frequency_to_be_compared_but_to_be_within_the_label() -> None:
    flat = {**ORDER, "dose_value": "40", "dose_basis": "mg_flat_day", "frequency": "", "route": ""}

    # 40 mg a day for 20 kg are 2 mg/kg.
    assert judged(flat).missing == ("frequency", "route")
    assert judged({**flat, "dose_value": "41"}).details == {"dose": "other"}
    assert judged({**flat, "dose_value": "", "dose_basis": ""}).missing == (
        "dose_value",
        "dose_basis",
        "frequency",
        "route",
    )


def test_a_dose_in_mg_per_kg_is_compared_without_a_weight() -> None:
    course = {name: text for name, text in COURSE.items() if name != "dosing_weight_kg"}

    assert judged(ORDER, anakinra_course=[course]).value == "within_label"


def test_a_flat_dose_without_a_weight_is_not_compared() -> None:
    course = {name: text for name, text in COURSE.items() if name != "dosing_weight_kg"}
    found = judged({**ORDER, "dose_value": "100", "dose_basis": "mg_flat"}, anakinra_course=[course])

    assert (found.value, found.missing) == (None, ("anakinra_course.dosing_weight_kg",))
