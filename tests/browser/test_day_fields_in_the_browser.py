"""A field for a day in a browser: text that reads the same in every language, with the browser's calendar beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from factories import make_user
from registry.database import db


@pytest.fixture
def context(browser: Browser):
    """Yield a browser that writes days as its American reader would."""
    context = browser.new_context(locale="en-US", timezone_id="UTC")
    context.set_default_timeout(10_000)
    yield context
    context.close()


def test_a_day_is_typed_or_picked_and_reads_as_2026_03_05(server, page: Page):
    with server.app.app_context():
        analyst = make_user(db.session(), role="analyst")
        db.session.commit()
        server.sign_in(page, analyst)
    page.goto(f"{server.address}/analysis")
    page.get_by_text("Only some children").click()
    typed, picked = page.get_by_label("Infused on or after", exact=False), page.get_by_label("Infused on or before")
    typed.first.fill("20260305")
    typed.first.press("Tab")
    page.get_by_label("Calendar for Infused on or before").fill("2026-06-01")

    assert typed.first.input_value() == "2026-03-05"
    assert picked.first.input_value() == "2026-06-01"
