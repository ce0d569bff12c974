"""Monitoring: severe toxicity, early death and harm so far, with exact limits, overall and by site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.chapters.shares import SHARE_CSV, share_cells, share_values
from analysis.endpoints.monitoring import Monitored, monitored
from analysis.estimators import Proportion, proportion
from analysis.plan import LEAST_FOR_A_SHARE, MONITORING_ESTIMAND, SEVERE_GRADE, STOPPED_FOR_HARM
from analysis.printing.parts import Cell, Chapter, Section, Table
from analysis.study import Study
from forms.casebook.anakinra_course_codes import STOP_REASONS

ALL = "All sites"
NOTES = (
    "Toxicity: the committee's grade, else the higher of episode page and assessments (derived before the clinician's)."
    f" Not known: no grade of {SEVERE_GRADE} or more, and an episode of it without a grade. A child just infused is"
    " in N.",
    "Deaths and infections: from the first infusion; not yet known: neither died, or infected, nor followed to that"
    " day. Infections count to a second infusion at most. Harm: the main reason of stopping any course was"
    f" {', '.join(STOP_REASONS.labels[reason].lower() for reason in STOPPED_FOR_HARM)}.",
    "Children of whom it is not known are not in N; a death or infection counts as soon as it is known, so that a share"
    " read while many are not known yet is rather too high. Limits: Clopper-Pearson.",
)


def chapter(study: Study) -> Chapter:
    """Return the monitoring table of all sites and by site."""
    measures = monitored(study.cut, study.children)
    deaths = [measure for measure in measures if measure.is_death]
    others = [measure for measure in measures if not measure.is_death]
    sites = sorted({child.site for child in study.children})
    return Chapter(
        id="monitoring",
        title="Monitoring",
        sections=(
            Section(
                id="monitoring",
                title="Severe toxicity, death and harm so far",
                paragraphs=(
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
        results={"monitoring": {measure.id: _values(measure) for measure in measures}},
    )


def _share(measure: Monitored, site: str = ALL) -> tuple[Proportion, int]:
    """Return a measure's share at a site, and of how many of its children it is not known."""
    found = [value for where, value in measure.found if site in (ALL, where)]
    known = [value for value in found if value is not None]
    return proportion(sum(known), len(known)), len(found) - len(known)


def _values(measure: Monitored) -> dict[str, Any]:
    share, unknown = _share(measure)
    return {"x": share.x, "n": share.n, "lower": share.lower, "upper": share.upper, "not_known": unknown}


def _overall_table(measures: Sequence[Monitored]) -> Table:
    rows: list[tuple[str, ...]] = []
    csv_rows: list[tuple[Cell, ...]] = []
    for measure in measures:
        share, unknown = _share(measure)
        rows.append((measure.name, *share_cells(share, least=LEAST_FOR_A_SHARE), str(unknown)))
        csv_rows.append((measure.id, *share_values(share), unknown))
    return Table(
        id="monitoring",
        title="All sites",
        header=("", "n/N", "Share", "95 % limits", "Not known"),
        rows=tuple(rows),
        csv_header=("measure", *SHARE_CSV, "not_known"),
        csv_rows=tuple(csv_rows),
        notes=NOTES,
    )


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
