"""Timing as it happened: resolution from the day a toxicity qualified as refractory, with and without anakinra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from analysis.chapters.resolution_figures import groups_figure
from analysis.chapters.resolution_tables import flow_table
from analysis.chapters.timing_results import AtLandmark, TimingResult, compute_timing
from analysis.chapters.timing_tables import exposure_table, landmark_table, model_table, qualified_table, refused_table
from analysis.plan.resolution import ResolutionEndpoint
from analysis.plan.timing import FROM_QUALIFICATION, IMMORTAL_TIME, LANDMARK_DRAWN
from analysis.printing.parts import Chapter, Section
from analysis.study import Study
from analysis.wording import counted

NOT_CAUSAL = (
    "Not causal: who is given anakinra, and when, is decided by how ill the child is and where it is treated. Strata by"
    " center and a grade do not undo that. Differs by center; not a drug comparison."
)


def chapter(study: Study) -> Chapter:
    """Return each toxicity from qualification on, the groupings that are not offered, and the rows as a file."""
    results = tuple(compute_timing(study, endpoint) for endpoint in FROM_QUALIFICATION)
    refused = Section(
        id="refused_groupings",
        title="Groups that are not offered",
        paragraphs=(
            IMMORTAL_TIME,
            "Above, the days before a first dose count as days without anakinra.",
        ),
        tables=(refused_table(),),
    )
    return Chapter(
        id="timing",
        title="Timing as it happened",
        sections=(*(_section(study, result) for result in results), refused),
        files=(qualified_table(results),),
        results={"timing": {result.endpoint.id: _values(result) for result in results}},
    )


def _section(study: Study, result: TimingResult) -> Section:
    endpoint, cohort = result.endpoint, result.cohort
    flow = flow_table(endpoint.id, f"From the data cut to qualified {endpoint.toxicity}", cohort.flow)
    if not cohort.children:
        return Section(
            id=endpoint.id,
            title=endpoint.title,
            paragraphs=("No child of this cut qualified before it was given anakinra.", _why_not(result)),
            tables=(flow,),
            estimand=endpoint.estimand,
        )
    return Section(
        id=endpoint.id,
        title=endpoint.title,
        paragraphs=(_followed(result), _why_not(result)),
        notices=(NOT_CAUSAL, *endpoint.notes),
        figures=tuple(
            groups_figure(
                study,
                endpoint,
                at.grouped,
                x_label=f"Days after the landmark, {24 * at.day} h after qualification",
                whom=_still_followed(at, len(cohort.children)),
            )
            for at in result.landmarks
            if at.day == LANDMARK_DRAWN and at.grouped
        ),
        tables=(
            exposure_table(endpoint, result.exposures, result.cohort.children),
            model_table(endpoint, result.models),
            landmark_table(endpoint, result.landmarks),
            flow,
        ),
        estimand=endpoint.estimand,
    )


def _still_followed(at: AtLandmark, children: int) -> str:
    """Return how many of the qualified children reached a landmark unresolved, and what became of the others."""
    left = {"resolved or died": at.event_before, "last seen": at.censored_before}
    told = ", ".join(f"{count} {fate}" for fate, count in left.items() if count)
    return f"n = {children - sum(left.values())} of {children}: {told} by the landmark" if told else f"n = {children}"


def _followed(result: TimingResult) -> str:
    children = result.cohort.children
    begun = [child for child in children if child.anakinra_day is not None and child.anakinra_day < child.row.day]
    return (
        f"{counted(len(children), 'child', 'children')} followed from qualification; in {len(begun)} of them anakinra"
        " was begun while the toxicity lasted. Their days up to the first dose count as days without it."
    )


def _why_not(result: TimingResult) -> str:
    told = ", ".join(f"{reason} {children}" for reason, children in result.cohort.why_not.items())
    toxicity = result.endpoint.toxicity
    return f"{toxicity} recorded but never qualified: {told}." if told else f"All recorded {toxicity} qualified."


def _values(result: TimingResult) -> dict[str, Any]:
    endpoint: ResolutionEndpoint = result.endpoint
    return {
        "title": endpoint.title,
        "estimand": dict(endpoint.estimand.sentences()),
        "flow": [asdict(step) for step in result.cohort.flow],
        "not_qualified": dict(result.cohort.why_not),
        "exposures": [
            {
                "name": exposure.name,
                "children": exposure.children,
                "person_days": exposure.rate.person_days,
                "resolved": exposure.rate.events,
                "died": exposure.died,
            }
            for exposure in result.exposures
        ],
        "models": [
            {
                "covariates": list(model.covariates),
                "why_not": model.why_not,
                "hazard_ratio": _list(model.result.hazard_ratio.tolist() if model.result else None),
                "lower": _list(model.result.lower.tolist() if model.result else None),
                "upper": _list(model.result.upper.tolist() if model.result else None),
                "p_value": _list(model.result.p_value.tolist() if model.result else None),
                "method": model.result.method if model.result else None,
            }
            for model in result.models
        ],
        "landmarks": [
            {
                "day": at.day,
                "event_before": at.event_before,
                "censored_before": at.censored_before,
                "groups": {group.name: group.children for group in at.grouped.groups} if at.grouped else {},
                "test": asdict(at.grouped.test) if at.grouped and at.grouped.test else None,
                "no_test": at.grouped.no_test if at.grouped else "nobody was followed beyond the landmark",
            }
            for at in result.landmarks
        ],
    }


def _list(values: Sequence[float] | None) -> list[float] | None:
    return None if values is None else list(values)
