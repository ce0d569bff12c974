"""The figures of the resolution chapter: what their words and their twins say of hand-made children."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.chapters import resolution
from analysis.cut import read_cut
from analysis.study import Study
from forms.values import PartialDate
from ward import Ward


@pytest.fixture(scope="module")
def sections(tmp_path_factory):
    """Return the sections of a cut of twelve children by id: ten by vein resolve on days 1 to 10, two others do not.

    Under the skin: one dies on day 3, one is seen at grade 3 to day 2.
    """
    ward = Ward()
    for number in range(12):
        child = f"child-{number:02}"
        ward.treat(child, route="iv_bolus" if number < 10 else "sc")
        last = number + 3 if number < 10 else 3
        for day in range(last):
            ward.grade(child, day, crs_grade=1 if number < 10 and day > number else 3)
    ward.add("end_of_study", "child-11", reason="died", ended_on=date(2026, 3, 11), died_on=PartialDate("2026-03-11"))
    cut = read_cut(ward.write(tmp_path_factory.mktemp("given") / "cut"))
    return {section.id: section for section in resolution.chapter(Study(cut=cut)).sections}


def test_resolved_unresolved_and_died_sum_to_one_on_every_day(sections):
    _, stacked = sections["crs_r1_24h"].figures
    rows = stacked.numbers.csv_rows
    assert [row[0] for row in rows] == list(range(29))
    assert [sum(row[2:]) for row in rows] == pytest.approx([1] * 29)
    # day 2: two of twelve resolved. Day 3: the child censored on day 2 is gone, of nine at risk one resolves and one
    # dies, so that 10/12 splits into 1/9, 1/9 and 7/9
    assert rows[2][1:] == pytest.approx((11, 2 / 12, 10 / 12, 0))
    assert rows[3][1:] == pytest.approx((9, 2 / 12 + 10 / 12 / 9, 10 / 12 * 7 / 9, 10 / 12 / 9))
    assert "day 3: 26 % resolved, 65 % unresolved, 9 % died" in stacked.alt


def test_a_figure_by_group_reads_shares_of_the_large_and_days_of_the_small(sections):
    section = sections["crs_r1_24h_by_route"]
    (figure,) = section.figures
    # ten children resolve on days 1 to 10, one each
    assert "IV, 10 children: resolved by day 3 30 %, day 7 70 %, day 14 100 %, day 28 100 %." in figure.alt
    assert "SC, 2 children: died on day 3; censored on day 2." in figure.alt
    assert figure.caption.endswith("No test: fewer than two groups have 10 children.")
    # R: binom.test(3, 10)$conf.int is 0.0667 to 0.6525
    assert section.tables[0].rows[1][:5] == ("IV", "10", "10", "0", "30 (7 to 65)")


def test_every_caption_says_of_which_moment_the_numbers_under_its_axis_are(sections):
    curve, stacked = sections["crs_r1_24h"].figures
    (by_route,) = sections["crs_r1_24h_by_route"].figures
    # on the day of an event the child is at risk and resolved: without the rule the rows sum to more than n
    rule = "Under the axis, at risk counts just before the day, the other rows up to and including it."
    assert rule in curve.caption and rule in by_route.caption
    assert stacked.caption.endswith("Under the axis, at risk counts just before the day.")


def test_a_grouping_that_is_known_for_nobody_says_so(sections):
    section = sections["crs_r1_24h_by_timing"]
    assert section.paragraphs == ("Not known for any of the 12 children of this curve.",)
    assert (section.figures, section.tables, section.notices, section.estimand) == ((), (), (), None)


def test_only_the_first_grouping_explains_immortal_time(sections):
    told = [id_ for id_, section in sections.items() if any("immortal time" in text for text in section.paragraphs)]
    assert "crs_r1_24h_by_dose" in told and "crs_r1_24h_by_route" not in told


def test_children_whose_group_is_not_known_are_told_under_the_title(tmp_path):
    ward = Ward()
    for child, course in (("child-1", {"route": "sc"}), ("child-2", {"route": "iv_bolus"}), ("child-3", {})):
        ward.treat(child, **course)
        for day in range(5):
            ward.grade(child, day, crs_grade=3 if day < 2 else 0)
    cut = read_cut(ward.write(tmp_path / "cut"))

    sections = {section.id: section for section in resolution.chapter(Study(cut=cut)).sections}
    (on_page,) = sections["crs_r1_24h_by_route"].figures

    assert on_page.figure.texts[1].get_text() == "n = 2 of 3: route not known for 1 child"
