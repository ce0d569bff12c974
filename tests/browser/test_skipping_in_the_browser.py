"""Whoever goes by keyboard is in the first field of a page with two keys, and nobody is put there unasked."""

import pytest
from playwright.sync_api import Page, expect

from accessibility import violations
from forms.casebook import CASEBOOK
from hospital import Hospital
from sheet_by_hand import Sheet

ON_SCREEN = """(element) => {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= document.querySelector(".save-bar").getBoundingClientRect().top;
}"""


def skip(page: Page, words: str) -> None:
    """Press the first two keys of somebody who has just opened a page."""
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text(words)
    page.keyboard.press("Enter")


def test_two_keys_lead_from_the_top_of_each_form_into_its_first_field(hospital: Hospital) -> None:
    page = hospital.page
    hospital.sign_in("coordinator")
    for form in CASEBOOK.values():
        hospital.open("/subjects/enrol" if form.name == "enrolment" else f"/subjects/{{child}}/{form.name}/new")
        assert page.evaluate("document.activeElement === document.body"), form.name
        skip(page, "Skip to the first question")
        name = next(iter(form.typed_items))
        focused = page.locator(":focus")
        if focused.count():
            expect(focused).to_have_attribute("name", name)
            assert focused.evaluate(ON_SCREEN), form.name
        else:
            # There is no record yet that this one could hang on: the next key is in the field after it.
            expect(page.locator(f"span#{name}")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_link_that_skips_is_in_nobodys_way(hospital: Hospital, width: int) -> None:
    page = hospital.page
    hospital.sign_in("coordinator")
    page.set_viewport_size({"width": width, "height": 844})
    hospital.open("/subjects/{child}/baseline/new")
    page.keyboard.press("Tab")
    assert violations(page) == []
    expect(page.locator(":focus")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")


@pytest.mark.usefixtures("the_day_of_the_grid")
def test_two_keys_lead_to_the_grid_and_the_next_into_its_first_cell(sheet: Sheet) -> None:
    skip(sheet.page, "Skip to the grid")
    expect(sheet.page.locator("#grid-frame")).to_be_focused()
    sheet.page.keyboard.press("Tab")
    expect(sheet.cell(0, "Time of assessment")).to_be_focused()
    assert violations(sheet.page) == []
