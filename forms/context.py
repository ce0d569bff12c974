"""What a rule may know beside the row it judges: a value, filled by whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from forms.dosing import Caps
from forms.dosing.protocol_rules import ProtocolRules
from forms.infusions import last_infusion
from forms.values import Row

T = TypeVar("T")

RowsByForm = Mapping[str, tuple[Row, ...]]
"""Form -> a child's rows of it that are not voided, each with its ``key``."""


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """A site's anakinra protocol as in force from a day on; None and empty rules where nothing is stated."""

    version: str
    effective_from: date
    max_single_mg: int | None = None
    max_day_mg: int | None = None
    rules: ProtocolRules = field(default_factory=ProtocolRules)

    @property
    def caps(self) -> Caps:
        """Return its highest doses."""
        return Caps(single_mg=self.max_single_mg, day_mg=self.max_day_mg)


@dataclass(frozen=True, kw_only=True)
class ReferenceRange:
    """The normal range of an analyte at a laboratory, in the analyte's canonical unit, from a day on.

    ``sex`` None holds for every child; the age band is in completed years and months, both ends within it, and by
    itself goes from a birthday to the last month before another. ``laboratory`` is empty for the site's own.
    """

    analyte: str
    valid_from: date
    laboratory: str = ""
    sex: str | None = None
    age_from_years: int = 0
    age_from_months: int = 0
    age_to_years: int = 120
    age_to_months: int = 11
    low: Decimal | None = None
    high: Decimal | None = None

    def holds_at(self, age_months: int) -> bool:
        """Tell whether an age in completed months lies in the band."""
        youngest = 12 * self.age_from_years + self.age_from_months
        return youngest <= age_months <= 12 * self.age_to_years + self.age_to_months


@dataclass(frozen=True, kw_only=True)
class Context:
    """Today at the site, the child's other rows by form, and the site's own rules.

    ``rows`` holds stored rows that are not voided, each with its ``key``. A form that was not loaded is not in it, and
    asking for it is an error: a check names the forms it uses. ``memory`` keeps what was worked out from these rows
    once, such as the grades of all days of a child, so that no rule does it again for each row.
    """

    today: date
    rows: RowsByForm = field(default_factory=dict)
    protocols: tuple[Protocol, ...] = ()
    reference_ranges: tuple[ReferenceRange, ...] = ()
    memory: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def once(self, name: str, work_out: Callable[[Context], T]) -> T:
        """Return what was worked out from these rows under a name; it is worked out when it is asked for first."""
        if name not in self.memory:
            self.memory[name] = work_out(self)
        found: T = self.memory[name]
        return found

    def others(self, form: str, row: Row) -> tuple[Row, ...]:
        """Return the child's rows of a form without the row itself."""
        return tuple(other for other in self.rows[form] if other.get("key") != row.get("key"))

    def linked(self, form: str, key: object) -> Row | None:
        """Return the row of a form that has the key; None when there is none."""
        return next((row for row in self.rows[form] if row.get("key") == key), None) if key else None

    def single(self, form: str) -> Row:
        """Return the child's only row of a form that does not repeat, empty when it is not there yet."""
        rows = self.rows[form]
        return rows[0] if rows else {}

    def infusion_before(self, day: date | None) -> Row | None:
        """Return the last infusion on or before a day: the one an event without a link counts from."""
        return last_infusion(self.rows["infusion"], day)

    def protocol_on(self, day: date | None) -> Protocol | None:
        """Return the protocol in force at the site on a day; of two that begin on one day, the later one given."""
        past = [protocol for protocol in self.protocols if day is not None and protocol.effective_from <= day]
        return sorted(past, key=lambda protocol: protocol.effective_from)[-1] if past else None

    def reference_range(
        self, analyte: str, *, sex: str | None, age_months: int | None, day: date | None, laboratory: str = ""
    ) -> ReferenceRange | None:
        """Return the newest normal range that fits a child on a day; one for the sex before one for both.

        None where the laboratory stated none, or age or day is not known.
        """
        if day is None or age_months is None:
            return None
        fitting = [
            known
            for known in self.once("reference ranges", _ranges_by_analyte).get(analyte, ())
            if known.laboratory == laboratory
            and known.sex in (None, sex)
            and known.valid_from <= day
            and known.holds_at(age_months)
        ]
        return max(fitting, key=lambda known: (known.valid_from, known.sex or ""), default=None)


def _ranges_by_analyte(context: Context) -> dict[str, list[ReferenceRange]]:
    found: dict[str, list[ReferenceRange]] = {}
    for known in context.reference_ranges:
        found.setdefault(known.analyte, []).append(known)
    return found
