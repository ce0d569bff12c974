"""Files of infections that the report does not show: the cells of the rates, the pages, the children."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.chapters.infection_tables import STATES
from analysis.endpoints.infections import FirstInfection, InfectionPage, Infections
from analysis.endpoints.person_days import EXPOSURES
from analysis.printing.parts import Cell, Table


def cell_table(found: Infections) -> Table:
    """Return every cell of all four splits, as a file."""
    ordered = sorted(found.days, key=lambda cell: tuple(str(value) for value in cell))
    return Table(
        id="infection_cells",
        title="Patient-days and infections by all four splits",
        header=(),
        rows=(),
        csv_header=("exposure", "stratum", "anc", "classes", "person_days", "events"),
        csv_rows=tuple(
            (
                *(cell.exposure, cell.stratum, STATES[cell.neutropenic]),
                *("not known" if cell.classes is None else cell.classes, found.days[cell], found.events.get(cell, 0)),
            )
            for cell in ordered
        ),
    )


def page_table(pages: Sequence[InfectionPage]) -> Table:
    """Return one row per page of an infection, as a file."""
    return Table(
        id="infection_pages",
        title="One row per page of an infection",
        header=(),
        rows=(),
        csv_header=(
            *("subject", "site", "fate", "day", "exposure", "stratum", "anc", "classes", "kind", "severity"),
            *("source_form", "source_item", "source_record"),
        ),
        csv_rows=tuple(
            (
                *(page.subject, page.site, page.fate, page.day, *_cell_values(page), page.kind, page.severity),
                *(page.source.form, page.source.item, page.source.record),
            )
            for page in pages
        ),
    )


def first_table(rows: Sequence[FirstInfection]) -> Table:
    """Return one row per child followed from its first dose to an infection, as a file."""
    return Table(
        id="first_infection_children",
        title="One row per child followed to its first infection",
        header=(),
        rows=(),
        csv_header=("subject", "site", "day", "event", "source_form", "source_item", "source_record"),
        csv_rows=tuple(
            (row.subject, row.site, row.day, row.event, row.source.form, row.source.item, row.source.record)
            for row in rows
        ),
    )


def person_day_table(found: Infections) -> Table:
    """Return one row per child: its patient-days, why they ended and by which record, as a file."""
    return Table(
        id="infection_person_days",
        title="Patient-days of each child",
        header=(),
        rows=(),
        csv_header=("subject", "site", *EXPOSURES, "ended_by", "source_form", "source_item", "source_record"),
        csv_rows=tuple(
            (
                child.subject,
                child.site,
                *(child.days.get(name, 0) for name in EXPOSURES),
                child.follow_up.ended_by,
                *(child.follow_up.source.form, child.follow_up.source.item, child.follow_up.source.record),
            )
            for child in found.children
        ),
    )


def _cell_values(page: InfectionPage) -> tuple[Cell, ...]:
    if page.cell is None:
        return (None,) * 4
    cell = page.cell
    return cell.exposure, cell.stratum, STATES[cell.neutropenic], "not known" if cell.classes is None else cell.classes
