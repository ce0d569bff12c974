"""What a text that cannot be read was probably meant to be, so that the message can say what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

MONTH_FIRST, DAY_FIRST, YEAR_FIRST = "month first", "day first", "year first"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_PARTS = re.compile(r"(\d{1,4})([./-])(\d{1,2})(?:\2(\d{1,4}))?\Z", re.ASCII)
_NAMED = re.compile(r"(\d{1,2})[ .-]*([a-z]{3})[a-z]*[ .,-]*(\d{4}|\d\d)?\Z", re.ASCII | re.IGNORECASE)
LONGEST = 60
"""Characters of a day with a time, however it is written; ``_TIME_BEHIND`` takes n squared steps over n blanks."""
_TIME_BEHIND = re.compile(r"(.+?)(?:,?\s+|T)(\d{1,2})(?:[:.h]?(\d\d))(?::00)?\Z", re.ASCII)
_COMMA = re.compile(r"([<>+-]?)\s*(\d{1,12}),(\d{1,12})\Z", re.ASCII)
_TWELVE_HOURS = re.compile(r"(.+?),?\s+(\d{1,2})(?:[:.](\d\d))?\s*([ap])\.?m\.?\Z", re.ASCII | re.IGNORECASE)
"""A day with a time of twelve hours, such as 2026-03-05 8:30 pm."""


def day_readings(text: str, *, years: Sequence[int] = ()) -> dict[str, date]:
    """Return the days that a date written another way can mean, by the order of its parts.

    Where it names no year, the first of ``years`` counts in which there is such a day; a year of two digits is one of
    this century.
    """
    if named := _NAMED.match(text.strip()):
        day, month, year = named.groups()
        number = MONTHS.index(month.lower()) + 1 if month.lower() in MONTHS else 0
        found = {DAY_FIRST: _day(year, number, int(day), years)}
    elif parts := _PARTS.match(text.strip()):
        first, _, second, last = parts.groups()
        if len(first) > 2:
            found = {YEAR_FIRST: _day(first, int(second), int(last), years) if last else None}
        else:
            found = {
                MONTH_FIRST: _day(last, int(first), int(second), years),
                DAY_FIRST: _day(last, int(second), int(first), years),
            }
    else:
        found = {}
    return {order: day for order, day in found.items() if day}


def _day(year: str | None, month: int, day: int, years: Sequence[int]) -> date | None:
    if year is not None and len(year) not in (2, 4):
        return None
    written = years if year is None else [int(year) + (2000 if len(year) == 2 else 0)]
    for one in written:
        try:
            return date(one, month, day)
        except ValueError:
            continue
    return None


def day_instead(text: str) -> str:
    """Return in words what to write instead of a date written another way; empty where nobody can tell."""
    return _instead(text, "")


def moment_instead(text: str) -> str:
    """Return in words what to write instead of a day with a time written another way; empty where nobody can tell.

    24:00 is midnight at the end of its day, which is 00:00 of the next.
    """
    written, later = text.strip(), 0
    if len(written) > LONGEST:
        return ""
    if half := _TWELVE_HOURS.match(written):
        day, hour, minute = half[1], int(half[2]), half[3] or "00"
        is_possible, hour = 1 <= hour <= 12, hour % 12 + (12 if half[4] in "pP" else 0)
    elif behind := _TIME_BEHIND.match(written):
        day, hour, minute = behind[1], int(behind[2]), behind[3]
        later, hour = (1, 0) if (hour, minute) == (24, "00") else (0, hour)
        is_possible = hour < 24
    else:
        return ""
    return _instead(day, f" {hour:02}:{minute}", later) if is_possible and int(minute) < 60 else ""


def _instead(text: str, time: str, later: int = 0) -> str:
    """Return which day to write, so many days ``later``, with the time behind it."""
    days = sorted(day for day in set(day_readings(text).values()) if not later or day < date.max)
    if not days:
        return ""
    choices = [f"{day + timedelta(days=later)}{time}" for day in days]
    return f"Write {choices[0]}." if len(choices) == 1 else f"It could be {' or '.join(choices)}: write which."


def number_instead(text: str) -> str:
    """Return a number with a decimal comma as it is to be written; empty for any other text."""
    return text.replace(",", ".") if re.fullmatch(r"[+-]?\d+,\d+", text, re.ASCII) else ""


def numbers_meant(text: str) -> tuple[str, ...]:
    """Return what a number with a comma can mean: two numbers where it may mark thousands, none for any other text."""
    found = _COMMA.match(text.strip())
    if not found:
        return ()
    sign, before, behind = found.groups()
    decimal = f"{sign}{before}.{behind}".rstrip("0").rstrip(".")
    may_be_thousands = len(behind) == 3 and len(before) <= 3 and before[0] != "0"
    return (decimal, f"{sign}{before}{behind}") if may_be_thousands else (decimal,)
