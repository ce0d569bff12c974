"""What a ward writes on its own sheet is read in the daily grid as the ward means it, and nothing else is."""

from datetime import date
from decimal import Decimal

import pytest

from forms.casebook.assessment import ASSESSMENT
from forms.values import ParseError
from registry.grid.cells import read_cell
from registry.grid.paste import place
from registry.grid.sheet import ROWS, GridRow
from test_grid import cell, sheet_of

DAY_0, DAY_1, DAY_2 = date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 7)
FIRST_ROW: GridRow = ROWS[0]


@pytest.mark.parametrize("item_name", ["seizure", "motor", "vasoactives", "pressure"])
def test_no_is_none_and_not_the_beginning_of_another_answer(item_name: str) -> None:
    item = ASSESSMENT.items[item_name]
    assert read_cell(item, "No", day=DAY_1) == read_cell(item, "none", day=DAY_1) is not None


@pytest.mark.parametrize("typed", ["85/40", "85 / 40", "85"])
def test_of_a_blood_pressure_the_systolic_one_is_read(typed: str) -> None:
    assert read_cell(ASSESSMENT.items["systolic_mmhg"], typed, day=DAY_1) == Decimal(85)


@pytest.mark.parametrize("typed", ["40/85", "85/", "85/40/30", "3/8", "85/85"])
def test_what_is_no_blood_pressure_is_not_read_as_one(typed: str) -> None:
    with pytest.raises(ParseError):
        read_cell(ASSESSMENT.items["systolic_mmhg"], typed, day=DAY_1)


@pytest.mark.parametrize(
    ("item_name", "typed", "words"),
    [
        ("oxygen_mode", "2L NC", "“2L NC”: write nasal cannula here, and the flow in L/min under Oxygen flow."),
        (
            "oxygen_mode",
            "NC 2 L/min",
            "“NC 2 L/min”: write nasal cannula here, and the flow in L/min under Oxygen flow.",
        ),
        (
            "vasoactives",
            "milrinone; norad 0.05 mcg/kg/min",
            "“norad 0.05 mcg/kg/min”: write norepinephrine here, and the dose on the page of the assessment.",
        ),
    ],
)
def test_where_an_amount_beside_an_answer_goes_is_told(item_name: str, typed: str, words: str) -> None:
    with pytest.raises(ParseError) as problem:
        read_cell(ASSESSMENT.items[item_name], typed, day=DAY_1)
    assert str(problem.value) == words


@pytest.mark.parametrize(
    ("item_name", "typed"), [("oxygen_mode", "2 L"), ("oxygen_mode", "2L XX"), ("motor", "none 2")]
)
def test_an_amount_beside_no_answer_says_which_answers_there_are(item_name: str, typed: str) -> None:
    with pytest.raises(ParseError, match="is not one of the answers"):
        read_cell(ASSESSMENT.items[item_name], typed, day=DAY_1)


@pytest.mark.parametrize("item_name", ["crs_grade", "icans_grade", "carhlh_grade"])
@pytest.mark.parametrize("typed", ["3", "G3", "g3", "Gr 3", "gr. 3", "grade 3", "Grade  3"])
def test_a_grade_is_read_with_its_word_before_it(item_name: str, typed: str) -> None:
    assert read_cell(ASSESSMENT.items[item_name], typed, day=DAY_1) == 3


@pytest.mark.parametrize(
    ("item_name", "typed"),
    [("crs_grade", "G"), ("crs_grade", "G33"), ("crs_grade", "grade 6"), ("crs_grade", "G3-4"), ("ice_total", "G3")],
)
def test_what_is_no_grade_is_not_read_as_one(item_name: str, typed: str) -> None:
    with pytest.raises(ParseError):
        read_cell(ASSESSMENT.items[item_name], typed, day=DAY_1)


@pytest.mark.parametrize(("typed", "code"), [("wakes to voice", "voice"), ("Wakes to touch", "tactile")])
def test_how_a_child_wakes_is_read_as_flow_sheets_say_it(typed: str, code: str) -> None:
    assert read_cell(ASSESSMENT.items["consciousness"], typed, day=DAY_1) == code


def test_only_the_systolic_pressure_is_read_from_a_pair() -> None:
    with pytest.raises(ParseError):
        read_cell(ASSESSMENT.items["ice_total"], "10/8", day=DAY_1)


@pytest.mark.parametrize(
    ("name", "item_name", "value"),
    [
        ("BP", "systolic_mmhg", "85/40"),
        ("NIBP mmHg", "systolic_mmhg", "85/40"),
        ("Blood pressure", "systolic_mmhg", "85/40"),
        ("Temp °C", "temperature_c", "38.5"),
        ("LOC", "consciousness", "alert"),
        ("Level of consciousness", "consciousness", "alert"),
    ],
)
def test_a_sheet_of_the_ward_is_placed_under_its_own_names(name: str, item_name: str, value: str) -> None:
    pasted = place(f"\tDay 1\n{name}\t{value}", sheet_of(), row=FIRST_ROW, day=DAY_0)
    assert pasted.texts == {cell(item_name, DAY_1): value}
    assert (pasted.errors, pasted.left_over) == ({}, [])


