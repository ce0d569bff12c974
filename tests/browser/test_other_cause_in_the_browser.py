"""What a fever is put down to is answered in the daily grid like any other cell, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from entries import stored
from sheet_by_hand import Sheet

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")

FEVER, CAUSE = "Temperature (°C)", "Fever: another cause"


def test_by_keyboard_it_is_the_cell_below_the_temperature_and_the_grade_by_the_signs_follows(sheet: Sheet) -> None:
    keyboard = sheet.page.keyboard
    grade = sheet.page.locator('[data-grade="2026-03-10.crs_astct_2019"]')
    sheet.page.get_by_label("Usual time").fill("06:00")
    sheet.cell(5, FEVER).focus()
    for text in ("39.2", "", "90", "no", "none", "room air"):
        keyboard.type(text)
        keyboard.press("Enter")
    expect(grade).to_have_text("1")
    sheet.cell(5, FEVER).focus()
    keyboard.press("ArrowDown")
    expect(sheet.cell(5, CAUSE)).to_be_focused()
    expect(sheet.page.locator("#bar-help")).to_contain_text("such as a bloodstream infection")
    keyboard.type("y")
    keyboard.press("Enter")
    expect(grade).to_have_text("0")
    expect(grade).to_have_attribute("title", "grade 0: fever put down to another cause")
    sheet.save()
    expect(sheet.page.get_by_text("Saved 1 record of 1 day.")).to_be_visible()
    expect(sheet.cell(5, CAUSE)).to_have_value("yes")
    assert [record.row["fever_other_cause"] for record in stored(sheet.study.subject, "assessment")] == [True]


def test_support_as_the_day_before_never_copies_it(sheet: Sheet) -> None:
    sheet.cell(2, FEVER).fill("39.2")
    sheet.cell(2, CAUSE).fill("yes")
    sheet.cell(2, "Oxygen, ventilation").fill("room air")
    sheet.page.get_by_role("button", name="Day 3, 2026-03-08: fill empty support").click()
    expect(sheet.cell(3, "Oxygen, ventilation")).to_have_value("room air")
    expect(sheet.cell(3, CAUSE)).to_have_value("")


def test_on_a_phone_it_is_answered_with_a_touch(sheet: Sheet) -> None:
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()
    sheet.cell(0, FEVER).fill("39.2")
    sheet.cell(0, CAUSE).click()
    sheet.page.get_by_role("button", name="Yes", exact=True).click()
    expect(sheet.cell(0, CAUSE)).to_have_value("yes")
    assert sheet.page.evaluate("document.documentElement.scrollWidth") == 390


def test_signs_and_the_grades_they_come_to_stand_on_one_screen(sheet: Sheet) -> None:
    sheet.page.set_viewport_size({"width": 1280, "height": 900})
    sheet.reload()
    bar = sheet.page.locator(".save-bar").bounding_box()
    signs = sheet.cell(2, FEVER).bounding_box()
    grade = sheet.page.locator('[data-grade="2026-03-07.icans_astct_2019_attributable"]').bounding_box()
    assert bar and signs and grade
    assert 0 < signs["y"] < grade["y"] + grade["height"] <= bar["y"]
