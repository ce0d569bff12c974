"""Recovery of platelets and neutrophils after an infusion: its first day. Source: CLINICAL.md 2.6 and D3."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from forms.context import Context
from forms.grading.child import infusion_days
from forms.grading.counts import Series, TransfusionDays, counts_after_infusions, platelet_transfusions
from forms.grading.icaht import NO_END
from forms.rule_set import RuleSet, Verdict
from forms.values import Measurement

DAYS_IN_A_ROW, UNTRANSFUSED_DAYS = 3, 7
ANC_RECOVERED = Decimal("0.5")
NEVER_LOW, NOT_RECOVERED = "never_low", "not_recovered"
VALUES = ("day_N", NEVER_LOW, NOT_RECOVERED)


def platelet_recovery(series: Series, infused_on: date, transfused: TransfusionDays, limit: Decimal) -> Verdict | None:
    """Return the first of three days in a row at or above a limit, without platelets on them and in the 7 days before.

    Looked for from the first day below the limit on; None without any value since the infusion.
    """
    last = max(series.measured_days(0, series.end_of(NO_END)), default=None)
    if last is None:
        return None
    below = series.states(limit, Measurement.is_below, 0, last)
    fell_on = next((day for day in sorted(below) if below[day] is not False), None)
    if fell_on is None:
        return _never_low(limit)
    for day in range(fell_on + 1, last - DAYS_IN_A_ROW + 2):
        stretch = range(day, day + DAYS_IN_A_ROW)
        begins, ends = (infused_on + timedelta(days=at) for at in (day - UNTRANSFUSED_DAYS, stretch[-1]))
        if all(below.get(at) is False for at in stretch) and transfused.is_free(begins, ends):
            return _recovered(day, fell_on, below)
    return _not_recovered(fell_on, last)


def anc_recovery(series: Series) -> Verdict | None:
    """Return the first of three measured days in a row at or above 0.5, after the first day below."""
    days = series.measured_days(0, series.end_of(NO_END))
    if not days:
        return None
    below = {day: series.states(ANC_RECOVERED, Measurement.is_below, day, day)[day] for day in days}
    fell_on = next((day for day in days if below[day] is not False), None)
    if fell_on is None:
        return _never_low(ANC_RECOVERED)
    after = [day for day in days if day > fell_on]
    for number, day in enumerate(after):
        stretch = after[number : number + DAYS_IN_A_ROW]
        if len(stretch) == DAYS_IN_A_ROW and all(below[at] is False for at in stretch):
            return _recovered(day, fell_on, below)
    return _not_recovered(fell_on, days[-1])


def _never_low(limit: Decimal) -> Verdict:
    return Verdict(value=NEVER_LOW, because=f"no value below {limit} since the infusion")


def _recovered(day: int, fell_on: int, below: Mapping[int, bool | None]) -> Verdict:
    missing = sum(at not in below for at in range(fell_on, day))
    return Verdict(
        value=f"day_{day}",
        because=f"day {day} is the first of three that hold",
        details={"fell_on_day": str(fell_on), "missing_days": str(missing)},
    )


def _not_recovered(fell_on: int, last: int) -> Verdict:
    return Verdict(
        value=NOT_RECOVERED,
        because=f"no three days hold by day {last}",
        details={"fell_on_day": str(fell_on), "last_day": str(last)},
    )


def _judge_platelets(limit: Decimal, context: Context) -> Mapping[str, Verdict]:
    infusions, transfused = infusion_days(context), platelet_transfusions(context)
    found = (
        (str(key), platelet_recovery(series, infusions[key], transfused, limit))
        for key, series in counts_after_infusions(context, "platelets").items()
    )
    return {key: verdict for key, verdict in found if verdict is not None}


def _judge_anc(context: Context) -> Mapping[str, Verdict]:
    found = ((str(key), anc_recovery(series)) for key, series in counts_after_infusions(context, "anc").items())
    return {key: verdict for key, verdict in found if verdict is not None}


def _platelets(limit: int) -> RuleSet:
    return RuleSet(
        id=f"platelet_recovery_{limit}",
        version="1",
        title=f"Platelet recovery to {limit} x 10^9/L",
        source="T-ICAHT, table in ASH-SAP: first of three days in a row without transfusion in the 7 days before",
        verified=True,
        form="infusion",
        uses=("laboratory", "support", "end_of_study"),
        values=VALUES,
        decisions=(
            "Looked for after the first day below the limit; the lowest value of a day counts.",
            "A transfusion whose day is not known blocks every day it can have been on.",
            "Days without a value do not count as recovered; a single one between two measured days has their mean.",
        ),
        judge_child=partial(_judge_platelets, Decimal(limit)),
    )


PLATELET_RECOVERY_20, PLATELET_RECOVERY_50 = _platelets(20), _platelets(50)
ANC_RECOVERY = RuleSet(
    id="anc_recovery",
    version="1",
    title="Neutrophil recovery to 0.5 x 10^9/L",
    source="CIBMTR: first of three consecutive values on different days at or above 0.5",
    verified=True,
    form="infusion",
    uses=("laboratory", "end_of_study"),
    values=VALUES,
    decisions=("Looked for after the first day below 0.5; the lowest value of a day counts.",),
    judge_child=_judge_anc,
)