@pytest.mark.parametrize("top", ["Day\t0\t1\t2", "\t0\t1\t2", "Study day\t-1\t0\t1\t2", "Day\t0\t+1\t+2"])
def test_bare_numbers_from_day_0_on_are_days(top: str) -> None:
    before = "1\t" if "-1" in top else ""
    block = f"{top}\nFerritin\t{before}900\t5200\t9100\nCRP\t{before}10\t85\t90"
    turned = "\n".join("\t".join(line) for line in zip(*(line.split("\t") for line in block.split("\n")), strict=True))
    for text in (block, turned):
        pasted = place(text, sheet_of(), row=FIRST_ROW, day=DAY_0)
        assert pasted.texts == {
            cell("ferritin", DAY_0): "900",
            cell("ferritin", DAY_1): "5200",
            cell("ferritin", DAY_2): "9100",
            cell("crp", DAY_0): "10",
            cell("crp", DAY_1): "85",
            cell("crp", DAY_2): "90",
        }, text
        assert len(pasted.left_over) == (1 if before else 0)


@pytest.mark.parametrize("heading", ["Days after infusion", "Day after infusion", "Day post-infusion", "Study day"])
def test_days_of_a_second_week_are_counted_from_the_infusion_where_their_heading_says_so(heading: str) -> None:
    block = f"{heading}\t7\t8\t10\nFerritin\t900\t5200\t9100"
    turned = "\n".join("\t".join(line) for line in zip(*(line.split("\t") for line in block.split("\n")), strict=True))
    for text in (block, turned):
        pasted = place(text, sheet_of(), row=FIRST_ROW, day=DAY_0)
        assert pasted.texts == {
            cell("ferritin", date(2026, 3, 12)): "900",
            cell("ferritin", date(2026, 3, 13)): "5200",
            cell("ferritin", date(2026, 3, 15)): "9100",
        }
        assert (pasted.errors, pasted.left_over) == ({}, [])


@pytest.mark.parametrize(("heading", "place_of_it"), [("Day", "in place of “Day”"), ("", "in the first field")])
def test_days_of_a_second_week_that_may_be_of_a_month_are_told_with_what_to_write_over_them(
    heading: str, place_of_it: str
) -> None:
    pasted = place(f"{heading}\t7\t8\nFerritin\t900\t5200\nCRP\t9\t9", sheet_of(), row=FIRST_ROW, day=DAY_0)
    assert pasted.texts == {}
    assert pasted.left_over[0].endswith(
        "Write 2026-03-08 or Day 3. Bare numbers may be days of a month: if they are not, write “Days after infusion” "
        f"{place_of_it}."
    )


@pytest.mark.parametrize("top", ["Day\t5\t6\t7", "Date\t0\t1\t2", "Day\t0\t2\t1", "Day\t0\t0\t1"])
def test_numbers_that_may_be_other_days_are_no_days(top: str) -> None:
    pasted = place(f"{top}\nFerritin\t900\t5200\t9100", sheet_of(), row=FIRST_ROW, day=DAY_0)
    assert pasted.texts == {}
    assert "cannot be read" in pasted.left_over[0]


def test_values_of_a_score_that_happen_to_count_up_are_no_days() -> None:
    pasted = place("CRS\t0\t1\t2\nICANS\t0\t0\t1", sheet_of(), row=FIRST_ROW, day=DAY_0)
    assert [pasted.texts[cell("crs_grade", day)] for day in (DAY_0, DAY_1, DAY_2)] == ["0", "1", "2"]
    crs = next(one for one in ROWS if one.item_name == "crs_grade")
    assert len(place("0\t1\t2\n0\t0\t1", sheet_of(), row=crs, day=DAY_0).texts) == 6


@pytest.mark.parametrize("name", ["Temp F", "Temp °F", "BP kPa"])
def test_a_name_with_a_unit_that_is_not_its_own_is_no_row(name: str) -> None:
    pasted = place(f"\tDay 1\tDay 2\n{name}\t38.5\t38\nCRP\t1\t2", sheet_of(), row=FIRST_ROW, day=DAY_0)
    assert set(pasted.texts) == {cell("crp", DAY_1), cell("crp", DAY_2)}


def test_values_of_a_row_that_is_not_there_are_told_in_one_line() -> None:
    pasted = place("\tDay 0\tDay 1\tDay 2\nCRP\t1\t2\t3\nSpO2\t99\t93\t91", sheet_of(), row=FIRST_ROW, day=DAY_0)
    assert pasted.left_over == ["The grid has no row “SpO2”. Its 3 values were not put in: 99, 93, 91."]


def test_values_of_a_day_on_another_page_are_told_in_one_line() -> None:
    pasted = place("\tDay 0\tDay 40\nCRP\t1\t2\nFerritin\t800\t900", sheet_of(), row=FIRST_ROW, day=DAY_0)
    assert pasted.left_over == [
        "Day 40, 2026-04-14, is not on this page of the grid; where another page has it, paste the block there too. "
        "Its 2 values were not put in: CRP 2, Ferritin 900."
    ]
