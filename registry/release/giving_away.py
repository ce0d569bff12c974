"""What gives a withheld answer away is withheld with it, at any distance: the items say so themselves.

An item says what it was derived from and for which answers it is asked. Its value, why that is missing, and that it
was asked at all tell those answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from forms.items import Day, Derived, Item, Moment, Privacy
from registry.release.actions import Action, Verb

Key = tuple[str, str]
"""A form and the name of one of its items."""


def withhold_what_tells(
    decided: Mapping[Key, Action],
    items: Mapping[Key, Item],
    *,
    uncertain: Set[Key] = frozenset(),
    days_only: bool = False,
) -> dict[Key, Action]:
    """Return the actions with each item dropped that gives a withheld answer away, until none is left that does.

    ``uncertain`` are answers that leave in `children.csv` alone, and there coarser or not for every child. With
    ``days_only`` a number may stand beside what it was derived from, as an age in years beside a birth date that is
    left out of a limited data set; a day may not.
    """
    found = dict(decided)
    while telling := {
        key: why for key, item in items.items() if (why := _why_it_tells(found, key, item, uncertain, days_only))
    }:
        for key, why in telling.items():
            found[key] = replace(found[key], verb=Verb.DROP, why=why, detail="", bands=None, pooled=None)
    return found


def is_a_day(item: Item) -> bool:
    """Tell whether an item holds a day or a number of days."""
    shape = item.result if isinstance(item, Derived) else item
    return isinstance(shape, Day | Moment) or (isinstance(item, Derived) and item.unit == "days")


def _why_it_tells(
    found: Mapping[Key, Action], key: Key, item: Item, uncertain: Set[Key], days_only: bool
) -> str | None:
    """Return why an item that would leave gives another one away; None where it does not."""
    form, own = key[0], found[key]
    if not own.has_column:
        return None
    for source in item.derives_from:
        other, _, name = source.rpartition(".")
        given = found[other or form, name]
        is_hidden = not given.has_column or (given.verb is Verb.BAND and own.bands is None)
        if is_hidden and given.privacy != Privacy.DATE and (is_a_day(item) or not days_only):
            return f"gives away {source}"
    for source in sorted(item.ask_if.items) if item.ask_if else ():
        given = found[form, source]
        if (form, source) in uncertain or not (given.has_column or given.column):
            return f"is asked only for some answers to {source}, which it gives away"
    return None
