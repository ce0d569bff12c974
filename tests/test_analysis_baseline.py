"""Chapter 2: the baseline table by group on hand-made children, and the standardised differences by hand."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

import pytest

from analysis.chapters import baseline
from analysis.chapters.baseline_rows import Group, baseline_rows
from analysis.cut import read_cut
from analysis.endpoints.baseline import at_first_dose_of
from analysis.endpoints.children import children_of
from analysis.estimators import InvalidInputError, standardised_category_difference, standardised_mean_difference
from analysis.plan.baseline import BASELINE_VARIABLES
from analysis.study import Study
from cut_folder import CutFolder
from forms.values import NullFlavour


def test_a_difference_of_means_is_counted_in_standard_deviations():
    # means 2 and 4, both variances 1: 2 / 1
    assert standardised_mean_difference([1, 2, 3], [3, 4, 5]).estimate == 2.0
    # means 2 and 2.5, variances 2 and 0.5: 0.5 / sqrt(1.25)
    assert standardised_mean_difference([1, 3], [2, 3]).estimate == pytest.approx(0.5 / math.sqrt(1.25))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # 2/4 and 1/4: 0.25 / sqrt((0.25 + 0.1875) / 2)
        ((2, 2), (1, 3), 0.25 / math.sqrt(0.21875)),
        ((2, 2), (4, 4), 0.0),
        # p = (.50, .25, .25), q = (.25, .25, .50), first left out: d = (0, -.25),
        # S = ((.1875, -.09375), (-.09375, .21875)), S^-1[2, 2] = .1875 / .0322265625, d'S^-1 d = .0625 * that
        ((2, 1, 1), (1, 1, 2), math.sqrt(0.0625 * 0.1875 / 0.0322265625)),
        # a category in which nobody stands changes nothing
        ((2, 0, 2), (1, 0, 3), 0.25 / math.sqrt(0.21875)),
    ],
)
def test_categories_are_compared_by_the_distance_of_their_shares(first, second, expected):
    assert standardised_category_difference(first, second).estimate == pytest.approx(expected, abs=1e-12)
    assert standardised_category_difference(second[::-1], first[::-1]).estimate == pytest.approx(expected, abs=1e-12)


def test_where_nothing_varies_the_difference_is_0_or_not_defined():
    assert standardised_mean_difference([2, 2], [2, 2]).estimate == 0.0
    assert math.isnan(standardised_mean_difference([2, 2], [3, 3]).estimate)
    assert math.isnan(standardised_mean_difference([2], [3, 4]).estimate)
    assert math.isnan(standardised_category_difference((3, 0), (0, 3)).estimate)
    assert math.isnan(standardised_category_difference((0, 0), (1, 3)).estimate)
    with pytest.raises(InvalidInputError):
        standardised_category_difference((1, 2), (1, 2, 3))


@pytest.mark.parametrize(
    ("difference", "first", "words"),
    [
        (standardised_mean_difference, [1, math.nan], "first is missing or not finite for row 1"),
        (standardised_category_difference, (1, math.nan), "first is missing or not finite for row 1"),
        (standardised_category_difference, (3, -1), "first is negative for row 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(difference, first, words):
    with pytest.raises(InvalidInputError, match=words):
        difference(first, (1, 2))


def test_a_difference_names_its_method_and_source():
    for found in (standardised_mean_difference([1, 2], [3, 5]), standardised_category_difference((1, 2), (2, 1))):
        assert found.method.startswith("absolute standardised difference") and "Austin 2009" in found.source


def add_child(files, child, *, given, weight, disease="b_all", antigens=("cd19",), delay=False):
    files.add("baseline", child, weight_kg=weight, disease=disease, developmental_delay=delay)
    files.add("infusion", child, infused_on=date(2026, 3, 1), antigens=antigens)
    # the second infusion says nothing about the start
    files.add("infusion", child, infused_on=date(2026, 5, 1), antigens=("gd2",))
    if given:
        files.add("anakinra_course", child, given=True, started_at=datetime(2026, 3, 8, 9, 0))


@pytest.fixture
def chapter(tmp_path):
    """Return the chapter of ten treated children of 11 to 20 kg and ten others of 21 to 30 kg."""
    files = CutFolder()
    for number in range(20):
        add_child(
            files,
            f"child-{number:02}",
            given=number < 10,
            weight=NullFlavour.NOT_DONE if number == 19 else Decimal(11 + number),
            disease="solid" if number in (8, 9) else "b_all",
            antigens=("cd19", "cd22") if number < 5 else ("cd19",),
            delay=None if number == 0 else number in (1, 10, 11, 12),
        )
    return baseline.chapter(Study(cut=read_cut(files.write(tmp_path / "cut"))))


def test_each_variable_has_its_words_its_missing_row_and_its_difference(chapter):
    table = chapter.sections[0].tables[0]
    assert table.header == ("", "Given anakinra (n = 10)", "Not given (n = 10)", "SMD")
    assert table.notes[1].startswith("Under 10 answers of a group: the values or counts alone.")
    assert table.rows == (
        # quantile(11:20, c(.5, .25, .75)) and quantile(21:29, ...) in R 4.2.2; means 15.5 and 25,
        # variances 55/6 and 7.5: 9.5 / sqrt(8.3333) = 3.29
        ("Weight, kg", "15.5 (13.2 to 17.8)", "21.0; 22.0; 23.0; 24.0; 25.0; 26.0; 27.0; 28.0; 29.0", "3.29"),
        ("\u2003Missing", "0", "1", ""),
        # 8/10 and 10/10: 0.2 / sqrt(0.16 / 2) = 0.71
        ("Disease", "", "", "0.71"),
        ("\u2003B-cell acute lymphoblastic leukemia", "8/10 (80 %)", "10/10 (100 %)", ""),
        ("\u2003Solid tumor outside the CNS", "2/10 (20 %)", "0/10 (0 %)", ""),
        # 1/9 and 3/10: 0.18889 / sqrt((0.098765 + 0.21) / 2) = 0.48
        ("Developmental delay", "1/9", "3/10 (30 %)", "0.48"),
        ("\u2003Missing", "1", "0", ""),
        ("Antigen", "", "", ""),
        ("\u2003CD19", "10/10 (100 %)", "10/10 (100 %)", "0.00"),
        # 5/10 and 0/10: 0.5 / sqrt(0.25 / 2) = 1.41
        ("\u2003CD22", "5/10 (50 %)", "0/10 (0 %)", "1.41"),
    )


def test_the_file_of_the_table_has_the_difference_of_a_choice_on_a_line_of_its_own(chapter):
    lines = [line for line in chapter.sections[0].tables[0].csv_rows if line[0] == "baseline.disease"]
    # R 4.2.2: p <- 2/10; q <- 0; abs(p - q) / sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert [line[:3] + line[-1:] for line in lines[:2]] == [
        ("baseline.disease", "", "Given anakinra", pytest.approx(0.7071068, abs=1e-7)),
        ("baseline.disease", "", "Not given", pytest.approx(0.7071068, abs=1e-7)),
    ]
    assert [line[1:4] + line[5:6] + line[-1:] for line in lines[2:]] == [
        ("b_all", "Given anakinra", 10, 8, None),
        ("b_all", "Not given", 10, 10, None),
        ("solid", "Given anakinra", 10, 2, None),
        ("solid", "Not given", 10, 0, None),
    ]


def test_a_child_of_whom_it_is_not_recorded_whether_it_was_given_anakinra_stands_in_no_column(tmp_path):
    files = CutFolder()
    for number in range(20):
        add_child(files, f"child-{number:02}", given=number < 10, weight=Decimal(11 + number))
    for child, given in (("open-1", None), ("open-2", NullFlavour.UNKNOWN)):
        add_child(files, child, given=False, weight=Decimal(90))
        files.add("anakinra_course", child, given=given)
    section, *_ = baseline.chapter(Study(cut=read_cut(files.write(tmp_path / "cut")))).sections
    assert section.tables[0].header == ("", "Given anakinra (n = 10)", "Not given (n = 10)", "SMD")
    # means 15.5 and 25.5, both variances 55/6: 10 / sqrt(55/6) = 3.30
    assert section.tables[0].rows[0] == ("Weight, kg", "15.5 (13.2 to 17.8)", "25.5 (23.2 to 27.8)", "3.30")
    assert section.paragraphs == (
        "22 infused children, by the first infusion.",
        "Of 2 children it is not recorded whether anakinra was given: in neither column, and in no difference.",
    )
    assert section.figures[0].figure.texts[1].get_text() == (
        "n = 22 infused: 10 given anakinra, 10 not, 2 not recorded"
    )


def test_the_figure_begins_with_the_largest_difference_and_results_hold_them_all(chapter):
    points = chapter.sections[0].figures[0].numbers.csv_rows
    assert [name for name, _ in points] == [
        "Weight, kg",
        "Antigen: CD22",
        "Disease",
        "Developmental delay",
        "Antigen: CD19",
    ]
    # the last difference is 0: its dot stands on the edge of the axes and is drawn whole
    (dots,) = [line for line in chapter.sections[0].figures[0].figure.axes[0].lines if line.get_marker() == "o"]
    assert dots.get_xdata()[-1] == 0 and not dots.get_clip_on()
    assert chapter.results["baseline"]["standardised_differences"]["infusion.antigens.cd22"] == pytest.approx(
        0.5 / math.sqrt(0.125)
    )


def test_groups_under_ten_have_no_difference_and_no_figure(tmp_path):
    files = CutFolder()
    add_child(files, "a", given=True, weight=Decimal(20))
    chapter = baseline.chapter(Study(cut=read_cut(files.write(tmp_path / "cut"))))
    assert chapter.sections[0].figures == ()
    assert chapter.sections[0].tables[0].rows[0] == ("Weight, kg", "20.0", "none", "")


def test_a_cut_without_children_has_an_empty_table(tmp_path):
    (section,) = baseline.chapter(Study(cut=read_cut(CutFolder().write(tmp_path / "cut")))).sections
    assert section.tables[0].rows == () and section.paragraphs == ("0 infused children, by the first infusion.",)


def test_of_more_than_two_groups_the_largest_difference_of_two_large_ones_is_told():
    (variable,) = [one for one in BASELINE_VARIABLES if one.name == "Developmental delay"]
    blank = {one.id: None for one in BASELINE_VARIABLES}
    shares = {"low": (1, 10), "middle": (3, 10), "small": (3, 3), "high": (6, 10)}
    groups = [
        Group(name=name, answers=[{**blank, variable.id: number < yes} for number in range(every)])
        for name, (yes, every) in shares.items()
    ]
    (row,) = baseline_rows(groups)
    # 1/10 against 6/10: 0.5 / sqrt((0.09 + 0.24) / 2); 3/3 stand in no difference
    assert row.difference == pytest.approx(0.5 / math.sqrt(0.165))


def test_a_treated_child_is_described_at_its_first_dose(tmp_path):
    # second infusion on 1 May, dose on 8 May: 7 days; a derived grade goes before the clinician's (CLINICAL.md D7)
    files = CutFolder()
    add_child(files, "a", given=False, weight=Decimal(12))
    dose = datetime(2026, 5, 8, 9, 0)
    files.add(
        "anakinra_course", "a", given=True, started_at=dose, indications=("crs", "carhlh"), at_start_icans_grade=1
    )
    files.add("assessment", "a", assessed_at=datetime(2026, 5, 5, 9, 0), crs_grade=4)
    judged = files.add("assessment", "a", assessed_at=datetime(2026, 5, 8, 8, 0), crs_grade=2)
    files.derive(judged, "crs_astct_2019", "3")
    files.add("assessment", "a", assessed_at=datetime(2026, 5, 8, 10, 0), crs_grade=4)
    files.add("anakinra_regimen", "a", course="anakinra_course-a-1", from_at=dose, mg_per_kg_day=Decimal(8))
    cut = read_cut(files.write(tmp_path / "cut"))
    assert at_first_dose_of(cut, children_of(cut)) == {
        "a": {
            "anakinra_course.started_at": 7,
            "anakinra_course.indications": ("crs", "carhlh"),
            "assessment.crs_grade": "3",
            "assessment.icans_grade": "1",
        }
    }
    table = baseline.chapter(Study(cut=cut)).sections[1].tables[0]
    told = [(row[0], row[3]) for row in table.rows[:8]]
    assert told == [
        ("First dose, days after infusion", "7"),
        ("Indication", ""),
        ("\u2003CRS", "1/1"),
        ("\u2003HLH-like toxicity", "1/1"),
        ("CRS at the first dose", ""),
        ("\u2003Grade 3", "1/1"),
        ("ICANS at the first dose", ""),
        ("\u2003Grade 1", "1/1"),
    ]
