"""HLH by CARTOX 2018: ferritin above 10,000 in the CRS phase and two organs.

Recalled, not verified. Source: CLINICAL.md 2.3, D9. Both versions stand here: they differ in what may have been the CRS
phase (``crs_phases.py``), and by the version of CTCAE's rule set that grades liver and kidney.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from forms.context import Context
from forms.grading.child import ROOM_AIR, text_of
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
from forms.grading.hlh_open import open_findings_of
from forms.grading.samples import any_of
from forms.rule_set import RuleSet, Verdict

ORGANS_NEEDED, ORGAN_GRADE = 2, 3
OLIGURIA_ML_KG_H = Decimal("0.5")


def criteria_of(found: Findings) -> tuple[Criterion, ...]:
    """Return ferritin, which must be met, and the organs; each organ counts once."""
    liver = any_of(found.has_grade(analyte, ORGAN_GRADE) for analyte in ("bilirubin_total", "alt", "ast"))
    return (
        Criterion(
            name="ferritin_in_crs",
            label="ferritin above 10,000 in the CRS phase",
            is_met=found.ferritin_in_crs,
            missing=("laboratory.ferritin", "crs_grade"),
        ),
        Criterion(
            name="liver",
            label="liver",
            is_met=liver,
            missing=("laboratory.bilirubin_total", "laboratory.alt", "laboratory.ast"),
        ),
        Criterion(
            name="kidney",
            label="kidney",
            is_met=any_of((_has_oliguria(found), found.has_grade("creatinine", ORGAN_GRADE))),
            missing=("urine_output_ml_kg_h", "laboratory.creatinine"),
        ),
        Criterion(
            name="lung",
            label="lung",
            is_met=has_severe_edema(found),
            missing=("pulmonary_edema", "oxygen_mode"),
        ),
        answered(found, "haemophagocytosis", "hemophagocytosis"),
    )


def _has_oliguria(found: Findings) -> bool | None:
    output = found.row.get("urine_output_ml_kg_h")
    return output < OLIGURIA_ML_KG_H if isinstance(output, Decimal) else None


def has_severe_edema(found: Findings) -> bool | None:
    """Tell whether pulmonary edema needed oxygen or ventilation: grade 3; diuretics in room air are less."""
    edema, mode = text_of(found.row, "pulmonary_edema"), text_of(found.row, "oxygen_mode")
    if edema == "oxygen":
        return None if mode is None else mode != ROOM_AIR
    return None if edema is None else edema == "ventilation"


def judge_findings(found: Findings) -> Verdict:
    """Return whether ferritin and two organs are met; when ferritin rose is kept beside them."""
    ferritin, *organs = criteria_of(found)
    met, possible = (sum(one.is_met in states for one in organs) for states in ((True,), (True, None)))
    if ferritin.is_met is False or possible < ORGANS_NEEDED:
        is_met: bool | None = False
    else:
        is_met = True if ferritin.is_met and met >= ORGANS_NEEDED else None
    because = f"ferritin above 10,000 in the CRS phase: {ferritin.state.replace('_', ' ')}; organs: {in_words(organs)}"
    return verdict_on(found, (ferritin, *organs), is_met, because, ferritin_timing=found.ferritin_timing)


def judge_cartox(context: Context) -> Mapping[str, Verdict]:
    """Return assessment -> verdict, where HLH is suspected or diagnosed, or the criteria are met anyway."""
    judged = ((key, _judge_one(found)) for key, found in findings_of(context).items())
    return {key: verdict for key, verdict in judged if verdict is not None}


def _judge_one(found: Findings) -> Verdict | None:
    is_about = is_about_hlh(found.row)
    if not (is_about or found.ferritin_in_crs):
        return None
    verdict = judge_findings(found)
    return verdict if is_about or verdict.value == MET else None


def judge_open_cartox(context: Context) -> Mapping[str, Verdict]:
    """Return assessment -> verdict by the second version: that of the first where it knows the same."""
    first = findings_of(context)
    judged = (
        (key, CARTOX_1.of(found.row, context) if found is first[key] else _judge_one(found))
        for key, found in open_findings_of(context).items()
    )
    return {key: verdict for key, verdict in judged if verdict is not None}


CARTOX_1 = RuleSet(
    id="hlh_cartox_2018",
    version="1",
    title="HLH by CARTOX 2018",
    source="Neelapu 2018, Nat Rev Clin Oncol 15:47; the table was recalled, not read",
    verified=False,
    form="assessment",
    uses=("laboratory", "toxicity_episode", "concomitant_agent", "support", "end_of_study"),
    beside="carhlh_present",
    values=(MET, NOT_MET, UNDETERMINED),
    decisions=(
        "The CRS phase runs from the first to the last day with CRS, by grade or by its episode; a later peak of "
        "ferritin does not count, and its timing is kept.",
        "Liver, kidney, lung and hemophagocytosis count once each, from grade 3 on by CTCAE version 5 (the published "
        "table used 4.03); oliguria is less than 0.5 mL/kg/h over 8 hours.",
        "Blood values of the same day and the two days before count.",
        "Assessments without suspicion or diagnosis have a verdict only where the criteria are met.",
    ),
    judge_child=judge_cartox,
)
CARTOX = replace(
    CARTOX_1,
    version="2",
    decisions=(
        *CARTOX_1.decisions,
        "What the committee called CRS counts as CRS, and what it called otherwise does not.",
        "An episode without its first day may have begun on any day from the infusion on, one that is called resolved "
        "without a day may have ended on any; a day whose grade of CRS is not known may have been in the phase.",
    ),
    changed="An episode of CRS whose first day is not known is no longer passed over, one that resolved on a day not "
    "known no longer goes on for ever, and a day whose grade of CRS is not known is no longer without CRS: what that "
    "leaves open is “undetermined”, no longer “not met” or “met”. Liver and kidney are graded by the second version "
    "of CTCAE 5.",
    judge_child=judge_open_cartox,
)
