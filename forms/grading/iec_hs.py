"""IEC-HS 2023: the ferritin criterion with the features beside it. Recalled, not verified (CLINICAL.md 2.3, D9).

The published definition names no number of features: the diagnosis is the clinician's, and both are kept. The first
version stands here; the second, for which a limit that is not known leaves a criterion open, in ``iec_hs_limits.py``;
the third, for which a value before infusion proves what it proves, in ``iec_hs_before.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from forms.context import Context, ReferenceRange
from forms.grading.child import ROOM_AIR, count_of, text_of
from forms.grading.hlh_findings import (
    MET,
    NOT_MET,
    UNDETERMINED,
    Criterion,
    Findings,
    answered,
    findings_of,
    is_about_hlh,
    verdict_on,
)
from forms.grading.icans import judge_attributable
from forms.grading.precedence import choose
from forms.grading.samples import any_of, range_on
from forms.rule_set import RuleSet, Verdict
from forms.values import Measurement

FERRITIN_MULTIPLE = 2
LIVER_GRADE = 3
"""AST or ALT above 5 x ULN, or above 5 x the value before infusion where that was abnormal: CTCAE v5 grade 3."""
FIBRINOGEN_MG_DL, TRIGLYCERIDES_MG_DL = 150, 265
FEVER_C = Decimal(38)

BesideRanges = Callable[[Findings, Context, str], Iterator[tuple[Measurement, ReferenceRange | None]]]
"""How a version lays the values of an analyte beside normal ranges."""


def beside_ranges_of_the_assessment(
    found: Findings, context: Context, analyte: str
) -> Iterator[tuple[Measurement, ReferenceRange | None]]:
    """Yield the values of an analyte in the window, each with the range of the laboratory it names, else the site's."""
    for sample in found.samples:
        if analyte in sample.values:
            yield sample.values[analyte], range_on(context, analyte, found.day, sample.laboratory)


def ferritin_is_raised(found: Findings, context: Context) -> Criterion:
    """Return the required criterion: above 2 x ULN, above 2 x the value before infusion, or rising rapidly."""
    above = any_of(
        None if limit is None else value.is_above(limit * FERRITIN_MULTIPLE)
        for value, normal in beside_ranges_of_the_assessment(found, context, "ferritin")
        for limit in _known(normal.high if normal else None, found.baseline_ferritin)
    )
    return Criterion(
        name="ferritin",
        label="ferritin",
        is_met=any_of((above, found.says("ferritin_rising"))),
        missing=("laboratory.ferritin", "ferritin_rising"),
    )


def common_features(
    found: Findings, context: Context, beside_ranges: BesideRanges = beside_ranges_of_the_assessment
) -> tuple[Criterion, ...]:
    """Return the features that are common in IEC-HS."""
    liver = any_of(found.has_grade(analyte, LIVER_GRADE) for analyte in ("alt", "ast"))
    return (
        answered(found, "onset_with_resolving_crs", "onset with resolving CRS"),
        Criterion(name="liver", label="AST or ALT", is_met=liver, missing=("laboratory.alt", "laboratory.ast")),
        Criterion(
            name="fibrinogen",
            label="fibrinogen",
            is_met=any_of(
                _is_low_fibrinogen(value, normal) for value, normal in beside_ranges(found, context, "fibrinogen")
            ),
            missing=("laboratory.fibrinogen",),
        ),
        answered(found, "haemophagocytosis", "hemophagocytosis"),
        answered(found, "new_cytopenia", "cytopenia"),
    )


def other_features(
    found: Findings, context: Context, beside_ranges: BesideRanges = beside_ranges_of_the_assessment
) -> tuple[Criterion, ...]:
    """Return the other features."""

    def is_high(analyte: str) -> bool | None:
        return any_of(
            None if normal is None or normal.high is None else value.is_above(normal.high)
            for value, normal in beside_ranges(found, context, analyte)
        )

    clotting = any_of((is_high("prothrombin_time_s"), is_high("aptt_s"), found.says("coagulopathy")))
    return (
        Criterion(name="ldh", label="LDH", is_met=is_high("ldh"), missing=("laboratory.ldh",)),
        Criterion(name="coagulopathy", label="coagulopathy", is_met=clotting, missing=("coagulopathy",)),
        Criterion(
            name="bilirubin_direct",
            label="direct bilirubin",
            is_met=is_high("bilirubin_direct"),
            missing=("laboratory.bilirubin_direct",),
        ),
        answered(found, "splenomegaly", "splenomegaly"),
        Criterion(
            name="fever",
            label="fever",
            is_met=any_of(temperature >= FEVER_C for temperature in found.temperatures),
            missing=("temperature_c",),
        ),
        Criterion(
            name="neurotoxicity",
            label="neurotoxicity",
            is_met=_has_neurotoxicity(found, context),
            missing=("icans_grade",),
        ),
        Criterion(
            name="lung",
            label="lung",
            is_met=_has_lung_disease(found),
            missing=("oxygen_mode", "pulmonary_edema"),
        ),
        answered(found, "renal_insufficiency", "renal insufficiency"),
        Criterion(
            name="triglycerides",
            label="triglycerides",
            is_met=_has_high_triglycerides(found),
            missing=("laboratory.triglycerides",),
        ),
    )


