"""An endpoint with too few children for shares: one line for each of them."""

from __future__ import annotations

from analysis.chapters.resolution_sentences import sources_sentence
from analysis.chapters.resolution_tables import flow_table
from analysis.endpoints.resolution import EndpointResult
from analysis.plan import LEAST_FOR_A_SHARE
from analysis.printing.parts import Section, Table
from analysis.wording import counted


def few_children_section(result: EndpointResult) -> Section:
    """Return an endpoint's children one by one, by the day of their event, instead of a curve."""
    endpoint, rows = result.endpoint, sorted(result.cohort.rows, key=lambda row: (row.day, row.event, row.subject))
    flow = flow_table(endpoint.id, f"From the data cut to {endpoint.toxicity.lower()}", result.cohort.flow)
    found = tuple((row.day, row.reason) for row in rows)
    each = Table(
        id=f"{endpoint.id}_children",
        title="One line per child",
        header=("Day", "What happened"),
        rows=tuple((str(day), reason) for day, reason in found),
        csv_header=("day", "reason"),
        csv_rows=found,
        notes=("The records behind each line stand in tables/time_to_event.csv.",),
    )
    return Section(
        id=endpoint.id,
        title=endpoint.title,
        paragraphs=(
            f"{counted(len(rows), 'child', 'children')}: under {LEAST_FOR_A_SHARE} no shares and no curve are given,"
            " the children stand below one by one.",
            sources_sentence(endpoint),
        ),
        notices=endpoint.notes,
        tables=(each, flow) if rows else (flow,),
        estimand=endpoint.estimand,
    )
