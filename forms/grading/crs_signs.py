"""The domains of CRS on one assessment: circulation, breathing and fever, each with the reasons not to count a sign.

A question about another cause, about sedation or about the reason of ventilation that was not answered counts a sign
as CRS: it takes an answer to leave one out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from forms.code_lists import OXYGEN_MODES
from forms.grading.child import ROOM_AIR, Age, codes_of, count_of, text_of, yes_or_no
from forms.grading.hypotension import NO, is_hypotensive_pals
from forms.grading.parts import Part, part
from forms.values import Row

FEVER_C = Decimal(38)
LOW_FLOW_UP_TO_L_MIN = Decimal(6)

VASOACTIVE_CLASSES: Mapping[str, str] = {
    "norepinephrine": "vasopressor",
    "epinephrine": "vasopressor",
    "dopamine": "vasopressor",
    "phenylephrine": "vasopressor",
    "vasopressin": "vasopressin",
    "milrinone": "inodilator",
    "dobutamine": "inodilator",
}
"""How CRS grading counts each drug: inodilators are flagged, not counted; vasopressin is counted by itself."""

_MODES = tuple(OXYGEN_MODES.labels)
_BY_FLOW = ("nasal_cannula", "high_flow")
_GRADE_OF_MODE = {
    ROOM_AIR: 0,
    "blow_by": 2,
    "nasal_cannula": 2,
    "high_flow": 3,
    "face_mask": 3,
    "venturi": 3,
    "non_rebreather": 3,
    "cpap": 4,
    "bipap": 4,
    "invasive": 4,
    "ecmo": 4,
}
_NOT_FOR_HYPOXIA = ("airway", "procedure", "seizure", "home_support", "other")


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What the bedside says about CRS at one assessment; None where it is missing."""

    temperature_c: Decimal | None = None
    fever_other_cause: bool | None = None
    antipyretic_24h: bool | None = None
    anticytokine_given: bool | None = None
    hypotension: bool | None = None
    hypotension_proof: tuple[str, ...] | None = None
    hypotension_other_cause: bool | None = None
    vasoactives: tuple[str, ...] | None = None
    vasoactive_for_sedation: bool | None = None
    oxygen_mode: str | None = None
    oxygen_flow_l_min: Decimal | None = None
    ventilation_reason: str | None = None
    hypoxia_other_cause: bool | None = None
    baseline_support: str = ROOM_AIR


def signs_of(row: Row, baseline_support: str, age: Callable[[], Age | None]) -> Signs:
    """Return the signs that an assessment records.

    Where the team's judgement of hypotension is missing, a systolic pressure that is not low for ``age`` stands for
    No; a low one stands for nothing, since one reading alone does not count.
    """
    temperature, flow = row.get("temperature_c"), row.get("oxygen_flow_l_min")
    hypotension = yes_or_no(row, "hypotension")
    if hypotension is None:
        systolic = count_of(row, "systolic_mmhg")
        if systolic is not None and is_hypotensive_pals(systolic, age()).value == NO:
            hypotension = False
    return Signs(
        temperature_c=temperature if isinstance(temperature, Decimal) else None,
        fever_other_cause=yes_or_no(row, "fever_other_cause"),
        antipyretic_24h=yes_or_no(row, "antipyretic_24h"),
        anticytokine_given=yes_or_no(row, "anticytokine_given"),
        hypotension=hypotension,
        hypotension_proof=codes_of(row, "hypotension_proof"),
        hypotension_other_cause=yes_or_no(row, "hypotension_other_cause"),
        vasoactives=codes_of(row, "vasoactives"),
        vasoactive_for_sedation=yes_or_no(row, "vasoactive_for_sedation"),
        oxygen_mode=text_of(row, "oxygen_mode"),
        oxygen_flow_l_min=flow if isinstance(flow, Decimal) else None,
        ventilation_reason=text_of(row, "ventilation_reason"),
        hypoxia_other_cause=yes_or_no(row, "hypoxia_other_cause"),
        baseline_support=baseline_support,
    )


def has_fever(signs: Signs) -> bool | None:
    """Tell whether there is fever of CRS: at least 38.0 degrees and not put down to something else."""
    if signs.temperature_c is None:
        return None
    return signs.temperature_c >= FEVER_C and signs.fever_other_cause is not True


def counted_vasoactives(vasoactives: tuple[str, ...]) -> tuple[int, bool]:
    """Return the number of vasopressors other than vasopressin, and whether vasopressin ran."""
    kinds = [VASOACTIVE_CLASSES.get(drug) for drug in vasoactives]
    return kinds.count("vasopressor"), "vasopressin" in kinds


