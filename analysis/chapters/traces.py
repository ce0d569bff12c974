"""One row per child behind each result, naming the form, item and record it came from; written as CSV only."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.endpoints.responses import ResponsePopulation
from analysis.endpoints.time_to_event import TimeToEvent
from analysis.printing.parts import Table


def time_to_event_table(rows: Iterable[TimeToEvent]) -> Table:
    """Return the rows behind the resolution curves.

    Event 0 is censored, 1 resolved, 2 died; in sensitivity analyses 3 a new rescue class, 4 a second infusion or
    transplant.
    """
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


def responder_table(populations: Iterable[ResponsePopulation]) -> Table:
    """Return the rows behind the day 28 outcomes, one per child and outcome."""
    return Table(
        id="responses",
        title="One row per child and day 28 outcome",
        header=(),
        rows=(),
        csv_header=(
            *("outcome", "subject", "site", "responded", "evaluable", "reason", "had_carhlh", "had_anakinra"),
            *("dose_tier", "source_form", "source_item", "source_record"),
        ),
        csv_rows=tuple(
            (
                *(population.outcome.id, child.subject, child.site, _word(child.responded), _word(child.evaluable)),
                *(child.reason, _word(child.had_carhlh), _word(child.had_anakinra), child.dose_tier),
                *(child.source.form, child.source.item, child.source.record),
            )
            for population in populations
            for child in sorted(population.children, key=lambda child: child.subject)
        ),
    )


def _word(claim: bool | None) -> str:
    """Return true or false, empty where it is not known."""
    return "" if claim is None else ("true" if claim else "false")
