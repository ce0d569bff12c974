"""How many children stand at each step from the infusion at a site to the risk set of a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.cut import Cut
from analysis.endpoints.capture import SiteCapture
from analysis.endpoints.children import Child
from analysis.endpoints.toxicities import worst_grades
from analysis.plan import SEVERE_GRADE

SHOWN_TOXICITIES = {"crs": "CRS", "icans": "ICANS", "carhlh": "carHLH"}


@dataclass(frozen=True, kw_only=True)
class ToxicityCount:
    """Children with a toxicity by episodes or assessments, those with a severe one, those whose grade is missing."""

    toxicity: str
    children: int
    severe: int
    grade_missing: int


@dataclass(frozen=True, kw_only=True)
class EnrolmentFlow:
    """The counts of the flow diagram. The first five are the sites' own, the others are children of the cut."""

    infused_at_sites: int
    approached: int
    consented: int
    refused: int
    enrolled: int
    in_the_cut: int
    infused: int
    without_infusion: int
    toxicities: tuple[ToxicityCount, ...]
    without_toxicity: int
    given_anakinra: int
    first_dose_known: int
    not_given: int


def enrolment_flow(cut: Cut, children: Sequence[Child], sites: Sequence[SiteCapture]) -> EnrolmentFlow:
    """Return the counts of each step; a child may have several toxicities."""
    worst = [worst_grades(cut, child.subject) for child in children]
    given = sum(child.given_anakinra for child in children)
    return EnrolmentFlow(
        infused_at_sites=sum(site.infused for site in sites),
        approached=sum(site.approached for site in sites),
        consented=sum(site.consented for site in sites),
        refused=sum(site.refused for site in sites),
        enrolled=sum(site.enrolled for site in sites),
        in_the_cut=len(cut.subjects),
        infused=len(children),
        without_infusion=len(cut.subjects) - len(children),
        toxicities=tuple(
            ToxicityCount(
                toxicity=name,
                children=len(grades := [found[code] for found in worst if code in found]),
                severe=sum(grade is not None and grade >= SEVERE_GRADE for grade in grades),
                grade_missing=grades.count(None),
            )
            for code, name in SHOWN_TOXICITIES.items()
        ),
        without_toxicity=sum(not found.keys() & SHOWN_TOXICITIES.keys() for found in worst),
        given_anakinra=given,
        first_dose_known=sum(child.given_anakinra and child.first_dose is not None for child in children),
        not_given=len(children) - given,
    )
