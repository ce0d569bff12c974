"""The checks of an anakinra course beside other treatment: agents, prevention, taper, end, line of treatment."""

from __future__ import annotations

from typing import Any

import pytest

from course_questions import COURSE, compared, explained, holds, known
from courses import course_context, protocol_of


def agent(key: str, name: str, started: str | None, stopped: str | None = None, **more: str) -> dict[str, str]:
    typed = {"key": key, "agent": name, "purpose": "treatment", "started_at": started, "stopped_at": stopped, **more}
    return {item: text for item, text in typed.items() if text}


TWO_AGENTS = [
    agent("m1", "ruxolitinib", "2026-03-12", "2026-03-14"),
    agent("m2", "dexamethasone", "2026-03-08", "2026-03-12"),
    agent("m3", "ivig", "2026-03-12", "2026-03-12"),
]
ALL_THREE = "anakinra, systemic steroid, ruxolitinib or another JAK inhibitor on 2026-03-12"


@pytest.mark.parametrize(
    ("typed", "few", "told", "words", "on"),
    # Anakinra, ruxolitinib and steroid on 12 March; anakinra and steroid from 10 to 11 March.
    [
        ({"stopped_at": "2026-03-12 06:00"}, False, False, ALL_THREE, ["m1", "m2"]),
        ({}, False, False, ALL_THREE, ["m1", "m2"]),
        ({"stopped_at": "2026-03-11 18:00"}, True, False, "anakinra, systemic steroid on 2026-03-10", ["m2"]),
        ({"started_at": "2026-03-20 06:00"}, True, None, "anakinra on 2026-03-20", []),
        ({"started_at": None}, None, None, "several", []),
        ({"given": "no"}, None, None, "several", []),
    ],
)
def test_few_kinds_of_immunosuppressant_are_given_at_once(
    typed: dict[str, Any], few: bool | None, told: bool | None, words: str, on: list[str]
) -> None:
    row, context = {**COURSE, **typed}, known(concomitant_agent=TWO_AGENTS)

    assert holds("few_immunosuppressants", row, context) is few
    assert holds("prophylaxis_is_told", row, context) is told
    for name in ("few_immunosuppressants", "prophylaxis_is_told"):
        assert explained(name, row, context) == words
        assert compared(name, row, context) == [
            ("concomitant_agent", key, item) for key in on for item in ("agent", "started_at", "stopped_at")
        ]


def test_what_was_given_after_the_course_is_not_counted() -> None:
    later = [
        agent(key, name, "2026-03-20", "2026-03-20")
        for key, name in (("m1", "ruxolitinib"), ("m2", "dexamethasone"), ("m3", "tocilizumab"))
    ]
    row, context = {**COURSE, "stopped_at": "2026-03-12 06:00"}, known(concomitant_agent=later)

    assert holds("few_immunosuppressants", row, context) is True
    assert explained("few_immunosuppressants", row, context) == "anakinra on 2026-03-10"


@pytest.mark.parametrize(
    ("support", "told"),
    [
        ({"kind": "antimicrobial", "purpose": "prophylaxis"}, True),
        ({"kind": "antimicrobial", "purpose": "treatment"}, False),
        ({"kind": "ivig", "purpose": "prophylaxis"}, False),
    ],
)
def test_antimicrobial_prevention_is_told(support: dict[str, str], told: bool) -> None:
    context = known(concomitant_agent=TWO_AGENTS, support=[{"key": "s1", **support}])

    assert holds("prophylaxis_is_told", COURSE, context) is told


def tapered(grades: list[dict[str, str]], center: str = "CNH", **typed: str) -> Any:
    """Return a course tapered from 13 March on, under a center's protocol; CNH says grade 2 or less."""
    row = {**COURSE, "taper_started_on": "2026-03-13", **typed}
    return row, course_context((protocol_of(center),), anakinra_course=[COURSE], assessment=grades)


def graded(at: str, key: str = "a1", **grades: str) -> dict[str, str]:
    return {"key": key, "assessed_at": at, **grades}


@pytest.mark.parametrize(
    ("grades", "expected", "named"),
    [
        ([graded("2026-03-13 06:00", crs_grade="2")], True, [("assessment", "a1", "crs_grade")]),
        ([graded("2026-03-13 06:00", crs_grade="3")], False, [("assessment", "a1", "crs_grade")]),
        ([graded("2026-03-12 06:00", crs_grade="3")], False, [("assessment", "a1", "crs_grade")]),
        ([graded("2026-03-11 06:00", crs_grade="3")], None, []),
        ([graded("2026-03-13 06:00", icans_grade="3")], None, []),
        ([], None, []),
    ],
)
def test_a_taper_waits_for_the_grade_of_the_protocol(
    grades: list[dict[str, str]], expected: bool | None, named: list[tuple[str, str, str]]
) -> None:
    row, context = tapered(grades)

    assert holds("taper_waits_for_grade", row, context) is expected
    assert compared("taper_waits_for_grade", row, context) == named
    assert explained("taper_waits_for_grade", row, context) == "grade 2 or less"


