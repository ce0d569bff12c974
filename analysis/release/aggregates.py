"""The exact counts behind the public tables: for the registry's own hands, which suppress before anything leaves."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from analysis.endpoints.resolution import EndpointResult
from analysis.plan.public import INFUSED, PUBLIC_TABLES, PublicTable
from analysis.plan.resolution import READ_AT_DAYS
from analysis.release.public_facts import RESOLVED_IN, Population, Variable, ages_of, counted_by, populations, variables
from analysis.study import Study

FORMAT = 1
LEAST_FOR_A_MEDIAN = 11
"""A median of fewer children is not computed; smallest and largest values never are (EXPORT.md 1.8)."""
EVERYBODY = "All"


def aggregates(study: Study) -> dict[str, Any]:
    """Return populations, tables with counts and margins, curves at fixed days and medians, as plain JSON values."""
    by_id, named = populations(study), variables(study)
    declared = (*PUBLIC_TABLES, *_endpoint_tables(study))
    return {
        "format": FORMAT,
        "cut": study.cut.id,
        "populations": {
            name: {"title": population.name, "n": len(population.children), "within": list(population.within)}
            for name, population in by_id.items()
        },
        "tables": [_table(table, by_id[table.population], named) for table in declared],
        "curves": [_curve(result) for result in study.endpoints if result.resolved is not None],
        "medians": list(_medians(study)),
    }


def _endpoint_tables(study: Study) -> Iterator[PublicTable]:
    for result in study.endpoints:
        yield PublicTable(
            id=result.endpoint.id, title=result.endpoint.title, population=result.endpoint.id, rows="resolution"
        )


def _table(table: PublicTable, population: Population, named: dict[str, Variable]) -> dict[str, Any]:
    rows = named[table.rows]
    columns = named[table.columns] if table.columns else Variable(name="", levels=(EVERYBODY,))
    found = counted_by(population, table.rows, table.columns)
    counts = [
        [found.get((row, column if table.columns else ""), 0) for column in columns.levels] for row in rows.levels
    ]
    return {
        "id": table.id,
        "title": table.title,
        "population": table.population,
        "rows": {"title": rows.name, "labels": list(rows.levels), "ordered": rows.is_ordered},
        "columns": {"title": columns.name, "labels": list(columns.levels), "ordered": columns.is_ordered},
        "counts": counts,
        "row_totals": [sum(row) for row in counts],
        "column_totals": [sum(column) for column in zip(*counts, strict=True)] or [0] * len(columns.levels),
        "total": sum(map(sum, counts)),
    }


def _curve(result: EndpointResult) -> dict[str, Any]:
    """Return a curve on the days that the report reads; ``upto`` is the row of the endpoint's table that ends there."""
    assert result.resolved is not None
    estimates, at_risk = result.resolved.at(READ_AT_DAYS), result.resolved.at_risk_at(READ_AT_DAYS)
    points = zip(READ_AT_DAYS, RESOLVED_IN, estimates, at_risk, strict=True)
    return {
        "endpoint": result.endpoint.id,
        "title": result.endpoint.title,
        "points": [
            {"day": day, "upto": row, "estimate": float(estimate), "at_risk": int(left)}
            for day, row, estimate, left in points
        ],
    }


def _medians(study: Study) -> Iterator[dict[str, Any]]:
    ages = ages_of(study)
    if len(ages) >= LEAST_FOR_A_MEDIAN:
        yield {
            "id": "age_years",
            "title": "Age at the first infusion, years",
            "population": INFUSED,
            "n": len(ages),
            "median": float(median(ages)),
        }
