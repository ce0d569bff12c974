"""Numbers with a comma, and a flow beside its device, as a spreadsheet of the ward brings them into the grid."""

from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from forms.values import Measurement, ParseError, answer
from grid_by_hand import D2, address, open_fields, typed
from registry.grid.cells import read_cell
from registry.grid.paste import Pasted, place
from registry.grid.settling import settled, told_together
from registry.grid.sheet import ROWS, GridRow
from signing_in import signed_in_client
from study import Study
from test_grid import cell, read, sheet_of

DAY_1, DAY_2 = date(2026, 3, 6), date(2026, 3, 7)


def row(item_name: str) -> GridRow:
    return next(one for one in ROWS if one.item_name == item_name)


def pasted(block: str, **there: str) -> Pasted:
    """Return what becomes of a block; ``there`` are texts that stand in cells of day 1."""
    texts = {cell(name, DAY_1): text for name, text in there.items()}
    return settled(place(block, sheet_of(), row=ROWS[0], day=DAY_1), texts)


@pytest.mark.parametrize(
    ("item_name", "typed", "number"),
    [
        ("temperature_c", "39,1", "39.1"),
        ("oxygen_flow_l_min", "0,25", "0.25"),
        ("crp", "96,5", "96.5"),
        ("crp", "<0,5", "0.5"),
        ("creatinine", "0,75 mg/dL", "0.75"),
    ],
)
def test_a_comma_before_one_or_two_decimals_is_a_decimal_comma(item_name: str, typed: str, number: str) -> None:
    found = answer({"x": read_cell(row(item_name).item, typed, day=DAY_1)}, "x")
    assert (found.value if isinstance(found, Measurement) else found) == Decimal(number)


@pytest.mark.parametrize(
    ("item_name", "typed"),
    [
        ("ferritin", "15,200"),
        ("ferritin", "1,234,5"),
        ("ferritin", "1.234,5"),
        ("crp", "0,125"),
        ("temperature_c", "39,1,2"),
        ("temperature_c", "39,10.5"),
        ("temperature_c", "39,"),
        ("systolic_mmhg", "85,40"),
        ("ice_total", "9,1"),
    ],
)
def test_a_comma_that_may_be_anything_else_is_refused(item_name: str, typed: str) -> None:
    with pytest.raises(ParseError):
        read_cell(row(item_name).item, typed, day=DAY_1)


def test_commas_that_may_mark_thousands_are_told_once_with_what_to_do() -> None:
    found = pasted("\tDay 1\tDay 2\nFerritin\t15,200\t9,800\nPlt\t22\t18\nTemp\t39,1\t38,4")
    assert found.told == (
        "6 values placed, 2 of them cannot be read and are marked. “15,200” and 1 more: thousands or decimals? Take "
        "the block back, write 15200 or 15.2 in the spreadsheet and paste again, or correct the marked cells."
    )
    assert set(found.errors) == {cell("ferritin", DAY_1), cell("ferritin", DAY_2)}


def test_a_single_one_is_told_as_one() -> None:
    assert "“15,200”: thousands or decimals?" in pasted("\tDay 1\nFerritin\t15,200").told
    assert "thousands" not in pasted("\tDay 1\nFerritin\t15,200,000").told


def test_cells_of_a_row_whose_commas_may_mark_thousands_have_one_message() -> None:
    ferritin = {cell("ferritin", DAY_1): "15,200", cell("ferritin", DAY_2): "<9,800"}
    others = {cell("platelets", DAY_1): "1,200", cell("crp", DAY_1): "low", cell("crp", DAY_2): "low"}
    texts = {**ferritin, **others}
    told = told_together(dict.fromkeys(texts, "as it was"), texts)
    words = "“15,200” and 1 more: thousands or decimals? Write each without its comma, 15200 or 15.2."
    assert told == {**dict.fromkeys(ferritin, words), **dict.fromkeys(others, "as it was")}


