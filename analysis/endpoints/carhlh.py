"""The carHLH composite as days of a resolution curve; the rule itself stands in forms.grading.carhlh_course."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from analysis.endpoints.time_to_event import DayState, Source
from forms.grading.carhlh_course import Limits, Needs, composite_days
from forms.grading.samples import Sample


def composite_states(
    samples: Sequence[Sample], *, time_zero: date, peak: Decimal, limits: Limits, needs: Needs
) -> dict[int, DayState]:
    """Return what each day from time zero to the last sample says about the composite.

    A day is resolved only when all parts are known and hold; unresolved as soon as one part is known not to; None
    else, and on a day without a sample, which can only confirm: with its ferritin.
    """
    days = composite_days(samples, time_zero=time_zero, peak=peak, limits=limits, needs=needs)
    return {
        number: DayState(
            resolved=day.resolved,
            holds=day.components["ferritin"],
            source=Source(form="laboratory", item=day.item, record=day.record),
            carried=not day.sampled,
        )
        for number, day in days.items()
    }
