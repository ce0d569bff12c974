"""Who enters a resolution curve, and what each day says: one hand-made child per rule."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analysis.cohort import FlowStep, select_resolution_cohort
from analysis.cut import read_cut
from analysis.endpoints import Source
from analysis.plan import CARHLH_COMPOSITE, CRS_R1, ICANS_R1
from cut_folder import CutFolder
from forms.values import Measurement, NullFlavour, PartialDate

DOSE = datetime(2026, 3, 8, 14, 0)
GOOD = {"ferritin": 4000, "fibrinogen": 180, "alt": 90, "ast": 110, "bilirubin_total": 1}
SICK = {"ferritin": 9000, "fibrinogen": 90, "alt": 300, "ast": 500, "bilirubin_total": 4}


class Ward(CutFolder):
    """A cut in which a child's days are written in one line."""

    def treat(self, child="child-1", *, started_at=DOSE, **course):
        """Infuse on 2026-03-01 and give the first anakinra dose."""
        infusion = self.add("infusion", child, infused_on=date(2026, 3, 1))
        if started_at:
            self.add("anakinra_course", child, infusion=infusion, given=True, started_at=started_at, **course)
        return child

    def grade(self, child, day, *, hour=6, **answers):
        """Add an assessment on a day counted from the first dose."""
        at = datetime(2026, 3, 8, hour, 0) + timedelta(days=day)
        return self.add("assessment", child, assessed_at=at, **answers)

    def sample(self, child, day, values):
        """Add a blood sample on a day counted from the first dose."""
        measured = {name: Measurement(value=Decimal(value)) for name, value in values.items()}
        return self.add("laboratory", child, sampled_at=datetime(2026, 3, 8, 6, 0) + timedelta(days=day), **measured)


@pytest.fixture
def ward():
    return Ward()


@pytest.fixture
def select(ward, tmp_path):
    def run(endpoint):
        return select_resolution_cohort(read_cut(ward.write(tmp_path / endpoint.id)), endpoint)

    return run


def outcome(cohort):
    (row,) = cohort.rows
    return row.day, row.event


def test_a_child_is_followed_from_the_day_of_the_first_dose_to_its_assessments(ward, select):
    child = ward.treat()
    for day, grade in enumerate((3, 2, 1, 1)):
        ward.grade(child, day, crs_grade=grade)
    cohort = select(CRS_R1)
    assert [(step.name, step.children) for step in cohort.flow] == [
        ("Infused", 1),
        ("Given anakinra, first dose recorded", 1),
        ("CRS grade known at the first dose", 1),
        ("CRS grade 2 or more at the first dose: in the curve", 1),
    ]
    (row,) = cohort.rows
    assert (row.day, row.event, row.confirmed) == (2, 1, True)
    assert row.source == Source(form="assessment", item="crs_grade", record="assessment-child-1-3")
    assert row.started == Source(form="anakinra_course", item="started_at", record="anakinra_course-child-1-1")
    assert cohort.day_sources == {"crs_grade": 4}


@pytest.mark.parametrize(
    ("grades_before", "at_start", "kept"),
    [
        ({0: 2}, None, (1, 1)),
        ({0: 1}, None, (1, 0)),
        ({-2: 4, -1: 1}, None, (1, 0)),
        ({-3: 3}, None, (0, 0)),
        ({}, 3, (1, 1)),
        ({}, None, (0, 0)),
        ({0: 1}, 4, (1, 0)),
    ],
)
def test_the_last_grade_at_or_before_the_first_dose_decides(ward, select, grades_before, at_start, kept):
    child = ward.treat(at_start_crs_grade=at_start)
    for day, grade in grades_before.items():
        ward.grade(child, day, crs_grade=grade)
    cohort = select(CRS_R1)
    assert (cohort.flow[2].children, cohort.flow[3].children) == kept
    assert len(cohort.rows) == kept[1]


def test_a_grade_after_the_first_dose_on_the_same_day_is_not_the_start(ward, select):
    child = ward.treat()
    ward.grade(child, 0, hour=6, crs_grade=1)
    ward.grade(child, 0, hour=20, crs_grade=3)
    assert [step.children for step in select(CRS_R1).flow] == [1, 1, 1, 0]


