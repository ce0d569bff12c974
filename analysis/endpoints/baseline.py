"""Each infused child's answers to the baseline variables, by the casebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from analysis.cut import Cut
from analysis.endpoints.children import Child, FirstDose
from analysis.endpoints.committee import grade_left
from analysis.endpoints.grades import assessments_of, between, grade_at_first_dose, graded
from analysis.plan.baseline import (
    BASELINE_VARIABLES,
    CRS_AT_FIRST_DOSE,
    DAYS_TO_FIRST_DOSE,
    FIRST_DOSE_VARIABLES,
    ICANS_AT_FIRST_DOSE,
    BaselineVariable,
    Kind,
)
from analysis.plan.resolution import CRS_R1, ICANS_R1, LOOKBACK_DAYS
from forms.casebook import CASEBOOK
from forms.items import Choice, Count, MultiChoice
from forms.values import Answer, Measurement, answer

Answers = dict[str, Answer | None]


def baseline_of(cut: Cut, children: Iterable[Child]) -> dict[str, Answers]:
    """Return subject -> variable id -> answer, None where it is missing."""
    return {child.subject: _answers(cut, child) for child in children}


def at_first_dose_of(cut: Cut, children: Iterable[Child]) -> dict[str, Answers]:
    """Return subject -> id of each variable at the first dose -> answer, of the children with a first dose."""
    return {child.subject: _at_first_dose(cut, child, child.first_dose) for child in children if child.first_dose}


def levels_of(variable: BaselineVariable) -> dict[str, str]:
    """Return the codes of a choice with their labels, in the order of the page; of a grade each it can be."""
    item = CASEBOOK[variable.form].items[variable.item]
    if isinstance(item, Count) and isinstance(item.low, int) and isinstance(item.high, int):
        return {str(grade): f"Grade {grade}" for grade in range(item.low, item.high + 1)}
    return dict(item.codes.labels) if isinstance(item, Choice | MultiChoice) else {}


def numbers_of(variable: BaselineVariable, answers: Sequence[Answers]) -> list[float]:
    """Return the numbers among some children's answers; a value beyond a limit of detection counts as the limit."""
    found = (one[variable.id] for one in answers)
    values = (value.value if isinstance(value, Measurement) else value for value in found)
    return [float(value) for value in values if isinstance(value, int | Decimal)]


def _at_first_dose(cut: Cut, child: Child, dose: FirstDose) -> Answers:
    infused_on = max((one.day for one in child.infusions if one.day <= dose.day), default=child.infusions[0].day)
    found: Answers = {one.id: answer(dose.course, one.item) for one in FIRST_DOSE_VARIABLES if one.kind is Kind.EACH_OF}
    found[DAYS_TO_FIRST_DOSE.id] = (dose.day - infused_on).days
    before = between(assessments_of(cut, child.subject), dose.at - timedelta(days=LOOKBACK_DAYS), dose.at)
    for variable, endpoint in ((CRS_AT_FIRST_DOSE, CRS_R1), (ICANS_AT_FIRST_DOSE, ICANS_R1)):
        grade = grade_at_first_dose(graded(cut, before, endpoint), dose, endpoint)
        found[variable.id] = None if grade is None else str(grade_left(cut, child.subject, endpoint, dose.day, grade))
    return found


def _answers(cut: Cut, child: Child) -> Answers:
    infusion = child.infusions[0].source.record
    rows = {form: next(iter(cut.rows(form, child.subject)), None) for form in ("enrolment", "baseline")}
    rows["infusion"] = next(row for row in cut.rows("infusion", child.subject) if row["record"] == infusion)
    found: Answers = {}
    for variable in BASELINE_VARIABLES:
        row = rows[variable.form]
        found[variable.id] = answer(row, variable.item) if row is not None else None
    return found
