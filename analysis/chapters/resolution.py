"""Resolution curves: the primary endpoints overall and by what was known at the first dose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from analysis.chapters.few_children import few_children_section
from analysis.chapters.group_centers import center_notice
from analysis.chapters.group_results import Grouped, group_endpoint
from analysis.chapters.group_tables import group_table
from analysis.chapters.resolution_figures import competing_figure, curve_figure, groups_figure
from analysis.chapters.resolution_sentences import (
    bounds_sentence,
    outcome_sentence,
    quality_sentence,
    sources_sentence,
)
from analysis.chapters.resolution_tables import flow_table, incidence_table
from analysis.chapters.sensitivity import roles_section, sensitivity_section, sensitivity_values
from analysis.chapters.traces import time_to_event_table
from analysis.endpoints.bounds import discharge_bounds
from analysis.endpoints.resolution import EndpointResult
from analysis.endpoints.time_to_event import TimeToEvent
from analysis.estimators import IncidenceCurve
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import DIED, HORIZON_DAYS, RESOLVED, Role
from analysis.printing.parts import Chapter, Section
from analysis.study import Study
from analysis.wording import counted, if_defined, lower_first

FIXED_AT_THE_FIRST_DOSE = (
    "Groups are fixed on the day of the first dose. Groups by anything later, such as a higher dose or a second"
    " agent, are not offered: a child must stay unresolved long enough to get it, so that it would look slower"
    " whatever the drug does (immortal time)."
)


def chapter(study: Study) -> Chapter:
    """Return the curves of all primary endpoints, and the rows behind them as a file."""
    grouped = [group_endpoint(study.cut, result.endpoint, result.cohort.rows) for result in study.endpoints]
    sections: list[Section] = [roles_section(study)]
    for result, groups in zip(study.endpoints, grouped, strict=True):
        sections.append(_endpoint_section(study, result))
        sections.extend(_group_sections(study, result, groups))
    sections += [_endpoint_section(study, result) for result in study.secondary_endpoints]
    sections.append(sensitivity_section(study))
    rows = [row for result in study.every_endpoint for row in result.cohort.rows]
    values = {result.endpoint.id: _values(result, ()) for result in study.secondary_endpoints}
    values |= {
        result.endpoint.id: _values(result, groups) for result, groups in zip(study.endpoints, grouped, strict=True)
    }
    return Chapter(
        id="resolution",
        title="Resolution curves",
        sections=tuple(sections),
        files=(time_to_event_table(rows),),
        results={"endpoints": values, "sensitivity": sensitivity_values(study)},
    )


def _endpoint_section(study: Study, result: EndpointResult) -> Section:
    """Return an endpoint's curve, or its children one by one where they are too few for shares."""
    rows, resolved, died = result.cohort.rows, result.resolved, result.died
    if len(rows) < LEAST_FOR_A_SHARE or resolved is None or died is None:
        return few_children_section(study, result)
    endpoint = result.endpoint
    flow = flow_table(endpoint.id, f"From the data cut to the curve: {endpoint.title}", result.cohort.flow)
    figures = [curve_figure(study, endpoint, resolved, died)]
    if endpoint.role is Role.PRIMARY:
        figures.append(competing_figure(study, endpoint, resolved, died))
    return Section(
        id=endpoint.id,
        title=endpoint.title,
        paragraphs=(
            outcome_sentence(rows, resolved),
            bounds_sentence(rows),
            quality_sentence(endpoint, result.cohort),
            sources_sentence(endpoint),
        ),
        notices=endpoint.notes,
        figures=tuple(figures),
        tables=(incidence_table(endpoint.id, f"{endpoint.title}: read on fixed days", resolved, died), flow),
        estimand=endpoint.estimand,
    )


def _group_sections(study: Study, result: EndpointResult, groups: Sequence[Grouped]) -> Iterator[Section]:
    """Yield a section for each grouping; the first says why groups are fixed then."""
    endpoint = result.endpoint
    for number, grouped in enumerate(groups if result.cohort.rows else ()):
        title = grouped.grouping.title
        told = () if number else (FIXED_AT_THE_FIRST_DOSE,)
        unknown = f"Not known for any of the {counted(grouped.not_known, 'child', 'children')} of this curve."
        yield Section(
            id=f"{endpoint.id}_by_{grouped.grouping.id}",
            title=f"{endpoint.toxicity}: {lower_first(title)}",
            paragraphs=told if grouped.groups else (*told, unknown),
            notices=(center_notice(grouped.groups),) if grouped.groups else (),
            figures=(groups_figure(study, endpoint, grouped),) if grouped.groups else (),
            tables=(group_table(endpoint.id, grouped),) if grouped.groups else (),
            estimand=endpoint.estimand if grouped.groups else None,
        )


def _values(result: EndpointResult, groups: Sequence[Grouped]) -> dict[str, Any]:
    return {
        "title": result.endpoint.title,
        "role": result.endpoint.role.value,
        "estimand": dict(result.endpoint.estimand.sentences()),
        "flow": [asdict(step) for step in result.cohort.flow],
        "n": len(result.cohort.rows),
        "discharge_bounds": _bounds_values(result.cohort.rows),
        "resolved": _curve_values(result.resolved),
        "died": _curve_values(result.died),
        "groups": {grouped.grouping.id: _group_values(grouped) for grouped in groups} if result.cohort.rows else {},
    }


def _bounds_values(rows: Sequence[TimeToEvent]) -> dict[str, Any] | None:
    return asdict(discharge_bounds(rows, HORIZON_DAYS)) if rows else None


def _curve_values(curve: IncidenceCurve | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    series = ("times", "estimate", "std_error", "lower", "upper", "n_at_risk", "n_event", "n_competing", "n_censored")
    values: dict[str, Any] = {name: [*map(if_defined, getattr(curve, name).tolist())] for name in series}
    return {**values, "method": curve.method, "source": curve.source, "level": curve.level}


def _group_values(grouped: Grouped) -> dict[str, Any]:
    return {
        "groups": {
            group.name: {
                "children": group.children,
                "resolved_children": group.count(RESOLVED),
                "died_children": group.count(DIED),
                "centers": dict(group.centers),
                "resolved": _curve_values(group.curve),
            }
            for group in grouped.groups
        },
        "not_known": grouped.not_known,
        "test": asdict(grouped.test) if grouped.test else None,
        "no_test": grouped.no_test,
    }
