"""The states that a child can be in on a day, from the bottom of the picture upwards, and the rule of each."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.plan.estimand import Estimand
from analysis.plan.resolution import HORIZON_DAYS, ResolutionEndpoint

DEAD, SEDATED, HOME, NO_GRADE, LEFT = "dead", "sedated", "home", "no_grade", "left"
GRADES = (4, 3, 2, 1, 0)
"""Grades of a day from the worst, a state each; grade 5 is death."""


@dataclass(frozen=True, kw_only=True)
class DayState:
    """One state: its code, its name, and the sentence that says when a child is in it."""

    id: str
    name: str
    rule: str


def grade_state(grade: int) -> str:
    """Return the code of the state of a grade from 0 to 4."""
    return f"grade_{grade}"


DAY_STATES = (
    DayState(id=DEAD, name="Dead", rule="from the day of death, or of a grade 5, on"),
    DayState(id=SEDATED, name="Sedated, not gradable", rule="sedation hid every sign of the day"),
    *(DayState(id=grade_state(grade), name=f"Grade {grade}", rule="the day's worst grade") for grade in GRADES),
    DayState(id=HOME, name="At home", rule="discharged home and not admitted again, no grade that day"),
    DayState(id=NO_GRADE, name="No grade", rule="in hospital without an assessment that could be graded"),
    DayState(id=LEFT, name="Left the registry", rule="transferred out, withdrawn or lost, no grade that day"),
)
"""A day's state is the first of these that holds; a missing day between two equal grades has theirs (3.1 (7))."""


@dataclass(frozen=True, kw_only=True)
class DaysSpent:
    """States whose days are counted together in a mean."""

    id: str
    name: str
    states: tuple[str, ...]
    is_grade: bool = False


DAYS_SPENT = (
    *(
        DaysSpent(
            id=f"grade_{least}_or_more",
            name=f"Grade {least} or more",
            states=tuple(grade_state(grade) for grade in GRADES if grade >= least),
            is_grade=True,
        )
        for least in (1, 2, 3)
    ),
    DaysSpent(id=SEDATED, name="Sedated, not gradable", states=(SEDATED,)),
    DaysSpent(id="not_known", name="Not known: no grade, or left the registry", states=(NO_GRADE, LEFT)),
    DaysSpent(id=DEAD, name="Dead", states=(DEAD,)),
)
"""Of what the mean days are told; the days left over are of grade 0 or at home."""


def occupancy_estimand(endpoint: ResolutionEndpoint) -> Estimand:
    """Return what the state picture of a graded toxicity shows."""
    return Estimand(
        population=endpoint.estimand.population,
        time_zero=endpoint.estimand.time_zero,
        variable=f"state on each calendar day from day 0 to day {HORIZON_DAYS}",
        intercurrent_events=(
            ("death", "a state of its own"),
            ("toxicity that comes back", "counted on each day it is there"),
            ("other immunosuppressants after time zero", "treatment policy (ignored)"),
            ("second infusion, end of the data", "the child leaves the count"),
        ),
        summary=(
            f"children in each state on each day; shares by Aalen-Johansen; mean days of days 0 to"
            f" {HORIZON_DAYS - 1} that a child spent in a state, the area under its share, with limits by the"
            " infinitesimal jackknife; a day after death counts as dead, not as a day with toxicity"
        ),
    )
