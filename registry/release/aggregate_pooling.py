"""Which levels of a variable are counted together, so that every margin of a table may be shown.

A margin may be shown when it is 0 or at least the least, when the same holds for what it differs from its earlier
value, and when what was put together in it could be split in many ways. All margins of all tables are shown, so that
no table can be used against another.
"""

from __future__ import annotations

from registry.release.aggregate_tables import Block, Counted, Shown, Told, differs_by_few, gives_away


def pooled_rows(table: Counted, told: Told, *, least: int) -> tuple[Block, ...] | None:
    """Return the levels of the rows in blocks that may be shown, or None where not even all together may be.

    A block that may not be shown is put together with the smallest other one, of ordered levels with the smaller
    neighbour; the smallest such block first. Blocks of an earlier release are only split where that tells nothing.
    """
    blocks = _start(table, told, least)
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


def _start(table: Counted, told: Told, least: int) -> list[Block]:
    """Return every level alone, except those that once stood together and may not be split."""
    places = {label: place for place, label in enumerate(table.rows.labels)}
    blocks: list[Block] = [(place,) for place in places.values()]
    for earlier in told.tables:
        for row, labels in enumerate(earlier.rows):
            kept = {places[label] for label in labels}
            if len(kept) > 1 and not _may_be_split(table, earlier, row, tuple(kept), least):
                joined = kept.union(*(block for block in blocks if kept & set(block)))
                blocks = [block for block in blocks if not kept & set(block)] + [tuple(sorted(joined))]
    return sorted(blocks)


def _may_be_split(table: Counted, earlier: Shown, row: int, block: Block, least: int) -> bool:
    """Tell whether the sums of a block's parts differ from what was told of it by nobody or by many."""
    places = {label: place for place, label in enumerate(table.columns.labels)}
    cells = zip(earlier.columns, earlier.cells[row], strict=True)
    differences = [
        table.of(block, tuple(places[label] for label in labels)) - cell
        for labels, cell in cells
        if isinstance(cell, int)
    ]
    return not any(
        gives_away(difference, least) for difference in (_total(table, block) - earlier.row_totals[row], *differences)
    )


def _may_be_shown(table: Counted, told: Told, block: Block, least: int) -> bool:
    total, everything = _total(table, block), table.columns.named(_everything(table))
    if gives_away(total, least) or differs_by_few(total, told.values(table.rows.named(block), everything), least):
        return False
    counted = [place for place in block if _total(table, (place,))]
    if len(counted) < 2:
        return True
    rooms = (_total(table, (place,)) - told.least(table.rows.named((place,)), everything) for place in counted)
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
