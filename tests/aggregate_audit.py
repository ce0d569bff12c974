"""What somebody can work out of public tables, by linear programming: shares no code with what made them.

He has every table of every release, knows that counts are whole and not negative, and believes that counts only grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from operator import mul
from typing import Any

from scipy.optimize import linprog

LEAST = 11


def least_widths(content: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[tuple[str, str, str], float]:
    """Return (table, row level, column level) -> how far apart its least and greatest value are, where not shown.

    Levels that were counted together are unknown numbers of their own; so are cells that are suppressed.
    """
    found: dict[tuple[str, str, str], float] = {}
    exact = {table["id"]: table for table in raw["tables"]}
    for table in content["tables"]:
        if table["cut"] == raw["cut"]:
            earlier = [one for one in content["earlier"] if one["id"] == table["id"]]
            found |= _audited(table, exact[table["id"]], earlier)
    return found


def _audited(table, exact, earlier):
    rows, columns = exact["rows"]["labels"], exact["columns"]["labels"]
    solve = _solver(table, exact, earlier)
    ends = {target: solve(target) for target in _unknown(table, rows, columns)}
    return {(table["id"], "|".join(row), "|".join(column)): high - low for (row, column), (low, high) in ends.items()}


def _solver(table, exact, earlier):
    """Return what tells the least and the greatest number of children that some rows and columns can hold."""
    names = [(row, column) for row in exact["rows"]["labels"] for column in exact["columns"]["labels"]]
    truth = [float(count) for line in exact["counts"] for count in line]

    def line_of(levels):
        return [float(row in levels[0] and column in levels[1]) for row, column in names]

    told = [(line_of(levels), value) for levels, value in _statements(table)]
    before = [(line_of(levels), value) for one in earlier for levels, value in _statements(one)]
    # where a count has fallen he knows that counts also fall
    grown = [(line, value) for line, value in before if sum(map(mul, line, truth)) >= value]
    limits = {
        "A_eq": [line for line, _ in told],
        "b_eq": [value for _, value in told],
        "A_ub": [[-x for x in line] for line, _ in grown] or None,
        "b_ub": [-value for _, value in grown] or None,
        "bounds": [(_least(name, table, count), None) for name, count in zip(names, truth, strict=True)],
    }

    def solve(levels):
        ends = []
        for sign in (1, -1):
            result = linprog([sign * x for x in line_of(levels)], method="highs", **limits)
            assert result.status == 0, result.message
            ends.append(sign * result.fun)
        assert ends[0] - 1e-6 <= sum(map(mul, line_of(levels), truth)) <= ends[1] + 1e-6
        return ends

    return solve


def _least(name, table, count):
    """Return 1 for a cell that stands alone and suppressed: zeros are shown; 0 for all others."""
    alone = [name[0]] in _lists(table["rows"]) and [name[1]] in _lists(table["columns"])
    return 1 if alone and not table["has_margins_only"] and count >= 1 else 0


def _lists(blocks: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(block) for block in blocks]


def _statements(table):
    """Yield (rows, columns), count for everything a table says."""
    rows, columns = _lists(table["rows"]), _lists(table["columns"])
    all_rows, all_columns = list(chain(*rows)), list(chain(*columns))
    yield (all_rows, all_columns), table["total"]
    for row, total in zip(rows, table["row_totals"], strict=True):
        yield (row, all_columns), total
    for column, total in zip(columns, table["column_totals"], strict=True):
        yield (all_rows, column), total
    for row, cells in zip(rows, table["cells"], strict=True):
        for column, cell in zip(columns, cells, strict=True):
            if cell != "suppressed":
                yield (row, column), cell


def _unknown(table, rows, columns):
    """Yield the levels of every cell and every margin that is not shown."""
    for row, cells in zip(table["rows"], table["cells"], strict=True):
        for column, cell in zip(table["columns"], cells, strict=True):
            if cell == "suppressed":
                yield tuple(row), tuple(column)
    for block, total in zip(table["rows"], table["row_totals"], strict=True):
        yield from (((label,), tuple(columns)) for label in block if len(block) > 1 and total)
    for block, total in zip(table["columns"], table["column_totals"], strict=True):
        yield from ((tuple(rows), (label,)) for label in block if len(block) > 1 and total)


def gives_away(content: Mapping[str, Any], raw: Mapping[str, Any]) -> list[str]:
    """Return what a release tells of few children: shown counts, narrow cells, what became of an earlier count."""
    found = [f"{name}: width {width:g}" for name, width in least_widths(content, raw).items() if width < LEAST - 1e-6]
    exact = {table["id"]: table for table in raw["tables"]}
    for table in content["tables"]:
        found += [f"{table['id']} {levels}: {value} shown" for levels, value in _statements(table) if 0 < value < LEAST]
        earlier = [one for one in content["earlier"] if one["id"] == table["id"]]
        solve = _solver(table, exact[table["id"]], earlier) if table["cut"] == raw["cut"] else None
        for levels, value in (told for one in earlier for told in _statements(one)) if solve else ():
            low, high = solve(levels)
            least = max(low - value, value - high)  # not more than 0 where it may be as before
            if high - low < LEAST - 1e-6 and 1e-6 < least < LEAST - 1e-6:
                found.append(f"{table['id']} {levels}: {value} became {low:g} to {high:g}")
    return found


def narrow_in_hindsight(contents: Sequence[Mapping[str, Any]], raws: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what all releases of a series together narrow down, in whichever of them it was hidden.

    The counts of every release are unknown numbers, each at least what it was in the release before.
    """
    found = []
    for table_id in [table["id"] for table in raws[0]["tables"]]:
        renewed = [
            (table, exact)
            for content, raw in zip(contents, raws, strict=True)
            for table in content["tables"]
            for exact in raw["tables"]
            if table["id"] == exact["id"] == table_id and table["cut"] == raw["cut"]
        ]
        found += _narrow(renewed)
    return found


