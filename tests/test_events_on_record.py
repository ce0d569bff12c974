"""The only anakinra course and the infection of the day are offered on the page of an adverse event."""

from typing import Any

import pytest

from on_record import offered

COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00"}
NOT_GIVEN = {"key": "c2", "given": "no", "reason_not_given": "responding"}
THE_COURSE = {"course": ("c1", "anakinra_course", "the only one")}


@pytest.mark.parametrize(
    ("onset", "courses", "expected"),
    [
        ("2026-03-10", [COURSE], THE_COURSE),
        ("2026-06-01", [COURSE], THE_COURSE),
        ("2026-04", [COURSE], THE_COURSE),
        # A severe toxicity without anakinra has a page of that form too.
        ("2026-03-11", [COURSE, NOT_GIVEN], THE_COURSE),
        ("2026-03-11", [{**COURSE, "given": None}], THE_COURSE),
        # Up to 30 days after the last dose, and as long as that is not told.
        ("2026-04-14", [{**COURSE, "stopped_at": "2026-03-15 18:00"}], THE_COURSE),
        ("2026-04-14", [{**COURSE, "stopped_at": "2026-03-15 00:00"}], THE_COURSE),
        ("2026-04-15", [{**COURSE, "stopped_at": "2026-03-15 18:00"}], {}),
        ("2026-04", [{**COURSE, "stopped_at": "2026-03-15 18:00"}], THE_COURSE),
        ("2026-05", [{**COURSE, "stopped_at": "2026-03-15 18:00"}], {}),
        # Before the first dose, or perhaps before it.
        ("2026-03-09", [COURSE], {}),
        ("2026-03", [COURSE], {}),
        (None, [COURSE], {}),
        ("2026-03-11", [{**COURSE, "started_at": None}], {}),
        # Which of two it was is for a person to choose, also where one has no first dose yet.
        ("2026-03-11", [COURSE, {**COURSE, "key": "c3", "started_at": "2026-05-01 08:00"}], {}),
        ("2026-03-11", [COURSE, {**COURSE, "key": "c3", "started_at": None}], {}),
        ("2026-03-11", [NOT_GIVEN], {}),
        ("2026-03-11", [], {}),
    ],
)
def test_the_only_course_is_offered_for_an_event_on_or_after_its_first_day(
    onset: str | None, courses: list[dict[str, Any]], expected: dict[str, tuple[str, str, str]]
) -> None:
    assert offered("adverse_event", {"onset_on": onset}, anakinra_course=courses) == expected


@pytest.mark.parametrize(
    ("onset", "infections", "expected"),
    [
        ("2026-03-19", {"n1": "2026-03-19"}, "n1"),
        ("2026-03-19", {"n1": "2026-03-19", "n2": "2026-03-20"}, "n1"),
        ("2026-03-19", {"n1": "2026-03-19", "n2": "2026-03-19"}, None),
        ("2026-03-19", {"n1": "2026-03-18"}, None),
        ("2026-03", {"n1": "2026-03"}, None),
        (None, {"n1": None}, None),
    ],
)
def test_the_only_infection_that_began_on_the_day_of_an_event_is_offered(
    onset: str | None, infections: dict[str, str | None], expected: str | None
) -> None:
    pages = [{"key": key, "onset_on": began} for key, began in infections.items()]
    found = offered("adverse_event", {"event": "serious_infection", "onset_on": onset}, infection=pages)
    assert found == ({"infection": (expected, "infection", onset)} if expected else {})
