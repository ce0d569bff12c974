"""The days that stand along a copied block: how they are written, and which dates they mean on a page of the grid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from forms.misread import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, day_readings
from registry.grid.block_rows import names_rows, plain, row_named
from registry.grid.sheet import Sheet

_DAY = re.compile(r"(?:day|d)\s*\+?(\d{1,4})\Z", re.IGNORECASE)
_SOME_DATE = re.compile(
    r"\d{1,4}([./-])\d{1,2}\1\d{1,4}\b|\d{1,2}[ .-]*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.I
)
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


def with_plain_days(block: list[list[str]], sheet: Sheet) -> list[list[str]]:
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
    known = {name: day for name in names if name and (day := day_named(name, sheet))}
    odd = [name for name in names if name and name not in known]
    read = {name: day_readings(name, years=years) for name in odd if not _DECIMAL.match(name)}
    dated = {name: days for name, days in read.items() if days}
    may_be_score = not known and len(dated) == 1 and not day_readings(next(iter(dated)))
    has_others = any(name not in dated for name in odd if name != names[0])
    if not dated or may_be_score or has_others or row_named(names[0]):
        return []
    for order in (MONTH_FIRST, DAY_FIRST, YEAR_FIRST):
        meant = {**known, **{name: days[order] for name, days in dated.items() if order in days}}
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
    is_said = plain(heading) in _NAMES_OF_COUNTED_DAYS
    is_headed = plain(heading) in _NAMES_OF_NUMBERED_DAYS or (not heading and names_rows(others))
    if not (is_said or (is_headed and 0 in counted)) or len(counted) < 2 or counted != sorted(set(counted)):
        return []
    return [heading, *((sheet.day_zero + timedelta(days=int(name))).isoformat() if name else "" for name in rest)]


def how_to_count(names: Sequence[str]) -> str:
    """Return what to write over bare numbers that may be days after infusion or days of a month; empty for others."""
    heading, *rest = names
    is_numbered = not heading or plain(heading) in _NAMES_OF_NUMBERED_DAYS
    if not is_numbered or not all(_COUNTED.match(name) for name in rest if name):
        return ""
    where = f"in place of “{heading}”" if heading else "in the first field"
    return f" Bare numbers may be days of a month: if they are not, write “Days after infusion” {where}."


def names_days(names: Sequence[str], sheet: Sheet) -> bool:
    """Tell whether texts are days as the grid writes them, all but one at most."""
    found = [day_named(name, sheet) is not None for name in names if name]
    return bool(found) and sum(found) >= max(1, len(found) - 1)


def means_days(block: Sequence[list[str]]) -> bool:
    """Tell whether the first line of a block stands for days, also such as cannot be read."""
    left, *others = block[0]
    if not others or row_named(left):
        return False
    over_names = not left and names_rows([line[0] for line in block[1:]])
    return over_names or plain(left) in _NAMES_OF_DAYS or any(_SOME_DATE.match(value) for value in block[0])


def day_named(name: str, sheet: Sheet) -> date | None:
    """Return the day that a text means as the grid writes days: `Day 3` or 2026-03-08."""
    match = _DAY.match(name.strip())
    if match:
        return sheet.day_zero + timedelta(days=int(match[1]))
    try:
        return date.fromisoformat(name.strip()) if re.fullmatch(r"\d{4}-\d\d-\d\d", name.strip(), re.ASCII) else None
    except ValueError:
        return None
