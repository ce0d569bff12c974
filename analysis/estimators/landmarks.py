"""The landmark view: who is still there on a day, grouped by what had happened by then, the clock starting anew."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimators.inputs import (
    Floats,
    Integers,
    InvalidInputError,
    codes,
    numbers,
    refuse_rows,
    same_length,
    times,
)


@dataclass(frozen=True, kw_only=True)
class Landmark:
    """Those still under observation without an event after day `day`; arrays of shape (n_kept,).

    `rows` are their positions among all, `time` counts from the landmark, `exposed` tells whose exposure had begun by
    then. Left out: `n_event_before` with an event by the landmark, `n_censored_before` no longer observed then.
    """

    day: float
    rows: Integers
    time: Floats
    event: Integers
    exposed: NDArray[np.bool_]
    n_event_before: int
    n_censored_before: int
    method: str = "landmark analysis: exposure as it was on the landmark day, later exposure ignored"
    source: str = "Anderson, Cain & Gelber 1983, J Clin Oncol 1:710"


def landmark(time: ArrayLike, event: ArrayLike, exposure: ArrayLike, *, day: float) -> Landmark:
    """Return the children still at risk after a landmark day with their groups frozen on it.

    time: (n,) days; event: (n,) codes, 0 = censored; exposure: (n,) day on which exposure began, NaN = never. An event
    or a censoring on the landmark day itself comes before the landmark. Errors: InvalidInputError for missing or
    negative times, a negative landmark, and where nobody is left.
    """
    if not math.isfinite(day) or day < 0:
        raise InvalidInputError(f"day must be a day of 0 or later, found {day}.")
    checked_time, checked_event, began = times("time", time), codes("event", event), numbers("exposure", exposure)
    same_length(time=checked_time, event=checked_event, exposure=began)
    refuse_rows("exposure", exposure, np.isinf(began), "not finite (NaN stands for never)")
    kept = checked_time > day
    if not kept.any():
        raise InvalidInputError(f"nobody is under observation without an event after day {day:g}.")
    return Landmark(
        day=float(day),
        rows=np.flatnonzero(kept),
        time=checked_time[kept] - day,
        event=checked_event[kept],
        exposed=began[kept] <= day,
        n_event_before=int(np.sum(~kept & (checked_event > 0))),
        n_censored_before=int(np.sum(~kept & (checked_event == 0))),
    )
