"""Chapter 3: what a site states, what its courses say, and how its orders were judged; hand-made children."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analysis.chapters import practice
from analysis.cut import read_cut
from analysis.endpoints.protocols import protocols_of
from analysis.manifest import CutError
from analysis.study import Study
from cut_folder import CutFolder
from safety_children import tables_of

START = datetime(2026, 3, 8, 9, 0)
RULES = {
    "doses": [
        {"basis": "mg_per_kg_dose", "frequency": "q6h", "routes": ["sc"], "step": "start", "value": "2"},
        {"basis": "mg_per_kg_dose", "step": "taper", "value": "1"},
    ],
    "indications": [{"line": "after_tocilizumab", "toxicity": "crs"}],
    "taper_highest_grade": 2,
    "taper_longest_days": 7,
    "longest_days": 14,
    "wean_order": "last",
}


def add_course(files, child, verdicts, *, per_day="8", **answers):
    """Add a treated child whose orders were judged as told, one after the other."""
    files.add("infusion", child, infused_on=date(2026, 3, 1))
    given = {"given": True, "started_at": START, "line": "after_tocilizumab", **answers}
    course = files.add("anakinra_course", child, **given)
    for place, verdict in enumerate(verdicts):
        order = files.add(
            "anakinra_regimen",
            child,
            course=course,
            from_at=START + timedelta(days=place),
            mg_per_kg_day=Decimal(per_day) if place == 0 else Decimal(99),
            frequency="q6h",
            route="sc",
            cap_applied="none",
            taper_step=place > 0,
        )
        if verdict:
            files.derive(order, "regimen_judgement", verdict)


def chapter_of(tmp_path, files):
    return practice.chapter(Study(cut=read_cut(files.write(tmp_path / "cut"))))


@pytest.fixture
def files():
    made = CutFolder()
    made.protocols = [
        ("north", "1", "2025-01-01", "", "", "", "", json.dumps({})),
        ("north", "2", "2026-01-01", "", "100", "400", "", json.dumps(RULES)),
        ("north", "3", "2026-07-01", "", "", "", "", json.dumps({})),
    ]
    return made


def test_stated_and_recorded_stand_side_by_side(tmp_path, files):
    stopped = {"stopped_at": START + timedelta(days=6), "tapered": True, "wean_order": "last"}
    for number in range(10):
        add_course(files, f"child-{number}", ["conform", "conform"], duration_days=7 + number, **stopped)
    add_course(files, "late", ["conform"], line=None, per_day="4")
    section = chapter_of(tmp_path, files).sections[1]
    assert section.paragraphs == ("11 treated children. Protocol 2, in force since 2026-01-01, 1 version before it.",)
    assert section.tables[0].rows == (
        ("Line", "after tocilizumab", "After tocilizumab 10/10; missing 1"),
        ("First dose", "2 mg/kg", "median 8.0 (4.0 to 8.0) mg/kg per day, n = 11"),
        ("Frequency", "every 6 hours", "Every 6 hours 11/11"),
        ("Route", "SC", "SC 11/11"),
        ("Cap", "100 mg per dose, 400 mg per day", "No cap applied 11/11"),
        ("Taper", "grade 2 or less; over at most 7 days", "Tapered 10/10; median 1 (1 to 1) taper steps, n = 10"),
        # 7 to 16 days
        ("Duration", "at most 14 days", "median 12 (7 to 16) days, n = 10; still running 1"),
        ("Ended in which order", "After the others", "After the others 10/10"),
    )


def test_conformity_counts_the_first_order_of_a_child_and_all_orders(tmp_path, files):
    for number in range(9):
        add_course(files, f"child-{number}", ["conform_at_cap", "other_taper"])
    add_course(files, "x", ["other_dose"])
    add_course(files, "y", ["not_comparable", "conform"])
    tables = tables_of(chapter_of(tmp_path, files))
    # binom.test(9, 10)$conf.int in R 4.2.2: 0.5549839 0.9974714; all orders: 9 + 1 of 18 + 1 + 1
    row = ("11", "9/10", "90 %", "55 to 100 %", "10/20", "1")
    assert tables["conformity"].rows == (("north", *row), ("All sites", *row))
    reasons = {name: count for name, count, _ in tables["conformity_reasons"].rows}
    assert {name: count for name, count in reasons.items() if count != "0"} == {"Other taper": "9", "Other dose": "1"}


def test_the_newest_version_of_the_judgement_counts(tmp_path, files):
    add_course(files, "a", ["other_dose"])
    files.derive("anakinra_regimen-a-1", "regimen_judgement", "conform", version="2")
    assert tables_of(chapter_of(tmp_path, files))["conformity"].rows[0][2] == "1/1"


def test_a_site_with_few_children_shows_counts_alone_and_one_without_protocol_says_so(tmp_path):
    files = CutFolder()
    add_course(files, "a", [None])
    chapter = chapter_of(tmp_path, files)
    assert chapter.sections[1].paragraphs == (
        "1 treated child. No protocol of the site is in force. Under 10: counts alone.",
    )
    rows = {name: (stated, recorded) for name, stated, recorded in chapter.sections[1].tables[0].rows}
    assert rows["First dose"] == ("not stated", "known for 1")
    assert tables_of(chapter)["conformity"].rows[0] == ("north", "1", "0/0", "", "", "0/0", "0")


def test_a_cut_without_treated_children_has_no_table(tmp_path):
    (section,) = chapter_of(tmp_path, CutFolder()).sections
    assert section.tables == ()


def test_of_two_protocols_that_begin_on_one_day_the_later_recorded_is_in_force(tmp_path, files):
    files.protocols = [("north", version, "2026-01-01", "", "", "", "", "{}") for version in ("9", "10")]
    in_force = protocols_of(read_cut(files.write(tmp_path / "cut")))["north"]
    assert (in_force.version, in_force.earlier) == ("10", 1)


@pytest.mark.parametrize(
    ("effective_from", "rules"),
    [
        ("2026-01-01", "{broken"),
        ("2026-01-01", "7"),
        ("2026-01-01", '{"doses": [{"value": "much"}]}'),
        ("2026-01-01", '{"unheard_of": 1}'),
        ("long ago", "{}"),
    ],
)
def test_a_protocol_that_was_damaged_is_refused_in_words(tmp_path, files, effective_from, rules):
    files.protocols = [("north", "1", effective_from, "", "", "", "", rules)]
    with pytest.raises(
        CutError, match=r"^protocols.csv: the protocol of north cannot be read: .* Take the cut again.$"
    ):
        chapter_of(tmp_path, files)
