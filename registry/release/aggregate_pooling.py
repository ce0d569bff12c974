"""Which levels of a variable are counted together, so that every margin of a table may be shown.

A margin may be shown when it is 0 or at least the least, when the same holds for what it differs from its earlier
value, and when what was put together in it could be split in many ways. All margins of all tables are shown, so that
no table can be used against another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from registry.release.aggregate_tables import Block, Counted, Told, differs_by_few, gives_away


def pooled_rows(
    table: Counted, told: Told, together: Iterable[Sequence[str]], *, least: int
) -> tuple[Block, ...] | None:
    """Return the levels of the rows in blocks that may be shown, or None where not even all together may be.

    A block that may not be shown is put together with the smallest other one, of ordered levels with the smaller
    neighbour; the smallest such block first. ``together`` are levels that must not be told apart.
    """
    blocks = _start(table, together)
    while True:
        failing = [block for block in blocks if not _may_be_shown(table, told, block, least)]
        if not failing:
            return tuple(blocks)
        worst = min(failing, key=lambda block: (_total(table, block), block))
        place = blocks.index(worst)
        others = _partners(table, blocks, place)
        if not others:
            return None
        other = min(others, key=lambda at: (_total(table, blocks[at]), at))
        joined = tuple(sorted((*worst, *blocks[other])))
        blocks = sorted([joined, *(block for at, block in enumerate(blocks) if at not in (place, other))])


def _start(table: Counted, together: Iterable[Sequence[str]]) -> list[Block]:
    """Return every level alone, except those that stay together."""
    places = {label: place for place, label in enumerate(table.rows.labels)}
    blocks: list[Block] = [(place,) for place in places.values()]
    for labels in together:
        kept = {places[label] for label in labels}
        joined = kept.union(*(block for block in blocks if kept & set(block)))
        blocks = [block for block in blocks if not kept & set(block)] + [tuple(sorted(joined))]
    return sorted(blocks)


def _may_be_shown(table: Counted, told: Told, block: Block, least: int) -> bool:
    total, everything = _total(table, block), table.columns.named(_everything(table))
    if gives_away(total, least) or differs_by_few(total, told.values(table.rows.named(block), everything), least):
        return False
    counted = [place for place in block if _total(table, (place,))]
    if len(counted) < 2:
        return True
    rooms = (_total(table, (place,)) - max(told.most(table.rows.named((place,)), everything), 1) for place in counted)
    return sum(max(room, 0) for room in rooms) >= least


def _partners(table: Counted, blocks: list[Block], place: int) -> list[int]:
    if table.rows.is_ordered:
        return [at for at in (place - 1, place + 1) if 0 <= at < len(blocks)]
    others = [at for at in range(len(blocks)) if at != place]
    return [at for at in others if _total(table, blocks[at])] or others


def _total(table: Counted, block: Block) -> int:
    return table.of(block, _everything(table))


def _everything(table: Counted) -> Block:
    return tuple(range(len(table.columns.labels)))
