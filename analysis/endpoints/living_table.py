"""The registry's children as rows of Table 2: who they were, how anakinra was given, and what followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child, FirstDose
from analysis.endpoints.day_28 import first_infusion
from analysis.endpoints.groupings import first_order
from analysis.plan.groups import AGENTS_HOURS
from forms.casebook.infusion import PRODUCTS
from forms.code_lists import ANTIGENS
from forms.dosing.agents import agent_span, class_of, course_span
from forms.values import answer, latest


@dataclass(frozen=True, kw_only=True)
class TreatedFacts:
    """What one treated child's first course says; the amount is None where the first order does not tell it."""

    beside: frozenset[str]
    indications: tuple[str, ...]
    mg_per_kg_day: float | None
    frequency: str | None
    route: str | None


@dataclass(frozen=True, kw_only=True)
class RegistryCohort:
    """The children given one product. `treated` holds those with a first dose of known time, `given` all given it.

    Of `given_not_recorded` children a course page leaves open whether anakinra was given.
    """

    id: str
    name: str
    subjects: frozenset[str]
    sites: int
    ages: tuple[int, ...]
    settings: Counter[str]
    diseases: Counter[str]
    given: int
    given_not_recorded: int
    treated: tuple[TreatedFacts, ...]


def registry_cohorts(cut: Cut, children: Sequence[Child]) -> tuple[RegistryCohort, ...]:
    """Return all children, then one cohort for each product: licensed ones by name, others by the antigen."""
    by_product: dict[str, list[Child]] = {}
    for child in children:
        by_product.setdefault(_product(first_infusion(cut, child.subject)), []).append(child)
    licensed = list(PRODUCTS.labels.values())
    ordered = sorted(by_product, key=lambda name: (name not in licensed, name))
    named = [("all", "All products", list(children))]
    named += [(f"product_{number}", name, by_product[name]) for number, name in enumerate(ordered, 1)]
    return tuple(_cohort(cut, name_id, name, found) for name_id, name, found in named if found)


def _product(infusion: Record) -> str:
    product, antigens = answer(infusion, "product"), answer(infusion, "antigens")
    if product not in (None, "academic"):
        return PRODUCTS.labels[str(product)]
    if not isinstance(antigens, tuple):
        return "Product not recorded"
    return f"{' and '.join(ANTIGENS.labels[antigen] for antigen in antigens)} CAR, academic or trial"


def _cohort(cut: Cut, cohort_id: str, name: str, children: Sequence[Child]) -> RegistryCohort:
    infusions = [first_infusion(cut, child.subject) for child in children]
    ages = [age for infusion in infusions if isinstance(age := answer(infusion, "age_years"), int)]
    baselines = [row for child in children for row in cut.rows("baseline", child.subject)]
    return RegistryCohort(
        id=cohort_id,
        name=name,
        subjects=frozenset(child.subject for child in children),
        sites=len({child.site for child in children}),
        ages=tuple(sorted(ages)),
        settings=_told(infusions, "setting"),
        diseases=_told(baselines, "disease"),
        given=sum(child.had_anakinra is True for child in children),
        given_not_recorded=sum(child.had_anakinra is None for child in children),
        treated=tuple(_facts(cut, child, child.first_dose) for child in children if child.first_dose),
    )


def _told(rows: Iterable[Record], item: str) -> Counter[str]:
    return Counter(str(found) for row in rows if (found := answer(row, item)) is not None)


def _facts(cut: Cut, child: Child, dose: FirstDose) -> TreatedFacts:
    order = first_order(cut, child, dose) or {}
    per_day = answer(order, "mg_per_kg_day")
    indications = answer(dose.course, "indications")
    return TreatedFacts(
        beside=_beside(cut, child, dose),
        indications=indications if isinstance(indications, tuple) else (),
        mg_per_kg_day=float(per_day) if isinstance(per_day, Decimal) else None,
        frequency=_text(order, "frequency"),
        route=_text(dose.course, "route"),
    )


def _text(row: Record, item: str) -> str | None:
    found = answer(row, item)
    return None if found is None else str(found)


def _beside(cut: Cut, child: Child, dose: FirstDose) -> frozenset[str]:
    """Return the classes of other agents that may have been given from 72 hours before to the last dose."""
    course = course_span(dose.course)
    begins, ends = dose.at - timedelta(hours=AGENTS_HOURS), course.possible_to if course else datetime.max
    found = set()
    for row in cut.rows("concomitant_agent", child.subject):
        name, span = class_of(row), agent_span(row)
        opens = span.possible_from if span else datetime.min
        closes = span.possible_to if span else latest(answer(row, "stopped_at")) or datetime.max
        if name and opens <= ends and closes >= begins:
            found.add(name)
    return frozenset(found)
