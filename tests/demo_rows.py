"""What the demonstration of a seed tells, read back the way a reader of its tables would."""

import os
import pickle
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from forms.values import Row, earliest
from registry.demo.children import Child, make_children
from registry.demo.notebook import Entry
from registry.demo.writing import all_entries
from run_folder import made_once

UNTIL = date(2026, 6, 1)
PATIENTS = 240


def demo_children(seed: int) -> tuple[Child, ...]:
    """Return the children of a seed; seed 1 is what `make demo` loads."""
    return _told(seed)[0]


def demo_entries(seed: int) -> tuple[Entry, ...]:
    """Return every save about the children of a seed, in order of time."""
    return _told(seed)[1]


@cache
def _told(seed: int) -> tuple[tuple[Child, ...], tuple[Entry, ...]]:
    """Return children and saves as the first engine to ask had them told, where `make test` gives both a folder."""
    shared = os.environ.get("TEST_SHARED")
    if not shared:
        return _tell(seed)

    def keep(folder: Path) -> None:
        folder.mkdir()
        (folder / "told.pickle").write_bytes(pickle.dumps(_tell(seed)))

    kept = made_once(Path(shared), f"demonstration-{seed}", keep)
    told: tuple[tuple[Child, ...], tuple[Entry, ...]] = pickle.loads((kept / "told.pickle").read_bytes())
    return told


def _tell(seed: int) -> tuple[tuple[Child, ...], tuple[Entry, ...]]:
    children = tuple(make_children(PATIENTS, seed, UNTIL))
    return children, tuple(all_entries(children, seed, UNTIL))


def last_rows(entries: Sequence[Entry], form: str) -> list[tuple[Child, Row]]:
    """Return the rows of a form as they stand in the end, each with its child."""
    found = {entry.row["key"]: entry for entry in entries if entry.form == form}
    return [(entry.child, entry.row) for entry in found.values() if not entry.void]


def day_after_infusion(child: Child, value: object) -> int:
    """Return the days from a child's first infusion to a date."""
    first = earliest(value)  # type: ignore[arg-type]
    assert first is not None
    return (first.date() - child.infused_on).days


def children_with(entries: Sequence[Entry], toxicity: str) -> set[int]:
    """Return the numbers of the children with an episode of a toxicity."""
    return {child.number for child, row in last_rows(entries, "toxicity_episode") if row["toxicity"] == toxicity}
