"""Secondary resolution endpoints: grade 2 or less from grade 3 on, the components of carHLH, platelets."""

from __future__ import annotations

from dataclasses import replace

from analysis.plan.estimand import Estimand
from analysis.plan.resolution import (
    CARHLH_COMPOSITE,
    CENSORINGS,
    CRS_R1,
    DEATH,
    HORIZON_DAYS,
    ICANS_R1,
    INTERCURRENT,
    LIVER_WITHIN_LIMITS,
    LOOKBACK_DAYS,
    RESOLVED,
    EventSource,
    Measure,
    ResolutionEndpoint,
    Role,
)

CARHLH_COMPONENTS = {
    "ferritin": ("ferritin",),
    "fibrinogen": ("fibrinogen",),
    "liver": ("alt", "ast", "bilirubin_total"),
}
"""The laboratory components of the composite, each with its analytes (CLINICAL.md D3)."""
_IS_SECONDARY = "Secondary endpoint: read it beside the primary one of the same toxicity, not in its place."


def _r2(primary: ResolutionEndpoint) -> ResolutionEndpoint:
    """Return resolution to grade 2 or less of a child at grade 3 or more at the first dose (CLINICAL.md D22)."""
    toxicity, estimand = primary.toxicity, primary.estimand
    return replace(
        primary,
        id=f"{toxicity.lower()}_r2_24h",
        title=f"{toxicity} of grade 3 or more: to grade 2 or less after the first anakinra dose (secondary)",
        role=Role.SECONDARY,
        threshold=2,
        least_at_start=3,
        steps=(
            f"{toxicity} grade known at the first dose",
            f"{toxicity} grade 2 or more at the first dose: in the primary curve (R1)",
            f"{toxicity} grade 3 or more at the first dose: in this curve (R2)",
        ),
        estimand=replace(
            estimand,
            population=estimand.population.replace("was 2 or more", "was 3 or more")
            + "; whoever was at 2 or less by then is out of it, whatever the peak before",
            variable=estimand.variable.replace("is 1 or less", "is 2 or less").replace("R1-24 h", "R2-24 h"),
        ),
        notes=(_IS_SECONDARY,),
    )


def _component(name: str, *, variable: str, confirmation_days: int) -> ResolutionEndpoint:
    return replace(
        CARHLH_COMPOSITE,
        id=f"carhlh_{name}",
        title=f"carHLH, {name} alone after the first anakinra dose (secondary)",
        role=Role.SECONDARY,
        measure=Measure.COMPONENT,
        component=name,
        confirmation_days=confirmation_days,
        steps=(
            CARHLH_COMPOSITE.steps[0],
            "carHLH at the first dose",
            "Ferritin known at or before the first dose: in the primary curve",
            f"{name.capitalize()} known on the day of the first dose or the day before",
            f"{name.capitalize()} out of its limits then: in this curve",
        ),
        events=(
            EventSource(code=RESOLVED, name="resolved", form="laboratory", items=CARHLH_COMPONENTS[name]),
            DEATH,
        ),
        estimand=replace(
            CARHLH_COMPOSITE.estimand,
            population=f"{CARHLH_COMPOSITE.estimand.population}, {name} out of its limits at the first dose",
            variable=variable,
            intercurrent_events=INTERCURRENT,
        ),
        notes=(_IS_SECONDARY,),
    )


def _platelets(limit: int) -> ResolutionEndpoint:
    """Return recovery to a count after lasting thrombocytopenia (CLINICAL.md D3)."""
    return ResolutionEndpoint(
        id=f"platelets_{limit}",
        toxicity="Thrombocytopenia",
        title=f"Platelets to {limit} × 10⁹/L after anakinra for prolonged thrombocytopenia (secondary)",
        role=Role.SECONDARY,
        measure=Measure.PLATELETS,
        platelets=limit,
        confirmation_days=2,
        steps=(
            "First dose of a course given during, or for, prolonged refractory thrombocytopenia",
            f"Platelets known in the {24 * LOOKBACK_DAYS} hours before that dose",
            f"Under {limit} × 10⁹/L then, or transfused in the 7 days before: in this curve",
        ),
        events=(EventSource(code=RESOLVED, name="resolved", form="laboratory", items=("platelets",)), DEATH),
        censorings=CENSORINGS,
        estimand=Estimand(
            population=(
                "children with an episode of prolonged refractory thrombocytopenia who were given anakinra during it or"
                f" for it, and whose last count by that dose was under {limit} × 10⁹/L or kept up by transfusion"
            ),
            time_zero="calendar day of the first dose of that course at the site (day 0)",
            variable=(
                f"first of three days in a row, t ≥ 1, with at least {limit} × 10⁹/L and no platelets given on them or"
                " in the 7 days before; a single day without a count has the mean of its neighbors"
            ),
            intercurrent_events=INTERCURRENT,
            summary=f"cumulative incidence to day {HORIZON_DAYS} (Aalen-Johansen), 95 % pointwise limits",
        ),
        notes=(_IS_SECONDARY,),
    )


CRS_R2, ICANS_R2 = _r2(CRS_R1), _r2(ICANS_R1)
CARHLH_FERRITIN = _component(
    "ferritin",
    variable=(
        "first day t ≥ 1 with ferritin at most 50 % of its peak up to the first dose and no rebound above that for 48 h"
    ),
    confirmation_days=2,
)
CARHLH_FIBRINOGEN = _component(
    "fibrinogen",
    variable=(
        "first day t ≥ 1 with fibrinogen ≥ 150 mg/dL without plasma, cryoprecipitate or fibrinogen in the 48 h before"
    ),
    confirmation_days=0,
)
CARHLH_LIVER = _component(
    "liver",
    variable=f"first day t ≥ 1 with {LIVER_WITHIN_LIMITS}",
    confirmation_days=0,
)
PLATELETS_20, PLATELETS_50 = _platelets(20), _platelets(50)
SECONDARY_ENDPOINTS = (CRS_R2, ICANS_R2, CARHLH_FERRITIN, CARHLH_FIBRINOGEN, CARHLH_LIVER, PLATELETS_20, PLATELETS_50)
