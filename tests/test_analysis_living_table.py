"""Table 2, living: what a child adds to the registry's row, and how a published row is printed beside it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from analysis.chapters import living_table
from analysis.chapters.in_brief import in_brief
from analysis.chapters.living_table import HEADER, published_row, result_words
from analysis.chapters.living_table import living_table as table_of
from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.infections import INFECTED
from analysis.endpoints.living_table import TreatedFacts, registry_cohorts
from analysis.literature import PUBLISHED_STUDIES, ReportedResult
from analysis.study import Study
from cut_folder import CutFolder
from forms.values import NullFlavour, PartialDate

FIRST_DOSE = datetime(2026, 3, 9, 8, 0)


@pytest.fixture
def ward():
    folder = CutFolder()
    folder.log("north", 10, 10)
    return folder


@pytest.fixture
def cut(ward, tmp_path):
    return lambda: read_cut(ward.write(tmp_path / "cut"))


def infuse(ward, child="child-1", *, product="tisagenlecleucel", antigens=("cd19",), age=9):
    ward.add("baseline", child, disease="b_all")
    answers = {"product": product, "antigens": antigens, "age_years": age, "setting": "trial"}
    return ward.add("infusion", child, infused_on=date(2026, 3, 1), disease_at_lymphodepletion=True, **answers)


def treat(ward, child="child-1", *, per_day="8", started_at=FIRST_DOSE, **course):
    answers = {"indications": ("crs", "carhlh"), "route": "sc", "stopped_at": datetime(2026, 3, 14, 8, 0)} | course
    key = ward.add("anakinra_course", child, given=True, started_at=started_at, **answers)
    ward.add("anakinra_regimen", child, course=key, from_at=FIRST_DOSE, mg_per_kg_day=Decimal(per_day), frequency="q6h")


def facts_of(cut):
    cohort = registry_cohorts(cut, children_of(cut))[0]
    (facts,) = cohort.treated
    return facts


def test_a_treated_child_tells_its_first_order_route_and_indications(ward, cut):
    infuse(ward)
    treat(ward)
    assert facts_of(cut()) == TreatedFacts(
        beside=frozenset(),
        indications=("crs", "carhlh"),
        mg_per_kg_day=8.0,
        frequency="q6h",
        route="sc",
    )


@pytest.mark.parametrize(
    ("agent", "started_at", "counts"),
    [
        ("tocilizumab", datetime(2026, 3, 6, 8, 0), True),
        ("tocilizumab", datetime(2026, 3, 6, 7, 59), False),
        ("tocilizumab", datetime(2026, 3, 14, 8, 0), True),
        ("tocilizumab", datetime(2026, 3, 14, 8, 1), False),
        ("tocilizumab", PartialDate("2026-03"), True),
        ("tocilizumab", NullFlavour.UNKNOWN, True),
        ("ivig", datetime(2026, 3, 9, 8, 0), False),
    ],
)
def test_an_agent_counts_from_72_hours_before_the_first_to_the_last_dose(ward, cut, agent, started_at, counts):
    infuse(ward)
    treat(ward)
    ward.add("concomitant_agent", "child-1", agent=agent, started_at=started_at, frequency="once")
    assert facts_of(cut()).beside == (frozenset({agent}) if counts else frozenset())


def test_use_is_that_of_the_first_course_as_the_table_says(ward, cut):
    infuse(ward)
    treat(ward)
    treat(ward, started_at=datetime(2026, 4, 1, 8, 0), stopped_at=datetime(2026, 4, 9, 8, 0), indications=("icans",))
    ward.add(
        "concomitant_agent", "child-1", agent="tocilizumab", started_at=datetime(2026, 4, 2, 8, 0), frequency="once"
    )
    table = table_of(Study(cut=cut()))
    assert table.rows[0][HEADER.index("Anakinra use")].endswith("with none; alone 1\nfor carHLH 1, CRS 1")
    assert "from 72 hours before the first to the last dose of that course" in table.notes[1]


TREATED = {"organism_class": "bacterial", "organism": "escherichia_coli", "treatment_route": "iv"}


def test_new_infections_are_those_of_the_chapter_on_infections(ward, cut):
    # needed treatment, first positive over 48 hours after the dose of day 8, to day 90 (CLINICAL.md D12, D26)
    infections = {
        "new": {**TREATED, "onset_on": date(2026, 3, 12), "presence": "new"},
        "worse again": {**TREATED, "onset_on": date(2026, 4, 1), "presence": "reactivated"},
        "not treated": {**TREATED, "onset_on": date(2026, 3, 12), "presence": "new", "treatment_route": "none"},
        "there before": {**TREATED, "onset_on": date(2026, 3, 11), "presence": "new"},
        "after day 90": {**TREATED, "onset_on": date(2026, 6, 1), "presence": "new"},
    }
    for child, answers in infections.items():
        infuse(ward, child)
        treat(ward, child)
        ward.add("infection", child, **answers)
    infuse(ward, "treated late")
    treat(ward, "treated late", started_at=datetime(2026, 6, 10, 8, 0))
    row = dict(zip(HEADER, table_of(study := Study(cut=cut())).rows[0], strict=True))
    assert sum(one.event == INFECTED for one in study.infections.first) == 2
    # R: binom.test(2, 5)$conf.int is 0.0527 to 0.8534
    assert row["Infection"] == (
        "new after start, to day 90 after infusion\n2/5\u00a0(5\u00a0to\u00a085)\nfirst dose not on days 0 to 90: 1"
    )


def test_licensed_products_stand_by_name_and_others_by_antigen_below_them(ward, cut):
    infuse(ward, "child-1", product="academic", antigens=("cd19", "cd22"))
    infuse(ward, "child-2")
    infuse(ward, "child-3", product="academic", antigens=None)
    cohorts = registry_cohorts(read := cut(), children_of(read))
    assert [(cohort.name, len(cohort.subjects)) for cohort in cohorts] == [
        ("All products", 3),
        ("Tisagenlecleucel", 1),
        ("CD19 and CD22 CAR, academic or trial", 1),
        ("Product not recorded", 1),
    ]


def test_the_registrys_row_stands_in_the_letters_columns_with_exact_limits(ward, cut):
    for number, (response, per_day) in enumerate((("cr", "8"), ("nr", "4"), ("cr", None)), 1):
        child = f"child-{number}"
        infusion = infuse(ward, child, age=number * 3)
        if per_day:
            treat(ward, child, per_day=per_day)
        ward.add(
            "response", child, infusion=infusion, assessed_on=date(2026, 3, 30), timepoint="day_28", response=response
        )
    row = dict(zip(HEADER, table_of(Study(cut=cut())).rows[0], strict=True))
    # Clopper-Pearson: 2/3 0.094 to 0.992 (CLINICAL.md 1.5); 1/2 0.0126 to 0.9874; 0/2 0 to 0.842 (CLINICAL.md 1.5)
    assert row == {
        "Source": "This registry: All products",
        "Study type": "Prospective registry\ntrial 3",
        "Cohort": "n = 3, 1 center\n3 to 9 years, median 6\nB-ALL 3",
        "Anakinra use": "given anakinra\n2/3\u00a0(9\u00a0to\u00a099)\nwith none; alone 2\nfor carHLH 2, CRS 2",
        "Dose, frequency, route": "median 6 mg/kg per day (4 to 8)\nq6h 2\nSC 2",
        "Toxicity": "no child",
        "CAR T response": "CR or CRi, anakinra\n1/2\u00a0(1\u00a0to\u00a099)"
        "\nCR or CRi, no carHLH\n2/3\u00a0(9\u00a0to\u00a099)\nCR, MRD negative, anakinra\n0/2\u00a0(0\u00a0to\u00a084)"
        "\nCAR T found, anakinra\n0/2\u00a0(0\u00a0to\u00a084)",
        "Infection": "new after start, to day 90 after infusion\n0/2\u00a0(0\u00a0to\u00a084)",
    }


def test_a_child_of_whom_it_is_not_recorded_whether_anakinra_was_given_is_in_no_share(ward, cut, tmp_path):
    infuse(ward)
    ward.add("anakinra_course", "child-1")
    row = dict(zip(HEADER, table_of(Study(cut=cut())).rows[0], strict=True))
    assert row["Anakinra use"] == "not recorded whether given 1"
    assert row["Dose, frequency, route"] == "not known"
    infuse(ward, "child-2")
    row = dict(zip(HEADER, table_of(Study(cut=read_cut(ward.write(tmp_path / "more")))).rows[0], strict=True))
    # Clopper-Pearson 0/1: 1 - 0.025 = 0.975
    assert row["Anakinra use"] == "given anakinra\n0/1\u00a0(0\u00a0to\u00a098)\nnot recorded whether given 1"


def test_a_first_dose_without_a_time_is_counted_and_said(ward, cut):
    infuse(ward)
    treat(ward, started_at=NullFlavour.UNKNOWN)
    row = dict(zip(HEADER, table_of(Study(cut=cut())).rows[0], strict=True))
    assert row["Anakinra use"] == "given anakinra\n1/1\u00a0(3\u00a0to\u00a0100)\nfirst dose without a time 1"
    assert row["Dose, frequency, route"] == "not known"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (ReportedResult(outcome="improved", count=(3, 4)), "improved\n3/4\u00a0(19\u00a0to\u00a099)"),
        (
            ReportedResult(outcome="CR", count=(17, 19), percent=89.5, p_printed=".17"),
            "CR\n17/19,\u00a089\u00a0%\u00a0(67\u00a0to\u00a099)\nP as printed: .17",
        ),
        (ReportedResult(outcome="improved", percent=73), "improved\n73 % as printed, no count"),
        (ReportedResult(outcome="long course", words="1 child"), "long course: 1 child"),
    ],
)
def test_limits_come_from_printed_counts_alone(result, words):
    # 3/4: 0.194 to 0.994, 17/19: 0.669 to 0.987 (CLINICAL.md 1.5)
    assert result_words(result) == words


def test_published_rows_stand_below_the_registrys_and_are_pooled_with_nothing(ward, cut):
    infuse(ward)
    table = table_of(Study(cut=cut()))
    assert [row[0] for row in table.rows[-9:]] == [study.authors for study in PUBLISHED_STUDIES]
    assert {row[0] for row in table.csv_rows} == {"this registry", "published"}
    printed = {(row[1], row[3]): row[4:10] for row in table.csv_rows if row[0] == "published"}
    # no count is derived from 73 % of 26, from 53 % or from 42 % (CLINICAL.md 1.4, item 10)
    assert printed["Gazeau 2021 (abstract)", "CRS or ICANS improved"] == (None, None, None, None, None, 73)
    assert printed["Lichtenstein 2021; Shah 2020", "CR, given anakinra"][:2] == (8, 9)


def test_a_row_names_the_reference_as_printed_and_as_listed():
    lichtenstein, jatiani, *_ = (published_row(study) for study in PUBLISHED_STUDIES)
    assert lichtenstein.study_type == ("Phase 1 trial", "reference 18, 27 as printed (18, 28 in the list)")
    assert jatiani.study_type == ("Case series", "reference 17")
    assert jatiani.use[0].outcome == "given anakinra: 1 or 2 (not determinable)"


def test_a_cut_without_children_prints_the_published_rows_alone(cut):
    chapter = living_table.chapter(Study(cut=cut()))
    table, doubts = chapter.sections[0].tables
    assert len(table.rows) == 9 and len(doubts.rows) == 7


def test_rates_without_a_center_say_which_also_where_the_report_begins(ward, cut):
    ward.subjects["child-2"] = "south"
    ward.log("south", 10, 7)
    infuse(ward)
    infuse(ward, "child-2")
    study = Study(cut=cut())
    said = "CR rates leave out south: under 80 % enrolled, or no infusion log."
    assert said in table_of(study).notes
    # a report of that center alone begins with 0/0, which said nothing of why
    assert said in in_brief(study).notes


def test_rates_with_every_center_leave_none_out(ward, cut):
    infuse(ward)
    study = Study(cut=cut())
    assert not [note for note in (*table_of(study).notes, *in_brief(study).notes) if "leave out" in note]
