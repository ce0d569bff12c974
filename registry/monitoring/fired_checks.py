"""Which checks fired at some sites, in words: how often on how many pages, and how often an answer was kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry.models import Site
from registry.monitoring import counts
from registry.monitoring.counts import CheckCounts, Share

_ITEM_CHECKS = {
    "required": "left open",
    "limits": "beyond its limits",
    "unit": "in another unit",
    "codes": "not a possible answer",
    "future": "in the future",
    "year": "long past",
    "link": "of another child",
    "voided": "entered by mistake",
}
"""What the end of a check's id says where the check comes from the item itself."""


@dataclass(frozen=True, kw_only=True)
class FiredCheck:
    """A check in words, how often it fired on how many pages, and how often its answer was kept with a reason."""

    title: str
    form: str
    counts: CheckCounts
    pages: int

    @property
    def per_hundred(self) -> float | None:
        """Return how often it fired per hundred pages of its form."""
        return Share(count=self.counts.opened, of=self.pages).percent

    @property
    def kept(self) -> Share:
        """Return the settled questions whose value was kept with a reason: the override rate."""
        return Share(count=self.counts.answered, of=self.counts.answered + self.counts.corrected)


def fired_checks(session: Session, sites: Sequence[Site]) -> list[FiredCheck]:
    """Return the checks that ever fired at some sites taken together, those that fired most first."""
    ids = [site.id for site in sites]
    pages: dict[str, int] = defaultdict(int)
    for by_form in counts.pages(session, ids).values():
        for form, number in by_form.items():
            pages[form] += number
    summed: dict[str, CheckCounts] = {}
    for by_check in counts.by_check(session, ids).values():
        for check_id, found in by_check.items():
            summed[check_id] = found.plus(summed.get(check_id))
    named = [_in_words(found, pages[found.form]) for found in summed.values()]
    return sorted(named, key=lambda check: (-check.counts.opened, check.form, check.title))


def _in_words(found: CheckCounts, pages: int) -> FiredCheck:
    form = CASEBOOK[found.form]
    check = next((check for check in form.checks if check.id == found.check_id), None)
    if check is not None:
        title = " · ".join(form.items[name].label for name in check.items)
    else:
        _, _, rest = found.check_id.partition(".")
        name, _, kind = rest.rpartition(".")
        label = form.items[name].label if name in form.items else "A rule that is no longer asked"
        title = f"{label}: {_ITEM_CHECKS[kind]}" if name in form.items and kind in _ITEM_CHECKS else label
    return FiredCheck(title=title, form=form.title, counts=found, pages=pages)
