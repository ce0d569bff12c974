"""In what state a child is on each day: hand-made children, one rule each, and the counts and shares of a cohort."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.chapters import day_by_day
from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.day_states import states_of_days
from analysis.endpoints.occupancy import STATES, count_days
from analysis.plan.resolution import CRS_R1, ICANS_R1
from analysis.study import Study
from forms.values import PartialDate
from ward import DOSE, Ward

BY_LETTER = {"d": "dead", "s": "sedated", "h": "home", "-": "no_grade", "x": "left"}


def in_letters(states):
    """Return one letter a day: its grade, or d dead, s sedated, h home, - no grade, x left."""
    letters = {state: letter for letter, state in BY_LETTER.items()}
    return "".join(letters.get(state, state[-1]) for state in states)


def write_days(ward, child, grades, *, item="crs_grade"):
    """Write one assessment a day from day 0; a blank is a day without one, s a day under sedation."""
    for day, letter in enumerate(grades):
        if letter == "s":
            ward.grade(child, day, sedated=True)
        elif letter != " ":
            ward.grade(child, day, **{item: int(letter)})


def states(ward, tmp_path, endpoint=CRS_R1):
    cut = read_cut(ward.write(tmp_path / "cut"))
    (child,) = children_of(cut)
    return in_letters(states_of_days(cut, child, child.first_dose, endpoint))


@pytest.fixture
def ward():
    ward = Ward()
    ward.treat("child-1")
    return ward


def stay(ward, kind, day, **more):
    """Add a move on a day of March 2026; the first dose is on the 8th."""
    ward.add("support", "child-1", kind=kind, started_at=PartialDate(f"2026-03-{day:02}"), **more)


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ("3210", "3210"),
        # a single missing day between equal grades has their grade, between others and two in a row none
        ("3 3 1  1", "333-1--1"),
        # a grade 5 is a death, from that day on
        ("345", "34" + "d" * 27),
    ],
)
def test_a_day_has_its_worst_grade(ward, tmp_path, grades, expected):
    write_days(ward, "child-1", grades)
    assert states(ward, tmp_path) == (expected + "-" * 29)[:29] if "d" not in expected else expected


@pytest.mark.parametrize(("before", "expected"), [(2, "22"), (3, "-2")])
def test_day_0_without_a_grade_has_that_of_the_days_around_it_where_they_are_equal(ward, tmp_path, before, expected):
    # CLINICAL.md 3.1 (7): at most one missing day between two equal grades
    ward.grade("child-1", -1, crs_grade=before)
    ward.grade("child-1", 1, crs_grade=2)
    assert states(ward, tmp_path)[:2] == expected


def test_the_worst_of_two_assessments_of_a_day_counts(ward, tmp_path):
    ward.grade("child-1", 0, hour=6, crs_grade=2)
    ward.grade("child-1", 0, hour=20, crs_grade=3)
    assert states(ward, tmp_path)[:2] == "3-"


def test_a_sedated_day_is_its_own_state_for_icans(ward, tmp_path):
    write_days(ward, "child-1", "3ss1", item="icans_grade")
    assert states(ward, tmp_path, ICANS_R1)[:5] == "3ss1-"


def test_the_day_of_death_and_every_day_after_it_are_dead_beyond_the_end_of_the_data(ward, tmp_path):
    ward.data_date = "2026-03-12"
    write_days(ward, "child-1", "333")
    ward.add("end_of_study", "child-1", reason="died", ended_on=date(2026, 3, 10), died_on=PartialDate("2026-03-10"))
    assert states(ward, tmp_path) == "33" + "d" * 27


def test_a_child_at_home_is_home_until_it_is_admitted_again_and_a_grade_goes_before(ward, tmp_path):
    write_days(ward, "child-1", "211   2")
    stay(ward, "discharge", 11)
    stay(ward, "admission", 16)
    stay(ward, "discharge", 18)
    # the 11th is day 3, the 16th day 8, the 18th day 10
    assert states(ward, tmp_path)[:12] == "211hhh2h--hh"


def test_a_discharge_in_some_month_is_home_from_the_end_of_that_month(ward, tmp_path):
    write_days(ward, "child-1", "211   2")
    ward.add("support", "child-1", kind="discharge", started_at=PartialDate("2026-03"))
    # the 31st of March is day 23
    assert states(ward, tmp_path) == "211---2" + "-" * 16 + "h" * 6


def test_a_transfer_out_of_the_registry_is_a_state_and_one_within_it_is_not(ward, tmp_path):
    write_days(ward, "child-1", "22")
    stay(ward, "transfer", 10, to_registry_site=True)
    stay(ward, "transfer", 12, to_registry_site=False)
    assert states(ward, tmp_path) == "22--" + "x" * 25


def test_a_child_lost_from_view_has_left(ward, tmp_path):
    write_days(ward, "child-1", "22")
    ward.add("end_of_study", "child-1", reason="lost", ended_on=date(2026, 3, 13))
    assert states(ward, tmp_path) == "22---" + "x" * 24


def test_a_child_lost_from_view_has_left_from_when_it_was_last_known_alive(ward, tmp_path):
    write_days(ward, "child-1", "22")
    lost = {"reason": "lost", "ended_on": date(2026, 4, 13), "last_contact_on": PartialDate("2026-03-13")}
    ward.add("end_of_study", "child-1", **lost)
    assert states(ward, tmp_path) == "22---" + "x" * 24


def test_an_end_without_its_reason_ends_nothing(ward, tmp_path):
    write_days(ward, "child-1", "22")
    ward.add("end_of_study", "child-1", ended_on=date(2026, 3, 13))
    assert states(ward, tmp_path) == "22" + "-" * 27


def test_the_end_of_the_data_and_a_second_infusion_end_the_count(ward, tmp_path):
    write_days(ward, "child-1", "2222")
    ward.data_date = "2026-03-11"
    assert states(ward, tmp_path / "data") == "2222"
    ward.add("infusion", "child-1", infused_on=date(2026, 3, 10))
    assert states(ward, tmp_path / "infusion") == "22"


def test_counts_and_shares_of_a_cohort_by_hand():
    # four children on day 0; one is censored after day 1, so that day 2 is judged by the other three
    def days(*first):
        return (*(f"grade_{grade}" for grade in first), *["home"] * (29 - len(first)))

    found = count_days(
        {"a": days(3, 3, 1), "b": days(3, 1, 1), "c": ("grade_3", "grade_3"), "d": ("grade_3", *["dead"] * 28)}
    )
    assert (found.counted[:4].tolist(), found.children) == ([4, 4, 3, 3], 4)
    assert found.of("grade_3")[:4].tolist() == [4, 2, 0, 0]
    assert found.of("grade_1")[:4].tolist() == [0, 1, 2, 0]
    share = {state: found.shares[:, number] for number, state in enumerate(STATES)}
    # of those in grade 3 on day 1 only a is seen on day 2, and moves: the share of c goes where a goes
    assert_allclose(share["grade_3"][:3], [1, 2 / 4, 0])
    assert_allclose(share["grade_1"][:3], [0, 1 / 4, 3 / 4])
    assert_allclose(share["dead"][[0, 1, 28]], [0, 1 / 4, 1 / 4])
    assert_allclose(found.shares.sum(axis=1), 1)


def test_shares_end_with_the_last_day_on_which_a_living_child_is_counted():
    # R: survfit(Surv(c(2, 2, 1), factor(c(0, 0, 1), 0:1, c("alive", "dead"))) ~ 1) ends at 2; cuminc gives NA after it
    found = count_days({"a": ("grade_3",) * 3, "b": ("grade_3",) * 3, "c": ("grade_3", *["dead"] * 28)})
    assert (found.counted[:4].tolist(), found.of("dead")[28]) == ([3, 3, 3, 1], 1)
    assert_allclose(found.shares[2, STATES.index("dead")], 1 / 3)
    assert np.isnan(found.shares[3:]).all()
    # where everybody died nothing is left open
    assert_allclose(count_days({"c": ("grade_3", *["dead"] * 28)}).shares[28, STATES.index("dead")], 1)


def test_the_chapter_counts_the_children_of_the_curve_and_its_twin_has_every_day(tmp_path):
    ward = Ward()
    for number in range(3):
        ward.treat(f"child-{number}")
        write_days(ward, f"child-{number}", "3" * (number + 1) + "00")
    # grade 1 at the first dose: not in the curve, not here
    ward.treat("child-9")
    write_days(ward, "child-9", "1100")
    chapter = day_by_day.chapter(Study(cut=read_cut(ward.write(tmp_path / "cut"))))
    about, crs, icans = chapter.sections
    assert [len(section.figures) for section in (about, crs, icans)] == [0, 1, 0]
    (figure,) = crs.figures
    assert "day 0, 3 children: 3 grade 3; day 3, 3 children: 2 grade 0, 1 no grade" in figure.alt
    header, rows = figure.numbers.csv_header, figure.numbers.csv_rows
    assert [row[:3] for row in rows] == [("all", day, 3) for day in range(29)]
    assert [row[header.index("n_grade_3")] for row in rows[:4]] == [3, 2, 1, 0]
    assert chapter.results["day_by_day"].keys() == {"crs_r1_24h"}
    assert "carHLH is not shown here" in about.paragraphs[2]


def test_dose_tiers_of_ten_children_are_drawn_beside_each_other_in_shares(tmp_path):
    ward = Ward()
    for number in range(24):
        child = f"child-{number:02}"
        ward.treat(child)
        course = f"anakinra_course-{child}-1"
        per_day = 2 if number < 10 else 8 if number < 21 else 5
        if number < 23:
            ward.add("anakinra_regimen", child, course=course, from_at=DOSE, mg_per_kg_day=Decimal(per_day))
        write_days(ward, child, "320")
    chapter = day_by_day.chapter(Study(cut=read_cut(ward.write(tmp_path / "cut"))))
    _, crs, _ = chapter.sections
    _, tiers = crs.figures
    assert {row[0] for row in tiers.numbers.csv_rows} == {"< 4 mg/kg per day", "≥ 7 mg/kg per day"}
    whom = "n = 21 of 24: 2 in tiers under 10; dose of the first order not known for 1 child"
    assert tiers.figure.texts[1].get_text() == whom
    assert crs.notices == ("By dose: differs by center; not a drug comparison.",)


def mean_days_of(ward, tmp_path):
    chapter = day_by_day.chapter(Study(cut=read_cut(ward.write(tmp_path / "cut"))))
    _, crs, _ = chapter.sections
    return crs, chapter.results["day_by_day"]["crs_r1_24h"]["mean_days"]


def test_mean_days_at_each_grade_are_told_of_ten_children(tmp_path):
    # Five children "3210" and five "22": 3 and 2 days of grade 1 or more, 2 and 2 of 2 or more, 1 and 0 of 3. By hand:
    # of 1 or more the mean is 2.5, its error sqrt(0.25 / 10), its limits 2.5 +- 0.31. No day without a grade is home.
    ward = Ward()
    for number in range(10):
        ward.treat(f"child-{number}")
        write_days(ward, f"child-{number}", "3210" if number < 5 else "22")
    section, values = mean_days_of(ward, tmp_path)
    assert section.tables[1].rows == (
        ("Grade 1 or more", "2.5", "2.2 to 2.8"),
        ("Grade 2 or more", "2.0", "not defined"),
        ("Grade 3 or more", "0.5", "0.2 to 0.8"),
        ("Not known: no grade, or left the registry", "25.0", "24.4 to 25.6"),
    )
    assert_allclose(values["grade_1_or_more"]["std_error"], np.sqrt(0.25 / 10))
    assert (values["grade_2_or_more"]["estimate"], values["grade_2_or_more"]["lower"]) == (2.0, None)


def test_no_mean_is_told_of_nine_children_or_of_a_registry_of_ten_days(tmp_path):
    ward = Ward()
    for number in range(9):
        ward.treat(f"child-{number}")
        write_days(ward, f"child-{number}", "3210")
    section, values = mean_days_of(ward, tmp_path / "few")
    assert (len(section.tables), values) == (1, {})
    assert section.paragraphs[1] == "No mean of days is given of under 10 children."
    ward.treat("child-9")
    write_days(ward, "child-9", "3210")
    ward.data_date = "2026-03-18"
    section, values = mean_days_of(ward, tmp_path / "short")
    assert (len(section.tables), values) == (1, {})
    assert section.paragraphs[1] == "No mean of days is given: no living child was followed to day 28."


def test_thousands_of_days_are_set_apart():
    days = count_days({f"child-{number}": ["grade_0"] * 29 for number in range(50)})
    assert "Of 1,450 days, 0 are without a grade" in day_by_day.days_sentence(days)
