"""In what state a treated child was on each day after the first anakinra dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analysis.cut import Cut
from analysis.endpoints.children import Child, FirstDose
from analysis.endpoints.follow_up import observed_until
from analysis.endpoints.grades import Graded, grades_of, worst_of_days
from analysis.endpoints.time_to_event import fill_single_gaps
from analysis.plan.day_states import DEAD, HOME, LEFT, NO_GRADE, SEDATED, grade_state
from analysis.plan.resolution import HORIZON_DAYS, ResolutionEndpoint
from forms.rule_set import FATAL_GRADE
from forms.values import answer, day_of, earliest, latest


@dataclass(frozen=True, kw_only=True)
class Stays:
    """Where a child was, as days after time zero.

    `places` are admissions (True) and discharges home (False) in order of time; `left` is the day it left the registry
    alive, `died` that of its death; `counted_to` the last day on which it is counted.
    """

    places: tuple[tuple[int, bool], ...]
    left: int | None
    died: int | None
    counted_to: int

    def is_home(self, day: int) -> bool:
        """Tell whether the last move by a day was a discharge home."""
        return next((not admitted for moved, admitted in reversed(self.places) if moved <= day), False)


def states_of_days(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> tuple[str, ...]:
    """Return the child's state on day 0, 1, ... to the horizon, or to the last day on which it is counted.

    It is counted to the end of the data and to the day before a second infusion, once dead to the horizon. States and
    their order: plan.
    """
    worst = worst_of_days(grades_of(cut, child.subject, endpoint), dose.day)
    return states_from(worst, stays_of(cut, child, dose.day))


def states_from(worst: Mapping[int, Graded], stays: Stays) -> tuple[str, ...]:
    """Return the states of day 0 to the last day counted, from the worst grade of each day and the child's stays.

    The day before day 0 serves to fill a day 0 without a grade.
    """
    grades = fill_single_gaps({day: one.grade for day, one in worst.items() if day >= -1})
    fatal = min((day for day, grade in grades.items() if grade is not None and grade >= FATAL_GRADE), default=None)
    died = min((day for day in (stays.died, fatal) if day is not None), default=None)
    is_dead = died is not None and died <= stays.counted_to
    last = HORIZON_DAYS if is_dead else min(stays.counted_to, HORIZON_DAYS)
    return tuple(_state(day, grades, stays, died) for day in range(last + 1))


def _state(day: int, grades: Mapping[int, int | None], stays: Stays, died: int | None) -> str:
    if died is not None and day >= died:
        return DEAD
    if day in grades:
        grade = grades[day]
        return SEDATED if grade is None else grade_state(grade)
    if stays.left is not None and day >= stays.left:
        return LEFT
    return HOME if stays.is_home(day) else NO_GRADE


def stays_of(cut: Cut, child: Child, time_zero: date) -> Stays:
    """Return a child's moves, death and end of observation after time zero.

    Of a discharge whose day is not known it is certain only after its month that the child was home.
    """
    moves = []
    for row in cut.rows("support", child.subject):
        started = answer(row, "started_at")
        is_open = answer(row, "kind") == "discharge" and day_of(started) is None
        at = latest(started) if is_open else earliest(started)
        if answer(row, "kind") in ("admission", "icu", "discharge") and at is not None:
            moves.append((at, answer(row, "kind") != "discharge"))
    ended = [
        day
        for row in cut.rows("end_of_study", child.subject)
        if answer(row, "reason") != "died" and (day := observed_until(row, time_zero)) is not None
    ]
    ended += [one.day for one in child.transfers]
    second = [one.day for one in child.infusions[1:] if one.day > time_zero]
    ends = [(cut.data_date - time_zero).days, *((day - time_zero).days - 1 for day in second)]
    return Stays(
        places=tuple(((at.date() - time_zero).days, admitted) for at, admitted in sorted(moves)),
        left=_first_from(ended, time_zero),
        died=(child.death.day - time_zero).days if child.death else None,
        counted_to=min(ends),
    )


def _first_from(days: Sequence[date], time_zero: date) -> int | None:
    return min(((day - time_zero).days for day in days if day >= time_zero), default=None)
