"""Which numbers are told apart by their unit, at the edge: units near to each other, bodies, uncommon values."""

import pytest

from check_tables import context, row_of
from forms.casebook import CASEBOOK
from forms.unit_slips import Slip, is_uncommon, recognise


def slip(form: str, item: str, **texts: str) -> Slip | None:
    return recognise(CASEBOOK[form], item, row_of(form, texts), context())


def test_a_unit_that_was_typed_is_compared_with_the_others_whichever_is_larger() -> None:
    # 200 cells/uL are 0.2 x 10^9/L: no platelet count of a sick child; 200 x 10^9/L is one.
    found = slip("laboratory", "platelets", platelets="200 cells/uL")

    assert found is not None
    assert (found.looks_like, found.suggestion) == (
        "Platelets 200 cells/uL looks like 10^9/L",
        "200 10^9/L",
    )


@pytest.mark.parametrize(
    ("form", "item", "texts"),
    [
        # 0.8 mmol/L were 1.29 g/dL: possible, but less than ten times apart from 0.8 g/dL.
        ("laboratory", "haemoglobin", {"haemoglobin": "0.8"}),
        # Impossible in kg, and in pounds too.
        ("baseline", "weight_kg", {"weight_kg": "900"}),
    ],
)
def test_a_number_that_no_other_unit_explains_is_no_slip(form: str, item: str, texts: dict[str, str]) -> None:
    assert slip(form, item, **texts) is None


@pytest.mark.parametrize(("kg", "is_slip"), [("2", True), ("1.99", False)])
def test_a_height_in_inches_goes_with_a_body_of_8_kg_per_m2_at_least(kg: str, is_slip: bool) -> None:
    # 19.7 inches are 50.0 cm: 2 kg are 8 kg/m2.
    assert (slip("baseline", "height_cm", height_cm="19.7", weight_kg=kg) is not None) is is_slip


@pytest.mark.parametrize(
    ("form", "texts", "expected"),
    # Commonly 50 to 900 mg/dL of fibrinogen.
    [
        ("laboratory", {"fibrinogen": "200"}, False),
        ("laboratory", {"fibrinogen": "45"}, True),
        ("laboratory", {"fibrinogen": "200", "wbc": "160"}, True),
        ("laboratory", {}, False),
        ("baseline", {"weight_kg": "90"}, False),
    ],
)
def test_a_row_with_an_uncommon_value_is_compared_with_the_one_before(
    form: str, texts: dict[str, str], expected: bool
) -> None:
    assert is_uncommon(CASEBOOK[form], row_of(form, texts)) is expected
