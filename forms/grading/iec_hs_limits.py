"""IEC-HS 2023, version 2: without the normal limit of ferritin its criterion stays open. Recalled, not verified.

Each value is laid beside the range that was in force on its own day. Source: CLINICAL.md 2.3, D8, D9; of support at
home, D5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

from forms.context import Context, ReferenceRange
from forms.grading.child import child_of, text_of
from forms.grading.crs_signs import is_beyond_home
from forms.grading.hlh_findings import Criterion, Findings
from forms.grading.iec_hs import (
    FERRITIN_MULTIPLE,
    IEC_HS_1,
    common_features,
    ferritin_is_raised,
    judge_iec_hs,
    other_features,
    told,
)
from forms.grading.iec_hs_grade import NOT_FOR_BREATHING
from forms.grading.samples import any_of, range_on
from forms.rule_set import Verdict
from forms.values import Measurement


def beside_ranges_of_the_sample(
    found: Findings, context: Context, analyte: str
) -> Iterator[tuple[Measurement, ReferenceRange | None]]:
    """Yield the values of an analyte in the window, each with the range of its day and laboratory, if that is known."""
    for sample in found.samples:
        if analyte in sample.values:
            normal = range_on(context, analyte, sample.at.date(), sample.laboratory)
            yield sample.values[analyte], normal if sample.laboratory_is_known else None


AboveBefore = Callable[[Findings, Measurement], bool | None]
"""How a version tells whether ferritin is above twice the value before infusion; none at all raises nothing."""


def above_the_exact_value_before(found: Findings, value: Measurement) -> bool | None:
    """Tell whether ferritin is above twice the last exact value before infusion."""
    before = found.baseline_ferritin
    return False if before is None else _is_above_twice(value, before)


def ferritin_is_raised_for_certain(
    found: Findings, context: Context, above_before: AboveBefore = above_the_exact_value_before
) -> Criterion:
    """Return the required criterion; without a normal limit a value that no other limit raises leaves it open."""
    above = any_of(
        any_of((_is_above_twice(value, normal.high if normal else None), above_before(found, value)))
        for value, normal in beside_ranges_of_the_sample(found, context, "ferritin")
    )
    return replace(ferritin_is_raised(found, context), is_met=any_of((above, found.says("ferritin_rising"))))


def _is_above_twice(value: Measurement, limit: Decimal | None) -> bool | None:
    return None if limit is None else value.is_above(limit * FERRITIN_MULTIPLE)


def _has_lung_disease(found: Findings, context: Context) -> bool | None:
    """Tell whether there is edema, or oxygen or ventilation for breathing beyond what the child has at home."""
    mode, edema = text_of(found.row, "oxygen_mode"), text_of(found.row, "pulmonary_edema")
    if mode is None:
        needs_more = None
    elif text_of(found.row, "ventilation_reason") in NOT_FOR_BREATHING:
        needs_more = False
    else:
        flow = found.row.get("oxygen_flow_l_min")
        needs_more = is_beyond_home(
            mode, flow if isinstance(flow, Decimal) else None, child_of(context).baseline_support
        )
    return any_of((needs_more, None if edema is None else edema != "none"))


def judge_findings(
    found: Findings, context: Context, above_before: AboveBefore = above_the_exact_value_before
) -> Verdict:
    """Return whether the required ferritin criterion is met, with the features counted beside it."""
    lung = _has_lung_disease(found, context)
    other = other_features(found, context, beside_ranges_of_the_sample)
    return told(
        found,
        ferritin_is_raised_for_certain(found, context, above_before),
        common_features(found, context, beside_ranges_of_the_sample),
        tuple(replace(one, is_met=lung) if one.name == "lung" else one for one in other),
    )


IEC_HS_2 = replace(
    IEC_HS_1,
    version="2",
    decisions=(
        *IEC_HS_1.decisions,
        "Where the normal limit of ferritin is not known, only the value before infusion and a rapid rise can meet the "
        "criterion, and nothing excludes it. A value before infusion that is not known raises nothing.",
        "Fibrinogen without a normal range is compared with 150 mg/dL alone.",
        "A sample measured at another laboratory that is not named has no normal range.",
        "Oxygen and ventilation that are no more than the child has at home are no feature of the lung.",
    ),
    changed="Ferritin that is not above twice the value before infusion no longer makes “not met” where its normal "
    "limit is not known: the answer is “undetermined”. A value is compared with the range of its own day, no longer "
    "with that of the assessment; one measured at another laboratory that is not named has no range, no longer the "
    "site's own. Support as at home, and ventilation for the airway, a procedure, a seizure or coma, are no feature of "
    "the lung.",
    judge_child=partial(judge_iec_hs, judge=judge_findings),
)
