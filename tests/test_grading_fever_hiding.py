"""Which drugs hide fever, and from when: anakinra and every agent against cytokines or inflammation (2.1, D5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bedside import child
from forms.grading.fever_hiding import NOT_HIDDEN, HiddenFrom, Stretch, fever_hiding_drugs, hidden_from

ONSET = datetime(2026, 3, 8, 6)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour)


def stretch(since: tuple[int, int], until: tuple[int, int] | None = None) -> Stretch:
    first, last = since

    return Stretch(
        since=(at(first, 6), at(last, 6)), until=None if until is None else (at(until[0], 6), at(until[1], 6))
    )


@pytest.mark.parametrize(
    ("drugs", "expected"),
    # CRS began on 8 March at 6:00.
    [
        ([], NOT_HIDDEN),
        ([stretch((10, 10))], HiddenFrom(certain=at(10, 6), possible=at(10, 6))),
        ([stretch((5, 5))], HiddenFrom(certain=ONSET, possible=ONSET)),
        ([stretch((9, 12))], HiddenFrom(certain=at(12, 6), possible=at(9, 6))),
        ([stretch((5, 12))], HiddenFrom(certain=at(12, 6), possible=ONSET)),
        # Ended before, at and after the onset; a last dose on several possible days.
        ([stretch((5, 5), (7, 7))], NOT_HIDDEN),
        ([stretch((5, 5), (8, 8))], HiddenFrom(certain=ONSET, possible=ONSET)),
        ([stretch((5, 5), (9, 9))], HiddenFrom(certain=ONSET, possible=ONSET)),
        ([stretch((5, 5), (7, 9))], HiddenFrom(possible=ONSET)),
        ([stretch((5, 5), (7, 8))], HiddenFrom(possible=ONSET)),
        # The first of several drugs.
        ([stretch((12, 12)), stretch((10, 11)), stretch((9, 14))], HiddenFrom(certain=at(11, 6), possible=at(9, 6))),
    ],
)
def test_fever_is_hidden_from_the_first_drug_after_the_onset_or_still_given_then(
    drugs: list[Stretch], expected: HiddenFrom
) -> None:
    assert hidden_from(drugs, ONSET) == expected


@pytest.mark.parametrize(
    ("agent", "hides"),
    [
        ({"agent": "tocilizumab", "purpose": "treatment", "route": "iv"}, True),
        ({"agent": "dexamethasone", "purpose": "prevention", "route": "oral"}, True),
        ({"agent": "ruxolitinib", "purpose": "treatment", "route": None}, True),
        ({"agent": "hydrocortisone", "purpose": "replacement", "route": "iv"}, False),
        ({"agent": "hydrocortisone", "purpose": "premedication", "route": "iv"}, False),
        ({"agent": "dexamethasone", "purpose": "treatment", "route": "intrathecal"}, False),
        ({"agent": "hydrocortisone", "purpose": "treatment", "route": "topical"}, False),
        ({"agent": "ivig", "purpose": "treatment", "route": "iv"}, False),
        ({"agent": None, "purpose": "treatment", "route": "iv"}, False),
        ({"agent": "tocilizumab", "purpose": None, "route": "iv"}, False),
    ],
)
def test_an_agent_hides_fever_by_its_kind_its_purpose_and_its_route(agent: dict[str, Any], hides: bool) -> None:
    given = {"key": "m1", "started_at": "2026-03-09 06:00", **agent}

    assert bool(fever_hiding_drugs(child(concomitant_agent=[given]))) is hides


def test_anakinra_that_was_given_hides_fever_and_each_drug_has_the_dates_it_can_have() -> None:
    courses = [
        {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00", "stopped_at": "2026-03-12 06:00"},
        {"key": "c2", "given": "no", "started_at": "2026-03-11 18:00"},
        {"key": "c3", "given": "yes", "started_at": None},
    ]
    agents = [
        {"key": "m1", "agent": "dexamethasone", "purpose": "treatment", "started_at": "2026-03-09"},
        {"key": "m2", "agent": "dexamethasone", "purpose": "treatment", "started_at": None},
    ]
    anakinra, dexamethasone = fever_hiding_drugs(child(anakinra_course=courses, concomitant_agent=agents))

    assert anakinra == Stretch(since=(at(10, 18), at(10, 18)), until=(at(12, 6), at(12, 6)))
    assert dexamethasone.until is None
    assert dexamethasone.since[0] == at(9)
    assert dexamethasone.since[1].date() == at(9).date()
