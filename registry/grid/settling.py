"""What is settled of a whole pasted block: flows written beside their device, and what is wrong in the same way."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from forms.casebook.assessment import ASSESSMENT
from forms.misread import numbers_meant
from registry.grid.cells import device_and_flow
from registry.grid.paste import Pasted
from registry.grid.sheet import ROWS

_DEVICE = next(row for row in ROWS if row.item is ASSESSMENT.items["oxygen_mode"])
_FLOW = next(row for row in ROWS if row.item is ASSESSMENT.items["oxygen_flow_l_min"])
_THOUSANDS = re.compile(r"[<>]?\s*[1-9]\d{0,2},\d{3}(?![\d.,])", re.ASCII)


def settled(pasted: Pasted, texts: Mapping[str, str]) -> Pasted:
    """Return a block with the flows beside a device in cells of their own, and what to do about commas told once.

    ``texts`` are those that stand in the cells; none of them is written over.
    """
    apart = flows_apart({**texts, **pasted.texts}, among=pasted.texts)
    devices = [cell for cell in apart if cell in pasted.texts and _flow_cell(cell)]
    written = [pasted.texts[cell] for cell in devices]
    return replace(
        pasted,
        texts={**pasted.texts, **apart},
        errors={cell: words for cell, words in pasted.errors.items() if cell not in devices},
        taken_apart=written,
        notes=[*pasted.notes, *_apart_in_words(written), *_thousands_in_words(pasted)],
    )


def flows_apart(texts: Mapping[str, str], *, among: Collection[str] | None = None) -> dict[str, str]:
    """Return cell -> text of the devices with a flow beside them, such as “2L NC”, and of the cells of their flows.

    A flow that stands in its own cell is not written over: such a device stays as it is. ``among`` are the only cells
    that are looked at.
    """
    apart: dict[str, str] = {}
    for cell in texts if among is None else among:
        flow_cell = _flow_cell(cell)
        if flow_cell and not texts.get(flow_cell, "").strip() and (found := device_and_flow(texts[cell])):
            apart |= dict(zip((cell, flow_cell), found, strict=True))
    return apart


def _flow_cell(cell: str) -> str:
    """Return the cell of the flow beside that of a device; empty for any other cell."""
    day, _, name = cell.partition(".")
    return f"{day}.{name[: -len(_DEVICE.item_name)]}{_FLOW.item_name}" if name.endswith(f".{_DEVICE.item_name}") else ""


def told_together(errors: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """Return cell -> why it cannot be read; the same words for all cells of a row whose commas may mark thousands."""
    rows: dict[str, list[str]] = {}
    for cell in errors:
        if _THOUSANDS.match(texts.get(cell, "")):
            rows.setdefault(cell.partition(".")[2], []).append(cell)
    several = [cells for cells in rows.values() if len(cells) > 1]
    return {**errors, **{cell: _in_a_row([texts[one] for one in cells]) for cells in several for cell in cells}}


def _in_a_row(written: list[str]) -> str:
    return f"{_some(written)}: thousands or decimals? Write each without its comma, {_both_ways(written[0])}."


def _apart_in_words(written: list[str]) -> list[str]:
    return [f"{_some(written)}: device and flow stand in a cell each."] if written else []


def _thousands_in_words(pasted: Pasted) -> list[str]:
    """Return what to do about numbers that cannot be read since their comma may mark thousands or decimals."""
    written = [text for cell in pasted.errors if _THOUSANDS.match(text := pasted.texts[cell])]
    if not written:
        return []
    return [
        f"{_some(written)}: thousands or decimals? Take the block back, write {_both_ways(written[0])} in the "
        "spreadsheet and paste again, or correct the marked cells."
    ]


def _both_ways(text: str) -> str:
    """Return what a number with a comma can mean, such as ``15200 or 15.2``."""
    found = _THOUSANDS.match(text)
    assert found is not None
    decimal, thousands = numbers_meant(found[0])
    return f"{thousands} or {decimal}"


def _some(written: list[str]) -> str:
    more = len(written) - 1
    return f"“{written[0]}” and {more} more" if more else f"“{written[0]}”"
