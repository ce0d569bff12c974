"""What steroid sparing means: days, thresholds and the estimand (CLINICAL.md 3.1 (11))."""

from __future__ import annotations

from dataclasses import replace

from analysis.plan.estimand import Estimand

STEROID_DAYS = (-3, 28)
"""Calendar days shown, counted from the first anakinra dose; the three days before it are the 72 hours before."""
STEROID_WINDOWS = ((-3, -1), (0, 0), (1, 3), (4, 7), (8, 14), (15, 28))
"""First and last day of each window that steroid is summed over."""
AT_START_HOURS = 24
"""Steroid given in this many hours before the first anakinra dose is the dose at start."""
LOW_MG_PER_KG = 0.5
"""mg/kg of prednisone per day."""
HALVED_BY_DAY = 3
"""Day by which half of the dose at start is looked for, the grade not being worse (CLINICAL.md 3.1)."""
STEROID_SPARING = Estimand(
    population="children given anakinra with systemic steroid in the 24 hours before the first dose",
    time_zero="calendar day of the first anakinra dose at the site (day 0)",
    variable=(
        "first day t ≥ 1 with the steroid of the day at or below the threshold, the next calendar day too; thresholds:"
        f" half of the daily dose in force at the start, {LOW_MG_PER_KG:g} mg/kg (of those who began above it), none;"
        " each dose counts on its own calendar day"
    ),
    intercurrent_events=(
        ("death before that", "competing event (while alive)"),
        ("steroid begun again later", "first time only"),
        ("other immunosuppressants after time zero", "treatment policy (ignored)"),
        ("second infusion, transplant, transfer out of the registry", "censored at the last day above the threshold"),
    ),
    summary="cumulative incidence to day 28 (Aalen-Johansen), 95 % pointwise limits",
)
STEROID_BY_DAY = replace(
    STEROID_SPARING,
    variable="prednisone equivalent of systemic steroid given on the calendar day, mg/kg",
    intercurrent_events=(
        ("death, transfer out of the registry, second infusion", "days end (while observed)"),
        ("other immunosuppressants after time zero", "treatment policy (ignored)"),
    ),
    summary="median and quartiles of each day among the children observed on it; no test",
)
