"""What a recorded day still needs stands in its cells until they are filled, on a desk and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from entries import assessment, save
from sheet_by_hand import Sheet

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")
NEEDED = "Still needed"


def test_the_word_goes_as_a_cell_is_filled_comes_where_an_answer_asks_for_more_and_is_counted(sheet: Sheet) -> None:
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion))
    sheet.page.set_viewport_size({"width": 1280, "height": 900})
    sheet.reload()
    head = sheet.page.locator("th[data-day='2026-03-07']")
    empty, flow = sheet.cell(2, "Seizure"), sheet.cell(2, "Oxygen flow (L/min)")
    expect(empty).to_have_accessible_description(NEEDED)
    expect(empty).to_have_attribute("placeholder", "needed")
    expect(sheet.cell(2, "carHLH grade")).to_have_accessible_description("")
    expect(sheet.cell(3, "Seizure")).to_have_accessible_description("")
    before = int(head.locator(".needed-number").inner_text())

    empty.fill("none")
    expect(empty).to_have_accessible_description("")
    expect(head).to_contain_text(f"{before - 1} still needed")
    empty.fill("")
    expect(empty).to_have_accessible_description(NEEDED)
    expect(head).to_contain_text(f"{before} still needed")

    # Only the registry knows what an answer asks for: the flow, of oxygen by cannula, and nothing of room air. What it
    # remarks about a cell is told with the word.
    remarked = re.compile(rf"flow not answered.* {NEEDED}$")
    for mode, words, left in (("nasal", remarked, before), ("room air", "", before - 1)):
        sheet.cell(2, "Oxygen, ventilation").fill(mode)
        sheet.cell(2, "Hypotension").focus()
        expect(flow).to_have_accessible_description(words)
        expect(head).to_contain_text(f"{left} still needed")


def test_on_a_phone_the_count_stands_beside_the_day_and_a_cleared_answer_is_needed_again(
    sheet: Sheet,
) -> None:
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion, crs_grade=None))
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()
    here = sheet.page.locator("#needed-here")
    expect(here).to_have_text("")
    sheet.page.get_by_role("button", name="Earlier").click()
    count = int(here.inner_text().split()[0])
    sheet.cell(2, "CRS grade").fill("7")
    expect(here).to_have_text(f"{count - 1} still needed")
    sheet.cell(2, "Temperature (°C)").fill("")
    sheet.cell(2, "ICANS grade").focus()
    expect(here).to_have_text(f"{count} still needed")
    expect(sheet.cell(2, "Temperature (°C)")).to_have_accessible_description(NEEDED)
    assert sheet.page.evaluate("document.documentElement.scrollWidth") <= 390
