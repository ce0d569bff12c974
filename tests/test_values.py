"""How typed text becomes a value, and what is refused in which words."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms import analytes, values
from forms.casebook import CASEBOOK
from forms.items import CLINICAL, Measured
from forms.values import Measurement, ParseError, PartialDate

LABORATORY = CASEBOOK["laboratory"].items


def measured(name: str, text: str) -> Measurement:
    found = LABORATORY[name].parse(text)
    assert isinstance(found, Measurement)
    return found


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2026", datetime(2026, 1, 1, 0, 0), datetime(2026, 12, 31, 23, 59)),
        ("2024-02", datetime(2024, 2, 1, 0, 0), datetime(2024, 2, 29, 23, 59)),
        ("2026-03-05", datetime(2026, 3, 5, 0, 0), datetime(2026, 3, 5, 23, 59)),
        ("2026-03-05T14", datetime(2026, 3, 5, 14, 0), datetime(2026, 3, 5, 14, 59)),
        ("2026-03-05T14:30", datetime(2026, 3, 5, 14, 30), datetime(2026, 3, 5, 14, 30)),
    ],
)
def test_a_partial_date_spans_everything_it_can_mean(text: str, earliest: datetime, latest: datetime) -> None:
    partial = PartialDate(text)

    assert (partial.earliest, partial.latest) == (earliest, latest)


@pytest.mark.parametrize(
    "text",
    ["2026-13", "2026-02-30", "26-03", "2026-3-5", "2026-03-05T25", "", "2026-03-05Z", "２０２６-03", "٢٠٢٦-03-05"],
)
def test_a_partial_date_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date|no month|day is out|hour must|must be in"):
        PartialDate(text)


@pytest.mark.parametrize(
    ("first", "second", "before"),
    [
        (PartialDate("2026-02"), PartialDate("2026-03"), True),
        (PartialDate("2026-03"), date(2026, 3, 5), False),
        (date(2026, 3, 5), datetime(2026, 3, 5, 14, 30), False),
        (datetime(2026, 3, 5, 14, 29), datetime(2026, 3, 5, 14, 30), True),
        (None, date(2026, 3, 5), None),
        (values.NullFlavour.UNKNOWN, date(2026, 3, 5), None),
    ],
)
def test_one_date_is_before_another_only_when_it_cannot_be_otherwise(
    first: values.Value, second: values.Value, before: bool | None
) -> None:
    assert values.is_before(first, second) is before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,5", "with a point"),
        ("1e3", "is not a number"),
        ("NaN", "is not a number"),
        ("Infinity", "is not a number"),
        ("١٢", "is not a number"),
        ("0.0004", "at most 3 decimals"),
        ("12345", "far too large"),
        ("-1000", "far too large"),
        pytest.param("-" + "9" * 1_000_001, "far too large", id="a million digits"),
        ("--1", "is not a number"),
    ],
)
def test_a_number_that_could_not_be_kept_exactly_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        values.parse_decimal(text, decimals=3, digits=3)


@pytest.mark.parametrize(
    ("item", "text", "words"),
    [
        ("ferritin", "2.400", "“2.400” could be 2.4 or 2400. Write 2.4 or 2400."),
        ("ferritin", "2,400", "“2,400” could be 2.4 or 2400. Write 2.4 or 2400."),
        ("ferritin", "<12.000", "“12.000” could be 12 or 12000. Write 12 or 12000."),
        ("crp", "2.450", "“2.450” could be 2.45 or 2450. Write 2.45 or 2450."),
        ("wbc", "2,456", "“2,456” could be 2.456 or 2456. Write 2.456 or 2456."),
        ("wbc", "2.400 /uL", "“2.400” could be 2.4 or 2400. Write 2.4 or 2400."),
        ("creatinine", "40.000 umol/L", "“40.000” could be 40 or 40000. Write 40 or 40000."),
    ],
)
def test_a_number_that_may_be_meant_in_thousands_is_asked_about(item: str, text: str, words: str) -> None:
    with pytest.raises(ParseError) as refused:
        measured(item, text)
    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("item", "text", "value"),
    [
        ("wbc", "2.400", "2.400"),
        ("creatinine", "1.000", "1.000"),
        ("ferritin", "0.500", "0.5"),
        ("ferritin", "2.40", "2.4"),
        ("ferritin", "2400.000", "2400.0"),
        ("fibrinogen", "2.400 g/L", "240.0"),
    ],
)
def test_three_decimals_are_read_where_they_are_kept_or_cannot_be_thousands(item: str, text: str, value: str) -> None:
    assert measured(item, text).value == Decimal(value)


def test_a_plain_number_that_may_be_meant_in_thousands_is_asked_about_too() -> None:
    with pytest.raises(ParseError, match=r"“38.000” could be 38 or 38000. Write 38 or 38000."):
        CASEBOOK["assessment"].items["temperature_c"].parse("38.000")


@given(st.decimals(min_value=-999, max_value=999, places=3))
def test_a_number_written_plainly_is_read_back_as_itself(number: Decimal) -> None:
    assert values.parse_decimal(values.plain(number), decimals=3, digits=3) == number


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "a\x1bb"])
def test_text_that_a_database_could_not_keep_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="cannot be stored"):
        values.clean_text(text, max_length=10)


def test_text_is_normalised_and_nothing_else_is_changed() -> None:
    assert values.clean_text("  e\u0301\r\nx ", max_length=10) == "  \u00e9\nx "


@pytest.mark.parametrize(
    ("item", "text", "value"),
    [
        ("ferritin", "12500", "12500.0"),
        ("ferritin", "1000 pmol/L", "445.0"),
        ("ferritin", "300 µg/L", "300.0"),
        ("crp", "8.5 mg/dL", "85.00"),
        ("fibrinogen", "1.45 g/L", "145.0"),
        ("alt", "2 ukat/L", "120.0"),
        ("bilirubin_total", "17.1 umol/L", "1.00"),
        ("bilirubin_total", "171 µmol/L", "10.00"),
        ("creatinine", "88.4 umol/L", "1.000"),
        ("anc", "420 cells/uL", "0.420"),
        ("haemoglobin", "79 g/L", "7.90"),
        ("haemoglobin", "5 mmol/L", "8.06"),
        ("triglycerides", "3 mmol/L", "265.7"),
        ("igg", "3.8 g/L", "380.0"),
        ("il6", "850 ng/L", "850.00"),
        ("d_dimer", "3400 ng/mL FEU", "3.400"),
        ("fibrinogen", "2.2g/L", "220.0"),
        ("d_dimer", "3400ng/mL FEU", "3.400"),
        ("platelets", "12x10^9/L", "12.0"),
        ("wbc", "2400/uL", "2.400"),
        ("bilirubin_total", "<17.1µmol/l", "1.00"),
    ],
)
def test_other_units_are_converted_by_the_factors_of_the_clinical_note(item: str, text: str, value: str) -> None:
    assert measured(item, text).value == Decimal(value)


def test_a_measurement_keeps_its_sign_its_unit_and_what_was_typed() -> None:
    assert measured("crp", " <0.5 mg/dL") == Measurement(
        value=Decimal("5.00"), sign="<", unit_typed="mg/dL", text_typed="<0.5 mg/dL"
    )


def test_a_unit_that_depends_on_the_assay_is_refused_and_the_allowed_ones_are_named() -> None:
    with pytest.raises(ParseError, match=r"“pg/mL” is not a unit of Soluble IL-2 receptor \(sCD25\). Use one of: U/mL"):
        measured("sil2r", "9800 pg/mL")


@pytest.mark.parametrize(
    ("item", "units"),
    [
        ("ferritin", "ng/mL, ug/L, pmol/L"),
        ("platelets", "10^9/L, G/L, /nL, 10^3/uL, K/uL, cells/uL, /mm3"),
    ],
)
def test_a_refused_unit_names_each_allowed_one_once_however_many_spellings_are_read(item: str, units: str) -> None:
    with pytest.raises(ParseError) as refused:
        measured(item, "300 furlongs")
    assert str(refused.value).endswith(f"Use one of: {units}.")


def test_every_measured_item_reads_back_what_it_shows() -> None:
    found = [
        (item, item.parse(item.format(item.parse("12"))))
        for form in CASEBOOK.values()
        for item in form.items.values()
        if isinstance(item, Measured)
    ]

    assert len(found) > 40
    assert {parsed.value for _, parsed in found if isinstance(parsed, Measurement)} == {Decimal(12)}


def test_an_analyte_asked_on_two_forms_has_one_unit_and_the_same_limits() -> None:
    at_start = CASEBOOK["anakinra_course"].items["at_start_ferritin"]
    own = analytes.FERRITIN.item(privacy=CLINICAL, help="Such as 12500.")

    assert isinstance(at_start, Measured)
    assert (at_start.unit, at_start.low, at_start.high, at_start.units) == (own.unit, own.low, own.high, own.units)


@pytest.mark.parametrize(
    ("sign", "value", "above", "below"),
    # Against a limit of 5: what is known of a true value above, at or below it.
    [
        ("", "4.9", False, True),
        ("", "5", False, False),
        ("", "5.1", True, False),
        (">", "5", True, False),
        (">", "5.1", True, False),
        (">", "4.9", None, None),
        ("<", "5", False, True),
        ("<", "4.9", False, True),
        ("<", "5.1", None, None),
    ],
)
def test_the_sign_of_a_measurement_is_believed_as_far_as_it_goes(
    sign: str, value: str, above: bool | None, below: bool | None
) -> None:
    measured = Measurement(value=Decimal(value), sign=sign)
    opposite = {True: False, False: True, None: None}

    assert (measured.is_above(5), measured.is_below(5)) == (above, below)
    assert (measured.is_at_most(5), measured.is_at_least(5)) == (opposite[above], opposite[below])
