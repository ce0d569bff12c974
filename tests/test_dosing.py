"""Anakinra arithmetic: what an order amounts to (CLINICAL.md 1.2, the arithmetic below its table)."""

from decimal import Decimal

import pytest

from forms.dosing import Amounts, amounts, given_mg_per_kg_day


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
        (order("2", "mg_per_kg_dose", "q6h", "0"), as_amounts(None, None, "2", "8")),
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
