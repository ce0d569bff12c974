"""Child by child: the course of each hand-made child as it is drawn, who is drawn, and in which order."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from analysis.chapters import child_by_child
from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.swimmers import swimmer_of
from analysis.printing.files import picture
from analysis.study import Study
from forms.values import NullFlavour, PartialDate
from ward import DOSE, Ward


@pytest.fixture
def ward():
    return Ward()


def swimmer(ward, tmp_path):
    cut = read_cut(ward.write(tmp_path / "cut"))
    (child,) = children_of(cut)
    return swimmer_of(cut, child, child.first_dose)


def agent(ward, name, started, **more):
    ward.add(
        "concomitant_agent",
        "child-1",
        **{"agent": name, "route": "iv", "purpose": "treatment", "started_at": PartialDate(started), **more},
    )


def test_a_course_is_drawn_in_days_after_the_first_dose(ward, tmp_path):
    # the infusion is on 2026-03-01, the first dose on 2026-03-08
    ward.treat("child-1", stopped_at=datetime(2026, 3, 14, 14, 0))
    course = "anakinra_course-child-1-1"
    for day, amount in ((8, 4), (10, 8), (11, 8), (13, 2)):
        at = datetime(2026, 3, day, 14, 0)
        ward.add("anakinra_regimen", "child-1", course=course, from_at=at, mg_per_kg_day=Decimal(amount))
    ward.add("anakinra_course", "child-1", given=True, started_at=datetime(2026, 3, 20, 9, 0))
    ward.add("toxicity_episode", "child-1", toxicity="carhlh", onset_on=PartialDate("2026-03-09"))
    ward.add("toxicity_episode", "child-1", toxicity="carhlh", onset_on=PartialDate("2026-03"))
    agent(ward, "tocilizumab", "2026-03-06", doses_given=1)
    agent(ward, "tocilizumab", "2026-03-09", stopped_at=PartialDate("2026-03-10"), doses_given=2)
    agent(ward, "dexamethasone", "2026-03-07", stopped_at=PartialDate("2026-03-12"))
    agent(ward, "methylprednisolone", "2026-03-15")
    agent(ward, "hydrocortisone", "2026-03-01", purpose="replacement", ongoing=True)
    ward.data_date = "2026-03-25"
    found = swimmer(ward, tmp_path)
    assert (found.anakinra, found.stops) == (((0, 6), (12, 17)), (6,))
    assert found.changes == ((2, True), (5, False))
    assert (found.tocilizumab, found.carhlh, found.infusions) == ((-2, 1, 2), (1,), (-7,))
    # an end that is not told: the day of the start alone, and counted
    assert (found.steroid, found.ends_not_told) == (((-1, 4), (7, 7)), 1)
    assert (found.died, found.seen_to, found.goes_on) == (None, 17, False)


def test_a_day_has_the_worse_of_its_two_grades_and_a_grade_goes_before_sedation(ward, tmp_path):
    ward.treat("child-1")
    ward.grade("child-1", -1, crs_grade=3, icans_grade=1)
    ward.grade("child-1", 0, crs_grade=1, icans_grade=2)
    ward.grade("child-1", 1, sedated=True)
    ward.grade("child-1", 2, sedated=True, crs_grade=1)
    assert swimmer(ward, tmp_path).grades == ((-1, 3), (0, 2), (1, None), (2, 1))


def test_a_row_ends_with_death_and_goes_on_after_day_28(ward, tmp_path):
    ward.treat("child-1")
    assert (swimmer(ward, tmp_path / "goes on").seen_to, swimmer(ward, tmp_path / "again").goes_on) == (28, True)
    ward.grade("child-1", 4, crs_grade=4)
    ward.add("end_of_study", "child-1", reason="died", ended_on=date(2026, 3, 10), died_on=PartialDate("2026-03-10"))
    found = swimmer(ward, tmp_path / "died")
    assert (found.died, found.seen_to, found.goes_on, found.anakinra, found.grades) == (2, 2, False, ((0, 2),), ())


def test_a_course_whose_last_dose_is_not_known_ends_open_and_one_that_goes_on_does_not(ward, tmp_path):
    ward.treat("child-1", stopped_at=NullFlavour.UNKNOWN)
    found = swimmer(ward, tmp_path / "no order")
    assert (found.anakinra, found.stops, found.lost_ends) == (((0, 0),), (), (0,))
    first = {"course": "anakinra_course-child-1-1", "mg_per_kg_day": Decimal(4)}
    ward.add("anakinra_regimen", "child-1", **first, from_at=DOSE, until_at=datetime(2026, 3, 11, 8, 0))
    assert swimmer(ward, tmp_path / "until").lost_ends == (3,)
    ward.add("anakinra_regimen", "child-1", **first, from_at=datetime(2026, 3, 13, 8, 0))
    # a second course that goes on, with an order of its own
    later = datetime(2026, 4, 1, 8, 0)
    course = ward.add("anakinra_course", "child-1", given=True, started_at=later)
    ward.add("anakinra_regimen", "child-1", course=course, from_at=later, mg_per_kg_day=Decimal(4))
    found = swimmer(ward, tmp_path / "from")
    # the data end on 2026-06-30, 114 days after the first dose
    assert (found.anakinra, found.stops, found.lost_ends) == (((0, 5), (24, 114)), (), (5,))


def test_a_last_dose_that_does_not_apply_goes_on(ward, tmp_path):
    ward.treat("child-1", stopped_at=NullFlavour.NOT_APPLICABLE)
    ward.data_date = "2026-03-18"
    found = swimmer(ward, tmp_path)
    assert (found.anakinra, found.stops, found.lost_ends) == (((0, 10),), (), ())


def test_an_unknown_last_dose_has_its_own_mark_also_on_the_last_day_of_the_picture(ward, tmp_path):
    ends = {"a": datetime(2026, 3, 12, 8, 0), "b": NullFlavour.UNKNOWN, "c": None, "d": NullFlavour.UNKNOWN}
    for child, end in ends.items():
        ward.treat(child, stopped_at=end)
    course = "anakinra_course-d-1"
    ward.add("anakinra_regimen", "d", course=course, from_at=DOSE, until_at=datetime(2026, 4, 5, 8, 0))
    chapter = chapter_of(ward, tmp_path / "cut")
    (section,) = chapter.sections
    (figure,) = section.figures
    drawn = {line.get_marker(): list(line.get_xdata()) for line in figure.figure.axes[0].lines}
    # b to day 0, d to day 28: behind the bar, whose end is half a day later; c has no mark
    assert (drawn["|"], drawn["$?$"]) == ([4.5], [0.95, 28.95])
    lost = [row for row in figure.numbers.csv_rows if row[3] == "last dose not known"]
    assert [(row[1], row[4]) for row in lost] == [("b", 0), ("d", 28)]
    assert "last dose of anakinra not known 2;" in figure.alt
    assert any(told.startswith("2 courses of anakinra ended on a day that is not known") for told in section.paragraphs)
    assert "Last dose not known" in {text.get_text() for text in figure.figure.axes[0].get_legend().get_texts()}


def write_children(ward, sites):
    """Treat one child per site named, the n-th for n days."""
    for number, site in enumerate(sites):
        child = f"child-{number:03}"
        ward.subjects[child] = site
        ward.treat(child, stopped_at=DOSE.replace(day=9 + number % 20))
    return ward


def chapter_of(ward, folder):
    return child_by_child.chapter(Study(cut=read_cut(ward.write(folder))))


def test_rows_are_numbered_by_center_then_duration_and_the_keys_stand_in_the_file_alone(ward, tmp_path):
    chapter = chapter_of(write_children(ward, ("s-2", "s-1", "s-1", "s-2")), tmp_path / "cut")
    (figure,) = chapter.sections[0].figures
    header, rows = figure.numbers.csv_header, figure.numbers.csv_rows
    assert header[:3] == ("row", "subject", "site")
    assert list(dict.fromkeys(row[:3] for row in rows)) == [
        (1, "child-001", "s-1"),
        (2, "child-002", "s-1"),
        (3, "child-000", "s-2"),
        (4, "child-003", "s-2"),
    ]
    words = {text.get_text() for axes in figure.figure.axes for text in axes.texts}
    assert words == {"1", "2", "3", "4", "s-1", "s-2"}
    assert b"child-" not in picture(figure.figure, "svg")
    assert "Courses of children 1 to 4" in figure.alt and "By center: s-1 2, s-2 2." in figure.alt


def test_a_figure_has_fifty_rows_at_most(ward, tmp_path):
    chapter = chapter_of(write_children(ward, ["s-1"] * 51), tmp_path / "cut")
    assert [figure.id for figure in chapter.sections[0].figures] == [
        "child_by_child_1_to_50",
        "child_by_child_51_to_51",
    ]
    assert [figure.figure.texts[1].get_text() for figure in chapter.sections[0].figures] == [
        "n = 50 of 51 children given anakinra",
        "n = 1 of 51 children given anakinra",
    ]


def test_of_more_than_two_hundred_children_every_second_is_drawn_and_the_others_are_counted(ward, tmp_path):
    chapter = chapter_of(write_children(ward, ["s-1"] * 201), tmp_path / "cut")
    assert chapter.results["child_by_child"] == {"treated": 201, "drawn": 101}
    assert "Of these, 101 are drawn, evenly along that order; 100 are not drawn." in chapter.sections[0].paragraphs


def test_without_a_treated_child_the_chapter_says_so(ward, tmp_path):
    ward.add("enrolment", "child-1", sex="female")
    (section,) = chapter_of(ward, tmp_path / "cut").sections
    assert section.paragraphs == ("No child of this cut has a first anakinra dose with a day and time yet.",)
    assert (section.figures, section.estimand) == ((), None)
