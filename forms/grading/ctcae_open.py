"""CTCAE, version 2 of both rule sets: what a value that is only known to lie beyond a limit proves, and what it leaves.

Such a value before infusion is graded at both ends of where it can lie. The first versions stand in ``ctcae.py``.
Source: CLINICAL.md 2.5, D8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from forms.context import Context
from forms.grading.child import in_order, infusion_days, infusion_key
from forms.grading.ctcae import (
    BASELINE_LIMITED,
    CTCAE_V5_1,
    CTCAE_V6_1,
    DAY_OPEN,
    LABELS,
    LIMITED,
    NO_RANGE,
    RULES,
    AnalyteGrade,
    grade_sample,
    grades_of_samples,
    ranges_beside,
)
from forms.grading.ctcae_rules import Bound, Known, Rule
from forms.grading.phases import span_of
from forms.grading.samples import laboratories_before_infusions, laboratory_of, measured_before_infusions
from forms.rule_set import RuleSet, Verdict
from forms.values import Measurement, answer

GRADE_OF_TRANSFUSED = 3
_HAIR = Decimal("1e-9")
"""How far inside the end of an open stretch, as a part of it, a value before infusion is graded."""


def grades_within(measured: Measurement, bounds: Iterable[Bound]) -> tuple[int, int]:
    """Return the lowest and the highest grade that a value can have; ``only_below`` counts where that is certain."""
    low = high = 0
    for bound in bounds:
        counts = True if bound.only_below is None else measured.is_below(bound.only_below)
        reached = bound.meets(measured, bound.limit) if bound.limit is not None else None
        if counts and reached:
            low = max(low, bound.grade)
        if counts is not False and reached is not False:
            high = max(high, bound.grade)
    return low, high


def ends_of(before: Measurement | None, normal_high: Decimal | None) -> tuple[Decimal | None, ...]:
    """Return the values before infusion between which all others are graded: its ends, and the normal limit.

    Above the normal limit multiples are counted anew, so that a stretch across it has two more ends there.
    """
    if before is None or not before.sign:
        return (None if before is None else before.value,)
    low, high = (before.value * _HAIR, before.value * (1 - _HAIR))
    if before.sign == ">":
        low, high = (before.value * (1 + _HAIR), max(before.value, Decimal(1)) / _HAIR)
    if normal_high is None or not low < normal_high < high:
        return low, high
    return low, normal_high, normal_high * (1 + _HAIR), high


def grade_value(
    measured: Measurement, rule: Rule, known: Known, before: Measurement | None, given: bool | None
) -> AnalyteGrade:
    """Return the grade of a value; ``given`` tells that platelets were given on its day, where that makes a grade."""
    ends = ends_of(before, known.baseline_high)
    found = [grades_within(measured, rule(replace(known, baseline=end))) for end in ends]
    low, high = min(low for low, _ in found), max(high for _, high in found)
    was_open = low < high
    if given is not False:
        low, high = max(low, GRADE_OF_TRANSFUSED) if given else low, max(high, GRADE_OF_TRANSFUSED)
    if low == high:
        return AnalyteGrade(low=low, high=high)
    if not was_open:
        why = DAY_OPEN
    elif (known.low is None and known.high is None) or not (measured.sign or len(ends) > 1):
        why = NO_RANGE
    else:
        why = LIMITED if measured.sign else BASELINE_LIMITED
    return AnalyteGrade(low=low, high=high, why=why)


def grades_of_samples_open(context: Context, version: str) -> Mapping[str, Mapping[str, AnalyteGrade]]:
    """Return sample -> analyte -> grade in a version of CTCAE; worked out once per context.

    What is exact, beside a value before infusion that is exact too, is graded as in the first version.
    """
    return context.once(f"CTCAE {version} by analyte, open", lambda known: _grades_of_samples(known, version))


def _grades_of_samples(context: Context, version: str) -> dict[str, Mapping[str, AnalyteGrade]]:
    infusions, befores = infusion_days(context), _baselines(context)
    measured_by = laboratories_before_infusions(context, LABELS, beyond_limits=True)
    transfusions = _platelet_spans(context) if version == "6" else ()
    first = grades_of_samples(context, version)
    found: dict[str, Mapping[str, AnalyteGrade]] = {}
    for at, row in in_order(context.rows["laboratory"], "sampled_at"):
        key, day = str(row.get("key")), at.date()
        infusion, laboratory = infusion_key(row, infusions, day), laboratory_of(row)
        anew: dict[str, AnalyteGrade] = {}
        for name in first[key]:
            measured, before = row[name], befores.get(infusion, {}).get(name)
            given = _was_given(transfusions, day) if name == "platelets" else False
            assert isinstance(measured, Measurement)
            if measured.sign or given is not False or (before is not None and before.sign):
                by = measured_by.get(infusion, {}).get(name)
                normal, normal_before = ranges_beside(context, name, day, laboratory, by)
                known = Known(
                    low=normal.low if normal else None,
                    high=normal.high if normal else None,
                    baseline_high=normal_before.high if normal_before else None,
                )
                anew[name] = grade_value(measured, RULES[version][name], known, before, given)
        found[key] = {**first[key], **anew} if anew else first[key]
    return found


def _baselines(context: Context) -> dict[object, dict[str, Measurement]]:
    """Return infusion key -> the values before it; the first infusion's creatinine may stand on the baseline page."""
    found, infusions = measured_before_infusions(context, LABELS), infusion_days(context)
    recorded = answer(context.single("baseline"), "baseline_creatinine")
    if infusions and isinstance(recorded, Measurement):
        found[min(infusions, key=lambda key: infusions[key])]["creatinine"] = recorded
    return found


