"""IEC-HS 2023, version 3: a ferritin before infusion beyond a limit proves what it proves. Recalled, not verified.

Source: CLINICAL.md 2.3, D9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forms.context import Context
from forms.grading.hlh_findings import Findings, findings_of, is_about_hlh
from forms.grading.hlh_open import open_findings_of
from forms.grading.iec_hs import FERRITIN_MULTIPLE
from forms.grading.iec_hs_limits import IEC_HS_2, judge_findings
from forms.rule_set import Verdict
from forms.values import Measurement


def above_the_value_before(found: Findings, value: Measurement) -> bool | None:
    """Tell whether ferritin is above twice the last value before infusion; None where a limit leaves that open."""
    before = found.ferritin_before
    if before is None:
        return False
    twice = before.value * FERRITIN_MULTIPLE
    if before.sign == "<":
        return value.is_at_least(twice) or None
    return value.is_above(twice) and (None if before.sign else True)


def judge_iec_hs(context: Context) -> Mapping[str, Verdict]:
    """Return assessment -> verdict, where HLH is suspected or diagnosed: that of version 2 where it knows the same."""
    first = findings_of(context)
    judged = (
        (key, _judge_one(found, context, is_known_alike=found is first[key]))
        for key, found in open_findings_of(context).items()
        if is_about_hlh(found.row)
    )
    return {key: verdict for key, verdict in judged if verdict is not None}


def _judge_one(found: Findings, context: Context, *, is_known_alike: bool) -> Verdict | None:
    before = found.ferritin_before
    if is_known_alike and (before is None or not before.sign):
        return IEC_HS_2.of(found.row, context)
    return judge_findings(found, context, above_the_value_before)


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
    judge_child=judge_iec_hs,
)
