"""An endpoint with too few children for shares: a mark and a line for each of them, and no curve."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.chapters.resolution_sentences import days_aloud, quality_sentence, sources_sentence
from analysis.chapters.resolution_tables import flow_table
from analysis.endpoints.resolution import EndpointResult
from analysis.endpoints.time_to_event import TimeToEvent
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import CENSORED, DIED, GREY_BELOW_AT_RISK, HORIZON_DAYS, RESOLVED
from analysis.printing.child_marks import Arm
from analysis.printing.group_figure import group_figure
from analysis.printing.parts import FigureOnPage, Section, Table
from analysis.study import Study
from analysis.wording import counted


def few_children_section(study: Study, result: EndpointResult) -> Section:
    """Return an endpoint's children one by one, by the day of their event, instead of a curve."""
    endpoint, rows = result.endpoint, sorted(result.cohort.rows, key=lambda row: (row.day, row.event, row.subject))
    flow = flow_table(endpoint.id, "From the data cut to these children", result.cohort.flow)
    if not rows:
        return Section(
            id=endpoint.id,
            title=endpoint.title,
            paragraphs=("No child of this cut belongs to this analysis yet; the steps below say where they leave it.",),
            notices=endpoint.notes,
            tables=(flow,),
            estimand=endpoint.estimand,
        )
    return Section(
        id=endpoint.id,
        title=endpoint.title,
        paragraphs=(
            f"{counted(len(rows), 'child', 'children')}: under {LEAST_FOR_A_SHARE} no shares and no curve are given;"
            " each child stands below. The estimate with its limits stands in results.json.",
            quality_sentence(endpoint, result.cohort),
            sources_sentence(endpoint),
        ),
        notices=endpoint.notes,
        figures=(
            marks_figure(
                [(row.day, row.event) for row in rows],
                id_=endpoint.id,
                title=endpoint.title,
                x_label="Days after the first anakinra dose",
                cut_line=study.cut_line,
            ),
        ),
        tables=(_one_by_one(endpoint.id, rows), flow),
        estimand=endpoint.estimand,
    )


def marks_figure(
    outcomes: Sequence[tuple[int, int]],
    *,
    id_: str,
    title: str,
    x_label: str,
    cut_line: str,
    event: str = "resolved",
    whom: str = "",
) -> FigureOnPage:
    """Return days and event codes as one mark for each child; `event` is what code 1 means.

    `whom` says under the title how many of how many are shown.
    """
    figure = group_figure(
        [Arm(name="All children", curve=None, outcomes=tuple(outcomes))],
        title=f"{title}\n{whom or f'n = {len(outcomes)}'}",
        horizon=HORIZON_DAYS,
        grey_below=GREY_BELOW_AT_RISK,
        x_label=x_label,
        footnote=f"{cut_line} · {id_}",
        event=event,
    )
    words = {RESOLVED: event, DIED: "died", CENSORED: "censored"}
    return FigureOnPage(
        id=id_,
        figure=figure,
        alt=f"{title}. {counted(len(outcomes), 'child', 'children')}: {days_aloud(outcomes, event)}.",
        caption=f"{title}, child by child: each at the day of its event or of the last day seen. Under"
        f" {LEAST_FOR_A_SHARE} children no curve is drawn.",
        numbers=Table(
            id=id_,
            title="Numbers of the figure",
            header=(),
            rows=(),
            csv_header=("day", "outcome"),
            csv_rows=tuple((day, words[code]) for day, code in outcomes),
        ),
    )


def _one_by_one(endpoint_id: str, rows: Sequence[TimeToEvent]) -> Table:
    found = tuple((row.day, row.reason) for row in rows)
    return Table(
        id=f"{endpoint_id}_children",
        title="One line per child",
        header=("Day", "What happened"),
        rows=tuple((str(day), reason) for day, reason in found),
        csv_header=("day", "reason"),
        csv_rows=found,
        notes=("The records behind each line stand in tables/time_to_event.csv.",),
    )
