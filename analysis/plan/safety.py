"""What is counted as harm in the chapters on adverse events and monitoring; no limit that would stop anything."""

from __future__ import annotations

from analysis.plan.estimand import Estimand
from analysis.plan.infections import LAST_INFECTION_DAY
from analysis.plan.timing import SEVERE_GRADE

PER_PATIENT_DAYS = 1_000
"""Days on anakinra that a rate of adverse events is given for."""
AT_LEAST_POSSIBLE = ("possible", "probable", "definite")
"""A cause counts from this judgement of the site on (CLINICAL.md D20)."""
MONITORED_DAYS = (28, 60, 90)
"""Deaths are read this many days after the first infusion."""
STOPPED_FOR_HARM = ("adverse_event", "infection", "cytopenia")
"""Reasons for stopping anakinra that count as harm."""
ADVERSE_EVENT_RATE = Estimand(
    population=(
        "children given anakinra; of injection site reactions those ordered it under the skin at any time, or who had"
        " one"
    ),
    time_zero="calendar day of the first dose of each course at the site",
    variable=(
        "adverse events with an onset on a day from the first to the last dose of a course, both counted; all, of grade"
        f" {SEVERE_GRADE} or more, serious, held by the site to be at least possibly due to anakinra, at the injection"
        " site, and dosing errors; a child can have several. An onset whose date leaves open whether it was on such a"
        " day does not count"
    ),
    intercurrent_events=(
        ("death, transfer out of the registry, end of observation", "a course that goes on ends (while at risk)"),
        ("last dose given on a day that is not known", "the first day alone counts; without a first dose none"),
        ("second infusion, other immunosuppressants", "treatment policy (ignored)"),
    ),
    summary=(
        f"events per {PER_PATIENT_DAYS:,} days of courses, each day of a child once, exact Poisson limits (Garwood); of"
        " all events once more as if every day and event that is left open counted; no test"
    ),
)
MONITORING_ESTIMAND = Estimand(
    population="children infused; of anakinra stopped for harm, those given it",
    time_zero="first infusion of the registry (day 0)",
    variable=(
        f"CRS, and ICANS, of grade {SEVERE_GRADE} or more in any episode so far; death by day"
        f" {', '.join(map(str, MONITORED_DAYS))}; any course of anakinra stopped for harm; infection that needed"
        f" treatment by day {LAST_INFECTION_DAY}, pages of one organism merged as in the infection rate, so that what"
        " repeats an infection from before the infusion is none"
    ),
    intercurrent_events=(
        ("second infusion", "infections count to it (while on the first)"),
        ("anakinra and other immunosuppressants", "treatment policy (ignored)"),
        ("death", "no infection counts after it (while alive); in the incidence of infections it competes"),
    ),
    summary=(
        "n/N of the children of whom it is known, Clopper-Pearson limits, the others counted beside it; not known: an"
        f" episode without a grade and no grade of {SEVERE_GRADE} or more of that toxicity, a shorter follow-up"
        " without the event, a course that ended without a reason, an infection without its day or treatment. Of deaths"
        " and infections the cumulative incidence by the day as well (Aalen-Johansen), of all infused, each for as long"
        " as it was followed (of deaths also to a visit at which it was seen alive after leaving), and how long that"
        " was: the median by reverse Kaplan-Meier. No stopping rule and no limit refers to any of them"
    ),
)
