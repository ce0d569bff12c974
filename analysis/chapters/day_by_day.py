"""Day by day: in what state each child with a graded toxicity was after the first anakinra dose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.chapters.day_figures import days_figure, tiers_figure
from analysis.chapters.days_spent import days_spent_table, days_spent_values, why_no_mean
from analysis.chapters.group_centers import DIFFERS_BY_CENTER
from analysis.endpoints.children import Child
from analysis.endpoints.day_states import states_of_days
from analysis.endpoints.groupings import GROUPINGS, group_children
from analysis.endpoints.occupancy import STATES, DayCounts, count_days
from analysis.endpoints.resolution import EndpointResult
from analysis.plan.day_states import DAY_STATES, LEFT, NO_GRADE, occupancy_estimand
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import HORIZON_DAYS, ResolutionEndpoint
from analysis.printing.curve_axes import ticks_to
from analysis.printing.parts import Chapter, Section, Table
from analysis.study import Study
from analysis.wording import counted, if_defined, lower_first

(BY_DOSE,) = (grouping for grouping in GROUPINGS if grouping.id == "dose")
NOT_CARHLH = (
    "carHLH is not shown here: it has no daily grade on which it could resolve. Its composite and its components have"
    " curves of their own in the chapter before."
)


def chapter(study: Study) -> Chapter:
    """Return the states of each day for every graded primary endpoint."""
    graded = [result for result in study.endpoints if result.endpoint.grade_item]
    found = [(result, states, count_days(states) if states else None) for result, states in _with_states(study, graded)]
    return Chapter(
        id="days",
        title="Day by day",
        sections=(_about(), *(_section(study, result, states, days) for result, states, days in found)),
        results={"day_by_day": {result.endpoint.id: _values(days) for result, _, days in found if days is not None}},
    )


def _about() -> Section:
    return Section(
        id="days_about",
        title="How to read these pictures",
        paragraphs=(
            "A resolution curve counts each child once, at its first sustained resolution. Here each child is counted"
            " on every day, so that a toxicity which comes back, sedation, and days without a grade are seen too.",
            "A day's state is the first of these that holds: "
            + "; ".join(f"{state.name.lower()} ({state.rule})" for state in DAY_STATES)
            + ". A single missing day between two equal grades has their grade.",
            NOT_CARHLH,
        ),
    )


def _with_states(
    study: Study, results: Sequence[EndpointResult]
) -> Iterator[tuple[EndpointResult, dict[str, tuple[str, ...]]]]:
    """Yield each endpoint with the states of each child of its curve."""
    for result in results:
        in_curve = {row.subject for row in result.cohort.rows}
        yield (
            result,
            {
                child.subject: states_of_days(study.cut, child, child.first_dose, result.endpoint)
                for child in study.children
                if child.subject in in_curve and child.first_dose is not None
            },
        )


def _section(
    study: Study, result: EndpointResult, states: Mapping[str, Sequence[str]], days: DayCounts | None
) -> Section:
    endpoint = result.endpoint
    estimand = occupancy_estimand(endpoint)
    if days is None:
        return Section(
            id=f"{endpoint.id}_by_day",
            title=f"{endpoint.toxicity} day by day",
            paragraphs=(f"No child of this cut had {endpoint.toxicity} of grade 2 or more at the first dose.",),
            estimand=estimand,
        )
    figures = [days_figure(study, endpoint, days)]
    tier_of = group_children(study.cut, endpoint, BY_DOSE, _children(study, states))
    tiers = _tiers(tier_of, states)
    if len(tiers) > 1:
        figures.append(tiers_figure(study, endpoint, tiers, whom=_whom(tier_of, tiers)))
    return Section(
        id=f"{endpoint.id}_by_day",
        title=f"{endpoint.toxicity} day by day",
        paragraphs=tuple(filter(None, (days_sentence(days), why_no_mean(days)))),
        notices=(f"By dose: {lower_first(DIFFERS_BY_CENTER)}",) if len(tiers) > 1 else (),
        figures=tuple(figures),
        tables=tuple(_tables(endpoint, days)),
        estimand=estimand,
    )


def _children(study: Study, states: Mapping[str, Sequence[str]]) -> dict[str, Child]:
    return {child.subject: child for child in study.children if child.subject in states}


def _whom(tier_of: Mapping[str, str | None], tiers: Mapping[str, DayCounts]) -> str:
    """Return how many of how many stand in the tiers that are drawn, and why the others do not."""
    shown = sum(days.children for days in tiers.values())
    not_known = sum(tier is None for tier in tier_of.values())
    in_small = len(tier_of) - shown - not_known
    why = [f"{in_small} in tiers under {LEAST_FOR_A_SHARE}"] if in_small else []
    why += [f"{BY_DOSE.unknown} for {counted(not_known, 'child', 'children')}"] if not_known else []
    return f"n = {shown} of {len(tier_of)}: {'; '.join(why)}" if why else f"n = {shown}"


def _tiers(tier_of: Mapping[str, str | None], states: Mapping[str, Sequence[str]]) -> dict[str, DayCounts]:
    """Return the counts of each dose tier that is large enough, in the order of the tiers."""
    members = {
        tier: {subject: states[subject] for subject, of in tier_of.items() if of == tier} for tier in BY_DOSE.groups
    }
    return {tier: count_days(found) for tier, found in members.items() if len(found) >= LEAST_FOR_A_SHARE}


def days_sentence(days: DayCounts) -> str:
    """Return how many are counted to the end, and on how many days the state is not a known one."""
    gone = days.children - int(days.counted[-1])
    unknown = int(days.of(NO_GRADE).sum() + days.of(LEFT).sum())
    return (
        f"{counted(days.children, 'child', 'children')} on day 0; {gone or 'none'} of them out of the count by day"
        f" {HORIZON_DAYS} (second infusion or end of the data). Of {int(days.counted.sum()):,} days, {unknown:,} are"
        " without a grade in hospital or after the child left; daily grades end three days after toxicity and anakinra"
        " do, so that later days in hospital are mostly not asked for."
    )


def _tables(endpoint: ResolutionEndpoint, days: DayCounts) -> Iterator[Table]:
    yield _table(endpoint.id, endpoint.toxicity, days)
    if not why_no_mean(days):
        yield days_spent_table(endpoint.id, endpoint.toxicity, days)


def _table(endpoint_id: str, toxicity: str, days: DayCounts) -> Table:
    read = ticks_to(HORIZON_DAYS)
    used = [state for state in DAY_STATES if days.of(state.id).any()]
    rows = [
        *((state.name, *(str(int(days.of(state.id)[day])) for day in read)) for state in used),
        ("Children counted", *(str(int(days.counted[day])) for day in read)),
    ]
    return Table(
        id=f"{endpoint_id}_by_day_read",
        title=f"{toxicity}: children in each state",
        header=("State", *(f"Day {day}" for day in read)),
        rows=tuple(rows),
        csv_header=("state", *(f"day_{day}" for day in read)),
        csv_rows=tuple((row[0], *(int(cell) for cell in row[1:])) for row in rows),
        notes=("Every day stands in the numbers of the figure.",),
    )


def _values(days: DayCounts) -> dict[str, Any]:
    return {
        "children": days.children,
        "counted": days.counted.tolist(),
        "counts": {state: days.of(state).tolist() for state in STATES},
        "mean_days": days_spent_values(days),
        "shares": {state: [*map(if_defined, days.shares[:, at].tolist())] for at, state in enumerate(STATES)},
    }
