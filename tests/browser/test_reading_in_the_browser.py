"""The script of a page reads dates as the server does, so that both ask for the same answers."""

from typing import Any

from playwright.sync_api import Page

from forms.items import CLINICAL, Moment
from forms.values import ParseError

TEXTS = (
    "2026-03-05 14:30",
    "2026-03-05T14:30:00",
    "2026-03-05 1430",
    "2026-03-05 0600",
    "2026-03-05 06",
    "2026-03-05 6:00",
    "2026-03-05 143",
    "2026-03-05 1430:00",
    "2026-03-05 2460",
    "2026-03-05",
    "2026-03",
    "2026",
    "11/17/2026",
    "2026-02-30 1430",
)


def test_a_time_is_read_with_and_without_its_colon_as_the_server_reads_it(server: Any, page: Page) -> None:
    server.open_as_coordinator(page, "/subjects/enrol")

    for partial in (False, True):
        read = page.evaluate(
            "([texts, partial]) => texts.map(text => Reading.date(text, { time: true, partial }) !== null)",
            [TEXTS, partial],
        )
        assert dict(zip(TEXTS, read, strict=True)) == {text: is_read(text, partial=partial) for text in TEXTS}


def is_read(text: str, *, partial: bool) -> bool:
    """Tell whether the server reads a text as a day with a time."""
    try:
        Moment(label="Given at", privacy=CLINICAL, partial=partial).parse(text)
    except ParseError:
        return False
    return True
