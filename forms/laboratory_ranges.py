"""The normal ranges that a laboratory states, in its own unit and for ages in years or months."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from forms.casebook import CASEBOOK
from forms.context import ReferenceRange
from forms.grading.samples import laboratory_named
from forms.items import Measured

ANALYTES: Mapping[str, Measured] = {
    name: item for name, item in CASEBOOK["laboratory"].items.items() if isinstance(item, Measured)
}
"""The measured laboratory values, by item name."""

STATED = (
    "laboratory",
    "analyte",
    "sex",
    "age_from_years",
    "age_from_months",
    "age_to_years",
    "age_to_months",
    "unit",
    "low",
    "high",
    "valid_from",
)
"""What is stored of a range as a laboratory states it, and the columns of a cut's file beside the site."""


def stated_range(stated: Mapping[str, object]) -> ReferenceRange:
    """Return a range as grades use it, in the analyte's canonical unit, from the names and texts it is stored with.

    A missing month means the whole first or last year of age. Raises ValueError, which says what cannot be read.
    """
    analyte, unit = str(stated["analyte"]), str(stated["unit"])
    from_months, to_months = stated["age_from_months"], stated["age_to_months"]
    return ReferenceRange(
        analyte=analyte,
        valid_from=date.fromisoformat(str(stated["valid_from"])),
        laboratory=laboratory_named(str(stated["laboratory"] or "")),
        sex=str(stated["sex"]) if stated["sex"] else None,
        age_from_years=int(str(stated["age_from_years"])),
        age_from_months=0 if from_months in (None, "") else int(str(from_months)),
        age_to_years=int(str(stated["age_to_years"])),
        age_to_months=11 if to_months in (None, "") else int(str(to_months)),
        low=_limit(analyte, unit, stated["low"]),
        high=_limit(analyte, unit, stated["high"]),
    )


def _limit(analyte: str, unit: str, text: object) -> Decimal | None:
    if text in (None, ""):
        return None
    item, number = ANALYTES.get(analyte), str(text)
    if item is None:
        raise ValueError(f"“{analyte}” is no laboratory value of the casebook.")
    return Decimal(number) if item.factor(unit) == 1 else item.measure(number, unit).value
