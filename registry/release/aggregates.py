"""From exact counts to what may be public: counts and curves from which no number of few children can be worked out.

1. A population leaves when it is large enough, and so is each larger population without it.
2. Levels of a variable are counted together until every margin may be shown (aggregate_pooling.py).
3. Cells of 1 to 10, and cells that differ by 1 to 10 from their earlier value, are hidden with others that keep them
   from being worked out (aggregate_cells.py).
4. What was hidden or counted together once stays so, until all of it is at least what it can have been then: whoever
   believes that counts only grow would otherwise learn from a later count how large an earlier one was at most.
5. A table that cannot be renewed so is repeated as it stood in the release before; without one its margins are shown
   alone. So a difference of two releases tells of nobody or of many.
6. A curve is read only where the table of its endpoint ends a row, and at least 11 are still at risk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from registry.release.aggregate_cells import Place, hidden_cells
from registry.release.aggregate_pooling import pooled_rows
from registry.release.aggregate_tables import (
    SUPPRESSED,
    Block,
    Counted,
    Shown,
    Told,
    as_counted,
    differs_by_few,
    gives_away,
    is_outgrown,
    labels_of,
    shown,
    with_levels_of,
)
from registry.release.profiles import LEAST

FORMAT = 1
_NOTHING: Mapping[str, Any] = {"sizes": (), "tables": (), "curves": (), "medians": (), "earlier": ()}


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve as it leaves: the share resolved in whole percent on some days."""

    endpoint: str
    title: str
    cut: str
    points: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Median:
    """A median as it leaves: a whole number, without how many children it was taken of."""

    id: str
    title: str
    population: str
    cut: str
    median: int


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """A table that is not in a release, and why."""

    id: str
    title: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Public:
    """A public release. ``cut`` of a table, curve or median is that of the release in which it first stood so.

    ``sizes`` are the populations shown in each release so far, ``earlier`` the tables of earlier releases that this one
    replaces: both are public already, and the next release must not contradict them.
    """

    cut: str
    least: int
    sizes: tuple[Mapping[str, int], ...]
    tables: tuple[Shown, ...]
    curves: tuple[Curve, ...]
    medians: tuple[Median, ...]
    withheld: tuple[Withheld, ...]
    earlier: tuple[Shown, ...]

    def content(self) -> dict[str, Any]:
        """Return it as plain JSON values; `previous` of the next release."""
        return {"format": FORMAT, **asdict(self)}


def build_public(raw: Mapping[str, Any], previous: Mapping[str, Any] | None = None, *, least: int = LEAST) -> Public:
    """Return what may be public of the counts that `python -m analysis aggregates` writes.

    ``previous`` is the content of the public release before (its aggregates.json), None for the first. It holds every
    earlier version of each table, since what was public once stays known.
    """
    before = previous or _NOTHING
    last = {table["id"]: shown(table) for table in before["tables"]}
    known = (*map(shown, before["earlier"]), *last.values())
    sizes = before["sizes"]
    renewed = _populations(raw, sizes, least)
    tables, anew, withheld = [], set(), []
    for table in map(as_counted, raw["tables"]):
        earlier = [one for one in known if one.id == table.id]
        found = _renewed(table, raw["cut"], earlier, least) if table.population in renewed else None
        if found:
            anew.add(table.id)
        found = found or last.get(table.id)
        if found:
            tables.append(found)
        else:
            reason = f"It, or what it leaves out of a larger group, would count fewer than {least} children."
            withheld.append(Withheld(id=table.id, title=table.title, reason=reason))
    by_id = {table.id: table for table in tables if table.id in anew}
    return Public(
        cut=raw["cut"],
        least=least,
        sizes=(*sizes, renewed),
        tables=tuple(tables),
        curves=tuple(_curves(raw, before["curves"], by_id, least)),
        medians=tuple(_medians(raw, before["medians"], renewed, least)),
        withheld=tuple(withheld),
        earlier=tuple(one for one in known if one not in tables),
    )


def _populations(raw: Mapping[str, Any], sizes: Sequence[Mapping[str, int]], least: int) -> dict[str, int]:
    """Return the size of each population that may be shown anew; ``sizes`` are those of every release so far."""
    n = {name: population["n"] for name, population in raw["populations"].items()}

    def may_be_shown(name: str) -> bool:
        if n[name] < least or differs_by_few(n[name], (then[name] for then in sizes if name in then), least):
            return False
        for larger in raw["populations"][name]["within"]:
            rest = n[larger] - n[name]
            rests = (then[larger] - then[name] for then in sizes if name in then and larger in then)
            if gives_away(rest, least) or differs_by_few(rest, rests, least):
                return False
        return True

    return {name: size for name, size in n.items() if may_be_shown(name)}


