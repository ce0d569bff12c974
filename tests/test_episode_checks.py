"""The checks of an episode of toxicity on every side: onset, death, and the graded days it is laid beside."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import AWAKE, QUIET, assessed, child, row_of
from forms.casebook.toxicity_episode import TOXICITY_EPISODE
from forms.casebook.toxicity_episode_grade_rules import _against_days
from forms.casebook.toxicity_episode_rules import duration
from forms.edit_checks import check_row
from forms.grading.crs import CRS
from forms.items import SOFT, WARNING
from one_check import CHECKS, anchored

NO_DRUGS: dict[str, Any] = {"anakinra_course": [], "concomitant_agent": []}


def page(answers: dict[str, Any]) -> Any:
    return row_of("toxicity_episode", {"key": "t1", "infusion": "i1", "toxicity": "crs", **answers})


def holds(name: str, answers: dict[str, Any], **rows: Any) -> bool | None:
    return CHECKS[f"toxicity_episode.{name}"].holds(page(answers), child(**{**NO_DRUGS, **rows}))


def compared(name: str, answers: dict[str, Any], **rows: Any) -> list[tuple[str, str, str]]:
    return anchored(CHECKS[f"toxicity_episode.{name}"], page(answers), child(**{**NO_DRUGS, **rows}))


@pytest.mark.parametrize(
    ("onset", "resolved", "days"),
    [("2026-03-07", "2026-03-10", 3), ("2026-03-07", "2026-03-07", 0), ("2026-03-07", None, None)],
)
def test_an_episode_lasts_until_the_day_it_resolved(onset: str, resolved: str | None, days: int | None) -> None:
    assert duration(page({"onset_on": onset, "resolved_on": resolved}), child()) == days


@pytest.mark.parametrize(
    ("toxicity", "onset", "timely", "hlh"),
    # Infused on 5 March: 42 days are 16 April, 30 days 4 April, 90 days 3 June.
    [
        ("crs", "2026-04-16", True, None),
        ("crs", "2026-04-17", False, None),
        ("icans", "2026-04-04", True, None),
        ("icans", "2026-04-05", False, None),
        ("carhlh", "2026-06-03", None, True),
        ("carhlh", "2026-06-04", None, False),
        ("tian", "2026-06-04", None, None),
        ("crs", "2026-04", True, None),
        ("crs", "2026-05", False, None),
        ("crs", None, None, None),
        (None, "2026-06-04", None, None),
    ],
)
def test_an_onset_is_timely(toxicity: str | None, onset: str | None, timely: bool | None, hlh: bool | None) -> None:
    answers = {"toxicity": toxicity, "onset_on": onset}

    assert holds("onset_is_timely", answers) is timely
    assert holds("hlh_onset_is_timely", answers) is hlh


def test_an_episode_is_no_return_of_itself() -> None:
    said = [holds("recurs_another", {"recurrence_of": key}) for key in ("t1", "t0", None)]

    assert said == [False, True, None]


def died(on: str | None = "2026-04-18", **more: str) -> dict[str, Any]:
    return {"end_of_study": [{"key": "x1", "died_on": on, **more}]}


@pytest.mark.parametrize(
    ("name", "answers", "alive", "dead"),
    [
        ("fatal_grade_has_death", {"peak_grade": "5"}, False, True),
        ("fatal_grade_has_death", {"peak_grade": "4"}, None, None),
        ("fatal_grade_has_death", {}, None, None),
        ("resolves_before_death", {"resolved_on": "2026-04-18"}, None, True),
        ("resolves_before_death", {"resolved_on": "2026-04-19"}, None, False),
        ("resolves_before_death", {}, None, None),
        ("death_closes_it", {"outcome": "ongoing"}, None, False),
        ("death_closes_it", {"outcome": "improved"}, None, False),
        ("death_closes_it", {"outcome": "resolved"}, None, True),
        ("death_closes_it", {}, None, True),
    ],
)
def test_a_death_and_an_episode_go_together(
    name: str, answers: dict[str, str], alive: bool | None, dead: bool | None
) -> None:
    assert (holds(name, answers), holds(name, answers, **died())) == (alive, dead)


@pytest.mark.parametrize(
    ("toxicity", "grade", "cause", "others", "expected"),
    [
        ("crs", "5", "crs", None, True),
        ("crs", "5", "infection", None, None),
        ("crs", "5", "infection", "crs;bleeding", True),
        ("crs", "5", "infection", "bleeding", False),
        ("icans", "5", "crs", "bleeding", False),
        ("carhlh", "5", "carhlh", "bleeding", True),
        ("thrombocytopenia", "5", "infection", "bleeding", None),
        ("crs", "4", "infection", "bleeding", None),
        ("crs", "5", None, "bleeding", None),
    ],
)
def test_a_toxicity_of_grade_5_is_a_cause_of_death(
    toxicity: str, grade: str, cause: str | None, others: str | None, expected: bool | None
) -> None:
    told = {name: text for name, text in {"cause_of_death": cause, "contributing_causes": others}.items() if text}
    answers = {"toxicity": toxicity, "peak_grade": grade}

    assert holds("fatal_grade_fits_cause", answers, **died(**told)) is expected
    assert compared("fatal_grade_fits_cause", answers, **died(**told)) == [
        ("end_of_study", "x1", "cause_of_death"),
        ("end_of_study", "x1", "contributing_causes"),
    ]


GRADES = {
    "0": QUIET,
    "1": {**QUIET, "temperature_c": "38.5"},
    "2": {**QUIET, "temperature_c": "38.5", "oxygen_mode": "nasal_cannula", "oxygen_flow_l_min": "2"},
    "3": {**QUIET, "temperature_c": "38.5", "oxygen_mode": "face_mask"},
    "?": {"temperature_c": None},
    "1+": {**QUIET, "temperature_c": "38.5", "oxygen_mode": None},
}
"""Signs of CRS of each grade; ``?`` cannot be graded, ``1+`` is at least 1."""


def graded(marks: str, first: int = 2, **more: Any) -> dict[str, Any]:
    """Return an assessment for each mark from a day after infusion on; ``-`` is a day without one. Day 2 is 7 March."""
    rows = [
        {**assessed(first + number, **GRADES[mark]), **more} for number, mark in enumerate(marks.split()) if mark != "-"
    ]
    return {"assessment": rows}


@pytest.mark.parametrize(
    ("marks", "resolved", "expected"),
    # Graded from 7 March on; the toxicity stays away on the day of resolution and the next one.
    [
        ("1 2 0 0", "2026-03-09", True),
        ("1 2 0 0", "2026-03-08", False),
        ("1 2 0 1", "2026-03-09", False),
        ("1 2 0", "2026-03-09", None),
        ("1 2 0 - ", "2026-03-09", None),
        ("1 2 0 0", "2026-03-20", None),
        ("1 2 0 0", None, None),
        # A partial date is wrong where every day of it is.
        ("1 2 0 0", "2026-03", None),
        ("", "2026-03-09", None),
    ],
)
def test_a_resolution_is_wrong_where_the_toxicity_is_graded_on_that_day_or_the_next(
    marks: str, resolved: str | None, expected: bool | None
) -> None:
    assert holds("resolution_lasts", {"resolved_on": resolved}, **graded(marks)) is expected


@pytest.mark.parametrize(
    ("marks", "resolved", "clinician", "told"),
    [
        ("1 2 0 1", "2026-03-09", "1", "grade 1 on 2026-03-10"),
        ("1 2 0 1", "2026-03-09", None, "grade 1 on 2026-03-10"),
        ("1 2 1 0", "2026-03-08", "2", "grade 2 on 2026-03-08"),
        (
            "1 2 0 1",
            "2026-03-09",
            "0",
            "grade 1 by its signs on 2026-03-10, grade 0 by the clinician. A sign with another cause, such as a fever "
            "of an infection, is marked so on that assessment",
        ),
    ],
)
def test_a_resolution_that_does_not_last_names_the_day_and_where_its_grade_comes_from(
    marks: str, resolved: str, clinician: str | None, told: str
) -> None:
    rows = graded(marks)
    # On the other days the clinician's grade is another: that of the day itself is told.
    day = str(told.partition(" on ")[2][:10])
    rows["assessment"] = [
        {**one, "crs_grade": clinician if one["assessed_at"].startswith(day) else "4"} for one in rows["assessment"]
    ]
    row = page({"outcome": "resolved", "resolved_on": resolved})
    said = [one.message for one in check_row(TOXICITY_EPISODE, row, child(**NO_DRUGS, **rows))]
    assert (
        f"Resolved on {resolved}, but the toxicity is graded 1 or more on that day or the next: {told}. Correct the "
        "date, or say why."
    ) in said


@pytest.mark.parametrize(
    ("marks", "onset", "resolved", "expected"),
    # At most one day between onset and resolution is without a grade; the day of resolution is not counted.
    [
        ("1 1 1 1 0", "2026-03-07", "2026-03-11", True),
        ("1 - 2 1 0", "2026-03-07", "2026-03-11", True),
        ("1 - - 1 0", "2026-03-07", "2026-03-11", False),
        ("1 - 2 - 0", "2026-03-07", "2026-03-11", False),
        # A single gap between two days of one grade is carried.
        ("1 - 1 - 0", "2026-03-07", "2026-03-11", True),
        ("1 1", "2026-03-07", "2026-03-10", True),
        ("1 1", "2026-03-07", "2026-03-11", False),
        ("1 1", "2026-03-06", "2026-03-10", False),
        ("1 1", "2026-03-07", None, None),
        ("1 1", None, "2026-03-10", None),
        ("1 1", "2026-03", "2026-03", None),
    ],
)
def test_the_days_of_an_episode_are_graded(
    marks: str, onset: str | None, resolved: str | None, expected: bool | None
) -> None:
    assert holds("grade_days_complete", {"onset_on": onset, "resolved_on": resolved}, **graded(marks)) is expected


@pytest.mark.parametrize(
    ("marks", "onset", "expected"),
    [
        ("0 1 1", "2026-03-08", True),
        ("0 1 1", "2026-03-07", True),
        ("0 1 1", "2026-03-09", True),
        ("0 1 1", "2026-03-10", False),
        ("0 1 1", "2026-03-06", False),
        # A second run begins too; a day before it at grade 1 or more, or without a grade, decides.
        ("1 0 0 1", "2026-03-10", True),
        ("1 1 1 1", "2026-03-10", False),
        ("0 0", "2026-03-07", None),
        ("0 1 1", None, None),
        ("0 1 1", "2026-03", None),
        ("0 1 1", "2026-02", False),
    ],
)
def test_an_onset_is_where_the_grades_begin(marks: str, onset: str | None, expected: bool | None) -> None:
    assert holds("onset_fits_grades", {"onset_on": onset}, **graded(marks)) is expected


DATES = {"onset_on": "2026-03-07", "resolved_on": "2026-03-10"}


@pytest.mark.parametrize(
    ("marks", "peak", "near", "far"),
    # 7, 8 and 9 March lie within.
    [
        ("1 2 1 0", "2", True, True),
        ("1 2 1 0", "3", False, True),
        ("1 2 1 0", "4", True, False),
        ("1 2 1 0", "1", False, True),
        ("1 3 1 0", "1", True, False),
        ("1 2 1 3", "2", True, True),
        # A day without a grade, or one that may have been worse, can explain a peak above the days only.
        ("1 2 - 0", "4", None, None),
        ("1 2 ? 0", "4", None, None),
        ("1 2 1+ 0", "4", None, None),
        ("1 3 - 0", "1", True, False),
        ("1 2 - 0", "2", True, True),
        ("1 2 1 0", "5", None, None),
        ("1 2 1 0", None, None, None),
        ("", "2", None, None),
    ],
)
def test_the_highest_grade_is_that_of_the_days(
    marks: str, peak: str | None, near: bool | None, far: bool | None
) -> None:
    answers = {**DATES, "peak_grade": peak}

    assert holds("peak_near_grades", answers, **graded(marks)) is near
    assert holds("peak_far_from_grades", answers, **graded(marks)) is far


@pytest.mark.parametrize(
    "dates",
    [
        {"onset_on": None},
        {"resolved_on": None},
        {"onset_on": "2026-03", "resolved_on": "2026-03"},
        # Without a graded day in it there is nothing to compare.
        {"onset_on": "2026-03-20", "resolved_on": "2026-03-22"},
    ],
)
def test_without_its_dates_a_peak_is_compared_with_nothing(dates: dict[str, Any]) -> None:
    answers = {**DATES, "peak_grade": "3", **dates}

    assert holds("peak_near_grades", answers, **graded("1 2 1 0")) is None
    assert holds("peak_far_from_grades", answers, **graded("1 2 1 0")) is None


def test_the_day_of_resolution_is_no_day_of_the_episode() -> None:
    answers = {**DATES, "resolved_on": "2026-03-08", "peak_grade": "3"}

    # Only 7 March lies within, at grade 1.
    assert holds("peak_far_from_grades", answers, **graded("1 2 1 0")) is False


def test_an_episode_is_laid_beside_the_days_of_its_own_toxicity_and_infusion() -> None:
    own, other = graded("1 2 0 0", crs_grade="1"), graded("1 2 0 0", infusion="i0")
    wrong = {"resolved_on": "2026-03-08"}

    assert holds("resolution_lasts", {**wrong, "toxicity": "carhlh"}, **own) is None
    assert holds("resolution_lasts", {**wrong, "toxicity": None}, **own) is None
    assert holds("resolution_lasts", {**wrong, "infusion": None}, **own) is None
    infusions = [{"key": "i1", "infused_on": "2026-03-05"}, {"key": "i0", "infused_on": "2026-03-01"}]
    assert holds("resolution_lasts", wrong, infusion=infusions, **other) is None
    assert compared("resolution_lasts", wrong, **own) == [
        *(("assessment", f"a{day}.6", "crs_grade") for day in (2, 3, 4, 5)),
        ("infusion", "i1", "infused_on"),
    ]
    assert compared("resolution_lasts", {**wrong, "toxicity": "carhlh"}, **own) == [("infusion", "i1", "infused_on")]
    assert compared("resolution_lasts", wrong, **graded("1 2 0 0")) == [("infusion", "i1", "infused_on")]


SEIZING = {**AWAKE, "seizure": "brief"}


@pytest.mark.parametrize(
    ("toxicity", "signs", "item"),
    [
        ("crs", GRADES["1"], "crs_grade"),
        ("icans", SEIZING, "icans_grade"),
        ("tian", {"cns_tumor": "yes", "tian_signs": "severe"}, "tian_grade"),
    ],
)
def test_the_grades_of_the_toxicity_are_named(toxicity: str, signs: dict[str, Any], item: str) -> None:
    told = {"crs_grade": "1", "icans_grade": "1", "tian_grade": "1"}
    rows = {"assessment": [assessed(2, **{**signs, **told})]}

    assert compared("resolution_lasts", {"toxicity": toxicity}, **rows)[0] == ("assessment", "a2.6", item)


def test_a_check_against_days_is_a_query_or_a_warning_of_group_33() -> None:
    def why(row: Any, context: Any) -> str:
        return "as seen"

    query, warning = (
        _against_days("made_up", ("onset_on",), "Check both.", lambda row, context: None, query=one, explain=why)
        for one in (True, False)
    )

    assert (query.severity, warning.severity) == (SOFT, WARNING)
    for one in (query, warning):
        assert (one.id, one.group, one.items, one.message) == (
            "toxicity_episode.made_up",
            33,
            ("onset_on",),
            "Check both.",
        )
        assert one.explain is why
        assert one.uses == ("assessment", *CRS.uses)
        assert one.holds({}, child()) is None
        assert one.also is not None
