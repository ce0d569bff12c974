"""The children whose carHLH can be followed after the first anakinra dose, and what the composite needs of each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from analysis.cut import Cut, Record
from analysis.endpoints.carhlh import composite_states
from analysis.endpoints.children import Child, FirstDose, Followed
from analysis.plan import ResolutionEndpoint
from forms.context import Context
from forms.derivations import age_years
from forms.grading.carhlh_course import ANALYTES, LIVER_MULTIPLES, Limits, liver_limits, peak_ferritin, values_by
from forms.grading.carhlh_facts import has_carhlh_at, needs_of
from forms.grading.samples import samples_of
from forms.values import Measurement, answer


def follow_composite(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> Followed:
    """Return the child's days of the carHLH composite, if carHLH was there and ferritin known at the first dose."""
    if not has_carhlh_at(cut.rows("toxicity_episode", child.subject), dose.course, dose.day):
        return Followed(passed=0)
    infused_on = max((one.day for one in child.infusions if one.day <= dose.day), default=child.infusions[0].day)
    samples = samples_of(cut.rows("laboratory", child.subject), ANALYTES, key="record")
    since_infusion = [sample for sample in samples if sample.at.date() >= infused_on]
    peak = peak_ferritin(since_infusion, dose.at)
    if peak is None:
        return Followed(passed=1)
    states = composite_states(
        since_infusion,
        time_zero=dose.day,
        peak=peak,
        limits=_limits(cut, child, dose.day, values_by(samples, infused_on)),
        needs=needs_of(
            cut.rows("concomitant_agent", child.subject),
            cut.rows("support", child.subject),
            cut.rows("assessment", child.subject),
            dose.at,
        ),
    )
    return Followed(passed=2, states=states)


def _limits(cut: Cut, child: Child, on: date, before_infusion: Mapping[str, Measurement]) -> Limits:
    """Return the liver limits of the child's site, sex and age on the day of the first dose."""
    enrolment: Record = next(iter(cut.rows("enrolment", child.subject)), {})
    age, sex = age_years(answer(enrolment, "birth_date"), on), str(answer(enrolment, "sex") or "") or None
    context = Context(today=cut.data_date, reference_ranges=cut.reference_ranges.get(child.site, ()))
    uppers: dict[str, Decimal] = {}
    for analyte in LIVER_MULTIPLES:
        normal = context.reference_range(analyte, sex=sex, age_years=age, day=on)
        if normal is not None and normal.high is not None:
            uppers[analyte] = normal.high
    return liver_limits(uppers, before_infusion)
