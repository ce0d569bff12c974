"""The vocabulary a case report form is written in: every kind of item, in one place to import from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from forms import values
from forms.item import (
    CLINICAL,
    CONFIRM,
    DATE,
    DIRECT,
    FREE_TEXT,
    FROM_HARDEST,
    HARD,
    QI,
    QI_SITE,
    SENSITIVE,
    SOFT,
    STRUCTURE,
    WARNING,
    CodeList,
    Item,
    Privacy,
    Severity,
)
from forms.numeric_items import Count, Measured, Number, Numeric
from forms.values import Answer, ParseError, Row

if TYPE_CHECKING:
    from forms.context import Context

__all__ = [
    "CLINICAL",
    "CONFIRM",
    "DATE",
    "DIRECT",
    "FREE_TEXT",
    "FROM_HARDEST",
    "HARD",
    "QI",
    "QI_SITE",
    "SENSITIVE",
    "SOFT",
    "STRUCTURE",
    "WARNING",
    "YES_NO",
    "Choice",
    "CodeList",
    "Count",
    "Day",
    "Derived",
    "Item",
    "Link",
    "Measured",
    "Moment",
    "MultiChoice",
    "Number",
    "Numeric",
    "Privacy",
    "Severity",
    "Text",
    "YesNo",
]


@dataclass(frozen=True, kw_only=True)
class Day(Item):
    """A calendar day at the site. With ``partial`` it may end where knowledge ends (``2026-03``)."""

    partial: bool = False
    future: bool = False
    kind: ClassVar[str] = "day"

    def _parse(self, text: str) -> Answer:
        return values.parse_partial(text, with_time=False) if self.partial else values.parse_day(text)


@dataclass(frozen=True, kw_only=True)
class Moment(Item):
    """A wall-clock day and time at the site, without zone. With ``partial`` it may end where knowledge ends."""

    partial: bool = False
    future: bool = False
    kind: ClassVar[str] = "moment"

    def _parse(self, text: str) -> Answer:
        return values.parse_partial(text, with_time=True) if self.partial else values.parse_moment(text)

    def format(self, value: Answer | None) -> str:
        if value is None:
            return ""
        if isinstance(value, values.PartialDate):
            return value.text
        return value.isoformat(timespec="minutes") if isinstance(value, datetime) else str(value)

    def show(self, value: Answer | None) -> str:
        return self.format(value).replace("T", " ")


@dataclass(frozen=True, kw_only=True)
class Choice(Item):
    """One answer out of a code list."""

    codes: CodeList
    kind: ClassVar[str] = "choice"

    def _parse(self, text: str) -> Answer:
        return self.codes.parse(text)

    def show(self, value: Answer | None) -> str:
        return self.codes.labels.get(str(value), str(value)) if value is not None else ""


@dataclass(frozen=True, kw_only=True)
class MultiChoice(Item):
    """Several answers out of a code list, kept in its order; ``none`` is the code for none of these."""

    codes: CodeList
    none: str = ""
    kind: ClassVar[str] = "multi_choice"

    def _parse(self, text: str) -> Answer:
        return self.collect([part for part in text.split(";") if part.strip()])

    def collect(self, parts: list[str]) -> tuple[str, ...]:
        """Return the chosen codes in code-list order; refuse none-of-these together with another answer."""
        chosen = {self.codes.parse(part) for part in parts}
        if self.none and self.none in chosen and len(chosen) > 1:
            raise ParseError(f"“{self.codes.labels[self.none]}” goes with no other answer. Take one away.")
        return tuple(code for code in self.codes.labels if code in chosen)

    def format(self, value: Answer | None) -> str:
        return ";".join(value) if isinstance(value, tuple) else ""

    def show(self, value: Answer | None) -> str:
        return ", ".join(self.codes.labels.get(code, code) for code in value) if isinstance(value, tuple) else ""


YES_NO = CodeList("yes_no", {"yes": "Yes", "no": "No"})


@dataclass(frozen=True, kw_only=True)
class YesNo(Item):
    """A claim that is true or false."""

    kind: ClassVar[str] = "yes_no"

    def _parse(self, text: str) -> Answer:
        word = text.strip().casefold()
        if word in ("yes", "y", "true", "1"):
            return True
        if word in ("no", "n", "false", "0"):
            return False
        raise ParseError(f"“{text.strip()}” is neither yes nor no. Write one of the two.")

    def format(self, value: Answer | None) -> str:
        return "" if value is None else ("yes" if value else "no")

    def show(self, value: Answer | None) -> str:
        return self.format(value).capitalize()


@dataclass(frozen=True, kw_only=True)
class Text(Item):
    """Words. Text that could name a person is ``FREE_TEXT`` and leaves the registry in no de-identified file."""

    max_length: int = 200
    kind: ClassVar[str] = "text"

    def _parse(self, text: str) -> Answer:
        return values.clean_text(text, max_length=self.max_length)


@dataclass(frozen=True, kw_only=True)
class Link(Item):
    """Another record of the same child, by its key; with ``many`` several."""

    form: str
    many: bool = False
    missing: bool = False
    kind: ClassVar[str] = "link"

    def _parse(self, text: str) -> Answer:
        keys = tuple(sorted({part.strip() for part in text.split(";") if part.strip()}))
        if self.many:
            return keys
        if len(keys) > 1:
            raise ParseError("Choose one record only.")
        return keys[0]

    def format(self, value: Answer | None) -> str:
        return ";".join(value) if isinstance(value, tuple) else ("" if value is None else str(value))


@dataclass(frozen=True, kw_only=True)
class Derived(Item):
    """A value the server computes from one row and what it links to; never typed, never stale.

    ``result`` is the kind of the value (a Count, Number, Choice or whole Day); ``compute(row, context)`` returns it or
    None. ``help`` says how it comes about; ``is_day_number`` that it numbers a day (day 2) and is no length (2 days).
    """

    result: Count | Number | Choice | Day
    compute: Callable[[Row, Context], Answer | None]
    is_day_number: bool = False
    missing: bool = False
    kind: ClassVar[str] = "derived"

    def __post_init__(self) -> None:
        if isinstance(self.result, Day) and self.result.partial:
            raise ValueError(f"{self.label}: a derived day is known to the day, or it is not derived")

    def format(self, value: Answer | None) -> str:
        return self.result.format(value)

    def show(self, value: Answer | None) -> str:
        return self.result.show(value)
