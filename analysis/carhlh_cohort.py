"""The children whose carHLH can be followed after the first anakinra dose, and what the composite needs of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from analysis.carhlh import LIVER_MULTIPLES, Limits, Needs, Sample, composite_states, liver_limits, peak_ferritin
from analysis.children import Child, FirstDose, Followed
from analysis.cut import Cut, Record
from analysis.plan import RESCUE_CLASSES, ResolutionEndpoint
from analysis.reference_ranges import upper_limit
from forms.derivations import age_years
from forms.grading.crs_signs import VASOACTIVE_CLASSES
from forms.values import Measurement, answer, day_of, earliest

ANALYTES = ("ferritin", "fibrinogen", *LIVER_MULTIPLES)
COUNTED_VASOACTIVES = {drug for drug, kind in VASOACTIVE_CLASSES.items() if kind != "inodilator"}


def follow_composite(cut: Cut, child: Child, dose: FirstDose, endpoint: ResolutionEndpoint) -> Followed:
    """Return the child's days of the carHLH composite, if carHLH was there and ferritin known at the first dose."""
    if not has_carhlh_at(cut, child.subject, dose):
        return Followed(passed=0)
    infused_on = max((one.day for one in child.infusions if one.day <= dose.day), default=child.infusions[0].day)
    samples = _samples(cut.rows("laboratory", child.subject))
    since_infusion = [sample for sample in samples if sample.at.date() >= infused_on]
    peak = peak_ferritin(since_infusion, dose.at)
    if peak is None:
        return Followed(passed=1)
    states = composite_states(
        since_infusion,
        time_zero=dose.day,
        peak=peak,
        limits=_limits(cut, child, dose.day, [sample for sample in samples if sample.at.date() <= infused_on]),
        needs=_needs(cut, child.subject, dose),
    )
    return Followed(passed=2, states=states)


def has_carhlh_at(cut: Cut, subject: str, dose: FirstDose) -> bool:
    """Return whether a carHLH episode had begun and not ended by the first dose, or its page says so.

    The page does not count where the committee found that the episode of that day was not carHLH.
    """
    open_then = [episode for episode in cut.rows("toxicity_episode", subject) if _covers(episode, dose.day)]
    if any(is_carhlh(episode) for episode in open_then):
        return True
    overruled = any(answer(episode, "toxicity") == "carhlh" for episode in open_then)
    return answer(dose.course, "at_start_carhlh_present") is True and not overruled


def _covers(episode: Record, day: date) -> bool:
    """Return whether an episode had begun by a day and had not ended on it."""
    begun, ended = day_of(answer(episode, "onset_on")), day_of(answer(episode, "resolved_on"))
    return begun is not None and begun <= day and (ended is None or ended > day)


def is_carhlh(episode: Record) -> bool:
    """Return whether an episode is carHLH; the committee's word goes before the clinician's (CLINICAL.md D7)."""
    return (answer(episode, "adjudicated_toxicity") or answer(episode, "toxicity")) == "carhlh"


def _samples(rows: Iterable[Record]) -> tuple[Sample, ...]:
    found = []
    for row in rows:
        at = answer(row, "sampled_at")
        values = {name: answer(row, name) for name in ANALYTES}
        measured = {name: value for name, value in values.items() if isinstance(value, Measurement)}
        if isinstance(at, datetime) and measured:
            found.append(Sample(at=at, values=measured, record=str(row["record"])))
    return tuple(sorted(found, key=lambda sample: (sample.at, sample.record)))


def _limits(cut: Cut, child: Child, on: date, before_infusion: Sequence[Sample]) -> Limits:
    """Return the liver limits of the child's site, sex and age on the day of the first dose."""
    enrolment: Record = next(iter(cut.rows("enrolment", child.subject)), {})
    age, sex = age_years(answer(enrolment, "birth_date"), on), str(answer(enrolment, "sex") or "")
    uppers: dict[str, Decimal] = {}
    for analyte in LIVER_MULTIPLES:
        high = upper_limit(cut.upper_limits, site=child.site, analyte=analyte, sex=sex, age_years=age, on=on)
        if high is not None:
            uppers[analyte] = high
    baseline = {name: value for sample in before_infusion for name, value in sample.values.items()}
    return liver_limits(uppers, baseline)


def _needs(cut: Cut, subject: str, dose: FirstDose) -> Needs:
    """Return the coagulation products given, and the days a rescue class or organ support newly began."""
    begun = [*_rescues(cut.rows("concomitant_agent", subject)), *_supports(cut, subject)]
    before = {kind for kind, at in begun if at <= dose.at}
    new = {(at.date() - dose.day).days for kind, at in begun if at > dose.at and kind not in before}
    return Needs(
        coagulation_products=tuple(sorted(_coagulation_products(cut.rows("support", subject)))),
        new_rescue_days=tuple(sorted(new)),
    )


def _rescues(rows: Iterable[Record]) -> list[tuple[str, datetime]]:
    starts = ((RESCUE_CLASSES.get(str(answer(row, "agent"))), earliest(answer(row, "started_at"))) for row in rows)
    return [(kind, at) for kind, at in starts if kind is not None and at is not None]


def _supports(cut: Cut, subject: str) -> list[tuple[str, datetime]]:
    """Return the start of each organ support: dialysis, ECMO, invasive ventilation, vasopressors."""
    found = []
    for row in cut.rows("support", subject):
        kind, at = answer(row, "kind"), earliest(answer(row, "started_at"))
        counts = kind in ("dialysis", "ecmo") or (kind == "ventilation" and answer(row, "invasive") is True)
        if counts and at is not None:
            found.append((str(kind), at))
    for row in cut.rows("assessment", subject):
        given, at = answer(row, "vasoactives"), earliest(answer(row, "assessed_at"))
        counted = isinstance(given, tuple) and not COUNTED_VASOACTIVES.isdisjoint(given)
        if counted and at is not None and answer(row, "vasoactive_for_sedation") is not True:
            found.append(("vasopressor", at))
    return found


def _coagulation_products(rows: Iterable[Record]) -> list[datetime]:
    given = (
        earliest(answer(row, "started_at"))
        for row in rows
        if answer(row, "kind") in ("plasma", "cryoprecipitate_fibrinogen")
    )
    return [at for at in given if at is not None]
