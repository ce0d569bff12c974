"""A block pasted into the daily grid by hand: marked, taken back, and never in the way."""

import pytest
from playwright.sync_api import expect

from entries import laboratory, save, stored
from sheet_by_hand import Sheet

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")


def test_a_pasted_block_fills_cells_marks_what_it_cannot_read_and_can_be_taken_back(sheet: Sheet) -> None:
    sheet.page.get_by_label("Usual time").fill("06:00")
    sheet.cell(1, "Ferritin (ng/mL)").focus()
    sheet.paste("5200\t9100\n85\thigh\n145\t1.2 g/L\n")
    expect(sheet.cell(2, "CRP (mg/L)")).to_have_value("high")
    expect(sheet.page.get_by_text("6 values placed, 1 of them cannot be read and is marked.")).to_be_visible()
    expect(sheet.cell(2, "CRP (mg/L)")).to_have_attribute("aria-invalid", "true")
    expect(sheet.cell(2, "CRP (mg/L)")).to_have_attribute(
        "title", "“high” is not a number. Write digits, such as 12.5."
    )
    sheet.page.get_by_role("button", name="Take the block back").click()
    expect(sheet.cell(1, "Ferritin (ng/mL)")).to_have_value("")
    sheet.cell(0, "Time of assessment").focus()
    sheet.paste("\tDay 2\tDay 1\tDay 77\nFibrinogen\t1.2 g/L\t145\t200\nFerritin\t9100\t5200\t\n")
    expect(sheet.cell(1, "Ferritin (ng/mL)")).to_have_value("5200")
    expect(sheet.page.get_by_text("“200” of Fibrinogen, 2026-05-21: the day is not on this page")).to_be_visible()
    sheet.save()
    expect(sheet.page.get_by_text("Saved 2 records of 2 days.")).to_be_visible()
    expect(sheet.cell(2, "Fibrinogen (mg/dL)")).to_have_value("120")
    assert [str(record.row["ferritin"]) for record in stored(sheet.study.subject, "laboratory")] == ["5200.0", "9100.0"]


def test_the_mark_of_a_word_that_cannot_be_read_stands_behind_the_word(sheet: Sheet) -> None:
    sheet.cell(1, "Hypotension").focus()
    sheet.paste("no\tfluid\n")
    expect(sheet.cell(2, "Hypotension")).to_have_attribute("aria-invalid", "true")
    place = """(input) => {
        const cell = input.closest("td"), mark = getComputedStyle(cell, "::after");
        return [mark.right, parseFloat(mark.width) + 3 <= parseFloat(getComputedStyle(input).paddingRight)];
    }"""
    assert sheet.cell(2, "Hypotension").evaluate(place) == ["3px", True]


def test_control_z_right_after_a_paste_puts_back_what_stood_in_the_cells_and_in_the_draft(sheet: Sheet) -> None:
    save(sheet.study.subject, sheet.study.coordinator, "laboratory", laboratory(sheet.study.infusion))
    sheet.reload()
    stood = sheet.cell(2, "Ferritin (ng/mL)").input_value()
    sheet.cell(1, "Ferritin (ng/mL)").fill("480")
    expect(sheet.page.get_by_text("Kept as a draft, 21:00 JST")).to_be_visible()
    sheet.paste("5200\t9100\t9300\n")
    with sheet.page.expect_response("**/draft"):
        expect(sheet.cell(3, "Ferritin (ng/mL)")).to_have_value("9300")
    with sheet.page.expect_response("**/draft"):
        sheet.page.keyboard.press("Control+z")
    expect(sheet.page.get_by_text("The block was taken back: its cells are as they were before.")).to_be_visible()
    expect(sheet.page.get_by_role("button", name="Take the block back")).to_be_hidden()
    expect(sheet.cell(1, "Ferritin (ng/mL)")).to_be_focused()
    sheet.reload()
    sheet.page.get_by_role("link", name="Continue where you stopped").click()
    shown = [sheet.cell(day, "Ferritin (ng/mL)").input_value() for day in (1, 2, 3)]
    assert shown == ["480", stood, ""]


def test_control_z_after_typing_is_left_to_the_browser_and_the_button_still_takes_the_block_back(sheet: Sheet) -> None:
    ferritin = "Ferritin (ng/mL)"
    sheet.cell(1, ferritin).focus()
    sheet.paste("5200\t9100\n")
    expect(sheet.cell(2, ferritin)).to_have_value("9100")
    sheet.cell(4, ferritin).focus()
    sheet.page.keyboard.type("7")
    sheet.page.keyboard.press("Control+z")
    expect(sheet.cell(4, ferritin)).to_have_value("")
    expect(sheet.cell(2, ferritin)).to_have_value("9100")
    sheet.page.get_by_role("button", name="Take the block back").press("Enter")
    expect(sheet.cell(1, ferritin)).to_be_focused()
    expect(sheet.cell(2, ferritin)).to_have_value("")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_cell_that_is_moved_to_is_not_hidden_behind_what_is_said_of_a_block(sheet: Sheet, width: int) -> None:
    sheet.page.set_viewport_size({"width": width, "height": 700})
    sheet.reload()
    sheet.cell(0, "Ferritin (ng/mL)").focus()
    sheet.paste("Ferritin\t5200\n" + "Sputum\t1\n" * 12)
    expect(sheet.page.get_by_text("Not placed in the grid")).to_be_visible()
    for _ in range(8):
        sheet.page.keyboard.press("Enter")
    expect(sheet.cell(0, "AST (U/L)")).to_be_focused()
    sheet.page.wait_for_function(
        """() => document.activeElement.getBoundingClientRect().bottom
               <= document.getElementById("paste-told").getBoundingClientRect().top"""
    )
