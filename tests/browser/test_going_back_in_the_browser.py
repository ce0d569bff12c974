"""Who goes back to a page after it was saved does not save it a second time."""

from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from registry.database import db
from registry.models import Subject


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
