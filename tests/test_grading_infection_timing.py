"""Whether an infection was there before anakinra, version 2: said only where every possible day agrees."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside import child
from forms.grading.infection import INFECTION_TIMING_1
from forms.grading.infection_timing import INFECTION_TIMING, FirstDose, first_dose_of
from forms.rule_set import EXACT, NOT_ASSESSABLE, Verdict
from forms.values import NullFlavour, PartialDate, Row, Value

INFECTION = {"key": "n1", "first_positive_on": "2026-03-20"}
UNDATED = {"key": "c1", "given": "yes", "started_at": NullFlavour.UNKNOWN}
DATED = {"key": "c2", "given": "yes", "started_at": "2026-03-12 18:00"}
NOT_GIVEN = {"key": "c3", "given": "no"}
NOT_TOLD = {"key": "c4"}
WHETHER = ("anakinra_course.given", "anakinra_course.started_at")


def judged(*courses: dict[str, Any], **answers: Any) -> Verdict:
    context = child(infection=[{**INFECTION, **answers}], anakinra_course=courses)
    return INFECTION_TIMING.verdicts(context)["n1"]


def test_a_course_without_its_first_dose_is_a_course() -> None:
    context = child(infection=[INFECTION], anakinra_course=[UNDATED])

    assert INFECTION_TIMING_1.verdicts(context)["n1"].value == "no_anakinra"
    assert INFECTION_TIMING.verdicts(context)["n1"] == Verdict(
        value=None,
        certainty=NOT_ASSESSABLE,
        because="not assessable: the first dose of anakinra, or whether it was given, is not known",
        why="first_dose_open",
        missing=("anakinra_course.started_at",),
    )


@pytest.mark.parametrize(
    ("onset", "because"),
    [
        ("2026-03-12", "onset by 48 hours after the first dose of anakinra"),
        ("2026-03-15", "onset later than 48 hours after the first dose of anakinra"),
    ],
)
def test_an_infection_without_a_positive_sample_is_told_by_its_onset(onset: str, because: str) -> None:
    assert judged(DATED, first_positive_on=None, onset_on=onset).because == because


@pytest.mark.parametrize(
    ("courses", "answers", "value", "missing"),
    [
        # Given by 12 March at the latest: the 20th is later than 48 hours after it, whenever the other course began.
        ([UNDATED, DATED], {}, "after_start", ()),
        # The other course may have begun long before the 12th, which is 48 hours before the 14th.
        ([UNDATED, DATED], {"first_positive_on": "2026-03-14"}, None, WHETHER[1:]),
        # It ended on 17 March, so it began by then; the 19th is within 48 hours of that day.
        ([{**UNDATED, "stopped_at": "2026-03-17 06:00"}], {}, "after_start", ()),
        ([{**UNDATED, "stopped_at": "2026-03-17 06:00"}], {"first_positive_on": "2026-03-19"}, None, WHETHER[1:]),
        ([{**UNDATED, "stopped_at": "2026-03-17 06:00"}], {"first_positive_on": "2026-03"}, None, ("own", WHETHER[1])),
        # A page that does not say whether anakinra was given changes nothing where another course began in time.
        ([NOT_TOLD, DATED], {}, "after_start", ()),
        ([NOT_TOLD, DATED], {"first_positive_on": "2026-03-14"}, None, WHETHER),
        ([NOT_TOLD], {}, None, WHETHER),
        ([{**NOT_TOLD, "started_at": "2026-03-12 18:00"}], {}, "after_start", ()),
        ([NOT_GIVEN], {}, "no_anakinra", ()),
        ([NOT_GIVEN, DATED], {"first_positive_on": "2026-03-14"}, "before", ()),
        ([DATED], {"first_positive_on": "2026-03"}, None, ("own",)),
        ([DATED], {"first_positive_on": "2026-02"}, "before", ()),
        ([UNDATED], {"first_positive_on": None, "onset_on": "2026-03-20"}, None, WHETHER[1:]),
    ],
)
def test_it_is_said_only_where_every_day_of_the_first_dose_and_of_the_sample_agree(
    courses: list[dict[str, Any]], answers: dict[str, Any], value: str | None, missing: tuple[str, ...]
) -> None:
    found = judged(*courses, **answers)

    expected = tuple("first_positive_on" if name == "own" else name for name in missing)
    assert (found.value, found.missing) == (value, expected)
    assert found.certainty is (NOT_ASSESSABLE if value is None else EXACT)


def test_the_first_day_that_a_page_may_mean_and_the_last_are_told() -> None:
    context = child(anakinra_course=[{**UNDATED, "stopped_at": "2026-03-17 06:00"}, DATED])

    assert first_dose_of(context.rows["anakinra_course"]) == FirstDose(
        first=date.min, last=date(2026, 3, 12), missing=("anakinra_course.started_at",)
    )
    assert first_dose_of(()) is None
    assert INFECTION_TIMING.verdicts(child(infection=[{"key": "n1"}], anakinra_course=[UNDATED])) == {}


DAYS = [date(2026, 2, 25) + timedelta(days=number) for number in range(40)]
"""Days around a month, so that a month that is told lies among them."""

dates: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.just(PartialDate("2026-03")), st.sampled_from(DAYS).map(lambda day: PartialDate(str(day)))
)


def days_meant(value: Value) -> list[date]:
    """Return each of DAYS that a date can mean, all of them for none."""
    if value is None:
        return DAYS
    assert isinstance(value, PartialDate)
    return [day for day in DAYS if value.earliest.date() <= day <= value.latest.date()]


@given(courses=st.lists(st.tuples(st.booleans(), dates), max_size=3), positive=dates.filter(bool))
def test_it_says_what_every_choice_of_days_says(courses: list[tuple[bool, Value]], positive: Value) -> None:
    """One day of each date at a time, judged by the first version, which is right where every day is known."""
    rows = [{"key": f"c{at}", "given": is_given, "started_at": day} for at, (is_given, day) in enumerate(courses)]
    days = [days_meant(day) for is_given, day in courses if is_given]
    earliest = {min(choice) for choice in ([min(some) for some in days], [max(some) for some in days]) if choice}
    said = {told(sample, dose) for sample in days_meant(positive) for dose in earliest or {None}}

    context = child(infection=[], anakinra_course=[])
    infection: Row = {"key": "n1", "first_positive_on": positive}
    known = {**context.rows, "infection": (infection,), "anakinra_course": tuple(rows)}
    found = INFECTION_TIMING.verdicts(type(context)(today=context.today, rows=known))["n1"]

    if found.value is None:
        assert len(said) > 1 or any(day is None for _, day in courses)
    else:
        assert said == {found.value}


def told(sample: date, dose: date | None) -> str | None:
    """Return what the first version says of a sample and a first dose known to the day."""
    courses = [] if dose is None else [{"key": "c1", "given": "yes", "started_at": f"{dose} 12:00"}]
    context = child(infection=[{"key": "n1", "first_positive_on": str(sample)}], anakinra_course=courses)
    return INFECTION_TIMING_1.verdicts(context)["n1"].value
