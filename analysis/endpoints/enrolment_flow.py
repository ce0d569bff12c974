"""How many children stand at each step from the infusion at a site to the risk set of a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.cut import Cut
from analysis.endpoints.capture import SiteCapture, last_ended_quarter
from analysis.endpoints.children import Child, SetAside
from analysis.endpoints.toxicities import was_severe, worst_grades

SHOWN_TOXICITIES = {"crs": "CRS", "icans": "ICANS", "carhlh": "carHLH"}


@dataclass(frozen=True, kw_only=True)
class ToxicityCount:
    """Children with a toxicity by episodes or assessments, those with a severe one.

    `grade_missing` are those of whom a missing grade of an episode leaves open whether it was severe.
    """

    toxicity: str
    children: int
    severe: int
    grade_missing: int


@dataclass(frozen=True, kw_only=True)
class EnrolmentFlow:
    """The counts of the flow diagram. The first five are the sites' own, the others are children of the cut.

    Infused are those given anakinra, those not given any, and those of whom a page leaves it open; not among them are
    those set aside for dates that cannot be right. `infused_in_logged_quarters` had their first infusion by the last
    day that the logs can tell of.
    """

    infused_at_sites: int
    approached: int
    consented: int
    refused: int
    enrolled: int
    in_the_cut: int
    infused: int
    infused_in_logged_quarters: int
    without_infusion: int
    set_aside: int
    toxicities: tuple[ToxicityCount, ...]
    without_toxicity: int
    given_anakinra: int
    first_dose_known: int
    not_given: int
    given_not_recorded: int


def enrolment_flow(
    cut: Cut, children: Sequence[Child], aside: Sequence[SetAside], sites: Sequence[SiteCapture]
) -> EnrolmentFlow:
    """Return the counts of each step; a child may have several toxicities."""
    worst = [worst_grades(cut, child.subject) for child in children]
    given = [child.had_anakinra for child in children]
    logs_end = last_ended_quarter(cut.data_date)
    return EnrolmentFlow(
        infused_at_sites=sum(site.infused for site in sites),
        approached=sum(site.approached for site in sites),
        consented=sum(site.consented for site in sites),
        refused=sum(site.refused for site in sites),
        enrolled=sum(site.enrolled for site in sites),
        in_the_cut=len(cut.subjects),
        infused=len(children),
        infused_in_logged_quarters=sum(child.infusions[0].day <= logs_end for child in children),
        without_infusion=len(cut.subjects) - len(children) - len(aside),
        set_aside=len(aside),
        toxicities=tuple(
            ToxicityCount(
                toxicity=name,
                children=sum(code in found for found in worst),
                severe=(severe := [was_severe(cut, child.subject, code) for child in children]).count(True),
                grade_missing=severe.count(None),
            )
            for code, name in SHOWN_TOXICITIES.items()
        ),
        without_toxicity=sum(not found.keys() & SHOWN_TOXICITIES.keys() for found in worst),
        given_anakinra=given.count(True),
        first_dose_known=sum(child.given_anakinra and child.first_dose is not None for child in children),
        not_given=given.count(False),
        given_not_recorded=given.count(None),
    )
