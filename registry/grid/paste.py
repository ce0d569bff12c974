"""A block copied from a spreadsheet, placed into the cells of the daily grid; nothing of it is lost without a word."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from forms.items import Choice, Measured, MultiChoice
from forms.misread import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, day_readings
from forms.values import ParseError
from registry.grid.cells import read_cell
from registry.grid.left_over import LeftOver, in_words
from registry.grid.sheet import ROWS, GridRow, Sheet

LONGEST = 100_000
LONGEST_NAME = 200
"""Characters of a name of a row with its unit; the expressions that take it apart need n squared steps or more."""
_DAY = re.compile(r"(?:day|d)\s*\+?(\d{1,4})\Z", re.IGNORECASE)
_SOME_DATE = re.compile(
    r"\d{1,4}([./-])\d{1,2}\1\d{1,4}\b|\d{1,2}[ .-]*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.I
)
_UNIT_BEHIND = re.compile(r"(.+?)[\s,;]*[\s(\[]([^\s()\[\]]+)[)\]]?\s*\Z")
_BARE_NUMBER = re.compile(r"[<>]?\s*[\d.,]+\Z", re.ASCII)
_DECIMAL = re.compile(r"\d+[.,]\d+\Z", re.ASCII)
_NAMES_OF_DAYS = frozenset({"date", "dates", "day", "days"})
_NAMES_OF_COUNTED_DAYS = frozenset(
    {
        "study day",
        "study days",
        *(f"{days} {since} infusion" for days in ("day", "days") for since in ("after", "post")),
    }
)
_NAMES_OF_NUMBERED_DAYS = frozenset({"d", "day", "days"})
_COUNTED = re.compile(r"[+-]?\d{1,3}\Z", re.ASCII)


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
    block = _with_plain_days(block, sheet)
    turned = [list(column) for column in zip(*_filled_up(block), strict=True)]
    if len(turned) > 1 and (
        _names_rows(block[0], at_least=2, at=row) or _names_days([line[0] for line in block], sheet)
    ):
        block = turned
    heads_days = len(block) > 1 and (_names_days(block[0], sheet) or _means_days(block))
    days = [_day(value, sheet) for value in block[0]] if heads_days else None
    if days and not any(days):
        top = ", ".join(f"“{value}”" for value in block[0] if value)
        words = f"Nothing was put in: the days above the block, {top}, cannot be read. Write 2026-03-08 or Day 3."
        return Pasted(left_over=[f"{words}{_how_to_count(block[0])}"])
    body = block[1:] if heads_days else block
    heads_rows = bool(body) and len(body[0]) > 1 and _names_rows([line[0] for line in body], at=None if days else row)
    pasted = Pasted()
    left_over: list[LeftOver] = []
    for down, line in enumerate(body):
        target, unit = _row_and_unit(line[0]) if heads_rows else (_row_below(row, down), "")
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


def _with_plain_days(block: list[list[str]], sheet: Sheet) -> list[list[str]]:
    """Return a block with the days along its top, or down its side, as the grid writes them, where they can be told."""
    if len(block) < 2:
        return block
    across, down = block[0], [line[0] for line in block]
    if top := _counted_days(across, down[1:], sheet) or _plain_days(across, sheet):
        return [top, *block[1:]]
    if side := _counted_days(down, across[1:], sheet) or _plain_days(down, sheet):
        return [[name, *line[1:]] for name, line in zip(side, block, strict=True)]
    return block


def _plain_days(names: Sequence[str], sheet: Sheet) -> list[str]:
    """Return names with the dates among them written plainly; none where they are no dates, or may be other days.

    Two orders of day and month never both fit: what they say is weeks apart, and a page of the grid is a fortnight. A
    single 9/10 without its year may be a score, and 3.8 is a number.
    """
    years = sorted({day.year for day in sheet.days})
    plain = {name: day for name in names if name and (day := _day(name, sheet))}
    odd = [name for name in names if name and name not in plain]
    read = {name: day_readings(name, years=years) for name in odd if not _DECIMAL.match(name)}
    dated = {name: days for name, days in read.items() if days}
    may_be_score = not plain and len(dated) == 1 and not day_readings(next(iter(dated)))
    has_others = any(name not in dated for name in odd if name != names[0])
    if not dated or may_be_score or has_others or _row_named(names[0]):
        return []
    for order in (MONTH_FIRST, DAY_FIRST, YEAR_FIRST):
        meant = {**plain, **{name: days[order] for name, days in dated.items() if order in days}}
        is_told = all(meant.get(name) in sheet.days for name in dated)
        if is_told and len(set(meant.values())) == sum(name in meant for name in names):
            return [meant[name].isoformat() if name in dated else name for name in names]
    return []


def _counted_days(names: Sequence[str], others: Sequence[str], sheet: Sheet) -> list[str]:
    """Return names with numbers counted from the infusion written as dates; none where they may be anything else.

    Without a heading the names in the other direction must be rows. Numbers that hold no 0 may be days of a month,
    unless their heading says what they count from.
    """
    heading, *rest = names
    numbers = [name for name in rest if name]
    if not all(_COUNTED.match(name) for name in numbers):
        return []
    counted = [int(name) for name in numbers]
    is_said = _plain(heading) in _NAMES_OF_COUNTED_DAYS
    is_headed = _plain(heading) in _NAMES_OF_NUMBERED_DAYS or (not heading and _names_rows(others))
    if not (is_said or (is_headed and 0 in counted)) or len(counted) < 2 or counted != sorted(set(counted)):
        return []
    return [heading, *((sheet.day_zero + timedelta(days=int(name))).isoformat() if name else "" for name in rest)]


def _how_to_count(names: Sequence[str]) -> str:
    """Return what to write over bare numbers that may be days after infusion or days of a month; empty for others."""
    heading, *rest = names
    is_numbered = not heading or _plain(heading) in _NAMES_OF_NUMBERED_DAYS
    if not is_numbered or not all(_COUNTED.match(name) for name in rest if name):
        return ""
    where = f"in place of “{heading}”" if heading else "in the first field"
    return f" Bare numbers may be days of a month: if they are not, write “Days after infusion” {where}."


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


def _row_named(name: str) -> GridRow | None:
    return _row_and_unit(name)[0]


def _row_and_unit(name: str) -> tuple[GridRow | None, str]:
    """Return the row that a name means, and the unit written behind it where it is not the row's own.

    A share in percent is no row: neutrophils in percent are not their number.
    """
    if "%" in name or len(name) > LONGEST_NAME:
        return None, ""
    row, behind = _ROWS_BY_NAME.get(_plain(name)), _UNIT_BEHIND.match(name)
    named = row or (_ROWS_BY_NAME.get(_plain(behind[1])) if behind else None)
    if behind is None or named is None:
        return row, ""
    if not isinstance(named.item, Measured):
        is_its_unit = behind[2].casefold() == (named.item.unit or "").casefold()
        return named if is_its_unit else row, ""
    factor = named.item.factor(behind[2])
    return (row, "") if factor is None else (named, behind[2] if factor != 1 else "")


def _names_rows(names: Sequence[str], *, at_least: int = 1, at: GridRow | None = None) -> bool:
    """Tell whether texts are names of the grid's rows: at least so many of them, and half of those that are there.

    They are not where all are answers of the row ``at`` which they are pasted: “ICE” is a test, and a row.
    """
    known = sum(_row_named(name) is not None for name in names)
    if known < at_least or known * 2 < sum(bool(name) for name in names):
        return False
    return at is None or not all(_is_answer(at, name) for name in names if name)


def _is_answer(row: GridRow, text: str) -> bool:
    if not isinstance(row.item, (Choice, MultiChoice)):
        return False
    try:
        read_cell(row.item, text, day=date.min)
    except ParseError:
        return False
    return True


def _names_days(names: Sequence[str], sheet: Sheet) -> bool:
    found = [_day(name, sheet) is not None for name in names if name]
    return bool(found) and sum(found) >= max(1, len(found) - 1)


def _means_days(block: Sequence[list[str]]) -> bool:
    """Tell whether the first line of a block stands for days, also such as cannot be read."""
    left, *others = block[0]
    if not others or _row_named(left):
        return False
    over_names = not left and _names_rows([line[0] for line in block[1:]])
    return over_names or _plain(left) in _NAMES_OF_DAYS or any(_SOME_DATE.match(value) for value in block[0])


def _day(name: str, sheet: Sheet) -> date | None:
    match = _DAY.match(name.strip())
    if match:
        return sheet.day_zero + timedelta(days=int(match[1]))
    try:
        return date.fromisoformat(name.strip()) if re.fullmatch(r"\d{4}-\d\d-\d\d", name.strip(), re.ASCII) else None
    except ValueError:
        return None


def _plain(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return ""
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"\(.*?\)", "", name).casefold()).strip()


def _rows_by_name() -> Mapping[str, GridRow]:
    named: dict[str, GridRow] = {}
    for row in ROWS:
        for name in (row.label, row.label_with_unit, row.item.label, row.item_name, *row.short_names):
            named.setdefault(_plain(name), row)
    return named


_ROWS_BY_NAME = _rows_by_name()
