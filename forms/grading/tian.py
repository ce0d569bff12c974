"""TIAN, neurotoxicity around a CNS tumor, where ICANS would grade old signs of the tumor. Source: CLINICAL.md D6."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from forms.context import Context
from forms.grading.child import text_of, yes_or_no
from forms.grading.parts import Part, combined, part
from forms.rule_set import GRADES, RuleSet, Verdict
from forms.values import Row

RAISED_PRESSURE_MMHG = Decimal(20)
_SIGNS = {
    "none": (0, ""),
    "mild": (1, "headache with fever, or mild worsening of known signs"),
    "moderate": (2, "moderate change that substantially affects function"),
    "severe": (3, "severe signs that may affect heart or breathing"),
    "herniation": (4, "impending herniation, or medullary dysfunction needing ventilation"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What the bedside says about TIAN; a pressure that was not measured is not raised."""

    tian_signs: str | None = None
    pressure_mmhg: Decimal | None = None
    pressure_refractory: bool | None = None


def grade(signs: Signs) -> Verdict:
    """Return the TIAN grade of one assessment."""
    return combined(_signs_part(signs.tian_signs), _pressure_part(_is_raised(signs), signs.pressure_refractory))


def _is_raised(signs: Signs) -> bool:
    return signs.pressure_mmhg is not None and signs.pressure_mmhg > RAISED_PRESSURE_MMHG


@lru_cache(maxsize=64)
def _signs_part(code: str | None) -> Part:
    if code not in _SIGNS:
        return part("signs", 0, 4, "", ("tian_signs",))
    worst, words = _SIGNS[code]
    return part("signs", worst, worst, words)


@lru_cache(maxsize=16)
def _pressure_part(is_raised: bool, is_refractory: bool | None) -> Part:
    if is_refractory is True:
        return part("pressure", 4, 4, "pressure above 20 mmHg despite drainage")
    if not is_raised:
        return part("pressure", 0, 0)
    missing = ("pressure_refractory",) if is_refractory is None else ()
    return part("pressure", 3, 4 if missing else 3, "pressure above 20 mmHg", missing)


def judge_tian(row: Row, context: Context) -> Verdict | None:
    """Return the TIAN grade of an assessment of a child with a CNS tumor; None for other children."""
    if yes_or_no(row, "cns_tumor") is not True:
        return None
    pressure = row.get("intracranial_pressure_mmhg")
    return grade(
        Signs(
            tian_signs=text_of(row, "tian_signs"),
            pressure_mmhg=pressure if isinstance(pressure, Decimal) else None,
            pressure_refractory=yes_or_no(row, "pressure_refractory"),
        )
    )


TIAN = RuleSet(
    id="tian_2023",
    version="1",
    title="TIAN",
    source="Mahdi 2023, Nat Med (PMC10166099), table 1",
    verified=True,
    form="assessment",
    beside="tian_grade",
    values=GRADES[:5],
    decisions=(
        "A pressure that was not measured counts as not raised: it takes a drain or a probe.",
        "Grade 5 is not derived: the causes of death do not name TIAN.",
    ),
    judge_row=judge_tian,
)
