"""Chapter 1: from the infusions at the sites to the children of each curve, counted on hand-made children."""

from __future__ import annotations

from datetime import date, datetime

from analysis.chapters import monitoring, resolution, who
from analysis.cut import read_cut
from analysis.report import CHAPTERS
from analysis.study import Study
from cut_folder import CutFolder
from forms.values import NullFlavour


def chapter_of(tmp_path, files):
    return who.chapter(Study(cut=read_cut(files.write(tmp_path / "cut"))))


def rows_of(chapter, table_id):
    (found,) = [table for section in chapter.sections for table in section.tables if table.id == table_id]
    return found.rows


def infused(files, child, site="north"):
    files.subjects[child] = site
    files.add("infusion", child, infused_on=date(2026, 2, 1))


def test_each_step_counts_its_children_and_the_committees_word_goes_first(tmp_path):
    files = CutFolder()
    files.add("enrolment", "planned", sex="male")
    for child in ("a", "b", "c", "d"):
        infused(files, child)
    files.add("toxicity_episode", "a", toxicity="crs", peak_grade=2)
    files.add("toxicity_episode", "a", toxicity="crs", peak_grade=4)
    files.add("toxicity_episode", "b", toxicity="crs")
    # the committee called it an infection: no toxicity; and CRS of grade 3 where the clinician had grade 2
    files.add("toxicity_episode", "c", toxicity="icans", peak_grade=3, adjudicated_toxicity="infection")
    files.add("toxicity_episode", "d", toxicity="icans", peak_grade=2, adjudicated_peak_grade=3)
    files.add("anakinra_course", "a", given=True, started_at=datetime(2026, 2, 5, 8, 0))
    files.add("anakinra_course", "b", given=True)
    files.add("anakinra_course", "c", given=False)
    counts = {name: count for name, count, _ in rows_of(chapter_of(tmp_path, files), "enrolment_steps")}
    assert counts["In the data cut"] == "5" and counts["Infused"] == "4"
    assert (counts["CRS, any grade"], counts["CRS, grade 3 or more"]) == ("2", "1")
    assert counts["CRS, highest grade missing"] == "1"
    assert (counts["ICANS, any grade"], counts["ICANS, grade 3 or more"]) == ("1", "1")
    assert counts["None of these toxicities"] == "1"
    assert (counts["Given anakinra"], counts["Day and time of the first dose known"]) == ("2", "1")
    assert counts["Not given anakinra"] == "2"


def test_a_page_that_leaves_open_whether_anakinra_was_given_is_not_read_as_no(tmp_path):
    files = CutFolder()
    for child in ("a", "b", "c", "d", "e"):
        infused(files, child)
    files.add("anakinra_course", "a", given=True, started_at=datetime(2026, 2, 5, 8, 0))
    files.add("anakinra_course", "a")
    files.add("anakinra_course", "b", given=False)
    files.add("anakinra_course", "c")
    files.add("anakinra_course", "d", given=NullFlavour.UNKNOWN)
    files.add("anakinra_course", "d", given=False)
    # e has no course page: it is asked for from the first dose on
    chapter = chapter_of(tmp_path, files)
    counts = {name: count for name, count, _ in rows_of(chapter, "enrolment_steps")}
    assert [
        counts[name]
        for name in ("Infused", "Given anakinra", "Not given anakinra", "Not recorded whether given anakinra")
    ] == ["5", "1", "2", "2"]
    found = chapter.results["enrolment"]
    assert found["given_anakinra"] + found["not_given"] + found["given_not_recorded"] == found["infused"] == 5
    left = {row[0]: row[-1] for row in chapter.sections[0].figures[0].numbers.csv_rows}
    assert left["Infused"] == "not given anakinra 2, not recorded 2"


def test_the_flow_agrees_with_monitoring_on_whom_a_missing_grade_leaves_open(tmp_path):
    files = CutFolder()
    for child, grades in (("a", (2, None)), ("b", (3, None)), ("c", (2,)), ("d", (None,))):
        infused(files, child)
        for grade in grades:
            files.add("toxicity_episode", child, toxicity="crs", peak_grade=grade)
    chapter = chapter_of(tmp_path, files)
    counts = {name: count for name, count, _ in rows_of(chapter, "enrolment_steps")}
    assert counts["CRS, any grade"] == "4"
    assert (counts["CRS, grade 3 or more"], counts["CRS, highest grade missing"]) == ("1", "2")
    beside = {row[0]: row[3] for row in chapter.sections[0].figures[0].numbers.csv_rows}["Infused"]
    assert beside.splitlines()[:2] == ["CRS 4, grade 3 or more 1, not known 2", "ICANS 0, grade 3 or more 0"]
    measure = monitoring.chapter(Study(cut=read_cut(tmp_path / "cut"))).results["monitoring"]["crs_severe"]
    assert (measure["x"], measure["n"], measure["not_known"]) == (1, 2, 2)