def test_a_child_without_a_first_dose_is_counted_out(ward, select):
    ward.treat("child-1", started_at=None)
    ward.treat("child-2", started_at=None)
    ward.add("anakinra_course", "child-2", given=False, reason_not_given="infection")
    ward.treat("child-3")
    assert [step.children for step in select(CRS_R1).flow] == [3, 1, 0, 0]


def test_the_earliest_of_several_courses_is_time_zero(ward, select):
    child = ward.treat(started_at=datetime(2026, 3, 20, 9, 0))
    ward.add("anakinra_course", child, given=True, started_at=DOSE)
    for day, grade in enumerate((3, 1, 1)):
        ward.grade(child, day, crs_grade=grade)
    assert outcome(select(CRS_R1)) == (1, 1)


def test_the_worst_grade_of_a_day_counts(ward, select):
    child = ward.treat()
    for day, hour, grade in ((0, 6, 3), (1, 6, 1), (1, 18, 3), (2, 6, 1), (3, 6, 1)):
        ward.grade(child, day, hour=hour, crs_grade=grade)
    assert outcome(select(CRS_R1)) == (2, 1)


def test_a_sedated_day_is_unresolved_and_a_low_grade_under_sedation_is_not_believed(ward, select):
    child = ward.treat()
    ward.grade(child, 0, icans_grade=3, sedated=False)
    ward.grade(child, 1, icans_grade=NullFlavour.NOT_AVAILABLE, sedated=True)
    ward.grade(child, 2, icans_grade=0, sedated=True)
    ward.grade(child, 3, icans_grade=0, sedated=False)
    ward.grade(child, 4, icans_grade=0, sedated=False)
    cohort = select(ICANS_R1)
    assert outcome(cohort) == (3, 1)
    assert cohort.day_sources == {"icans_grade": 3, "sedated": 2}


def test_a_single_missing_day_between_equal_grades_is_filled(ward, select):
    child = ward.treat()
    for day, grade in ((0, 2), (1, 1), (3, 1)):
        ward.grade(child, day, crs_grade=grade)
    cohort = select(CRS_R1)
    assert outcome(cohort) == (1, 1)
    assert (cohort.rows[0].confirmed, cohort.rows[0].interval_from) == (True, None)


def test_death_on_the_day_after_the_first_low_grade_is_death(ward, select):
    child = ward.treat()
    for day, grade in ((0, 4), (1, 1)):
        ward.grade(child, day, crs_grade=grade)
    ward.add("end_of_study", child, reason="died", ended_on=date(2026, 3, 10), died_on=PartialDate("2026-03-10"))
    cohort = select(CRS_R1)
    assert outcome(cohort) == (2, 2)
    assert cohort.rows[0].source == Source(form="end_of_study", item="died_on", record="end_of_study-child-1-1")


def test_a_death_without_its_own_day_is_taken_from_the_end_of_observation(ward, select):
    child = ward.treat()
    ward.grade(child, 0, crs_grade=4)
    ward.add("end_of_study", child, reason="died", ended_on=date(2026, 3, 11), died_on=PartialDate("2026-03"))
    assert outcome(select(CRS_R1)) == (3, 2)


@pytest.mark.parametrize(
    ("kind", "to_registry_site", "expected"),
    [("discharge", None, (1, 1)), ("transfer", None, (0, 0)), ("transfer", True, (0, 0))],
)
def test_leaving_on_the_first_low_day_resolves_only_when_home(ward, select, kind, to_registry_site, expected):
    child = ward.treat()
    for day, grade in ((0, 2), (1, 1)):
        ward.grade(child, day, crs_grade=grade)
    left = datetime(2026, 3, 9, 17, 0)
    ward.add("support", child, kind=kind, started_at=left, to_registry_site=to_registry_site)
    assert outcome(select(CRS_R1)) == expected


def test_a_transfer_to_another_center_of_the_registry_does_not_end_observation(ward, select):
    child = ward.treat()
    for day, grade in ((0, 2), (1, 2), (2, 1), (3, 1)):
        ward.grade(child, day, crs_grade=grade)
    ward.add("support", child, kind="transfer", started_at=datetime(2026, 3, 9, 9, 0), to_registry_site=True)
    assert outcome(select(CRS_R1)) == (2, 1)


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ("support", {"kind": "transfer", "started_at": datetime(2026, 3, 8, 20, 0)}),
        ("end_of_study", {"reason": "transferred", "ended_on": date(2026, 3, 8)}),
    ],
)
def test_a_child_that_left_the_registry_on_the_day_of_the_dose_is_censored_then(ward, select, form, answers):
    child = ward.treat()
    for day, grade in ((0, 2), (1, 1), (2, 1)):
        ward.grade(child, day, crs_grade=grade)
    ward.add(form, child, **answers)
    cohort = select(CRS_R1)
    assert outcome(cohort) == (0, 0)
    assert cohort.rows[0].reason == "transferred before resolution"


