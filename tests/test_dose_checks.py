"""The checks of an anakinra order on every side: right, wrong, cannot tell; what they expected, what they compared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import one_check
from courses import COURSE, course_context, row_of
from forms.casebook.anakinra_regimen import ANAKINRA_REGIMEN
from forms.context import Context, Protocol
from one_check import CHECKS, anchored

# 2 mg/kg every 6 hours for 20 kg: 40 mg per dose, 160 mg and 8 mg/kg per day.
ORDER = {
    "key": "r2",
    "course": "c1",
    "from_at": "2026-03-12 18:00",
    "dose_value": "2",
    "dose_basis": "mg_per_kg_dose",
    "frequency": "q6h",
}


def known(single: int | None = None, day: int | None = None, *, protocol: bool = True, **rows: Any) -> Context:
    caps = Protocol(version="1", effective_from=date(2026, 1, 1), max_single_mg=single, max_day_mg=day)
    return course_context((caps,) if protocol else (), **rows)


def page(**changed: str | None) -> Any:
    return row_of("anakinra_regimen", {name: text for name, text in {**ORDER, **changed}.items() if text})


def holds(name: str, changed: dict[str, Any], context: Context | None = None) -> bool | None:
    return CHECKS[f"anakinra_regimen.{name}"].holds(page(**changed), known() if context is None else context)


def explained(name: str, changed: dict[str, Any], context: Context | None = None) -> str:
    return one_check.explained(
        CHECKS[f"anakinra_regimen.{name}"], page(**changed), known() if context is None else context
    )


def compared(name: str, changed: dict[str, Any], context: Context) -> list[tuple[str, str, str]]:
    return anchored(CHECKS[f"anakinra_regimen.{name}"], page(**changed), context)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"dose_basis": None}, False),
        ({"dose_value": None}, None),
        ({"dose_value": None, "dose_basis": None}, None),
    ],
)
def test_a_dose_has_its_basis(changed: dict[str, Any], expected: bool | None) -> None:
    assert holds("basis_is_told", changed) is expected


@pytest.mark.parametrize(
    ("basis", "frequency", "expected"),
    [
        ("mg_per_kg_dose", "q6h", True),
        ("mg_per_kg_dose", "continuous", False),
        ("mg_flat", "continuous", False),
        ("mg_per_kg_day", "continuous", True),
        ("mg_flat_day", "continuous", True),
        (None, "continuous", None),
        ("mg_flat", None, None),
    ],
)
def test_a_continuous_infusion_has_an_amount_of_the_day(
    basis: str | None, frequency: str | None, expected: bool | None
) -> None:
    assert holds("amount_can_be_told", {"dose_basis": basis, "frequency": frequency}) is expected
    assert holds("amount_can_be_told", {"dose_basis": basis, "frequency": frequency, "dose_value": None}) is None


@pytest.mark.parametrize(
    ("changed", "near", "far"),
    # Expected are 40 mg: a tenth either way is 36 to 44, half is 20 to 60.
    [
        ({"cap_applied": "none", "given_mg": "36"}, True, True),
        ({"cap_applied": "none", "given_mg": "35.99"}, False, True),
        ({"cap_applied": "none", "given_mg": "44"}, True, True),
        ({"cap_applied": "none", "given_mg": "44.01"}, False, True),
        # Beyond a half only the other check speaks.
        ({"cap_applied": "none", "given_mg": "20"}, False, True),
        ({"cap_applied": "none", "given_mg": "19.99"}, None, False),
        ({"cap_applied": "none", "given_mg": "60"}, False, True),
        ({"cap_applied": "none", "given_mg": "60.01"}, None, False),
        ({"cap_applied": "none"}, None, None),
        ({"given_mg": "40"}, True, True),
        ({"dose_value": None, "given_mg": "40", "cap_applied": "none"}, None, None),
        # Another rule of rounding than those listed: near cannot be told, far as if it were none.
        ({"cap_applied": "none", "rounding": "other", "given_mg": "50"}, None, True),
        ({"cap_applied": "none", "rounding": "other", "given_mg": "60.01"}, None, False),
        ({"cap_applied": "none", "rounding": "syringe_per_dose", "given_mg": "100"}, True, True),
        ({"cap_applied": "none", "rounding": "syringe_per_dose", "given_mg": "40"}, None, False),
    ],
)
def test_the_dose_given_is_near_to_the_one_expected_or_far_from_it(
    changed: dict[str, Any], near: bool | None, far: bool | None
) -> None:
    assert (holds("given_near_ordered", changed), holds("given_far_from_ordered", changed)) == (near, far)


SIXTY_KG = {"anakinra_course": [{**COURSE, "dosing_weight_kg": "60"}]}
CAPPED = {"single": 100, "day": 320}
# 120 mg ordered; a cap of 100 mg per dose, and of 320 mg per day, which is 80 mg per dose.


@pytest.mark.parametrize(
    ("cap_applied", "given", "caps", "near", "words"),
    [
        ("none", "120", CAPPED, True, "120 mg per dose"),
        ("single", "100", CAPPED, True, "100 mg per dose"),
        ("single", "120", CAPPED, False, "100 mg per dose"),
        ("daily", "80", CAPPED, True, "80 mg per dose"),
        ("both", "80", CAPPED, True, "80 mg per dose"),
        # Whether a cap cut it is not told: every dose between both is as expected.
        (None, "80", CAPPED, True, "80 to 120 mg per dose"),
        (None, "72", CAPPED, True, "80 to 120 mg per dose"),
        (None, "71.99", CAPPED, False, "80 to 120 mg per dose"),
        (None, "132", CAPPED, True, "80 to 120 mg per dose"),
        (None, "132.01", CAPPED, False, "80 to 120 mg per dose"),
        (None, "100", {}, False, "120 mg per dose"),
        # The page names a cap that the protocol does not state: lower is as expected, higher is not.
        ("single", "10", {"day": 320}, True, "at most 120 mg per dose"),
        ("single", "132.01", {"day": 320}, False, "at most 120 mg per dose"),
    ],
)
def test_what_is_expected_is_what_the_caps_leave(
    cap_applied: str | None, given: str, caps: dict[str, int], near: bool, words: str
) -> None:
    changed = {"cap_applied": cap_applied, "given_mg": given}
    context = known(**caps, **SIXTY_KG)

    assert holds("given_near_ordered", changed, context) is near
    assert explained("given_near_ordered", changed, context) == words


@pytest.mark.parametrize(
    ("given", "near"),
    # A cap of 104 mg rounds to 100 mg: a tenth less is 90 mg.
    [("92", True), ("90", True), ("89.99", False)],
)
def test_what_a_cap_leaves_is_rounded_too(given: str, near: bool) -> None:
    changed = {"rounding": "nearest_10_mg", "given_mg": given}

    assert holds("given_near_ordered", changed, known(single=104, **SIXTY_KG)) is near


def test_what_was_expected_is_told_as_rounded() -> None:
    rounded = {"rounding": "syringe_per_dose", "cap_applied": "none", "given_mg": "40"}

    assert explained("given_far_from_ordered", rounded) == "100 mg per dose"


def test_the_other_basis_is_capped_and_rounded_as_the_page_says() -> None:
    light = [{**COURSE, "dosing_weight_kg": "18"}]

    # 2 mg/kg for 18 kg are 36 mg, of a day 9 mg per dose, which round to 40 and to 10 mg.
    assert holds("basis_fits_given", {"rounding": "nearest_10_mg", "given_mg": "10"}, known(anakinra_course=light)) is (
        False
    )
    # Of 40 mg a cap leaves 12 mg, of 10 mg all: 11 mg are within a tenth of the first.
    assert holds("basis_fits_given", {"cap_applied": "single", "given_mg": "11"}, known(single=12)) is True


def test_without_a_protocol_a_dose_may_be_lower_by_any_cap_while_none_is_told() -> None:
    context = known(protocol=False, **SIXTY_KG)

    assert holds("given_near_ordered", {"given_mg": "10"}, context) is True
    assert explained("given_near_ordered", {"given_mg": "10"}, context) == "at most 120 mg per dose"
    assert holds("given_near_ordered", {"given_mg": "132.01"}, context) is False


def test_what_is_expected_of_a_continuous_infusion_is_of_the_day_and_of_nothing_another_dose() -> None:
    day = {"dose_basis": "mg_per_kg_day", "dose_value": "8", "frequency": "continuous", "cap_applied": "none"}

    assert explained("given_far_from_ordered", {**day, "given_mg": "999"}) == "160 mg per day"
    assert explained("given_far_from_ordered", {"dose_value": None, "given_mg": "999"}) == "another dose"
    assert explained("given_far_from_ordered", {"rounding": "other", "cap_applied": "none", "given_mg": "99"}) == (
        "40 mg per dose"
    )
    weight = [("anakinra_course", "c1", "dosing_weight_kg")]
    for name in ("given_near_ordered", "given_far_from_ordered", "basis_fits_given", "flat_dose_per_kg"):
        assert compared(name, {"given_mg": "99"}, known()) == weight


@pytest.mark.parametrize(
    ("changed", "expected", "words"),
    # Ordered per dose, 40 mg; read as of a day it were 10 mg per dose. Within a tenth of the other basis only.
    [
        ({"given_mg": "10"}, False, "2 mg/kg per day"),
        ({"given_mg": "11"}, False, "2 mg/kg per day"),
        ({"given_mg": "11.01"}, True, "2 mg/kg per day"),
        ({"given_mg": "40"}, True, "2 mg/kg per day"),
        ({"given_mg": "25"}, True, "2 mg/kg per day"),
        ({"given_mg": "10", "cap_applied": "none"}, False, "2 mg/kg per day"),
        ({"dose_basis": "mg_per_kg_day", "given_mg": "40"}, False, "2 mg/kg per dose"),
        ({"dose_basis": "mg_flat", "dose_value": "40", "given_mg": "10"}, False, "40 mg per day"),
        ({"dose_basis": "mg_flat_day", "dose_value": "40", "given_mg": "40"}, False, "40 mg per dose"),
        ({}, None, "2 mg/kg per day"),
        ({"dose_value": None, "given_mg": "10"}, None, "the other basis"),
        ({"dose_basis": None, "given_mg": "10"}, None, "the other basis"),
        # Once a day both bases are the same.
        ({"frequency": "q24h", "given_mg": "10"}, True, "2 mg/kg per day"),
        ({"frequency": "q24h", "given_mg": "44"}, True, "2 mg/kg per day"),
    ],
)
def test_the_basis_fits_what_was_given(changed: dict[str, Any], expected: bool | None, words: str) -> None:
    assert holds("basis_fits_given", changed) is expected
    assert explained("basis_fits_given", changed) == words


@pytest.mark.parametrize(
    ("changed", "expected"),
    # Section 4: above 600 mg per dose, 2400 mg or 48 mg/kg per day; for 20 kg 48 mg/kg are 960 mg.
    [
        ({"dose_value": "12"}, True),
        ({"dose_value": "12.001"}, False),
        ({"dose_value": "12.001", "cap_applied": "single"}, False),
        ({"dose_value": "12.001", "frequency": None}, True),
        ({"dose_value": "600", "dose_basis": "mg_flat", "frequency": None}, True),
        ({"dose_value": "600.01", "dose_basis": "mg_flat", "frequency": None}, False),
        # A cap that cut the order makes its mg none that were given.
        ({"dose_value": "600.01", "dose_basis": "mg_flat", "frequency": None, "cap_applied": "single"}, None),
        ({"dose_value": "600.01", "dose_basis": "mg_flat", "frequency": None, "cap_applied": "none"}, False),
        ({"dose_value": None}, None),
    ],
)
def test_the_amount_is_within_all_experience(changed: dict[str, Any], expected: bool | None) -> None:
    assert holds("amount_within_experience", changed) is expected


@pytest.mark.parametrize(
    ("value", "cap_applied", "expected"), [("2400", None, True), ("2400.01", None, False), ("2400.01", "daily", None)]
)
def test_a_day_is_within_2400_mg(value: str, cap_applied: str | None, expected: bool | None) -> None:
    course = {name: text for name, text in COURSE.items() if name != "dosing_weight_kg"}
    day = {"dose_value": value, "dose_basis": "mg_flat_day", "frequency": "continuous", "cap_applied": cap_applied}

    assert holds("amount_within_experience", day, known(anakinra_course=[course])) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("0.999", False), ("10", True), ("10.001", False), (None, None)]
)
def test_a_customary_amount_is_1_to_10_mg_per_kg_a_day(value: str | None, expected: bool | None) -> None:
    assert holds("amount_is_customary", {"dose_value": value, "dose_basis": "mg_per_kg_day"}) is expected


@pytest.mark.parametrize(
    ("basis", "value", "expected", "words"),
    # For 20 kg, 2 mg/kg are 40 mg per dose, every 6 hours 160 mg a day.
    [
        ("mg_flat", "40", True, "2 mg/kg"),
        ("mg_flat", "40.02", False, "2.001 mg/kg"),
        ("mg_flat_day", "160", True, "2 mg/kg"),
        ("mg_flat_day", "160.08", False, "2.001 mg/kg"),
        ("mg_per_kg_dose", "40", None, "40 mg/kg"),
        ("mg_flat", None, None, "more than 2 mg/kg"),
    ],
)
def test_a_flat_dose_fits_a_small_child(basis: str, value: str | None, expected: bool | None, words: str) -> None:
    changed = {"dose_basis": basis, "dose_value": value}

    assert holds("flat_dose_per_kg", changed) is expected
    assert explained("flat_dose_per_kg", changed) == words


@pytest.mark.parametrize(
    ("given", "frequency", "caps", "site", "customary"),
    # Customary are 100 mg per dose and 400 mg per day, where the site's protocol states none of its own.
    [
        ("100", "q6h", {}, None, True),
        ("100.01", "q24h", {}, None, False),
        ("100.01", "q6h", {"single": 110}, True, False),
        ("100", "q6h", {"single": 99}, False, True),
        ("99", "q6h", {"single": 99}, True, True),
        ("101", "q24h", {"day": 400}, True, False),
        ("101", "q6h", {"day": 404}, True, False),
        ("101.01", "q6h", {"day": 404}, False, False),
        ("999", "q6h", {"single": 1000, "day": 4000}, True, None),
        ("999", "q6h", {"single": 1000, "day": 3995}, False, None),
        # Continuous: what is given is of the day.
        ("400", "continuous", {}, None, True),
        ("400.01", "continuous", {}, None, False),
        ("400.01", "continuous", {"single": 100}, None, False),
        ("400.01", "continuous", {"day": 400}, False, None),
        # Without a frequency the dose may be that of a day.
        ("101", None, {"single": 100}, None, None),
        ("101", None, {"day": 400}, None, None),
        (None, "q6h", {"single": 100, "day": 400}, None, None),
    ],
)
def test_the_dose_given_is_within_the_sites_caps_or_else_the_customary_ones(
    given: str | None, frequency: str | None, caps: dict[str, int], site: bool | None, customary: bool | None
) -> None:
    changed = {"given_mg": given, "frequency": frequency}

    assert holds("within_site_cap", changed, known(**caps)) is site
    assert holds("within_customary_cap", changed, known(**caps)) is customary


def test_without_a_protocol_or_a_day_the_caps_of_the_site_are_not_known() -> None:
    over = {"given_mg": "101", "frequency": "q24h"}

    assert holds("within_site_cap", over, known(protocol=False)) is None
    assert holds("within_customary_cap", over, known(protocol=False)) is False
    assert holds("within_customary_cap", {**over, "from_at": None}, known(protocol=False)) is None


def test_the_caps_of_the_site_are_named_with_their_protocol() -> None:
    over = {"given_mg": "101"}

    assert explained("within_site_cap", over, known(single=100, day=400)) == (
        "at most 100 mg per dose and 400 mg per day (protocol of 2026-01-01)"
    )
    assert explained("within_site_cap", over, known(single=100)) == "at most 100 mg per dose (protocol of 2026-01-01)"
    assert explained("within_site_cap", over, known(day=400)) == "at most 400 mg per day (protocol of 2026-01-01)"
    assert explained("within_site_cap", over, known(protocol=False)) == "another cap"


@pytest.mark.parametrize(
    ("from_at", "until_at", "begun", "ended"),
    # The course goes from 10 March at 18:00 to 17 March at 6:00.
    [
        ("2026-03-10 18:00", None, True, True),
        ("2026-03-10 17:59", None, False, True),
        ("2026-03-12 18:00", "2026-03-17 06:00", True, True),
        ("2026-03-12 18:00", "2026-03-17 06:01", True, False),
        ("2026-03-17 06:01", None, True, False),
        (None, "2026-03-17 06:01", None, False),
        (None, None, None, None),
    ],
)
def test_an_order_lies_within_its_course(
    from_at: str | None, until_at: str | None, begun: bool | None, ended: bool | None
) -> None:
    changed = {"from_at": from_at, "until_at": until_at}
    context = known(course={"stopped_at": "2026-03-17 06:00"})

    assert holds("course_has_begun", changed, context) is begun
    assert holds("course_has_not_ended", changed, context) is ended
    assert holds("course_has_begun", {**changed, "course": None}, context) is None
    assert holds("course_has_not_ended", {**changed, "course": None}, context) is None
    assert compared("course_has_begun", changed, context) == [("anakinra_course", "c1", "started_at")]
    assert compared("course_has_not_ended", changed, context) == [("anakinra_course", "c1", "stopped_at")]


def test_the_amounts_of_an_order_are_derived_from_it() -> None:
    derived = ANAKINRA_REGIMEN.derive(page(given_mg="45"), known())
    without = ANAKINRA_REGIMEN.derive(page(dose_value=None), known())
    amounts = ("mg_per_dose", "mg_per_day", "mg_per_kg_dose", "mg_per_kg_day")

    assert {name: derived[name] for name in amounts} == {
        "mg_per_dose": Decimal("40.00"),
        "mg_per_day": Decimal("160.00"),
        "mg_per_kg_dose": Decimal("2.000"),
        "mg_per_kg_day": Decimal("8.000"),
    }
    assert derived["given_mg_per_kg_day"] == Decimal("9.000")
    assert {without[name] for name in (*amounts, "given_mg_per_kg_day")} == {None}
