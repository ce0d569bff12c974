"""The daily grid by hand: typed like a sheet, pasted from a spreadsheet, carried over, kept, and used on a phone."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from accessibility import violations
from entries import assessment, save, stored
from registry import drafts
from registry.database import db
from registry.models import Draft
from sheet_by_hand import Sheet, open_study
from study import Study

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")


def test_a_week_is_typed_by_keyboard_saved_and_there_after_a_reload(sheet: Sheet) -> None:
    keyboard = sheet.page.keyboard
    sheet.page.get_by_label("Usual time").fill("06:00")
    for day in range(7):
        sheet.cell(day, "Temperature (°C)").focus()
        for text in (f"38.{day}", "no", f"{90 + day}", "no", "none", "room air"):
            keyboard.type(text)
            keyboard.press("Enter")
        expect(sheet.cell(day, "Oxygen flow (L/min)")).to_be_focused()
    sheet.cell(6, "Oxygen, ventilation").fill("2L NC")
    keyboard.press("Enter")
    expect(sheet.cell(6, "Oxygen flow (L/min)")).to_have_value("2")
    expect(sheet.cell(6, "Oxygen, ventilation")).to_have_value("NC")
    sheet.cell(0, "CRS grade").focus()
    for grade in "0112210":
        keyboard.type(grade)
        keyboard.press("Tab")
    expect(sheet.cell(7, "CRS grade")).to_be_focused()
    sheet.save()
    expect(sheet.page.get_by_role("status").filter(has_text="Saved 7 records of 7 days.")).to_be_visible()
    sheet.reload()
    shown = [sheet.cell(day, "CRS grade").input_value() for day in range(7)]
    assert shown == list("0112210")
    records = stored(sheet.study.subject, "assessment")
    assert [record.row["temperature_c"] for record in records] == [Decimal(f"38.{day}") for day in range(7)]
    assert {record.row["vasoactives"] for record in records} == {("none",)}


def test_arrows_move_escape_takes_back_and_enter_never_sends_the_page(sheet: Sheet) -> None:
    keyboard = sheet.page.keyboard
    sheet.cell(2, "Temperature (°C)").focus()
    for key, place in (
        ("ArrowDown", (2, "Fever: another cause")),
        ("ArrowRight", (3, "Fever: another cause")),
        ("ArrowUp", (3, "Temperature (°C)")),
        ("ArrowLeft", (2, "Temperature (°C)")),
        ("Shift+Enter", (2, "Time of assessment")),
        ("Enter", (2, "Temperature (°C)")),
    ):
        keyboard.press(key)
        expect(sheet.cell(*place)).to_be_focused()
    keyboard.type("38.5")
    keyboard.press("Enter")
    keyboard.press("ArrowUp")
    keyboard.type("41")
    expect(sheet.cell(2, "Temperature (°C)")).to_have_value("41")
    keyboard.press("Escape")
    expect(sheet.cell(2, "Temperature (°C)")).to_have_value("38.5")
    assert stored(sheet.study.subject, "assessment") == []


def test_an_arrow_after_typing_moves_on_and_moves_inside_a_cell_only_after_f2_or_a_second_click(sheet: Sheet) -> None:
    keyboard, temperature = sheet.page.keyboard, "Temperature (°C)"
    sheet.cell(2, temperature).focus()
    keyboard.type("38.1")
    keyboard.press("ArrowRight")
    expect(sheet.cell(3, temperature)).to_be_focused()
    keyboard.type("39")
    keyboard.press("ArrowLeft")
    expect(sheet.cell(2, temperature)).to_be_focused()
    keyboard.press("F2")
    for key in ("ArrowLeft", "Backspace", "Backspace", "7", "."):
        keyboard.press(key)
    expect(sheet.cell(2, temperature)).to_have_value("37.1")
    keyboard.press("Enter")
    sheet.cell(3, temperature).dblclick()
    keyboard.press("ArrowLeft")
    expect(sheet.cell(3, temperature)).to_be_focused()
    keyboard.press("Escape")
    sheet.cell(4, temperature).click()
    keyboard.press("ArrowRight")
    expect(sheet.cell(5, temperature)).to_be_focused()
    sheet.cell(5, temperature).click()
    keyboard.press("ArrowRight")
    expect(sheet.cell(5, temperature)).to_be_focused()
    assert sheet.cell(3, temperature).input_value() == "39"


def test_an_answer_of_the_list_leaves_the_cell_with_an_arrow_too(sheet: Sheet) -> None:
    sheet.cell(1, "Hypotension").focus()
    sheet.page.get_by_role("button", name="Yes", exact=True).click()
    sheet.page.keyboard.press("ArrowRight")
    expect(sheet.cell(2, "Hypotension")).to_be_focused()


def test_control_home_and_end_go_to_the_first_and_the_last_cell(sheet: Sheet) -> None:
    sheet.cell(2, "CRS grade").focus()
    sheet.page.keyboard.press("Control+End")
    expect(sheet.cell(13, "Creatinine (mg/dL)")).to_be_focused()
    sheet.page.keyboard.press("Control+Home")
    expect(sheet.cell(0, "Time of assessment")).to_be_focused()


def test_a_grid_for_which_there_is_no_room_among_the_drafts_says_so(
    sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST", 0)
    sheet.cell(1, "Temperature (°C)").fill("38.6")
    expect(sheet.page.get_by_text("you have 0 of them, and no more are kept")).to_be_visible()
    expect(sheet.cell(1, "Temperature (°C)")).to_have_value("38.6")


def test_the_field_for_the_reason_stays_where_it_is_when_a_draft_was_kept(sheet: Sheet) -> None:
    reason = sheet.page.get_by_label("Reason for change")
    before = reason.bounding_box()
    assert before and before["width"] > 150
    sheet.cell(1, "Temperature (°C)").fill("38.6")
    expect(sheet.page.get_by_text("Kept as a draft, 21:00 JST")).to_be_visible()
    assert reason.bounding_box() == before
    sheet.page.evaluate("document.getElementById('grid').dataset.draftUrl = '/nowhere'")
    sheet.cell(1, "Temperature (°C)").fill("38.7")
    expect(sheet.page.get_by_text("Not kept on the server.")).to_be_visible()
    assert reason.bounding_box() == before


def test_control_s_saves_from_the_reason_for_a_change_as_it_does_from_a_cell(sheet: Sheet) -> None:
    keyboard = sheet.page.keyboard
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion))
    sheet.reload()
    sheet.cell(2, "Temperature (°C)").focus()
    keyboard.type("39.4")
    keyboard.press("Control+s")
    expect(sheet.page.get_by_role("alert")).to_contain_text("give the reason for the change")
    sheet.page.get_by_label("Reason for change").focus()
    keyboard.type("Read wrongly")
    keyboard.press("Control+s")
    expect(sheet.page.get_by_role("status").filter(has_text="Saved 1 record of 1 day.")).to_be_visible()


def test_same_as_the_day_before_copies_support_and_never_grades_or_scores(sheet: Sheet) -> None:
    support = {"Vasoactives": "norepinephrine", "Oxygen, ventilation": "invasive", "Ventilated because of": "hypoxia"}
    judged = {
        "CRS grade": "4",
        "ICANS grade": "3",
        "CAPD score (points)": "20",
        "Consciousness": "tactile",
        "Sedated": "yes",
    }
    for name, text in {**support, **judged, "Temperature (°C)": "39.0", "Ferritin (ng/mL)": "9000"}.items():
        sheet.cell(3, name).fill(text)
    sheet.cell(4, "Oxygen, ventilation").fill("room air")
    same = sheet.page.get_by_role("button", name="Day 4, 2026-03-09: fill empty support cells as on the day before")
    same.click()
    expect(sheet.page.locator("#cell-bar")).not_to_contain_text("Nothing was filled in")
    labels = sheet.page.locator("#grid-table td[data-day='2026-03-09'] input")
    filled = {one.get_attribute("aria-label"): one.input_value() for one in labels.all() if one.input_value()}
    assert filled == {
        "Day 4, 2026-03-09, Vasoactives": "norepinephrine",
        "Day 4, 2026-03-09, Oxygen, ventilation": "room air",
        "Day 4, 2026-03-09, Ventilated because of": "hypoxia",
    }
    same.click()
    expect(sheet.page.locator("#cell-bar")).to_contain_text("Nothing was filled in: this day has its support")

    # The first day of a page copies what is stored of the day before, which stands on the page before.
    day_2 = {"oxygen_mode": "room_air", "vasoactives": ("none",), "icans_grade": 2}
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion, **day_2))
    sheet.page.goto(sheet.address.replace("start=0", "start=3"))
    sheet.page.get_by_role("button", name="Day 3, 2026-03-08: fill empty support cells as on the day before").click()
    expect(sheet.cell(3, "Oxygen, ventilation")).to_have_value("Room air")
    expect(sheet.cell(3, "ICANS grade")).to_have_value("")


def test_on_a_phone_later_and_earlier_lead_over_the_end_of_a_page(sheet: Sheet) -> None:
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()
    expect(sheet.page.get_by_role("button", name="Earlier")).to_be_disabled()
    sheet.page.goto(sheet.address.replace("start=0", "start=14"))
    for name, day in (("Earlier", "Day 13, 2026-03-18"), ("Later", "Day 14, 2026-03-19")):
        sheet.page.get_by_role("button", name=name).click()
        expect(sheet.page.locator("#days-shown")).to_have_text(day)


def test_answers_of_a_list_are_offered_above_the_grid(sheet: Sheet) -> None:
    sheet.cell(1, "Vasoactives").focus()
    for drug in ("Milrinone", "Norepinephrine"):
        sheet.page.get_by_role("button", name=drug, exact=True).click()
    expect(sheet.cell(1, "Vasoactives")).to_have_value("Milrinone; Norepinephrine")
    expect(sheet.cell(1, "Vasoactives").locator("..")).to_have_attribute("data-more", "1")
    sheet.page.get_by_role("button", name="None", exact=True).click()
    expect(sheet.cell(1, "Vasoactives")).to_have_value("None")
    expect(sheet.cell(1, "Vasoactives")).to_be_focused()
    sheet.cell(1, "Consciousness").fill("tactile")
    sheet.cell(2, "Consciousness").focus()
    sheet.cell(1, "Consciousness").focus()
    button = sheet.page.get_by_role("button", name="Awakens only to touch")
    expect(button).to_have_attribute("aria-pressed", "true")
    sheet.page.get_by_role("button", name="Unarousable").click()
    expect(sheet.cell(1, "Consciousness")).to_have_value(
        "Unarousable, or needs vigorous or repeated touch (stupor, coma)"
    )
    expect(sheet.page.get_by_role("button", name="Unarousable")).to_have_attribute("aria-pressed", "true")
    sheet.cell(2, "Seizure").fill("brief")
    sheet.page.get_by_label("Usual time").fill("06:00")
    sheet.save()
    expect(sheet.cell(2, "Seizure")).to_have_value("Clinical seizure that resolved rapidly")


def test_what_was_typed_outlives_a_closed_tab(sheet: Sheet) -> None:
    sheet.cell(1, "Temperature (°C)").fill("38.6")
    expect(sheet.page.get_by_text("Kept as a draft, 21:00 JST")).to_be_visible()
    sheet.reload()
    expect(sheet.cell(1, "Temperature (°C)")).to_have_value("")
    sheet.page.get_by_role("link", name="Continue where you stopped").click()
    expect(sheet.cell(1, "Temperature (°C)")).to_have_value("38.6")
    sheet.page.get_by_label("Usual time").fill("06:00")
    sheet.save()
    expect(sheet.page.get_by_text("Saved 1 record of 1 day.")).to_be_visible()
    assert db.session.query(Draft).all() == []


def test_a_wrong_cell_is_one_click_away_from_its_message(sheet: Sheet) -> None:
    sheet.cell(5, "CRS grade").fill("7")
    sheet.page.get_by_label("Usual time").fill("06:00")
    sheet.save()
    summary = sheet.page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Day 5, 2026-03-10, CRS grade").click()
    expect(sheet.cell(5, "CRS grade")).to_be_focused()
    expect(sheet.page.locator("#bar-said")).to_contain_text("possible values are 0 to 5")


def test_the_reason_of_a_derived_grade_is_a_touch_or_the_clinicians_cell_away(sheet: Sheet) -> None:
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion))
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()
    sheet.page.get_by_role("button", name="Earlier").click()
    signs = sheet.page.locator("#bar-signs")

    sheet.page.locator("td.derived-cell:visible").first.click()
    expect(sheet.page.locator("#bar-label")).to_have_text("Day 2, 2026-03-07, CRS by the signs")
    expect(signs).to_contain_text("fever")
    sheet.cell(2, "ICANS grade").focus()
    expect(signs).to_contain_text("By the signs: not assessable")
    sheet.cell(2, "Temperature (°C)").focus()
    expect(signs).to_have_text("")


@pytest.mark.parametrize(("recorded", "opens_on"), [((), 0), ((1, 2), 3), ((1, 2, 4, 5), 3), (tuple(range(14)), 13)])
def test_on_a_phone_the_grid_opens_where_to_go_on(sheet: Sheet, recorded: tuple[int, ...], opens_on: int) -> None:
    for day in recorded:
        row = assessment(sheet.study.infusion, assessed_at=datetime(2026, 3, 5 + day, 6))
        save(sheet.study.subject, sheet.study.coordinator, "assessment", row)
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()
    expect(sheet.page.locator("#days-shown")).to_have_text(f"Day {opens_on}, 2026-03-{5 + opens_on:02}")


@pytest.mark.parametrize(("named", "opens_on"), [("#day-6", 6), ("#day-20", 3), ("#day-x", 3)])
def test_on_a_phone_the_grid_opens_at_the_day_that_the_first_page_named(
    sheet: Sheet, named: str, opens_on: int
) -> None:
    for day in (1, 2):
        row = assessment(sheet.study.infusion, assessed_at=datetime(2026, 3, 5 + day, 6))
        save(sheet.study.subject, sheet.study.coordinator, "assessment", row)
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.page.goto(f"{sheet.address}?start=0{named}")
    expect(sheet.page.locator("#days-shown")).to_have_text(f"Day {opens_on}, 2026-03-{5 + opens_on:02}")


def test_a_grid_that_is_there_to_be_read_opens_at_the_newest_recorded_day_and_speaks_of_no_keys(sheet: Sheet) -> None:
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion))
    sheet.study.subject.withdrawn_on = date(2026, 3, 20)
    db.session.commit()
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()

    expect(sheet.page.locator("#days-shown")).to_have_text("Day 2, 2026-03-07")
    expect(sheet.page.locator("#cell-bar")).to_have_text(re.compile("To be read. +Touch a grade by the signs"))
    expect(sheet.page.get_by_text("Consent was withdrawn: this child")).to_be_visible()
    sheet.page.keyboard.press("Control+s")
    expect(sheet.page.locator("#days-shown")).to_have_text("Day 2, 2026-03-07")


def test_on_a_phone_a_grid_that_could_not_be_saved_opens_at_the_day_to_look_at(sheet: Sheet) -> None:
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()
    sheet.page.get_by_role("button", name="Later").click()
    sheet.cell(1, "Temperature (°C)").fill("38;5")
    sheet.page.get_by_role("button", name="Save all days").click()
    expect(sheet.page.locator(".error-summary")).to_contain_text("“38;5” is not a number")
    expect(sheet.page.locator("#days-shown")).to_have_text("Day 1, 2026-03-06")


def test_on_a_phone_one_day_is_shown_at_a_time_and_nothing_overflows(sheet: Sheet) -> None:
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion))
    sheet.page.set_viewport_size({"width": 390, "height": 844})
    sheet.reload()
    expect(sheet.page.locator("#days-shown")).to_have_text("Day 3, 2026-03-08")
    expect(sheet.page.get_by_role("button", name="Save all days")).to_be_in_viewport(ratio=1)
    expect(sheet.cell(1, "Temperature (°C)")).to_be_hidden()
    sheet.page.get_by_role("button", name="Earlier").click()
    expect(sheet.cell(2, "Temperature (°C)")).to_have_value("38.6")
    sheet.cell(2, "Temperature (°C)").focus()
    sheet.page.keyboard.press("ArrowRight")
    expect(sheet.cell(3, "Temperature (°C)")).to_be_focused()
    assert sheet.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [1280, 390])
def test_the_grid_has_no_axe_violation(sheet: Sheet, width: int) -> None:
    save(sheet.study.subject, sheet.study.coordinator, "assessment", assessment(sheet.study.infusion))
    sheet.page.set_viewport_size({"width": width, "height": 900})
    sheet.reload()
    assert violations(sheet.page) == []
    sheet.page.evaluate("Grid.reveal(5)")
    sheet.cell(5, "CRS grade").fill("7")
    sheet.cell(5, "Temperature (°C)").focus()
    sheet.paste("43.5\t43.6\nSputum\t" + "1\t" * 14)
    expect(sheet.page.get_by_role("button", name="Take the block back")).to_be_visible()
    sheet.page.get_by_label("Usual time").fill("06:00")
    sheet.save()
    expect(sheet.page.get_by_role("alert")).to_be_visible()
    expect(sheet.page.get_by_label("One reason for all 2 days of this row")).to_be_visible()
    assert violations(sheet.page) == []


def test_without_scripts_the_grid_is_a_plain_table_that_saves(server: Any, own_study: Study, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(open_study(server, own_study, page))
    page.get_by_label("Usual time").fill("06:00")
    page.get_by_label("Day 2, 2026-03-07, Temperature (°C)", exact=True).fill("38.6")
    page.get_by_label("Day 2, 2026-03-07, Temperature (°C)", exact=True).press("Enter")
    expect(page.get_by_text("Saved 1 record of 1 day.")).to_be_visible()
    context.close()
    assert [record.row["temperature_c"] for record in stored(own_study.subject, "assessment")] == [Decimal("38.6")]


@pytest.mark.parametrize("status", [503, 507])
def test_a_draft_that_the_registry_could_not_keep_blames_nobody_s_connection(sheet: Sheet, status: int) -> None:
    sheet.page.route("**/grid/draft", lambda sent: sent.fulfill(status=status, body="The registry cannot write"))
    sheet.cell(2, "Temperature (°C)").fill("38.5")
    said = "Not kept on the server. What you typed is still here."
    expect(sheet.page.locator("#draft-state")).to_have_text(said)
    sheet.page.unroute("**/grid/draft")
    sheet.cell(3, "Temperature (°C)").fill("38.6")
    expect(sheet.page.locator("#draft-state")).to_contain_text("Kept as a draft")


def test_whose_session_ended_is_told_so_in_the_grid(sheet: Sheet) -> None:
    sheet.page.context.clear_cookies()
    sheet.cell(2, "Temperature (°C)").fill("38.5")
    expect(sheet.page.locator("#draft-state")).to_contain_text("You were signed out. Save: what you typed stays")
