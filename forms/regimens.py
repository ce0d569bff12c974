"""An anakinra order as the casebook holds it, with what it links to: what checks and judgements read it from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from forms.context import Context, Protocol
from forms.dosing import Amounts, Caps, exact_amounts, expected_given_mg, given_mg_per_day
from forms.values import Row, answer, day_of, earliest


@dataclass(frozen=True, kw_only=True)
class Order:
    """One regimen page: the order as written, what it amounts to exactly, and the protocol of its first day."""

    row: Row
    course: Row
    day: date | None
    value: Decimal | None
    basis: str | None
    frequency: str | None
    route: str | None
    given_mg: Decimal | None
    weight_kg: Decimal | None
    ordered: Amounts
    protocol: Protocol | None

    @property
    def caps(self) -> Caps:
        """Return the caps of the site's protocol; none when no protocol is in force."""
        return self.protocol.caps if self.protocol else Caps()

    @property
    def ordered_mg(self) -> Decimal | None:
        """Return the mg of one dose as ordered; of a continuous infusion, the mg of 24 hours."""
        return self.ordered.given_at_once(self.frequency)

    @property
    def given_day_mg(self) -> Decimal | None:
        """Return the mg that the doses as given amount to in 24 hours."""
        return given_mg_per_day(given_mg=self.given_mg, frequency=self.frequency)

    @property
    def expected_mg(self) -> Decimal | None:
        """Return the mg that one dose should be after cap and rounding as the page says."""
        return expected_given_mg(
            self.ordered,
            frequency=self.frequency,
            rounding=code(answer(self.row, "rounding")),
            cap_applied=code(answer(self.row, "cap_applied")),
            caps=self.caps,
        )


def order_of(row: Row, context: Context) -> Order:
    """Return the order that a regimen page holds."""
    course = context.linked("anakinra_course", answer(row, "course")) or {}
    value, basis = number(answer(row, "dose_value")), code(answer(row, "dose_basis"))
    frequency, weight = code(answer(row, "frequency")), number(answer(course, "dosing_weight_kg"))
    day = day_of(answer(row, "from_at"))
    return Order(
        row=row,
        course=course,
        day=day,
        value=value,
        basis=basis,
        frequency=frequency,
        route=code(answer(row, "route")),
        given_mg=number(answer(row, "given_mg")),
        weight_kg=weight,
        ordered=exact_amounts(value=value, basis=basis, frequency=frequency, weight_kg=weight),
        protocol=context.protocol_on(day),
    )


def siblings(row: Row, context: Context) -> tuple[Row, ...]:
    """Return the other regimens of the same course in order of time; those without a time are left out."""
    course = answer(row, "course")
    others = context.others("anakinra_regimen", row)
    found = [other for other in others if course is not None and answer(other, "course") == course]
    return tuple(sorted((other for other in found if begun(other) is not None), key=_in_time))


def earlier(row: Row, context: Context) -> tuple[Row, ...]:
    """Return the regimens of the course that began before this one; the key decides where they began together."""
    if begun(row) is None:
        return ()
    return tuple(other for other in siblings(row, context) if _in_time(other) < _in_time(row))


def begun(row: Row) -> datetime | None:
    """Return when the first dose under an order was given."""
    return earliest(answer(row, "from_at"))


def _in_time(row: Row) -> tuple[datetime, str]:
    return begun(row) or datetime.max, str(row.get("key") or "")


def number(value: object) -> Decimal | None:
    """Return an answer that is a number, None for anything else."""
    return value if isinstance(value, Decimal) else None


def code(value: object) -> str | None:
    """Return an answer that is a code, None for anything else."""
    return value if isinstance(value, str) else None
