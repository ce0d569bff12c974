"""The interim report in a browser: its tables fit the screen and the paper, with the widest words a group can have."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page

from analysis.cut import read_cut
from analysis.report import write_report
from ward import DOSE, Ward

A4_WITHIN_MARGINS = 718
"""CSS pixels (96 to an inch) of 210 mm less the 1 cm that Chromium leaves on either side."""
TOO_WIDE = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.innerText.slice(0, 40))"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of 24 children in two dose tiers and two groups of agents, all shares with two-figure limits."""
    ward = Ward()
    for number in range(24):
        child = ward.treat(f"child-{number:02}", indications=("crs",), route="sc")
        order = {"course": f"anakinra_course-{child}-1", "from_at": DOSE}
        ward.add("anakinra_regimen", child, **order, mg_per_kg_day=Decimal(5 if number % 2 else 8))
        begun = DOSE - timedelta(hours=5)
        steroid = {"agent": "prednisone", "dose": Decimal(1), "unit": "mg_per_kg", "frequency": "q24h", "route": "iv"}
        given = {"purpose": "treatment", "started_at": begun, "stopped_at": begun + timedelta(days=number // 2)}
        ward.add("concomitant_agent", child, **given, **steroid)
        if number > 9:
            ward.add("concomitant_agent", child, agent="tocilizumab", started_at=begun)
        for day in range(-1, 30):
            ward.grade(child, day, crs_grade=3 if day <= number // 2 else 0, icans_grade=2 if day <= 5 else 0)
    return write_report(
        read_cut(ward.write(tmp_path_factory.mktemp("cut") / "cut")), tmp_path_factory.mktemp("r") / "r"
    )


def test_on_a_desk_every_table_is_seen_whole(page: Page, report: Path) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(report.as_uri())
    assert "Tocilizumab and steroid" in page.locator("#crs_r1_24h_by_agents").inner_text()
    assert page.locator(".scroll").evaluate_all(TOO_WIDE) == []


def test_on_a_phone_only_tables_and_figures_scroll_sideways(page: Page, report: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_paper_is_not_printed_smaller_than_it_says(page: Page, report: Path) -> None:
    # Chromium shrinks all pages of a document until its widest line fits.
    page.set_viewport_size({"width": A4_WITHIN_MARGINS, "height": 1047})
    page.emulate_media(media="print")
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == A4_WITHIN_MARGINS
    assert page.locator(".scroll").evaluate_all(TOO_WIDE) == []
