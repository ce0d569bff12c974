"""A text that cannot be read: the message says what to write instead where that can be told."""

import pytest

from forms import values
from forms.casebook import CASEBOOK
from forms.values import ParseError


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("11/17/2026", "“11/17/2026” is not a date. Write 2026-11-17."),
        ("17.11.2026", "“17.11.2026” is not a date. Write 2026-11-17."),
        ("17.11.26", "“17.11.26” is not a date. Write 2026-11-17."),
        ("2026/3/5", "“2026/3/5” is not a date. Write 2026-03-05."),
        ("2026-3-5", "“2026-3-5” is not a date. Write 2026-03-05."),
        ("06-Mar-26", "“06-Mar-26” is not a date. Write 2026-03-06."),
        ("5/3/26", "“5/3/26” is not a date. It could be 2026-03-05 or 2026-05-03: write which."),
        ("3/3/2026", "“3/3/2026” is not a date. Write 2026-03-03."),
        ("31/31/2026", "“31/31/2026” is not a date. Write it as year-month-day, such as 2026-03-05."),
        ("3/5", "“3/5” is not a date. Write it as year-month-day, such as 2026-03-05."),
        ("1/1/0", "“1/1/0” is not a date. Write it as year-month-day, such as 2026-03-05."),
    ],
)
def test_a_date_written_another_way_is_told_as_it_is_to_be_written(text: str, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        values.parse_day(text)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("11/17/2026 6:00", "“11/17/2026 6:00” is not a day with a time. Write 2026-11-17 06:00."),
        ("2026-11-17 6:00", "“2026-11-17 6:00” is not a day with a time. Write 2026-11-17 06:00."),
        (
            "5/3/26 1430",
            "“5/3/26 1430” is not a day with a time. It could be 2026-03-05 14:30 or 2026-05-03 14:30: write which.",
        ),
        ("11/17/2026 8am", "“11/17/2026 8am” is not a day with a time. Write 2026-11-17 08:00."),
        ("2026-11-17 8:30 p.m.", "“2026-11-17 8:30 p.m.” is not a day with a time. Write 2026-11-17 20:30."),
        ("2026-11-17 12:05 AM", "“2026-11-17 12:05 AM” is not a day with a time. Write 2026-11-17 00:05."),
        ("2026-11-17 12 pm", "“2026-11-17 12 pm” is not a day with a time. Write 2026-11-17 12:00."),
        ("2026-11-17 13 pm", "“2026-11-17 13 pm” is not a day with a time. Write it as 2026-03-05 14:30."),
        ("2026-11-17 0 am", "“2026-11-17 0 am” is not a day with a time. Write it as 2026-03-05 14:30."),
        ("2026-11-17 8:60 am", "“2026-11-17 8:60 am” is not a day with a time. Write it as 2026-03-05 14:30."),
        ("2026-11-17", "“2026-11-17” is not a day with a time. Write it as 2026-03-05 14:30."),
        ("2026-11-17 25:00", "“2026-11-17 25:00” is not a possible day and time. Check both."),
        ("2026-11-17 24:30", "“2026-11-17 24:30” is not a possible day and time. Check both."),
        ("2026-11-30 24:00", "“2026-11-30 24:00” is not a possible day and time. Write 2026-12-01 00:00."),
        ("2026-11-30 2400", "“2026-11-30 2400” is not a possible day and time. Write 2026-12-01 00:00."),
        ("11/30/2026 24:00", "“11/30/2026 24:00” is not a day with a time. Write 2026-12-01 00:00."),
        ("9999-12-31 24:00", "“9999-12-31 24:00” is not a possible day and time. Check both."),
    ],
)
def test_a_time_written_another_way_is_told_as_it_is_to_be_written(text: str, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        values.parse_moment(text)
    assert str(refused.value) == said


def test_midnight_at_the_end_of_a_day_is_told_where_the_time_may_be_left_open_too() -> None:
    with pytest.raises(ParseError, match=r"Write 2026-12-01 00:00\."):
        values.parse_partial("2026-11-30 24:00", with_time=True)


def test_a_time_is_read_without_its_colon_too() -> None:
    assert values.parse_moment("2026-03-05 1430") == values.parse_moment("2026-03-05 14:30")
    assert values.parse_partial("2026-03-05 0600", with_time=True).text == "2026-03-05T06:00"


def test_a_birth_date_written_another_way_is_told_as_it_is_to_be_written() -> None:
    with pytest.raises(ParseError, match=r"It could be 2017-03-08 or 2017-08-03: write which\."):
        CASEBOOK["enrolment"].items["birth_date"].parse("3.8.2017")


@pytest.mark.parametrize(
    ("form", "item", "text", "said"),
    [
        ("baseline", "height_cm", "1.32", "“1.32” looks like m: 1.32 m is 132 cm. Write 132."),
        ("baseline", "height_cm", "1.32 m", "“1.32 m” looks like m: 1.32 m is 132 cm. Write 132."),
        ("baseline", "weight_kg", "62 lb", "“62 lb” looks like lb: 62 lb is 28.12 kg. Write 28.12."),
        ("baseline", "weight_kg", "28.5 kg", "“28.5 kg”: write the number alone, 28.5. Its unit is kg already."),
        (
            "baseline",
            "weight_kg",
            "28,5",
            "“28,5”: write the number with a point, such as 28.5, and without thousands marks.",
        ),
        ("baseline", "marrow_blasts_percent", "40 %", "“40 %”: write the number alone, 40. Its unit is % already."),
        ("assessment", "systolic_mmhg", "90 mmHg", "“90 mmHg”: write the number alone, 90. Its unit is mmHg already."),
        ("assessment", "temperature_c", "38.55", "“38.55” has 2 decimals; give at most 1 decimal."),
        ("baseline", "height_cm", "132.55", "“132.55” has 2 decimals; give at most 1 decimal."),
    ],
)
def test_a_number_in_the_wrong_words_is_told_as_it_is_to_be_written(form: str, item: str, text: str, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        CASEBOOK[form].items[item].parse(text)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("item", "text", "said"),
    [
        ("dose", "10mg", "“10mg”: write the number alone, 10."),
        ("dose", "0.5 mg/kg", "“0.5 mg/kg”: write the number alone, 0.5."),
        ("doses_given", "2 doses", "“2 doses”: write the number alone, 2."),
        # What may leave the number open is not told to be left out.
        ("doses_given", "2?", "“2?” is not a number. Write digits, such as 12.5."),
        ("doses_given", "2-3", "“2-3” is not a number. Write digits, such as 12.5."),
    ],
)
def test_of_an_item_without_a_unit_the_number_alone_is_asked_for(item: str, text: str, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        CASEBOOK["concomitant_agent"].items[item].parse(text)
    assert str(refused.value) == said
