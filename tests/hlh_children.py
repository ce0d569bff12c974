"""Made-up children with and without each sign of HLH-like toxicity, and what a rule set says of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from bedside import assessed, child
from forms.context import ReferenceRange
from forms.rule_set import RuleSet, Verdict

MET, NOT_MET, OPEN = "met", "not_met", "undetermined"
RANGES = tuple(
    ReferenceRange(analyte=name, valid_from=date(2026, 1, 1), high=Decimal(high), low=Decimal(low) if low else None)
    for name, low, high in (
        ("alt", None, "40"),
        ("ast", None, "40"),
        ("bilirubin_total", None, "1"),
        ("bilirubin_direct", None, "0.3"),
        ("creatinine", None, "0.8"),
        ("ferritin", None, "300"),
        ("fibrinogen", "180", "400"),
        ("ldh", None, "300"),
        ("aptt_s", None, "40"),
        ("prothrombin_time_s", None, "14"),
    )
)
NONE_OF_IT = {
    "temperature_c": "37.0",
    "carhlh_suspected": "yes",
    "splenomegaly": "no",
    "haemophagocytosis": "no",
    "nk_activity_low": "no",
    "ferritin_rising": "no",
    "onset_with_resolving_crs": "no",
    "new_cytopenia": "no",
    "coagulopathy": "no",
    "renal_insufficiency": "no",
    "urine_output_ml_kg_h": "2",
    "pulmonary_edema": "none",
    "oxygen_mode": "room_air",
    "icans_grade": "0",
}
NORMAL = {
    "ferritin": "200",
    "fibrinogen": "300",
    "triglycerides": "100",
    "fasting": "yes",
    "haemoglobin": "12",
    "platelets": "200",
    "anc": "3",
    "sil2r": "500",
    "alt": "20",
    "ast": "20",
    "bilirubin_total": "0.5",
    "bilirubin_direct": "0.1",
    "creatinine": "0.4",
    "ldh": "200",
    "aptt_s": "30",
    "prothrombin_time_s": "12",
}


def sampled(day: str = "2026-03-08", key: str = "l1", **values: Any) -> dict[str, Any]:
    return {"key": key, "infusion": "i1", "sampled_at": f"{day} 05:00", **values}


def judged(
    rule_set: RuleSet, signs: dict[str, Any] | None = None, values: dict[str, Any] | None = None, **rows: Any
) -> Verdict:
    """Return the verdict on an assessment of day 3 without any criterion but for the given answers."""
    before = {"key": "b1", "baseline_creatinine": "0.4"}
    given = {
        "baseline": [before],
        "laboratory": [sampled(**{**NORMAL, **(values or {})})],
        "assessment": [assessed(3, **{**NONE_OF_IT, **(signs or {})})],
        **rows,
    }
    return rule_set.verdicts(child(ranges=RANGES, **given))["a3.6"]


CRS = [{"key": "t1", "infusion": "i1", "toxicity": "crs", "onset_on": "2026-03-06", "resolved_on": "2026-03-09"}]
TWO_ORGANS = {"alt": "201", "creatinine": "2.5"}
DIAGNOSED = {
    **NONE_OF_IT,
    "carhlh_present": "yes",
    "intervention_needed": "no",
    "bleeding": "none",
    "hypotension": "no",
    "vasoactives": "none",
    "crs_grade": "0",
    "antipyretic_24h": "no",
    "anticytokine_given": "yes",
}
SUSPECTED_ONLY = {name: None for name in NONE_OF_IT if name != "carhlh_suspected"}
NO_VALUE = dict.fromkeys(NORMAL)
ALL_SIGNS = {
    "temperature_c": "39",
    "splenomegaly": "yes",
    "haemophagocytosis": "yes",
    "nk_activity_low": "yes",
    "urine_output_ml_kg_h": "0.2",
    "pulmonary_edema": "ventilation",
}
ALL_VALUES = {
    "ferritin": "20000",
    "fibrinogen": "100",
    "triglycerides": "400",
    "haemoglobin": "7",
    "platelets": "20",
    "anc": "0.1",
    "sil2r": "5000",
    "alt": "900",
    "ast": "900",
    "bilirubin_total": "12",
    "creatinine": "4",
}
