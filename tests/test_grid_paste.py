"""A block copied from a spreadsheet finds its cells; what finds none, or cannot be read, is said in words."""

from datetime import date

import pytest

from registry.grid.paste import LONGEST, place, split_block
from registry.grid.sheet import ROWS, GridRow
from test_grid import cell, sheet_of

DAY_1, DAY_2 = date(2026, 3, 6), date(2026, 3, 7)
_BARE_NUMBERS = " Bare numbers may be days of a month: if they are not, write “Days after infusion” in place of “Day”."


def row(item_name: str) -> GridRow:
    return next(one for one in ROWS if one.item_name == item_name)


def test_a_plain_block_goes_right_and_down_from_its_cell() -> None:
    pasted = place("38.5\t39.1\r\nyes\t\r\n84\t\r\n", sheet_of(), row=row("temperature_c"), day=DAY_1)
    assert pasted.texts == {
        cell("temperature_c", DAY_1): "38.5",
        cell("temperature_c", DAY_2): "39.1",
        cell("fever_other_cause", DAY_1): "yes",
        cell("systolic_mmhg", DAY_1): "84",
    }
    assert (pasted.errors, pasted.left_over) == ({}, [])


def test_an_empty_cell_inside_a_single_column_leaves_its_row_as_it_is() -> None:
    assert split_block("900\n\n210\n") == [["900"], [""], ["210"]]
    pasted = place("900\n\n210", sheet_of(), row=row("ferritin"), day=DAY_1)
    assert pasted.texts == {cell("ferritin", DAY_1): "900", cell("fibrinogen", DAY_1): "210"}
    assert (pasted.errors, pasted.left_over) == ({}, [])


@pytest.mark.parametrize("name", ["Fever: another cause", "Fever not CRS", "Other cause of fever", "fever_other_cause"])
def test_what_a_fever_is_put_down_to_is_pasted_under_its_name(name: str) -> None:
    block = f"\tDay 1\tDay 2\n{name}\tno\tline infection\nTemp\t38.5\t39.1"
    pasted = place(block, sheet_of(), row=row("assessed_at"), day=date(2026, 3, 5))
    assert pasted.texts == {
        cell("fever_other_cause", DAY_1): "no",
        cell("fever_other_cause", DAY_2): "line infection",
        cell("temperature_c", DAY_1): "38.5",
        cell("temperature_c", DAY_2): "39.1",
    }
    assert pasted.errors == {
        cell("fever_other_cause", DAY_2): "“line infection” is neither yes nor no. Write one of the two."
    }


def test_a_line_longer_than_the_days_above_it_tells_what_has_no_day() -> None:
    pasted = place("\tDay 1\nTemp\t38.5\t39.1", sheet_of(), row=row("assessed_at"), day=DAY_1)
    assert pasted.texts == {cell("temperature_c", DAY_1): "38.5"}
    assert pasted.left_over == [
        "“39.1” of Temperature, a column without a day: the day is not on this page of the grid."
    ]


def test_a_value_that_cannot_be_read_is_placed_and_marked() -> None:
    pasted = place("38.5\n\nlow", sheet_of(), row=row("temperature_c"), day=DAY_1)
    assert pasted.texts[cell("systolic_mmhg", DAY_1)] == "low"
    assert pasted.errors == {cell("systolic_mmhg", DAY_1): "“low” is not a number. Write digits, such as 12.5."}


@pytest.mark.parametrize(
    "block",
    [
        "\tDay 1\tDay 2\nFerritin (ng/mL)\t5200\t9100\nCRP\t85\t>200",
        "\t2026-03-06\t2026-03-07\nCRP\t85\t>200\nferritin\t5200\t9100",
        "date\tCRP\tFerritin\n2026-03-06\t85\t5200\n2026-03-07\t>200\t9100",
    ],
)
def test_a_block_with_names_and_days_goes_where_they_say_in_any_order(block: str) -> None:
    pasted = place(block, sheet_of(), row=row("assessed_at"), day=date(2026, 3, 5))
    assert pasted.texts == {
        cell("ferritin", DAY_1): "5200",
        cell("ferritin", DAY_2): "9100",
        cell("crp", DAY_1): "85",
        cell("crp", DAY_2): ">200",
    }
    assert (pasted.errors, pasted.left_over) == ({}, [])


