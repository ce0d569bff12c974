"""Signing in, sites and accounts in a real browser: by hand, on a desk and on a phone, for every reader."""

from contextlib import nullcontext
from datetime import date
from typing import Any

import pytest
from flask_security import hash_password
from playwright.sync_api import Page, expect
from sqlalchemy import select

from accessibility import violations, wrong_at_each_width
from factories import PASSWORD, grant_role, make_site, make_user
from registry.database import db
from registry.models import InfusionLog, ReferenceRange, Site, SiteProtocol, User


@pytest.fixture
def person(server: Any) -> User:
    """Return somebody who coordinates one site and keeps the accounts, with a password and no second factor yet."""
    with server.app.app_context():
        session = db.session()
        site = make_site(session, ethics_expires_on=date(2020, 1, 1))
        user = make_user(session, role="coordinator", site=site, password=hash_password(PASSWORD))
        for role in ("administrator", "data_manager"):
            grant_role(session, user, role)
        session.add(SiteProtocol(site_id=site.id, version="1", effective_from=date(2020, 1, 1), text="2 mg/kg"))
        session.add(InfusionLog(site_id=site.id, quarter="2026-Q1", infused=9, enrolled=7, **dict.fromkeys(OTHERS, 8)))
        session.add(
            ReferenceRange(
                site_id=site.id,
                analyte="alt",
                age_from_years=0,
                age_to_years=17,
                unit="U/L",
                high="45",
                valid_from=date(2020, 1, 1),
            )
        )
        session.commit()
        session.refresh(user)
        session.expunge(user)
        return user


OTHERS = ("approached", "consented", "refused")


def fits(page: Page) -> bool:
    """Tell whether nothing stands out of the page to the right."""
    width: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return width


@pytest.mark.parametrize("width", [1280, 390])
def test_a_new_person_signs_in_by_keyboard_and_sets_up_a_second_factor(
    server: Any, page: Page, person: User, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})

    def look(title: str) -> None:
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert (violations(page), fits(page)) == ([], True)

    page.goto(f"{server.address}/account")
    look("Sign in")
    page.get_by_label("E-mail address").fill(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    look("Second factor")
    page.get_by_role("button", name="Set up an authenticator app").click()
    look("Second factor")
    key = page.locator(".secret").inner_text()
    page.get_by_label("2. Six-digit code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This code is not right, or was used already.")
    look("Type the code")
    page.get_by_label("Six-digit code").fill(code_of(server.app, key))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(f"{server.address}/account/recovery-codes")
    look("Recovery codes")
    page.get_by_role("button", name="Make ten new codes").click()
    expect(page.locator(".code-list li")).to_have_count(10)
    look("Recovery codes")
    page.get_by_role("button", name="Sign out").click()
    look("Sign in")
    page.goto(f"{server.address}/account")
    look("Sign in")


def code_of(app: Any, key: str) -> str:
    """Return the code that an authenticator app shows for a key typed by hand."""
    factory = app.extensions["security"].totp_factory._totp
    token: str = factory(key=key.replace("-", ""), format="base32").generate().token
    return token


def test_every_page_reads_well_and_without_a_violation(server: Any, page: Page, person: User) -> None:
    server.sign_in(page, person)
    with server.app.app_context():
        site = db.session.scalars(select(Site)).one().key
        other = make_user(db.session(), role="analyst")
        db.session.commit()
        colleague = other.key
    found = {}
    for address in (
        "/",
        "/nowhere",
        "/account",
        "/account/password",
        "/sites",
        "/sites/new",
        f"/sites/{site}",
        f"/sites/{site}/edit",
        f"/sites/{site}/protocols/new",
        f"/sites/{site}/reference-ranges/new",
        f"/sites/{site}/infusion-log/2026-Q1",
        "/accounts",
        "/accounts/new",
        f"/accounts/{colleague}",
        f"/accounts/{colleague}/close",
    ):
        page.goto(server.address + address)
        found[address] = wrong_at_each_width(page)
        button = page.locator("main form[method=post] button.btn-primary")
        if button.count():
            leaves = button.first.evaluate("it => it.form.noValidate || it.formNoValidate || it.form.checkValidity()")
            with page.expect_navigation() if leaves else nullcontext():
                button.first.click()
            found[f"{address} sent empty"] = wrong_at_each_width(page)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


def test_the_first_key_leads_past_the_menu_and_an_error_leads_to_its_field(
    server: Any, page: Page, person: User
) -> None:
    server.sign_in(page, person)
    page.goto(f"{server.address}/accounts/new")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.get_by_role("button", name="Add and make a link").click()
    page.get_by_role("link", name="Name: Write the person's name.").click()
    expect(page.get_by_label("Name")).to_be_focused()


def test_the_link_to_hand_over_is_copied(server: Any, page: Page, person: User) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    server.sign_in(page, person)
    page.goto(f"{server.address}/accounts/new")
    page.get_by_label("Name").fill("Synthetic Newcomer")
    page.get_by_label("E-mail address").fill("newcomer@synthetic.example")
    page.get_by_role("button", name="Add and make a link").click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator(".secret").inner_text()
    assert copied.startswith(f"{server.address}/invitation#")


def test_what_was_typed_survives_the_end_of_the_session(server: Any, page: Page, person: User) -> None:
    server.app.config["SECURITY_TWO_FACTOR_REQUIRED"] = False
    server.sign_in(page, person)
    page.goto(f"{server.address}/sites/new")
    page.get_by_label("Code").fill("NEW")
    page.get_by_label("Name of the center").fill("Synthetic Center New")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.context.clear_cookies()
    page.get_by_role("button", name="Open the center").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your session has ended")

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    opened.value.get_by_label("E-mail address").fill(person.email)
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.keyboard.press("Enter")
    expect(opened.value.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Send again what I typed").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Synthetic Center New")


def test_fields_beside_each_other_stand_on_one_line_whatever_is_said_above_them(
    server: Any, page: Page, person: User
) -> None:
    server.sign_in(page, person)
    page.set_viewport_size({"width": 1280, "height": 900})
    with server.app.app_context():
        other = make_user(db.session(), role="analyst")
        db.session.commit()
        address = f"{server.address}/accounts/{other.key}"
    page.goto(address)
    tops = page.evaluate(
        "['role', 'site'].map(name => document.getElementsByName(name)[0].getBoundingClientRect().top)"
    )
    assert tops[0] == tops[1]
