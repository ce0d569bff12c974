"""The carHLH composite as days of a resolution curve; the rule itself stands in forms.grading.carhlh_course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from analysis.endpoints.three_valued import all_of
from analysis.endpoints.time_to_event import JudgedDay, Source
from analysis.plan.resolution import ResolutionEndpoint
from analysis.plan.secondary_resolution import CARHLH_COMPONENTS
from forms.grading.carhlh_course import CompositeDay
from forms.grading.samples import Sample


def composite_states(days: Mapping[int, CompositeDay]) -> dict[int, JudgedDay]:
    """Return what each day from time zero to the last sample says about the composite.

    A day is resolved only when all parts are known and hold; unresolved as soon as one part is known not to; None
    else, and on a day without a sample, which can only confirm: with its ferritin.
    """
    return {
        number: JudgedDay(
            resolved=day.resolved,
            holds=day.components["ferritin"],
            source=Source(form="laboratory", item=day.item, record=day.record),
            carried=not day.sampled,
        )
        for number, day in days.items()
    }


def component_states(
    days: Mapping[int, CompositeDay], samples: Sequence[Sample], time_zero: date, endpoint: ResolutionEndpoint
) -> dict[int, JudgedDay]:
    """Return what each day says about one component: each names the last sample that measured it.

    A day without that measurement can only confirm.
    """
    analytes = CARHLH_COMPONENTS[endpoint.component]
    sources = {
        (sample.at.date() - time_zero).days: Source(form="laboratory", item=name, record=sample.record)
        for sample in samples
        for name in reversed(analytes)
        if name in sample.values
    }
    found = {}
    for number, day in days.items():
        holds, measured = component_holds(day, endpoint.component), number in sources
        source = sources.get(number) or sources.get(number - 1)
        if source is not None:
            found[number] = JudgedDay(
                resolved=holds if measured else None, holds=holds, source=source, carried=not measured
            )
    return found


def component_holds(day: CompositeDay, component: str) -> bool | None:
    """Return whether all analytes of a component hold on a day; None where one is not known and none is out."""
    return all_of([day.components[analyte] for analyte in CARHLH_COMPONENTS[component]])
