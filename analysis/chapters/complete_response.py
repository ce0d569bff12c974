"""Complete response at day 28, compared between groups that were fixed before it was assessed."""

from __future__ import annotations

from analysis.chapters.resolution_tables import flow_table
from analysis.chapters.response_tables import response_table
from analysis.chapters.traces import responder_table
from analysis.endpoints.responses import ResponsePopulation, flow_for, select_response_population, split_for
from analysis.literature import NCI_CD22_CR
from analysis.plan import CR_BY_CARHLH, CR_COMPARISONS, ResponseComparison
from analysis.printing.parts import Chapter, Section
from analysis.study import Study


def chapter(study: Study) -> Chapter:
    """Return the comparisons of the plan, and the rows behind them as a file."""
    population = select_response_population(study.cut)
    return Chapter(
        id="complete_response",
        title="Complete response",
        sections=tuple(_section(comparison, population) for comparison in CR_COMPARISONS),
        files=(responder_table(population.children),),
        results={
            "responses": {
                comparison.id: {
                    "estimand": dict(comparison.estimand.sentences()),
                    "groups": {
                        comparison.first_group: split_for(comparison, population).first,
                        comparison.second_group: split_for(comparison, population).second,
                    },
                }
                for comparison in CR_COMPARISONS
            }
        },
    )


def _section(comparison: ResponseComparison, population: ResponsePopulation) -> Section:
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
