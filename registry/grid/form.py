"""The daily grid as a web page sends it: fields to what was typed, and drafts of several pages kept as one."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping

from werkzeug.datastructures import MultiDict

from registry.grid.reading import Posted
from registry.grid.sheet import ROWS, Sheet
from registry.typed_text import in_a_few_words

_CELL = re.compile(r"(\d{4}-\d\d-\d\d)\.([a-z_]+\.[a-z0-9_]+)\Z", re.ASCII)
_NAMES = frozenset(f"{row.form.name}.{row.item_name}" for row in ROWS)
LONGEST_CELL = 400

Fields = MultiDict[str, str]
Paste = dict[str, str | None]
"""Cell that a pasted block filled -> the text typed there before; None where nothing was typed."""


def posted_from(fields: Fields) -> Posted:
    """Return what a page of the grid sent; fields that are not of the grid are left out."""
    return Posted(
        texts=cells_in(fields),
        base=base_of(fields),
        seen=_seen(fields),
        usual_time=fields.get("usual_time", "").strip()[:20],
    )


def cells_in(fields: Fields) -> dict[str, str]:
    """Return cell -> text of the fields that are cells of the grid."""
    return {name: text[:LONGEST_CELL] for name, text in fields.items() if _is_cell(name)}


def base_of(fields: Fields) -> dict[str, str]:
    """Return the texts with which the page began."""
    try:
        texts = json.loads(fields.get("base") or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(texts, dict):
        return {}
    return {name: text for name, text in texts.items() if _is_cell(name) and isinstance(text, str)}


def pastes_in(fields: Fields) -> list[Paste]:
    """Return the pasted blocks that can still be taken back, the last one last."""
    try:
        pastes = json.loads(fields.get("pastes") or "[]")
    except (ValueError, RecursionError):
        return []
    blocks = [paste for paste in pastes if isinstance(paste, dict)] if isinstance(pastes, list) else []
    return [
        {name: text and text[:LONGEST_CELL] for name, text in paste.items() if _is_cell(name) and _is_text(text)}
        for paste in blocks
    ]


def before_paste(posted: Posted, cells: Iterable[str]) -> Paste:
    """Return what is typed in cells that a block is about to fill."""
    texts = {cell: posted.texts.get(cell, posted.base.get(cell, "")).strip() for cell in cells}
    return {cell: None if text == posted.base.get(cell, "") else text for cell, text in texts.items()}


def taken_back(posted: Posted, paste: Paste) -> dict[str, str]:
    """Return cell -> text as it stood before a block was pasted; what is stored where nothing was typed."""
    return {cell: posted.base.get(cell, "") if text is None else text for cell, text in paste.items()}


def confirmations(fields: Fields, asked: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return slot name -> check id -> the reason given after a check against the source.

    ``asked`` are the fields of the questions. A reason for a whole row holds for the days that the page named beside
    it, each kept as that day's own; a day with a reason of its own keeps that.
    """
    given: dict[str, dict[str, str]] = {}
    for name in asked:
        _, day, form, check_id = name.split(".", 3)
        for_row = in_a_few_words(fields.get(f"confirm_row.{form}.{check_id}"))
        is_named = day in fields.getlist(f"confirm_days.{form}.{check_id}")
        reason = in_a_few_words(fields.get(name)) or (for_row if is_named else "")
        if reason:
            given.setdefault(f"{day}.{form}", {})[check_id] = reason
    return given


def merged_draft(old: Mapping[str, list[str]], new: Fields, sheet_days: set[str]) -> Fields:
    """Return what is to be kept: this page as typed, and what was typed before and is not shown on it.

    That is what stands on other pages of the grid and, unless this page goes on from the draft, what was typed in
    cells that are untouched now: a cell that was typed in here (``touched``) and is as stored again was taken back.
    """
    touched = new.get("touched", "").split()
    earlier: Fields = MultiDict((name, text) for name, texts in old.items() for text in texts)
    kept: Fields = MultiDict(new)
    base, base_before = base_of(new), base_of(earlier)
    for name, text in earlier.items():
        day = name.removeprefix("seen.")[:10]
        if day not in sheet_days and (_is_cell(name) or name.startswith("seen.")):
            kept.setdefault(name, text)
            if name in base_before:
                base.setdefault(name, base_before[name])
        elif _is_cell(name) and "goes_on" not in new:
            was_typed, is_untouched = text.strip() != base_before.get(name, ""), new.get(name, "") == base.get(name, "")
            kept[name] = text if was_typed and is_untouched and name not in touched else new.get(name, "")
    kept["base"] = json.dumps(base)
    kept.pop("touched", None)
    return kept


def typed_elsewhere(typed: Mapping[str, list[str]], sheet: Sheet) -> bool:
    """Tell whether a draft holds something typed on another page of the grid."""
    fields: Fields = MultiDict((name, text) for name, texts in typed.items() for text in texts)
    return holds_typing(fields, besides={day.isoformat() for day in sheet.days})


def holds_typing(fields: Fields, *, besides: Collection[str] = ()) -> bool:
    """Tell whether anything is typed in a cell that differs from what is stored, ``besides`` some days."""
    base = base_of(fields)
    return any(
        name[:10] not in besides and text.strip() != base.get(name, "") for name, text in cells_in(fields).items()
    )


def _is_text(text: object) -> bool:
    return text is None or isinstance(text, str)


def _is_cell(name: object) -> bool:
    match = _CELL.match(name) if isinstance(name, str) else None
    return match is not None and match[2] in _NAMES


def _seen(fields: Fields) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for name, text in fields.items():
        if not name.startswith("seen."):
            continue
        key, _, revision = text.partition(" ")
        try:
            found[name.removeprefix("seen.")] = (str(uuid.UUID(key)), int(revision))
        except ValueError:
            continue
    return found
