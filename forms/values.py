"""The values an answer can have, and how text becomes one of them."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from forms.misread import day_instead, moment_instead, number_instead


class NullFlavour(StrEnum):
    """Why an answer is missing (HL7 null flavours): stored beside the answers, never as an answer."""

    NOT_DONE = "NASK"
    UNKNOWN = "UNK"
    NOT_APPLICABLE = "NAP"
    REFUSED = "ASKU"
    NOT_AVAILABLE = "NAV"

    @property
    def label(self) -> str:
        """Return the words shown on the page."""
        return _FLAVOUR_LABELS[self]


_FLAVOUR_LABELS = {
    NullFlavour.NOT_DONE: "Not done",
    NullFlavour.UNKNOWN: "Unknown",
    NullFlavour.NOT_APPLICABLE: "Not applicable",
    NullFlavour.REFUSED: "Asked, not answered",
    NullFlavour.NOT_AVAILABLE: "Not available now (asleep, result pending)",
}

_PARTIAL = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d))?)?)?)?\Z", re.ASCII)


@dataclass(frozen=True)
class PartialDate:
    """An ISO 8601 date or time cut off where knowledge ends: ``2026``, ``2026-03``, ``2026-03-05T14``.

    Comparing two of them is only meaningful through ``earliest`` and ``latest``.
    """

    text: str

    def __post_init__(self) -> None:
        match = _PARTIAL.match(self.text)
        if not match:
            raise ValueError(f"“{self.text}” is not a date such as 2026-03-05, 2026-03 or 2026")
        _filled(self.text, earliest=True)

    @property
    def earliest(self) -> datetime:
        """Return the first minute this value can mean."""
        return _filled(self.text, earliest=True)

    @property
    def latest(self) -> datetime:
        """Return the last minute this value can mean."""
        return _filled(self.text, earliest=False)

    @property
    def is_whole_day(self) -> bool:
        """Tell whether the calendar day is known."""
        return len(self.text) >= 10

    def __str__(self) -> str:
        return self.text.replace("T", " ")


@lru_cache(maxsize=10_000)
def _filled(text: str, *, earliest: bool) -> datetime:
    match = _PARTIAL.match(text)
    assert match is not None
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    assert year is not None
    month = month if month is not None else (1 if earliest else 12)
    if not 1 <= month <= 12:
        raise ValueError(f"“{text}”: there is no month {month:02}")
    last_day = calendar.monthrange(year, month)[1]
    day = day if day is not None else (1 if earliest else last_day)
    hour = hour if hour is not None else (0 if earliest else 23)
    minute = minute if minute is not None else (0 if earliest else 59)
    return datetime(year, month, day, hour, minute)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A measured value in its canonical unit, with what was typed kept beside it."""

    value: Decimal
    sign: str = ""
    unit_typed: str = ""
    text_typed: str = ""

    def __str__(self) -> str:
        return f"{self.sign}{plain(self.value)}"

    def is_below(self, limit: Decimal | int) -> bool | None:
        """Tell whether what was measured is below a limit; None where its sign leaves both possible."""
        if self.sign == "<":
            return True if self.value <= limit else None
        if self.sign == ">":
            return False if self.value >= limit else None
        return self.value < limit

    def is_above(self, limit: Decimal | int) -> bool | None:
        """Tell whether what was measured is above a limit; None where its sign leaves both possible."""
        if self.sign == ">":
            return True if self.value >= limit else None
        if self.sign == "<":
            return False if self.value <= limit else None
        return self.value > limit

    def is_at_least(self, limit: Decimal | int) -> bool | None:
        """Tell whether what was measured is a limit or above; None where its sign leaves both possible."""
        below = self.is_below(limit)
        return None if below is None else not below

    def is_at_most(self, limit: Decimal | int) -> bool | None:
        """Tell whether what was measured is a limit or below; None where its sign leaves both possible."""
        above = self.is_above(limit)
        return None if above is None else not above


Answer = bool | int | Decimal | str | date | datetime | PartialDate | Measurement | tuple[str, ...]
Value = Answer | NullFlavour | None
Row = Mapping[str, Value]


class ParseError(ValueError):
    """What was typed cannot be read as the item's kind; the message says what was found and what to do."""


def answer(row: Row, name: str) -> Answer | None:
    """Return the answer to an item, or None where it is missing for whatever reason."""
    value = row.get(name)
    return None if isinstance(value, NullFlavour) else value


def earliest(value: Value) -> datetime | None:
    """Return the first moment a date, time or partial date can mean; None when missing."""
    if isinstance(value, PartialDate):
        return value.earliest
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None


def latest(value: Value) -> datetime | None:
    """Return the last moment a date, time or partial date can mean; None when missing."""
    if isinstance(value, PartialDate):
        return value.latest
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, 23, 59) if isinstance(value, date) else None


def day_of(value: Value) -> date | None:
    """Return the calendar day of a date, time or partial date; None where the day is not known."""
    if isinstance(value, PartialDate):
        return value.earliest.date() if value.is_whole_day else None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def is_before(first: Value, second: Value) -> bool | None:
    """Tell whether the first is before the second for every possible value; None when either is missing.

    False when it may be otherwise, so a check built on it is silent unless the order is impossible. A date is the
    whole day: a time on the same day is neither before nor after it.
    """
    last_of_first, first_of_second = latest(first), earliest(second)
    if last_of_first is None or first_of_second is None:
        return None
    return last_of_first < first_of_second


