"""Each infused child's answers to the baseline variables, by the casebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from analysis.cut import Cut
from analysis.endpoints.children import Child
from analysis.plan import BASELINE_VARIABLES, BaselineVariable
from forms.casebook import CASEBOOK
from forms.items import Choice, MultiChoice
from forms.values import Answer, Measurement, answer

Answers = dict[str, Answer | None]


def baseline_of(cut: Cut, children: Iterable[Child]) -> dict[str, Answers]:
    """Return subject -> variable id -> answer, None where it is missing."""
    return {child.subject: _answers(cut, child) for child in children}


def levels_of(variable: BaselineVariable) -> dict[str, str]:
    """Return the codes of a choice with their labels, in the order of the page."""
    item = CASEBOOK[variable.form].items[variable.item]
    return dict(item.codes.labels) if isinstance(item, Choice | MultiChoice) else {}


def numbers_of(variable: BaselineVariable, answers: Sequence[Answers]) -> list[float]:
    """Return the numbers among some children's answers; a value beyond a limit of detection counts as the limit."""
    found = (one[variable.id] for one in answers)
    values = (value.value if isinstance(value, Measurement) else value for value in found)
    return [float(value) for value in values if isinstance(value, int | Decimal)]


def _answers(cut: Cut, child: Child) -> Answers:
    infusion = child.infusions[0].source.record
    rows = {form: next(iter(cut.rows(form, child.subject)), None) for form in ("enrolment", "baseline")}
    rows["infusion"] = next(row for row in cut.rows("infusion", child.subject) if row["record"] == infusion)
    found: Answers = {}
    for variable in BASELINE_VARIABLES:
        row = rows[variable.form]
        found[variable.id] = answer(row, variable.item) if row is not None else None
    return found
