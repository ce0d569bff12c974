"""The list of cases for blinded review: the state of each, and which ones a filter finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.adjudication import KINDS, Case
from registry.models import Adjudication

TO_REVIEW, DIFFER, NOT_CARRIED, REVIEWED = "to_review", "differ", "not_carried", "reviewed"
STATES = {
    TO_REVIEW: "Still to review",
    DIFFER: "Reviews differ",
    NOT_CARRIED: "Not in the episode",
    REVIEWED: "Reviewed",
}
"""How far a case is, for who oversees all of them."""

OWN_STATES = {TO_REVIEW: "To do", REVIEWED: "Reviewed by you"}
"""How far a case is for a reviewer, who learns nothing of other reviews."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; empty means all. ``site`` is the key of a center."""

    kind: str = ""
    state: str = ""
    site: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether the list is not narrowed at all."""
        return not (self.kind or self.state or self.site)

    def fit(self, *, kind: str, state: str, site: str = "") -> bool:
        """Tell whether a case of a kind, so far reviewed, of a child of a center, is among those asked for."""
        return self.kind in ("", kind) and self.state in ("", state) and self.site in ("", site)


def offered(*, oversees: bool) -> dict[str, Mapping[str, str]]:
    """Return what the list can be narrowed by: filter -> its values in words.

    Centers are offered beside, and never to a reviewer: whether a case vanishes would tell where the child was treated.
    """
    return {"kind": KINDS, "state": STATES if oversees else OWN_STATES}


def read_filters(given: Mapping[str, str], *, oversees: bool, sites: Mapping[str, str]) -> Filters:
    """Return the filters of an address; what is not on offer to the viewer is dropped.

    ``sites`` is key -> name of the centers that the viewer may choose from.
    """
    choices = {**offered(oversees=oversees), "site": sites}
    return Filters(**{name: given.get(name, "") for name, values in choices.items() if given.get(name, "") in values})


def state_of(case: Case, found: Sequence[Adjudication]) -> str:
    """Return how far a case is by all of its reviews, oldest first: of each reviewer the last one counts."""
    if not found:
        return TO_REVIEW
    last_of_each = {review.reviewer_id: (review.decision, review.peak_grade) for review in found}
    if len(set(last_of_each.values())) > 1:
        return DIFFER
    newest = (found[-1].decision, found[-1].peak_grade)
    is_episode = case.form == "toxicity_episode"
    return NOT_CARRIED if is_episode and (case.stands, case.stands_grade) != newest else REVIEWED


def own_state_of(mine: Sequence[Adjudication]) -> str:
    """Return how far a case is for a reviewer with these reviews of their own."""
    return REVIEWED if mine else TO_REVIEW