def _platelet_spans(context: Context) -> tuple[tuple[date, date], ...]:
    """Return for each transfusion of platelets the first and the last day on which it can have been given."""
    given = (answer(row, "started_at") for row in context.rows["support"] if answer(row, "kind") == "platelets")
    return tuple(span_of(at) or (date.min, date.max) for at in given)


def _was_given(transfusions: Iterable[tuple[date, date]], day: date) -> bool | None:
    """Tell whether platelets were given on a day; None where their day is not known."""
    covering = [first == last for first, last in transfusions if first <= day <= last]
    return any(covering) or (None if covering else False)


def _judge(first: RuleSet, version: str, context: Context) -> dict[str, Verdict]:
    """Return sample -> verdict: that of the first version where nothing is graded anew."""
    as_before, graded = grades_of_samples(context, version), grades_of_samples_open(context, version)
    judged = (
        (key, first.of(row, context) if graded[key] is as_before[key] else grade_sample(graded[key]))
        for row in context.rows["laboratory"]
        if (key := str(row.get("key"))) in graded
    )
    return {key: verdict for key, verdict in judged if verdict is not None}


_BEFORE = (
    "A value before infusion that is only known to lie beyond a limit is graded at both ends of where it can lie.",
)
_CHANGED = (
    "Fibrinogen that is only known to lie below a limit (such as 181.8) is no longer graded by its fall where it may "
    "be within the normal range. A value before infusion that is only known to lie beyond a limit (such as creatinine "
    "below 0.2) is no longer passed over for an earlier one, or as if there were none."
)
CTCAE_V5 = replace(
    CTCAE_V5_1,
    version="2",
    decisions=(*CTCAE_V5_1.decisions, *_BEFORE),
    changed=_CHANGED,
    judge_child=partial(_judge, CTCAE_V5_1, "5"),
)
CTCAE_V6 = replace(
    CTCAE_V6_1,
    version="2",
    decisions=(
        *CTCAE_V6_1.decisions,
        *_BEFORE,
        "Platelets whose day is not known may have been given on any day they can mean: what that leaves open is a "
        "lower bound.",
    ),
    changed=f"{_CHANGED} Platelets that are only known to lie below a limit (such as 75) are at least grade 3 on a "
    "day on which some were given; they were graded as on any other day. A transfusion whose day is not known leaves "
    "a lower bound, no longer an exact grade.",
    judge_child=partial(_judge, CTCAE_V6_1, "6"),
)
