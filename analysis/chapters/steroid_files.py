"""The rows behind the chapter on steroids: one per child and threshold, and one per child."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.endpoints.steroid_sparing import Spared
from analysis.printing.parts import Table


def trace_table(found: Sequence[Spared]) -> Table:
    """Return when each child reached each threshold, or why it did not, and from which record."""
    return Table(
        id="steroid_time_to_event",
        title="One row per child and threshold",
        header=(),
        rows=(),
        csv_header=(
            "endpoint",
            "subject",
            "site",
            "day",
            "event",
            "reason",
            "source_form",
            "source_item",
            "source_record",
        ),
        csv_rows=tuple(
            (
                *(row.endpoint, row.subject, row.site, row.day, row.event, row.reason),
                *(row.source.form, row.source.item, row.source.record),
            )
            for child in found
            for row in child.rows
        ),
    )


def children_table(found: Sequence[Spared]) -> Table:
    """Return what the chapter counts of each child."""
    return Table(
        id="steroid_children",
        title="One row per treated child",
        header=(),
        rows=(),
        csv_header=(
            "subject",
            "site",
            "start_mg_per_kg",
            "halved_by_day_3",
            "tocilizumab_after",
            "weaned_last",
            "observed_days",
        ),
        csv_rows=tuple(
            (
                child.subject,
                child.site,
                child.start,
                "" if child.halved is None else str(child.halved).lower(),
                child.tocilizumab,
                child.last,
                child.observed,
            )
            for child in found
        ),
    )
