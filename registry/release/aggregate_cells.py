"""Which cells inside a table are not shown, so that each of them could be any of many numbers.

All margins are shown. A cell that must not be shown is hidden with the three other corners of a rectangle. What is
added to two opposite corners and taken from the other two changes no margin; a corner can lose what it has above the
least it can be. So each corner can be any of as many numbers as the two pairs of opposite corners can lose together,
whatever else is hidden, and a rectangle is good enough where that is at least the least (the hypercube method of
Repsilber, as in tau-ARGUS). tests/test_aggregates_audit.py measures it by linear programming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

Place = tuple[int, int]


def hidden_cells(
    counts: Sequence[Sequence[int]],
    primary: Sequence[Place],
    room: Callable[[Place], int],
    *,
    least: int,
    stay: Iterable[Place] = (),
) -> frozenset[Place] | None:
    """Return the cells that are not shown, or None where a primary one has no rectangle that protects it.

    ``room`` tells how much less a cell could be than it is. Rectangles hide as few children more as possible; a 0 is
    never hidden for the sake of another cell. Those that ``stay`` hidden are as safe as they were.
    """
    hidden: set[Place] = set(stay)
    for cell in primary:
        if cell in hidden:
            continue
        found = [
            (sum(counts[row][column] for row, column in corners - hidden), len(corners - hidden), sorted(corners))
            for corners in _rectangles(counts, cell)
            if _width(cell, corners, room) >= least
        ]
        if not found:
            return None
        hidden.update(min(found)[2])
    return frozenset(hidden)


def _rectangles(counts: Sequence[Sequence[int]], cell: Place) -> list[frozenset[Place]]:
    rows, columns = (range(len(counts)), range(len(counts[0])))
    return [
        frozenset((cell, (cell[0], column), (row, cell[1]), (row, column)))
        for row, column in product(rows, columns)
        if row != cell[0]
        and column != cell[1]
        and counts[row][column]
        and counts[row][cell[1]]
        and counts[cell[0]][column]
    ]


def _width(cell: Place, corners: frozenset[Place], room: Callable[[Place], int]) -> int:
    """Return how many numbers more than one each corner can be."""
    same = [corner for corner in corners if (corner[0] == cell[0]) == (corner[1] == cell[1])]
    other = [corner for corner in corners if corner not in same]
    return min(map(room, same)) + min(map(room, other))
