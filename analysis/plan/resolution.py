"""The resolution endpoints: where their events come from, and the estimand of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from analysis.plan.estimand import Estimand

HORIZON_DAYS = 28
"""Last day that a resolution curve shows."""
FOLLOW_UP_DAYS = 60
"""Last day on which an event of a curve counts; who is still unresolved then is censored (CLINICAL.md 3.1)."""
READ_AT_DAYS = (3, 7, 14, 28)
"""Days on which curves are read, with limits."""
READ_BRIEFLY_AT_DAYS = (7, 28)
"""Days on which curves are read in brief, from landmarks on, and in sensitivity analyses."""
GREY_BELOW_AT_RISK = 5
"""From the day on which fewer are at risk a curve is grey."""
LOOKBACK_DAYS = 2
"""A grade at or before the first dose counts for the start if it is not older than this, in days of 24 hours; without
one that of the course page counts."""
LEAST_AT_START = 2
"""Lowest grade at the first dose with which a child enters the curve of any graded toxicity."""
CENSORED, RESOLVED, DIED, RESCUED, NEW_CELLS = range(5)
"""The event codes of a time-to-event row."""
SAME_DAY_PRECEDENCE = (DIED, NEW_CELLS, RESCUED, RESOLVED, CENSORED)
"""Which of several events of one day is the child's event. What competes comes before resolution, since a day counts as
resolved only where it stays so to the end of the confirmation window, and inside that window it comes first as well
(D21 decides so for death; the same is held for what competes in a sensitivity analysis). Death cannot be undone, new
cells begin another course, a new rescue class leaves the child in the same one: in this order. Resolution comes before
the end of observation.
"""


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """Where an event comes from: its code in the curve, its name, and the form and items that record it."""

    code: int
    name: str
    form: str
    items: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CensorSource:
    """Why observation ends without an event, and the form and items that record it."""

    name: str
    form: str
    items: tuple[str, ...]


class Role(StrEnum):
    """What an endpoint is for; a sensitivity analysis never stands in the place of a primary one (CLINICAL.md D22)."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SENSITIVITY = "sensitivity"


class Measure(StrEnum):
    """What says of a day whether it is resolved."""

    GRADE = "daily grade"
    COMPOSITE = "carHLH composite"
    COMPONENT = "one component of the carHLH composite"
    PLATELETS = "platelet count"


@dataclass(frozen=True, kw_only=True)
class ResolutionEndpoint:
    """Resolution of one toxicity after the first anakinra dose, death competing.

    `confirmation_days` are the calendar days after the event's day on which it must hold; `steps` what a treated child
    must show to enter. For a grade: `threshold` is the highest that counts as resolved, `least_at_start` the lowest at
    the first dose that enters; `rule_set` names the derived grade that is taken before the clinician's where it stands
    on complete signs, unless `clinician_only`; `sedation_hides` says that a sedated child cannot be graded low.
    `component` names one of CARHLH_COMPONENTS, `platelets` the count (10^9/L) to be reached.
    """

    id: str
    toxicity: str
    title: str
    confirmation_days: int
    steps: tuple[str, ...]
    events: tuple[EventSource, ...]
    censorings: tuple[CensorSource, ...]
    estimand: Estimand
    role: Role = Role.PRIMARY
    measure: Measure = Measure.GRADE
    threshold: int = 1
    least_at_start: int = LEAST_AT_START
    grade_item: str = ""
    rule_set: str = ""
    clinician_only: bool = False
    sedation_hides: bool = False
    component: str = ""
    platelets: int = 0
    notes: tuple[str, ...] = ()

    @property
    def competing(self) -> tuple[int, ...]:
        """Return the codes of the events that compete with resolution."""
        return tuple(event.code for event in self.events if event.code != RESOLVED)


LIVER_WITHIN_LIMITS = (
    "AST, ALT (at most 5 × ULN) and bilirubin (at most 3 × ULN) of CTCAE v5 grade 2 or less, × the value before"
    " infusion where that was above the ULN"
)
DEATH = EventSource(code=DIED, name="died", form="end_of_study", items=("died_on", "ended_on"))
CENSORINGS = (
    CensorSource(name="transferred out of the registry", form="support", items=("kind", "started_at")),
    CensorSource(name="moved out of the registry", form="end_of_study", items=("reason", "ended_on")),
    CensorSource(name="second infusion", form="infusion", items=("infused_on",)),
    CensorSource(name="stem cell transplant", form="follow_up", items=("transplant_on",)),
)

