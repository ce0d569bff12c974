"""Texts made to keep the server busy: whatever is typed or pasted is read, or refused, in a moment."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial

import pytest

from forms.casebook import CASEBOOK
from forms.item import Item
from forms.values import ParseError
from registry.grid.paste import LONGEST, place
from registry.grid.sheet import ROWS
from test_grid import sheet_of

MOMENT = 1.0
"""Seconds; what took n squared steps took six or more, the others a few thousandths."""
LONG = 20_000
TEXTS = {
    "blanks": "1" + " " * LONG + "x",
    "tabs": "1\t" + "\t" * LONG + "x",
    "blanks behind a month": "1 jan" + " " * LONG + "x",
    "blanks before a sign": " " * LONG + "<" + " " * LONG,
    "commas": "1, " * LONG,
    "digits": "1" * LONG,
    "parts of a time": "T1" * LONG,
    "brackets": "a " + "(" * LONG,
    "signs": "+-" * LONG,
    "points": "1." * LONG,
    "numbers": " 1" * LONG,
    "letters": "1 " + "j" * LONG + "!",
    "names with units": "a" + " ," * LONG + "))",
}
KINDS = {
    (type(item), getattr(item, "partial", None), bool(getattr(item, "units", None))): item
    for form in CASEBOOK.values()
    for item in form.items.values()
}


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    with suppress(ParseError):
        work()
    return time.process_time() - began


@pytest.mark.parametrize("item", KINDS.values(), ids=[f"{kind.__name__} {rest}" for kind, *rest in KINDS])
def test_an_answer_of_any_kind_is_read_in_a_moment(item: Item) -> None:
    slow = {name: spent for name, text in TEXTS.items() if (spent := seconds(partial(item.parse, text))) > MOMENT}
    assert slow == {}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("before", ["", "Ferritin\t1\n", "\tDay 1\n"])
def test_a_pasted_block_is_placed_in_a_moment(name: str, before: str) -> None:
    block = (before + TEXTS[name])[:LONGEST]
    day, row = date(2026, 3, 6), ROWS[0]
    assert seconds(partial(place, block, sheet_of(), row=row, day=day)) < MOMENT


def test_a_block_that_would_fill_the_memory_is_refused() -> None:
    block = "\t" * 2_000 + "\n" * 2_000 + "x"
    pasted = place(block, sheet_of(), row=ROWS[0], day=date(2026, 3, 6))
    words = "The block has 2001 lines of up to 2001 fields, more than any page. Paste it in parts."
    assert (pasted.texts, pasted.left_over) == ({}, [words])
