"""The look at each width finds what is wrong there, contrast included; a long page is walked at once."""

from typing import Any

import pytest
from playwright.sync_api import Page

from accessibility import LOOKS_THAT_PASSED, violations, wrong_at_each_width

PAGE = """<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>Widths</title>
<style>p {{ color: #000; background: #fff }} {rule}</style></head>
<body><main><h1>Widths</h1><p id="text">Anakinra</p><p class="phone">For a thumb</p>
<button class="off" disabled>Switched off, which may be pale</button><button class="off">Save</button>
</main></body></html>"""


@pytest.mark.parametrize(
    ("rule", "widths"),
    [
        ("", set()),
        ("#text { color: #ccc }", {1280, 390}),
        ("@media (max-width: 40rem) { #text { color: #ccc } }", {390}),
        ("@media (max-width: 40rem) { main { opacity: .3 } }", {390}),
        (".phone { color: #ccc; display: none } @media (max-width: 40rem) { .phone { display: block } }", {390}),
        ("@media (max-width: 40rem) { #text { width: 30rem } }", {390}),
        ("h1 { color: #ccc }", {1280, 390}),
        (".off { color: #ccc }", {1280, 390}),
    ],
)
def test_what_is_wrong_is_found_at_each_width_that_shows_it(page: Page, rule: str, widths: set[int]) -> None:
    page.set_content(PAGE.format(rule=rule))
    assert set(wrong_at_each_width(page)) == widths


@pytest.mark.parametrize(
    ("style", "wrong"),
    [
        ("color: #555; background: #fff", False),
        ("color: #555; background: #444", True),
        ("color: #555; position: absolute; top: 20px; left: 20px; margin: 0", True),
        ("color: #555; margin-top: -50px", True),
        ("color: #555; position: relative; top: -50px", True),
        ("color: #555; transform: translateY(-50px)", True),
    ],
)
def test_a_look_that_passed_on_another_page_is_measured_where_it_stands_on_other_ground(
    page: Page, style: str, wrong: bool
) -> None:
    html = """<!doctype html><html lang="en"><head><title>Looks</title></head><body style="background: #fff">
        <main style="color: #000">{}<h1>Looks</h1></main></body></html>"""
    page.set_content(html.format("<p style='color: #555'>A note</p>"))
    assert violations(page) == []
    assert LOOKS_THAT_PASSED
    page.set_content(html.format(f"<div style='background: #444; height: 90px'></div><p style='{style}'>A note</p>"))
    found = [one for one in violations(page) if one.startswith("color-contrast")]
    assert bool(found) is wrong


def test_what_is_scrolled_away_is_measured_too(page: Page) -> None:
    page.set_content(PAGE.format(rule="#text { color: #ccd } main { height: 9000px }"))
    page.evaluate("scrollTo(0, 5000)")
    assert [one.partition(":")[0] for one in violations(page)] == ["color-contrast"]


def test_a_link_within_a_long_page_leads_there_at_once(server: Any, page: Page) -> None:
    # Scrolled past slowly, a report of 90,000 pixels is blank for seconds.
    server.open_as_coordinator(page, "/dictionary/anakinra_course")
    page.evaluate("""() => {
        const filler = document.body.appendChild(document.createElement("div"));
        filler.style.height = "90000px";
        document.body.appendChild(document.createElement("p")).id = "far";
        location.hash = "far";
    }""")
    assert page.evaluate("scrollY") > 88_000
