"""A table of counts: as counted, as it may be shown, and what an earlier release already told about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

SUPPRESSED = "suppressed"
"""What stands in the place of a count that is not shown."""
Cell = int | str
Block = tuple[int, ...]
"""Places of the levels of a variable that are counted together."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The rows or the columns of a table: the title of a variable and its levels; neighbours are pooled if ordered."""

    title: str
    labels: tuple[str, ...]
    is_ordered: bool

    def named(self, block: Block) -> frozenset[str]:
        """Return the levels of a block."""
        return frozenset(self.labels[place] for place in block)


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A table with exact counts."""

    id: str
    title: str
    population: str
    rows: Axis
    columns: Axis
    counts: tuple[tuple[int, ...], ...]

    @property
    def total(self) -> int:
        """Return the number of children."""
        return sum(map(sum, self.counts))

    def of(self, rows: Block, columns: Block) -> int:
        """Return how many children have one of some levels in the rows and one of some in the columns."""
        return sum(self.counts[row][column] for row in rows for column in columns)

    def turned(self) -> Counted:
        """Return the table with rows and columns exchanged."""
        return replace(self, rows=self.columns, columns=self.rows, counts=tuple(zip(*self.counts, strict=True)))


def as_counted(raw: Mapping[str, Any]) -> Counted:
    """Return a table as `python -m analysis aggregates` writes it."""
    return Counted(
        id=raw["id"],
        title=raw["title"],
        population=raw["population"],
        rows=_axis(raw["rows"]),
        columns=_axis(raw["columns"]),
        counts=tuple(map(tuple, raw["counts"])),
    )


def _axis(raw: Mapping[str, Any]) -> Axis:
    return Axis(title=raw["title"], labels=tuple(raw["labels"]), is_ordered=raw["ordered"])


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A table as it leaves. ``rows`` and ``columns`` hold the levels that were counted together; margins are counts.

    ``has_margins_only``: no cell is shown, not even a 0, except where a margin is 0.
    """

    id: str
    title: str
    population: str
    cut: str
    row_title: str
    column_title: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[Cell, ...], ...]
    row_totals: tuple[int, ...]
    column_totals: tuple[int, ...]
    total: int
    has_margins_only: bool = False

    def turned(self) -> Shown:
        """Return the table with rows and columns exchanged."""
        return replace(
            self,
            row_title=self.column_title,
            column_title=self.row_title,
            rows=self.columns,
            columns=self.rows,
            cells=tuple(zip(*self.cells, strict=True)),
            row_totals=self.column_totals,
            column_totals=self.row_totals,
        )

    def known(self) -> Iterator[tuple[frozenset[str], frozenset[str], int]]:
        """Yield every count that it tells, margins too, with the levels it belongs to."""
        rows, columns = [frozenset(row) for row in self.rows], [frozenset(column) for column in self.columns]
        everything = frozenset[str]().union(*rows), frozenset[str]().union(*columns)
        yield *everything, self.total
        yield from ((row, everything[1], total) for row, total in zip(rows, self.row_totals, strict=True))
        yield from ((everything[0], column, total) for column, total in zip(columns, self.column_totals, strict=True))
        for row, cells in zip(rows, self.cells, strict=True):
            for column, cell in zip(columns, cells, strict=True):
                if isinstance(cell, int):
                    yield row, column, cell


def shown(content: Mapping[str, Any]) -> Shown:
    """Return a table of an earlier release."""
    return Shown(
        **{
            **content,
            "rows": tuple(map(tuple, content["rows"])),
            "columns": tuple(map(tuple, content["columns"])),
            "cells": tuple(map(tuple, content["cells"])),
            "row_totals": tuple(content["row_totals"]),
            "column_totals": tuple(content["column_totals"]),
        }
    )


class Told:
    """What earlier releases told about the counts of a table."""

    def __init__(self, tables: Sequence[Shown]) -> None:
        self.tables = tables
        self._known = [{(rows, columns): value for rows, columns, value in table.known()} for table in tables]

    def values(self, rows: Set[str], columns: Set[str]) -> Iterator[int]:
        """Yield the earlier counts of some levels, each as it was shown, or as the sum of what was."""
        for table, known in zip(self.tables, self._known, strict=True):
            exact = known.get((frozenset(rows), frozenset(columns)))
            parts = _within(table, known, rows, columns)
            if exact is not None:
                yield exact
            elif sum(len(row) * len(column) for row, column in parts) == len(rows) * len(columns):
                yield sum(parts.values())

    def most(self, rows: Set[str], columns: Set[str]) -> int:
        """Return the most that an earlier count of some levels can have been; 0 where there is none."""
        exact = list(self.values(rows, columns))
        return max([*exact, *(_most(table, rows, columns) for table in self.tables if not exact)], default=0)


