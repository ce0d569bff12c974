"""Monitoring: severe toxicity, early death and harm so far, with exact limits, overall and by site."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analysis.chapters.shares import SHARE_CSV, places, share_cells, share_values
from analysis.endpoints.monitoring import HAPPENED, Monitored, monitored
from analysis.estimators import Proportion, cumulative_incidence, kaplan_meier, median_with_limits, proportion
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.plan.safety import MONITORING_ESTIMAND, STOPPED_FOR_HARM
from analysis.plan.timing import SEVERE_GRADE
from analysis.printing.parts import Cell, Chapter, Section, Table
from analysis.study import Study
from analysis.wording import days, if_defined, note_on_limits, share_with_limits
from forms.casebook.anakinra_course_codes import STOP_REASONS

ALL = "All sites"
INCIDENCE = ("incidence", "incidence_lower", "incidence_upper")
FOLLOWED = ("median_days", "lower", "upper")
NOTES = (
    "Toxicity: the committee's grade, else the higher of episode page and assessments (derived before the clinician's)."
    f" Not known: no grade of {SEVERE_GRADE} or more, and an episode of it without a grade. A child just infused is"
    " in N.",
    "Deaths and infections: from the first infusion; not yet known: neither died, or infected, nor followed to that"
    " day. Infections count to a second infusion at most; a page that repeats an earlier one is no other infection."
    " Harm: the main reason of stopping any course was"
    f" {', '.join(STOP_REASONS.labels[reason].lower() for reason in STOPPED_FOR_HARM)}.",
    "Children of whom it is not known are not in N. Limits: Clopper-Pearson.",
    "Incidence: of all children infused, each for as long as it was followed (Aalen-Johansen; death before an infection"
    " competes). Read this one while many are not known yet: a death or infection is in n/N as soon as it is known, who"
    " has neither only once its days are over, so that the share is rather too high. By site the shares alone stand.",
)


def chapter(study: Study) -> Chapter:
    """Return the monitoring table of all sites and by site."""
    measures = monitored(study.cut, study.children)
    deaths = [measure for measure in measures if measure.is_death]
    others = [measure for measure in measures if not measure.is_death]
    sites = sorted({child.site for child in study.children})
    followed = follow_up(deaths[0])
    return Chapter(
        id="monitoring",
        title="Monitoring",
        sections=(
            Section(
                id="monitoring",
                title="Severe toxicity, death and harm so far",
                paragraphs=(
                    *_followed_in_words(followed),
                    "No limit and no look is declared in the plan, so that no probability of exceeding one is given.",
                ),
                notices=(
                    "Descriptive: no stopping rule. The numbers are looked at whenever a report is made, and the limits"
                    " are not adjusted for that.",
                ),
                tables=(
                    _overall_table(measures),
                    _site_table("monitoring_by_site", "Toxicity and harm by site", others, sites),
                    _site_table("deaths_by_site", "Deaths by site", deaths, sites),
                ),
                estimand=MONITORING_ESTIMAND,
            ),
        ),
        results={
            "monitoring": {measure.id: _values(measure) for measure in measures},
            "follow_up": dict(zip(FOLLOWED, map(if_defined, followed), strict=True)),
        },
    )


def follow_up(deaths: Monitored) -> tuple[float, float, float]:
    """Return the median days that children were followed after the first infusion, and its 95 % limits.

    Reverse Kaplan-Meier: leaving is the event, and a death ends what could have been seen. All are NaN of too few
    children for a share, a limit that is not reached is NaN too. Source: Schemper & Smith 1996, Control Clin Trials
    17:343.
    """
    if not is_read(deaths):
        return (math.nan,) * 3
    lived, events = zip(*deaths.times, strict=True)
    curve = kaplan_meier(lived, [int(event != HAPPENED) for event in events])
    return median_with_limits(curve)


def _followed_in_words(followed: tuple[float, float, float]) -> tuple[str, ...]:
    median, lower, upper = followed
    if math.isnan(median):
        return ()
    return (
        f"Followed for a median of {days(median)} days after the first infusion (95 % limits {days(lower)} to"
        f" {days(upper)}; reverse Kaplan-Meier: a death ends what could have been followed; NR: not reached).",
    )


def _share(measure: Monitored, site: str = ALL) -> tuple[Proportion, int]:
    """Return a measure's share at a site, and of how many of its children it is not known."""
    found = [value for where, value in measure.found if site in (ALL, where)]
    known = [value for value in found if value is not None]
    return proportion(sum(known), len(known)), len(found) - len(known)


