"""Days and episodes out of grades: the worst assessable, sedated and missing apart, 24 and 48 hours by the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside import AWAKE, QUIET, assessed, child
from forms.grading.crs import CRS
from forms.grading.daily import DayGrade, Graded, daily_grades, days_after_infusions, with_single_gaps_filled
from forms.grading.episode_sets import CRS_EPISODES, ICANS_EPISODES, TIAN_EPISODES, tapers_of
from forms.grading.episodes import Episode, Taper, episodes_of
from forms.grading.icans import ICANS_LITERAL
from forms.grading.precedence import Chosen, GradeSource
from forms.rule_set import AT_LEAST, EXACT, NOT_ASSESSABLE

DAY_0 = date(2026, 3, 5)
SEDATED, UNKNOWN = "s", "?"


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def chosen(mark: str) -> Chosen:
    """Return a grade from its mark: a digit, ``3+`` for at least 3, ``s`` for sedated, ``?`` for missing signs."""
    if mark == SEDATED:
        return Chosen(grade=None, source=GradeSource.DERIVED, certainty=NOT_ASSESSABLE, why="sedated")
    if mark == UNKNOWN:
        return Chosen(grade=None, source=GradeSource.NONE, certainty=NOT_ASSESSABLE, why="signs_missing")
    if mark.endswith("+"):
        return Chosen(grade=int(mark[0]), source=GradeSource.DERIVED, certainty=AT_LEAST, why="signs_missing")
    return Chosen(grade=int(mark), source=GradeSource.DERIVED)


def days(marks: str) -> tuple[DayGrade, ...]:
    """Return the days from day 0 on from their marks; ``-`` is a day without an assessment."""
    return daily_grades(
        Graded(day=day(number), record=f"r{number}", chosen=chosen(mark))
        for number, mark in enumerate(marks.split())
        if mark != "-"
    )


def spans(marks: str, **more: Any) -> list[tuple[int, int | None, int | None, int | None, int | None]]:
    """Return onset, first free, sustained 24 h, sustained 48 h and end of each episode, in days."""
    numbers = [
        (one.onset, one.first_free, one.sustained_24h, one.sustained_48h, one.ended)
        for one in episodes_of(days(marks), **more)
    ]
    return [tuple((at - DAY_0).days if at else None for at in found) for found in numbers]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("marks", "grade", "certainty", "why"),
    # CLINICAL.md D1: several assessments a day, the worst assessable one is the day's grade; D2: sedated apart.
    [
        (("1", "3", "2"), 3, EXACT, ""),
        (("0",), 0, EXACT, ""),
        ((SEDATED, "1"), 1, EXACT, ""),
        ((SEDATED, UNKNOWN), None, NOT_ASSESSABLE, "sedated"),
        ((UNKNOWN,), None, NOT_ASSESSABLE, "signs_missing"),
        (("1", "2+"), 2, AT_LEAST, "signs_missing"),
        (("3", "2+"), 3, AT_LEAST, "signs_missing"),
        (("4", "2+"), 4, EXACT, ""),
        (("2", UNKNOWN), 2, EXACT, ""),
    ],
)
def test_the_worst_assessable_assessment_is_the_grade_of_the_day(
    marks: tuple[str, ...], grade: int | None, certainty: Any, why: str
) -> None:
    found = daily_grades(
        Graded(day=DAY_0, record=f"r{number}", chosen=chosen(mark)) for number, mark in enumerate(marks)
    )

    assert [(one.grade, one.certainty, one.why) for one in found] == [(grade, certainty, why)]


@pytest.mark.parametrize(
    ("marks", "filled"),
    # CLINICAL.md 3.1 (7): at most one missing day between two equal grades.
    [
        ("2 - 2", [2, 2, 2]),
        ("2 - 1", [2, 1]),
        ("2 - - 2", [2, 2]),
        ("0 - 0", [0, 0, 0]),
        ("2 ? 2", [2, 2, 2]),
        ("2+ - 2", [2, 2]),
        ("s - s", [None, None]),
        ("2 s 2", [2, None, 2]),
    ],
)
def test_one_missing_day_between_two_equal_grades_is_carried(marks: str, filled: list[int | None]) -> None:
    assert [one.grade for one in with_single_gaps_filled(days(marks))] == filled


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("0 1 2 0 0 0", [(1, 3, 3, 3, 3)]),
        ("1 0", [(0, 1, None, None, 1)]),
        ("1 0 0", [(0, 1, 1, None, 1)]),
        ("1 0 0 0", [(0, 1, 1, 1, 1)]),
        ("1 0 1 0 0 0", [(0, 1, 3, 3, 3)]),  # free for a day: not sustained, the same episode
        ("1 0 0 1 0 0 0", [(0, 1, 1, 4, 4)]),  # 24 hours, not 48: the same episode
        ("1 0 0 0 1 0", [(0, 1, 1, 1, 1), (4, 5, None, None, 5)]),  # after 48 hours: a new one
        ("1 0 - 0 1", [(0, 1, 1, 1, 1), (4, None, None, None, None)]),  # the missing day is carried
        ("1 0 - - 1", [(0, 1, None, None, 1), (4, None, None, None, None)]),
        ("1 - - 1", [(0, None, None, None, None)]),
        ("1 0 s 0 0 0", [(0, 1, 3, 3, 3)]),  # sedated is unresolved
        ("1 0 0 s", [(0, 1, 1, None, None)]),
        ("2+ 0 0 0", [(0, 1, 1, 1, 1)]),
        ("0+ 1 0+ 0 0", [(1, 3, 3, None, 3)]),  # at least 0 is no grade 0
        ("s s 0", []),
        ("? - 0 0", []),
        ("", []),
    ],
)
def test_episodes_begin_hold_and_end_by_the_calendar(marks: str, expected: list[Any]) -> None:
    assert spans(marks) == expected


@pytest.mark.parametrize(
    ("free_days", "taper", "count"),
    # CLINICAL.md 3.1 (6): a flare under a taper within 14 days is the same episode.
    [
        (4, None, 2),
        (4, Taper(since=day(1)), 1),
        (4, Taper(since=day(1), until=day(5)), 1),
        (4, Taper(since=day(1), until=day(4)), 2),
        (13, Taper(since=day(1)), 1),
        (14, Taper(since=day(1)), 2),
    ],
)
def test_a_flare_under_a_taper_within_14_days_is_no_new_episode(
    free_days: int, taper: Taper | None, count: int
) -> None:
    marks = " ".join(["1", *["0"] * free_days, "1"])

    assert len(episodes_of(days(marks), tapers=(taper,) if taper else ())) == count


def test_an_episode_tells_its_peak_its_gaps_and_how_it_stands() -> None:
    assert episodes_of(days("1 3+ - - 2 - 2 s")) == (
        Episode(
            onset=day(0),
            peak=3,
            peak_is_lower_bound=True,
            peak_on=day(1),
            last_present=day(7),
            is_hidden_at_its_end=True,
            missing=2,
            carried=1,
            sedated=1,
        ),
    )


def test_a_recurrence_is_marked_and_a_death_leaves_the_last_episode_unresolved() -> None:
    first, second = episodes_of(days("1 0 0 0 2"), died_on=day(5))

    assert (first.is_recurrence, first.unresolved_at_death) == (False, False)
    assert (second.is_recurrence, second.unresolved_at_death) == (True, True)


MARKS = st.lists(st.sampled_from(["0", "1", "2", "4", "0+", "2+", "s", "?", "-"]), max_size=20)


@given(marks=MARKS)
def test_whatever_the_days_the_dates_of_an_episode_are_in_order(marks: list[str]) -> None:
    for one in episodes_of(days(" ".join(marks))):
        dates = [one.onset, one.first_free, one.sustained_24h, one.sustained_48h]
        known = [at for at in dates if at is not None]
        assert known == sorted(known)
        assert one.onset <= one.peak_on <= one.last_present
        assert one.ended is None or one.last_present < one.ended
        assert one.missing >= 0 and one.peak >= 1


@given(marks=MARKS)
def test_episodes_do_not_overlap(marks: list[str]) -> None:
    found = episodes_of(days(" ".join(marks)))

    for earlier, later in pairwise(found):
        assert earlier.ended is not None and earlier.ended < later.onset


def fever(number: int, hour: int = 6, **answers: Any) -> Any:
    return assessed(number, hour, **{**QUIET, "temperature_c": "38.5", **answers})


def test_the_rule_set_tells_the_episodes_in_days_after_the_infusion_and_names_no_date() -> None:
    free = [assessed(number, **QUIET) for number in (4, 5, 6)]
    rows = [fever(2), fever(3, 6), fever(3, 18, vasoactives="norepinephrine"), *free]

    verdict = CRS_EPISODES.verdicts(child(assessment=rows))["i1"]

    assert (verdict.value, verdict.certainty, verdict.because) == ("3", EXACT, "1 episode, at worst grade 3")
    assert verdict.details == {
        "episodes": "1",
        "1_peak": "3",
        "1_onset_day": "2",
        "1_peak_day": "3",
        "1_last_present_day": "3",
        "1_first_free_day": "4",
        "1_sustained_24h_day": "4",
        "1_sustained_48h_day": "4",
        "1_ended_day": "4",
        "1_missing_days": "0",
        "1_carried_days": "0",
        "1_sedated_days": "0",
        "1_is_recurrence": "no",
        "1_sedated_at_the_end": "no",
        "1_unresolved_at_death": "no",
    }


def test_the_clinicians_grade_fills_in_where_signs_are_incomplete() -> None:
    rows = [fever(2, crs_grade="1"), fever(3, oxygen_mode=None, crs_grade="2"), fever(4, oxygen_mode=None)]

    verdict = CRS_EPISODES.verdicts(child(assessment=rows))["i1"]

    assert (verdict.value, verdict.certainty) == ("2", AT_LEAST)


def test_without_toxicity_the_highest_grade_is_0_and_without_any_grade_there_is_none() -> None:
    quiet = CRS_EPISODES.verdicts(child(assessment=[assessed(2, **QUIET)]))["i1"]
    nothing = CRS_EPISODES.verdicts(child(assessment=[assessed(2)]))["i1"]

    assert (quiet.value, quiet.because) == ("0", "no day at grade 1 or more")
    assert (nothing.value, nothing.why) == (None, "signs_missing")
    assert CRS_EPISODES.verdicts(child()) == {}


def test_a_death_from_the_toxicity_is_grade_5_even_without_an_assessment_that_day() -> None:
    death = {"key": "x1", "died_on": "2026-03-12", "cause_of_death": "crs"}

    verdict = CRS_EPISODES.verdicts(child(assessment=[fever(2), fever(3)], end_of_study=[death]))["i1"]

    assert (verdict.value, verdict.details["1_peak_day"], verdict.details["1_missing_days"]) == ("5", "7", "3")
    assert verdict.details["1_unresolved_at_death"] == "yes"


def test_days_under_sedation_keep_icans_unresolved() -> None:
    seizure = assessed(2, **{**AWAKE, "seizure": "brief"})
    sedated = [assessed(number, **{**AWAKE, "sedated": "yes"}) for number in (3, 4)]

    verdict = ICANS_EPISODES.verdicts(child(assessment=[seizure, *sedated, assessed(5, **AWAKE)]))["i1"]

    assert {name: verdict.details[name] for name in ("1_sedated_days", "1_ended_day", "1_missing_days")} == {
        "1_sedated_days": "2",
        "1_ended_day": "5",
        "1_missing_days": "0",
    }


def test_tian_has_episodes_of_its_own() -> None:
    rows = [assessed(2, cns_tumor="yes", tian_signs="severe"), assessed(3, cns_tumor="yes", tian_signs="none")]

    assert TIAN_EPISODES.verdicts(child(assessment=rows))["i1"].value == "3"


def test_tapers_are_those_of_anakinra_and_of_other_agents() -> None:
    courses = [
        {"key": "c1", "tapered": "yes", "taper_started_on": "2026-03-14", "stopped_at": "2026-03-17 06:00"},
        {"key": "c2", "started_at": "2026-03-20 06:00"},
    ]
    agents = [
        {"key": "m1", "agent": "dexamethasone", "tapered": "yes", "started_at": "2026-03-08"},
        {"key": "m2", "agent": "dexamethasone", "tapered": "no", "started_at": "2026-03-08"},
    ]

    assert tapers_of(child(anakinra_course=courses, concomitant_agent=agents)) == (
        Taper(since=date(2026, 3, 14), until=date(2026, 3, 17)),
        Taper(since=date(2026, 3, 8)),
    )


def test_a_day_names_the_record_its_grade_comes_from() -> None:
    told = daily_grades(
        [
            Graded(day=DAY_0, record="a", chosen=chosen("1")),
            Graded(day=DAY_0, record="b", chosen=chosen("3")),
            Graded(day=day(1), record="c", chosen=chosen("1+")),
            Graded(day=day(1), record="d", chosen=chosen("2")),
            Graded(day=day(2), record="e", chosen=chosen(UNKNOWN)),
            Graded(day=day(2), record="f", chosen=chosen(SEDATED)),
            Graded(day=day(3), record="g", chosen=chosen("0")),
            Graded(day=day(3), record="h", chosen=chosen(SEDATED)),
        ]
    )

    assert told == (
        DayGrade(day=DAY_0, grade=3, record="b"),
        DayGrade(day=day(1), grade=2, record="d", certainty=AT_LEAST, why="signs_missing"),
        DayGrade(day=day(2), grade=None, record="f", certainty=NOT_ASSESSABLE, why="sedated"),
        DayGrade(day=day(3), grade=0, record="g"),
    )


def test_a_carried_day_names_the_record_of_the_day_before() -> None:
    assert with_single_gaps_filled(days("2 - 2"))[1] == DayGrade(day=day(1), grade=2, record="r0", carried=True)


@pytest.mark.parametrize(
    ("marks", "is_hidden"),
    [("1 s", True), ("1 s 0", False), ("1 1", False), ("1 0 s", True), ("1 0", False)],
)
def test_an_episode_is_hidden_at_its_end_only_while_it_goes_on_under_sedation(marks: str, is_hidden: bool) -> None:
    assert [one.is_hidden_at_its_end for one in episodes_of(days(marks))] == [is_hidden]


@pytest.mark.parametrize(
    ("marks", "peak", "is_lower_bound", "on"),
    [
        ("1 3+ 2", 3, True, 1),
        ("1 4 2+", 4, False, 1),
        ("2+ 3", 3, True, 1),
        ("s 2 s 2", 2, False, 1),
        ("1 s 1", 1, False, 0),
    ],
)
def test_the_peak_is_the_first_worst_day_and_a_lower_bound_below_grade_4(
    marks: str, peak: int, is_lower_bound: bool, on: int
) -> None:
    (found,) = episodes_of(days(marks))

    assert (found.peak, found.peak_is_lower_bound, found.peak_on) == (peak, is_lower_bound, day(on))


@pytest.mark.parametrize(("since", "until", "covers"), [(3, 3, True), (4, None, False), (3, None, True), (1, 2, False)])
def test_a_taper_covers_its_first_and_its_last_day(since: int, until: int | None, covers: bool) -> None:
    assert Taper(since=day(since), until=None if until is None else day(until)).covers(day(3)) is covers


def test_the_days_of_two_toxicities_of_one_child_stay_apart_and_name_their_records() -> None:
    febrile = {**QUIET, **AWAKE, "temperature_c": "39"}
    linked, unlinked = assessed(1, **febrile), {**assessed(2, **febrile), "infusion": None}
    context = child(assessment=[linked, unlinked])

    crs, icans = days_after_infusions(context, CRS), days_after_infusions(context, ICANS_LITERAL)

    assert crs == {
        "i1": (DayGrade(day=day(1), grade=1, record="a1.6"), DayGrade(day=day(2), grade=1, record="a2.6")),
    }
    assert icans == {
        "i1": (DayGrade(day=day(1), grade=0, record="a1.6"), DayGrade(day=day(2), grade=0, record="a2.6")),
    }
