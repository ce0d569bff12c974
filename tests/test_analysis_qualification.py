"""When a toxicity qualifies as refractory (CLINICAL D25): one hand-made child per rule, expected moment written out."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from analysis.cut import read_cut
from analysis.endpoints.children import TimeZero, children_of
from analysis.endpoints.qualification import Qualification, qualification_of
from analysis.endpoints.qualified import select_qualified
from analysis.endpoints.time_to_event import Source
from analysis.plan.timing import FROM_QUALIFICATION
from forms.values import NullFlavour, PartialDate
from ward import DOSE, Ward

CRS, ICANS, CARHLH = FROM_QUALIFICATION
NOON = datetime(2026, 3, 4, 12, 0)

BY_COMMITTEE = "called something else, or graded lower, by the committee"


@pytest.fixture
def ward():
    return Ward()


@pytest.fixture
def cut(ward, tmp_path):
    return lambda: read_cut(ward.write(tmp_path / "cut"))


def crs_child(ward, *graded, child="child-1", **course):
    """Add an untreated child, infused on 2026-03-01, with CRS grades so many hours after noon of 2026-03-04."""
    ward.treat(child, started_at=None)
    for hours, grade in graded:
        ward.add("assessment", child, assessed_at=NOON + timedelta(hours=hours), crs_grade=grade)
    return child


def give(ward, name="tocilizumab", started_at=NOON, child="child-1", **more):
    answers = {"route": "iv", "purpose": "treatment", "started_at": started_at, **more}
    ward.add("concomitant_agent", child, agent=name, **answers)


def qualified(cut, endpoint=CRS):
    read = cut()
    (child,) = children_of(read)
    found = qualification_of(read, child, endpoint)
    hours = (found.zero.at - NOON) / timedelta(hours=1) if found.zero else None
    return hours, found.grade, found.why_not


def test_the_whole_qualification_names_its_assessment(ward, cut):
    crs_child(ward, (-2, 2), (30, 3))
    give(ward)
    read = cut()
    assert qualification_of(read, children_of(read)[0], CRS) == Qualification(
        zero=TimeZero(
            at=datetime(2026, 3, 5, 18, 0),
            source=Source(form="assessment", item="crs_grade", record="assessment-child-1-2"),
            what="qualification as refractory",
        ),
        grade=3,
    )


@pytest.mark.parametrize(
    ("graded", "expected"),
    [
        ([(-1, 2), (24, 2)], (24, 2, None)),
        ([(-1, 2), (23, 3), (26, 2)], (26, 2, None)),
        # below the grade before the dose, then not below it
        ([(-1, 3), (24, 2), (30, 2), (48, 3)], (48, 3, None)),
        # not below the grade before, but grade 1
        ([(-1, 1), (24, 1), (30, 2)], (30, 2, None)),
        ([(-1, 2), (10, 4), (24, 1)], (None, None, "not refractory to them")),
        # given before there was CRS: for something else
        ([(-1, 0), (24, 2)], (None, None, "not given tocilizumab or steroid for it")),
        ([(24, 2)], (None, None, "not given tocilizumab or steroid for it")),
        # the last grade before is older than two days
        ([(-49, 2), (24, 2)], (None, None, "not given tocilizumab or steroid for it")),
        ([(-1, 0), (24, 0)], (None, None, "toxicity not there")),
    ],
)
def test_crs_qualifies_a_day_after_its_first_treatment_at_grade_two_or_more_not_below_the_grade_before(
    ward, cut, graded, expected
):
    crs_child(ward, *graded)
    give(ward)
    assert qualified(cut) == expected


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        ([], (None, None, "not given tocilizumab or steroid for it")),
        ([{"name": "dexamethasone"}], (24, 2, None)),
        ([{"name": "ruxolitinib"}], (None, None, "not given tocilizumab or steroid for it")),
        (
            [{"name": "hydrocortisone", "purpose": "replacement"}],
            (None, None, "not given tocilizumab or steroid for it"),
        ),
        # before the infusion
        ([{"started_at": datetime(2026, 2, 28, 9, 0)}], (None, None, "not given tocilizumab or steroid for it")),
        # the first of two counts
        ([{"started_at": NOON + timedelta(hours=20)}, {"name": "dexamethasone"}], (24, 2, None)),
        ([{"started_at": NOON + timedelta(hours=20)}], (44, 2, None)),
        # the day alone: 24 hours count from its last minute
        ([{"started_at": PartialDate("2026-03-04")}], (44, 2, None)),
        # some day in March, while the toxicity was there or not; and no day known at all
        ([{"started_at": PartialDate("2026-03")}], (None, None, "day cannot be told")),
        ([{"started_at": NullFlavour.UNKNOWN}], (None, None, "day cannot be told")),
        ([{"started_at": NullFlavour.UNKNOWN}, {}], (24, 2, None)),
        # before the toxicity, whenever it was in February
        ([{"started_at": PartialDate("2026-02")}], (None, None, "not given tocilizumab or steroid for it")),
        (
            [{"started_at": NullFlavour.UNKNOWN, "stopped_at": PartialDate("2026-03-02")}],
            (None, None, "not given tocilizumab or steroid for it"),
        ),
    ],
)
def test_the_first_treatment_is_tocilizumab_or_steroid_against_toxicity(ward, cut, agents, expected):
    crs_child(ward, (-13, 2), (0, 2), (24, 2), (44, 2))
    for given in agents:
        give(ward, **given)
    assert qualified(cut) == expected


@pytest.mark.parametrize(
    ("is_treated", "why_not"), [(True, "not refractory to them"), (False, "not given tocilizumab or steroid for it")]
)
def test_a_toxicity_that_only_its_signs_tell_is_there_with_and_without_a_treatment(ward, cut, is_treated, why_not):
    # the derived grade goes before the clinician's (CLINICAL.md D7), who wrote none
    crs_child(ward, (-1, None))
    ward.derive("assessment-child-1-1", CRS.rule_set, "2")
    if is_treated:
        give(ward)
    assert qualified(cut) == (None, None, why_not)


@pytest.mark.parametrize("is_treated", [True, False])
def test_a_toxicity_of_earlier_cells_is_not_one_of_the_later(ward, cut, is_treated):
    crs_child(ward, (-1, 2))
    ward.add("infusion", "child-1", infused_on=date(2026, 4, 10))
    if is_treated:
        give(ward, started_at=datetime(2026, 4, 12, 12, 0))
    read = cut()
    found = qualification_of(read, children_of(read)[0], CRS, since=date(2026, 4, 10))
    assert (found.zero, found.why_not) == (None, "toxicity not there")


def test_a_treatment_of_which_only_the_month_is_known_leaves_the_day_open(ward, cut):
    crs_child(ward, (-72 - 1, 2), (24, 2))
    # CRS of grade 2 on the first of March at 11:00, treated some day in March
    give(ward, started_at=PartialDate("2026-03"))
    ward.add("assessment", "child-1", assessed_at=datetime(2026, 2, 28, 20, 0), crs_grade=2)
    assert qualified(cut) == (None, None, "day cannot be told")


def test_icans_is_not_treated_by_what_was_given_before_it_began(ward, cut):
    ward.treat("child-1", started_at=None)
    for hours, grade in ((-1, 0), (24, 2), (50, 2)):
        at = NOON + timedelta(hours=hours)
        ward.add("assessment", "child-1", assessed_at=at, icans_grade=grade, sedated=False)
    give(ward)
    give(ward, "dexamethasone", NOON + timedelta(hours=25))
    assert qualified(cut, ICANS) == (50, 2, None)


@pytest.mark.parametrize(
    ("episodes", "day", "why_not"),
    [
        ([{"toxicity": "carhlh", "criteria_met_on": PartialDate("2026-03-07")}], date(2026, 3, 7), None),
        (
            [
                {"toxicity": "carhlh", "criteria_met_on": PartialDate("2026-03-09")},
                {"toxicity": "carhlh", "criteria_met_on": PartialDate("2026-03-06")},
            ],
            date(2026, 3, 6),
            None,
        ),
        ([{"toxicity": "carhlh", "criteria_met_on": PartialDate("2026-03")}], None, "day cannot be told"),
        ([{"toxicity": "carhlh"}], None, "day cannot be told"),
        ([{"toxicity": "crs", "criteria_met_on": PartialDate("2026-03-07")}], None, "toxicity not there"),
        (
            [
                {
                    "toxicity": "carhlh",
                    "adjudicated_toxicity": "crs",
                    "criteria_met_on": PartialDate("2026-03-07"),
                }
            ],
            None,
            "toxicity not there",
        ),
    ],
)
def test_carhlh_qualifies_on_the_first_day_its_criteria_are_recorded_met(ward, cut, episodes, day, why_not):
    ward.treat("child-1", started_at=None)
    for episode in episodes:
        ward.add("toxicity_episode", "child-1", **episode)
    read = cut()
    found = qualification_of(read, children_of(read)[0], CARHLH)
    assert (found.zero.day if found.zero else None, found.why_not) == (day, why_not)


def test_children_are_followed_from_qualification_with_and_without_anakinra(ward, cut):
    # qualified on 2026-03-05 (day 0); grade 2 on day 1, 1 on days 2 and 3
    course = [(-1, 2), (24, 2), (48, 2), (72, 1), (96, 1)]
    for child in ("untreated", "treated", "before", "unknown"):
        crs_child(ward, *course, child=child)
        give(ward, child=child)
    ward.add("anakinra_course", "treated", given=True, started_at=datetime(2026, 3, 6, 9, 0))
    ward.add("anakinra_course", "before", given=True, started_at=datetime(2026, 3, 4, 9, 0))
    ward.add("anakinra_course", "unknown", given=True)
    crs_child(ward, (-1, 2), child="never-treated")
    found = select_qualified((read := cut()), children_of(read), CRS)
    assert [(step.name, step.children) for step in found.flow] == [
        ("In the data cut", 5),
        ("Infused", 5),
        ("CRS graded in the assessments", 5),
        ("CRS qualified as refractory", 4),
        ("Anakinra never given, or the day of its first dose known", 3),
        ("Not given anakinra before the day of qualification", 2),
    ]
    assert found.why_not == {"not given tocilizumab or steroid for it": 1}
    rows = [(one.row.subject, one.row.day, one.row.event, one.anakinra_day, one.grade) for one in found.children]
    assert rows == [("treated", 2, 1, 1, 2), ("untreated", 2, 1, None, 2)]


@pytest.mark.parametrize(("is_given", "children"), [(None, 0), (False, 1)])
def test_who_may_have_been_given_anakinra_is_not_followed_as_untreated(ward, cut, is_given, children):
    crs_child(ward, (-13, 2), (24, 2))
    give(ward)
    ward.add("anakinra_course", "child-1", given=is_given)
    read = cut()
    assert len(select_qualified(read, children_of(read), CRS).children) == children


def test_carhlh_is_followed_from_the_day_its_criteria_were_met(ward, cut):
    child = ward.treat(started_at=DOSE)
    ward.add("enrolment", child, birth_date=date(2016, 5, 5), sex="female")
    ward.add("toxicity_episode", child, toxicity="carhlh", criteria_met_on=PartialDate("2026-03-07"))
    sick = {"ferritin": 9000, "fibrinogen": 90, "alt": 300, "ast": 500, "bilirubin_total": 4}
    good = {"ferritin": 4000, "fibrinogen": 180, "alt": 90, "ast": 110, "bilirubin_total": 1}
    # the ferritin of the day itself is its peak; days count from the first dose on 2026-03-08
    for day, values in ((-1, sick), (0, sick), (1, good), (2, good), (3, good)):
        ward.sample(child, day, values)
    (one,) = select_qualified((read := cut()), children_of(read), CARHLH).children
    assert (one.row.day, one.row.event, one.anakinra_day, one.grade) == (2, 1, 1, None)


@pytest.mark.parametrize(
    ("treated_again", "expected"),
    [
        # grade 2 of the second cells is not refractory to the tocilizumab given for the first
        (False, (None, None, "not refractory to them")),
        # 40 days and 30 hours after the first tocilizumab, 25 hours after the one for the second cells
        (True, (40 * 24 + 30, 2, None)),
    ],
)
def test_a_toxicity_after_new_cells_is_judged_by_its_own_first_treatment(ward, cut, treated_again, expected):
    second = 40 * 24
    crs_child(ward, (-1, 2), (24, 0), (second + 4, 2), (second + 26, 2), (second + 30, 2))
    ward.add("infusion", "child-1", infused_on=date(2026, 4, 10))
    give(ward)
    if treated_again:
        give(ward, started_at=NOON + timedelta(hours=second + 5))
    assert qualified(cut) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"adjudicated_toxicity": "infection"}, (None, None, BY_COMMITTEE)),
        ({"adjudicated_toxicity": "crs", "adjudicated_peak_grade": 1}, (None, None, BY_COMMITTEE)),
        ({"adjudicated_toxicity": "crs", "adjudicated_peak_grade": 4}, (24, 2, None)),
        # the committee's word on an episode that had ended before
        ({"adjudicated_toxicity": "infection", "resolved_on": date(2026, 3, 4)}, (24, 2, None)),
    ],
)
def test_what_the_committee_called_something_else_does_not_qualify_as_crs(ward, cut, answers, expected):
    crs_child(ward, (-1, 2), (24, 2))
    give(ward)
    ward.add("toxicity_episode", "child-1", toxicity="crs", onset_on=date(2026, 3, 3), **answers)
    # by hand, from CLINICAL.md D7
    assert qualified(cut) == expected


def test_the_grade_at_qualification_is_none_higher_than_the_committees_highest(ward, cut):
    crs_child(ward, (-1, 3), (24, 3))
    give(ward)
    adjudicated = {"adjudicated_toxicity": "crs", "adjudicated_peak_grade": 2}
    ward.add("toxicity_episode", "child-1", toxicity="crs", onset_on=date(2026, 3, 3), **adjudicated)
    # by hand, from CLINICAL.md D7
    assert qualified(cut) == (24, 2, None)