def test_a_value_that_cannot_be_read_for_another_reason_is_no_comma() -> None:
    assert pasted("\tDay 1\nTemp\tlow").told == "1 value placed, 1 of them cannot be read and is marked."


@pytest.mark.parametrize(
    ("written", "device", "flow"),
    [
        ("2L NC", "NC", "2"),
        ("NC 0.5 L/min", "NC", "0.5"),
        ("HFNC 20 lpm", "HFNC", "20"),
        ("nrb 15l", "NRB", "15"),
        ("0,5 L NC", "NC", "0.5"),
    ],
)
def test_a_flow_beside_its_device_goes_into_its_own_cell(written: str, device: str, flow: str) -> None:
    found = pasted(f"\tDay 1\nO2\t{written}")
    assert found.texts == {cell("oxygen_mode", DAY_1): device, cell("oxygen_flow_l_min", DAY_1): flow}
    assert found.errors == {}
    assert found.told == (f"1 value placed. “{written}”: device and flow stand in a cell each.")


def test_flows_of_several_days_are_told_in_one_line() -> None:
    found = pasted("\tDay 1\tDay 2\nO2\t2L NC\t1L NC")
    assert found.told == "2 values placed. “2L NC” and 1 more: device and flow stand in a cell each."


@pytest.mark.parametrize(
    "written",
    [
        "NC 2",  # of what?
        "1-2L NC",  # a range
        "HFNC 20L 40%",  # the share would be lost
        "2L XX",
        "2L",
        "2L RA",  # room air has no flow
        "2L CPAP",
        "NC 2L 4L",
        "NC 200L",
        "2L mask",  # which one?
    ],
)
def test_what_can_be_read_in_two_ways_is_not_taken_apart(written: str) -> None:
    found = pasted(f"\tDay 1\nO2\t{written}")
    assert found.texts == {cell("oxygen_mode", DAY_1): written}
    assert set(found.errors) == {cell("oxygen_mode", DAY_1)}


def test_a_flow_that_stands_there_or_in_the_block_is_not_written_over() -> None:
    block = "\tDay 1\nO2\t2L NC"
    assert pasted(block, oxygen_flow_l_min="3").texts == {cell("oxygen_mode", DAY_1): "2L NC"}
    assert pasted(f"{block}\nO2 flow\t3").texts == {
        cell("oxygen_mode", DAY_1): "2L NC",
        cell("oxygen_flow_l_min", DAY_1): "3",
    }
    assert pasted(block, oxygen_flow_l_min=" ").texts[cell("oxygen_flow_l_min", DAY_1)] == "2"


@pytest.mark.parametrize(
    ("flow", "read_as"), [("", ("nasal_cannula", Decimal(2))), ("3", None)], ids=["flow empty", "flow there"]
)
def test_a_flow_typed_beside_its_device_is_taken_apart_as_a_pasted_one_is(
    flow: str, read_as: tuple[str, Decimal] | None
) -> None:
    reading = read(sheet_of(), {cell("oxygen_mode"): "2L NC", cell("oxygen_flow_l_min"): flow})
    found = [(entry.row["oxygen_mode"], entry.row["oxygen_flow_l_min"]) for entry in reading.entries]
    assert found == ([read_as] if read_as else [])
    assert list(reading.errors) == ([] if read_as else [cell("oxygen_mode")])


def test_the_script_of_the_grid_is_told_which_cells_a_flow_goes_into(
    app: Flask, study: Study, the_day_of_the_grid: None
) -> None:
    client = signed_in_client(app, study.coordinator)
    fields = {**open_fields(client, study), "usual_time": "06:00", **typed(D2, oxygen_mode=" 2L NC ")}
    answer = client.post(address(study, "/check"), data=fields).get_json()
    day = f"{D2}.assessment"
    assert answer["apart"] == {f"{day}.oxygen_mode": ["2L NC", "NC"], f"{day}.oxygen_flow_l_min": ["", "2"]}
    assert answer["marks"] == {}
