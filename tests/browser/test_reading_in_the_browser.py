"""The script of a page reads dates and numbers as the server does, so that both ask for the same answers."""

from typing import Any

import pytest
from playwright.sync_api import Page

from forms.items import CLINICAL, Moment
from forms.values import ParseError, parse_decimal

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

NUMBERS = (
    *("38.5", " 38.5 ", "+38.5", "-0.5", ".5", "38.", "007", "0", "-0", "0.000"),
    *("38.50", "38.55", "38.5000", "1234567"),
    *("38,5", "1e3", "NaN", "38.5 C", "\u0663\u0668"),
    # 2.4 to one reader, two thousand four hundred to another
    *("2.400", "-2.400", "38.500", "2,400", "2.405", "0.400", "2400.400"),
)


def test_a_time_is_read_with_and_without_its_colon_as_the_server_reads_it(server: Any, page: Page) -> None:
    server.open_as_coordinator(page, "/subjects/enrol")

    for partial in (False, True):
        read = page.evaluate(
            "([texts, partial]) => texts.map(text => Reading.date(text, { time: true, partial }) !== null)",
            [TEXTS, partial],
        )
        assert dict(zip(TEXTS, read, strict=True)) == {text: is_read(text, partial=partial) for text in TEXTS}


@pytest.mark.parametrize(("decimals", "digits"), [(0, 3), (1, 3), (2, 4), (3, 5)])
def test_a_number_is_read_as_the_server_reads_it(server: Any, page: Page, decimals: int, digits: int) -> None:
    server.open_as_coordinator(page, "/subjects/enrol")

    read = page.evaluate(
        "([texts, decimals, digits]) => texts.map(text => Reading.number(text, decimals, digits)?.text ?? null)",
        [NUMBERS, decimals, digits],
    )

    assert dict(zip(NUMBERS, read, strict=True)) == {text: number(text, decimals, digits) for text in NUMBERS}


def number(text: str, decimals: int, digits: int) -> str | None:
    """Return a number as the server reads it from a text; None where it refuses it."""
    try:
        return str(parse_decimal(text, decimals=decimals, digits=digits))
    except ParseError:
        return None


def is_read(text: str, *, partial: bool) -> bool:
    """Tell whether the server reads a text as a day with a time."""
    try:
        Moment(label="Given at", privacy=CLINICAL, partial=partial).parse(text)
    except ParseError:
        return False
    return True
