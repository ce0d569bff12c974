"""How infections are counted: over which days, split by what, and from how many on two rates are compared."""

from __future__ import annotations

from decimal import Decimal

from analysis.plan.estimand import Estimand
from forms.grading.infection import STILL_BEFORE_DAYS

EXPOSURE_LAG_DAYS = STILL_BEFORE_DAYS
"""An infection first positive up to 48 hours after the first dose was there before it (CLINICAL.md D12).

Time is lagged like the infections: the day of the first dose and the two after it are before anakinra, and the two days
after the last dose are still on it.
"""
DAY_STRATA = ((0, 7), (8, 14), (15, 28), (29, 90))
"""Days after infusion, both ends counted (CLINICAL.md D26)."""
LAST_INFECTION_DAY = DAY_STRATA[-1][1]
"""Last day after infusion on which an infection counts."""
NEUTROPENIA_BELOW = Decimal("0.5")
"""Neutropenia: neutrophils below this, in 10^9/L (CLINICAL.md D26)."""
COUNT_HOLDS_DAYS = 7
"""A neutrophil count holds until the next one, at most for a week: counts are weekly after discharge."""
CLASSES_AND_MORE = 3
"""This many concurrent immunosuppressant classes and more are one row."""
EVENTS_TO_COMPARE = 10
"""Fewer infections in two groups together are not compared (CLINICAL.md D27: ten events for each parameter)."""

INFECTION_RATE = Estimand(
    population="infused children, first infusion",
    time_zero="infusion (day 0)",
    variable=(
        "infections that needed treatment, pages of one organism merged where each lies within its window of the one"
        " before, from day 0 to day"
        f" {LAST_INFECTION_DAY}, each on the day of its first positive sample, else of its onset; known before and"
        " unchanged does not count; a child can have several"
    ),
    intercurrent_events=(
        ("death, transfer out of the registry, end of study, second infusion", "patient-days end (while at risk)"),
        ("other immunosuppressants", "treatment policy (ignored)"),
    ),
    summary=(
        "infections per 1,000 patient-days, exact Poisson limits; within a stratum of days after infusion the rate on"
        " anakinra over that of the days before it and of children never treated, taken together: ratio with exact"
        " conditional limits, two-sided P; the rates once more by whether the neutrophils of the day were below"
        f" {NEUTROPENIA_BELOW} × 10⁹/L, without a test"
    ),
)
FIRST_INFECTION = Estimand(
    population="children given anakinra within the days that are counted after the first infusion",
    time_zero="calendar day of the first anakinra dose at the site (day 0)",
    variable=("first infection that needed treatment and was first positive more than 48 hours after the first dose"),
    intercurrent_events=(
        ("death before an infection", "competing event (while alive)"),
        ("transfer out of the registry, end of study, second infusion, day 90 after infusion", "censored"),
    ),
    summary="cumulative incidence (Aalen-Johansen), 95 % pointwise limits",
)
