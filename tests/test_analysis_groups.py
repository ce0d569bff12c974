"""Groups fixed at the first anakinra dose: hand-made children, one rule of CLINICAL.md D23-D25 each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analysis.chapters.group_centers import center_notice
from analysis.chapters.group_results import group_endpoint
from analysis.chapters.group_tables import figure_numbers, group_table, sentence_on_test
from analysis.chapters.methods import METHODS
from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.groupings import GROUPINGS, ImmortalTimeError, group_children, grouping, what_told
from analysis.errors import AnalysisError
from analysis.estimators import gray_test, permutation_gray
from analysis.plan.groups import LEAST_FOR_A_SHARE, PERMUTATION_SEED, PERMUTATIONS, REPORTED_GROUPINGS
from analysis.plan.resolution import CRS_R1, RESOLVED
from cut_folder import CutFolder
from forms.values import NullFlavour, PartialDate
from resolution_cohorts import select_resolution_cohort

FIRST_DOSE = datetime(2026, 3, 8, 14, 0)
BY_ID = {grouping.id: grouping for grouping in GROUPINGS}


def add_child(files, child, *, site="north", **course):
    """Add a child who is given anakinra at a site; return the key of its course."""
    files.subjects[child] = site
    files.add("enrolment", child, sex="male")
    files.add("infusion", child, infused_on=date(2026, 3, 1))
    return files.add("anakinra_course", child, given=True, started_at=FIRST_DOSE, **course)


def group_of(tmp_path, files, name):
    cut = read_cut(files.write(tmp_path / "cut"))
    children = {child.subject: child for child in children_of(cut)}
    return group_children(cut, CRS_R1, BY_ID[name], children)


@pytest.mark.parametrize(
    ("per_day", "cap", "group"),
    [
        ("3.59", "none", "< 4 mg/kg per day"),
        # 10 % below an edge reaches it
        ("3.6", "none", "4 to < 7 mg/kg per day"),
        ("6.29", "none", "4 to < 7 mg/kg per day"),
        ("6.3", "none", "≥ 7 mg/kg per day"),
        ("8", "none", "≥ 7 mg/kg per day"),
        ("3", "single", "limited by a cap"),
        ("8", "both", "limited by a cap"),
        (None, "none", None),
    ],
)
def test_the_tier_is_that_of_the_first_order_with_a_tolerance(tmp_path, per_day, cap, group):
    files = CutFolder()
    course = add_child(files, "a")
    value = Decimal(per_day) if per_day else None
    files.add("anakinra_regimen", "a", course=course, from_at=FIRST_DOSE, mg_per_kg_day=value, cap_applied=cap)
    later = FIRST_DOSE + timedelta(days=1)
    files.add("anakinra_regimen", "a", course=course, from_at=later, mg_per_kg_day=Decimal(10), cap_applied="none")
    assert group_of(tmp_path, files, "dose") == {"a": group}


@pytest.mark.parametrize(("route", "group"), [("sc", "SC"), ("iv_continuous", "IV"), (None, None)])
def test_the_route_is_that_at_the_start(tmp_path, route, group):
    files = CutFolder()
    add_child(files, "a", route=route)
    assert group_of(tmp_path, files, "route") == {"a": group}


@pytest.mark.parametrize(
    ("onset", "group"),
    [
        ("2026-03-08", "at most 1 day"),
        ("2026-03-07", "at most 1 day"),
        ("2026-03-06", "2 to 3 days"),
        ("2026-03-05", "2 to 3 days"),
        ("2026-03-04", "> 3 days"),
        ("2026-03", None),
        ("2026-03-09", None),
    ],
)
def test_timing_is_counted_from_the_onset_by_the_first_dose(tmp_path, onset, group):
    files = CutFolder()
    add_child(files, "a")
    files.add("toxicity_episode", "a", toxicity="crs", onset_on=PartialDate(onset))
    files.add("toxicity_episode", "a", toxicity="icans", onset_on=PartialDate("2026-03-02"))
    assert group_of(tmp_path, files, "timing") == {"a": group}


@pytest.mark.parametrize(
    ("clinician", "committee", "group"),
    [("icans", "crs", "> 3 days"), ("crs", "icans", None), ("crs", None, "> 3 days")],
)
def test_timing_follows_what_the_committee_called_the_episode(tmp_path, clinician, committee, group):
    # the committee's word goes before the clinician's (CLINICAL.md D7); the onset is four days before the dose
    files = CutFolder()
    add_child(files, "a")
    onset = PartialDate("2026-03-04")
    files.add("toxicity_episode", "a", toxicity=clinician, adjudicated_toxicity=committee, onset_on=onset)
    assert group_of(tmp_path, files, "timing") == {"a": group}


@pytest.mark.parametrize(
    ("second_grade_on", "group", "told"),
    [
        # tocilizumab on 2026-03-04 at 10:00 at grade 2; grade 2 again 24 hours later or more qualifies
        (datetime(2026, 3, 5, 10, 0), "2 to 3 days", "qualification"),
        (datetime(2026, 3, 5, 9, 59), "> 3 days", "onset"),
        (datetime(2026, 3, 7, 6, 0), "at most 1 day", "qualification"),
        (datetime(2026, 3, 9, 6, 0), "> 3 days", "onset"),
    ],
)
def test_timing_is_counted_from_qualification_where_it_came_by_the_first_dose(tmp_path, second_grade_on, group, told):
    files = CutFolder()
    add_child(files, "a")
    files.add("toxicity_episode", "a", toxicity="crs", onset_on=PartialDate("2026-03-03"))
    files.add("assessment", "a", assessed_at=datetime(2026, 3, 4, 9, 0), crs_grade=2)
    files.add("concomitant_agent", "a", **agent("tocilizumab", "2026-03-04 10:00", doses_given=1))
    files.add("assessment", "a", assessed_at=second_grade_on, crs_grade=2)
    cut = read_cut(files.write(tmp_path / "cut"))
    children = {child.subject: child for child in children_of(cut)}
    assert group_children(cut, CRS_R1, BY_ID["timing"], children) == {"a": group}
    assert what_told(cut, CRS_R1, BY_ID["timing"], children) == {"a": told}


@pytest.mark.parametrize(
    ("onset", "group", "told"),
    [
        # 2026-03-06 to 2026-03-08; what qualified on 2026-01-05 belongs to the cells of 2026-01-01
        ("2026-03-06", "2 to 3 days", "onset"),
        # the month alone is no day, and the onset after the earlier cells stands for no other
        ("2026-03", None, None),
    ],
)
def test_timing_is_not_counted_from_what_qualified_or_began_after_earlier_cells(tmp_path, onset, group, told):
    files = CutFolder()
    files.add("infusion", "a", infused_on=date(2026, 1, 1))
    add_child(files, "a")
    files.add("toxicity_episode", "a", toxicity="crs", onset_on=PartialDate("2026-01-03"))
    files.add("assessment", "a", assessed_at=datetime(2026, 1, 4, 9, 0), crs_grade=2)
    files.add("concomitant_agent", "a", **agent("tocilizumab", "2026-01-04 10:00", doses_given=1))
    files.add("assessment", "a", assessed_at=datetime(2026, 1, 5, 10, 0), crs_grade=2)
    files.add("toxicity_episode", "a", toxicity="crs", onset_on=PartialDate(onset))
    cut = read_cut(files.write(tmp_path / "cut"))
    children = {child.subject: child for child in children_of(cut)}
    assert group_children(cut, CRS_R1, BY_ID["timing"], children) == {"a": group}
    assert what_told(cut, CRS_R1, BY_ID["timing"], children) == {"a": told}


def test_a_grouping_is_found_by_its_name():
    assert [grouping(name).id for name in REPORTED_GROUPINGS] == list(REPORTED_GROUPINGS)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("modal_dose", "the dose given most often on days 1 to 3"),
        ("later_agent", "ruxolitinib or another agent begun later"),
        ("ever_anakinra", "ever against never given anakinra, from onset"),
    ],
)
def test_a_grouping_by_the_future_is_refused_with_the_reason(name, title):
    with pytest.raises(ImmortalTimeError) as refused:
        grouping(name)
    message = str(refused.value)
    assert message.startswith(f"Grouping by {title} is not offered. ")
    assert "a child must stay unresolved long enough for it to happen" in message and "(immortal time)" in message
    assert " Use " in message and "\n" not in message
    assert isinstance(refused.value, AnalysisError)


def test_a_grouping_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(AnalysisError) as refused:
        grouping("weight")
    assert str(refused.value) == "There is no grouping “weight”: choose one of dose, route, timing, agents."


def agent(name, started, **more):
    """Return the answers about an agent; a start with a time is exact, a day alone is the whole day."""
    begun = datetime.fromisoformat(started) if ":" in started else PartialDate(started)
    return {"agent": name, "route": "iv", "purpose": "treatment", "started_at": begun, **more}


@pytest.mark.parametrize(
    ("given", "group"),
    [
        ([], "neither"),
        ([agent("tocilizumab", "2026-03-07 10:00", doses_given=1)], "tocilizumab"),
        # 72 hours before the first dose is 2026-03-05 14:00
        ([agent("tocilizumab", "2026-03-05 14:00", doses_given=1)], "tocilizumab"),
        ([agent("tocilizumab", "2026-03-05 13:59", doses_given=1)], "neither"),
        ([agent("tocilizumab", "2026-03-08 14:01", doses_given=1)], "neither"),
        ([agent("dexamethasone", "2026-03-02", stopped_at=PartialDate("2026-03-06"))], "steroid"),
        ([agent("dexamethasone", "2026-03-02", stopped_at=PartialDate("2026-03-04"))], "neither"),
        ([agent("dexamethasone", "2026-03-02", ongoing=True)], "steroid"),
        # an end that is not told may lie before or within the 72 hours
        ([agent("dexamethasone", "2026-03-02")], None),
        # a first dose that is not told may lie within them, unless the last was before
        ([{**agent("tocilizumab", "2026-03-07"), "started_at": NullFlavour.UNKNOWN}], None),
        (
            [
                {
                    **agent("tocilizumab", "2026-03-07", stopped_at=PartialDate("2026-03-04")),
                    "started_at": NullFlavour.UNKNOWN,
                }
            ],
            "neither",
        ),
        # replacement is not treatment, ruxolitinib is not looked at
        ([agent("hydrocortisone", "2026-03-07", purpose="replacement"), agent("ruxolitinib", "2026-03-07")], "neither"),
        (
            [
                agent("tocilizumab", "2026-03-07", doses_given=1),
                agent("methylprednisolone", "2026-03-07", ongoing=True),
            ],
            "tocilizumab and steroid",
        ),
    ],
)
def test_agents_are_those_given_in_the_72_hours_before(tmp_path, given, group):
    files = CutFolder()
    add_child(files, "a")
    for row in given:
        files.add("concomitant_agent", "a", **row)
    assert group_of(tmp_path, files, "agents") == {"a": group}


def write_cohort(folder, routes, *, sites=("north",)):
    """Write one child per route, the n-th resolving n days after the first dose, in one site after the other."""
    files = CutFolder()
    for number, route in enumerate(routes):
        child, site = f"child-{number:02}", sites[number % len(sites)]
        add_child(files, child, site=site, route=route)
        for day in range(-1, number + 5):
            at = FIRST_DOSE.replace(hour=8) + timedelta(days=day)
            files.add("assessment", child, assessed_at=at, crs_grade=3 if day <= number else 0)
    return read_cut(files.write(folder))


def by_route(cut):
    rows = select_resolution_cohort(cut, CRS_R1).rows
    (found,) = [one for one in group_endpoint(cut, CRS_R1, rows) if one.grouping.id == "route"]
    return rows, found


def test_small_groups_are_counted_and_neither_drawn_nor_tested(tmp_path):
    _, found = by_route(write_cohort(tmp_path / "cut", ["sc"] * 11 + ["iv_bolus"] * 9 + [None]))
    assert [(group.name, group.children, group.count(RESOLVED)) for group in found.groups] == [
        ("SC", 11, 11),
        ("IV", 9, 9),
    ]
    assert found.groups[0].curve is not None and found.groups[1].curve is None
    assert (found.test, found.not_known) == (None, 1)
    table = group_table("crs_r1_24h", found)
    assert table.rows[1] == ("IV", "9", "9", "0", "", "", "", "", "")
    assert table.csv_rows[1] == ("IV", 9, 9, 0, 0, *[None] * 15)
    # R: x <- sapply(1:11, function(k) binom.test(k, 11)$conf.int); median(1:11) 6; which(x[2, ] >= 0.5)[1] 2;
    # which(x[1, ] >= 0.5)[1] 10
    assert (table.rows[0][-1], table.csv_rows[0][-3:]) == ("6 (2 to 10)", (6, 2, 10))
    assert table.notes[1:3] == (
        "Not known: 1 child.",
        "Groups under 10: each child is a mark in the figure and a row in tables/time_to_event.csv.",
    )
    assert sentence_on_test(found) == "No test: fewer than two groups have 10 children."
    # the eleven of the large group resolve on days 1 to 11, one each; its twin has them with their estimates
    steps = figure_numbers("x", found).csv_rows
    assert [row[:6] for row in steps[:2]] == [("SC", 1, 11, 1, 0, 0), ("SC", 2, 10, 1, 0, 0)]
    assert steps[0][6] == pytest.approx(1 / 11)
    assert steps[11] == ("IV", 12, 9, 1, 0, 0, None, None, None, None)


def test_groups_of_ten_and_more_are_tested_by_permutation_within_centers(tmp_path):
    assert LEAST_FOR_A_SHARE == 10
    rows, found = by_route(write_cohort(tmp_path / "cut", ["sc"] * 12 + ["iv_bolus"] * 12, sites=("s-1", "s-2")))
    group = ["SC"] * 12 + ["IV"] * 12
    expected = permutation_gray(
        [row.day for row in rows],
        [row.event for row in rows],
        group,
        strata=[row.site for row in rows],
        seed=PERMUTATION_SEED,
        n_permutations=PERMUTATIONS,
    )
    assert found.test == expected
    assert expected.p_value < 0.01
    assert "Gray's test, 2,000 permutations of the group labels within strata (centers)" in sentence_on_test(found)
    # R: qnorm(0.975) * sqrt(c(0.05, 0.5) * c(0.95, 0.5) / 2000) 0.00955 and 0.02191
    assert "a P of 0.05 is then known to about 0.01, one of 0.5 to about 0.02)" in METHODS[1]
    # in the order of the plan, as the lines are drawn, not of the alphabet
    assert ", between SC; IV: P" in sentence_on_test(found)


def test_groups_of_twenty_and_more_are_tested_by_chi_squared(tmp_path):
    rows, found = by_route(write_cohort(tmp_path / "cut", ["sc", "iv_bolus"] * 20, sites=("s-1", "s-1", "s-2", "s-2")))
    days, events = [row.day for row in rows], [row.event for row in rows]
    group = ["SC", "IV"] * 20
    assert found.test == gray_test(days, events, group, strata=[row.site for row in rows])


def test_where_each_center_has_one_group_there_is_no_test(tmp_path):
    _, found = by_route(write_cohort(tmp_path / "cut", ["sc", "iv_bolus"] * 10, sites=("s-1", "s-2")))
    assert found.test is None
    assert found.no_test == "within each center all children belong to one group, or nobody resolved"


def test_the_notice_says_which_group_is_one_center_and_which_center_has_one_group(tmp_path):
    # ten by vein at s-1 and one at s-2; two under the skin at s-2, one each at s-3 and s-4
    routes = ["iv_bolus"] * 11 + ["sc"] * 4
    sites = ("s-1",) * 10 + ("s-2",) * 3 + ("s-3", "s-4")
    _, found = by_route(write_cohort(tmp_path / "cut", routes, sites=sites))
    assert [dict(group.centers) for group in found.groups] == [{"s-2": 2, "s-3": 1, "s-4": 1}, {"s-1": 10, "s-2": 1}]
    assert center_notice(found.groups) == (
        "Differs by center; not a drug comparison. Nearly all children of one center: IV, 10 of 11 from s-1."
        " 3 of 4 centers (s-1, s-3, s-4) have children in one group only; 1 center can be compared within."
    )


def test_the_notice_stands_where_every_center_has_every_group(tmp_path):
    _, found = by_route(write_cohort(tmp_path / "cut", ["sc", "iv_bolus"] * 4, sites=("s-1", "s-1", "s-2", "s-2")))
    assert center_notice(found.groups) == "Differs by center; not a drug comparison."
