"""Anakinra arithmetic: what an order amounts to (CLINICAL.md 1.2, the arithmetic below its table)."""

from decimal import Decimal

import pytest

from forms.dosing import Amounts, Caps, amounts, expected_given_mg, given_mg_per_kg_day


def order(value: str, basis: str | None, frequency: str | None, weight: str | None = None) -> Amounts:
    return amounts(
        value=Decimal(value),
        basis=basis,
        frequency=frequency,
        weight_kg=Decimal(weight) if weight is not None else None,
    )


def as_amounts(dose: str | None, day: str | None, kg_dose: str | None, kg_day: str | None) -> Amounts:
    dose_mg, day_mg, dose_kg, day_kg = (Decimal(n) if n is not None else None for n in (dose, day, kg_dose, kg_day))
    return Amounts(mg_per_dose=dose_mg, mg_per_day=day_mg, mg_per_kg_dose=dose_kg, mg_per_kg_day=day_kg)


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [
        (order("2", "mg_per_kg_dose", "q6h", "50"), as_amounts("100", "400", "2", "8")),
        (order("10", "mg_per_kg_day", "q6h", "40"), as_amounts("100", "400", "2.5", "10")),
        (order("4", "mg_per_kg_dose", "q12h", "20"), as_amounts("80", "160", "4", "8")),
        (order("2", "mg_per_kg_day", "q24h", "20"), as_amounts("40", "40", "2", "2")),
        (order("100", "mg_flat", "q24h", "25"), as_amounts("100", "100", "4", "4")),
        (order("100", "mg_flat", "q8h"), as_amounts("100", "300", None, None)),
        (order("5", "mg_per_kg_day", "q8h", "10"), as_amounts("16.67", "50", "1.667", "5")),
        (order("2", "mg_per_kg_dose", "q48h", "20"), as_amounts("40", "20", "2", "1")),
        (order("2", "mg_per_kg_dose", "once", "20"), as_amounts("40", "40", "2", "2")),
        (order("10", "mg_per_kg_day", "continuous", "20"), as_amounts(None, "200", None, "10")),
        (order("10", "mg_per_kg_day", "q6h", "60"), as_amounts("150", "600", "2.5", "10")),
        (order("400", "mg_flat_day", "q6h", "50"), as_amounts("100", "400", "2", "8")),
        (order("200", "mg_flat_day", "continuous", "20"), as_amounts(None, "200", None, "10")),
    ],
)
def test_an_order_amounts_to_what_its_basis_says(ordered: Amounts, expected: Amounts) -> None:
    assert ordered == expected


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [
        (order("2", None, "q6h", "20"), Amounts()),
        (order("2", "mg_per_kg_dose", None, "20"), as_amounts("40", None, "2", None)),
        (order("8", "mg_per_kg_day", None, "20"), as_amounts(None, "160", None, "8")),
        (order("2", "mg_per_kg_dose", "q6h"), as_amounts(None, None, "2", "8")),
        (order("2", "mg_per_kg_dose", "continuous", "20"), Amounts()),
        (order("200", "mg_flat", "continuous", "20"), Amounts()),
        (order("400", "mg_flat_day", None, "50"), as_amounts(None, "400", None, "8")),
        (order("2", "mg_per_kg_dose", "q6h", "0"), as_amounts(None, None, "2", "8")),
        (order("2", "mg_per_kg_dose", "q6h", "0.9"), as_amounts("1.8", "7.2", "2", "8")),
    ],
)
def test_nothing_is_inferred_from_what_is_missing(ordered: Amounts, expected: Amounts) -> None:
    assert ordered == expected


def test_two_mg_per_kg_per_dose_and_per_day_differ_fourfold() -> None:
    per_dose = order("2", "mg_per_kg_dose", "q6h").mg_per_kg_day
    per_day = order("2", "mg_per_kg_day", "q6h").mg_per_kg_day

    assert (per_dose, per_day) == (Decimal(8), Decimal(2))


@pytest.mark.parametrize(
    ("given", "frequency", "weight", "expected"),
    [("50", "q6h", "24.8", "8.065"), ("100", "q6h", "80", "5.000"), ("200", "continuous", "20", "10.000")],
)
def test_what_was_given_is_told_in_mg_per_kg_and_day(given: str, frequency: str, weight: str, expected: str) -> None:
    found = given_mg_per_kg_day(given_mg=Decimal(given), frequency=frequency, weight_kg=Decimal(weight))

    assert found == Decimal(expected)


