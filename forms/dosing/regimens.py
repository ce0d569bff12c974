"""An anakinra order as the casebook holds it, with what it links to: what checks and judgements read it from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from forms.context import Context, Protocol
from forms.dosing.arithmetic import Amounts, Caps, amounts, exact_amounts, expected_given_mg
from forms.values import Row, answer, day_of, earliest, latest


@dataclass(frozen=True)
class Order:
    """One regimen page in its context. Each value is read when it is asked for: a check reads no more than it needs."""

    row: Row
    context: Context

    @cached_property
    def course(self) -> Row:
        """Return the course it belongs to; empty when none is linked."""
        return self.context.linked("anakinra_course", answer(self.row, "course")) or {}

    @cached_property
    def day(self) -> date | None:
        """Return the day of the first dose under this order."""
        return day_of(answer(self.row, "from_at"))

    @cached_property
    def protocol(self) -> Protocol | None:
        """Return the site's protocol in force on that day."""
        return self.context.protocol_on(self.day)

    @property
    def caps(self) -> Caps:
        """Return the caps of that protocol; none when none is in force."""
        return self.protocol.caps if self.protocol else Caps()

    @property
    def value(self) -> Decimal | None:
        """Return the number of the order."""
        return number(answer(self.row, "dose_value"))

    @property
    def basis(self) -> str | None:
        """Return the basis of the order."""
        return code(answer(self.row, "dose_basis"))

    @property
    def frequency(self) -> str | None:
        """Return the frequency of the order."""
        return code(answer(self.row, "frequency"))

    @property
    def route(self) -> str | None:
        """Return the route of the order."""
        return code(answer(self.row, "route"))

    @property
    def weight_kg(self) -> Decimal | None:
        """Return the dosing weight of the course."""
        return number(answer(self.course, "dosing_weight_kg"))

    @cached_property
    def ordered(self) -> Amounts:
        """Return what the order amounts to, exactly."""
        return exact_amounts(value=self.value, basis=self.basis, frequency=self.frequency, weight_kg=self.weight_kg)

    @property
    def shown(self) -> Amounts:
        """Return what the order amounts to, rounded as the page shows it."""
        return amounts(value=self.value, basis=self.basis, frequency=self.frequency, weight_kg=self.weight_kg)

    @property
    def ordered_mg(self) -> Decimal | None:
        """Return the mg of one dose as ordered; of a continuous infusion, the mg of 24 hours."""
        return self.ordered.given_at_once(self.frequency)

    @property
    def given_mg(self) -> Decimal | None:
        """Return the mg of one dose as given; of a continuous infusion, the mg of 24 hours."""
        return number(answer(self.row, "given_mg"))

    @property
    def cap_applied(self) -> str | None:
        """Return which cap the page says cut the order."""
        return code(answer(self.row, "cap_applied"))

    @property
    def rounding(self) -> str | None:
        """Return the rule the page says the dose was rounded by."""
        return code(answer(self.row, "rounding"))

    @property
    def lacking(self) -> tuple[str, ...]:
        """Return the answers that are missing where the amount cannot be told."""
        own = {"dose_value": self.value, "dose_basis": self.basis, "frequency": self.frequency}
        missing = tuple(name for name, value in own.items() if value is None)
        return missing if missing or self.weight_kg is not None else ("anakinra_course.dosing_weight_kg",)

    def expected_mg(self, *, rounding: str | None, cap_applied: str | None) -> Decimal | None:
        """Return the mg that one dose should be after a cap of the site's protocol and a rule of rounding."""
        return expected_given_mg(
            self.ordered,
            frequency=self.frequency,
            rounding=rounding,
            cap_applied=cap_applied,
            caps=self.caps,
        )


def siblings(row: Row, context: Context) -> tuple[Row, ...]:
    """Return the other regimens of the same course in order of time; those without a time are left out."""
    course = answer(row, "course")
    others = context.others("anakinra_regimen", row)
    found = [other for other in others if course is not None and answer(other, "course") == course]
    return in_order(found)


def in_order(orders: Iterable[Row]) -> tuple[Row, ...]:
    """Return orders in order of time; those without a time are left out."""
    return tuple(sorted((order for order in orders if begun(order) is not None), key=_in_time))


def earlier(row: Row, context: Context) -> tuple[Row, ...]:
    """Return the regimens of the course that began before this one; the key decides where they began together."""
    if begun(row) is None:
        return ()
    return tuple(other for other in siblings(row, context) if _in_time(other) < _in_time(row))


def lacks_next_order(order: Row, course: Row, orders: Iterable[Row]) -> bool:
    """Tell whether a course surely went on after one of its orders ended, and none that began later is among them."""
    ended, last_dose = latest(answer(order, "until_at")), earliest(answer(course, "stopped_at"))
    if ended is None or last_dose is None or ended >= last_dose:
        return False
    of_course = in_order(one for one in orders if answer(one, "course") == answer(order, "course"))
    return not any(_in_time(one) > _in_time(order) for one in of_course)


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
