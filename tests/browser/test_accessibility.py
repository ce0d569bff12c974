"""The look at each width finds what is wrong at that width only, contrast included; a long page is walked at once."""

from typing import Any

import pytest
from playwright.sync_api import Page

from accessibility import wrong_at_each_width

PAGE = """<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>Widths</title>
<style>p {{ color: #000; background: #fff }} {rule}</style></head>
<body><main><h1>Widths</h1><p id="text">Anakinra</p><p class="phone">For a thumb</p>
<button class="off" disabled>Switched off, which may be pale</button><button class="off">Save</button>
</main></body></html>"""


@pytest.mark.parametrize(
    ("rule", "widths"),
    [
        ("", set()),
        ("#text { color: #ccc }", {1280}),
        ("@media (max-width: 40rem) { #text { color: #ccc } }", {390}),
        ("@media (max-width: 40rem) { main { opacity: .3 } }", {390}),
        (".phone { color: #ccc; display: none } @media (max-width: 40rem) { .phone { display: block } }", {390}),
        ("@media (max-width: 40rem) { #text { width: 30rem } }", {390}),
        ("h1 { color: #ccc }", {1280}),
        (".off { color: #ccc }", {1280}),
    ],
)
def test_what_is_wrong_is_found_at_the_first_width_that_shows_it(page: Page, rule: str, widths: set[int]) -> None:
    page.set_content(PAGE.format(rule=rule))
    assert set(wrong_at_each_width(page)) == widths


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