def _known(*limits: Decimal | None) -> tuple[Decimal | None, ...]:
    """Return the limits that are known; None alone, which leaves it open, where there is none."""
    return tuple(limit for limit in limits if limit is not None) or (None,)


def _is_low_fibrinogen(value: Measurement, normal: ReferenceRange | None) -> bool | None:
    """Tell whether fibrinogen is below 150 mg/dL or below the laboratory's normal range."""
    lower = normal.low if normal else None
    return value.is_below(FIBRINOGEN_MG_DL if lower is None else max(lower, Decimal(FIBRINOGEN_MG_DL)))


def _has_neurotoxicity(found: Findings, context: Context) -> bool | None:
    chosen = choose(judge_attributable(found.row, context), count_of(found.row, "icans_grade"))
    if chosen.grade:
        return True
    return False if chosen.grade == 0 and not chosen.why else None


def _has_lung_disease(found: Findings) -> bool | None:
    mode, edema = text_of(found.row, "oxygen_mode"), text_of(found.row, "pulmonary_edema")
    return any_of((None if mode is None else mode != ROOM_AIR, None if edema is None else edema != "none"))


def _has_high_triglycerides(found: Findings) -> bool | None:
    values = (
        (sample.values["triglycerides"].is_above(TRIGLYCERIDES_MG_DL), found.fasting.get(sample.record))
        for sample in found.samples
        if "triglycerides" in sample.values
    )
    return any_of((None if high and fasting is not True else high) for high, fasting in values)


def judge_findings(found: Findings, context: Context) -> Verdict:
    """Return whether the required ferritin criterion is met, with the features counted beside it."""
    return told(
        found, ferritin_is_raised(found, context), common_features(found, context), other_features(found, context)
    )


def told(found: Findings, ferritin: Criterion, common: tuple[Criterion, ...], other: tuple[Criterion, ...]) -> Verdict:
    """Return the verdict on the ferritin criterion, with the features counted beside it."""
    because = (
        f"ferritin criterion {ferritin.state.replace('_', ' ')}; {_count(common)} common and {_count(other)} other "
        "features; the diagnosis is the clinician's"
    )
    return verdict_on(found, (ferritin,), ferritin.is_met, because, beside=(*common, *other))


def _count(criteria: tuple[Criterion, ...]) -> str:
    return f"{sum(one.is_met is True for one in criteria)} of {len(criteria)}"


def judge_iec_hs(
    context: Context, judge: Callable[[Findings, Context], Verdict] = judge_findings
) -> Mapping[str, Verdict]:
    """Return assessment -> verdict, where HLH is suspected or diagnosed."""
    found = findings_of(context).items()
    return {key: judge(one, context) for key, one in found if is_about_hlh(one.row)}


IEC_HS_1 = RuleSet(
    id="iec_hs_2023",
    version="1",
    title="IEC-HS 2023, ferritin criterion and features",
    source="Hines 2023, Transplant Cell Ther 29:438; recalled, not read",
    verified=False,
    form="assessment",
    uses=("laboratory", "toxicity_episode", "concomitant_agent", "support", "end_of_study"),
    beside="carhlh_present",
    values=(MET, NOT_MET, UNDETERMINED),
    decisions=(
        "Met says that the required ferritin criterion is met: above 2 x ULN, above 2 x the value before infusion, or "
        "rising rapidly in the clinician's judgement.",
        "The features are kept one by one and decide nothing: no number of them is published.",
        "Blood values of the same day and the two days before count. Normal ranges are the site's own, for a sample "
        "that names another laboratory those recorded for it.",
    ),
    judge_child=judge_iec_hs,
)
