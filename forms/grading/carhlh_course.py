"""Resolution of HLH-like toxicity after the first anakinra dose, day by day and component by component.

A daily grade of it cannot resolve, so a composite stands in its place: ferritin, fibrinogen, liver, and nothing newly
needed. Source: CLINICAL.md D3. It awaits the steering group's signature.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from forms.context import Context
from forms.grading.samples import Sample, range_on
from forms.values import Measurement

FERRITIN_SHARE_OF_PEAK = Decimal("0.5")
FIBRINOGEN_MG_DL = 150
UNTRANSFUSED_DAYS = 2
CARRIED_DAYS = 1
"""Days after its own on which a value still serves: one missing day is carried."""
TRANSAMINASE_ULN_MULTIPLE, BILIRUBIN_ULN_MULTIPLE = 5, 3
"""CTCAE v5 grade 2 or less."""
LIVER_MULTIPLES = {
    "alt": TRANSAMINASE_ULN_MULTIPLE,
    "ast": TRANSAMINASE_ULN_MULTIPLE,
    "bilirubin_total": BILIRUBIN_ULN_MULTIPLE,
}
ANALYTES = ("ferritin", "fibrinogen", *LIVER_MULTIPLES)
COMPONENTS = (*ANALYTES, "nothing_new_needed")


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a child received that the composite looks at.

    ``coagulation_products`` are the moments plasma, cryoprecipitate or fibrinogen was given; ``new_rescue_days`` the
    days, counted from time zero, on which a new rescue class or a new organ support began after the first dose.
    """

    coagulation_products: tuple[datetime, ...] = ()
    new_rescue_days: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The highest value that is CTCAE v5 grade 2 or less, by liver analyte; absent where there is no ULN.

    ``highest`` holds at the site's own laboratory, ``elsewhere`` at another one, by its name.
    """

    highest: Mapping[str, Decimal]
    elsewhere: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)

    def of(self, analyte: str, laboratory: str) -> Decimal | None:
        """Return the limit of an analyte at a laboratory, empty for the site's own; None without one."""
        return (self.elsewhere.get(laboratory, {}) if laboratory else self.highest).get(analyte)


@dataclass(frozen=True, kw_only=True)
class CompositeDay:
    """What one day says: each component true, false or not known, and the record and item that decided.

    ``sampled`` tells whether blood was drawn on the day itself; a day without can only confirm an earlier one.
    ``unranged`` are the components not known because the laboratory that a sample names has no recorded range, and
    ``undated`` those not known because of a date, each with the items that would tell.
    """

    components: Mapping[str, bool | None]
    sampled: bool
    record: str
    item: str
    unranged: tuple[str, ...] = ()
    undated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def resolved(self) -> bool | None:
        """Return whether all components hold; None where one is not known, or no blood was drawn."""
        found = tuple(self.components.values())
        if not self.sampled:
            return None
        return False if False in found else (None if None in found else True)


def liver_limits(
    upper_limits: Mapping[str, Decimal],
    baseline: Mapping[str, Measurement],
    baseline_limits: Mapping[str, Decimal] | None = None,
) -> Limits:
    """Return the limits of grade 2: 5 x (AST, ALT) or 3 x (bilirubin) the ULN, or the baseline where that is above.

    ``baseline_limits`` are the ULN of the laboratories that measured the baseline, where these are others.
    Source: CTCAE v5, investigations; the multiples are of the baseline when the baseline was abnormal.
    """
    normal = upper_limits if baseline_limits is None else baseline_limits
    highest = {}
    for analyte, multiple in LIVER_MULTIPLES.items():
        limit, before = upper_limits.get(analyte), baseline.get(analyte)
        if before is not None and analyte in normal and before.value > normal[analyte]:
            highest[analyte] = multiple * before.value
        elif limit is not None:
            highest[analyte] = multiple * limit
    return Limits(highest=highest)


def limits_on(context: Context, day: date, samples: Sequence[Sample], infused_on: date) -> Limits:
    """Return the limits of grade 2 for the child on a day, at the site's own and each laboratory the samples name.

    ``samples`` are all of the child's, in order of time; those up to ``infused_on`` tell the baseline.
    """
    laboratories = {"", *(sample.laboratory for sample in samples)}
    uppers = {name: _upper_limits(context, day, name) for name in laboratories}
    baseline, measured_by = values_by(samples, infused_on), _laboratories_by(samples, infused_on)
    normal = {name: uppers[by][name] for name, by in measured_by.items() if name in uppers[by]}
    found = {name: liver_limits(upper, baseline, normal).highest for name, upper in uppers.items()}
    return Limits(highest=found.pop(""), elsewhere=found)


def _upper_limits(context: Context, day: date, laboratory: str) -> dict[str, Decimal]:
    normal = {analyte: range_on(context, analyte, day, laboratory) for analyte in LIVER_MULTIPLES}
    return {name: found.high for name, found in normal.items() if found is not None and found.high is not None}


def _laboratories_by(samples: Iterable[Sample], day: date) -> dict[str, str]:
    """Return the laboratory of the last value of each analyte up to a day."""
    return {name: sample.laboratory for sample in samples if sample.at.date() <= day for name in sample.values}


