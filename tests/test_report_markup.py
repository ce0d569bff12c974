"""What of a report reaches a page of the registry, and how it is scrolled."""

import re

import pytest

from registry.reports.markup import report_markup


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<main><p onclick='x()' class='a'>b</p></main>", '<p class="a">b</p>'),
        ("<main><script>alert(1)</script>after</main>", "after"),
        ("<main><td>CRS resolved, day 28<br class='x'>72/75</td></main>", "<td>CRS resolved, day 28<br>72/75</td>"),
        ("<main><col width='14%' onclick='x()'><col width='1;x'></main>", '<col width="14%"><col>'),
        ("<main><p style='x'>1 &lt; 2</p></main>", "<p>1 &lt; 2</p>"),
        ('<main><img src="elsewhere.svg" alt="x"></main>', ""),
        ('<main><a href="javascript:alert(1)">x</a></main>', "<a>x</a>"),
        ("<main><iframe src='x'></iframe><b>bold</b></main>", "bold"),
        ("<p>outside</p><main>inside</main><p>outside</p>", "inside"),
        ("<main><p id='\"><script>'>x</p></main>", '<p id="&quot;&gt;&lt;script&gt;">x</p>'),
    ],
)
def test_only_plain_markup_of_a_report_reaches_the_page(given: str, shown: str) -> None:
    assert report_markup(given, lambda name: None) == shown


def test_a_wide_table_of_a_report_can_be_scrolled_with_the_keyboard() -> None:
    given = '<main><div class="scroll"><table></table></div></main>'
    assert report_markup(given, lambda name: None) == (
        '<div class="scroll" role="region" aria-label="Table 1" tabindex="0"><table></table></div>'
    )


def test_a_wide_figure_of_a_report_can_be_scrolled_with_the_keyboard() -> None:
    picture = '<div class="scroll picture"><img src="data:," data-file="figures/crs.svg" alt="Day 7"></div>'
    table = '<div class="scroll"><table></table></div>'
    shown = report_markup(f"<main>{picture}{table}{picture}</main>", lambda name: "/a.svg" if name else None)
    assert re.findall('aria-label="([^"]+)" tabindex="0"', shown) == ["Figure 1", "Table 1", "Figure 2"]
