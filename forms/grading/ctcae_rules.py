"""The laboratory rows of CTCAE v5 and v6 as bounds: a grade, and the limit beyond which it is reached.

Sources: CLINICAL.md 2.5 and D8; version 6 is known second-hand only. A bound whose limit is not known (no normal range,
no value before infusion) leaves the grade open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from forms.values import Measurement

Meets = Callable[[Measurement, Decimal], bool | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What an analyte is compared with: the normal range, and the value before infusion.

    ``baseline_high`` is the upper limit at the laboratory that measured the value before infusion; ``transfused`` tells
    that platelets were given on the day, which version 6 grades.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    baseline: Decimal | None = None
    baseline_high: Decimal | None = None
    transfused: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A grade and the limit that decides it; without a limit it stays open whether it is reached.

    With ``only_below`` it counts for values below that alone.
    """

    grade: int
    meets: Meets
    limit: Decimal | None
    only_below: Decimal | None = None


Rule = Callable[[Known], tuple[Bound, ...]]


def grades_within(measured: Measurement, bounds: tuple[Bound, ...]) -> tuple[int, int]:
    """Return the lowest and the highest grade that a value can have."""
    low = high = 0
    for bound in bounds:
        if bound.only_below is not None and measured.is_below(bound.only_below) is False:
            continue
        reached = bound.meets(measured, bound.limit) if bound.limit is not None else None
        if reached:
            low = max(low, bound.grade)
        if reached is not False:
            high = max(high, bound.grade)
    return low, high


def _times(limit: Decimal | None, factors: tuple[str, ...]) -> list[Decimal | None]:
    return [None if limit is None else limit * Decimal(factor) for factor in factors]


def _above(limits: list[Decimal | None]) -> tuple[Bound, ...]:
    return tuple(Bound(grade, Measurement.is_above, limit) for grade, limit in enumerate(limits, 1))


def _below(limits: list[Decimal | None]) -> tuple[Bound, ...]:
    return tuple(Bound(grade, Measurement.is_below, limit) for grade, limit in enumerate(limits, 1))


def _is_abnormal(known: Known) -> bool:
    """Tell whether the value before infusion was above the normal range; one that is not known counts as normal."""
    return known.baseline is not None and known.baseline_high is not None and known.baseline > known.baseline_high


def _multiples(normal: tuple[str, ...], abnormal: tuple[str, ...], *, first: Meets = Measurement.is_above) -> Rule:
    """Return the rule of multiples: of the upper limit, or of a value before infusion that was above it.

    ``first`` compares with the first of the multiples of an abnormal value.
    """

    def rule(known: Known) -> tuple[Bound, ...]:
        if not _is_abnormal(known):
            return _above(_times(known.high, normal))
        mildest, *others = _above(_times(known.baseline, abnormal))
        return (Bound(mildest.grade, first, mildest.limit), *others)

    return rule


def _creatinine(known: Known) -> tuple[Bound, ...]:
    second, third = _times(known.baseline, ("1.5", "3"))
    return (
        *_above(_times(known.high, ("1", "1.5", "3", "6"))),
        Bound(2, Measurement.is_above, second),
        Bound(3, Measurement.is_above, third),
    )


def _fibrinogen(known: Known) -> tuple[Bound, ...]:
    """Return the bounds of fibrinogen; its fall since before infusion counts once it is below the normal range."""
    bounds = (*_below(_times(known.low, ("1", "0.75", "0.5", "0.25"))), Bound(4, Measurement.is_below, Decimal(50)))
    falls = _times(known.baseline if known.low is not None else None, ("0.75", "0.5", "0.25"))
    return (*bounds, *(Bound(grade, Measurement.is_at_most, limit, known.low) for grade, limit in enumerate(falls, 2)))


def _counts(*limits: str) -> Rule:
    """Return the rule of a count: grade 1 below the normal range, the others below fixed limits."""

    def rule(known: Known) -> tuple[Bound, ...]:
        return _below([known.low, *map(Decimal, limits)])

    return rule


def _platelets_v6(known: Known) -> tuple[Bound, ...]:
    bounds = _counts("75", "50", "10")(known)
    return (*bounds, Bound(3, Measurement.is_at_least, Decimal(0))) if known.transfused else bounds


def _aptt(known: Known) -> tuple[Bound, ...]:
    return _above(_times(known.high, ("1", "1.5", "2.5")))


_UNCHANGED: Mapping[str, Rule] = {
    "fibrinogen": _fibrinogen,
    "aptt_s": _aptt,
    "haemoglobin": _counts("10", "8"),
}
_LIVER = ("1", "3", "5", "20")
_BILIRUBIN = ("1", "1.5", "3", "10")

V5: Mapping[str, Rule] = {
    "alt": _multiples(_LIVER, ("1.5", "3", "5", "20"), first=Measurement.is_at_least),
    "ast": _multiples(_LIVER, ("1.5", "3", "5", "20"), first=Measurement.is_at_least),
    "bilirubin_total": _multiples(_BILIRUBIN, _BILIRUBIN),
    "creatinine": _creatinine,
    "anc": _counts("1.5", "1", "0.5"),
    "platelets": _counts("75", "50", "25"),
    **_UNCHANGED,
}
# What version 6 says of creatinine is not known here, so it is left out rather than guessed.
V6: Mapping[str, Rule] = {
    "alt": _multiples(_LIVER, ("1", "1.5", "2", "4")),
    "ast": _multiples(_LIVER, ("1", "1.5", "2", "4")),
    "bilirubin_total": _multiples(_BILIRUBIN, ("1", "1.5", "2.5", "10")),
    "anc": _counts("1", "0.5", "0.1"),
    "platelets": _platelets_v6,
    **_UNCHANGED,
}