def plain(number: Decimal) -> str:
    """Return a decimal as people write it: no exponent, no needless sign."""
    text = format(number, "f")
    return "0" if text in ("-0", "") else text


def trimmed(text: str) -> str:
    """Return a number in text without zeros that say nothing: a dose of 10.000 mg is easily read as ten thousand."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def clean_text(text: str, *, max_length: int) -> str:
    """Return text NFC-normalised with LF line ends; refuse what a database or a reader could not keep."""
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    for character in normal:
        if "\ud800" <= character <= "\udfff" or (ord(character) < 32 and character not in "\n\t"):
            raise ParseError("It contains a character that cannot be stored. Type it again without copying.")
    if len(normal) > max_length:
        raise ParseError(f"It has {len(normal)} characters; at most {max_length} fit. Shorten it.")
    return normal


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)
_THOUSANDS = re.compile(r"([+-]?[1-9]\d{0,2})([.,])(\d\d)(\d)\Z", re.ASCII)


def parse_decimal(text: str, *, decimals: int, digits: int) -> Decimal:
    """Return the decimal number that a text says, exactly.

    Refuses a comma, an exponent, NaN, more ``decimals`` than are kept, more than ``digits`` before the point, and what
    may be meant in thousands.
    """
    stripped = text.strip()
    if decimals < 3 or "," in stripped:
        refuse_thousands(stripped)
    if "," in stripped:
        such = number_instead(stripped) or "12.5"
        raise ParseError(f"“{stripped}”: write the number with a point, such as {such}, and without thousands marks.")
    if not _NUMBER.match(stripped):
        raise ParseError(f"“{stripped}” is not a number. Write digits, such as 12.5.")
    number = Decimal(stripped)
    fraction = stripped.partition(".")[2].rstrip("0")
    if len(fraction) > decimals:
        kept = "a whole number" if decimals == 0 else f"at most {decimals} decimal{'s' if decimals > 1 else ''}"
        raise ParseError(f"“{stripped}” has {len(fraction)} decimals; give {kept}.")
    if number and number.adjusted() >= digits:  # arithmetic overflows with a million digits
        raise ParseError(f"“{stripped}” is far too large here. Check the number and its unit.")
    return number.quantize(Decimal(1).scaleb(-decimals)) + 0


def refuse_thousands(text: str) -> None:
    """Raise ParseError for 2.400 and 2,400, which are 2.4 to one reader and two thousand four hundred to another.

    With a point only where the last decimal is an idle zero: nobody writes it where so many decimals are not kept.
    """
    found = _THOUSANDS.match(text.strip())
    if found and (found[2] == "," or found[4] == "0"):
        before, _, hundredths, last = found.groups()
        small, large = trimmed(f"{before}.{hundredths}{last}"), f"{before}{hundredths}{last}"
        raise ParseError(f"“{text.strip()}” could be {small} or {large}. Write {small} or {large}.")


def parse_day(text: str) -> date:
    """Return the calendar day that a text such as 2026-03-05 says."""
    stripped = text.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", stripped, re.ASCII):
        try:
            return date.fromisoformat(stripped)
        except ValueError:
            raise ParseError(f"“{stripped}” is not in the calendar. Check the day and the month.") from None
    instead = day_instead(stripped) or "Write it as year-month-day, such as 2026-03-05."
    raise ParseError(f"“{stripped}” is not a date. {instead}")


def parse_moment(text: str) -> datetime:
    """Return the wall-clock time that a text such as 2026-03-05 14:30 says."""
    stripped = _with_colon(text.strip().replace(" ", "T", 1))
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:00)?", stripped, re.ASCII):
        try:
            return datetime.fromisoformat(stripped)
        except ValueError:
            instead = moment_instead(text) or "Check both."
            raise ParseError(f"“{text.strip()}” is not a possible day and time. {instead}") from None
    instead = moment_instead(text) or "Write it as 2026-03-05 14:30."
    raise ParseError(f"“{text.strip()}” is not a day with a time. {instead}")


def _with_colon(text: str) -> str:
    """Return a time as the ward writes it, ``2026-03-05T1430``, with the colon that belongs in it."""
    return re.sub(r"\A(\d{4}-\d\d-\d\dT\d\d)(\d\d)\Z", r"\1:\2", text, flags=re.ASCII)


def parse_partial(text: str, *, with_time: bool) -> PartialDate:
    """Return the partial date that a text says: as much of 2026-03-05 (14:30) as is known."""
    stripped = _with_colon(text.strip().replace(" ", "T", 1))
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00", stripped, re.ASCII):
        stripped = stripped[:-3]
    example = "2026-03-05 14:30, 2026-03-05 or 2026-03" if with_time else "2026-03-05, 2026-03 or 2026"
    if "T" in stripped and not with_time:
        raise ParseError(f"“{text.strip()}” has a time; only the date is asked. Write it as {example}.")
    try:
        return PartialDate(stripped)
    except ValueError:
        instead = (moment_instead(text) if with_time else "") or day_instead(text)
        instead = instead or f"Write as much as is known: {example}."
        raise ParseError(f"“{text.strip()}” is not a date. {instead}") from None