def values_by(samples: Iterable[Sample], day: date) -> dict[str, Measurement]:
    """Return the last value of each analyte up to a day; ``samples`` stand in order of time."""
    return {name: value for sample in samples if sample.at.date() <= day for name, value in sample.values.items()}


def peak_ferritin(samples: Iterable[Sample], first_dose: datetime) -> Decimal | None:
    """Return the highest ferritin (ng/mL) at or before the first dose, or None without one."""
    values = [
        sample.values["ferritin"].value for sample in samples if sample.at <= first_dose if "ferritin" in sample.values
    ]
    return max(values, default=None)


def composite_days(
    samples: Sequence[Sample], *, time_zero: date, peak: Decimal, limits: Limits, needs: Needs
) -> dict[int, CompositeDay]:
    """Return what each day from time zero to the last sample says about the composite.

    ``samples`` stand in order of time. A value serves its own day and the next one (one missing day carried).
    """
    days = [(sample.at.date() - time_zero).days for sample in samples]
    if not days or days[-1] < 0:
        return {}
    found, sampled = {}, set(days)
    for day in range(days[-1] + CARRIED_DAYS + 1):
        recent = samples[bisect_left(days, day - CARRIED_DAYS) : bisect_right(days, day)]
        if recent:
            found[day] = _composite(day, recent, day in sampled, peak, limits, needs)
    return found


def first_resolved(days: Mapping[int, CompositeDay], *, unknown: bool = False) -> int | None:
    """Return the first day t >= 1 on which all components hold and ferritin does not rebound for 48 hours.

    ``unknown`` is what a component that is not known counts as: with True, the first day that may be it.
    """

    def holds(state: bool | None) -> bool:
        return unknown if state is None else state

    for day in sorted(day for day in days if day >= 1 and days[day].sampled):
        later = (days.get(day + more) for more in range(1, UNTRANSFUSED_DAYS + 1))
        if all(holds(state) for state in days[day].components.values()) and all(
            holds(one.components["ferritin"] if one is not None else None) for one in later
        ):
            return day
    return None


def _composite(
    day: int, recent: Sequence[Sample], sampled_today: bool, peak: Decimal, limits: Limits, needs: Needs
) -> CompositeDay:
    decisive = next((sample for sample in reversed(recent) if "ferritin" in sample.values), recent[-1])
    components = {
        "ferritin": _is_at_most(recent, "ferritin", FERRITIN_SHARE_OF_PEAK * peak),
        "fibrinogen": _fibrinogen_holds(recent, needs.coagulation_products),
        **{analyte: _is_within_limits(recent, analyte, limits) for analyte in LIVER_MULTIPLES},
        "nothing_new_needed": not any(begun <= day for begun in needs.new_rescue_days),
    }
    return CompositeDay(
        components=components,
        sampled=sampled_today,
        record=decisive.record,
        item="ferritin" if "ferritin" in decisive.values else next(iter(decisive.values)),
        unranged=tuple(name for name in LIVER_MULTIPLES if components[name] is None and _lacks(recent, name, limits)),
    )


def _is_at_most(recent: Sequence[Sample], analyte: str, limit: Decimal | None) -> bool | None:
    """Return whether the latest day's highest value is at most the limit; None when unknown or its sign hides it."""
    found = _latest_day(recent, analyte)
    if not found or limit is None:
        return None
    worst = max((sample.values[analyte] for sample in found), key=lambda measured: measured.value)
    return worst.is_at_most(limit)


def _is_within_limits(recent: Sequence[Sample], analyte: str, limits: Limits) -> bool | None:
    """Return whether the latest day's highest value at each laboratory is at most the limit there."""
    latest = _latest_day(recent, analyte)
    by_laboratory: dict[str, list[Sample]] = {}
    for sample in latest:
        by_laboratory.setdefault(sample.laboratory, []).append(sample)
    states = {_is_at_most(drawn, analyte, limits.of(analyte, name)) for name, drawn in by_laboratory.items()}
    return False if False in states else (None if None in states or not states else True)


def _lacks(recent: Sequence[Sample], analyte: str, limits: Limits) -> bool:
    """Tell whether a laboratory that is named measured the analyte on its latest day and has no limit for it."""
    named = {sample.laboratory for sample in _latest_day(recent, analyte) if sample.laboratory}
    return any(limits.of(analyte, laboratory) is None for laboratory in named)


def _fibrinogen_holds(recent: Sequence[Sample], products: Sequence[datetime]) -> bool | None:
    """Return whether the latest day's lowest fibrinogen is >= 150 mg/dL without a product in the 48 h before."""
    found = _latest_day(recent, "fibrinogen")
    if not found:
        return None
    lowest = min(found, key=lambda sample: sample.values["fibrinogen"].value)
    supported = any(lowest.at - timedelta(days=UNTRANSFUSED_DAYS) <= given <= lowest.at for given in products)
    is_enough = lowest.values["fibrinogen"].is_at_least(FIBRINOGEN_MG_DL)
    return not supported if is_enough else is_enough


def _latest_day(recent: Sequence[Sample], analyte: str) -> list[Sample]:
    """Return the samples with the analyte of the latest day that has one."""
    measured = [sample for sample in recent if analyte in sample.values]
    return [sample for sample in measured if sample.at.date() == measured[-1].at.date()]
