"""What holds of every order: conversions come back, and nothing raises whatever is missing."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from forms.dosing import (
    DOSE_BASES,
    FREQUENCIES,
    ROUNDING_STEPS_MG,
    Amounts,
    Caps,
    doses_per_day,
    exact_amounts,
    expected_given_mg,
    given_mg_per_day,
)

ALMOST_NOTHING = Decimal("1e-18")

values = st.decimals("0.01", 2400, places=3)
weights = st.decimals(2, 200, places=2)
bases = st.sampled_from(list(DOSE_BASES.labels))
frequencies = st.sampled_from(list(FREQUENCIES.labels))
roundings = st.sampled_from([*ROUNDING_STEPS_MG, "none", "other"])
cap_answers = st.sampled_from(["none", "single", "daily", "both"])
caps_stated = st.builds(Caps, single_mg=st.none() | st.integers(20, 600), day_mg=st.none() | st.integers(50, 2400))


def or_missing(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@given(value=values, basis=bases, other=bases, frequency=frequencies, weight=weights)
def test_an_order_converted_to_another_basis_and_back_is_the_same_order(
    value: Decimal, basis: str, other: str, frequency: str, weight: Decimal
) -> None:
    first = exact_amounts(value=value, basis=basis, frequency=frequency, weight_kg=weight)
    converted = first.in_basis(other)
    again = exact_amounts(value=converted, basis=other, frequency=frequency, weight_kg=weight)
    back = again.in_basis(basis)

    if converted is None:
        assert frequency == "continuous"
    else:
        assert back is not None and abs(back - value) <= ALMOST_NOTHING * value


@given(value=values, basis=bases, frequency=frequencies, weight=weights)
def test_a_day_is_as_many_doses_as_the_frequency_says(
    value: Decimal, basis: str, frequency: str, weight: Decimal
) -> None:
    found = exact_amounts(value=value, basis=basis, frequency=frequency, weight_kg=weight)
    times = doses_per_day(frequency)

    if found.mg_per_dose is None or found.mg_per_day is None or times is None:
        assert frequency == "continuous"
    else:
        assert abs(found.mg_per_dose * times - found.mg_per_day) <= ALMOST_NOTHING * found.mg_per_day


@given(value=values, basis=bases, frequency=frequencies, weight=weights, caps=caps_stated, rounding=roundings)
def test_a_capped_dose_is_never_above_its_caps(
    value: Decimal, basis: str, frequency: str, weight: Decimal, caps: Caps, rounding: str
) -> None:
    ordered = exact_amounts(value=value, basis=basis, frequency=frequency, weight_kg=weight)
    mg = expected_given_mg(ordered, frequency=frequency, rounding=rounding, cap_applied="both", caps=caps)

    if mg is not None:
        day = given_mg_per_day(given_mg=mg, frequency=frequency)
        assert caps.day_mg is not None and caps.single_mg is not None and day is not None
        # One dose is told to a hundredth of a mg, so the day may be off by that much for each dose.
        assert day <= caps.day_mg + Decimal("0.02")
        assert frequency == "continuous" or mg <= caps.single_mg


@given(
    value=or_missing(values),
    basis=or_missing(bases),
    frequency=or_missing(frequencies),
    weight=or_missing(weights),
    rounding=or_missing(roundings),
    cap_applied=or_missing(cap_answers),
    caps=caps_stated,
)
def test_nothing_raises_and_nothing_is_inferred_whatever_is_missing(
    value: Decimal | None,
    basis: str | None,
    frequency: str | None,
    weight: Decimal | None,
    rounding: str | None,
    cap_applied: str | None,
    caps: Caps,
) -> None:
    found = exact_amounts(value=value, basis=basis, frequency=frequency, weight_kg=weight)
    mg = expected_given_mg(found, frequency=frequency, rounding=rounding, cap_applied=cap_applied, caps=caps)

    if value is None or basis is None:
        assert (found, mg) == (Amounts(), None)
    if weight is None and basis in ("mg_per_kg_dose", "mg_per_kg_day"):
        assert (found.mg_per_dose, found.mg_per_day, mg) == (None, None, None)
