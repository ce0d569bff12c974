"""Who goes back to a page after it was saved does not save it a second time."""

from typing import Any

from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import func, select

from desk import Desk
from registry.database import db
from registry.models import Site, Subject


def test_going_back_after_enrolling_shows_an_empty_page_that_enrols_nobody(server: Any, page: Page) -> None:
    server.open_as_coordinator(page, "/subjects/enrol")
    page.locator("#enrolled_on").fill("2026-03-01")
    page.locator("#birth_date").fill("2015-07")
    for name, answer in (("sex", "female"), ("consent_obtained", "yes")):
        page.locator(f"[name={name}][value={answer}]").check()
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(page.get_by_text("Enrolled as")).to_be_visible()

    page.go_back()

    expect(page.locator("#birth_date")).to_have_value("")
    expect(page.locator("[name=sex][value=female]")).not_to_be_checked()
    save.click()
    expect(page.locator(".error-summary")).to_contain_text("Nothing is answered on this page, so nothing was saved.")
    with server.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Subject)) == 1


def test_going_back_or_reloading_after_a_refused_page_offers_what_was_typed(server: Any, page: Page) -> None:
    server.open_as_coordinator(page, "/subjects/enrol")
    page.locator("#enrolled_on").fill("2026-03-01")
    page.locator("#birth_date").fill("2015-07")
    page.locator("[name=consent_scopes][value=none]").check()
    page.locator("[name=consent_scopes][value=sharing]").check()
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    expect(page.locator(".error-summary")).to_contain_text("Take one away")

    page.reload()
    page.get_by_role("link", name="Continue where you stopped").click()
    expect(page.locator("#birth_date")).to_have_value("2015-07")

    page.locator("#birth_date").fill("2015-08")
    save.click()
    expect(page.locator(".error-summary")).to_contain_text("Take one away")
    page.goto(f"{server.address}/subjects")
    page.go_back()
    page.get_by_role("link", name="Continue where you stopped").click()

    expect(page.locator("#birth_date")).to_have_value("2015-08")


def test_a_page_of_the_site_is_not_left_by_a_link_with_something_typed_on_it(desk: Desk, page: Page) -> None:
    with desk.server.app.app_context():
        site = db.session.scalars(select(Site)).one()
    log = f"{desk.server.address}/sites/{site.key}/infusion-log/2026-Q1"
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(log)
    page.locator("#infused").press_sequentially("12")

    with page.expect_event("dialog"):
        page.get_by_role("link", name="Patients").click(no_wait_after=True)
    assert (asked, page.url, page.locator("#infused").input_value()) == (["beforeunload"], log, "12")

    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/sites/*")
    assert asked == ["beforeunload"]
