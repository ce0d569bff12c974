"""The vocabulary a case report form is written in: kinds of items, their privacy classes and code lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from forms import values
from forms.branching import When
from forms.values import Answer, Measurement, ParseError, Row

if TYPE_CHECKING:
    from forms.context import Context


class Privacy(StrEnum):
    """How much an item can give a child away: decides what each export profile does to it."""

    DIRECT = "direct identifier"
    DATE = "date"
    QI = "quasi-identifier"
    QI_SITE = "site-linked quasi-identifier"
    SENSITIVE = "sensitive"
    FREE_TEXT = "free text"
    CLINICAL = "clinical"
    STRUCTURE = "structure"


DIRECT, DATE, QI, QI_SITE = Privacy.DIRECT, Privacy.DATE, Privacy.QI, Privacy.QI_SITE
SENSITIVE, FREE_TEXT = Privacy.SENSITIVE, Privacy.FREE_TEXT
CLINICAL, STRUCTURE = Privacy.CLINICAL, Privacy.STRUCTURE


class Severity(StrEnum):
    """What a finding does: refuse, ask for confirmation, open a data query, or only show."""

    HARD = "hard"
    CONFIRM = "confirm"
    SOFT = "soft"
    WARNING = "warning"


HARD, CONFIRM, SOFT, WARNING = Severity.HARD, Severity.CONFIRM, Severity.SOFT, Severity.WARNING

_CODE = re.compile(r"[a-z0-9][a-z0-9_]*\Z")


@dataclass(frozen=True)
class CodeList:
    """The answers of a choice: code -> label, in the order shown."""

    name: str
    labels: Mapping[str, str]

    def __post_init__(self) -> None:
        for code in self.labels:
            if not _CODE.match(code):
                raise ValueError(f"code list {self.name}: “{code}” must be lower-case letters, digits, underscores")

    def __contains__(self, code: object) -> bool:
        return code in self.labels

    def parse(self, text: str) -> str:
        """Return the code that a text names, by code or by label."""
        wanted = text.strip()
        if wanted in self.labels:
            return wanted
        for code, label in self.labels.items():
            if wanted.casefold() in (code, label.casefold()):
                return code
        shown = ", ".join(list(self.labels)[:12]) + (", …" if len(self.labels) > 12 else "")
        raise ParseError(f"“{wanted}” is not one of the answers. Choose from: {shown}.")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of a form. ``privacy`` has no default; ``section`` starts a new heading on the page.

    ``extended`` items are beyond the core that every infused child needs. ``derives_from`` names items of the same
    form (or ``form.item``) whose value this one gives away. ``known_to_outsiders`` marks what a newspaper or a
    neighbour can know. ``missing`` False means no reason for a missing answer can be given (structure).
    """

    label: str
    privacy: Privacy
    help: str = ""
    unit: str = ""
    required: bool = False
    ask_if: When | None = None
    extended: bool = False
    section: str = ""
    since: int = 1
    until: int | None = None
    derives_from: tuple[str, ...] = ()
    known_to_outsiders: bool = False
    missing: bool = True
    kind: ClassVar[str] = "item"

    def parse(self, text: str) -> Answer | None:
        """Return the answer a text says, None for an empty text; raise ParseError with words for a person."""
        return self._parse(text) if text.strip() else None

    def _parse(self, text: str) -> Answer:
        raise ParseError(f"{self.label} cannot be typed.")

    def format(self, value: Answer | None) -> str:
        """Return the text that ``parse`` reads back as the same answer."""
        return "" if value is None else str(value)

    def show(self, value: Answer | None) -> str:
        """Return the answer in words for a person, without the unit."""
        return self.format(value)


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
class Numeric(Item):
    """Limits shared by everything that is counted or measured.

    ``low``..``high`` are the limits beyond which the answer is refused, or, with ``beyond=CONFIRM``, stored only when
    checked against source. ``soft_low``..``soft_high`` only warn.
    """

    decimals: int = 0
    low: Decimal | int | None = None
    high: Decimal | int | None = None
    soft_low: Decimal | int | None = None
    soft_high: Decimal | int | None = None
    beyond: Severity = HARD

    def __post_init__(self) -> None:
        if self.low is None or self.high is None:
            raise ValueError(f"“{self.label}” needs low= and high=: they decide how wide the column is")

    @property
    def digits(self) -> int:
        """Return the digits kept before the point: one more than the limits need, so that a slip can be shown."""
        assert self.low is not None and self.high is not None
        return len(str(max(abs(int(self.low)), abs(int(self.high))))) + 1

    def format(self, value: Answer | None) -> str:
        return values.plain(value) if isinstance(value, Decimal) else ("" if value is None else str(value))

    def show(self, value: Answer | None) -> str:
        """Return the number without needless zeros; what has one decimal, such as a temperature of 38.0, keeps it."""
        return values.trimmed(self.format(value)) if self.decimals > 1 else self.format(value)


