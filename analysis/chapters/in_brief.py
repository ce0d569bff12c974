"""What a report says on one screen: the primary results, each with its limits and the chapter in which it stands."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analysis.chapters.monitoring import incidence_by_day, is_read
from analysis.chapters.response_tables import compare, note_on_left_out, note_on_recent
from analysis.chapters.shares import places, share_cells
from analysis.endpoints.capture import capture_by_site, overall_share
from analysis.endpoints.monitoring import Monitored, monitored
from analysis.endpoints.resolution import EndpointResult
from analysis.endpoints.responses import Counts, split_for
from analysis.estimators import Proportion, proportion
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.resolution import READ_BRIEFLY_AT_DAYS, RESOLVED
from analysis.plan.responses import CR_BY_CARHLH
from analysis.printing.parts import Table
from analysis.study import Study
from analysis.wording import decimal, note_on_limits, percent, percent_limits

Line = tuple[str, str, str, str, str]
"""What, of which children, the result, its limits, and the chapter."""
Placed = tuple[str, Line]
"""The section of the chapter in which the result stands, and the line."""


def in_brief(study: Study) -> Table:
    """Return the table that stands before the first chapter; its lines repeat what the chapters say."""
    placed = (*_who(study), *_resolution(study), *_responses(study), *_monitored(study))
    rows = tuple(line for _, line in placed)
    return Table(
        id="in_brief",
        title="In brief",
        header=("", "Children", "Result", "95 % limits", "Chapter"),
        rows=rows,
        csv_header=("result", "children", "value", "limits", "chapter"),
        csv_rows=rows,
        leads_to=tuple(section for section, _ in placed),
        notes=(
            "Resolution, deaths and infections: cumulative incidence by the day, each child for as long as it was"
            " followed, beside how many are known to have had the event by then. Under"
            f" {LEAST_FOR_A_SHARE} children: counts alone. Who is counted and how stands in the chapter, and so does"
            " what speaks against reading a line as an effect of anakinra.",
            *note_on_left_out(study.day_28[0]),
            *note_on_recent(study.day_28[0]),
            *note_on_limits(rows),
        ),
    )


def _who(study: Study) -> Iterator[Placed]:
    chapter, captured = "Who is in the registry", overall_share(capture_by_site(study.cut))
    if captured and captured.n and study.selection.is_everybody:  # the logs count everybody, whatever is selected
        yield "capture", _share_line("Enrolled, of those infused at the sites", captured, chapter)
    given = sum(child.given_anakinra for child in study.children)
    yield (
        "enrolment_flow",
        _share_line("Given anakinra, of those infused", proportion(given, len(study.children)), chapter),
    )


def _share_line(name: str, share: Proportion, chapter: str) -> Line:
    return name, *share_cells(share, least=LEAST_FOR_A_SHARE), chapter


def _resolution(study: Study) -> Iterator[Placed]:
    for result in study.endpoints:
        rows = result.cohort.rows
        for day in READ_BRIEFLY_AT_DAYS:
            resolved = sum(row.event == RESOLVED and row.day <= day for row in rows)
            name = f"{result.endpoint.toxicity} resolved by day {day} after the first dose"
            line = name, f"{resolved}/{len(rows)}", *_read(result, day), "Resolution curves"
            yield result.endpoint.id, line


def _read(result: EndpointResult, day: int) -> tuple[str, str]:
    children = len(result.cohort.rows)
    if result.resolved is None or children < LEAST_FOR_A_SHARE:
        return "", ""
    share, lower, upper = result.resolved.with_limits_at(day)
    return percent(share, places(children)), percent_limits(lower, upper, places(children))


def _responses(study: Study) -> Iterator[Placed]:
    chapter, groups = "Complete response", split_for(CR_BY_CARHLH, study.day_28[0])
    for name, group in zip(("carHLH", "no carHLH"), groups, strict=True):
        yield (
            CR_BY_CARHLH.id,
            _share_line(f"CR or CRi at day 28, {name}", proportion(group.responded, group.all), chapter),
        )
    yield CR_BY_CARHLH.id, _difference(*groups, chapter)


def _difference(first: Counts, second: Counts, chapter: str) -> Line:
    found, name = compare(first, second), "Difference, carHLH minus no carHLH, percentage points"
    if found is None:
        return name, "", f"under {LEAST_FOR_A_SHARE}", "", chapter
    value, lower, upper = (
        decimal(100 * share, 0)
        for share in (found.risk_difference, found.risk_difference_lower, found.risk_difference_upper)
    )
    return name, "", value, f"{lower} to {upper}", chapter


def _monitored(study: Study) -> Iterator[Placed]:
    for measure in monitored(study.cut, study.children):
        if measure.by_day is not None:
            line = measure.name, f"{_events(measure)}/{len(measure.found)}", *_incidence(measure), "Monitoring"
            yield "monitoring", line


def _events(measure: Monitored) -> int:
    return sum(value is True for _, value in measure.found)


def _incidence(measure: Monitored) -> tuple[str, str]:
    if not is_read(measure):
        return "", ""
    share, lower, upper = (math.nan if value is None else value for value in incidence_by_day(measure))
    digits = places(len(measure.times))
    return percent(share, digits), percent_limits(lower, upper, digits)
