"""Whether an infection was there before anakinra, for every day that the first dose and the sample can mean.

The first version, which read a course without a first dose as no course, stands in ``infection.py``.
Source: CLINICAL.md D12.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from forms.context import Context
from forms.grading.infection import AFTER_START, BEFORE, INFECTION_TIMING_1, NO_ANAKINRA, STILL_BEFORE_DAYS
from forms.grading.parts import not_assessable
from forms.rule_set import Verdict
from forms.values import Row, answer, earliest, latest

_UNTREATED = Verdict(value=NO_ANAKINRA, because="no anakinra is recorded")
_BEFORE = "{} by 48 hours after the first dose of anakinra"
_AFTER = "{} later than 48 hours after the first dose of anakinra"


@dataclass(frozen=True, kw_only=True)
class FirstDose:
    """The first and the last day on which anakinra can have begun, and the items whose answers would tell more."""

    first: date
    last: date
    missing: tuple[str, ...]


def first_dose_of(courses: Iterable[Row]) -> FirstDose | None:
    """Return when a child's first dose of anakinra can have been; None where no course may have been given.

    A course without its first dose can have begun on any day until its last one. One that does not say whether anakinra
    was given may be none, so it sets no last day.
    """
    perhaps = [course for course in courses if answer(course, "given") is not False]
    if not perhaps:
        return None
    given = [course for course in perhaps if answer(course, "given") or answer(course, "started_at")]
    first = min(_begins(course)[0] for course in perhaps)
    last = min((_begins(course)[1] for course in given), default=date.max)
    open_items = ("given", "started_at") if len(given) < len(perhaps) else ("started_at",)
    missing = tuple(f"anakinra_course.{name}" for name in open_items) if first < last else ()
    return FirstDose(first=first, last=last, missing=missing)


def _begins(course: Row) -> tuple[date, date]:
    """Return the first and the last day on which a course can have begun."""
    began = answer(course, "started_at")
    first, last = earliest(began), latest(began)
    if first is not None and last is not None:
        return first.date(), last.date()
    ended = latest(answer(course, "stopped_at"))
    return date.min, ended.date() if ended is not None else date.max


def judge_timing(row: Row, context: Context) -> Verdict | None:
    """Return whether an infection was there before anakinra, where every possible day gives the same answer."""
    positive = answer(row, "first_positive_on")
    told_by = "positive" if positive else "onset"
    began = positive or answer(row, "onset_on")
    first, last = earliest(began), latest(began)
    if first is None or last is None:
        return None
    dose = first_dose_of(context.rows["anakinra_course"])
    if dose is None:
        return _UNTREATED
    if last.toordinal() <= dose.first.toordinal() + STILL_BEFORE_DAYS:
        return Verdict(value=BEFORE, because=_BEFORE.format(told_by))
    if first.toordinal() > dose.last.toordinal() + STILL_BEFORE_DAYS:
        return Verdict(value=AFTER_START, because=_AFTER.format(told_by))
    own = ("first_positive_on",) if first.date() < last.date() else ()
    if dose.missing:
        words = "the first dose of anakinra, or whether it was given, is not known"
        return not_assessable(words, "first_dose_open", *own, *dose.missing)
    return not_assessable("the dates leave it open", "date_partial", *own)


INFECTION_TIMING = replace(
    INFECTION_TIMING_1,
    version="2",
    decisions=(
        *INFECTION_TIMING_1.decisions,
        "A course without its first dose can have begun on any day until its last one.",
    ),
    changed="A course of anakinra whose first dose has no day, or that does not say whether anakinra was given, is no "
    "longer read as if there were no course: where its day could change the answer, the answer is “not assessable”.",
    judge_row=judge_timing,
)
