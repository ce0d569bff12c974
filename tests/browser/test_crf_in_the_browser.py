"""Case report forms in a real browser: by keyboard, with and without scripts, at phone width, for every reader."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

import answers
from accessibility import violations, wrong_at_each_width
from desk import Desk, field
from forms.casebook import CASEBOOK
from forms.values import Row
from registry import drafts
from registry.database import db
from registry.models import Subject
from registry.stored_records import read_records

CASES = json.loads((Path(__file__).parents[1] / "golden" / "branching.json").read_text(encoding="utf-8"))


def test_the_script_decides_every_case_of_the_shared_branching_table(desk: Desk, page: Page) -> None:
    page.goto(desk.address("baseline"))

    decided = page.evaluate(
        "cases => cases.map(one => Branching.holds(one.when, one.row))", [_for_script(c) for c in CASES]
    )

    assert len(CASES) > 20
    assert decided == [case["holds"] for case in CASES]


def _for_script(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case with its numbers and missing answers as the page's script reads them from fields."""

    def read(data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if "missing" in data:
            return None
        return {"text": data.get("sign", "") + data["number"], "value": float(data["number"])}

    return {"when": case["when"], "row": {name: read(data) for name, data in case["row"].items()}}


def test_the_pages_ask_what_the_server_would_ask(desk: Desk, page: Page) -> None:
    compared = 0
    for form in [form for form in CASEBOOK.values() if form.name != "enrolment"]:
        page.goto(desk.address(form.name))
        for typed in answers.pages(form, desk.links, {}):
            row: Row = {name: form.items[name].parse(";".join(texts)) for name, texts in typed.items()}

            page.evaluate(FILL, typed)

            shown = page.eval_on_selector_all("[data-item]:not(.not-asked)", "all => all.map(one => one.dataset.item)")
            assert sorted(shown) == sorted(form.asked(row)), form.name
            compared += 1

    assert compared > 40


def test_a_section_in_which_nothing_is_asked_yet_says_so(desk: Desk, page: Page) -> None:
    page.goto(desk.address("anakinra_course"))
    note = page.locator("section", has_text="Route and weight").locator(".nothing-asked")
    expect(note).to_be_visible()
    expect(page.locator("section", has_text="Decision").locator(".nothing-asked")).to_be_hidden()
    expect(page.locator("#item-duration_days"), "computed from what is not asked").to_be_hidden()

    page.locator("#item-given").get_by_label("Yes", exact=True).check()

    expect(note).to_be_hidden()
    expect(page.locator("#item-duration_days")).to_be_visible()


FILL = """typed => {
  for (const box of document.querySelectorAll("[data-item]")) {
    const texts = typed[box.dataset.item] ?? [];
    for (const input of box.querySelectorAll(`[name="${box.dataset.item}"]`)) {
      if (input.type === "radio" || input.type === "checkbox") input.checked = texts.includes(input.value);
      else input.value = texts[0] ?? "";
    }
  }
  document.getElementById("crf").dispatchEvent(new Event("input", { bubbles: true }));
}"""


def test_a_child_is_enrolled_by_keyboard_alone(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.server.address}/subjects/enrol")
    field(page, "Enrolled on *").focus()
    for typed in ("20260301", "f", "2015-07", "y", "y", "y", "", "p", "2026-02-27"):
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Baseline", exact=True)).to_be_visible()
    expect(page.get_by_text("Enrolled as")).to_be_visible()
    with desk.server.app.app_context():
        subject = db.session.scalars(select(Subject).order_by(Subject.id.desc())).first()
        assert subject is not None
        [record] = read_records(db.session(), ["enrolment"], [subject.id])["enrolment"]
    items = CASEBOOK["enrolment"].items
    answered = {name: items[name].format(record.row[name]) for name in items if record.row[name] is not None}
    assert answered == {
        "enrolled_on": "2026-03-01",
        "sex": "female",
        "birth_date": "2015-07",
        "age_at_enrolment": "10",
        "meets_age": "yes",
        "car_t_given_or_planned": "yes",
        "consent_obtained": "yes",
        "consent_type": "parents",
        "consent_on": "2026-02-27",
        "majority_year": "2033",
    }


def test_delete_takes_a_choice_back(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.server.address}/subjects/enrol")
    group = page.get_by_role("group", name="Consent obtained or waived")
    group.get_by_label("Yes").check()

    group.get_by_label("Yes").press("Delete")

    assert group.get_by_role("radio", checked=True).count() == 0


def test_answers_that_a_save_would_clear_are_named_before_saving(desk: Desk, page: Page) -> None:
    page.goto(desk.address("baseline"))
    field(page, "Baseline assessed on *").fill("2026-02-26")
    field(page, "Disease *").select_option("b_all")
    field(page, "Marrow blasts *").fill("12.5")

    field(page, "Disease *").select_option("lymphoma")

    expect(field(page, "Marrow blasts *")).to_be_hidden()
    expect(page.locator("#clears")).to_have_text("Saving clears what is no longer asked: Marrow blasts.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Baseline saved.")).to_be_visible()
    [record] = desk.stored("baseline")
    assert (record.row["disease"], record.row["marrow_blasts_percent"]) == ("lymphoma", None)


def test_a_reason_for_a_missing_answer_takes_the_answer_away_and_gives_it_back(desk: Desk, page: Page) -> None:
    page.goto(desk.address("laboratory"))
    value, why = field(page, "Ferritin *"), field(page, "Ferritin: why there is no answer")
    value.fill("5200")

    why.select_option("Not done")
    expect(value).to_have_value("")
    why.select_option("Missing?")
    expect(value).to_have_value("5200")
    why.select_option("Not done")
    value.fill("48")
    expect(why).to_have_value("")


