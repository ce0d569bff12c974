"""A cut limited to the children that a selection names, and how many left because it is not known of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from analysis.cut import Cut
from analysis.endpoints.children import Child, children_of, set_aside_of
from analysis.endpoints.day_28 import first_infusion
from analysis.endpoints.groupings import grouping
from analysis.errors import AnalysisError
from analysis.plan.resolution import CRS_R1
from forms.selection import CHOICES, SITE, Selection
from forms.values import answer

GROUPING_OF = {"dose_tier": "dose", "route": "route", "agents": "agents"}
"""Filter -> the grouping at the first dose that gives its answer."""


@dataclass(frozen=True, kw_only=True)
class Selected:
    """A cut of the chosen children; `not_known` counts, by filter, the infused left out for a missing answer.

    Nobody is asked who is not infused or set aside.
    """

    cut: Cut
    not_known: Mapping[str, int]
    not_infused: int = 0
    set_aside: int = 0


def select(cut: Cut, selection: Selection) -> Selected:
    """Return the cut with only the children of whom every chosen filter is known to hold.

    Errors: AnalysisError when the cut has no such site.
    """
    known_sites = set(cut.subjects.values())
    for site in selection.choices.get(SITE, ()):
        if site not in known_sites:
            raise AnalysisError(
                f"Site: the cut has no child of “{site}”. Choose from: {', '.join(sorted(known_sites))}."
            )
    if selection.is_everybody:
        return Selected(cut=cut, not_known={})
    kept, not_known = {}, Counter[str]()
    children, aside = children_of(cut), len(set_aside_of(cut))
    for child in children:
        verdicts = _verdicts(cut, child, selection)
        unknown = [name for name, verdict in verdicts.items() if verdict is None]
        if False in verdicts.values():
            continue
        if unknown:
            not_known[unknown[0]] += 1
        else:
            kept[child.subject] = child.site
    return Selected(
        cut=replace(cut, subjects=kept),
        not_known=dict(sorted(not_known.items())),
        not_infused=len(cut.subjects) - len(children) - aside,
        set_aside=aside,
    )


def _verdicts(cut: Cut, child: Child, selection: Selection) -> dict[str, bool | None]:
    """Return filter -> whether the child passes it; None where its answer is not known."""
    answers = {name: _answers(cut, child, name) for name, codes in selection.choices.items() if codes}
    found: dict[str, bool | None] = {
        name: None if codes is None else bool(set(codes) & set(selection.choices[name]))
        for name, codes in answers.items()
    }
    first = child.infusions[0]
    if selection.infused_from or selection.infused_to:
        low, high = selection.infused_from or first.day, selection.infused_to or first.day
        found["infused"] = low <= first.day <= high
    if selection.age_from is not None or selection.age_to is not None:
        age = _age(cut, child)
        low_age = 0 if selection.age_from is None else selection.age_from
        high_age = math.inf if selection.age_to is None else selection.age_to
        found["age"] = None if age is None else low_age <= age <= high_age
    return found


def _answers(cut: Cut, child: Child, name: str) -> tuple[str, ...] | None:
    """Return the codes that a filter finds for a child; none for a child to whom it cannot apply, None if not known."""
    if name == SITE:
        return (child.site,)
    if name == "product":
        product = answer(first_infusion(cut, child.subject), "product")
        return (product,) if isinstance(product, str) else None
    if child.first_dose is None:
        return None if child.given_anakinra or child.may_be_given else ()
    if name == "indication":
        indications = answer(child.first_dose.course, "indications")
        return indications if isinstance(indications, tuple) else None
    if name == "line":
        line = answer(child.first_dose.course, "line")
        return (line,) if isinstance(line, str) else None
    group = grouping(GROUPING_OF[name]).of(cut, child, child.first_dose, CRS_R1)
    return None if group is None else (CHOICES[name][1].parse(group),)


def _age(cut: Cut, child: Child) -> int | None:
    """Return the whole years at the first infusion."""
    age = answer(first_infusion(cut, child.subject), "age_years")
    return math.floor(age) if isinstance(age, (int, Decimal)) else None
