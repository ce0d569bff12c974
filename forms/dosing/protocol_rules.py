"""A site's anakinra protocol as rules that an order can be compared with; what it does not state stays unstated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from forms.item import CodeList

PROTOCOL_STEPS = CodeList(
    "protocol_steps",
    {
        "start": "At the start",
        "then": "After the first days",
        "taper": "In the taper",
    },
)
PROTOCOL_ROUNDINGS = CodeList(
    "protocol_roundings",
    {
        "nearest_mg": "To the nearest mg",
        "nearest_5_mg": "To the nearest 5 mg",
        "nearest_10_mg": "To the nearest 10 mg",
        "syringe_per_dose": "To whole syringes, each dose",
        "syringe_per_day": "To whole syringes, each day",
        "syringe": "To whole syringes; each dose or each day is not stated",
    },
)

Plain = dict[str, Any]
"""What JSON can hold: a Decimal stands there as text, and what is not stated is left out."""


@dataclass(frozen=True, kw_only=True)
class DoseRule:
    """One dose of a protocol; None and empty where it is not stated.

    A range is ``value`` to ``value_up_to``; an order after the first may rise to ``raised_to``. ``toxicities`` empty
    means all of the protocol's. ``condition`` is in words and compared with nothing.
    """

    value: Decimal
    basis: str
    step: str = "start"
    value_up_to: Decimal | None = None
    raised_to: Decimal | None = None
    frequency: str | None = None
    frequency_is_a_maximum: bool = False
    routes: tuple[str, ...] = ()
    toxicities: tuple[str, ...] = ()
    condition: str = ""

    def as_plain(self) -> Plain:
        """Return what is stated, as plain data."""
        return _as_plain(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> DoseRule:
        """Return the rule that plain data says."""
        numbers = {name: Decimal(plain[name]) for name in ("value", "value_up_to", "raised_to") if name in plain}
        lists = {name: tuple(plain[name]) for name in ("routes", "toxicities") if name in plain}
        return cls(**{**plain, **numbers, **lists})


@dataclass(frozen=True, kw_only=True)
class IndicationRule:
    """A toxicity for which a protocol gives anakinra, and in which line; the same toxicity may stand there twice."""

    toxicity: str
    line: str | None = None
    from_grade: int | None = None
    antigen: str | None = None
    condition: str = ""

    def as_plain(self) -> Plain:
        """Return what is stated, as plain data."""
        return _as_plain(self)


@dataclass(frozen=True, kw_only=True)
class ProtocolRules:
    """Everything that a version of a protocol states about anakinra, beside its caps; None where it states nothing.

    ``taper_highest_grade`` and ``stop_highest_grade`` are the grades of the index toxicity at which taper and end may
    begin; triggers in other words stand in ``taper_trigger`` and ``stop_rule``.
    """

    doses: tuple[DoseRule, ...] = ()
    indications: tuple[IndicationRule, ...] = ()
    rounding: str | None = None
    taper_trigger: str = ""
    taper_highest_grade: int | None = None
    taper_shortest_days: int | None = None
    taper_longest_days: int | None = None
    stop_rule: str = ""
    stop_highest_grade: int | None = None
    shortest_days: int | None = None
    longest_days: int | None = None
    duration: str = ""
    wean_order: str | None = None

    def as_plain(self) -> Plain:
        """Return what is stated, as plain data: what the database and a cut keep."""
        plain = _as_plain(self)
        for name in ("doses", "indications"):
            if name in plain:
                plain[name] = [rule.as_plain() for rule in getattr(self, name)]
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any] | None) -> ProtocolRules:
        """Return the rules that plain data says; None says none."""
        known = dict(plain or {})
        doses = tuple(DoseRule.from_plain(rule) for rule in known.pop("doses", ()))
        indications = tuple(IndicationRule(**rule) for rule in known.pop("indications", ()))
        return cls(doses=doses, indications=indications, **known)

    @property
    def toxicities(self) -> tuple[str, ...]:
        """Return the toxicities for which it gives anakinra, each once."""
        return tuple(dict.fromkeys(rule.toxicity for rule in self.indications))


def _as_plain(rule: DoseRule | IndicationRule | ProtocolRules) -> Plain:
    stated = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {name: _plain(value) for name, value in stated.items() if value is not False and value not in (None, "", ())}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value