def test_what_is_typed_is_kept_and_offered_back_after_a_closed_tab(desk: Desk, page: Page) -> None:
    page.goto(desk.address("baseline"))
    field(page, "Baseline assessed on *").fill("2026-02-26")
    expect(page.locator("#draft-state")).to_contain_text("Draft kept at")
    page.close()

    again = page.context.new_page()
    again.goto(desk.address("baseline"))
    again.get_by_role("link", name="Continue where you stopped").click()

    expect(field(again, "Baseline assessed on *")).to_have_value("2026-02-26")
    again.get_by_role("button", name="Save", exact=True).click()
    expect(again.get_by_text("Baseline saved.")).to_be_visible()
    assert desk.drafts() == []


def test_a_page_for_which_there_is_no_room_among_the_drafts_says_so_while_it_is_typed(
    desk: Desk, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST", 0)
    page.goto(desk.address("baseline"))
    field(page, "Baseline assessed on *").fill("2026-02-26")
    expect(page.locator("#draft-state")).to_contain_text("you have 0 of them, and no more are kept")
    expect(field(page, "Baseline assessed on *")).to_have_value("2026-02-26")


def test_whose_session_ended_is_told_so_while_typing_and_that_saving_keeps_it(desk: Desk, page: Page) -> None:
    page.goto(desk.address("baseline"))
    page.context.clear_cookies()
    field(page, "Baseline assessed on *").fill("2026-02-26")
    expect(page.locator("#draft-state")).to_contain_text("You were signed out. Press Save: what you typed stays")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Send again what I typed")).to_be_visible()


def test_leaving_a_page_with_unkept_work_asks_first(desk: Desk, page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(desk.address("baseline"))
    field(page, "Baseline assessed on *").press_sequentially("2026")

    page.goto(f"{desk.server.address}/subjects")

    assert asked == ["beforeunload"]


def test_the_list_of_problems_leads_to_the_field_even_inside_a_fold(desk: Desk, page: Page) -> None:
    page.goto(desk.address("laboratory"))
    field(page, "Sampled at *").fill("2026-03-08 08:00")
    wrong = field(page, "D-dimer")
    wrong.fill("1,5")
    page.keyboard.press("Control+s")

    expect(page.locator(".error-summary")).to_be_focused()
    page.locator("details", has=wrong).locator("summary").click()
    expect(wrong).to_be_hidden()
    page.get_by_role("link", name="D-dimer: “1,5”: write the number with a point").click()
    expect(wrong).to_be_in_viewport()
    expect(wrong).to_have_value("1,5")


def test_a_form_is_filled_and_saved_without_scripts(desk: Desk, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    desk.server.sign_in(page, desk.user)
    page.goto(desk.address("baseline"))
    field(page, "Baseline assessed on *").fill("2026-02-26")
    field(page, "Disease *").select_option("lymphoma")
    field(page, "Marrow blasts *").fill("12.5")
    save = page.get_by_role("button", name="Save", exact=True)

    save.click()
    expect(page.locator("#clears")).to_contain_text("Saving clears answers that are no longer asked: Marrow blasts.")
    save.click()

    expect(page.get_by_text("Baseline saved.")).to_be_visible()
    [record] = desk.stored("baseline")
    assert (record.row["disease"], record.row["marrow_blasts_percent"]) == ("lymphoma", None)
    context.close()


PAGES = {
    "list": "/subjects",
    "enrol": "/subjects/enrol",
    "subject": "/subjects/{child}",
    "assessment": "/subjects/{child}/assessment/new",
    "laboratory": "/subjects/{child}/laboratory/new",
    "course": "/subjects/{child}/anakinra_course/new",
    "stored": "/subjects/{child}/infusion/{infusion}",
    "history": "/subjects/{child}/infusion/{infusion}/history",
    "void": "/subjects/{child}/infusion/{infusion}/void",
    "queries": "/data-queries",
    "dictionary": "/dictionary",
    "dictionary of a form": "/dictionary/anakinra_course",
    "blank": "/blank/toxicity_episode",
}


def test_every_page_fits_its_window_and_axe_finds_nothing(desk: Desk, page: Page) -> None:
    found = {}
    for name, address in PAGES.items():
        page.goto(desk.server.address + address.format(child=desk.child, infusion=desk.links["infusion"]))
        found[name] = wrong_at_each_width(page)

    assert found == {name: {} for name in PAGES}


def test_a_refused_page_and_a_conflict_are_as_accessible(desk: Desk, page: Page) -> None:
    page.goto(desk.address("infusion", desk.links["infusion"]))
    other = page.context.new_page()
    for tab, day in ((other, "2026-03-06"), (page, "2026-03-07")):
        if tab is other:
            tab.goto(desk.address("infusion", desk.links["infusion"]))
        field(tab, "Infused on (day 0) *").fill(day)
        field(tab, "Reason for change").fill("Typing error")
        tab.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", name="You saved this in another tab")).to_be_visible()
    assert violations(page) == []
    page.goto(desk.address("infection"))
    field(page, "Onset *").fill("2999-01-01")
    page.keyboard.press("Control+s")
    expect(page.locator(".error-summary")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_day_of_which_less_may_be_known_can_be_read_in_its_field(desk: Desk, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(desk.address("toxicity_episode"))
    onset, why_missing = page.locator("#onset_on"), page.locator("[name=onset_on__missing]")
    onset.fill("2026-11-25")
    assert onset.evaluate("field => field.scrollWidth <= field.clientWidth")
    beside = why_missing.evaluate("list => list.getBoundingClientRect().top < onset_on.getBoundingClientRect().bottom")
    assert beside, "the reason for a missing day stands beside it"
