"""What is settled of a whole pasted block: flows written beside their device, and what is wrong in the same way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from forms.casebook.assessment import ASSESSMENT
from registry.grid.cells import device_and_flow
from registry.grid.paste import Pasted
from registry.grid.sheet import ROWS

_DEVICE = next(row for row in ROWS if row.item is ASSESSMENT.items["oxygen_mode"])
_FLOW = next(row for row in ROWS if row.item is ASSESSMENT.items["oxygen_flow_l_min"])
_THOUSANDS = re.compile(r"[<>]?\s*(([1-9]\d{0,2}),(\d{3}))\b", re.ASCII)


def settled(pasted: Pasted, texts: Mapping[str, str]) -> Pasted:
    """Return a block with the flows beside a device in cells of their own, and what to do about commas told once.

    ``texts`` are those that stand in the cells; none of them is written over.
    """
    apart = {
        cell: found
        for cell, text in pasted.texts.items()
        if (flow_cell := _flow_cell(cell)) and not pasted.texts.get(flow_cell) and not texts.get(flow_cell, "").strip()
        if (found := device_and_flow(text))
    }
    placed = {**pasted.texts}
    for cell, (device, flow) in apart.items():
        placed |= {cell: device, _flow_cell(cell): flow}
    return replace(
        pasted,
        texts=placed,
        errors={cell: words for cell, words in pasted.errors.items() if cell not in apart},
        taken_apart=[pasted.texts[cell] for cell in apart],
        notes=[*pasted.notes, *_apart_in_words([pasted.texts[cell] for cell in apart]), *_thousands_in_words(pasted)],
    )


def _flow_cell(cell: str) -> str:
    """Return the cell of the flow beside that of a device; empty for any other cell."""
    day, _, name = cell.partition(".")
    return f"{day}.{name[: -len(_DEVICE.item_name)]}{_FLOW.item_name}" if name.endswith(f".{_DEVICE.item_name}") else ""


def _apart_in_words(written: list[str]) -> list[str]:
    if not written:
        return []
    were = "was" if len(written) == 1 else "were"
    return [
        f"{_some(written)} {were} taken apart: the device stands under {_DEVICE.label}, the flow under {_FLOW.label}."
    ]


def _thousands_in_words(pasted: Pasted) -> list[str]:
    """Return what to do about numbers that cannot be read since their comma may mark thousands or decimals."""
    found = [match for cell in pasted.errors if (match := _THOUSANDS.match(pasted.texts[cell]))]
    if not found:
        return []
    _, before, behind = found[0].groups()
    decimal = f"{before}.{behind}".rstrip("0").rstrip(".")
    commas = _some([match[1] for match in found], link=" and in ")
    return [
        f"The comma in {commas} may mark thousands or decimals. Take the block back, write such numbers without it in "
        f"the spreadsheet, as {before}{behind} or {decimal}, and paste again; or correct the marked cells."
    ]


def _some(written: list[str], *, link: str = " and ") -> str:
    more = len(written) - 1
    return f"“{written[0]}”{link}{more} more" if more else f"“{written[0]}”"