def test_a_second_infusion_ends_observation(ward, select):
    child = ward.treat()
    for day in range(8):
        ward.grade(child, day, crs_grade=2 if day < 6 else 0)
    ward.add("infusion", child, infused_on=date(2026, 3, 12))
    cohort = select(CRS_R1)
    assert outcome(cohort) == (3, 0)
    assert cohort.rows[0].reason == "second infusion before resolution"


def carhlh_child(ward, *, onset=date(2026, 3, 6), resolved_on=None, toxicity="carhlh", **episode):
    child = ward.treat()
    ward.add("enrolment", child, birth_date=date(2016, 5, 5), sex="female")
    ward.add("toxicity_episode", child, toxicity=toxicity, onset_on=onset, resolved_on=resolved_on, **episode)
    return child


def test_carhlh_resolves_when_all_parts_hold_and_ferritin_stays_low(ward, select):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    cohort = select(CARHLH_COMPOSITE)
    assert cohort.flow[2:] == (
        FlowStep(name="carHLH at the first dose", children=1),
        FlowStep(name="Ferritin known at or before the first dose: in the curve", children=1),
    )
    assert outcome(cohort) == (3, 1)
    assert cohort.rows[0].source == Source(form="laboratory", item="ferritin", record="laboratory-child-1-3")


def test_a_rebound_of_ferritin_within_48_hours_breaks_the_resolution(ward, select):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (3, GOOD), (4, GOOD), (5, {**GOOD, "ferritin": 5000}), (7, GOOD), (8, GOOD)):
        ward.sample(child, day, values)
    ward.sample(child, 9, {"ferritin": 3000})
    assert outcome(select(CARHLH_COMPOSITE)) == (7, 1)


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ("concomitant_agent", {"agent": "emapalumab", "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("support", {"kind": "dialysis", "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("support", {"kind": "ventilation", "invasive": True, "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("assessment", {"assessed_at": datetime(2026, 3, 10, 9, 0), "vasoactives": ("norepinephrine",)}),
    ],
)
def test_new_rescue_or_organ_support_keeps_carhlh_unresolved(ward, select, form, answers):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    ward.add(form, child, **answers)
    assert outcome(select(CARHLH_COMPOSITE)) == (5, 0)


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ("concomitant_agent", {"agent": "tocilizumab", "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("concomitant_agent", {"agent": "emapalumab", "started_at": datetime(2026, 3, 7, 9, 0)}),
        ("support", {"kind": "ventilation", "invasive": False, "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("assessment", {"assessed_at": datetime(2026, 3, 10, 9, 0), "vasoactives": ("milrinone",)}),
    ],
)
def test_what_is_not_new_or_not_rescue_does_not_count(ward, select, form, answers):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    ward.add(form, child, **answers)
    assert outcome(select(CARHLH_COMPOSITE)) == (3, 1)


@pytest.mark.parametrize(
    ("episode", "kept"),
    [
        ({}, 1),
        ({"onset": date(2026, 3, 9)}, 0),
        ({"resolved_on": date(2026, 3, 8)}, 0),
        ({"toxicity": "crs"}, 0),
        ({"toxicity": "crs", "adjudicated_toxicity": "carhlh"}, 1),
        ({"adjudicated_toxicity": "crs"}, 0),
    ],
)
def test_carhlh_at_the_first_dose_is_an_episode_that_covers_it(ward, select, episode, kept):
    ward.sample(carhlh_child(ward, **episode), -1, SICK)
    assert len(select(CARHLH_COMPOSITE).rows) == kept


def test_without_ferritin_before_the_first_dose_a_child_is_counted_out(ward, select):
    ward.sample(carhlh_child(ward), 1, SICK)
    assert [step.children for step in select(CARHLH_COMPOSITE).flow] == [1, 1, 1, 0]
