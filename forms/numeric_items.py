"""Items that are counted or measured: numbers with limits and units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from forms import values
from forms.item import HARD, Item, Severity
from forms.values import Answer, Measurement, ParseError


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """How a number in another unit becomes one in an item's own: first the offset is added, then the factor applied."""

    unit: str
    factor: Decimal
    offset: int = 0


WRITTEN_IN: Mapping[str, tuple[Conversion, ...]] = {
    "°C": (Conversion(unit="°F", offset=-32, factor=1 / Decimal("1.8")),),
    "kg": (Conversion(unit="lb", factor=Decimal("0.45359237")),),
    "cm": (Conversion(unit="m", factor=Decimal(100)), Conversion(unit="in", factor=Decimal("2.54"))),
}
"""Unit of a plain number -> the other units it is written in by mistake."""

_NUMBER_AND_UNIT = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*(\D*)\Z", re.ASCII)


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

    @cached_property
    def usual(self) -> tuple[Decimal, Decimal]:
        """Return the narrower of the soft and the hard limits."""
        lows = [Decimal(low) for low in (self.low, self.soft_low) if low is not None]
        highs = [Decimal(high) for high in (self.high, self.soft_high) if high is not None]
        return max(lows), min(highs)

    @property
    def ordinary(self) -> tuple[Decimal, Decimal] | None:
        """Return the limits within which nobody has a word to say; None where a number is looked at in any case."""
        return None if self.unit in WRITTEN_IN else self.usual

    @property
    def digits(self) -> int:
        """Return the digits kept before the point: one more than the limits need, so that a slip can be shown."""
        assert self.low is not None and self.high is not None
        return len(str(max(abs(int(self.low)), abs(int(self.high))))) + 1

    def _read(self, text: str, *, decimals: int, digits: int) -> Decimal:
        """Return the number that a text says; where it cannot be read, tell what it was probably meant to be."""
        try:
            return values.parse_decimal(text, decimals=decimals, digits=digits)
        except ParseError as unread:
            raise ParseError(self._meant(text.strip()) or str(unread)) from None

    def _meant(self, text: str) -> str:
        """Return what to write instead of a number with a unit behind it, or of one that fits only another unit."""
        found = _NUMBER_AND_UNIT.match(text)
        if found is None:
            return ""
        number, unit = found.groups()
        if unit and unit.casefold() == self.unit.casefold():
            return f"“{text}”: write the number alone, {number}. Its unit is {self.unit} already."
        if unit and not self.unit and unit[0].isalpha():
            return f"“{text}”: write the number alone, {number}."
        assert self.low is not None and self.high is not None
        is_possible = self.low <= Decimal(number) <= self.high
        for other in WRITTEN_IN.get(self.unit, ()):
            converted = (Decimal(number) + other.offset) * other.factor
            is_named = unit.casefold() == other.unit.casefold()
            if self.low <= converted <= self.high and (is_named or (not unit and not is_possible)):
                meant = values.trimmed(f"{converted:.{self.decimals}f}")
                return f"“{text}” looks like {other.unit}: {number} {other.unit} is {meant} {self.unit}. Write {meant}."
        return ""

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
        return self._read(text, decimals=self.decimals, digits=self.digits)


@dataclass(frozen=True, kw_only=True)
class Count(Numeric):
    """A whole number."""

    kind: ClassVar[str] = "count"

    def _parse(self, text: str) -> Answer:
        return int(self._read(text, decimals=0, digits=self.digits))


_MEASURED = re.compile(r"\s*([<>]?)\s*([^\s]+)\s*(.*?)\s*\Z", re.DOTALL)
_THOUSANDTH = Decimal("0.001")
_WITHOUT_BLANK = re.compile(r"([+-]?[\d.,]+)([^\d.,].*)\Z", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Measured(Numeric):
    """A laboratory value: number, sign (``<``, ``>``) and unit; other units convert to the canonical one.

    ``units`` maps another unit to the exact factor that turns it into ``unit``; the text typed is kept as typed.
    ``common`` is the range in which the values of sick children mostly lie; numbers outside may be in another unit.
    """

    units: Mapping[str, Decimal] = field(default_factory=dict)
    common: tuple[Decimal | int, Decimal | int] | None = None
    kind: ClassVar[str] = "measured"

    def _parse(self, text: str) -> Answer:
        match = _MEASURED.match(values.clean_text(text, max_length=60))
        if not match:
            raise ParseError(f"“{text.strip()}” is not a value. Write a number, such as 12.5 or <0.5.")
        sign, number, unit = match.groups()
        glued = _WITHOUT_BLANK.match(f"{number} {unit}".strip())
        if glued and self.factor(glued[2].strip()) is not None:
            number, unit = glued[1], glued[2].strip()
        return self.measure(number, unit or self.unit, sign=sign, text_typed=text.strip())

    @cached_property
    def _common(self) -> tuple[Decimal, Decimal]:
        low, high = self.common or (self.low, self.high)
        assert low is not None and high is not None and self.low is not None and self.high is not None
        return max(Decimal(low), Decimal(self.low)), min(Decimal(high), Decimal(self.high))

    def is_common(self, number: Decimal) -> bool:
        """Tell whether a sick child often has such a value; where nobody said what is common, all possible ones are."""
        low, high = self._common
        return low <= number <= high

    @property
    def ordinary(self) -> tuple[Decimal, Decimal]:
        return max(self.usual[0], self._common[0]), min(self.usual[1], self._common[1])

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Return the units that only spell another one of this item differently: read when typed, never offered."""
        first: dict[str, str] = {}
        for unit in (self.unit, *self.units):
            first.setdefault(unit.replace("µ", "u").removeprefix("x").removeprefix("cells"), unit)
        return frozenset(self.units) - frozenset(first.values())

    def factor(self, unit: str) -> Decimal | None:
        """Return what turns a number in a unit into the canonical one; None for a unit that is not known here."""
        known = {self.unit.casefold(): Decimal(1), **{name.casefold(): factor for name, factor in self.units.items()}}
        return known.get(unit.replace("10⁹", "10^9").casefold())

    def measure(self, number: str, unit: str, *, sign: str = "", text_typed: str = "") -> Measurement:
        """Return the measurement for a number in the given unit, converted to the canonical unit."""
        factor = self.factor(unit)
        if factor is None:
            allowed = ", ".join(name for name in (self.unit, *self.units) if name not in self.spellings)
            raise ParseError(f"“{unit}” is not a unit of {self.label}. Use one of: {allowed}.")
        if factor == 1:
            value = values.parse_decimal(number, decimals=self.decimals, digits=self.digits)
        else:
            if factor * _THOUSANDTH < Decimal(1).scaleb(-self.decimals):
                values.refuse_thousands(number)
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
