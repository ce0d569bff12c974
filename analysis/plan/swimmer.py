"""Which children are drawn one by one, and from when to when."""

from __future__ import annotations

from analysis.plan.estimand import Estimand

ROWS_PER_FIGURE = 50
"""Children in one figure of the chapter child by child, so that a row can be read on a printed page."""
DRAWN_AT_MOST = 200
"""With more treated children every second, third, ... of them is drawn, in the order of the picture."""
FIRST_DAY, LAST_DAY = -7, 28
"""Days after the first anakinra dose from which and to which a child's course is drawn."""
SWIMMER_ESTIMAND = Estimand(
    population="children given anakinra whose first dose has a day and time",
    time_zero="calendar day of the first anakinra dose at the site (day 0)",
    variable="worst of the CRS and the attributable ICANS grade of each day, and what was given",
    intercurrent_events=(("death, leaving the registry, end of the data", "the row ends"),),
    summary="none: each child is shown, nothing is estimated",
)
