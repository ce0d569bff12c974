"""The grade of a diagnosed IEC-HS, from what it made necessary. Recalled, not verified (CLINICAL.md 2.3).

Hypotension and breathing count only where CRS does not explain them. The first version, which counts a child's support
at home, stands here; the second in ``iec_hs_breathing.py``; the third, for which each sign has a cause of its own, in
``iec_hs_causes.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from forms.context import Context
from forms.grading.child import ROOM_AIR, child_of, codes_of, count_of, day_of_death_from, in_order, text_of, yes_or_no
from forms.grading.crs import CRS
from forms.grading.crs_signs import counted_vasoactives
from forms.grading.parts import Part, combined, died_of, part
from forms.grading.phases import Phase, span_of
from forms.grading.precedence import choose
from forms.grading.samples import any_of
from forms.rule_set import EXACT, GRADES, RuleSet, Verdict
from forms.values import Row, answer

_DEATH = died_of("HLH-like toxicity")
_INTUBATED = ("invasive", "ecmo")
NOT_FOR_BREATHING = ("airway", "procedure", "seizure", "home_support")


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What IEC-HS made necessary at one assessment; None where it is missing.

    ``crs_explains`` tells for the first two versions whether hypotension and breathing belong to CRS; the third asks
    whether CRS is there, and each sign for another cause.
    """

    intervention_needed: bool | None = None
    bleeding: str | None = None
    renal_insufficiency: bool | None = None
    dialysis: bool | None = False
    hypotension: bool | None = None
    vasopressors: int | None = None
    oxygen_mode: str | None = None
    oxygen_flow_l_min: Decimal | None = None
    baseline_support: str = ROOM_AIR
    ventilation_reason: str | None = None
    pulmonary_edema: str | None = None
    crs_explains: bool | None = None
    crs_is_present: bool | None = None
    hypotension_has_other_cause: bool = False
    hypoxia_has_other_cause: bool = False


Breathing = Callable[[Signs], Part]
"""How a version grades oxygen and ventilation."""


def breathing_as_recorded(signs: Signs) -> Part:
    """Return the part of oxygen and ventilation, whatever the child has at home."""
    if signs.oxygen_mode in _INTUBATED and signs.ventilation_reason not in NOT_FOR_BREATHING:
        return part("breathing", 4, 4, "intubation")
    if signs.pulmonary_edema == "ventilation":
        return part("breathing", 4, 4, "pulmonary edema with ventilation")
    if signs.oxygen_mode is None:
        return part("breathing", 0, 4, "", ("oxygen_mode",))
    needs_oxygen = signs.oxygen_mode not in (ROOM_AIR, *_INTUBATED)
    return part("breathing", 3, 3, "respiratory distress") if needs_oxygen else part("breathing", 0, 0)


def grade(signs: Signs, breathing: Breathing = breathing_as_recorded) -> Verdict:
    """Return the grade of one assessment at which IEC-HS was diagnosed; ``breathing`` is the rule of a version."""
    return combined(
        *never_of_crs(signs),
        _unless_crs(circulation(signs), signs.crs_explains),
        _unless_crs(breathing(signs), signs.crs_explains),
    )


def never_of_crs(signs: Signs) -> tuple[Part, ...]:
    """Return the parts of treatment, bleeding and the kidney, which CRS explains none of."""
    return (
        _treatment(signs.intervention_needed),
        _bleeding(signs.bleeding),
        _kidney(signs.renal_insufficiency, signs.dialysis),
    )


def _treatment(needed: bool | None) -> Part:
    if needed is None:
        return part("treatment", 1, 2, "observation", ("intervention_needed",))
    return part("treatment", 2, 2, "treatment needed") if needed else part("treatment", 1, 1, "observation only")


def _bleeding(code: str | None) -> Part:
    if code is None:
        return part("bleeding", 0, 4, "", ("bleeding",))
    if code == "life_threatening":
        return part("bleeding", 4, 4, "life-threatening bleeding")
    return part("bleeding", 3, 3, "bleeding that needed red cells") if code == "transfused" else part("bleeding", 0, 0)


def _kidney(insufficiency: bool | None, dialysis: bool | None) -> Part:
    if dialysis:
        return part("kidney", 4, 4, "dialysis")
    low, words = (3, "new renal insufficiency") if insufficiency else (0, "")
    missing = () if insufficiency is not None else ("renal_insufficiency",)
    if dialysis is None:
        return part("kidney", low, 4, words, (*missing, "support.started_at"))
    return part("kidney", low, 3 if missing else low, words, missing)


