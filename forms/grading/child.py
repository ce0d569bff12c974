"""What grading knows of the child itself: age on a day, baseline, death."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from forms.context import Context
from forms.derivations import completed_months, completed_years
from forms.infusions import dated_infusions
from forms.values import Row, answer, day_of, earliest, latest

ROOM_AIR = "room_air"


@dataclass(frozen=True, kw_only=True)
class Age:
    """The youngest and the oldest a child can be on a day: completed years, and days since birth."""

    years: tuple[int, int]
    months: tuple[int, int]
    days: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Child:
    """The answers of enrolment and baseline that grades depend on; None where they are missing.

    A partial birth date leaves several days open: ``born_first`` to ``born_last``.
    """

    born_first: date | None = None
    born_last: date | None = None
    sex: str | None = None
    developmental_delay: bool | None = None
    baseline_ice: int | None = None
    baseline_capd: int | None = None
    baseline_support: str = ROOM_AIR

    def age_on(self, day: date) -> Age | None:
        """Return the age on a day; None when it is not known, or the day lies before birth."""
        if self.born_first is None or self.born_last is None or day < self.born_first:
            return None
        born_last = min(self.born_last, day)
        return Age(
            years=(completed_years(born_last, day), completed_years(self.born_first, day)),
            months=(completed_months(born_last, day), completed_months(self.born_first, day)),
            days=((day - born_last).days, (day - self.born_first).days),
        )

    def is_at_least(self, years: int, day: date) -> bool | None:
        """Tell whether the child has completed some years on a day; None where that is open."""
        if self.born_first is None or self.born_last is None:
            return None
        if completed_years(self.born_last, day) >= years:
            return True
        return False if completed_years(self.born_first, day) < years else None


def child_of(context: Context) -> Child:
    """Return what enrolment and baseline say about the child."""
    return context.once("child", _child)


def _child(context: Context) -> Child:
    enrolment, baseline = context.single("enrolment"), context.single("baseline")
    born = answer(enrolment, "birth_date")
    first, last = earliest(born), latest(born)
    support = answer(baseline, "baseline_respiratory_support")
    return Child(
        born_first=first.date() if first else None,
        born_last=last.date() if last else None,
        sex=text_of(enrolment, "sex"),
        developmental_delay=yes_or_no(baseline, "developmental_delay"),
        baseline_ice=count_of(baseline, "baseline_ice"),
        baseline_capd=count_of(baseline, "baseline_capd"),
        baseline_support=str(support) if support else ROOM_AIR,
    )


@dataclass(frozen=True, kw_only=True)
class Death:
    """The day of death, where it is known to the day, and its main cause."""

    day: date
    cause: str | None


def death_of(context: Context) -> Death | None:
    """Return the recorded death; None for a child that lives or whose day of death is not known."""
    end = context.single("end_of_study")
    day = day_of(answer(end, "died_on"))
    return Death(day=day, cause=text_of(end, "cause_of_death")) if day else None


def day_of_death_from(context: Context, cause: str) -> date | None:
    """Return the day of death where its main cause is the given one."""
    death = death_of(context)
    return death.day if death and death.cause == cause else None


def infusion_days(context: Context) -> dict[object, date]:
    """Return infusion key -> day 0, for the infusions whose day is known."""
    return {row.get("key"): day for day, row in dated_infusions(context.rows["infusion"])}


def infusion_key(row: Row, infusions: dict[object, date], on: date) -> object:
    """Return the infusion a row belongs to: the linked one, or the last on or before its own day; None without one."""
    linked = row.get("infusion")
    if linked in infusions:
        return linked
    past = [(day, str(key), key) for key, day in infusions.items() if day <= on]
    return max(past)[2] if past else None


def in_order(rows: Iterable[Row], time_item: str) -> list[tuple[datetime, Row]]:
    """Return the rows that have a time, each with it, in the order of time; equal times by key."""
    timed = [(row.get(time_item), row) for row in rows]
    known = [(at, row) for at, row in timed if isinstance(at, datetime)]
    return sorted(known, key=lambda pair: (pair[0], str(pair[1].get("key"))))


def yes_or_no(row: Row, name: str) -> bool | None:
    """Return a yes or no; None where it is missing."""
    value = row.get(name)
    return value if isinstance(value, bool) else None


def count_of(row: Row, name: str) -> int | None:
    """Return a whole number; None where it is missing."""
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(row: Row, name: str) -> str | None:
    """Return a code or text; None where it is missing (a null flavour is text too, and no answer)."""
    value = answer(row, name)
    return value if isinstance(value, str) else None


def codes_of(row: Row, name: str) -> tuple[str, ...] | None:
    """Return the codes of a multiple choice; None where it is missing."""
    value = row.get(name)
    return value if isinstance(value, tuple) else None
