"""One row per child behind each result, naming the form, item and record it came from; written as CSV only."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.endpoints.responses import Responder
from analysis.endpoints.time_to_event import TimeToEvent
from analysis.printing.parts import Table


def time_to_event_table(rows: Iterable[TimeToEvent]) -> Table:
    """Return the rows behind the resolution curves; event 0 is censored, 1 resolved, 2 died."""
    return Table(
        id="time_to_event",
        title="One row per child and endpoint",
        header=(),
        rows=(),
        csv_header=(
            *("endpoint", "subject", "site", "day", "event", "reason", "confirmed", "interval_from", "carried_days"),
            *("source_form", "source_item", "source_record", "started_form", "started_item", "started_record"),
        ),
        csv_rows=tuple(
            (
                *(row.endpoint, row.subject, row.site, row.day, row.event, row.reason),
                *(_word(row.confirmed), row.interval_from, row.carried_days),
                *(row.source.form, row.source.item, row.source.record),
                *(row.started.form, row.started.item, row.started.record),
            )
            for row in sorted(rows, key=lambda row: (row.endpoint, row.subject))
        ),
    )


def responder_table(children: Iterable[Responder]) -> Table:
    """Return the rows behind the CR rates."""
    return Table(
        id="responses",
        title="One row per child whose response counts",
        header=(),
        rows=(),
        csv_header=(
            *("subject", "site", "responded", "reason", "had_carhlh", "had_anakinra"),
            *("source_form", "source_item", "source_record"),
        ),
        csv_rows=tuple(
            (
                *(child.subject, child.site, _word(child.responded), child.reason),
                *(_word(child.had_carhlh), _word(child.had_anakinra)),
                *(child.source.form, child.source.item, child.source.record),
            )
            for child in sorted(children, key=lambda child: child.subject)
        ),
    )


def _word(claim: bool | None) -> str:
    """Return true or false, empty where it is not known."""
    return "" if claim is None else ("true" if claim else "false")
