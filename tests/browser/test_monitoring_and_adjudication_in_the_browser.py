"""Monitoring and blinded review in a real browser: at desk and phone width, for every reader."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

import entries
from accessibility import wrong_at_each_width
from children import enrol, record_links
from factories import make_site, make_user
from registry.adjudication import code_of
from registry.database import db
from registry.models import InfusionLog, Subject, User

TOO_WIDE = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.innerText.slice(0, 40))"


@pytest.fixture
def filled(server: Any) -> dict[str, Any]:
    """Return a site where something stands out, one case of it, a data manager and a reviewer of another site."""
    with server.app.app_context():
        session = db.session()
        site = make_site(session)
        by = make_user(session, role="coordinator", site=site)
        counts = {"infused": 4, "approached": 4, "consented": 2, "refused": 2, "enrolled": 2}
        session.add(InfusionLog(site_id=site.id, quarter="2026-Q1", **counts))
        people = {
            "manager": make_user(session, role="data_manager"),
            "reviewer": make_user(session, role="investigator", site=make_site(session)),
        }
        session.commit()
        children = [enrol(site.id, by.id) for _ in range(2)]
        case = ""
        for child in children:
            case = _course(session.get_one(Subject, child.id), session.get_one(User, by.id))
        return {"site": site.key, "case": code_of(case), **people}


def _course(child: Subject, by: User) -> str:
    infusion = record_links(child, by)["infusion"]
    for day in range(5):
        at = datetime(2026, 3, 7, 8) + timedelta(days=day)
        signs = {"temperature_c": Decimal("38.6"), "systolic_mmhg": 88, "oxygen_mode": "nasal_cannula"}
        entries.save(child, by, "assessment", entries.assessment(infusion, assessed_at=at, **signs))
        entries.save(child, by, "laboratory", entries.laboratory(infusion, sampled_at=at))
    late = {
        "key": entries.key(),
        "infusion": infusion,
        "toxicity": "crs",
        "onset_on": entries.PartialDate("2026-05-01"),
    }
    entries.save(child, by, "toxicity_episode", late)
    hlh = {**late, "key": entries.key(), "toxicity": "carhlh", "onset_on": entries.PartialDate("2026-03-09")}
    return entries.save(child, by, "toxicity_episode", hlh).key


def test_the_pages_fit_their_window_and_axe_finds_nothing(server: Any, filled: dict[str, Any], page: Page) -> None:
    pages = {
        "manager": ["/monitoring", f"/monitoring/{filled['site']}", "/adjudication"],
        "reviewer": ["/adjudication", f"/adjudication/{filled['case']}"],
    }
    found = {}
    for who, addresses in pages.items():
        server.sign_in(page, filled[who])
        for address in addresses:
            page.goto(server.address + address)
            found[who, address] = wrong_at_each_width(page)

    assert found == {(who, address): {} for who, addresses in pages.items() for address in addresses}


def test_the_monitoring_of_a_site_fits_a_small_phone(server: Any, filled: dict[str, Any], page: Page) -> None:
    server.sign_in(page, filled["manager"])
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{server.address}/monitoring/{filled['site']}")
    expect(page.get_by_role("columnheader", name="Days without a grade")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".panel").evaluate_all(TOO_WIDE) == []


def test_a_reviewer_decides_a_case_by_keyboard(server: Any, filled: dict[str, Any], page: Page) -> None:
    server.sign_in(page, filled["reviewer"])
    page.goto(f"{server.address}/adjudication/{filled['case']}")
    page.get_by_label("It was").select_option("infection")
    page.get_by_label("Why").fill("Culture positive before the fever.")
    page.get_by_role("button", name="Keep the review").press("Enter")

    expect(page.get_by_text(f"Case {filled['case'][:8]} is reviewed: Infection.")).to_be_visible()
    expect(page.get_by_text("1 of 2 cases still to review")).to_be_visible()
