"""What the demonstration of a seed tells, read back the way a reader of its tables would."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from forms.values import Row, earliest
from registry.demo.children import Child, make_children
from registry.demo.notebook import Entry
from registry.demo.writing import all_entries

UNTIL = date(2026, 6, 1)
PATIENTS = 240


@cache
def demo_children(seed: int) -> tuple[Child, ...]:
    """Return the children of a seed; seed 1 is what `make demo` loads."""
    return tuple(make_children(PATIENTS, seed, UNTIL))


@cache
def demo_entries(seed: int) -> tuple[Entry, ...]:
    """Return every save about the children of a seed, in order of time."""
    return tuple(all_entries(demo_children(seed), seed, UNTIL))


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
