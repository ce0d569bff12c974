"""The analysis plan as values: endpoints, populations and estimands, printed under every figure and table."""

from __future__ import annotations

from dataclasses import dataclass

HORIZON_DAYS = 28
FOLLOW_UP_DAYS = 60
READ_AT_DAYS = (3, 7, 14, 28)
GREY_BELOW_AT_RISK = 5
LOOKBACK_DAYS = 2

LEAST_FOR_A_SHARE = 10
"""Smaller groups are shown child by child (tables/time_to_event.csv), not as shares, and enter no test."""
PERMUTE_BELOW = 20
"""A test with a smaller group permutes the labels within centers instead of trusting chi-squared."""
PERMUTATIONS, PERMUTATION_SEED = 2_000, 20261128
DOSE_TIER_EDGES = (4.0, 7.0)
"""mg/kg per day as ordered (CLINICAL.md D24)."""
DOSE_TOLERANCE = 0.10
"""An order up to this share below an edge counts as reaching it: rounding to a syringe must not split one dose."""
TIMING_EDGES = (1, 3)
"""Whole days from onset to the first dose: at most 1, 2 to 3, more."""
AGENTS_HOURS = 72
"""Tocilizumab and steroids given this long before the first dose belong to its group (CLINICAL.md D23)."""


@dataclass(frozen=True, kw_only=True)
class Estimand:
    """What is estimated, in the words of ICH E9(R1)."""

    population: str
    time_zero: str
    variable: str
    intercurrent_events: tuple[tuple[str, str], ...]
    summary: str

    def sentences(self) -> tuple[tuple[str, str], ...]:
        """Return the attributes as (name, text) pairs in the order they are printed."""
        events = "; ".join(f"{event}: {strategy}" for event, strategy in self.intercurrent_events)
        return (
            ("Population", self.population),
            ("Time zero", self.time_zero),
            ("Variable", self.variable),
            ("Intercurrent events", events),
            ("Summary", self.summary),
        )


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


@dataclass(frozen=True, kw_only=True)
class ResponseComparison:
    """Complete response compared between two groups that were fixed before the response was assessed."""

    id: str
    title: str
    first_group: str
    second_group: str
    estimand: Estimand
    notes: tuple[str, ...] = ()


RESPONDING_CODES = ("cr", "cri")
DAY_28_WINDOW = (21, 42)
RESPONSE_POPULATION = "B-ALL with disease before lymphodepletion, first infusion, day 28 reached or the child has died"
RESPONSE_VARIABLE = "CR or CRi at the day 28 assessment (days 21 to 42); died or not assessed counts as no response"

CR_BY_CARHLH = ResponseComparison(
    id="cr_by_carhlh",
    title="CR rate with and without carHLH",
    first_group="carHLH",
    second_group="no carHLH",
    estimand=Estimand(
        population=RESPONSE_POPULATION,
        time_zero="infusion (day 0)",
        variable=RESPONSE_VARIABLE,
        intercurrent_events=(("death before the assessment", "no response (composite)"),),
        summary="n/N, Clopper-Pearson limits; risk difference (Newcombe), two-sided Fisher P",
    ),
    notes=("carHLH is defined by each site; its onset came before the response was judged.",),
)
CR_BY_ANAKINRA = ResponseComparison(
    id="cr_by_anakinra",
    title="CR rate with and without anakinra among children with carHLH",
    first_group="anakinra",
    second_group="no anakinra",
    estimand=Estimand(
        population=f"{RESPONSE_POPULATION}; carHLH before the assessment",
        time_zero="infusion (day 0); exposure counts when the first dose came before the assessment",
        variable=RESPONSE_VARIABLE,
        intercurrent_events=(("death before the assessment", "no response (composite)"),),
        summary="n/N, Clopper-Pearson limits; risk difference (Newcombe), two-sided Fisher P",
    ),
    notes=("A child must live long enough to be given anakinra: the earliest deaths fall into the other group.",),
)
CR_COMPARISONS = (CR_BY_CARHLH, CR_BY_ANAKINRA)
