"""Episodes as rule sets: each infusion by itself, deaths, tapers, whole verdicts in days (CLINICAL.md D2, D4, D21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bedside import AWAKE, QUIET, assessed, child
from forms.grading.crs import CRS
from forms.grading.daily import DayGrade
from forms.grading.episode_sets import (
    CRS_EPISODES,
    ICANS_EPISODES,
    ICANS_LITERAL_EPISODES,
    TIAN_EPISODES,
    _episodes,
    _with_death,
    episodes_after,
    tapers_of,
    verdict_on,
)
from forms.grading.episodes import Episode, Taper
from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, Verdict

DAY_0 = date(2026, 3, 5)
FEBRILE = {**QUIET, "temperature_c": "39"}


def day(number: int) -> date:
    return DAY_0 + timedelta(days=number)


def febrile(*numbers: int, infusion: str = "i1") -> list[dict[str, Any]]:
    return [{**assessed(number, **FEBRILE), "infusion": infusion} for number in numbers]


def free(*numbers: int, infusion: str = "i1") -> list[dict[str, Any]]:
    return [{**assessed(number, **QUIET), "infusion": infusion} for number in numbers]


TWO_INFUSIONS = [{"key": "i2", "infused_on": "2026-03-05"}, {"key": "i1", "infused_on": "2026-03-15"}]
"""The later infusion has the smaller key."""


@pytest.mark.parametrize(("cause", "worst"), [("crs", ("1", "5")), ("infection", ("1", "1"))])
def test_a_death_is_of_the_last_infusion_and_grade_5_only_from_the_toxicity(cause: str, worst: tuple[str, str]) -> None:
    rows = [*febrile(2, infusion="i2"), *febrile(12, infusion="i1")]
    death = {"key": "x1", "died_on": str(day(13)), "cause_of_death": cause}

    found = CRS_EPISODES.verdicts(child(assessment=rows, infusion=TWO_INFUSIONS, end_of_study=[death]))

    assert (found["i2"].value, found["i1"].value) == worst
    assert (found["i2"].details["1_unresolved_at_death"], found["i1"].details["1_unresolved_at_death"]) == ("no", "yes")


def test_an_assessment_on_the_day_of_death_is_that_day_at_grade_5() -> None:
    death = {"key": "x1", "died_on": str(day(3)), "cause_of_death": "crs"}
    context = child(assessment=febrile(2, 3), end_of_study=[death])
    (found,) = episodes_after(context, CRS, fatal_cause="crs")["i1"]

    assert (found.onset, found.peak, found.peak_on, found.last_present) == (day(2), 5, day(3), day(3))


def test_the_episodes_of_two_toxicities_of_one_child_stay_apart() -> None:
    seizing = [{**assessed(2, **{**FEBRILE, **AWAKE, "seizure": "brief"}), "cns_tumor": True, "tian_signs": "severe"}]
    context = child(assessment=seizing)
    sets = (CRS_EPISODES, ICANS_EPISODES, ICANS_LITERAL_EPISODES)

    # A fever alone is grade 1 of CRS, a brief seizure grade 3 of ICANS.
    assert [one.verdicts(context)["i1"].value for one in sets] == ["1", "3", "3"]


def test_without_an_infusion_there_is_nobody_to_count_days_from() -> None:
    context = child(assessment=febrile(2), infusion=[])

    assert CRS_EPISODES.verdicts(context) == {}
    assert [key for key in episodes_after(context, CRS) if key is not None] == []


def graded(number: int, grade: int, record: str = "a") -> DayGrade:
    return DayGrade(day=day(number), grade=grade, record=record)


@pytest.mark.parametrize(
    ("days", "died_on", "expected"),
    [
        ((graded(1, 2),), None, (graded(1, 2),)),
        ((graded(1, 2),), 3, (graded(1, 2), graded(3, 5, ""))),
        ((graded(1, 2), graded(3, 4)), 3, (graded(1, 2), graded(3, 5, ""))),
        ((graded(1, 2), graded(3, 5)), 3, (graded(1, 2), graded(3, 5))),
        # Grade 5 on another day is a slip of a clinician: the day of death is the one recorded.
        ((graded(1, 5), graded(2, 3)), 3, (graded(1, 5), graded(2, 3), graded(3, 5, ""))),
        ((graded(1, 2), graded(4, 1)), 3, (graded(1, 2), graded(3, 5, ""))),
    ],
)
def test_a_death_from_the_toxicity_is_the_last_day(
    days: tuple[DayGrade, ...], died_on: int | None, expected: tuple[DayGrade, ...]
) -> None:
    assert _with_death(days, None if died_on is None else day(died_on)) == expected


@pytest.mark.parametrize(
    ("taper", "episodes"),
    # D4: a flare within 14 days under a taper is no new episode.
    [([], "2"), ([{"key": "c1", "taper_started_on": str(day(4)), "stopped_at": f"{day(20)} 06:00"}], "1")],
)
def test_a_flare_under_a_taper_is_no_new_episode(taper: list[dict[str, str]], episodes: str) -> None:
    back = {**assessed(7, **FEBRILE), "late_attribution": "crs"}
    rows = [*febrile(2), *free(3, 4, 5, 6), back]

    found = CRS_EPISODES.verdicts(child(assessment=rows, anakinra_course=taper))["i1"]

    assert found.details["episodes"] == episodes


@pytest.mark.parametrize(
    ("courses", "agents", "expected"),
    [
        (
            [{"key": "c1", "taper_started_on": "2026-03-14", "stopped_at": "2026-03-17 06:00"}],
            [],
            [Taper(since=date(2026, 3, 14), until=date(2026, 3, 17))],
        ),
        ([{"key": "c1", "started_at": "2026-03-14 06:00", "stopped_at": "2026-03-17 06:00"}], [], []),
        (
            [],
            [{"key": "m1", "tapered": "yes", "started_at": "2026-03", "stopped_at": "2026-04"}],
            [Taper(since=date(2026, 3, 1), until=date(2026, 4, 30))],
        ),
        ([], [{"key": "m1", "tapered": "no", "started_at": "2026-03-08"}], []),
        ([], [{"key": "m1", "tapered": None, "started_at": "2026-03-08"}], []),
        ([], [{"key": "m1", "tapered": "yes", "started_at": None}], []),
        ([], [{"key": "m1", "tapered": "yes", "started_at": "2026-03-08"}], [Taper(since=date(2026, 3, 8))]),
    ],
)
def test_a_taper_is_as_long_as_its_dates_allow(
    courses: list[dict[str, str]], agents: list[dict[str, Any]], expected: list[Taper]
) -> None:
    assert list(tapers_of(child(anakinra_course=courses, concomitant_agent=agents))) == expected


def episode(peak: int, **more: Any) -> Episode:
    known = {"onset": day(2), "peak_on": day(3), "last_present": day(4), "peak_is_lower_bound": False}
    return Episode(peak=peak, **{**known, **more})


COUNTED = {
    "1_missing_days": "0",
    "1_carried_days": "0",
    "1_sedated_days": "0",
    "1_is_recurrence": "no",
    "1_sedated_at_the_end": "no",
    "1_unresolved_at_death": "no",
}
OPEN_EPISODE = {"1_onset_day": "2", "1_peak_day": "3", "1_last_present_day": "4", **COUNTED}


@pytest.mark.parametrize(
    ("episodes", "days", "expected"),
    [
        (
            (),
            (DayGrade(day=day(1), grade=None, record="a"), DayGrade(day=day(2), grade=0, record="b")),
            Verdict(value="0", because="no day at grade 1 or more", details={"episodes": "0"}),
        ),
        (
            (),
            (DayGrade(day=day(1), grade=None, record="a"),),
            Verdict(
                value=None,
                certainty=NOT_ASSESSABLE,
                because="not assessable: no day has a grade",
                why="signs_missing",
            ),
        ),
        (
            (episode(2),),
            (),
            Verdict(
                value="2",
                because="1 episode, at worst grade 2",
                details={"episodes": "1", "1_peak": "2", **OPEN_EPISODE},
            ),
        ),
        (
            (episode(2, peak_is_lower_bound=True),),
            (),
            Verdict(
                value="2",
                certainty=AT_LEAST,
                because="1 episode, at worst at least grade 2",
                why="signs_missing",
                details={"episodes": "1", "1_peak": "at_least_2", **OPEN_EPISODE},
            ),
        ),
        # At grade 4 a day that may have been worse changes nothing: 5 stands on a death alone.
        (
            (
                episode(2, peak_is_lower_bound=True),
                episode(
                    4,
                    onset=day(20),
                    peak_on=day(21),
                    last_present=day(22),
                    first_free=day(23),
                    sustained_24h=day(24),
                    sustained_48h=day(25),
                    ended=day(26),
                    is_recurrence=True,
                    is_hidden_at_its_end=True,
                    unresolved_at_death=True,
                    missing=1,
                    carried=2,
                    sedated=3,
                ),
            ),
            (),
            Verdict(
                value="4",
                because="2 episodes, at worst grade 4",
                details={
                    "episodes": "2",
                    "1_peak": "at_least_2",
                    **OPEN_EPISODE,
                    "2_peak": "4",
                    "2_onset_day": "20",
                    "2_peak_day": "21",
                    "2_last_present_day": "22",
                    "2_first_free_day": "23",
                    "2_sustained_24h_day": "24",
                    "2_sustained_48h_day": "25",
                    "2_ended_day": "26",
                    "2_missing_days": "1",
                    "2_carried_days": "2",
                    "2_sedated_days": "3",
                    "2_is_recurrence": "yes",
                    "2_sedated_at_the_end": "yes",
                    "2_unresolved_at_death": "yes",
                },
            ),
        ),
    ],
)
def test_the_verdict_tells_each_episode_in_days_after_the_infusion(
    episodes: tuple[Episode, ...], days: tuple[DayGrade, ...], expected: Verdict
) -> None:
    assert verdict_on(episodes, DAY_0, days) == expected


def test_each_set_names_itself_what_it_reads_and_what_it_can_say() -> None:
    sets = (CRS_EPISODES, ICANS_EPISODES, ICANS_LITERAL_EPISODES, TIAN_EPISODES)

    assert [(one.id, one.title) for one in sets] == [
        ("crs_episodes", "Episodes of CRS"),
        ("icans_attributable_episodes", "Episodes of ICANS (attributable)"),
        ("icans_literal_episodes", "Episodes of ICANS (literal)"),
        ("tian_episodes", "Episodes of TIAN"),
    ]
    assert {(one.version, one.verified, one.form) for one in sets} == {("1", True, "infusion")}
    assert {one.uses for one in sets} == {("assessment", "concomitant_agent", "end_of_study")}
    assert {one.values for one in sets} == {("0", "1", "2", "3", "4", "5")}
    assert all(one.source.startswith("The registry's own, from the daily grades by ") for one in sets)
    assert all(len(one.decisions) == 5 for one in sets)


def test_the_episodes_of_another_scale_are_the_same_set_but_for_its_name_and_scale() -> None:
    made = _episodes(CRS, "made_up_episodes", "something", "crs")

    assert (made.id, made.title, made.source) == (
        "made_up_episodes",
        "Episodes of something",
        CRS_EPISODES.source,
    )
    assert replace(made, id="crs_episodes", title="Episodes of CRS", judge_child=CRS_EPISODES.judge_child) == (
        CRS_EPISODES
    )
    assert made.verdicts(child(assessment=febrile(2)))["i1"].value == "1"
    death = {"key": "x1", "died_on": str(day(3)), "cause_of_death": "crs"}
    assert made.verdicts(child(assessment=febrile(2), end_of_study=[death]))["i1"].value == "5"
