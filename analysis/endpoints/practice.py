"""How anakinra was given at each site: each child's first course as recorded, and its orders as judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from analysis.cut import Cut, Record
from analysis.endpoints.children import Child
from analysis.endpoints.protocols import order_verdicts
from forms.dosing.regimen_judgement import CONFORM, CONFORM_AT_CAP, NOT_COMPARABLE
from forms.values import Answer, answer

CONFORMING = (CONFORM, CONFORM_AT_CAP)


@dataclass(frozen=True, kw_only=True)
class CourseAsGiven:
    """A child's first course and its first order; None where an answer is missing."""

    line: Answer | None
    mg_per_kg_day: float | None
    frequency: Answer | None
    route: Answer | None
    cap: Answer | None
    tapered: bool | None
    taper_steps: int
    duration_days: int | None
    wean_order: Answer | None
    is_stopped: bool
    first_verdict: str | None


@dataclass(frozen=True, kw_only=True)
class SitePractice:
    """The treated children of a site, and the verdicts on all their orders; an order nobody judged is not there."""

    site: str
    courses: tuple[CourseAsGiven, ...]
    verdicts: tuple[str, ...]

    @property
    def comparable(self) -> tuple[str, ...]:
        """Return the verdicts that say whether the protocol was followed."""
        return tuple(verdict for verdict in self.verdicts if verdict != NOT_COMPARABLE)

    @property
    def first_comparable(self) -> tuple[str, ...]:
        """Return those on the first order of each child."""
        firsts = (course.first_verdict for course in self.courses)
        return tuple(verdict for verdict in firsts if verdict not in (None, NOT_COMPARABLE) and verdict is not None)


def practice_by_site(cut: Cut, children: Sequence[Child]) -> tuple[SitePractice, ...]:
    """Return the practice of each site that gave anakinra, by code; a course without a first dose is left out."""
    verdicts = order_verdicts(cut)
    courses: dict[str, list[CourseAsGiven]] = defaultdict(list)
    judged: dict[str, list[str]] = defaultdict(list)
    for child in children:
        if child.first_dose is None:
            continue
        orders = cut.rows("anakinra_regimen", child.subject)
        courses[child.site].append(_as_given(child.first_dose.course, orders, verdicts))
        judged[child.site] += [found for order in orders if (found := verdicts.get(str(order["record"])))]
    return tuple(
        SitePractice(site=site, courses=tuple(courses[site]), verdicts=tuple(judged[site])) for site in sorted(courses)
    )


def _as_given(course: Record, orders: Sequence[Record], verdicts: Mapping[str, str]) -> CourseAsGiven:
    own = [
        (began, str(order["record"]), order)
        for order in orders
        if answer(order, "course") == course["record"] and isinstance(began := answer(order, "from_at"), datetime)
    ]
    first = min(own, key=lambda one: one[:2])[2] if own else {}
    dose, duration, tapered = (
        answer(first, "mg_per_kg_day"),
        answer(course, "duration_days"),
        answer(course, "tapered"),
    )
    return CourseAsGiven(
        line=answer(course, "line"),
        mg_per_kg_day=float(dose) if isinstance(dose, Decimal) else None,
        frequency=answer(first, "frequency"),
        route=answer(first, "route"),
        cap=answer(first, "cap_applied"),
        tapered=tapered if isinstance(tapered, bool) else None,
        taper_steps=sum(answer(order, "taper_step") is True for _, _, order in own),
        duration_days=duration if isinstance(duration, int) else None,
        wean_order=answer(course, "wean_order"),
        is_stopped=answer(course, "stopped_at") is not None,
        first_verdict=verdicts.get(str(first["record"])) if first else None,
    )