def test_of_several_toxicities_the_worst_grade_counts_and_a_silent_protocol_says_nothing() -> None:
    both = [graded("2026-03-13 06:00", crs_grade="1", icans_grade="3")]
    row, context = tapered(both, episode="", indications="crs;icans;carhlh")
    silent = tapered(both, "NIH_CC")

    assert holds("taper_waits_for_grade", row, context) is False
    assert compared("taper_waits_for_grade", row, context) == [
        ("assessment", "a1", "crs_grade"),
        ("assessment", "a1", "icans_grade"),
    ]
    assert holds("taper_waits_for_grade", *silent) is None
    assert holds("taper_waits_for_grade", {**row, "taper_started_on": None}, context) is None
    assert holds("taper_waits_for_grade", {**row, "taper_started_on": "2025-12-31"}, context) is None
    assert holds("taper_waits_for_grade", row, known(assessment=both)) is None


@pytest.mark.parametrize(
    ("reason", "grade", "expected"),
    [
        ("resolved", "2", True),
        ("resolved", "3", False),
        ("death", "3", True),
        (None, "3", None),
        ("resolved", None, None),
    ],
)
def test_who_stopped_as_resolved_was_below_grade_3(
    reason: str | None, grade: str | None, expected: bool | None
) -> None:
    assert holds("stopped_as_resolved", {**COURSE, "stop_reason": reason, "at_stop_grade": grade}) is expected


@pytest.mark.parametrize(
    ("agents", "expected"),
    # Tocilizumab or steroid for the same episode before 10 March at 18:00.
    [
        ([agent("m1", "tocilizumab", "2026-03-09", episodes="t1")], False),
        ([agent("m1", "dexamethasone", "2026-03-09", episodes="t1")], False),
        ([agent("m1", "dexamethasone", "2026-03-09", episodes="t1", purpose="premedication")], True),
        ([agent("m1", "ruxolitinib", "2026-03-09", episodes="t1")], True),
        ([agent("m1", "tocilizumab", "2026-03-09", episodes="t2")], True),
        ([agent("m1", "tocilizumab", "2026-03-09")], True),
        ([agent("m1", "tocilizumab", "2026-03-10", episodes="t1")], True),
        ([agent("m1", "tocilizumab", "2026-03-11", episodes="t1")], True),
        ([agent("m1", "tocilizumab", None, episodes="t1")], True),
        ([], True),
    ],
)
def test_the_first_line_is_first(agents: list[dict[str, str]], expected: bool) -> None:
    row, context = {**COURSE, "line": "first"}, known(concomitant_agent=agents)

    assert holds("first_line_is_first", row, context) is expected
    assert holds("first_line_is_first", {**row, "episode": None}, context) is True
    assert holds("first_line_is_first", {**row, "line": "with_steroid"}, context) is None
    assert compared("first_line_is_first", row, context) == (
        [] if expected else [("concomitant_agent", "m1", "agent"), ("concomitant_agent", "m1", "started_at")]
    )


@pytest.mark.parametrize(
    ("line", "agents", "expected", "words"),
    [
        ("after_tocilizumab", [], False, "tocilizumab"),
        ("after_steroid", [], False, "steroid"),
        ("after_tocilizumab_and_steroid", [], False, "tocilizumab or steroid"),
        ("after_tocilizumab_and_steroid", [agent("m1", "tocilizumab", "2026-03-09")], False, "steroid"),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-09", episodes="t1")], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-09", episodes="t2")], False, "tocilizumab"),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-10")], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03")], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", None)], True, ""),
        ("after_tocilizumab", [agent("m1", "tocilizumab", "2026-03-10 18:00")], False, "tocilizumab"),
        ("after_steroid", [agent("m1", "dexamethasone", "2026-03-09", purpose="replacement")], False, "steroid"),
        ("first", [], None, None),
        (None, [], None, None),
    ],
)
def test_the_line_has_the_records_of_what_came_before(
    line: str | None, agents: list[dict[str, str]], expected: bool | None, words: str | None
) -> None:
    row, context = {**COURSE, "line": line}, known(concomitant_agent=agents)

    assert holds("line_has_records", row, context) is expected
    if words is not None:
        assert explained("line_has_records", row, context) == words
    named = [one for one in agents if "t2" not in one.get("episodes", "")]
    assert compared("line_has_records", row, context) == [
        ("concomitant_agent", one["key"], item) for one in named for item in ("agent", "started_at")
    ]


def test_without_an_episode_or_a_first_dose_every_page_may_have_come_before() -> None:
    context = known(concomitant_agent=[agent("m1", "tocilizumab", "2026-03-09", episodes="t2")])
    row = {**COURSE, "line": "after_tocilizumab"}

    assert holds("line_has_records", {**row, "episode": None}, context) is True
    assert holds("line_has_records", {**row, "started_at": None}, context) is True