@dataclass(frozen=True, kw_only=True)
class Number(Numeric):
    """A decimal number kept exactly, with a fixed number of decimals."""

    kind: ClassVar[str] = "number"

    def _parse(self, text: str) -> Answer:
        return values.parse_decimal(text, decimals=self.decimals, digits=self.digits)


@dataclass(frozen=True, kw_only=True)
class Count(Numeric):
    """A whole number."""

    kind: ClassVar[str] = "count"

    def _parse(self, text: str) -> Answer:
        return int(values.parse_decimal(text, decimals=0, digits=self.digits))


_MEASURED = re.compile(r"\s*([<>]?)\s*([^\s]+)\s*(.*?)\s*\Z", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Measured(Numeric):
    """A laboratory value: number, sign (``<``, ``>``) and unit; other units convert to the canonical one.

    ``units`` maps another unit to the exact factor that turns it into ``unit``; the text typed is kept as typed.
    """

    units: Mapping[str, Decimal] = field(default_factory=dict)
    kind: ClassVar[str] = "measured"

    def _parse(self, text: str) -> Answer:
        match = _MEASURED.match(values.clean_text(text, max_length=60))
        if not match:
            raise ParseError(f"“{text.strip()}” is not a value. Write a number, such as 12.5 or <0.5.")
        sign, number, unit = match.groups()
        return self.measure(number, unit or self.unit, sign=sign, text_typed=text.strip())

    def measure(self, number: str, unit: str, *, sign: str = "", text_typed: str = "") -> Measurement:
        """Return the measurement for a number in the given unit, converted to the canonical unit."""
        known = {self.unit.casefold(): Decimal(1), **{name.casefold(): factor for name, factor in self.units.items()}}
        factor = known.get(unit.replace("10⁹", "10^9").casefold())
        if factor is None:
            allowed = ", ".join((self.unit, *self.units))
            raise ParseError(f"“{unit}” is not a unit of {self.label}. Use one of: {allowed}.")
        if factor == 1:
            value = values.parse_decimal(number, decimals=self.decimals, digits=self.digits)
        else:
            typed = values.parse_decimal(number, decimals=6, digits=12)
            value = (typed * factor).quantize(Decimal(1).scaleb(-self.decimals)) + 0
            if abs(value) >= 10**self.digits:
                raise ParseError(f"“{number} {unit}” is far too large here. Check the number and its unit.")
        shown = text_typed or f"{sign}{number}"
        return Measurement(value=value, sign=sign, unit_typed=unit, text_typed=shown)

    def format(self, value: Answer | None) -> str:
        return str(value) if isinstance(value, Measurement) else ""

    def show(self, value: Answer | None) -> str:
        return values.trimmed(self.format(value))


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
        raise ParseError(f"“{text.strip()}” is neither yes nor no.")

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

    ``result`` is the kind of the value (a Count, Number or Choice); ``compute(row, context)`` returns it or None.
    ``help`` says how it comes about.
    """

    result: Count | Number | Choice
    compute: Callable[[Row, Context], Answer | None]
    missing: bool = False
    kind: ClassVar[str] = "derived"

    def format(self, value: Answer | None) -> str:
        return self.result.format(value)

    def show(self, value: Answer | None) -> str:
        return self.result.show(value)
