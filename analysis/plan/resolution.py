"""The resolution endpoints: where their events come from, and the estimand of each."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.plan.estimand import Estimand

HORIZON_DAYS = 28
FOLLOW_UP_DAYS = 60
READ_AT_DAYS = (3, 7, 14, 28)
GREY_BELOW_AT_RISK = 5
LOOKBACK_DAYS = 2


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


@dataclass(frozen=True, kw_only=True)
class ResolutionEndpoint:
    """Resolution of one toxicity after the first anakinra dose, death competing.

    `threshold` is the highest grade that counts as resolved (None: a composite); `confirmation_days` the calendar
    days after the event's day on which it must hold; `steps` what a treated child must show to enter. `rule_set`
    names the derived grade that is taken before the clinician's where it stands on complete signs;
    `sedation_hides` says that a sedated child cannot be graded low.
    """

    id: str
    toxicity: str
    title: str
    confirmation_days: int
    steps: tuple[str, ...]
    events: tuple[EventSource, ...]
    censorings: tuple[CensorSource, ...]
    estimand: Estimand
    threshold: int | None = None
    grade_item: str = ""
    rule_set: str = ""
    sedation_hides: bool = False
    notes: tuple[str, ...] = ()


DEATH = EventSource(code=2, name="died", form="end_of_study", items=("died_on", "ended_on"))
CENSORINGS = (
    CensorSource(name="transferred out of the registry", form="support", items=("kind", "started_at")),
    CensorSource(name="moved out of the registry", form="end_of_study", items=("reason", "ended_on")),
    CensorSource(name="second infusion", form="infusion", items=("infused_on",)),
)

INTERCURRENT = (
    ("death before resolution", "competing event (while alive)"),
    ("other immunosuppressants after time zero", "treatment policy (ignored)"),
    ("second infusion, transfer out of the registry", "censored at the last day above the threshold"),
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
        threshold=1,
        grade_item=item,
        rule_set=rule_set,
        sedation_hides=sedation_hides,
        confirmation_days=1,
        steps=(
            f"{toxicity} grade known at the first dose",
            f"{toxicity} grade 2 or more at the first dose: in the curve",
        ),
        events=(EventSource(code=1, name="resolved", form="assessment", items=(item, rule_set)), DEATH),
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
    title="Resolution of carHLH (composite) after the first anakinra dose",
    confirmation_days=2,
    steps=("carHLH at the first dose", "Ferritin known at or before the first dose: in the curve"),
    events=(
        EventSource(
            code=1,
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
            " 48 h, fibrinogen ≥ 150 mg/dL without plasma, cryoprecipitate or fibrinogen in the 48 h before, AST, ALT"
            " (at most 5 × ULN) and bilirubin (at most 3 × ULN) of CTCAE v5 grade 2 or less, no new rescue class and no"
            " new organ support since time zero"
        ),
        intercurrent_events=(
            ("death before resolution", "competing event (while alive)"),
            ("new rescue class or organ support after time zero", "not resolved from then on (composite)"),
            ("second infusion, transfer out of the registry", "censored at the last unresolved day"),
        ),
        summary=f"cumulative incidence to day {HORIZON_DAYS} (Aalen-Johansen), 95 % pointwise limits",
    ),
    notes=("This composite awaits the steering group's signature.",),
)

PRIMARY_ENDPOINTS = (CRS_R1, ICANS_R1, CARHLH_COMPOSITE)
