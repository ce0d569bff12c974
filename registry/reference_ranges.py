"""Which of a site's recorded reference ranges stand: one entered wrongly is corrected by entering it once more."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, TypeVar

from forms.grading.samples import laboratory_named

Stored = TypeVar("Stored", bound=Any)


def standing(stored: Iterable[Stored]) -> list[Stored]:
    """Return the ranges that hold, in the order in which they were recorded.

    Of several for the same analyte, laboratory, sex, ages and first day the last one holds; where it has no limit, the
    range was taken back.
    """
    last = {place_of(one): one for one in sorted(stored, key=lambda one: one.id)}
    return sorted((one for one in last.values() if one.low or one.high), key=lambda one: one.id)


def of_same_place(stored: Iterable[Stored], key: str) -> list[Stored]:
    """Return the range with a key and all that corrected it or that it corrected, in the order of their recording."""
    in_order = sorted(stored, key=lambda one: one.id)
    places = {place_of(one) for one in in_order if one.key == key}
    return [one for one in in_order if place_of(one) in places]


def place_of(one: Any) -> Hashable:
    """Return what a range is a range of: two with the same place correct one another."""
    first = 12 * one.age_from_years + (one.age_from_months or 0)
    last = 12 * one.age_to_years + (11 if one.age_to_months is None else one.age_to_months)
    return one.site_id, one.analyte, laboratory_named(one.laboratory or ""), one.sex or "", first, last, one.valid_from
