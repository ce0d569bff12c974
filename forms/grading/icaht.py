"""ICAHT: neutropenia by depth and length, early and late, and the same for platelets. Source: CLINICAL.md 2.6."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from itertools import pairwise

from forms.context import Context
from forms.grading.counts import Series, counts_after_infusions, days_below, longest_run
from forms.grading.parts import not_assessable
from forms.rule_set import AT_LEAST, EXACT, GRADES, RuleSet, Verdict
from forms.values import Measurement

EARLY_FROM, EARLY_TO, LATE_FROM, LATE_TO = 0, 30, 31, 100
NO_END = 10**6
NEUTROPENIA, PROFOUND = Decimal("0.5"), Decimal("0.1")
LATE_LIMITS = {1: Decimal("1.5"), 2: Decimal(1), 3: Decimal("0.5"), 4: Decimal("0.1")}
PLATELETS_100, PLATELETS_50, PLATELETS_20 = Decimal(100), Decimal(50), Decimal(20)
DAYS_MISSING, TOO_FEW = "days_missing", "too_few_values"

_TOO_FEW = not_assessable("fewer than two days with a value after day 30", TOO_FEW, "laboratory.anc")


def early_neutropenia(series: Series) -> Verdict | None:
    """Return early ICAHT, days 0 to 30: the longest run at or below 0.5 and at or below 0.1."""
    end = series.end_of(EARLY_TO)
    if not series.measured_days(EARLY_FROM, end):
        return None
    states = {limit: series.states(limit, Measurement.is_at_most, EARLY_FROM, end) for limit in (NEUTROPENIA, PROFOUND)}

    def graded(*, unknown: bool) -> tuple[int, int, int]:
        run, is_lasting = longest_run(states[NEUTROPENIA], EARLY_FROM, end, unknown=unknown)
        profound, _ = longest_run(states[PROFOUND], EARLY_FROM, end, unknown=unknown)
        by_length = 4 if is_lasting else _step(run, (1, 7, 14))
        return max(by_length, {0: 0, 1: 3, 2: 4}[_step(profound, (7, 14))]), run, profound

    low, run, profound = graded(unknown=False)
    high, _, _ = graded(unknown=True)
    return _verdict(
        low,
        high,
        f"{run} days in a row at or below 0.5, {profound} at or below 0.1",
        "laboratory.anc",
        longest_run_500=str(run),
        longest_run_100=str(profound),
        missing_days=str(end - EARLY_FROM + 1 - len(states[NEUTROPENIA])),
    )


def late_neutropenia(series: Series) -> Verdict | None:
    """Return late ICAHT, after day 30: the lowest limit that two consecutive measured days keep to."""
    end = series.end_of(NO_END)
    days = series.measured_days(LATE_FROM, end)
    if not days:
        return None
    if len(days) < 2:
        return _TOO_FEW
    low = high = 0
    for grade, limit in LATE_LIMITS.items():
        known = [series.states(limit, Measurement.is_at_most, day, day)[day] for day in days]
        pairs = list(pairwise(known))
        low = grade if any(first and second for first, second in pairs) else low
        high = grade if any(first is not False and second is not False for first, second in pairs) else high
    return _verdict(low, high, f"{len(days)} days with a value after day 30", "laboratory.anc", days=str(len(days)))


def early_thrombocytopenia(series: Series) -> Verdict | None:
    """Return early T-ICAHT, days 0 to 30: the days below 50 and below 20."""
    return _thrombocytopenia(series, EARLY_FROM, EARLY_TO, lambda below_100, below_50: _step(below_50, (1, 7)))


def late_thrombocytopenia(series: Series) -> Verdict | None:
    """Return late T-ICAHT, days 31 to 100: any day below 100 or 50, and the days below 20."""
    return _thrombocytopenia(
        series, LATE_FROM, LATE_TO, lambda below_100, below_50: 2 if below_50 else int(below_100 > 0)
    )


def _thrombocytopenia(series: Series, first: int, last: int, mild: Callable[[int, int], int]) -> Verdict | None:
    end = series.end_of(last)
    if not series.measured_days(first, end):
        return None
    limits = (PLATELETS_100, PLATELETS_50, PLATELETS_20)
    states = [series.states(limit, Measurement.is_below, first, end) for limit in limits]

    def graded(*, unknown: bool) -> tuple[int, int, int]:
        below_100, below_50, below_20 = (days_below(state, first, end, unknown=unknown) for state in states)
        return max(mild(below_100, below_50), {0: 0, 1: 3, 2: 4}[_step(below_20, (1, 14))]), below_50, below_20

    low, below_50, below_20 = graded(unknown=False)
    high, _, _ = graded(unknown=True)
    return _verdict(
        low,
        high,
        f"{below_50} days below 50, {below_20} below 20",
        "laboratory.platelets",
        days_below_50=str(below_50),
        days_below_20=str(below_20),
        missing_days=str(end - first + 1 - len(states[0])),
    )


def _step(days: int, limits: tuple[int, ...]) -> int:
    """Return how many of the limits a number of days reaches."""
    return sum(days >= limit for limit in limits)


def _verdict(low: int, high: int, because: str, item: str, **details: str) -> Verdict:
    if low == high:
        return Verdict(value=str(low), certainty=EXACT, because=f"grade {low}: {because}", details=details)
    return Verdict(
        value=str(low),
        certainty=AT_LEAST,
        because=f"at least grade {low}: {because}, as far as values are known",
        why=DAYS_MISSING,
        missing=(item,),
        details=details,
    )


def _judge(analyte: str, grade: Callable[[Series], Verdict | None], context: Context) -> Mapping[str, Verdict]:
    found = ((str(key), grade(series)) for key, series in counts_after_infusions(context, analyte).items())
    return {key: verdict for key, verdict in found if verdict is not None}


_COUNTED = (
    "The lowest value of a day counts; a single missing day between two measured ones has their mean. Other missing "
    "days make a lower bound.",
    "Days end with death and with the next infusion.",
)
_ICAHT_SOURCE = "Rejeski 2023, Blood 142:865 (EHA/EBMT); thresholds as in a public implementation, not read in print"
_T_ICAHT_SOURCE = "T-ICAHT, table in ASH-SAP"


def _icaht(id_: str, title: str, grade: Callable[[Series], Verdict | None], *decisions: str) -> RuleSet:
    return RuleSet(
        id=id_,
        version="1",
        title=title,
        source=_ICAHT_SOURCE,
        verified=False,
        form="infusion",
        uses=("laboratory", "end_of_study"),
        values=GRADES[:5],
        decisions=(*decisions, *_COUNTED),
        judge_child=partial(_judge, "anc", grade),
    )


def _t_icaht(id_: str, title: str, grade: Callable[[Series], Verdict | None]) -> RuleSet:
    return RuleSet(
        id=id_,
        version="1",
        title=title,
        source=_T_ICAHT_SOURCE,
        verified=True,
        form="infusion",
        uses=("laboratory", "end_of_study"),
        values=GRADES[:5],
        decisions=("Days below a limit are added up, in a row or not.", *_COUNTED),
        judge_child=partial(_judge, "platelets", grade),
    )


ICAHT_EARLY = _icaht(
    "icaht_early",
    "Early ICAHT (neutropenia, days 0 to 30)",
    early_neutropenia,
    "A run below a limit ends with three days in a row above it.",
    "Never recovered (grade 4) is a run from day 3 at the latest to the end of the window.",
)
ICAHT_LATE = _icaht(
    "icaht_late",
    "Late ICAHT (neutropenia after day 30)",
    late_neutropenia,
    "A value is not transient when the next measured day keeps to the same limit.",
)
T_ICAHT_EARLY = _t_icaht("t_icaht_early", "Early T-ICAHT (platelets, days 0 to 30)", early_thrombocytopenia)
T_ICAHT_LATE = _t_icaht("t_icaht_late", "Late T-ICAHT (platelets, days 31 to 100)", late_thrombocytopenia)
