"""Hypotension for age, by the lowest pressure of an assessment: PALS by default, two 5th centiles beside it.

Source: CLINICAL.md 2.4 and D10. All limits are strict: a pressure at the limit is not hypotension. The words never
name the limit, because the limit gives the age away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from forms.context import Context
from forms.grading.child import Age, child_of, count_of
from forms.grading.parts import SIGNS_MISSING, not_assessable
from forms.rule_set import RuleSet, Verdict
from forms.values import Row

YES, NO = "yes", "no"
NEWBORN_DAYS = 28
GROWN_YEARS = 10
CENTILE_YEARS = range(1, 18)

_LOW = Verdict(value=YES, because="the lowest pressure is below the limit for age")
_NOT_LOW = Verdict(value=NO, because="the lowest pressure is not below the limit for age")
_AGE_OPEN = not_assessable("the birth date leaves the limit for age open", "age_unknown", "enrolment.birth_date")
_AGE_BEYOND = not_assessable("this limit is published for 1 to 17 years", "age_outside_rule")
_NO_PRESSURE = not_assessable("no systolic pressure", SIGNS_MISSING, "systolic_mmhg")


def pals_limit(years: int, days: int) -> int:
    """Return the systolic pressure in mmHg below which a child of an age is hypotensive."""
    if days <= NEWBORN_DAYS:
        return 60
    return 90 if years >= GROWN_YEARS else 70 + 2 * years


def is_hypotensive_pals(systolic_mmhg: int | None, age: Age | None) -> Verdict:
    """Return yes or no by the PALS limits for completed years."""
    if systolic_mmhg is None:
        return _NO_PRESSURE
    if age is None:
        return _AGE_OPEN
    return _compared(systolic_mmhg, *(pals_limit(age.years[end], age.days[end]) for end in (0, 1)))


def is_hypotensive_p5_systolic(systolic_mmhg: int, age: Age | None) -> Verdict:
    """Return yes or no by the 5th centile of the systolic pressure, 65 + 2 x age, from 1 to 17 years."""
    return _compared_with_centile(systolic_mmhg, age, lambda years: 65 + 2 * years)


def is_hypotensive_p5_mean(mean_mmhg: int, age: Age | None) -> Verdict:
    """Return yes or no by the 5th centile of the mean pressure, 40 + 1.5 x age, from 1 to 17 years."""
    return _compared_with_centile(mean_mmhg, age, lambda years: 40 + Decimal("1.5") * years)


def _compared(pressure: int, limit_of_youngest: int | Decimal, limit_of_oldest: int | Decimal) -> Verdict:
    """Return the verdict that holds for every possible age: the limits rise with age."""
    if pressure < limit_of_youngest:
        return _LOW
    return _NOT_LOW if pressure >= limit_of_oldest else _AGE_OPEN


def _compared_with_centile(pressure: int, age: Age | None, limit: Callable[[int], int | Decimal]) -> Verdict:
    if age is None:
        return _AGE_OPEN
    if age.years[0] not in CENTILE_YEARS or age.years[1] not in CENTILE_YEARS:
        return _AGE_BEYOND if age.years[0] == age.years[1] else _AGE_OPEN
    return _compared(pressure, limit(age.years[0]), limit(age.years[1]))


def age_at(row: Row, context: Context) -> Age | None:
    """Return the child's age at an assessment."""
    at = row.get("assessed_at")
    return child_of(context).age_on(at.date()) if isinstance(at, datetime) else None


def judge_pals(row: Row, context: Context) -> Verdict:
    """Return whether an assessment's systolic pressure is low for age."""
    return is_hypotensive_pals(count_of(row, "systolic_mmhg"), age_at(row, context))


def _judge_p5_systolic(row: Row, context: Context) -> Verdict | None:
    systolic = count_of(row, "systolic_mmhg")
    return None if systolic is None else is_hypotensive_p5_systolic(systolic, age_at(row, context))


def _judge_p5_mean(row: Row, context: Context) -> Verdict | None:
    mean = count_of(row, "mean_arterial_mmhg")
    return None if mean is None else is_hypotensive_p5_mean(mean, age_at(row, context))


HYPOTENSION_PALS = RuleSet(
    id="hypotension_pals",
    version="1",
    title="Hypotension for age (PALS)",
    source="Pediatric Advanced Life Support: systolic below 60 (to 28 days), 70 (to 1 year), 70 + 2 x age (1 to 9 "
    "years), 90 mmHg (from 10 years); used for pediatric CAR T cells by Mahadeo 2019, table 2",
    verified=True,
    beside="hypotension",
    values=(YES, NO),
    form="assessment",
    judge_row=judge_pals,
)
HYPOTENSION_P5_SYSTOLIC = RuleSet(
    id="hypotension_p5_systolic",
    version="1",
    title="Hypotension for age (5th centile of the systolic pressure)",
    source="Haque and Zaritsky 2007: 65 + 2 x age, 1 to 17 years",
    verified=True,
    beside="hypotension",
    values=(YES, NO),
    form="assessment",
    judge_row=_judge_p5_systolic,
)
HYPOTENSION_P5_MEAN = RuleSet(
    id="hypotension_p5_mean",
    version="1",
    title="Hypotension for age (5th centile of the mean pressure)",
    source="Haque and Zaritsky 2007: 40 + 1.5 x age, 1 to 17 years",
    verified=True,
    beside="hypotension",
    values=(YES, NO),
    form="assessment",
    judge_row=_judge_p5_mean,
)
