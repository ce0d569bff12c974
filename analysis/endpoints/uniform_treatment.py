"""Who was uniformly treated: one product against one antigen, one lymphodepletion, one level of cells.

The letter compares CR in 51 of 58 children “uniformly treated” and does not say what that means. Here it is what the
casebook can tell of the first infusion. Which antigen earlier CAR T cells were against it does not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from analysis.cut import Cut, Record
from analysis.endpoints.day_28 import first_infusion
from analysis.endpoints.responses import Responder
from analysis.plan.responses import UniformTreatment
from forms.values import Answer, answer

Infusions = Mapping[str, Record]
Verdicts = Mapping[str, bool | None]


@dataclass(frozen=True, kw_only=True)
class UniformStep:
    """One step: how many children it kept, how many left because they differ, and because the answer is missing."""

    name: str
    kept: int
    differ: int
    not_known: int


@dataclass(frozen=True, kw_only=True)
class UniformCohort:
    """The uniformly treated children, where the others left, and how many had CAR T cells before, as far as known."""

    children: tuple[Responder, ...]
    steps: tuple[UniformStep, ...]
    earlier_car_t: int


def select_uniform(cut: Cut, children: Sequence[Responder], treatment: UniformTreatment) -> UniformCohort:
    """Return the children of a response population who were treated alike.

    The product is the one that most children with the antigen were given (by its name, where it is not licensed), the
    cell dose is held against the median of that product.
    """
    kept = {child.subject: first_infusion(cut, child.subject) for child in children}
    steps = []
    for name, judge_all in (
        (f"Construct against {treatment.antigen.upper()} alone", _antigen),
        ("The product that most of them were given", _product),
        ("Fludarabine and cyclophosphamide", _lymphodepletion),
        (f"Cells per kg within {treatment.cell_dose_factor:g}-fold of the median", _cells),
    ):
        verdicts = judge_all(kept, treatment)
        found = list(verdicts.values())
        steps.append(
            UniformStep(name=name, kept=found.count(True), differ=found.count(False), not_known=found.count(None))
        )
        kept = {subject: infusion for subject, infusion in kept.items() if verdicts[subject]}
    return UniformCohort(
        children=tuple(child for child in children if child.subject in kept),
        steps=tuple(steps),
        earlier_car_t=sum(_had_car_t(cut, subject) for subject in kept),
    )


def _antigen(infusions: Infusions, treatment: UniformTreatment) -> Verdicts:
    return _equal({subject: answer(row, "antigens") for subject, row in infusions.items()}, (treatment.antigen,))


def _product(infusions: Infusions, _treatment: UniformTreatment) -> Verdicts:
    names = {subject: _product_name(infusion) for subject, infusion in infusions.items()}
    counts = Counter(name for name in names.values() if name)
    return _equal(names, min(counts, key=lambda name: (-counts[name], name), default=None))


def _product_name(infusion: Record) -> str | None:
    """Return what tells a product from others; an academic one without its name is not known."""
    product, name = answer(infusion, "product"), answer(infusion, "product_other")
    if product != "academic":
        return str(product) if product else None
    return " ".join(name.casefold().split()) if isinstance(name, str) else None


def _lymphodepletion(infusions: Infusions, treatment: UniformTreatment) -> Verdicts:
    told = {subject: answer(row, "lymphodepletion") for subject, row in infusions.items()}
    return _equal(told, treatment.lymphodepletion)


def _cells(infusions: Infusions, treatment: UniformTreatment) -> Verdicts:
    doses = {subject: _million_per_kg(infusion) for subject, infusion in infusions.items()}
    known = [dose for dose in doses.values() if dose is not None]
    middle, factor = median(known) if known else 0.0, treatment.cell_dose_factor
    return {
        subject: None if dose is None else middle / factor <= dose <= middle * factor for subject, dose in doses.items()
    }


def _equal(told: Mapping[str, Answer | None], wanted: Answer | None) -> Verdicts:
    return {subject: None if found is None else found == wanted for subject, found in told.items()}


def _million_per_kg(infusion: Record) -> float | None:
    """Return the cells per kg as recorded, or from the total and the weight at infusion."""
    per_kg, total, weight = (
        answer(infusion, item) for item in ("cells_million_per_kg", "cells_million", "weight_at_infusion_kg")
    )
    if isinstance(per_kg, Decimal):
        return float(per_kg)
    return float(total / weight) if isinstance(total, Decimal) and isinstance(weight, Decimal) else None


def _had_car_t(cut: Cut, subject: str) -> bool:
    told = (answer(row, "prior_therapies") for row in cut.rows("baseline", subject))
    return any(isinstance(found, tuple) and "car_t" in found for found in told)