@pytest.mark.parametrize(
    "top",
    [
        "Date\t06.03.2025\t07.03.2025",
        "Date\t3/6\t7/3",
        "\t3/6/26\t3/32/26",
        "Date\t06.03\t07.03",
        "Date\t3/6\t5/9",
        "Day\t1\t2",
    ],
)
def test_a_block_under_days_that_cannot_be_read_goes_to_no_other_day(top: str) -> None:
    pasted = place(f"{top}\nFerritin\t5200\t9100", sheet_of(), row=row("assessed_at"), day=date(2026, 3, 5))
    assert pasted.texts == {}
    assert pasted.left_over == [
        "Nothing was put in: the days above the block, "
        + ", ".join(f"“{value}”" for value in top.split("\t") if value)
        + ", cannot be read. Write 2026-03-08 or Day 3."
        + (_BARE_NUMBERS if top.startswith("Day") else "")
    ]


@pytest.mark.parametrize(
    "top",
    [
        "Date\t06.03.2026\t07.03.2026",
        "Date\t3/6\t3/7",
        "\t6/3\t7/3",
        "\t3/6/26\t3/7/26",
        "\t2026/3/6\t2026/3/7",
        "Lab\t06-Mar-26\t07-Mar-26",
        "Lab\t6 Mar\tDay 2",
        "\t2026-03-06\t3/7/2026",
    ],
)
def test_days_written_another_way_are_read_where_they_can_only_be_days_of_the_page(top: str) -> None:
    expected = {cell("ferritin", DAY_1): "5200", cell("ferritin", DAY_2): "9100", cell("crp", DAY_1): "85"}
    block = f"{top}\nFerritin\t5200\t9100\nCRP\t85\t"
    turned = "\n".join("\t".join(line) for line in zip(*(line.split("\t") for line in block.split("\n")), strict=True))
    for text in (block, turned):
        pasted = place(text, sheet_of(), row=row("assessed_at"), day=date(2026, 3, 5))
        assert (pasted.texts, pasted.left_over) == (expected, []), text


def test_scores_and_numbers_that_look_like_dates_are_no_days() -> None:
    scores = place("3/8\nawake", sheet_of(), row=row("ice_total"), day=DAY_1)
    assert scores.texts == {cell("ice_total", DAY_1): "3/8", cell("capd_total", DAY_1): "awake"}
    numbers = place("3.6\t3.7\n85\t90", sheet_of(), row=row("ferritin"), day=DAY_1)
    assert numbers.texts == {
        cell("ferritin", DAY_1): "3.6",
        cell("ferritin", DAY_2): "3.7",
        cell("crp", DAY_1): "85",
        cell("crp", DAY_2): "90",
    }


def test_days_that_can_be_read_are_used_beside_those_that_cannot() -> None:
    block = "Date\t06.03.2026\t2026-03-06\tDay 2\t8.3.26\nFerritin\t1\t5200\t9100\t2"
    pasted = place(block, sheet_of(), row=row("assessed_at"), day=date(2026, 3, 5))
    assert pasted.texts == {cell("ferritin", DAY_1): "5200", cell("ferritin", DAY_2): "9100"}
    assert [line.split(":")[0] for line in pasted.left_over] == [
        "“1” of Ferritin, a column without a day",
        "“2” of Ferritin, a column without a day",
    ]


def test_what_finds_no_row_and_no_day_is_told_value_by_value() -> None:
    block = "\tDay 1\tDay 40\nFerritin\t5200\t800\nZinc\t70\t"
    pasted = place(block, sheet_of(), row=row("assessed_at"), day=DAY_1)
    assert pasted.texts == {cell("ferritin", DAY_1): "5200"}
    assert pasted.left_over == [
        "“800” of Ferritin, 2026-04-14: the day is not on this page of the grid.",
        "“70” of “Zinc”: the grid has no such row.",
    ]