def circulation(signs: Signs) -> Part:
    """Return the part of hypotension and of the drugs against it, whatever explains them."""
    if signs.vasopressors:
        return part("circulation", 4, 4, "hypotension that needed a vasopressor")
    low, missing = (3, ()) if signs.hypotension else (0, ("hypotension",) if signs.hypotension is None else ())
    if signs.vasopressors is None:
        return part("circulation", low, 4, "hypotension" if low else "", (*missing, "vasoactives"))
    return part("circulation", low, 3 if missing else low, "hypotension" if low else "", missing)


def _unless_crs(sign: Part, crs_explains: bool | None) -> Part:
    """Return a part that does not count where CRS explains it."""
    if crs_explains is None and sign.high:
        return part(sign.name, 0, sign.high, missing=(*sign.missing, "crs_grade"))
    return part(sign.name, 0, 0) if crs_explains and sign.low else sign


def judge_iec_hs_grade(context: Context, of_signs: Callable[[Signs], Verdict] = grade) -> Mapping[str, Verdict]:
    """Return assessment -> grade, where the clinician diagnosed HLH-like toxicity; ``of_signs`` is a version's rule."""
    died_on = day_of_death_from(context, "carhlh")
    on_dialysis = dialyses(context)
    verdicts: dict[str, Verdict] = {}
    for at, row in in_order(context.rows["assessment"], "assessed_at"):
        day = at.date()
        if yes_or_no(row, "carhlh_present") is True:
            dialysis = any_of(stretch.covers(day) for stretch in on_dialysis) if on_dialysis else False
            signs = _signs_of(row, context, dialysis)
            verdicts[str(row.get("key"))] = _DEATH if day == died_on else of_signs(signs)
    return verdicts


def _signs_of(row: Row, context: Context, dialysis: bool | None) -> Signs:
    drugs = codes_of(row, "vasoactives")
    pressors = None if drugs is None else sum(counted_vasoactives(drugs))
    crs = choose(CRS.of(row, context), count_of(row, "crs_grade"))
    flow = row.get("oxygen_flow_l_min")
    of_pressure, of_oxygen = (
        yes_or_no(row, item) is True for item in ("hypotension_other_cause", "hypoxia_other_cause")
    )
    return Signs(
        intervention_needed=yes_or_no(row, "intervention_needed"),
        bleeding=text_of(row, "bleeding"),
        renal_insufficiency=yes_or_no(row, "renal_insufficiency"),
        dialysis=dialysis,
        hypotension=yes_or_no(row, "hypotension"),
        vasopressors=0 if yes_or_no(row, "vasoactive_for_sedation") else pressors,
        oxygen_mode=text_of(row, "oxygen_mode"),
        oxygen_flow_l_min=flow if isinstance(flow, Decimal) else None,
        baseline_support=child_of(context).baseline_support,
        ventilation_reason=text_of(row, "ventilation_reason"),
        pulmonary_edema=text_of(row, "pulmonary_edema"),
        crs_explains=False if of_pressure or of_oxygen else None if crs.grade is None else crs.grade > 0,
        crs_is_present=True if crs.grade else False if crs.grade == 0 and crs.certainty is EXACT else None,
        hypotension_has_other_cause=of_pressure,
        hypoxia_has_other_cause=of_oxygen,
    )


def dialyses(context: Context) -> tuple[Phase, ...]:
    """Return the stretches of dialysis that were not planned from the start."""
    if yes_or_no(context.single("baseline"), "baseline_renal_replacement") is True:
        return ()
    rows = (row for row in context.rows["support"] if answer(row, "kind") == "dialysis")
    acute = (row for row in rows if answer(row, "purpose") != "planned")
    spans = ((span_of(answer(row, "started_at")), span_of(answer(row, "ended_at"))) for row in acute)
    return tuple(Phase(first=first, last=last) for first, last in spans if first is not None)


IEC_HS_GRADE_1 = RuleSet(
    id="iec_hs_2023_grade",
    version="1",
    title="IEC-HS 2023, grade",
    source="Hines 2023, Transplant Cell Ther 29:438; recalled, not read",
    verified=False,
    form="assessment",
    uses=("concomitant_agent", "support", "end_of_study"),
    beside="carhlh_grade",
    values=GRADES[1:],
    decisions=(
        "Only what the clinician diagnosed is graded.",
        "Hypotension and breathing count where CRS is at grade 0 or another cause than CRS was given.",
        "A vasopressor makes hypotension life-threatening: grade 4.",
        "Grade 5 stands on a recorded death from HLH-like toxicity and is given to the assessments of that day.",
    ),
    judge_child=judge_iec_hs_grade,
)
