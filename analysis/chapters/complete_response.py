"""Day 28 outcomes, compared between groups that were fixed before they were judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from analysis.chapters.mrd_tables import mrd_table
from analysis.chapters.resolution_tables import flow_table
from analysis.chapters.response_forest import by_center_table, forest_on_page, pooled_over_centers
from analysis.chapters.response_tables import Contrast, note_on_recent, response_table
from analysis.chapters.traces import responder_table
from analysis.chapters.uniform_response import uniform_section
from analysis.endpoints.capture import CAPTURE_WANTED
from analysis.endpoints.groupings import TIERS
from analysis.endpoints.response_strata import by_center, by_subgroup
from analysis.endpoints.responses import (
    Counts,
    ResponsePopulation,
    dose_flow,
    flow_for,
    split_for,
    tiers_for,
)
from analysis.plan.estimand import Estimand
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.responses import (
    CAPPED_TIER,
    CR_BY_DOSE,
    CR_COMPARISONS,
    MRD_NEGATIVE_CR,
    REFERENCE_TIER,
    DoseComparison,
    ResponseComparison,
    ResponseOutcome,
)
from analysis.printing.parts import Chapter, Section
from analysis.study import Study
from analysis.wording import counted

Found = Sequence[tuple[ResponseOutcome, Mapping[str, Counts]]]


def chapter(study: Study) -> Chapter:
    """Return the comparisons of the plan, and the rows behind them as a file."""
    populations = study.day_28
    mrd = next(population for population in populations if population.outcome is MRD_NEGATIVE_CR)
    by_group = {comparison: _by_group(comparison, populations) for comparison in CR_COMPARISONS}
    by_tier = {comparison: _by_tier(comparison, populations) for comparison in CR_BY_DOSE}
    return Chapter(
        id="complete_response",
        title="Complete response",
        sections=(
            _opening(populations[0]),
            *(_section(study, comparison, found, populations) for comparison, found in by_group.items()),
            *(_dose_section(comparison, found, populations[0]) for comparison, found in by_tier.items()),
            uniform_section(study, populations[0]),
            Section(id="mrd", title="MRD classes", tables=(mrd_table(mrd.children),)),
        ),
        files=(responder_table(populations),),
        results={
            "responses": {
                **{comparison.id: _values(comparison.estimand, found) for comparison, found in by_group.items()},
                **{comparison.id: _values(comparison.estimand, found) for comparison, found in by_tier.items()},
            }
        },
    )


def _values(estimand: Estimand, found: Found) -> dict[str, Any]:
    return {
        "estimand": dict(estimand.sentences()),
        "outcomes": {
            outcome.id: {name: asdict(counts) for name, counts in groups.items()} for outcome, groups in found
        },
    }


def _by_group(comparison: ResponseComparison, populations: Sequence[ResponsePopulation]) -> Found:
    names = (comparison.first_group, comparison.second_group)
    return [
        (population.outcome, dict(zip(names, split_for(comparison, population), strict=True)))
        for population in populations
    ]


def _by_tier(comparison: DoseComparison, populations: Sequence[ResponsePopulation]) -> Found:
    return [(population.outcome, tiers_for(comparison, population)) for population in populations]


def _opening(population: ResponsePopulation) -> Section:
    """Return what holds for all comparisons: which sites are left out, what is missing, what is primary."""
    sites = population.left_out_sites
    left_out = (
        f"Left out of every comparison of this chapter: {', '.join(sites)}. By the infusion log fewer than"
        f" {CAPTURE_WANTED} of the infused were enrolled there, or there is no log."
    )
    missing = "; ".join(
        f"{step.name}: {counted(step.children, 'child', 'children')}"
        for step in population.not_recorded
        if step.children
    )
    return Section(
        id="responses_read",
        title="What is compared",
        paragraphs=(
            "CR or CRi among all children is the primary outcome. The other three are secondary; no P is corrected for"
            " their number. Among all, a child that died before or was not assessed counts as no response.",
            "The number of children differs between outcomes where one was answered before day 42 and another is open.",
            *((left_out,) if sites else ()),
            f"Left out because the answer is missing: {missing or 'nobody'}.",
        ),
        notices=("Nobody was assigned at random: a difference between groups is not an effect of anakinra.",),
    )


def _section(
    study: Study, comparison: ResponseComparison, found: Found, populations: Sequence[ResponsePopulation]
) -> Section:
    contrasts = (
        Contrast(group=comparison.first_group, against=comparison.second_group),
        Contrast(group=comparison.second_group, against=None),
    )
    primary = populations[0]
    strata = [(one.outcome, by_center(comparison, one)) for one in populations]
    within = [(outcome, centers, pooled_over_centers(centers)) for outcome, centers in strata]
    _, centers, pooled = within[0]
    subgroups = by_subgroup(study.cut, comparison, primary)
    notes = (*comparison.notes, *note_on_recent(primary))
    return Section(
        id=comparison.id,
        title=comparison.title,
        paragraphs=() if pooled else (_not_compared(found[0][1]),),
        figures=(forest_on_page(comparison, centers, subgroups, pooled, study.cut_line),) if pooled else (),
        tables=(
            response_table(comparison.id, "Outcomes at day 28", found, contrasts, notes),
            *((by_center_table(comparison, within),) if pooled else ()),
            flow_table(comparison.id, "From the data cut to the CR rate", flow_for(comparison, primary)),
        ),
        estimand=comparison.estimand,
    )


def _not_compared(groups: Mapping[str, Counts]) -> str:
    """Return why there is neither a forest plot nor a comparison within centers."""
    sizes = " and ".join(f"{name} {counts.all}" for name, counts in groups.items())
    return (
        f"Not compared within centers: {sizes}. Both groups need {LEAST_FOR_A_SHARE} children, and some center children"
        " of both."
    )


def _dose_section(comparison: DoseComparison, found: Found, population: ResponsePopulation) -> Section:
    reference = TIERS[REFERENCE_TIER]
    contrasts = [
        Contrast(group=tier, against=None if position in (REFERENCE_TIER, CAPPED_TIER) else reference)
        for position, tier in enumerate(TIERS)
        if any(groups[tier].all for _, groups in found)
    ]
    return Section(
        id=comparison.id,
        title=comparison.title,
        notices=("Dose differs by center; not a drug comparison.",),
        tables=(
            response_table(
                comparison.id,
                "Outcomes at day 28",
                found,
                contrasts,
                (
                    f"Compared with {reference}. A tier limited by a cap depends on weight and is compared with none.",
                    "Source: the first order of the course; a dose within 10 % below an edge counts as reaching it.",
                    *note_on_recent(population),
                ),
            ),
            flow_table(comparison.id, "From the data cut to the CR rate", dose_flow(comparison, population)),
        ),
        estimand=comparison.estimand,
    )