def _narrow(renewed):
    names = sorted({name for _, exact in renewed for name in _names(exact)})
    size = len(names)
    truths = [dict(zip(_names(exact), chain(*exact["counts"]), strict=True)) for _, exact in renewed]

    def line_of(number, levels):
        line = [0.0] * (size * len(renewed))
        for place, (row, column) in enumerate(names):
            line[number * size + place] = float(row in levels[0] and column in levels[1])
        return line

    told = [(line_of(n, levels), value) for n, (table, _) in enumerate(renewed) for levels, value in _statements(table)]
    grown = []
    for number, (before, now) in enumerate(pairwise(truths)):
        if all(before.get(name, 0) <= now.get(name, 0) for name in names):
            for place in range(size):
                line = [0.0] * (size * len(renewed))
                line[number * size + place], line[(number + 1) * size + place] = 1.0, -1.0
                grown.append(line)
    limits = {
        "A_eq": [line for line, _ in told],
        "b_eq": [value for _, value in told],
        "A_ub": grown or None,
        "b_ub": [0] * len(grown) or None,
        "bounds": [
            (_least(name, table, truth.get(name, 0)) if name in truth else 0, None if name in truth else 0)
            for (table, _), truth in zip(renewed, truths, strict=True)
            for name in names
        ],
    }
    found = []
    for number, (table, exact) in enumerate(renewed):
        for levels in _unknown(table, exact["rows"]["labels"], exact["columns"]["labels"]):
            line = line_of(number, levels)
            results = [linprog([sign * x for x in line], method="highs", **limits) for sign in (1, -1)]
            assert [result.status for result in results] == [0, 0]
            if (width := -results[1].fun - results[0].fun) < LEAST - 1e-6:
                found.append(f"release {number + 1}, {table['id']} {levels}: width {width:g}")
    return found


def _names(exact):
    return [(row, column) for row in exact["rows"]["labels"] for column in exact["columns"]["labels"]]
