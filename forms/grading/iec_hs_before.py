"""IEC-HS 2023, version 3: a ferritin before infusion beyond a limit proves what it proves. Recalled, not verified.

Source: CLINICAL.md 2.3, D9.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from forms.context import Context
from forms.grading.hlh_findings import OPEN_READING, Criterion, Findings, findings_of
from forms.grading.iec_hs import FERRITIN_MULTIPLE, judge_iec_hs
from forms.grading.iec_hs_limits import IEC_HS_2, ferritin_is_raised_for_certain, judge_findings
from forms.values import Measurement, Row


def above_the_value_before(found: Findings, value: Measurement) -> bool | None:
    """Tell whether ferritin is above twice the last value before infusion; None where a limit leaves that open."""
    before = found.ferritin_before
    if before is None:
        return False
    twice = before.value * FERRITIN_MULTIPLE
    if before.sign == "<":
        return value.is_at_least(twice) or None
    return value.is_above(twice) and (None if before.sign else True)


def ferritin_criterion(row: Row, context: Context) -> Criterion:
    """Return the required criterion at an assessment that is about HLH-like toxicity."""
    found = findings_of(context, OPEN_READING)[str(row.get("key"))]
    return ferritin_is_raised_for_certain(found, context, above_the_value_before)


IEC_HS = replace(
    IEC_HS_2,
    version="3",
    decisions=(
        *IEC_HS_2.decisions,
        "A value before infusion that is only known to lie beyond a limit proves what it proves, and leaves open what "
        "it may raise.",
    ),
    changed="A ferritin before infusion that is only known to lie beyond a limit (such as below 50) is no longer "
    "passed over: it may meet the criterion, or leave it “undetermined”. The liver is graded by version 2 of the set "
    "of CTCAE 5.",
    judge_child=partial(
        judge_iec_hs, judge=partial(judge_findings, above_before=above_the_value_before), reading=OPEN_READING
    ),
)
