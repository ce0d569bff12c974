"""When an agent was given, as far as its dates tell, and what a dose of it amounts to (CLINICAL.md 2.9, D12)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from courses import row_of
from forms.dosing.agents import (
    Span,
    agent_span,
    class_of,
    course_span,
    episodes_of,
    is_counted_steroid,
    mg_per_day,
    mg_per_dose,
    span_of,
    surface_m2,
)

END_OF_TIME = datetime.max


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour)


def last_moment_of(day: int) -> datetime:
    """Return the last minute of a day of March: times are kept to the minute."""
    return at(day, 23).replace(minute=59)


def agent(**typed: Any) -> Any:
    return row_of("concomitant_agent", {"key": "m1", **typed})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # A first dose to the minute, and nothing else told: the end may be any.
        (
            {"started_at": "2026-03-08 14:00"},
            Span(possible_from=at(8, 14), certain_from=at(8, 14), certain_to=at(8, 14), possible_to=END_OF_TIME),
        ),
        (
            {"started_at": "2026-03-08 14:00", "ongoing": "yes"},
            Span(
                possible_from=at(8, 14),
                certain_from=at(8, 14),
                certain_to=END_OF_TIME,
                possible_to=END_OF_TIME,
                is_open=True,
            ),
        ),
        # A single dose ends when it begins, by its frequency or by the doses counted.
        (
            {"started_at": "2026-03-08 14:00", "frequency": "once"},
            Span(possible_from=at(8, 14), certain_from=at(8, 14), certain_to=at(8, 14), possible_to=at(8, 14)),
        ),
        (
            {"started_at": "2026-03-08 14:00", "frequency": "q24h", "doses_given": "1"},
            Span(possible_from=at(8, 14), certain_from=at(8, 14), certain_to=at(8, 14), possible_to=at(8, 14)),
        ),
        (
            {"started_at": "2026-03-08 14:00", "frequency": "q24h", "doses_given": "2"},
            Span(possible_from=at(8, 14), certain_from=at(8, 14), certain_to=at(8, 14), possible_to=END_OF_TIME),
        ),
        # What goes on is not over, whatever was counted so far.
        (
            {"started_at": "2026-03-08 14:00", "doses_given": "1", "ongoing": "yes"},
            Span(
                possible_from=at(8, 14),
                certain_from=at(8, 14),
                certain_to=END_OF_TIME,
                possible_to=END_OF_TIME,
                is_open=True,
            ),
        ),
        # A single dose on a day not known: somewhen in March, and on no day for certain.
        (
            {"started_at": "2026-03", "frequency": "once"},
            Span(
                possible_from=at(1), certain_from=last_moment_of(31), certain_to=at(1), possible_to=last_moment_of(31)
            ),
        ),
        (
            {"started_at": "2026-03-08 14:00", "stopped_at": "2026-03-10 08:00"},
            Span(possible_from=at(8, 14), certain_from=at(8, 14), certain_to=at(10, 8), possible_to=at(10, 8)),
        ),
        # A last dose of “March” is not before a first one on the 12th.
        (
            {"started_at": "2026-03-12 14:00", "stopped_at": "2026-03"},
            Span(
                possible_from=at(12, 14), certain_from=at(12, 14), certain_to=at(12, 14), possible_to=last_moment_of(31)
            ),
        ),
        ({"started_at": None, "stopped_at": "2026-03-10 08:00"}, None),
    ],
)
def test_an_agent_was_given_for_certain_and_possibly(typed: dict[str, str | None], expected: Span | None) -> None:
    assert agent_span(agent(**{name: text for name, text in typed.items() if text})) == expected


def test_by_itself_a_page_tells_no_end() -> None:
    row = agent(started_at="2026-03-08 14:00")

    assert span_of(row) == Span(
        possible_from=at(8, 14), certain_from=at(8, 14), certain_to=at(8, 14), possible_to=END_OF_TIME
    )


@pytest.mark.parametrize(
    ("typed", "is_given", "is_open"),
    [
        ({"given": "yes", "started_at": "2026-03-10 18:00"}, True, True),
        ({"given": "yes", "started_at": "2026-03-10 18:00", "stopped_at": "2026-03-12 06:00"}, True, False),
        ({"started_at": "2026-03-10 18:00"}, True, True),
        ({"given": "no", "started_at": "2026-03-10 18:00"}, False, False),
        ({"given": "yes"}, False, False),
    ],
)
def test_anakinra_goes_on_while_no_last_dose_is_told(typed: dict[str, str], is_given: bool, is_open: bool) -> None:
    span = course_span(row_of("anakinra_course", {"key": "c1", **typed}))

    assert (span is not None, span is not None and span.is_open) == (is_given, is_open)


@pytest.mark.parametrize(
    ("typed", "is_counted"),
    [
        ({"route": "iv", "purpose": "treatment"}, True),
        ({"route": "oral", "purpose": "prevention"}, True),
        ({}, True),
        ({"route": "topical"}, False),
        ({"route": "inhaled", "purpose": "treatment"}, False),
        ({"route": "intrathecal", "purpose": "treatment"}, False),
        ({"route": "iv", "purpose": "premedication"}, False),
        ({"route": "iv", "purpose": "replacement"}, False),
        ({"route": "iv", "purpose": "antiemetic"}, False),
    ],
)
def test_a_steroid_suppresses_when_it_is_systemic_and_against_toxicity(typed: dict[str, str], is_counted: bool) -> None:
    assert is_counted_steroid(agent(agent="dexamethasone", **typed)) is is_counted
    assert class_of(agent(agent="dexamethasone", **typed)) == ("steroid" if is_counted else None)
    # Route and purpose say nothing about another agent.
    assert class_of(agent(agent="tocilizumab", **typed)) == "tocilizumab"


def test_the_episodes_of_an_agent_are_those_linked() -> None:
    assert episodes_of({"episodes": ("t1", "t2")}) == ("t1", "t2")
    assert episodes_of({"episodes": None}) == ()
    assert episodes_of({}) == ()


@pytest.mark.parametrize(
    ("dose", "unit", "kg", "m2", "mg"),
    [
        ("10", "mg", None, None, "10"),
        ("10", "mg_per_kg", "20", None, "200"),
        ("10", "mg_per_kg", None, "0.8", None),
        ("10", "mg_per_m2", "20", "0.8", "8"),
        ("10", "mg_per_m2", "20", None, None),
        ("10", "units", "20", "0.8", None),
        ("10", None, "20", "0.8", None),
        (None, "mg", "20", "0.8", None),
    ],
)
def test_a_dose_is_told_in_mg(
    dose: str | None, unit: str | None, kg: str | None, m2: str | None, mg: str | None
) -> None:
    typed = {"dose": dose, "unit": unit}
    row = agent(**{name: text for name, text in typed.items() if text})

    assert mg_per_dose(row, weight_kg=_decimal(kg), surface_m2=_decimal(m2)) == _decimal(mg)


@pytest.mark.parametrize(
    ("typed", "kg", "mg"),
    [
        ({"unit": "mg", "frequency": "q6h"}, None, "40"),
        ({"unit": "mg", "frequency": "q48h"}, None, "5"),
        ({"unit": "mg", "frequency": "once"}, None, "10"),
        ({"unit": "mg_per_kg", "frequency": "q12h"}, "20", "400"),
        ({"unit": "mg_per_kg_day", "frequency": "q12h"}, "20", "200"),
        ({"unit": "mg_per_kg_day"}, "20", "200"),
        ({"unit": "mg_per_kg_day", "frequency": "q12h"}, None, None),
        ({"unit": "mg", "frequency": "continuous"}, None, None),
        ({"unit": "mg"}, None, None),
        # Four doses as needed over two days, to the day, are two a day.
        (
            {
                "unit": "mg",
                "frequency": "as_needed",
                "doses_given": "4",
                "started_at": "2026-03-08",
                "stopped_at": "2026-03-09",
            },
            None,
            "20",
        ),
        (
            {
                "unit": "mg",
                "frequency": "as_needed",
                "doses_given": "4",
                "started_at": "2026-03",
                "stopped_at": "2026-03-09",
            },
            None,
            None,
        ),
        (
            {
                "unit": "mg",
                "frequency": "as_needed",
                "doses_given": "4",
                "started_at": "2026-03-08",
                "ongoing": "yes",
            },
            None,
            None,
        ),
        ({"unit": "mg", "frequency": "as_needed", "doses_given": "4"}, None, None),
        # The last dose before the first is a slip, not a number of days.
        (
            {
                "unit": "mg",
                "frequency": "as_needed",
                "doses_given": "4",
                "started_at": "2026-03-08",
                "stopped_at": "2026-03-01",
            },
            None,
            None,
        ),
    ],
)
def test_the_doses_of_a_day_are_added_up(typed: dict[str, str], kg: str | None, mg: str | None) -> None:
    row = agent(dose="10", **typed)

    assert mg_per_day(row, weight_kg=_decimal(kg), surface_m2=None) == _decimal(mg)


def test_the_surface_needs_weight_and_height() -> None:
    assert surface_m2(weight_kg=Decimal(20), height_cm=None) is None
    assert surface_m2(weight_kg=None, height_cm=Decimal(115)) is None


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
