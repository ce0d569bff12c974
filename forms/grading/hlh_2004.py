"""HLH-2004: five of eight criteria. After lymphodepletion cytopenia does not discriminate (CLINICAL.md 2.3, D9)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from forms.context import Context
from forms.grading.hlh_findings import (
    MET,
    NOT_MET,
    UNDETERMINED,
    Criterion,
    Findings,
    answered,
    findings_of,
    in_words,
    is_about_hlh,
    verdict_on,
)
from forms.grading.samples import any_of
from forms.rule_set import RuleSet, Verdict

NEEDED = 5
FEVER_C = Decimal("38.5")
TRIGLYCERIDES_MG_DL, FIBRINOGEN_MG_DL = 265, 150
FERRITIN_NG_ML, SIL2R_U_ML = 500, 2400
PLATELETS, ANC = 100, Decimal(1)
HAEMOGLOBIN_G_DL, HAEMOGLOBIN_OF_NEWBORN_G_DL = 9, 10


def criteria_of(found: Findings, *, fever_c: Decimal = FEVER_C) -> tuple[Criterion, ...]:
    """Return the eight criteria, each by itself."""
    return (
        Criterion(
            name="fever",
            label="fever",
            is_met=any_of(temperature >= fever_c for temperature in found.temperatures),
            missing=("temperature_c",),
        ),
        answered(found, "splenomegaly", "splenomegaly"),
        _cytopenia(found),
        _fat_or_fibrinogen(found),
        answered(found, "haemophagocytosis", "hemophagocytosis"),
        answered(found, "nk_activity_low", "low NK activity"),
        Criterion(
            name="ferritin",
            label="ferritin",
            is_met=any_of(one.is_at_least(FERRITIN_NG_ML) for one in found.measured("ferritin")),
            missing=("laboratory.ferritin",),
        ),
        Criterion(
            name="sil2r",
            label="soluble IL-2 receptor",
            is_met=any_of(one.is_at_least(SIL2R_U_ML) for one in found.measured("sil2r")),
            missing=("laboratory.sil2r",),
        ),
    )


def judge_findings(found: Findings, *, fever_c: Decimal = FEVER_C) -> Verdict:
    """Return whether five of the eight criteria are met."""
    criteria = criteria_of(found, fever_c=fever_c)
    met, possible = (sum(one.is_met in states for one in criteria) for states in ((True,), (True, None)))
    is_met = True if met >= NEEDED else (False if possible < NEEDED else None)
    return verdict_on(found, criteria, is_met, f"{met} of 8 criteria met: {in_words(criteria)}")


def _cytopenia(found: Findings) -> Criterion:
    """Return the criterion of two or more of three cell lines."""
    haemoglobin = {True: HAEMOGLOBIN_OF_NEWBORN_G_DL, False: HAEMOGLOBIN_G_DL, None: HAEMOGLOBIN_G_DL}
    limits: dict[str, Decimal | int] = {
        "haemoglobin": haemoglobin[found.is_newborn],
        "platelets": PLATELETS,
        "anc": ANC,
    }
    lines = {name: any_of(one.is_below(limit) for one in found.measured(name)) for name, limit in limits.items()}
    low, possible = (sum(state in states for state in lines.values()) for states in ((True,), (True, None)))
    return Criterion(
        name="cytopenia",
        label="cytopenia of two lines",
        is_met=True if low >= 2 else (False if possible < 2 else None),
        missing=tuple(f"laboratory.{name}" for name, state in lines.items() if state is None),
    )


def _fat_or_fibrinogen(found: Findings) -> Criterion:
    """Return the criterion of fasting triglycerides or fibrinogen; not fasting, a high value proves nothing."""
    values = [
        (sample.values["triglycerides"].is_at_least(TRIGLYCERIDES_MG_DL), found.fasting.get(sample.record))
        for sample in found.samples
        if "triglycerides" in sample.values
    ]
    fat = any_of((None if high and fasting is not True else high) for high, fasting in values)
    fibrinogen = any_of(one.is_at_most(FIBRINOGEN_MG_DL) for one in found.measured("fibrinogen"))
    open_items = ("laboratory.triglycerides", "laboratory.fasting") if values else ("laboratory.triglycerides",)
    return Criterion(
        name="triglycerides_or_fibrinogen",
        label="triglycerides or fibrinogen",
        is_met=any_of((fat, fibrinogen)),
        missing=(*(open_items if fat is None else ()), *(("laboratory.fibrinogen",) if fibrinogen is None else ())),
    )


def judge_hlh_2004(context: Context, fever_c: Decimal = FEVER_C) -> Mapping[str, Verdict]:
    """Return assessment -> verdict, where HLH is suspected or diagnosed, or the criteria are met anyway."""
    verdicts: dict[str, Verdict] = {}
    for key, found in findings_of(context).items():
        is_about = is_about_hlh(found.row)
        # Without blood values four criteria are left: it cannot be met.
        if is_about or found.samples:
            verdict = judge_findings(found, fever_c=fever_c)
            if is_about or verdict.value == MET:
                verdicts[key] = verdict
    return verdicts


def hlh_2004(id_: str, fever_c: Decimal) -> RuleSet:
    """Return the rule set with a threshold of fever: the criteria print 38.5, some centers use 38.0."""
    return RuleSet(
        id=id_,
        version="1",
        title=f"HLH-2004 (fever from {fever_c} °C)",
        source="Henter 2007, Pediatr Blood Cancer 48:124; five of eight criteria",
        verified=True,
        form="assessment",
        uses=("laboratory", "toxicity_episode", "concomitant_agent", "support", "end_of_study"),
        beside="carhlh_present",
        values=(MET, NOT_MET, UNDETERMINED),
        decisions=(
            "Blood values and temperatures of the same day and the two days before count.",
            "Triglycerides count only when drawn fasting.",
            "After lymphodepletion cytopenia does not discriminate: it is met in nearly every child.",
            "A genetic diagnosis by itself is not asked and not counted.",
            "Assessments without suspicion or diagnosis have a verdict only where the criteria are met.",
        ),
        judge_child=partial(judge_hlh_2004, fever_c=fever_c),
    )


HLH_2004 = hlh_2004("hlh_2004", FEVER_C)
