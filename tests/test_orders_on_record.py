"""What the orders before it say of an anakinra order is offered on its page: how it is given, never how much."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import crf_client
from bedside import child, row_of
from children import make_child
from forms.casebook import CASEBOOK
from signing_in import SignIn

COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-11 18:00", "route": "iv_intermittent"}
ORDER = {
    "key": "r1",
    "course": "c1",
    "from_at": "2026-03-11 18:00",
    "dose_value": "2",
    "dose_basis": "mg_per_kg_dose",
    "frequency": "q6h",
    "route": "sc",
    "rounding": "nearest_5_mg",
    "cap_applied": "single",
    "taper_step": "no",
    "renally_adjusted": "no",
    "given_mg": "50",
}
LATER = {**ORDER, "key": "r2", "from_at": "2026-03-13 18:00", "route": "iv_intermittent"}
ELSEWHERE = {**ORDER, "key": "r3", "course": "c2", "from_at": "2026-03-20 08:00", "route": "iv_continuous"}
UNDATED = {**ORDER, "key": "r4", "from_at": None, "route": "iv_bolus"}
BEFORE = {"dose_basis": "mg_per_kg_dose", "rounding": "nearest_5_mg"}
FROM_FIRST, FROM_LATER = "the order from 2026-03-11 18:00", "the order from 2026-03-13 18:00"


def offered(answers: dict[str, Any], orders: list[dict[str, Any]]) -> dict[str, tuple[str, str, str]]:
    """Return item -> answer, form and date of what is offered to an order of a child with two courses."""
    recorded = CASEBOOK["anakinra_regimen"].recorded
    assert recorded is not None
    context = child(anakinra_course=[COURSE, {**COURSE, "key": "c2"}], anakinra_regimen=orders)
    found = recorded(row_of("anakinra_regimen", {"key": "x1", **answers}), context)
    return {name: (str(one.value), one.form, one.when) for name, one in found.items()}


@pytest.mark.parametrize(
    ("start", "orders", "route", "when"),
    [
        (None, [ORDER], "sc", FROM_FIRST),
        (None, [LATER, ORDER], "iv_intermittent", FROM_LATER),
        (None, [ORDER, LATER, ELSEWHERE], "iv_intermittent", FROM_LATER),
        (None, [ORDER, UNDATED], "sc", FROM_FIRST),
        # A loading bolus is given once.
        (None, [{**ORDER, "route": "iv_loading_bolus"}], None, FROM_FIRST),
        # Once the start is known, it is the order before that goes on in this one.
        ("2026-03-12 18:00", [ORDER, LATER], "sc", FROM_FIRST),
        ("2026-03-14 18:00", [ORDER, LATER], "iv_intermittent", FROM_LATER),
    ],
)
def test_a_later_order_is_offered_route_basis_and_rounding_of_the_one_before_and_no_dose(
    start: str | None, orders: list[dict[str, Any]], route: str | None, when: str
) -> None:
    found = offered({"course": "c1", "from_at": start}, orders)
    expected = {**BEFORE, "route": route} if route else BEFORE
    assert found == {name: (text, "anakinra_regimen", when) for name, text in expected.items()}


@pytest.mark.parametrize(
    ("start", "orders"), [(None, [UNDATED]), ("2026-03-10 18:00", [ORDER]), (None, [{**UNDATED, "route": None}])]
)
def test_an_order_with_none_of_known_time_before_it_is_offered_nothing(
    start: str | None, orders: list[dict[str, Any]]
) -> None:
    assert offered({"course": "c1", "from_at": start}, orders) == {}


def test_what_the_order_before_leaves_open_is_not_offered() -> None:
    found = offered({"course": "c1"}, [{**ORDER, "rounding": None, "route": None}])
    assert found == {"dose_basis": ("mg_per_kg_dose", "anakinra_regimen", FROM_FIRST)}


@pytest.mark.parametrize(
    ("orders", "course", "when"),
    [
        ([ORDER], "c1", FROM_FIRST),
        ([ELSEWHERE, ORDER], "c2", "the order from 2026-03-20 08:00"),
        # A course that was voided can be chosen no more.
        ([ORDER, {**ELSEWHERE, "course": "c9"}], "c1", FROM_FIRST),
        ([UNDATED], None, ""),
        ([], None, ""),
    ],
)
def test_an_order_without_a_course_is_offered_that_of_the_last_order_alone(
    orders: list[dict[str, Any]], course: str | None, when: str
) -> None:
    expected = {"course": (course, "anakinra_regimen", when)} if course else {}
    assert offered({"course": None}, orders) == expected


def test_the_page_names_the_course_in_words_and_where_the_offer_is_from(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    coordinated = make_child(app, session, sign_in)
    course = coordinated.links["anakinra_course"]
    order = {"course": course, "from_at": "2026-03-11 18:00", "dose_basis": "mg_per_kg_dose", "route": "sc"}
    page = {name: [text] for name, text in order.items()}
    assert crf_client.save(coordinated.client, coordinated.page("anakinra_regimen"), page).status_code == 302
    address = coordinated.page("anakinra_regimen", "5f0c1f0e-0000-4000-8000-000000000007")

    said = coordinated.client.post(f"{address}/said", data=MultiDict({"course": ""})).json["items"]
    assert "On record:</strong> Anakinra course 1" in said["course"] and f'data-text="{course}"' in said["course"]
    said = coordinated.client.post(f"{address}/said", data=MultiDict({"course": course})).json["items"]
    assert "Subcutaneous · anakinra regimen, the order from 2026-03-11 18:00" in said["route"]
    assert "On record:" in said["dose_basis"] and "On record:" not in said.get("dose_value", "")
