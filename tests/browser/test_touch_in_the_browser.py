"""A phone in the hand: what is touched is 44 pixels high, nothing jumps, and the bar that saves covers no question."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

import crf_client
from desk import Desk
from signing_in import signed_in_client

TOUCHED = """.choice, .check, .missing, select.unit, .form-control, .form-select, .btn, .menu a,
    .cell input, .carry, .cell-bar-answers button, summary, .brand, .breadcrumbs a, .due-list a, .record-list a,
    .grid-pages a, .list-stack th a, .list-stack td a"""
TOO_LOW = """all => all.filter((one) => one.offsetParent)
    .map((one) => one.type === "radio" || one.type === "checkbox" ? one.closest("label") : one)
    .filter((one) => one.getBoundingClientRect().height < 43.5)
    .map((one) => `${one.tagName} ${one.className} ${one.getBoundingClientRect().height}`)"""
COVERED = """() => {
    const bar = document.querySelector(".save-bar").getBoundingClientRect(), here = document.activeElement;
    return here.getBoundingClientRect().bottom > bar.top && !here.closest(".save-bar") ? here.name : "";
}"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a phone of 390 x 844 points that is touched."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(10_000)
    yield context
    context.close()


def test_what_is_touched_on_a_form_is_hit_and_not_covered_by_the_bar(desk: Desk, page: Page) -> None:
    coordinator = signed_in_client(desk.server.app, desk.user)
    desk.server.app.config["WTF_CSRF_ENABLED"] = False
    crf_client.save(coordinator, f"/subjects/{desk.child}/baseline/new", {"assessed_on": ["2026-02-26"]})
    page.goto(desk.address("baseline", desk.stored("baseline")[0].key))

    assert page.locator(TOUCHED).evaluate_all(TOO_LOW) == []
    page.locator("[name=assessed_on]").focus()
    covered = []
    for _ in range(16):
        page.keyboard.press("Enter")
        covered.append(page.evaluate(COVERED))
    assert set(covered) == {""}

    page.set_viewport_size({"width": 390, "height": 440})
    page.evaluate("scrollTo(0, 0)")
    assert page.locator(".save-bar").evaluate("bar => bar.getBoundingClientRect().bottom") <= 440


def test_the_head_of_a_page_is_low_and_what_leads_on_is_hit(desk: Desk, page: Page) -> None:
    for path in ("/", "/subjects", f"/subjects/{desk.child}"):
        page.goto(desk.server.address + path)
        assert page.locator(TOUCHED).evaluate_all(TOO_LOW) == []
        assert page.locator(".top-bar").evaluate("bar => bar.offsetHeight") < 100
    page.goto(desk.server.address + "/")
    due = page.get_by_role("region", name="Due now").locator("tbody tr")
    assert 0 < max(due.evaluate_all("lines => lines.map(line => line.offsetHeight)")) < 115, "two lines for each form"

    page.goto(f"{desk.server.address}/subjects/{desk.child}/baseline/new")
    assert page.locator(".item").first.evaluate("item => item.getBoundingClientRect().top") < 400
    page.goto(f"{desk.server.address}/subjects/{desk.child}/grid?start=0#day-2")
    assert page.locator(".grid-head").evaluate("head => Math.abs(head.getBoundingClientRect().top)") < 2

    page.goto(f"{desk.server.address}/dictionary")
    here = page.locator(".menu [aria-current]").bounding_box()
    assert here is not None and here["x"] >= 0 and here["x"] + here["width"] <= 390


def test_a_cell_of_the_daily_grid_stays_under_the_finger_and_its_answers_are_hit(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.server.address}/subjects/{desk.child}/grid?start=0")
    height, place = "bar => bar.offsetHeight", "cell => cell.getBoundingClientRect().top"
    bar, first = page.locator("#cell-bar"), page.locator("tr:has(input[name$='temperature_c']) input:visible")
    # Before a cell is chosen the bar has a line to say, and no more than that.
    assert bar.evaluate(height) < 50
    for way in ("first.scrollIntoView({block: 'center'})", "scrollTo(0, 0)"):
        page.reload()
        first.evaluate(f"first => {way}")
        before = first.evaluate(place)
        first.tap()
        page.locator("#bar-help:not(:empty)").wait_for()
        assert abs(first.evaluate(place) - before) < 2
    grown = bar.evaluate(height)

    page.locator("tr:has(input[name$='assessment.vasoactives']) input:visible").tap()
    page.locator("#bar-answers button").first.wait_for()

    assert bar.evaluate(height) == grown
    assert page.locator(TOUCHED).evaluate_all(TOO_LOW) == []


def test_a_date_that_may_be_cut_off_is_picked_or_typed_in_digits_and_read_whole(desk: Desk, page: Page) -> None:
    for form, calendar, picked, shown in (
        ("concomitant_agent", "First dose", "2026-03-08T14:00", "2026-03-08 14:00"),
        ("adverse_event", "Onset", "2026-03-09", "2026-03-09"),
    ):
        page.goto(desk.address(form))
        page.get_by_label(f"Calendar for {calendar}").fill(picked)
        typed = page.locator(".framed-date:has(.picker-touch) .form-control").first
        assert typed.input_value() == shown
        assert typed.evaluate("one => one.scrollWidth <= one.clientWidth")
        typed.fill(shown.replace("-", ""))
        typed.blur()
        assert typed.input_value() == shown