@lru_cache(maxsize=4_096)
def circulation(
    hypotension: bool | None,
    proof: tuple[str, ...] | None,
    other_cause: bool | None,
    vasoactives: tuple[str, ...] | None,
    for_sedation: bool | None,
) -> Part:
    """Return the part of hypotension and vasoactive drugs.

    One low reading alone (``proof`` says so and nothing more) is not hypotension of CRS. Source: CLINICAL.md 2.1, D5.
    """
    if other_cause is True:
        return _circulation(0, 0, "hypotension put down to another cause")
    is_single = proof == ("single",)
    if vasoactives is None:
        low = 2 if hypotension is True and not is_single else 0
        return _circulation(low, 4, _hypotension_words(low, ""), "vasoactives")
    pressors, with_vasopressin = (0, False) if for_sedation is True else counted_vasoactives(vasoactives)
    if pressors >= 2:
        return _circulation(4, 4, f"{'two' if pressors == 2 else 'more than two'} vasopressors")
    if pressors == 1:
        return _circulation(3, 3, "one vasopressor with vasopressin" if with_vasopressin else "one vasopressor")
    if with_vasopressin:
        return _circulation(3, 3, "vasopressin alone, which the published table does not name")
    uncounted = _why_uncounted(vasoactives, for_sedation)
    if hypotension is None:
        return _circulation(0, 2, uncounted, "hypotension")
    if hypotension and is_single:
        return _circulation(0, 0, "one low reading alone, not repeated and not treated")
    grade = 2 if hypotension else 0
    return _circulation(grade, grade, _hypotension_words(grade, uncounted))


def _hypotension_words(grade: int, uncounted: str) -> str:
    words = "hypotension without a vasopressor" if grade else ""
    return f"{words} ({uncounted})" if words and uncounted else words or uncounted


def _why_uncounted(vasoactives: tuple[str, ...], for_sedation: bool | None) -> str:
    given = [drug for drug in vasoactives if drug in VASOACTIVE_CLASSES]
    if not given:
        return ""
    return "vasoactive drugs only to offset sedation" if for_sedation is True else f"{' and '.join(given)} not counted"


def _circulation(low: int, high: int, words: str, *missing: str) -> Part:
    return part("circulation", low, high, words, missing)


@lru_cache(maxsize=16_384)
def breathing(
    mode: str | None,
    flow_l_min: Decimal | None,
    reason: str | None,
    other_cause: bool | None,
    baseline: str,
) -> Part:
    """Return the part of oxygen and ventilation.

    Ventilation counts only for hypoxia, oxygen up to 6 L/min by cannula as low flow at every age, and nothing that is
    no more than the child has at home. Source: CLINICAL.md 2.1, D5.
    """
    if other_cause is True:
        return _breathing(0, 0, "hypoxia put down to another cause")
    if mode not in _GRADE_OF_MODE:
        return _breathing(0, 4, "", "oxygen_mode")
    if mode == ROOM_AIR:
        return _breathing(0, 0, "")
    if _GRADE_OF_MODE[mode] == 4 and reason in _NOT_FOR_HYPOXIA:
        return _breathing(0, 0, "ventilation for another reason than hypoxia")
    low, high, words = _support(mode, flow_l_min)
    counted_low, counted_high = (grade if _is_more_than(baseline, mode, grade) else 0 for grade in (low, high))
    missing = ("oxygen_flow_l_min",) if counted_high > counted_low else ()
    return _breathing(counted_low, counted_high, words if counted_low else "no more support than at home", *missing)


def _support(mode: str, flow: Decimal | None) -> tuple[int, int, str]:
    """Return the lowest and highest grade of a mode of support, and its words."""
    label = OXYGEN_MODES.labels[mode].lower() if mode not in ("cpap", "bipap", "ecmo") else OXYGEN_MODES.labels[mode]
    if mode not in _BY_FLOW:
        return _GRADE_OF_MODE[mode], _GRADE_OF_MODE[mode], label
    if flow is None:
        return 2, 3, f"{label}, flow not answered"
    return (2, 2, "oxygen by cannula up to 6 L/min") if flow <= LOW_FLOW_UP_TO_L_MIN else (3, 3, "high-flow oxygen")


def is_beyond_home(mode: str, flow_l_min: Decimal | None, baseline: str) -> bool | None:
    """Tell whether support goes beyond what the child has at home; None where a flow that is missing decides."""
    low, high, _ = _support(mode, flow_l_min)
    states = {_is_more_than(baseline, mode, grade) for grade in (low, high)}
    return states.pop() if len(states) == 1 else None


def _is_more_than(baseline: str, mode: str, grade: int) -> bool:
    """Tell whether support goes beyond the child's own: another, stronger mode, or a higher grade by its flow."""
    if baseline not in _GRADE_OF_MODE:
        return True
    return _MODES.index(mode) > _MODES.index(baseline) or grade > _GRADE_OF_MODE[baseline]


def _breathing(low: int, high: int, words: str, *missing: str) -> Part:
    return part("breathing", low, high, words, missing)


def parts_of(signs: Signs) -> tuple[Part, Part]:
    """Return circulation and breathing of an assessment."""
    return (
        circulation(
            signs.hypotension,
            signs.hypotension_proof,
            signs.hypotension_other_cause,
            signs.vasoactives,
            signs.vasoactive_for_sedation,
        ),
        breathing(
            signs.oxygen_mode,
            signs.oxygen_flow_l_min,
            signs.ventilation_reason,
            signs.hypoxia_other_cause,
            signs.baseline_support,
        ),
    )
