"""The checks of adverse events on every side: route, anaphylaxis, grade 5, what was put down to anakinra."""

from __future__ import annotations

from typing import Any

import pytest

from one_check import page_anchored, page_holds

COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00", "stopped_at": "2026-03-17 06:00"}


def course(route: str | None, *orders: str) -> dict[str, Any]:
    """Return a course begun by a route, and its orders by others."""
    return {
        "anakinra_course": [{**COURSE, "route": route}, {**COURSE, "key": "c2", "route": "iv_continuous"}],
        "anakinra_regimen": [
            *({"key": f"r{number}", "course": "c1", "route": one} for number, one in enumerate(orders)),
            {"key": "r9", "course": "c2", "route": "iv_continuous"},
        ],
    }


@pytest.mark.parametrize(
    ("event", "rows", "skin", "reaction"),
    [
        ("injection_site_pain", course("sc"), True, None),
        ("injection_site_reaction", course("iv_bolus"), False, None),
        ("injection_site_bruise", course("iv_bolus", "sc"), True, None),
        ("injection_site_pain", course(None), None, None),
        ("infusion_reaction", course("sc"), None, False),
        ("infusion_reaction", course("sc", "iv_bolus"), None, True),
        ("infusion_reaction", course("iv_bolus"), None, True),
        ("infusion_reaction", course(None), None, None),
        ("hypersensitivity", course("sc"), None, None),
    ],
)
def test_a_reaction_fits_the_route(event: str, rows: dict[str, Any], skin: bool | None, reaction: bool | None) -> None:
    answers = {"event": event, "course": "c1"}

    assert page_holds("adverse_event.skin_event_fits_route", answers, **rows) is skin
    assert page_holds("adverse_event.infusion_reaction_fits_route", answers, **rows) is reaction
    assert page_holds("adverse_event.skin_event_fits_route", {"event": event}, **rows) is None
    assert page_anchored("adverse_event.skin_event_fits_route", answers, **rows) == [
        ("anakinra_course", "c1", "route"),
        *(("anakinra_regimen", f"r{number}", "route") for number in range(len(rows["anakinra_regimen"]) - 1)),
    ]
    assert page_anchored("adverse_event.skin_event_fits_route", {"event": event}, **rows) == []


ANAPHYLAXIS = {"event": "hypersensitivity", "ctcae_grade": "3", "onset_on": "2026-03-12"}
LATER = {"anakinra_course": [{**COURSE, "started_at": "2026-03-13 06:00"}]}


@pytest.mark.parametrize(
    ("answers", "rows", "expected"),
    [
        (ANAPHYLAXIS, {}, True),
        (ANAPHYLAXIS, LATER, False),
        (ANAPHYLAXIS, {"anakinra_course": [{**COURSE, "started_at": "2026-03-12 18:00"}]}, True),
        ({**ANAPHYLAXIS, "rechallenged": "yes"}, {}, False),
        ({**ANAPHYLAXIS, "rechallenged": "no"}, {}, True),
        ({**ANAPHYLAXIS, "ctcae_grade": "2"}, LATER, None),
        ({**ANAPHYLAXIS, "ctcae_grade": None}, LATER, None),
        ({**ANAPHYLAXIS, "event": "infusion_reaction"}, LATER, None),
    ],
)
def test_nothing_is_given_again_after_an_anaphylaxis(
    answers: dict[str, Any], rows: dict[str, Any], expected: bool | None
) -> None:
    assert page_holds("adverse_event.given_again_after_anaphylaxis", answers, **rows) is expected


@pytest.mark.parametrize(
    ("grade", "outcome", "expected"),
    [
        ("5", "fatal", True),
        ("5", "recovered", False),
        ("4", "fatal", False),
        ("4", "recovered", True),
        ("5", None, None),
    ],
)
def test_grade_5_is_fatal(grade: str, outcome: str | None, expected: bool | None) -> None:
    assert page_holds("adverse_event.grade_five_is_fatal", {"ctcae_grade": grade, "outcome": outcome}) is expected
    assert page_holds("adverse_event.grade_five_is_fatal", {"outcome": outcome}) is None


@pytest.mark.parametrize(
    ("causality", "onset", "expected"),
    # The first dose is of 10 March.
    [
        ("probable", "2026-03-09", False),
        ("possible", "2026-03-09", False),
        ("definite", "2026-03-10", True),
        ("unrelated", "2026-03-09", None),
        (None, "2026-03-09", None),
        ("probable", None, None),
    ],
)
def test_an_infection_put_down_to_anakinra_followed_it(
    causality: str | None, onset: str | None, expected: bool | None
) -> None:
    rows = {"infection": [{"key": "n1", "onset_on": onset}], "anakinra_course": [COURSE]}
    answers = {"infection": "n1", "causality_anakinra": causality}

    assert page_holds("adverse_event.infection_followed_anakinra", answers, **rows) is expected
    assert page_holds("adverse_event.infection_followed_anakinra", {**answers, "infection": None}, **rows) is None
    assert page_anchored("adverse_event.infection_followed_anakinra", answers, **rows) == [
        ("infection", "n1", "onset_on"),
        ("anakinra_course", "c1", "started_at"),
    ]