INTERCURRENT = (
    ("death before resolution", "competing event (while alive)"),
    ("other immunosuppressants after time zero", "treatment policy (ignored)"),
    ("second infusion, transplant, transfer out of the registry", "censored at the last day above the threshold"),
    ("toxicity that comes back", "first sustained resolution only"),
)


def _grade_endpoint(
    toxicity: str, *, rule_set: str, variant: str = "", sedation_hides: bool = False
) -> ResolutionEndpoint:
    """Return the primary endpoint R1-24 h of a toxicity graded 0-5 each day."""
    graded, item = f"{toxicity} grade{variant}", f"{toxicity.lower()}_grade"
    return ResolutionEndpoint(
        id=f"{toxicity.lower()}_r1_24h",
        toxicity=toxicity,
        title=f"Resolution of {toxicity} after the first anakinra dose",
        grade_item=item,
        rule_set=rule_set,
        sedation_hides=sedation_hides,
        confirmation_days=1,
        steps=(
            f"{toxicity} grade known at the first dose",
            f"{toxicity} grade {LEAST_AT_START} or more at the first dose: in the curve",
        ),
        events=(EventSource(code=RESOLVED, name="resolved", form="assessment", items=(item, rule_set)), DEATH),
        censorings=CENSORINGS,
        estimand=Estimand(
            population=f"children given anakinra whose last {graded} at or before the first dose was 2 or more",
            time_zero="calendar day of the first anakinra dose at the site (day 0)",
            variable=f"first day t ≥ 1 whose worst {graded} is 1 or less, the next calendar day too (R1-24 h)",
            intercurrent_events=INTERCURRENT,
            summary=f"cumulative incidence to day {HORIZON_DAYS} (Aalen-Johansen), 95 % pointwise limits",
        ),
    )


CRS_R1 = _grade_endpoint("CRS", rule_set="crs_astct_2019")
ICANS_R1 = _grade_endpoint(
    "ICANS", rule_set="icans_astct_2019_attributable", variant=" (attributable)", sedation_hides=True
)

CARHLH_COMPOSITE = ResolutionEndpoint(
    id="carhlh_composite",
    toxicity="carHLH",
    measure=Measure.COMPOSITE,
    title="Resolution of carHLH (composite) after the first anakinra dose",
    confirmation_days=2,
    steps=(
        "Dates tell whether carHLH was there at the first dose",
        "carHLH at the first dose",
        "Ferritin known at or before the first dose: in the curve",
    ),
    events=(
        EventSource(
            code=RESOLVED,
            name="resolved",
            form="laboratory",
            items=("ferritin", "fibrinogen", "ast", "alt", "bilirubin_total"),
        ),
        DEATH,
    ),
    censorings=CENSORINGS,
    estimand=Estimand(
        population="children given anakinra with carHLH recorded at or before the first dose and not ended by then",
        time_zero="calendar day of the first anakinra dose at the site (day 0)",
        variable=(
            "first day t ≥ 1 with ferritin at most 50 % of its peak up to the first dose and no rebound above that for"
            " 48 h, fibrinogen ≥ 150 mg/dL without plasma, cryoprecipitate or fibrinogen in the 48 h before,"
            f" {LIVER_WITHIN_LIMITS}, no new rescue class and no new organ support since time zero"
        ),
        intercurrent_events=(
            ("death before resolution", "competing event (while alive)"),
            (
                "new rescue class or organ support after time zero",
                "not resolved from then on, and at risk for as long as observed (composite)",
            ),
            ("second infusion, transplant, transfer out of the registry", "censored at the last unresolved day"),
        ),
        summary=f"cumulative incidence to day {HORIZON_DAYS} (Aalen-Johansen), 95 % pointwise limits",
    ),
    notes=("This composite awaits the steering group's signature.",),
)

PRIMARY_ENDPOINTS = (CRS_R1, ICANS_R1, CARHLH_COMPOSITE)