def _renewed(table: Counted, cut: str, earlier: Sequence[Shown], least: int) -> Shown | None:
    """Return a table as it may be shown, or None where it may not, and the earlier one must be repeated."""
    before = [with_levels_of(one, table) for one in earlier]
    told = Told([one for one in before if one])
    kept = [one for one in told.tables if not is_outgrown(one, table)]
    turned = Told([one.turned() for one in told.tables])
    rows = pooled_rows(table, told, [row for one in kept for row in one.rows], least=least)
    columns = pooled_rows(table.turned(), turned, [column for one in kept for column in one.columns], least=least)
    if rows is None or columns is None or None in before:
        return None
    row_levels, column_levels = labels_of(rows, table.rows), labels_of(columns, table.columns)
    if any(set(one.rows) != set(row_levels) or set(one.columns) != set(column_levels) for one in kept):
        return None
    counts = [[table.of(row, column) for column in columns] for row in rows]
    stay = {
        (row_levels.index(row), column_levels.index(column))
        for one in kept
        for row, cells in zip(one.rows, one.cells, strict=True)
        for column, cell in zip(one.columns, cells, strict=True)
        if cell == SUPPRESSED
    }
    hidden = _hidden(table, told, rows, columns, counts, stay, least)
    has_margins_only = hidden is None or any(one.has_margins_only for one in kept)
    if hidden is None and earlier:
        return None
    is_hidden = hidden if hidden is not None else _inside(counts)
    return Shown(
        id=table.id,
        title=table.title,
        population=table.population,
        cut=cut,
        row_title=table.rows.title,
        column_title=table.columns.title,
        rows=row_levels,
        columns=column_levels,
        cells=tuple(
            tuple(SUPPRESSED if (row, column) in is_hidden else cell for column, cell in enumerate(line))
            for row, line in enumerate(counts)
        ),
        row_totals=tuple(map(sum, counts)),
        column_totals=tuple(sum(line[column] for line in counts) for column in range(len(columns))),
        total=table.total,
        has_margins_only=has_margins_only,
    )


def _inside(counts: Sequence[Sequence[int]]) -> frozenset[Place]:
    """Return the cells whose margins are not 0."""
    return frozenset(
        (row, column)
        for row, column in product(range(len(counts)), range(len(counts[0])))
        if sum(counts[row]) and sum(line[column] for line in counts)
    )


def _hidden(
    table: Counted,
    told: Told,
    rows: Sequence[Block],
    columns: Sequence[Block],
    counts: Sequence[Sequence[int]],
    stay: Set[Place],
    least: int,
) -> frozenset[Place] | None:
    def levels(place: Place) -> tuple[frozenset[str], frozenset[str]]:
        return table.rows.named(rows[place[0]]), table.columns.named(columns[place[1]])

    def room(place: Place) -> int:
        return max(counts[place[0]][place[1]] - max(told.most(*levels(place)), 1), 0)

    primary = [
        (row, column)
        for row, column in product(range(len(rows)), range(len(columns)))
        if gives_away(counts[row][column], least)
        or differs_by_few(counts[row][column], told.values(*levels((row, column))), least)
    ]
    return hidden_cells(counts, primary, room, least=least, stay=stay)


def _curves(
    raw: Mapping[str, Any], before: Sequence[Mapping[str, Any]], tables: Mapping[str, Shown], least: int
) -> Iterator[Curve]:
    """Yield the curves whose table was renewed, the others as they stood."""
    earlier = {curve["endpoint"]: curve for curve in before}
    for curve in raw["curves"]:
        table = tables.get(curve["endpoint"])
        if table is not None:
            ends = {row[-1] for row in table.rows}
            at_risk = [point for point in curve["points"] if point["at_risk"] >= least]
            points = tuple((p["day"], round(100 * p["estimate"])) for p in at_risk if p["upto"] in ends)
            yield Curve(endpoint=curve["endpoint"], title=curve["title"], cut=raw["cut"], points=points)
        elif curve["endpoint"] in earlier:
            old = earlier[curve["endpoint"]]
            yield Curve(**{**old, "points": tuple(map(tuple, old["points"]))})


def _medians(
    raw: Mapping[str, Any],
    before: Sequence[Mapping[str, Any]],
    renewed: Mapping[str, int],
    least: int,
) -> Iterator[Median]:
    earlier = {one["id"]: one for one in before}
    for one in raw["medians"]:
        if one["population"] in renewed and one["n"] >= least:
            yield Median(
                id=one["id"],
                title=one["title"],
                population=one["population"],
                cut=raw["cut"],
                median=round(one["median"]),
            )
        elif one["id"] in earlier:
            yield Median(**earlier[one["id"]])
