"""When a toxicity qualifies as refractory, and how timing is looked at from there on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analysis.plan.estimand import Estimand
from analysis.plan.resolution import CARHLH_COMPOSITE, CRS_R1, ICANS_R1, ResolutionEndpoint

QUALIFYING_HOURS = 24
"""Hours from the first treatment of a toxicity to the earliest assessment that can qualify it as refractory (D25)."""
QUALIFYING_GRADE = 2
"""Lowest grade at which CRS and ICANS qualify, and not below the grade before the first treatment (D25)."""
FIRST_TREATMENT = ("tocilizumab", "steroid")
"""Classes of agents whose first use begins the treatment that a toxicity can be refractory to (D25)."""
TREATED_FROM_GRADE = 1
"""Tocilizumab or steroid begins the treatment of a toxicity that was at this grade or more at its last assessment
before; what was given earlier was given for something else."""
LANDMARK_DAYS = (1, 2, 3)
"""24, 48 and 72 hours after qualification on the clock of calendar days (CLINICAL.md D21, D23)."""
LANDMARK_DRAWN = 2
"""The landmark day whose curves are drawn; the others stand in the table."""
EVENTS_PER_PARAMETER = 10
"""A model with fewer events is not fitted; the report says why (CLINICAL.md D27)."""
SEVERE_GRADE = 3
"""Grade from which on a toxicity is severe: at qualification in the adjusted model, as the highest in the flow of
children, in monitoring and of adverse events."""


IMMORTAL_TIME = (
    "To get into the group, a child must stay unresolved long enough for it to happen; a child that resolves early"
    " never does. So the group looks slower, or safer, by the way it is made, whatever the drug does (immortal time)."
)


@dataclass(frozen=True, kw_only=True)
class RefusedGrouping:
    """A grouping by the future that is not offered, why in plain words beside `IMMORTAL_TIME`, and what is instead."""

    name: str
    title: str
    why: str
    instead: str

    @property
    def explanation(self) -> str:
        """Return all of it, for who asked for this one grouping."""
        return f"{self.why} {IMMORTAL_TIME} {self.instead}"


REFUSED_GROUPINGS = (
    RefusedGrouping(
        name="modal_dose",
        title="the dose given most often on days 1 to 3",
        why="It is known on day 3 only, and sick children have their dose raised.",
        instead="Use `dose`: the first order.",
    ),
    RefusedGrouping(
        name="later_agent",
        title="ruxolitinib or another agent begun later",
        why="It is begun because the child has not resolved.",
        instead="Use `agents`: what was given in the 72 hours before the first dose; or the sensitivity analysis in"
        " which a new rescue class competes.",
    ),
    RefusedGrouping(
        name="ever_anakinra",
        title="ever against never given anakinra, from onset",
        why="The days before the first dose belong to the untreated.",
        instead="Use the chapter on timing: anakinra as time-varying exposure, or landmarks after qualification.",
    ),
)


def _from_qualification(primary: ResolutionEndpoint, qualified: str) -> ResolutionEndpoint:
    toxicity = primary.toxicity
    return replace(
        primary,
        id=f"{primary.id}_from_qualification",
        title=f"Resolution of {toxicity} after it qualified as refractory",
        steps=(),
        estimand=Estimand(
            population=f"infused children, given anakinra or not, whose {toxicity} qualified; new users only: whoever"
            " was given anakinra before the day of qualification is left out",
            time_zero=f"calendar day of qualification (day 0): {qualified}",
            variable=primary.estimand.variable.replace("up to the first dose", "up to qualification"),
            intercurrent_events=(
                ("first anakinra dose after time zero", "exposure that begins on the day after it"),
                *primary.estimand.intercurrent_events,
            ),
            summary="cause-specific hazard ratio of resolution, anakinra time-varying (Cox, Efron's ties, centers as"
            " strata, errors robust by child); of children unresolved after a landmark day, incidences counted from it"
            " by whether anakinra was begun on or before that day",
        ),
    )


_GRADED = (
    f"first assessment at least {QUALIFYING_HOURS} h after the first tocilizumab or steroid given for it, with a grade"
    f" of {QUALIFYING_GRADE} or more that is not below the grade before that dose"
)
FROM_QUALIFICATION = (
    _from_qualification(CRS_R1, _GRADED),
    _from_qualification(ICANS_R1, _GRADED),
    _from_qualification(CARHLH_COMPOSITE, "first day on which the criteria of carHLH are recorded as met"),
)
