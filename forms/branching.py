"""When an item is asked: a value that Python and the page evaluate alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from forms.values import Measurement, NullFlavour, Row, Value


@dataclass(frozen=True)
class When:
    """A condition on earlier answers of the same form.

    ``When("stopped_at")`` holds once the item is answered (a yes/no item: with yes).
    ``When("route", is_in=("sc",))`` holds when the answer, or one of several, is in the list; ``at_least`` compares a
    number. ``When.all_of(...)`` and ``When.any_of(...)`` combine; ``negated`` turns the result round. A missing answer
    never satisfies a plain condition.
    """

    item: str = ""
    is_in: tuple[str, ...] = ()
    at_least: int | None = None
    every: tuple[When, ...] = ()
    some: tuple[When, ...] = ()
    negated: bool = False

    @classmethod
    def all_of(cls, *conditions: When) -> When:
        """Return the condition that holds when every one of the given ones does."""
        return cls(every=conditions)

    @classmethod
    def any_of(cls, *conditions: When) -> When:
        """Return the condition that holds when at least one of the given ones does."""
        return cls(some=conditions)

    @property
    def items(self) -> frozenset[str]:
        """Return the names of the items this condition reads."""
        own = frozenset({self.item}) if self.item else frozenset()
        return own.union(*(part.items for part in self.every + self.some))

    def holds(self, row: Row) -> bool:
        """Tell whether the condition holds for a row of answers."""
        if self.every or self.some:
            met = all(part.holds(row) for part in self.every) if self.every else any(p.holds(row) for p in self.some)
        else:
            met = self._is_met_by(row.get(self.item))
        return met is not self.negated

    def _is_met_by(self, value: Value) -> bool:
        if value is None or isinstance(value, NullFlavour) or value is False:
            return bool(self.is_in) and value is False and "no" in self.is_in
        if self.is_in:
            if value is True:
                return "yes" in self.is_in
            return bool(set(value) & set(self.is_in)) if isinstance(value, tuple) else str(value) in self.is_in
        if self.at_least is not None:
            number = value.value if isinstance(value, Measurement) else value
            return isinstance(number, (int, Decimal)) and number >= self.at_least
        return True

    def as_json(self) -> Mapping[str, Any]:
        """Return the condition as plain data, the form in which the page's script reads it."""
        if self.every or self.some:
            parts = [part.as_json() for part in self.every + self.some]
            return {"all" if self.every else "any": parts, "not": self.negated}
        return {"item": self.item, "in": list(self.is_in), "at_least": self.at_least, "not": self.negated}

    def in_words(self, yes_no: Collection[str] = ()) -> str:
        """Return the condition in words; ``yes_no`` are the items that are met by a yes, and not by any answer."""
        if self.every or self.some:
            parts = (part.in_words(yes_no) for part in self.every + self.some)
            joined = (" and " if self.every else " or ").join(parts)
            return f"not ({joined})" if self.negated else f"({joined})"
        if self.is_in:
            words = f"{self.item} is {' or '.join(self.is_in)}"
        elif self.at_least is not None:
            words = f"{self.item} is at least {self.at_least}"
        else:
            words = f"{self.item} is {'yes' if self.item in yes_no else 'answered'}"
        return f"not ({words})" if self.negated else words

    def __str__(self) -> str:
        return self.in_words()
