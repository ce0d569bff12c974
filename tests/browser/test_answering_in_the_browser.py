"""“Answer” on the page of a child leads into the box of the first open data query, by keyboard and on a phone."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import entries
from children import enrol
from factories import make_site, make_user
from registry.database import db
from registry.models import User
from registry.stored_records import read_records
from registry.views import subjects

BASELINE = {"disease": "b_all", "disease_burden": "high", "marrow_blasts_percent": Decimal("12.5")}


@pytest.fixture
def child(server: Any, page: Page, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what opens the page of a child of whom nothing is to do but to answer; the first queries are folded."""
    monkeypatch.setattr(subjects, "utc_now", lambda: datetime(2026, 3, 6, 12))

    def opened() -> None:
        with server.app.app_context():
            site = make_site(db.session())
            by = make_user(db.session(), role="coordinator", site=site)
            db.session.commit()
            subject = enrol(site.id, by.id)
            (enrolment,) = read_records(db.session(), ["enrolment"], [subject.id])["enrolment"]
            whole = {**enrolment.row, "consent_scopes": ("none",)}
            entries.save(subject, by, "enrolment", whole, revision=1, complete=True)
            entries.save(subject, by, "infusion", entries.infusion(), complete=True)
            baseline = {"key": entries.key(), "assessed_on": date(2026, 2, 26), **BASELINE}
            entries.save(subject, by, "baseline", baseline, complete=True)
            key = subject.key
            server.sign_in(page, db.session.get_one(User, by.id))
        page.goto(f"{server.address}/subjects/{key}")

    return opened


@pytest.mark.parametrize(("width", "script"), [(1280, True), (390, True), (390, False)])
def test_answer_leads_into_the_box_of_the_first_query_with_its_question_in_sight(
    child: Any, page: Page, width: int, *, script: bool
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    if not script:
        page.route("**/answer_query.js", lambda route: route.abort())
    child()
    first = page.locator("#queries article.query").first
    expect(first).to_be_hidden()
    page.get_by_role("link", name="Answer", exact=True).press("Enter")
    expect(first.get_by_role("textbox")).to_be_focused()
    expect(first.get_by_role("textbox")).to_have_accessible_description(
        re.compile("answer it, or say why it is missing")
    )
    for seen in (".query-said", "[name=reason]", "button"):
        expect(first.locator(seen)).to_be_in_viewport(ratio=1)
    page.keyboard.type("Not in the chart.")
    expect(first.get_by_role("textbox")).to_have_value("Not in the chart.")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("where", ["child", "list"])
def test_that_an_answer_was_taken_stands_in_sight_with_the_question_that_follows(
    child: Any, page: Page, width: int, where: str
) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    child()
    if where == "list":
        page.goto(page.url.partition("/subjects/")[0] + "/data-queries")
    for fold in page.locator("details:has(article.query)").all():
        fold.evaluate("fold => { fold.open = true; }")
    first, second = page.locator("article.query").nth(2), page.locator("article.query").nth(3)
    following = second.get_attribute("id")
    first.get_by_role("textbox").fill("Not in the chart.")
    first.get_by_role("button", name="Answer").click()
    told = page.get_by_role("status").filter(has_text="Answered.")
    expect(told).to_be_in_viewport(ratio=1)
    expect(page.locator(f"#{following} .query-said")).to_be_in_viewport(ratio=1)
    # A refusal stands beside the question that it is about.
    again = page.locator(f"#{following}")
    again.get_by_role("textbox").fill(" ")
    again.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("status").filter(has_text="Not answered")).to_be_in_viewport(ratio=1)
    expect(page.locator(f"#{following} .query-said")).to_be_in_viewport(ratio=1)
