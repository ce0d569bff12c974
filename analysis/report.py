"""The interim report of one data cut: page, figures, tables and results, the same bytes for the same cut."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.bounds import discharge_bounds
from analysis.cohort import Cohort, select_resolution_cohort
from analysis.cut import Cut
from analysis.endpoints import DIED, RESOLVED, TimeToEvent
from analysis.errors import AnalysisError
from analysis.estimators import IncidenceCurve, cumulative_incidence
from analysis.figures import resolution_lines, write_incidence_figure
from analysis.group_results import Grouped, group_endpoint
from analysis.group_tables import group_table
from analysis.literature import NCI_CD22_CR
from analysis.page import FigureOnPage, Section, render_page
from analysis.plan import (
    CR_BY_CARHLH,
    CR_COMPARISONS,
    GREY_BELOW_AT_RISK,
    HORIZON_DAYS,
    PRIMARY_ENDPOINTS,
    ResolutionEndpoint,
    ResponseComparison,
)
from analysis.responses import ResponsePopulation, flow_for, select_response_population, split_for
from analysis.sentences import (
    alternative_text,
    bounds_sentence,
    outcome_sentence,
    quality_sentence,
    sources_sentence,
)
from analysis.tables import curve_table, flow_table, incidence_table, response_table, write_table_csv
from analysis.traces import responder_table, time_to_event_table
from analysis.wording import counted

PACKAGES = ("numpy", "scipy", "matplotlib")


class OutputFolderError(AnalysisError):
    """The report cannot be written where it was asked for."""


@dataclass(frozen=True, kw_only=True)
class EndpointResult:
    """One resolution endpoint as computed: its children, rows and curves (None without a child)."""

    endpoint: ResolutionEndpoint
    cohort: Cohort
    resolved: IncidenceCurve | None
    died: IncidenceCurve | None
    groups: tuple[Grouped, ...] = ()


def write_report(cut: Cut, out: Path) -> Path:
    """Write the report of a cut into `out` and return the page's path.

    Everything is written beside `out` first and moved there whole, so that a broken run leaves nothing behind.
    Errors: OutputFolderError when `out` holds anything, is a file, or cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputFolderError(f"{out} is not an empty folder: choose another one, nothing was written.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".report-", dir=out.parent))
    except OSError as refused:
        raise OutputFolderError(f"{out} cannot be written: {refused.strerror}.") from None
    try:
        _write_all(cut, beside)
        beside.chmod(0o755)
        if out.exists():
            out.rmdir()
        beside.rename(out)
    except OSError as refused:
        raise OutputFolderError(f"{out} cannot be written: {refused.strerror}.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out / "report.html"


def _write_all(cut: Cut, folder: Path) -> None:
    (folder / "figures").mkdir()
    (folder / "tables").mkdir()
    results = [compute_endpoint(cut, endpoint) for endpoint in PRIMARY_ENDPOINTS]
    population = select_response_population(cut)
    sections = [section for result in results for section in _resolution_sections(cut, result, folder)]
    sections += [_response_section(comparison, population) for comparison in CR_COMPARISONS]
    sections.append(_methods_section(cut))
    tables = [table for section in sections for table in section.tables]
    rows = [row for result in results for row in result.cohort.rows]
    tables += [time_to_event_table(rows), responder_table(population.children)]
    tables += [curve_table(r.endpoint.id, r.resolved, r.died) for r in results if r.resolved and r.died]
    for table in tables:
        write_table_csv(folder / "tables" / f"{table.id}.csv", table)
    page = render_page(
        title="Interim report: anakinra after CAR T-cell therapy",
        lead=(
            f"Data cut {cut.short_id}, data to {cut.data_date.isoformat()},"
            f" {counted(len(cut.subjects), 'child', 'children')} at"
            f" {counted(len(set(cut.subjects.values())), 'site', 'sites')}.",
            "Descriptive analysis of a registry: no comparison here is randomized.",
        ),
        sections=sections,
        cut_line=_cut_line(cut),
    )
    (folder / "report.html").write_text(page, encoding="utf-8", newline="\n")
    document = json.dumps(_results(cut, results, population), indent=1, sort_keys=True, allow_nan=False)
    (folder / "results.json").write_text(document + "\n", encoding="utf-8", newline="\n")


def compute_endpoint(cut: Cut, endpoint: ResolutionEndpoint) -> EndpointResult:
    """Return one endpoint's cohort and curves from a cut."""
    cohort = select_resolution_cohort(cut, endpoint)
    if not cohort.rows:
        return EndpointResult(endpoint=endpoint, cohort=cohort, resolved=None, died=None)
    time, event = [row.day for row in cohort.rows], [row.event for row in cohort.rows]
    return EndpointResult(
        endpoint=endpoint,
        cohort=cohort,
        resolved=cumulative_incidence(time, event, cause=RESOLVED),
        died=cumulative_incidence(time, event, cause=DIED),
        groups=group_endpoint(cut, endpoint, cohort.rows),
    )


def _resolution_sections(cut: Cut, result: EndpointResult, folder: Path) -> tuple[Section, ...]:
    """Return the curve of an endpoint and, with children in it, its groups at the first dose."""
    curve = _resolution_section(cut, result, folder)
    return (curve, _groups_section(result)) if result.groups else (curve,)


def _groups_section(result: EndpointResult) -> Section:
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
        tables=tuple(group_table(endpoint.id, grouped) for grouped in result.groups),
        estimand=endpoint.estimand,
    )


def _resolution_section(cut: Cut, result: EndpointResult, folder: Path) -> Section:
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
    write_incidence_figure(
        folder / "figures" / f"{endpoint.id}.svg",
        resolution_lines(resolved, died),
        title=f"{endpoint.title}, n = {len(rows)}",
        horizon=HORIZON_DAYS,
        grey_below=GREY_BELOW_AT_RISK,
        x_label="Days after the first anakinra dose",
        footnote=f"{_cut_line(cut)} · {endpoint.id}",
    )
    picture = FigureOnPage(
        file_name=f"figures/{endpoint.id}.svg",
        alt=alternative_text(endpoint, resolved, died),
        caption=f"{endpoint.title}: cumulative incidence, death competing. Bands: 95 % pointwise limits."
        f" Grey: fewer than {GREY_BELOW_AT_RISK} at risk. Under the axis, at risk counts just before the day, the"
        f" other rows up to and including it. {resolved.method}.",
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
        figures=(picture,),
        tables=(incidence_table(endpoint.id, f"{endpoint.toxicity}: read on fixed days", resolved, died), flow),
        estimand=endpoint.estimand,
    )


def _response_section(comparison: ResponseComparison, population: ResponsePopulation) -> Section:
    published = (NCI_CD22_CR,) if comparison is CR_BY_CARHLH else ()
    return Section(
        id=comparison.id,
        title=comparison.title,
        tables=(
            response_table(comparison, split_for(comparison, population), published),
            flow_table(comparison.id, "From the data cut to the CR rate", flow_for(comparison, population)),
        ),
        estimand=comparison.estimand,
    )


def _methods_section(cut: Cut) -> Section:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    forms = ", ".join(f"{name} {number}" for name, number in sorted(cut.form_versions.items()))
    return Section(
        id="methods",
        title="Methods and provenance",
        paragraphs=(
            "Days are differences of calendar dates at the site. Incidences: Aalen-Johansen with Greenwood-type"
            " (Dinse-Larson) variance, log-log limits, Clopper-Pearson where nobody was censored before. One minus"
            " Kaplan-Meier is not used, because it overstates the incidence when death competes.",
            "Every row behind a curve names the form, item and record it came from: tables/time_to_event.csv.",
            f"Data cut {cut.id}. Schema {cut.schema_revision}, code {cut.code_version}; form versions: {forms}."
            f" Computed with {packages}.",
        ),
    )


def _results(cut: Cut, results: Sequence[EndpointResult], population: ResponsePopulation) -> dict[str, Any]:
    """Return everything computed as plain values; undefined numbers are null."""
    return {
        "cut": {"id": cut.id, "data_date": cut.data_date.isoformat(), "subjects": len(cut.subjects)},
        "endpoints": {
            result.endpoint.id: {
                "title": result.endpoint.title,
                "estimand": dict(result.endpoint.estimand.sentences()),
                "flow": [asdict(step) for step in result.cohort.flow],
                "n": len(result.cohort.rows),
                "discharge_bounds": _bounds_values(result.cohort.rows),
                "resolved": _curve_values(result.resolved),
                "died": _curve_values(result.died),
                "groups": {grouped.grouping.id: _group_values(grouped) for grouped in result.groups},
            }
            for result in results
        },
        "responses": {
            comparison.id: {
                "estimand": dict(comparison.estimand.sentences()),
                "groups": {
                    comparison.first_group: split_for(comparison, population).first,
                    comparison.second_group: split_for(comparison, population).second,
                },
            }
            for comparison in CR_COMPARISONS
        },
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


def _cut_line(cut: Cut) -> str:
    return f"Data cut {cut.short_id}, data to {cut.data_date.isoformat()}"
