"""What can be done to an item on its way out, and the record of what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Verb(StrEnum):
    """What can be done to an item; the words of the PHUSE de-identification standard."""

    KEEP = "KEEP"
    DROP = "DROP"
    CLEAR = "CLEAR"
    RELDAY = "RELDAY"
    YEAR = "YEAR"
    BAND = "BAND"
    POOL = "POOL"
    RECODE = "RECODE"


VERBS: Mapping[Verb, str] = {
    Verb.KEEP: "kept as recorded",
    Verb.DROP: "left out",
    Verb.CLEAR: "left out: too few children share an answer",
    Verb.RELDAY: "replaced by a window of days from the infusion",
    Verb.YEAR: "replaced by the year or a period of years",
    Verb.BAND: "replaced by a range",
    Verb.POOL: "rare answers put together",
    Verb.RECODE: "replaced by a random-looking code",
}


class UnruledItem(RuntimeError):
    """An item has no rule in a profile; nothing is exported until it has one."""


@dataclass(frozen=True, kw_only=True)
class Bands:
    """Ranges of a number: each from one edge up to, but not including, the next; open at both ends.

    `of_whole_numbers` from 0 on they are named by the numbers in them.
    """

    edges: tuple[int, ...]
    of_whole_numbers: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the names of the ranges, lowest first; none that a spreadsheet takes for a date."""
        last = f"{self.edges[-1]} or more"
        if self.of_whole_numbers:
            ends = zip((0, *self.edges), (edge - 1 for edge in self.edges), strict=False)
            return (*(f"{low}" if low == high else f"{low} to {high}" for low, high in ends), last)
        between = (f"{low} to under {high}" for low, high in zip(self.edges, self.edges[1:], strict=False))
        return (f"under {self.edges[0]}", *between, last)

    def label(self, value: Decimal) -> str:
        """Return the name of the range a number falls into."""
        return self.labels[sum(value >= edge for edge in self.edges)]

    def read(self, text: str, sign: str) -> str:
        """Return the range of a number as a cut writes it; what is below a limit belongs to the range that ends there.

        An empty text has none.
        """
        return self.label(Decimal(text) - (Decimal("0.001") if sign == "<" else 0)) if text else ""


@dataclass(frozen=True, kw_only=True)
class Grades:
    """Grades from 0 on, with 5 put together with the highest grade that is still shown."""

    highest: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the grades as they leave, lowest first."""
        return (*(str(grade) for grade in range(self.highest)), f"{self.highest} or 5")

    def read(self, text: str, _sign: str) -> str:
        """Return a grade as it leaves; an empty text is none."""
        return self.labels[min(int(text), self.highest)] if text else ""


@dataclass(frozen=True, kw_only=True)
class Action:
    """What is done to one item and why.

    ``detail`` says more in words, ``bands`` are the ranges of a number that keeps its column. ``column`` names the
    column of `children.csv` that holds what is left of the item, where its own form no longer has one. ``pooled`` are
    the codes whose answers were put together; None where the answers were not looked at.
    """

    form: str
    item: str
    label: str
    privacy: str
    verb: Verb
    why: str
    detail: str = ""
    bands: Bands | Grades | None = None
    column: str = ""
    pooled: frozenset[str] | None = None

    @property
    def has_column(self) -> bool:
        """Tell whether the item keeps a column in its own form."""
        return self.verb not in (Verb.DROP, Verb.CLEAR) and not self.column