def test_a_block_that_runs_over_the_edge_is_told_too() -> None:
    pasted = place("1\t2\n3\t4", sheet_of(), row=row("creatinine"), day=date(2026, 3, 18))
    assert pasted.texts == {cell("creatinine", date(2026, 3, 18)): "1"}
    assert len(pasted.left_over) == 3


@pytest.mark.parametrize(
    ("name", "item_name"),
    [
        ("Plt", "platelets"),
        ("Hb", "haemoglobin"),
        ("Hgb", "haemoglobin"),
        ("WBC", "wbc"),
        ("CRP", "crp"),
        ("Ferr", "ferritin"),
        ("T. bili", "bilirubin_total"),
        ("Crea", "creatinine"),
        ("Plt G/L", "platelets"),
        ("Ferr [ng/mL]", "ferritin"),
    ],
)
def test_a_row_is_known_by_what_the_ward_calls_it(name: str, item_name: str) -> None:
    pasted = place(f"{name}\t7.5", sheet_of(), row=row("assessed_at"), day=DAY_1)
    assert pasted.texts == {cell(item_name, DAY_1): "7.5"}
    assert (pasted.errors, pasted.left_over) == ({}, [])


def test_no_name_means_two_rows() -> None:
    names = [name.casefold() for one in ROWS for name in {one.label, one.item_name, *one.short_names}]
    same = {one.item_name for one in ROWS if one.label.casefold() == one.item_name}
    assert {name for name in names if names.count(name) > 1} == same


def test_a_unit_behind_the_name_of_a_row_holds_for_its_bare_numbers() -> None:
    block = "Fibrinogen (g/L)\t2.2\t190 mg/dL\nCRP mg/dL\t<0.5\tnd\nHb g/dL\t7.9"
    pasted = place(block, sheet_of(), row=row("assessed_at"), day=DAY_1)
    assert pasted.texts == {
        cell("fibrinogen", DAY_1): "2.2 g/L",
        cell("fibrinogen", DAY_2): "190 mg/dL",
        cell("crp", DAY_1): "<0.5 mg/dL",
        cell("crp", DAY_2): "nd",
        cell("haemoglobin", DAY_1): "7.9",
    }
    assert (pasted.errors, pasted.left_over) == ({}, [])


def test_a_share_in_percent_is_not_put_among_the_cell_counts() -> None:
    pasted = place("Neutrophils (%)\t45\nANC\t0.3", sheet_of(), row=row("assessed_at"), day=DAY_1)
    assert pasted.texts == {cell("anc", DAY_1): "0.3"}
    assert pasted.left_over == ["“45” of “Neutrophils (%)”: the grid has no such row."]


@pytest.mark.parametrize("block", ["ICE\tCAPD", "ICE\tCAPD\nnd\t5"])
def test_a_test_pasted_as_an_answer_is_not_taken_for_the_row_of_its_score(block: str) -> None:
    pasted = place(block, sheet_of(), row=row("instrument"), day=DAY_1)
    assert (pasted.texts[cell("instrument", DAY_1)], pasted.texts[cell("instrument", DAY_2)]) == ("ICE", "CAPD")
    named = place("ICE\t9\nCAPD\tnd", sheet_of(), row=row("assessed_at"), day=DAY_1)
    assert named.texts == {cell("ice_total", DAY_1): "9", cell("capd_total", DAY_1): "nd"}


def test_a_single_date_is_a_value_not_a_heading() -> None:
    pasted = place("2026-03-06", sheet_of(), row=row("temperature_c"), day=DAY_1)
    assert pasted.texts == {cell("temperature_c", DAY_1): "2026-03-06"}
    assert list(pasted.errors) == [cell("temperature_c", DAY_1)]


def test_fields_with_quotes_and_line_breaks_are_one_field() -> None:
    assert split_block('"none"\t"two\nlines"\n\n') == [["none", "two lines"]]
    assert split_block("") == []


def test_a_block_too_large_is_refused_in_words() -> None:
    pasted = place("1\t" * LONGEST, sheet_of(), row=row("crp"), day=DAY_1)
    assert (pasted.texts, pasted.left_over) == (
        {},
        ["The block has 200000 characters; at most 100000 fit. Paste it in parts."],
    )