BOTH_CAPS, DAY_CAP = Caps(single_mg=100, day_mg=400), Caps(day_mg=400)


@pytest.mark.parametrize(
    ("ordered", "frequency", "rounding", "cap_applied", "caps", "expected"),
    [
        # 2 mg/kg every 6 hours meets both caps at 50 kg, 10 mg/kg per day the daily one at 40 kg.
        (order("2", "mg_per_kg_dose", "q6h", "50"), "q6h", "none", "none", BOTH_CAPS, "100"),
        (order("2", "mg_per_kg_dose", "q6h", "50.1"), "q6h", "none", "both", BOTH_CAPS, "100"),
        (order("2", "mg_per_kg_dose", "q6h", "60"), "q6h", "none", "none", BOTH_CAPS, "120"),
        (order("10", "mg_per_kg_day", "q12h", "41"), "q12h", "none", "daily", DAY_CAP, "200"),
        (order("10", "mg_per_kg_day", "q8h", "41"), "q8h", "nearest_mg", "daily", DAY_CAP, "133"),
        (order("10", "mg_per_kg_day", "q8h", "41"), "q8h", "nearest_5_mg", "daily", DAY_CAP, "130"),
        (order("10", "mg_per_kg_day", "continuous", "60"), "continuous", None, "daily", DAY_CAP, "400"),
        # No cap is stated where 10 mg/kg at 60 kg are 600 mg.
        (order("10", "mg_per_kg_day", "q6h", "60"), "q6h", "none", "none", Caps(), "150"),
        (order("2", "mg_per_kg_dose", "q6h", "24.8"), "q6h", "nearest_mg", "none", Caps(), "50"),
        (order("2", "mg_per_kg_dose", "q6h", "23.74"), "q6h", "nearest_5_mg", "none", Caps(), "45"),
        (order("2", "mg_per_kg_dose", "q6h", "23.75"), "q6h", "nearest_5_mg", "none", Caps(), "50"),
        # Halves go up: 22.5 mg are 4.5 steps of 5 mg.
        (order("2", "mg_per_kg_dose", "q6h", "11.25"), "q6h", "nearest_5_mg", "none", Caps(), "25"),
        (order("2", "mg_per_kg_dose", "q6h", "22.4"), "q6h", "nearest_10_mg", "none", Caps(), "40"),
        # 1.4.7: for 20 kg, whole syringes of each dose double it, those of the day do not.
        (order("2.5", "mg_per_kg_dose", "q6h", "20"), "q6h", "syringe_per_dose", "none", Caps(), "100"),
        (order("2.5", "mg_per_kg_dose", "q6h", "20"), "q6h", "syringe_per_day", "none", Caps(), "50"),
        (order("1", "mg_per_kg_dose", "q6h", "8"), "q6h", "syringe_per_day", "none", Caps(), "25"),
        (order("2.5", "mg_per_kg_dose", "q48h", "40"), "q48h", "syringe_per_day", "none", Caps(), "100"),
        # A cap of 350 mg per day leaves three whole syringes for four doses.
        (order("10", "mg_per_kg_day", "q6h", "60"), "q6h", "syringe_per_day", "daily", Caps(day_mg=350), "75"),
        (order("2", "mg_per_kg_dose", "q6h", "80"), "q6h", "syringe_per_dose", "single", Caps(single_mg=150), "100"),
        (order("2", "mg_per_kg_dose", "q6h", "80"), "q6h", "syringe_per_dose", "single", Caps(single_mg=80), "80"),
    ],
)
def test_what_one_dose_should_be_follows_order_cap_and_rounding(
    ordered: Amounts, frequency: str, rounding: str | None, cap_applied: str, caps: Caps, expected: str
) -> None:
    found = expected_given_mg(ordered, frequency=frequency, rounding=rounding, cap_applied=cap_applied, caps=caps)

    assert found == Decimal(expected)


@pytest.mark.parametrize(
    ("rounding", "cap_applied", "caps"),
    [("other", "none", BOTH_CAPS), ("none", "single", DAY_CAP), ("none", "both", DAY_CAP), ("none", "daily", Caps())],
)
def test_a_dose_is_not_expected_where_cap_or_rounding_are_not_known(
    rounding: str, cap_applied: str, caps: Caps
) -> None:
    ordered = order("2", "mg_per_kg_dose", "q6h", "60")

    assert expected_given_mg(ordered, frequency="q6h", rounding=rounding, cap_applied=cap_applied, caps=caps) is None
