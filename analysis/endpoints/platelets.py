"""Platelets after the first anakinra dose that was given while prolonged thrombocytopenia lasted."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from analysis.cut import Cut
from analysis.endpoints.children import Child, FirstDose, Followed
from analysis.endpoints.time_to_event import JudgedDay, Source
from analysis.plan.resolution import LOOKBACK_DAYS, ResolutionEndpoint
from forms.context import Context
from forms.grading.counts import Series, platelet_transfusions
from forms.grading.precedence import toxicity_of
from forms.grading.recovery import UNTRANSFUSED_DAYS
from forms.grading.samples import Sample, samples_of
from forms.values import Measurement, answer, day_of, latest

THROMBOCYTOPENIA = "thrombocytopenia"


def follow_platelets(cut: Cut, child: Child, endpoint: ResolutionEndpoint) -> Followed:
    """Return the days of a child that was given anakinra in prolonged thrombocytopenia, if not recovered by then.

    A day is resolved at or above the limit without a transfusion on it or in the seven days before; it confirms an
    earlier one at or above the limit without a transfusion on it.
    """
    dose = _dose_in_thrombocytopenia(cut, child)
    if dose is None:
        return Followed(passed=0)
    samples = samples_of(cut.rows("laboratory", child.subject), ("platelets",), key="record")
    transfused = platelet_transfusions(
        Context(today=cut.data_date, rows={"support": cut.rows("support", child.subject)})
    ).days
    limit, oldest = Decimal(endpoint.platelets), dose.at - timedelta(days=LOOKBACK_DAYS)
    before = [sample.values["platelets"] for sample in samples if oldest <= sample.at <= dose.at]
    if not before:
        return Followed(passed=1)
    if before[-1].is_below(limit) is False and not transfused & _days(dose.day, -UNTRANSFUSED_DAYS, 0):
        return Followed(passed=2)
    sources = {(sample.at.date() - dose.day).days: _source(sample) for sample in samples}
    states = {}
    for day, below in _states(samples, dose.day, limit).items():
        on, near = _days(dose.day, day, day), _days(dose.day, day - UNTRANSFUSED_DAYS, day)
        states[day] = JudgedDay(
            resolved=None if below is None else not below and not transfused & near,
            holds=None if below is None else not below and not transfused & on,
            source=sources.get(day) or sources[day - 1],
            carried=day not in sources,
        )
    return Followed(passed=3, states=states, dose=dose)


def _dose_in_thrombocytopenia(cut: Cut, child: Child) -> FirstDose | None:
    """Return the earliest first dose of a course during such an episode, or of a course given for it."""
    spans = [
        (begun, over.date() if (over := latest(answer(episode, "resolved_on"))) else date.max)
        for episode in cut.rows("toxicity_episode", child.subject)
        if toxicity_of(episode) == THROMBOCYTOPENIA and (begun := day_of(answer(episode, "onset_on"))) is not None
    ]
    for dose in child.doses:
        indications = answer(dose.course, "indications")
        if isinstance(indications, tuple) and THROMBOCYTOPENIA in indications:
            return dose
        if any(begun <= dose.day < over for begun, over in spans):
            return dose
    return None


def _states(samples: tuple[Sample, ...], time_zero: date, limit: Decimal) -> dict[int, bool | None]:
    """Return day -> whether the lowest count was below the limit; a single missing day has its neighbors' mean."""
    values: dict[int, tuple[Measurement, ...]] = {}
    for sample in samples:
        day = (sample.at.date() - time_zero).days
        values[day] = (*values.get(day, ()), sample.values["platelets"])
    last = max(values)
    return Series(values=values).states(limit, Measurement.is_below, 0, last) if last >= 0 else {}


def _source(sample: Sample) -> Source:
    return Source(form="laboratory", item="platelets", record=sample.record)


def _days(time_zero: date, first: int, last: int) -> frozenset[date]:
    return frozenset(time_zero + timedelta(days=number) for number in range(first, last + 1))
