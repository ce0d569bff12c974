"""A child whose dates cannot all be right: it is set aside and named, and the report of the others is written."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date, datetime

import pytest

from analysis.__main__ import main
from analysis.chapters import who
from analysis.cut import read_cut
from analysis.endpoints.children import ContradictionError, children_of, set_aside_of
from analysis.endpoints.qualified import select_qualified
from analysis.endpoints.selected import select
from analysis.plan.resolution import CRS_R1
from analysis.study import Study, study_of
from forms.selection import Selection
from forms.values import PartialDate
from ward import Ward

AFTER_THE_DATA = "first anakinra dose after the day of the data"


@pytest.fixture
def ward():
    """Three children: one with a first dose after the day of the data, 2026-03-31, and two without fault."""
    ward = Ward("2026-03-31")
    for child in ("child-1", "child-2"):
        ward.treat(child)
        for day, grade in enumerate((3, 2, 1, 1)):
            ward.grade(child, day, crs_grade=grade)
    ward.treat("child-3", started_at=datetime(2026, 4, 8, 14, 0))
    return ward


def aside_of(cut):
    return [(one.subject, one.reason) for one in set_aside_of(cut)]


def test_the_report_of_the_others_is_written_and_names_the_record_to_correct(ward, tmp_path):
    assert main(["report", str(ward.write(tmp_path / "cut")), "--out", str(tmp_path / "out")]) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    counted, cut = results["enrolment"], results["cut"]["id"][:12]
    assert [counted[name] for name in ("in_the_cut", "without_infusion", "set_aside", "infused")] == [3, 0, 1, 2]
    assert [step["children"] for step in results["endpoints"]["crs_r1_24h"]["flow"]] == [3, 2, 2, 2, 2, 2, 2]
    with (tmp_path / "out" / "tables" / "set_aside.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [
            {
                "subject": "child-3",
                "site": "north",
                "reason": AFTER_THE_DATA,
                "source_form": "anakinra_course",
                "source_item": "started_at",
                "source_record": "anakinra_course-child-3-1",
                "cut": cut,
            }
        ]
    page = (tmp_path / "out" / "report.html").read_text()
    assert f"1 infused child is set aside, since dates cannot be right ({AFTER_THE_DATA}: 1)" in page


def test_the_flow_of_children_shows_who_was_set_aside(ward, tmp_path):
    chapter = who.chapter(Study(cut=read_cut(ward.write(tmp_path / "cut"))))
    (table,) = chapter.sections[0].tables
    assert ("Set aside: dates that cannot be right", "1", "data cut") in table.rows
    left = {row[0]: row[-1] for row in chapter.sections[0].figures[0].numbers.csv_rows}
    assert left["In the data cut"] == "no infusion recorded 0, impossible dates 1"


def test_every_flow_from_the_data_cut_on_shows_who_was_set_aside(ward, tmp_path):
    ward.add("enrolment", "child-4", sex="female")  # not infused: the only one who leaves at the step of the infused
    assert main(["report", str(ward.write(tmp_path / "cut")), "--out", str(tmp_path / "out")]) == 0
    read = {path.stem: path.read_text().splitlines() for path in (tmp_path / "out" / "tables").glob("*_flow.csv")}
    flows = {name: lines[1:4] for name, lines in read.items() if lines[0] == "step,children,cut"}
    assert {"crs_r1_24h_flow", "cr_by_carhlh_flow", "crs_r1_24h_from_qualification_flow"} <= flows.keys()
    steps = ("In the data cut,4", "Not set aside for dates that cannot be right,3", "Infused,2")
    cut = json.loads((tmp_path / "cut" / "manifest.json").read_text())["id"][:12]
    expected = [f"{step},{cut}" for step in steps]
    assert {name: lines for name, lines in flows.items() if lines != expected} == {}


def test_the_steps_of_the_first_chapter_add_up(ward, tmp_path):
    ward.add("enrolment", "child-4", sex="female")
    chapter = who.chapter(Study(cut=read_cut(ward.write(tmp_path / "cut"))))
    counts = {name: int(children) for name, children, _ in chapter.sections[0].tables[0].rows}
    left = counts["Set aside: dates that cannot be right"], counts["No infusion recorded"]
    assert left == (1, 1)
    assert counts["In the data cut"] - sum(left) == counts["Infused"]


def test_without_such_a_child_nothing_is_said_of_it(tmp_path):
    ward = Ward()
    ward.treat()
    chapter = who.chapter(Study(cut=read_cut(ward.write(tmp_path / "cut"))))
    assert chapter.files == () and chapter.sections[0].notices == ()
    assert "Set aside" not in str(chapter.sections[0].tables)
    (result, *_) = Study(cut=read_cut(tmp_path / "cut")).endpoints
    assert [step.name for step in result.cohort.flow][:3] == ["In the data cut", "Infused", "Given anakinra"]


@pytest.mark.parametrize(
    ("form", "answers", "reason"),
    [
        ("infusion", {"infused_on": date(2026, 4, 1)}, "first infusion after the day of the data"),
        (
            "end_of_study",
            {"reason": "died", "ended_on": date(2026, 3, 7), "died_on": PartialDate("2026-03-07")},
            "first anakinra dose after the death",
        ),
    ],
)
def test_an_infusion_after_the_data_and_a_dose_after_the_death_are_set_aside_too(ward, tmp_path, form, answers, reason):
    child = "child-4"
    if form == "end_of_study":
        ward.treat(child)
    ward.add(form, child, **answers)
    assert (child, reason) in aside_of(read_cut(ward.write(tmp_path / "cut")))


def test_a_dose_on_the_day_of_the_data_or_of_the_death_is_no_contradiction(tmp_path):
    ward = Ward("2026-03-08")
    ward.treat("child-1")
    ward.treat("child-2")
    ward.add("end_of_study", "child-2", reason="died", ended_on=date(2026, 3, 8), died_on=PartialDate("2026-03-08"))
    assert aside_of(read_cut(ward.write(tmp_path / "cut"))) == []


def test_a_later_course_after_the_day_of_the_data_sets_the_child_aside(ward, tmp_path):
    ward.add("anakinra_course", "child-1", given=True, started_at=datetime(2027, 3, 12, 9, 0))
    assert ("child-1", AFTER_THE_DATA) in aside_of(read_cut(ward.write(tmp_path / "cut")))


def test_where_no_infused_child_is_left_the_day_of_the_data_is_doubted_and_the_report_refused(ward, tmp_path):
    cut = replace(read_cut(ward.write(tmp_path / "cut")), data_date=date(2026, 2, 1))
    with pytest.raises(ContradictionError, match=r"^Child child-1: .*No date of all 3 infused children fits\.$"):
        children_of(cut)


def test_a_selected_report_says_who_was_set_aside_before_anybody_was_asked(ward, tmp_path):
    cut = read_cut(ward.write(tmp_path / "cut"))
    selection = Selection(infused_from=date(2026, 2, 1))
    selected = select(cut, selection)
    assert (sorted(selected.cut.subjects), selected.not_infused, selected.set_aside) == (["child-1", "child-2"], 0, 1)
    assert study_of(cut, selection).left_aside == 1


def test_a_qualification_after_the_death_is_counted_and_refuses_nothing(tmp_path):
    ward = Ward()
    ward.treat("child-1", started_at=None)
    ward.add("concomitant_agent", "child-1", agent="tocilizumab", started_at=datetime(2026, 3, 8, 7, 0))
    for day in range(4):
        ward.grade("child-1", day, crs_grade=3)
    ward.add("end_of_study", "child-1", reason="died", ended_on=date(2026, 3, 8), died_on=PartialDate("2026-03-08"))
    cut = read_cut(ward.write(tmp_path / "cut"))
    found = select_qualified(cut, children_of(cut), CRS_R1)
    assert (found.children, found.why_not) == ((), {"day after the death or the day of the data": 1})
