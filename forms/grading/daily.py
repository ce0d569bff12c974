"""The grade of each calendar day: the worst assessable of its assessments; sedated and missing are kept apart.

One clock (CLINICAL.md D21): a day is a calendar day at the site, 24 hours are the next day too, 48 hours the next two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from forms.context import Context
from forms.grading.child import count_of, in_order, infusion_days, infusion_key
from forms.grading.parts import HIGHEST_OF_THE_LIVING, SEDATED
from forms.grading.precedence import Chosen, choose
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE, Certainty, RuleSet

DAYS_OF_24_HOURS, DAYS_OF_48_HOURS = 1, 2
"""Days after the first one on which a state must hold too, to have held for that long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    """One assessment's grade on a day, as it stands."""

    day: date
    record: str
    chosen: Chosen


@dataclass(frozen=True, kw_only=True, slots=True)
class DayGrade:
    """What one day says: its worst grade and the record it comes from, or why there is none.

    ``carried`` marks a day without an assessment between two days of the same grade.
    """

    day: date
    grade: int | None
    record: str
    certainty: Certainty = EXACT
    why: str = ""
    carried: bool = False

    @property
    def is_present(self) -> bool:
        """Tell whether the toxicity is present for certain: grade 1 or more, or at least that."""
        return self.grade is not None and self.grade >= 1

    @property
    def is_free(self) -> bool:
        """Tell whether the day is at grade 0 for certain."""
        return self.grade == 0 and self.certainty is EXACT

    @property
    def is_lower_bound(self) -> bool:
        """Tell whether the day may have been worse than its grade."""
        return self.certainty is AT_LEAST

    @property
    def is_sedated(self) -> bool:
        """Tell whether sedation hid every sign of the day: unresolved, and not missing."""
        return self.grade is None and self.why == SEDATED


def daily_grades(graded: Iterable[Graded]) -> tuple[DayGrade, ...]:
    """Return the days that have an assessment, in order, each with its worst assessable grade.

    A lower bound among them makes the day a lower bound, unless the day is at grade 4 or 5 anyway.
    """
    by_day: dict[date, list[Graded]] = {}
    for one in graded:
        by_day.setdefault(one.day, []).append(one)
    return tuple(_day_grade(day, by_day[day]) for day in sorted(by_day))


def _day_grade(day: date, graded: Sequence[Graded]) -> DayGrade:
    worst = max(graded, key=_rank)
    chosen = worst.chosen
    if chosen.grade is None:
        return DayGrade(day=day, grade=None, record=worst.record, certainty=NOT_ASSESSABLE, why=chosen.why)
    bounds = [one.chosen for one in graded if one.chosen.certainty is AT_LEAST]
    if not bounds or chosen.grade >= HIGHEST_OF_THE_LIVING:
        return DayGrade(day=day, grade=chosen.grade, record=worst.record)
    return DayGrade(day=day, grade=chosen.grade, record=worst.record, certainty=AT_LEAST, why=bounds[0].why)


def _rank(one: Graded) -> tuple[int, str]:
    """Return the order of badness: grades, then sedated, then missing; of equals the greater key is the worse."""
    if one.chosen.grade is not None:
        return one.chosen.grade, one.record
    return (-1 if one.chosen.why == SEDATED else -2), one.record


def with_single_gaps_filled(days: Sequence[DayGrade]) -> tuple[DayGrade, ...]:
    """Return the days with each single missing one between two days of the same certain grade filled.

    A day whose assessments could not be graded is missing too; one under sedation is not. Source: CLINICAL.md 3.1 (7).
    """
    known = [day for day in days if day.grade is not None or day.is_sedated]
    filled: list[DayGrade] = []
    for number, day in enumerate(known):
        filled.append(day)
        later = known[number + 1] if number + 1 < len(known) else None
        same = later is not None and later.grade == day.grade and {day.certainty, later.certainty} == {EXACT}
        if later is not None and same and (later.day - day.day).days == 2:
            between = day.day + timedelta(days=1)
            filled.append(DayGrade(day=between, grade=day.grade, record=day.record, carried=True))
    return tuple(filled)


def days_after_infusions(context: Context, rule_set: RuleSet) -> Mapping[object, tuple[DayGrade, ...]]:
    """Return infusion key -> the days of its assessments by the grades that stand.

    The clinician's grade is the item that the rule set stands beside. Worked out once per context.
    """
    name = f"days by {rule_set.id} {rule_set.version}"
    return context.once(name, lambda known: _days_after_infusions(known, rule_set))


def _days_after_infusions(context: Context, rule_set: RuleSet) -> dict[object, tuple[DayGrade, ...]]:
    infusions = infusion_days(context)
    graded: dict[object, list[Graded]] = {}
    for at, row in in_order(context.rows["assessment"], "assessed_at"):
        key, day = str(row.get("key")), at.date()
        chosen = choose(rule_set.of(row, context), count_of(row, rule_set.beside))
        one = Graded(day=day, record=key, chosen=chosen)
        graded.setdefault(infusion_key(row, infusions, day), []).append(one)
    return {infusion: daily_grades(found) for infusion, found in graded.items()}
