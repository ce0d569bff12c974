"""Numbers and units as a person reads them: printed as on the ward, without zeros that can be misread."""

from datetime import datetime
from decimal import Decimal

import pytest

from forms.casebook import CASEBOOK
from forms.typesetting import typeset
from forms.values import Measurement, Value
from registry.webforms import RecordForm
from registry.wording import show_logged, show_value, summary_of


@pytest.mark.parametrize(
    ("kept", "read"),
    [
        ("Neutrophils 0.5 10^9/L", "Neutrophils 0.5 × 10⁹/L"),
        ("recovery to 20 x 10^9/L", "recovery to 20 × 10⁹/L"),
        ("10^6/kg", "10⁶/kg"),
        ("420 cells/uL", "420 cells/µL"),
        ("40 umol/L or 28 ukat/L or 5 ug/L", "40 µmol/L or 28 µkat/L or 5 µg/L"),
        ("mL/min/1.73m2", "mL/min/1.73m²"),
        ("mg/m2 per dose", "mg/m² per dose"),
        ("/mm3", "/mm³"),
        ("CNS2, day 3: m2 and ul stay words", "CNS2, day 3: m2 and ul stay words"),
    ],
)
def test_units_are_printed_as_on_the_ward(kept: str, read: str) -> None:
    assert typeset(kept) == read


@pytest.mark.parametrize(
    ("form", "item", "value", "read"),
    [
        ("anakinra_regimen", "dose_value", Decimal("10.000"), "10"),
        ("anakinra_regimen", "given_mg", Decimal("65.50"), "65.5 mg"),
        ("assessment", "temperature_c", Decimal("38.0"), "38.0 °C"),
        ("laboratory", "ferritin", Measurement(value=Decimal("28000.0"), sign=">"), ">28000 ng/mL"),
        ("laboratory", "anc", Measurement(value=Decimal("0.300")), "0.3 × 10⁹/L"),
        ("infusion", "cells_million_per_kg", Decimal("3.100"), "3.1 × 10⁶/kg"),
    ],
)
def test_a_number_carries_no_zero_that_could_be_misread(form: str, item: str, value: Value, read: str) -> None:
    assert show_value(CASEBOOK[form].items[item], value) == read


def test_the_history_shows_numbers_like_the_page() -> None:
    regimen, laboratory = CASEBOOK["anakinra_regimen"].items, CASEBOOK["laboratory"].items
    ferritin = {"value": ">28000.0", "unit": "ng/mL", "unit_typed": "ng/mL", "as_typed": ">28000"}

    assert show_logged(regimen["dose_value"], "10.000") == "10"
    assert show_logged(regimen["mg_per_kg_day"], "9.960") == "9.96 mg/kg/day"
    assert show_logged(laboratory["ferritin"], ferritin) == ">28000 ng/mL"
    assert show_logged(laboratory["sampled_at"], datetime(2026, 3, 8, 5, 40).isoformat()) == "2026-03-08 05:40"


def test_a_unit_is_offered_once_however_many_spellings_are_read() -> None:
    field = RecordForm(CASEBOOK["laboratory"]).fields["anc"]

    assert [unit for unit in field.units if unit not in field.spellings] == [
        "10^9/L",
        "G/L",
        "/nL",
        "10^3/uL",
        "K/uL",
        "cells/uL",
        "/mm3",
    ]


def test_a_unit_copied_from_the_page_is_read_back() -> None:
    value = CASEBOOK["laboratory"].items["anc"].parse("0.42 10⁹/L")

    assert isinstance(value, Measurement)
    assert value.value == Decimal("0.420")


def test_a_day_of_grades_fits_one_line_of_a_list() -> None:
    row = {"assessed_at": datetime(2026, 3, 8, 6, 0), "crs_grade": 2, "icans_grade": 0, "carhlh_present": False}

    assert summary_of(CASEBOOK["assessment"], row) == ["2026-03-08 06:00", "CRS: 2", "ICANS: 0", "carHLH: No"]


@pytest.mark.parametrize(
    ("form", "item", "value", "read"),
    [
        ("toxicity_episode", "duration_days", 1, "1 day"),
        ("toxicity_episode", "duration_days", 11, "11 days"),
        ("enrolment", "age_at_enrolment", 1, "1 year"),
        ("assessment", "capd_total", 1, "1 point"),
        ("laboratory", "prothrombin_time_s", Measurement(value=Decimal(1), text_typed="1"), "1 s"),
    ],
)
def test_one_of_a_unit_is_not_called_several(form: str, item: str, value: Value, read: str) -> None:
    assert show_value(CASEBOOK[form].items[item], value) == read


@pytest.mark.parametrize(("item", "value", "read"), [("study_day", 2, "day 2"), ("study_day", -1, "day -1")])
def test_the_number_of_a_day_is_not_told_as_how_long(item: str, value: Value, read: str) -> None:
    assert show_value(CASEBOOK["laboratory"].items[item], value) == read
