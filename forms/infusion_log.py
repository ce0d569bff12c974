"""A site's infusion log: the quarters it counts, and how many of the infused children have to be enrolled.

It is no form of the casebook: a site counts in it every child it infuses, also those who are in no registry.
"""

from __future__ import annotations

from datetime import date

CAPTURE_WANTED_PERCENT = 80
"""Of the children whom a site infused, how many have to be enrolled for comparisons between sites (CLINICAL.md D16)."""


def quarter_of(day: date) -> str:
    """Return the quarter of a day, such as 2026-Q1."""
    return _name(_number_of(day))


def quarters_until(day: date) -> list[str]:
    """Return the quarter of a day and the eleven before it, newest first."""
    newest = _number_of(day)
    return [_name(number) for number in range(newest, newest - 12, -1)]


def quarters_ended(first: str, day: date) -> list[str]:
    """Return the quarters from the first one on that ended before the quarter of a day; ValueError for no quarter."""
    begin = int(first[:4]) * 4 + int(first[-1]) - 1
    return [_name(number) for number in range(begin, _number_of(day))]


def days_of(quarter: str) -> tuple[date, date]:
    """Return the first and the last day of a quarter, such as 2026-01-01 and 2026-03-31 of 2026-Q1."""
    year, first_month = int(quarter[:4]), 3 * int(quarter[-1]) - 2
    return date(year, first_month, 1), date(year, first_month + 2, 30 if quarter[-1] in "23" else 31)


def _number_of(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def _name(number: int) -> str:
    return f"{number // 4}-Q{number % 4 + 1}"
