"""Resolution curves: the primary endpoints overall and by what was known at the first dose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from analysis.chapters.few_children import few_children_section
from analysis.chapters.group_results import Grouped, group_endpoint
from analysis.chapters.group_tables import group_table
from analysis.chapters.resolution_sentences import (
    alternative_text,
    bounds_sentence,
    outcome_sentence,
    quality_sentence,
    sources_sentence,
)
from analysis.chapters.resolution_tables import curve_table, flow_table, incidence_table
from analysis.chapters.sensitivity import roles_section, sensitivity_section, sensitivity_values
from analysis.chapters.traces import time_to_event_table
from analysis.endpoints.bounds import discharge_bounds
from analysis.endpoints.resolution import EndpointResult
from analysis.endpoints.time_to_event import TimeToEvent
from analysis.estimators import IncidenceCurve
from analysis.plan import GREY_BELOW_AT_RISK, HORIZON_DAYS, LEAST_FOR_A_SHARE
from analysis.printing.incidence_figure import incidence_figure, resolution_lines
from analysis.printing.parts import Chapter, FigureOnPage, Section
from analysis.study import Study


def chapter(study: Study) -> Chapter:
    """Return the curves of all primary endpoints, and the rows behind them as a file."""
    grouped = [group_endpoint(study.cut, result.endpoint, result.cohort.rows) for result in study.endpoints]
    sections: list[Section] = [roles_section(study)]
    for result, groups in zip(study.endpoints, grouped, strict=True):
        sections.append(_curve_section(study, result))
        if result.cohort.rows:
            sections.append(_groups_section(result, groups))
    sections += [_secondary_section(study, result) for result in study.secondary_endpoints]
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


def _curve_section(study: Study, result: EndpointResult) -> Section:
    endpoint, rows = result.endpoint, result.cohort.rows
    flow = flow_table(endpoint.id, f"From the data cut to the {endpoint.toxicity} curve", result.cohort.flow)
    if result.resolved is None or result.died is None:
        return Section(
            id=endpoint.id,
            title=endpoint.title,
            paragraphs=("No child of this cut belongs to this analysis yet; the steps below say where they leave it.",),
            notices=endpoint.notes,
            tables=(flow,),
            estimand=endpoint.estimand,
        )
    resolved, died = result.resolved, result.died
    figure = incidence_figure(
        resolution_lines(resolved, died),
        title=f"{endpoint.title}, n = {len(rows)}",
        horizon=HORIZON_DAYS,
        grey_below=GREY_BELOW_AT_RISK,
        x_label="Days after the first anakinra dose",
        footnote=f"{study.cut_line} · {endpoint.id}",
    )
    on_page = FigureOnPage(
        id=endpoint.id,
        figure=figure,
        alt=alternative_text(endpoint, resolved, died),
        caption=f"{endpoint.title}: cumulative incidence, death competing. Bands: 95 % pointwise limits."
        f" Grey: fewer than {GREY_BELOW_AT_RISK} at risk. Under the axis, at risk counts just before the day, the"
        f" other rows up to and including it. {resolved.method}.",
        numbers=curve_table(endpoint.id, resolved, died),
    )
    return Section(
        id=endpoint.id,
        title=endpoint.title,
        paragraphs=(
            outcome_sentence(rows, resolved),
            bounds_sentence(rows),
            quality_sentence(result.cohort),
            sources_sentence(endpoint),
        ),
        notices=endpoint.notes,
        figures=(on_page,),
        tables=(incidence_table(endpoint.id, f"{endpoint.toxicity}: read on fixed days", resolved, died), flow),
        estimand=endpoint.estimand,
    )


def _secondary_section(study: Study, result: EndpointResult) -> Section:
    is_enough = len(result.cohort.rows) >= LEAST_FOR_A_SHARE
    return _curve_section(study, result) if is_enough else few_children_section(result)


def _groups_section(result: EndpointResult, groups: Sequence[Grouped]) -> Section:
    endpoint = result.endpoint
    return Section(
        id=f"{endpoint.id}_groups",
        title=f"{endpoint.toxicity} by what was known at the first dose",
        paragraphs=(
            "Groups are fixed on the day of the first dose. Groups by anything later, such as a higher dose or a second"
            " agent, are not offered: a child must stay unresolved long enough to get it, so that it would look slower"
            " whatever the drug does (immortal time).",
        ),
        notices=(
            "Differs by center; not a drug comparison: center, product, line and dose nearly determine each other.",
        ),
        tables=tuple(group_table(endpoint.id, grouped) for grouped in groups),
        estimand=endpoint.estimand,
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
    values: dict[str, Any] = {
        name: [None if math.isnan(value) else value for value in getattr(curve, name).tolist()] for name in series
    }
    return {**values, "method": curve.method, "source": curve.source, "level": curve.level}


def _group_values(grouped: Grouped) -> dict[str, Any]:
    return {
        "groups": {
            group.name: {
                "children": group.children,
                "resolved_children": group.resolved,
                "died_children": group.died,
                "resolved": _curve_values(group.curve),
            }
            for group in grouped.groups
        },
        "not_known": grouped.not_known,
        "test": asdict(grouped.test) if grouped.test else None,
        "no_test": grouped.no_test,
    }
