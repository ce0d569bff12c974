"""A block copied from a spreadsheet, placed into the cells of the daily grid; nothing of it is lost without a word."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from forms.values import ParseError
from registry.grid.block_days import day_named, how_to_count, means_days, names_days, with_plain_days
from registry.grid.block_rows import names_rows, row_and_unit
from registry.grid.cells import read_cell
from registry.grid.left_over import LeftOver, in_words
from registry.grid.sheet import ROWS, GridRow, Sheet

LONGEST = 100_000
_BARE_NUMBER = re.compile(r"[<>]?\s*[\d.,]+\Z", re.ASCII)


@dataclass(kw_only=True)
class Pasted:
    """Where a pasted block goes: cell -> text; the words on cells that cannot be read; what found no place.

    ``taken_apart`` are the values of which a part went into a cell of its own, ``notes`` what is told of many at once.
    """

    texts: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    left_over: list[str] = field(default_factory=list)
    taken_apart: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def told(self) -> str:
        """Return in words how much was placed, and how much of it cannot be read."""
        placed, wrong = len(self.texts) - len(self.taken_apart), len(self.errors)
        said = f"{placed or 'No'} {'value' if placed == 1 else 'values'} placed"
        if wrong:
            said = f"{said}, {wrong} of them cannot be read and {'is' if wrong == 1 else 'are'} marked"
        return " ".join([f"{said}.", *self.notes])


def split_block(text: str) -> list[list[str]]:
    """Return the lines and fields of a copied block: tabs between fields, quotes around fields with line breaks."""
    lines = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter="\t")
    # The reader gives no field at all for an empty line, which is an empty cell of a single column.
    block = [[" ".join(value.split()) for value in line] or [""] for line in lines]
    while block and not any(block[-1]):
        block.pop()
    return block


def place(text: str, sheet: Sheet, *, row: GridRow, day: date) -> Pasted:
    """Return where a copied block goes when it is pasted into one cell.

    A block with names of the grid's rows down its side, or days along its top (``2026-03-08``, ``Day 3``), goes where
    they say, in any order, and the other way round too; without them it goes right and down from the cell. A unit
    behind the name of a row holds for its bare numbers. Days written another way (``3/8``, ``08.03.2026``) are read
    where all of them, with day and month in one order alone, are days of this page; bare numbers are days after
    infusion where their heading says so (``Days after infusion``, 7, 8, 9) or, under ``Day``, where 0 is among them:
    no month has a day 0. A block with days along its top of which none can be read goes nowhere: it would go to other
    days.
    """
    if len(text) > LONGEST:
        return Pasted(left_over=[f"The block has {len(text)} characters; at most {LONGEST} fit. Paste it in parts."])
    block = split_block(text)
    width = max(map(len, block), default=0)
    if len(block) * width > LONGEST:
        words = f"The block has {len(block)} lines of up to {width} fields, more than any page. Paste it in parts."
        return Pasted(left_over=[words])
    block = _upright(with_plain_days(block, sheet), sheet, at=row)
    heads_days = len(block) > 1 and (names_days(block[0], sheet) or means_days(block))
    days = [day_named(value, sheet) for value in block[0]] if heads_days else None
    if days and not any(days):
        return Pasted(left_over=[_no_day_is_read(block[0])])
    body = block[1:] if heads_days else block
    heads_rows = bool(body) and len(body[0]) > 1 and names_rows([line[0] for line in body], at=None if days else row)
    pasted = Pasted()
    left_over: list[LeftOver] = []
    for down, line in enumerate(body):
        target, unit = row_and_unit(line[0]) if heads_rows else (_row_below(row, down), "")
        for across, value in enumerate(line):
            if not value or (heads_rows and across == 0):
                continue
            if days:
                when = days[across] if across < len(days) else None
            else:
                when = day + timedelta(days=across - int(heads_rows))
            source = line[0] if heads_rows else f"line {down + 1}"
            whole = f"{value} {unit}" if unit and _BARE_NUMBER.match(value) else value
            if target is None or when is None or when not in sheet.days:
                left_over.append(LeftOver(value=whole, source=source, is_named=heads_rows, row=target, when=when))
            else:
                _put(pasted, sheet, target, when, whole)
    pasted.left_over.extend(in_words(left_over, sheet))
    return pasted


def _upright(block: list[list[str]], sheet: Sheet, *, at: GridRow) -> list[list[str]]:
    """Return a block with its rows down its side and its days along its top, turned if it was not so."""
    turned = [list(column) for column in zip(*_filled_up(block), strict=True)]
    if len(turned) > 1 and (names_rows(block[0], at_least=2, at=at) or names_days([line[0] for line in block], sheet)):
        return turned
    return block


def _no_day_is_read(names: Sequence[str]) -> str:
    top = ", ".join(f"“{value}”" for value in names if value)
    words = f"Nothing was put in: the days above the block, {top}, cannot be read. Write 2026-03-08 or Day 3."
    return f"{words}{how_to_count(names)}"


def _put(pasted: Pasted, sheet: Sheet, target: GridRow, when: date, value: str) -> None:
    if sheet.slot(when, target.form).is_read_only:
        pasted.left_over.append(f"“{value}” of {target.label}, {when.isoformat()}: the day has several records.")
        return
    cell = target.cell(when)
    pasted.texts[cell] = value
    try:
        read_cell(target.item, value, day=when)
    except ParseError as problem:
        pasted.errors[cell] = str(problem)


def _filled_up(block: Sequence[list[str]]) -> list[list[str]]:
    width = max((len(line) for line in block), default=0)
    return [line + [""] * (width - len(line)) for line in block]


def _row_below(row: GridRow, down: int) -> GridRow | None:
    place_of_row = ROWS.index(row) + down
    return ROWS[place_of_row] if place_of_row < len(ROWS) else None
