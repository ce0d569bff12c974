"""Which counts may be made public, declared before anybody looks: variables, populations, tables (EXPORT.md 1.8).

Primary endpoints only: who resolved under the stricter of two definitions is a part of those who resolved under the
other, so that the difference of two published counts would be a count of few children.
"""

from __future__ import annotations

from dataclasses import dataclass

INFUSED, TREATED, DAY_28 = "infused", "treated", "day_28"
NOT_KNOWN = "Not known"
AGE_FROM_YEARS = (("Under 2 years", 0), ("2 to 11 years", 2), ("12 to 17 years", 12), ("18 years and over", 18))
"""Age groups of ICH E11 and the year from which each counts; the first holds the newborn as well."""
DEATH_BY_DAY = 28
"""Last day after the first infusion on which a death is counted."""


@dataclass(frozen=True, kw_only=True)
class PublicTable:
    """A table of counts: the children of a population by one variable, or by two."""

    id: str
    title: str
    population: str
    rows: str
    columns: str = ""


def _by_anakinra(variable: str, title: str) -> PublicTable:
    return PublicTable(id=variable, title=title, population=INFUSED, rows=variable, columns="anakinra")


PUBLIC_TABLES: tuple[PublicTable, ...] = (
    _by_anakinra("year", "Children by year of the first infusion"),
    _by_anakinra("age", "Children by age at the first infusion"),
    _by_anakinra("sex", "Children by sex"),
    _by_anakinra("disease", "Children by disease"),
    _by_anakinra("crs", "Children by highest grade of CRS"),
    _by_anakinra("icans", "Children by highest grade of ICANS"),
    _by_anakinra("carhlh", "Children by highest grade of carHLH"),
    _by_anakinra("infection", "Children with an infection that counts"),
    _by_anakinra("death", f"Deaths by day {DEATH_BY_DAY} after the first infusion"),
    PublicTable(id="indication", title="Anakinra by indication", population=TREATED, rows="indication"),
    PublicTable(id="dose_tier", title="Anakinra by the dose ordered first", population=TREATED, rows="dose_tier"),
    PublicTable(
        id="response",
        title="CR or CRi at day 28 by carHLH",
        population=DAY_28,
        rows="response",
        columns="carhlh_before",
    ),
)
"""The tables beside those of the primary endpoints, one for each, which count resolutions by window of days."""
