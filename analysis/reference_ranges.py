"""Upper limits of normal as a site's laboratory stated them, for a sex, an age and a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class UpperLimit:
    """The upper limit of normal of one analyte at one site, for a sex (empty: both) and an age band in years."""

    site: str
    analyte: str
    sex: str
    age_from_years: int
    age_to_years: int
    high: Decimal
    valid_from: date


def read_upper_limits(rows: Iterable[Mapping[str, str]]) -> tuple[UpperLimit, ...]:
    """Return the upper limits in a cut's table of reference ranges; rows without one are left out."""
    return tuple(
        UpperLimit(
            site=row["site"],
            analyte=row["analyte"],
            sex=row["sex"],
            age_from_years=int(row["age_from_years"]),
            age_to_years=int(row["age_to_years"]),
            high=Decimal(row["high"]),
            valid_from=date.fromisoformat(row["valid_from"]),
        )
        for row in rows
        if row["high"]
    )


def upper_limit(
    limits: Iterable[UpperLimit], *, site: str, analyte: str, sex: str, age_years: int | None, on: date
) -> Decimal | None:
    """Return the limit in force on a day, or None where the laboratory stated none for this child.

    A limit for one sex is used only for that sex; a limit bound to an age only when the age is known.
    """
    fitting = [
        limit
        for limit in limits
        if limit.site == site
        and limit.analyte == analyte
        and limit.sex in ("", sex)
        and limit.valid_from <= on
        and age_years is not None
        and limit.age_from_years <= age_years <= limit.age_to_years
    ]
    newest = max(fitting, key=lambda limit: (limit.valid_from, limit.sex), default=None)
    return newest.high if newest else None