def _most(table: Shown, rows: Set[str], columns: Set[str]) -> int:
    lines = zip(table.rows, table.cells, table.row_totals, strict=True)
    return sum(
        cell if isinstance(cell, int) else min(row_total, column_total)
        for row, cells, row_total in lines
        for column, cell, column_total in zip(table.columns, cells, table.column_totals, strict=True)
        if rows & set(row) and columns & set(column)
    )


def is_outgrown(earlier: Shown, table: Counted) -> bool:
    """Tell whether all that an earlier table hid is now at least what it can have been then.

    Then no count of now says more about it, also to somebody who believes that counts only grow.
    """
    known = {(rows, columns) for rows, columns, _ in earlier.known()}
    all_rows, all_columns = frozenset(table.rows.labels), frozenset(table.columns.labels)
    rows = [((place,), frozenset((label,))) for place, label in enumerate(table.rows.labels)]
    columns = [((place,), frozenset((label,))) for place, label in enumerate(table.columns.labels)]
    every_row, every_column = tuple(range(len(rows))), tuple(range(len(columns)))
    asked = [
        *product(rows, columns),
        *product(rows, [(every_column, all_columns)]),
        *product([(every_row, all_rows)], columns),
    ]
    return all(
        (row, column) in known or table.of(of_row, of_column) >= _most(earlier, row, column)
        for (of_row, row), (of_column, column) in asked
    )


def _within(
    table: Shown, known: Mapping[tuple[frozenset[str], frozenset[str]], int], rows: Set[str], columns: Set[str]
) -> dict[tuple[frozenset[str], frozenset[str]], int]:
    """Return disjoint earlier counts inside some levels: cells, or margins where all columns are asked for."""
    column_blocks = list(map(frozenset, table.columns))
    everything = frozenset[str]().union(*column_blocks)
    sides = [everything] if everything == columns else [column for column in column_blocks if column <= columns]
    pairs = ((row, column) for row in map(frozenset, table.rows) if row <= rows for column in sides)
    return {pair: known[pair] for pair in pairs if pair in known}


def with_levels_of(earlier: Shown, table: Counted) -> Shown | None:
    """Return an earlier table with 0 for levels that had not occurred; None where one of its levels is gone."""
    rows, columns = frozenset().union(*earlier.rows), frozenset().union(*earlier.columns)
    if rows - set(table.rows.labels) or columns - set(table.columns.labels):
        return None
    more_rows = tuple((label,) for label in table.rows.labels if label not in rows)
    more_columns = tuple((label,) for label in table.columns.labels if label not in columns)
    empty = (0,) * len(more_columns)
    nobody = (0,) * (len(earlier.columns) + len(more_columns))
    return replace(
        earlier,
        rows=(*earlier.rows, *more_rows),
        columns=(*earlier.columns, *more_columns),
        cells=(*((*cells, *empty) for cells in earlier.cells), *(nobody for _ in more_rows)),
        row_totals=(*earlier.row_totals, *(0 for _ in more_rows)),
        column_totals=(*earlier.column_totals, *empty),
    )


def gives_away(value: int, least: int) -> bool:
    """Tell whether a count, or the difference of two, is that of few children."""
    return 0 < abs(value) < least


def differs_by_few(now: int, before: Iterable[int], least: int) -> bool:
    """Tell whether a count beside one of its earlier values shows what became of few children."""
    return any(gives_away(now - earlier, least) for earlier in before)


def percent(cell: Cell, total: int) -> Cell:
    """Return a shown count as a whole percentage of its column; empty where there is nobody, else what is shown."""
    if not isinstance(cell, int):
        return cell
    return (200 * cell + total) // (2 * total) if total else ""


def labels_of(blocks: Sequence[Block], axis: Axis) -> tuple[tuple[str, ...], ...]:
    """Return the levels of each block in the order of the variable."""
    return tuple(tuple(axis.labels[place] for place in block) for block in blocks)
