"""The normal ranges of each site's laboratory, as a cut holds them; which one fits a child is `forms`' to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forms.context import ReferenceRange
from forms.laboratory_ranges import stated_range


def read_ranges(rows: Iterable[Mapping[str, str]]) -> dict[str, tuple[ReferenceRange, ...]]:
    """Return site -> its ranges, from a cut's table of reference ranges."""
    found: dict[str, tuple[ReferenceRange, ...]] = {}
    for row in rows:
        found[row["site"]] = (*found.get(row["site"], ()), stated_range(row))
    return found
