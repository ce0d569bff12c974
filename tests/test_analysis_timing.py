"""The chapter on timing: person-days by hand, landmarks by hand, and a drug without effect that stays without one."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pytest

from analysis.chapters import timing
from analysis.chapters.timing_results import compute_timing
from analysis.chapters.timing_tables import exposure_table
from analysis.cut import read_cut
from analysis.estimators import cox_regression
from analysis.plan.timing import FROM_QUALIFICATION, REFUSED_GROUPINGS
from analysis.study import Study
from ward import Ward

CRS, ICANS, CARHLH = FROM_QUALIFICATION
QUALIFIED = datetime(2026, 3, 5, 12, 0)


@pytest.fixture
def ward():
    return Ward()


@pytest.fixture
def study(ward, tmp_path):
    return lambda: Study(cut=read_cut(ward.write(tmp_path / "cut")))


def refractory(ward, child, resolves_on, *, anakinra_on=None, grade=2, site="north"):
    """Add a child whose CRS qualified on 2026-03-05 (day 0), resolves on a day, and is given anakinra on another."""
    ward.subjects[child] = site
    ward.treat(child, started_at=None)
    for day in range(-1, resolves_on + 2):
        at = QUALIFIED + timedelta(days=day)
        ward.add("assessment", child, assessed_at=at, crs_grade=1 if day >= resolves_on else grade)
    ward.add(
        *("concomitant_agent", child),
        agent="tocilizumab",
        route="iv",
        purpose="treatment",
        started_at=QUALIFIED - timedelta(days=1),
    )
    if anakinra_on is not None:
        ward.add("anakinra_course", child, given=True, started_at=QUALIFIED + timedelta(days=anakinra_on, hours=1))


def test_person_days_before_the_first_dose_are_unexposed(ward, study):
    refractory(ward, "never", 4)
    # 3 days without, 5 with; all 6 with; on the day of resolution: 2 without
    refractory(ward, "later", 8, anakinra_on=3)
    refractory(ward, "at-once", 6, anakinra_on=0)
    refractory(ward, "too-late", 2, anakinra_on=2)
    without, after = compute_timing(study(), CRS).exposures
    assert (without.children, without.rate.person_days, without.rate.events) == (3, 4 + 3 + 2, 2)
    assert (after.children, after.rate.person_days, after.rate.events) == (2, 5 + 6, 2)


def test_who_has_no_day_after_qualification_is_told_beside_the_person_days(ward, study):
    refractory(ward, "never", 4)
    refractory(ward, "dies", 4)
    ward.add("end_of_study", "dies", reason="died", ended_on=QUALIFIED.date())
    refractory(ward, "moves", 4)
    ward.add("end_of_study", "moves", reason="transferred", ended_on=QUALIFIED.date())
    result = compute_timing(study(), CRS)
    table = exposure_table(CRS, result.exposures, result.cohort.children)
    assert len(result.cohort.children) == 3 and table.csv_rows[0][1:5] == (1, 4, 1, 0)
    told = (
        "In neither line, since it has no day after that of qualification: 1 that died on it, 1 known to be unresolved"
    )
    assert any(note.startswith(told) for note in table.notes)
    kept = [child for child in result.cohort.children if child.row.day]
    assert not any("In neither line" in note for note in exposure_table(CRS, result.exposures, kept).notes)


def test_under_ten_events_per_parameter_there_is_no_model_and_the_counts_say_why(ward, study):
    for number in range(9):
        refractory(ward, f"child-{number}", 2 + number, anakinra_on=1 if number % 2 else None)
    found = study()
    alone, adjusted = compute_timing(found, CRS).models
    assert (alone.result, alone.why_not) == (None, "9 children resolved, 1 parameter needs at least 10")
    assert adjusted.why_not == "9 children resolved, 2 parameters need at least 20"
    notes = [note for section in timing.chapter(found).sections for table in section.tables for note in table.notes]
    assert "No model of anakinra: 9 children resolved, 1 parameter needs at least 10." in notes


def test_from_ten_events_on_anakinra_is_regressed_within_centers_and_from_twenty_beside_the_grade(ward, study):
    for number in range(20):
        refractory(
            *(ward, f"child-{number:02}", 2 + number % 7),
            anakinra_on=1 if number % 3 else None,
            grade=2 + number % 2,
            site="north" if number < 10 else "south",
        )
    alone, adjusted = compute_timing(study(), CRS).models
    assert alone.result is not None and adjusted.result is not None
    assert alone.result.n_events == adjusted.result.n_events == 20
    assert alone.result.is_robust and "strata" in alone.result.method
    assert adjusted.result.names == ("anakinra", "grade 3 or more at qualification")


@pytest.mark.parametrize(("treated", "is_fitted"), [(9, False), (10, True)])
def test_a_side_under_ten_children_enters_no_model_as_it_enters_no_test(ward, study, treated, is_fitted):
    """The plan: under the size of a group children are shown one by one, without shares, and in no test."""
    for number in range(20):
        refractory(ward, f"child-{number:02}", 2 + number % 7, anakinra_on=1 if number < treated else None)
    alone, _ = compute_timing(study(), CRS).models
    assert (alone.result is not None) is is_fitted
    assert alone.why_not == ("" if is_fitted else "9 children on one side of anakinra, each side needs at least 10")


def test_where_nobody_differs_in_anakinra_the_model_says_so(ward, study):
    for number in range(12):
        refractory(ward, f"child-{number:02}", 2 + number % 4)
    alone, _ = compute_timing(study(), CRS).models
    assert alone.why_not == "covariate anakinra is the same in all rows: it can explain nothing"


def test_a_landmark_keeps_who_is_unresolved_after_it_by_what_was_begun_by_then(ward, study):
    refractory(ward, "resolved-before", 2)
    refractory(ward, "begun", 5, anakinra_on=1)
    refractory(ward, "begun-on-it", 6, anakinra_on=2)
    refractory(ward, "begun-later", 7, anakinra_on=3)
    refractory(ward, "never", 9)
    by_24, by_48, by_72 = compute_timing(study(), CRS).landmarks
    assert (by_48.day, by_48.event_before, by_48.censored_before) == (2, 1, 0)
    assert by_48.grouped is not None and by_24.grouped is not None and by_72.grouped is not None
    assert {group.name: group.children for group in by_48.grouped.groups} == {
        "anakinra begun by then": 2,
        "not begun by then": 2,
    }
    assert [group.children for group in by_24.grouped.groups] == [1, 4]
    assert [group.children for group in by_72.grouped.groups] == [3, 1]
    assert by_48.grouped.no_test == "fewer than two groups have 10 children"


def test_the_figure_of_a_landmark_says_how_many_reached_it_and_what_became_of_the_others(ward, study):
    refractory(ward, "resolved-before", 2)
    refractory(ward, "begun", 5, anakinra_on=1)
    refractory(ward, "never", 9)
    first, *_ = timing.chapter(study()).sections
    (on_page,) = first.figures
    assert on_page.figure.texts[1].get_text() == "n = 2 of 3: 1 resolved or died by the landmark"


def test_a_landmark_beyond_everybody_says_that_nobody_is_left(ward, study):
    refractory(ward, "child-1", 2)
    *_, by_72 = compute_timing(study(), CRS).landmarks
    assert (by_72.grouped, by_72.event_before, by_72.censored_before) == (None, 1, 0)


def test_a_drug_without_effect_has_none_here_where_ever_against_never_shows_one(ward, study):
    # Resolution has a chance of 20 % a day, drug or not: the true log hazard ratio is 0. With about 300 events the
    # standard error is near 0.13, so that 0.4 is three of them; ever against never is off by far more.
    random = np.random.default_rng(20261128)
    days = np.minimum(random.geometric(0.2, 300), 25)
    would_begin = random.integers(1, 7, 300)
    for number, (day, begin) in enumerate(zip(days.tolist(), would_begin.tolist(), strict=True)):
        refractory(ward, f"child-{number:03}", day, anakinra_on=begin if begin < day else None)
    result = compute_timing(study(), CRS)
    alone, _ = result.models
    assert alone.result is not None and len(result.cohort.children) == 300
    assert abs(alone.result.coefficient[0]) < 0.4
    ever = [child.anakinra_day is not None for child in result.cohort.children]
    naive = cox_regression([child.row.day for child in result.cohort.children], [1] * 300, ever)
    assert naive.coefficient[0] < -0.6


def test_the_rows_name_the_records_of_time_zero_and_event(ward, study):
    refractory(ward, "child-1", 2, anakinra_on=1)
    (file,) = timing.chapter(study()).files
    (row,) = file.csv_rows
    assert dict(zip(file.csv_header, row, strict=True)) == {
        "endpoint": CRS.id,
        "subject": "child-1",
        "site": "north",
        "grade_at_qualification": 2,
        "anakinra_day": 1,
        "day": 2,
        "event": 1,
        "reason": "resolved",
        "source_form": "assessment",
        "source_item": "crs_grade",
        "source_record": "assessment-child-1-4",
        "started_form": "assessment",
        "started_item": "crs_grade",
        "started_record": "assessment-child-1-2",
    }


def test_without_a_child_the_chapter_says_so_and_still_names_what_is_refused(study):
    chapter = timing.chapter(study())
    assert [section.paragraphs[0] for section in chapter.sections[:3]] == [
        "No child of this cut qualified before it was given anakinra."
    ] * 3
    assert len(chapter.sections[3].tables[0].rows) == len(REFUSED_GROUPINGS)
    values = chapter.results["timing"]
    assert {name: value["models"] for name, value in values.items()} == {CRS.id: [], ICANS.id: [], CARHLH.id: []}


def test_results_hold_no_number_that_json_cannot(ward, study):
    refractory(ward, "child-1", 2)

    def numbers(value):
        if isinstance(value, dict):
            return [one for inner in value.values() for one in numbers(inner)]
        if isinstance(value, list | tuple):
            return [one for inner in value for one in numbers(inner)]
        return [value] if isinstance(value, float) else []

    found = numbers(timing.chapter(study()).results)
    assert found
    assert [number for number in found if not math.isfinite(number)] == []