def _values(measure: Monitored) -> dict[str, Any]:
    share, unknown = _share(measure)
    counts = {"x": share.x, "n": share.n, "lower": share.lower, "upper": share.upper, "not_known": unknown}
    return {**counts, "incidence": dict(zip(INCIDENCE, incidence_by_day(measure), strict=True))}


def incidence_by_day(measure: Monitored) -> tuple[float | None, float | None, float | None]:
    """Return the cumulative incidence by the measure's day with its limits, as `INCIDENCE` names them.

    None for what `is_read` on no day, and for a share and limits that are not defined.
    """
    if measure.by_day is None or not is_read(measure):
        return None, None, None
    at, events = zip(*measure.times, strict=True)
    curve = cumulative_incidence(at, events, cause=HAPPENED)
    share, lower, upper = map(if_defined, curve.with_limits_at(measure.by_day))
    return share, lower, upper


def is_read(measure: Monitored) -> bool:
    """Return whether a measure is read as an incidence on a day: in enough children for a share."""
    return measure.by_day is not None and len(measure.times) >= LEAST_FOR_A_SHARE


def _overall_table(measures: Sequence[Monitored]) -> Table:
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    for measure in measures:
        share, unknown = _share(measure)
        incidence = incidence_by_day(measure)
        rows.append(
            (measure.name, *share_cells(share, least=LEAST_FOR_A_SHARE), str(unknown), _in_words(measure, incidence))
        )
        csv_rows.append((measure.id, *share_values(share), unknown, *incidence))
    return Table(
        id="monitoring",
        title="All sites",
        header=("", "n/N", "Share", "95 % limits", "Not known", "Incidence, %\n(95 % limits)"),
        rows=tuple(rows),
        csv_header=("measure", *SHARE_CSV, "not_known", *INCIDENCE),
        csv_rows=tuple(csv_rows),
        notes=(*NOTES, *note_on_limits(rows)),
    )


def _in_words(measure: Monitored, incidence: Sequence[float | None]) -> str:
    share, lower, upper = (math.nan if value is None else value for value in incidence)
    return share_with_limits(share, lower, upper, places(len(measure.times))) if is_read(measure) else ""


def _site_table(table_id: str, title: str, measures: Sequence[Monitored], sites: Sequence[str]) -> Table:
    shares = {(measure.id, site): _share(measure, site) for measure in measures for site in sites}
    return Table(
        id=table_id,
        title=title,
        header=("Site", *(measure.name for measure in measures)),
        rows=tuple((site, *(_cell(shares[measure.id, site][0]) for measure in measures)) for site in sites),
        csv_header=("measure", "site", *SHARE_CSV, "not_known"),
        csv_rows=tuple(
            (measure.id, site, *share_values(shares[measure.id, site][0]), shares[measure.id, site][1])
            for site in sites
            for measure in measures
        ),
        notes=(
            f"n/N (95 % limits); under {LEAST_FOR_A_SHARE} children the counts alone. Sites differ in whom they treat:"
            " not a ranking.",
        ),
    )


def _cell(share: Proportion) -> str:
    counts, _, limits = share_cells(share, least=LEAST_FOR_A_SHARE)
    return f"{counts} ({limits})" if limits else counts
