"""The normal ranges of each site's laboratory, as a cut holds them; which one fits a child is `forms`' to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from forms.context import ReferenceRange


def read_ranges(rows: Iterable[Mapping[str, str]]) -> dict[str, tuple[ReferenceRange, ...]]:
    """Return site -> its ranges, from a cut's table of reference ranges."""
    found: dict[str, tuple[ReferenceRange, ...]] = {}
    for row in rows:
        known = ReferenceRange(
            analyte=row["analyte"],
            valid_from=date.fromisoformat(row["valid_from"]),
            sex=row["sex"] or None,
            age_from_years=int(row["age_from_years"]),
            age_to_years=int(row["age_to_years"]),
            low=Decimal(row["low"]) if row["low"] else None,
            high=Decimal(row["high"]) if row["high"] else None,
        )
        found[row["site"]] = (*found.get(row["site"], ()), known)
    return found
