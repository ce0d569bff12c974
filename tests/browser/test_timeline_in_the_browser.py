"""The timeline in a browser: the picture is drawn, its names stay in sight on a phone, and it is open to everybody."""

from typing import Any

import pytest
from playwright.sync_api import Page

from accessibility import wrong_at_each_width
from entries import assessment, save
from registry.database import db
from study import Study


@pytest.fixture
def timeline(server: Any, own_study: Study, page: Page) -> Page:
    save(own_study.subject, own_study.coordinator, "assessment", assessment(own_study.infusion, crs_grade=2))
    server.sign_in(page, own_study.coordinator)
    address = f"{server.address}/subjects/{own_study.subject.key}/timeline"
    db.session.rollback()
    page.goto(address)
    return page


def test_the_picture_is_drawn_and_described_in_words(timeline: Page) -> None:
    picture = timeline.locator("img.timeline-picture")
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 800
    assert "CRS: highest grade 2, first on day 2." in (picture.get_attribute("alt") or "")


def test_on_a_phone_the_picture_scrolls_in_its_frame_and_the_names_of_its_lanes_stay(timeline: Page) -> None:
    timeline.set_viewport_size({"width": 390, "height": 844})
    frame, names = timeline.locator(".timeline-frame"), timeline.locator(".timeline-names")
    before = names.bounding_box()
    assert frame.evaluate("frame => { frame.scrollLeft = 300; return frame.scrollLeft; }") == 300
    assert before is not None and names.bounding_box() == before
    assert timeline.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_timeline_has_no_axe_violation(timeline: Page) -> None:
    assert wrong_at_each_width(timeline) == {}