def test_a_site_under_80_percent_is_named_and_a_quarter_without_a_log_is_told(tmp_path):
    files = CutFolder("2026-07-15")
    infused(files, "a", "north")
    infused(files, "b", "south")
    files.infusion_log = [("north", "2026-Q1", 10, 9, 7, 1, 7), ("north", "2026-Q2", 0, 0, 0, 0, 0)]
    chapter = chapter_of(tmp_path, files)
    section = chapter.sections[1]
    assert section.paragraphs == ("7 of 10 infused children were enrolled (70.0 %). 2 ended quarters have no log.",)
    assert section.notices == (
        "Capture under 80 %: north; not known: south. Response rates that are compared between groups leave these"
        " sites out.",
    )
    # binom.test(7, 10)$conf.int in R 4.2.2: 0.3475471 0.9332605
    assert rows_of(chapter, "capture") == (
        ("north", "10", "9", "7", "1", "7/10", "70 %", "35 to 93 %", "0"),
        ("south", "0", "0", "0", "0", "0/0", "not known", "", "2 (2026-Q1, 2026-Q2)"),
        ("All sites", "10", "9", "7", "1", "7/10", "70 %", "35 to 93 %", "2"),
    )
    assert chapter.results["enrolment"]["capture"]["south"] is None


def test_the_flow_itself_says_how_far_the_logs_go_and_who_of_the_cut_was_infused_by_then(tmp_path):
    files = CutFolder("2026-07-15")
    files.infusion_log = [("north", "2026-Q1", 2, 2, 2, 0, 2)]
    for child, infused_on in (("a", date(2026, 2, 1)), ("b", date(2026, 6, 30)), ("c", date(2026, 7, 1))):
        files.subjects[child] = "north"
        files.add("infusion", child, infused_on=infused_on)
    chapter = chapter_of(tmp_path, files)
    (figure,) = chapter.sections[0].figures
    beside = {row[0]: row[3] for row in figure.numbers.csv_rows}
    assert beside["Enrolled, by the logs"] == "The logs end with a quarter: 2026-06-30."
    assert beside["In the data cut"] == "Counted anew, to 2026-07-15:\nof these, 2 infused by 2026-06-30."
    drawn = [text.get_text() for text in figure.figure.axes[0].texts]
    assert beside["Enrolled, by the logs"] in drawn and beside["In the data cut"] in drawn
    assert "The logs end on 2026-06-30, the data cut on 2026-07-15; 2 of its children were infused by" in figure.alt
    counts = {name: count for name, count, _ in rows_of(chapter, "enrolment_steps")}
    assert counts["Infused by 2026-06-30, as far as the logs go"] == "2"


def test_more_enrolled_than_infused_is_a_slip_that_is_named(tmp_path):
    files = CutFolder("2026-03-31")
    files.infusion_log = [("north", "2025-Q4", 3, 3, 3, 0, 4)]
    notices = chapter_of(tmp_path, files).sections[1].notices
    assert notices[1].startswith("More enrolled than infused in the log of north (2025-Q4)")


def test_a_cut_without_children_or_with_one_has_a_diagram(tmp_path):
    empty = chapter_of(tmp_path / "none", CutFolder())
    assert empty.sections[0].figures[0].alt.startswith("Flow diagram. Infused at the sites 0;")
    files = CutFolder()
    infused(files, "a")
    assert "Infused 1;" in chapter_of(tmp_path / "one", files).sections[0].figures[0].alt


def test_the_flow_names_the_chapter_of_the_curves_by_its_number_in_the_report(tmp_path):
    number = [compute for _, compute in CHAPTERS].index(resolution.chapter) + 1
    steps = rows_of(chapter_of(tmp_path, CutFolder()), "enrolment_steps")
    assert {source for name, _, source in steps if name.startswith("In the curve")} == {f"chapter {number}"}
