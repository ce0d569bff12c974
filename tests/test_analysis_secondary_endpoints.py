"""Secondary endpoints and sensitivity analyses: a hand-made child per rule of D3, D7 and D22, expected row written."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.cohort import select_resolution_cohorts
from analysis.endpoints.time_to_event import Source
from analysis.plan.resolution import CARHLH_COMPOSITE, CRS_R1, ICANS_R1, PRIMARY_ENDPOINTS
from analysis.plan.secondary_resolution import (
    CARHLH_FERRITIN,
    CARHLH_FIBRINOGEN,
    CARHLH_LIVER,
    CRS_R2,
    ICANS_R2,
    PLATELETS_20,
    PLATELETS_50,
    SECONDARY_ENDPOINTS,
)
from analysis.plan.sensitivity import SENSITIVITY
from forms.values import Measurement, NullFlavour, PartialDate
from resolution_cohorts import GOOD, SICK, outcome, select_resolution_cohort
from ward import DOSE, Ward

VARIANT = {variant.id: variant for variants in SENSITIVITY.values() for variant in variants}


@pytest.fixture
def ward():
    return Ward()


def own_steps(cohort):
    return [step.children for step in cohort.flow[4:]]


def grade_days(ward, grades, *, item="crs_grade", first_day=0, child="child-1"):
    return [ward.grade(child, first_day + day, **{item: grade}) for day, grade in enumerate(grades)]


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        # grade 3 at the dose (06:00 of day 0), 2 on days 2 and 3: R2 on day 2
        ((3, 3, 2, 2), (2, 1)),
        ((3, 2, 3, 2, 2), (3, 1)),
        ((4, 2), (0, 0)),
    ],
)
def test_r2_is_grade_two_or_less_held_for_a_day_from_grade_three_on(ward, cohort_of, grades, expected):
    ward.treat()
    grade_days(ward, grades)
    assert outcome(cohort_of(CRS_R2)) == expected


def test_whoever_is_at_two_at_the_first_dose_is_out_of_r2_whatever_the_peak_and_in_r1(ward, cohort_of):
    ward.treat()
    grade_days(ward, (4, 2, 2, 1, 1), first_day=-1)
    assert own_steps(cohort_of(CRS_R2)) == [1, 1, 0]
    primary = cohort_of(CRS_R1)
    assert (own_steps(primary), outcome(primary)) == ([1, 1], (2, 1))


def test_a_sedated_child_at_grade_two_is_not_believed_to_be_at_two_in_r2(ward, cohort_of):
    ward.treat()
    for day, grade, sedated in ((0, 3, False), (1, 2, True), (2, 2, True), (3, 2, False), (4, 2, False)):
        ward.grade("child-1", day, icans_grade=grade, sedated=sedated)
    assert outcome(cohort_of(ICANS_R2)) == (3, 1)


def carhlh_child(ward, *samples):
    child = ward.treat()
    ward.add("enrolment", child, birth_date=date(2016, 5, 5), sex="female")
    ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=date(2026, 3, 6))
    for day, values in samples:
        ward.sample(child, day, values)
    return child


def test_each_component_of_carhlh_has_its_own_day_and_names_its_own_sample(ward, cohort_of):
    carhlh_child(
        ward,
        (0, SICK),
        (1, {**SICK, "fibrinogen": 160}),
        (2, {**GOOD, "ferritin": 9000}),
        (3, GOOD),
        (4, GOOD),
        (5, GOOD),
    )
    fibrinogen, liver = cohort_of(CARHLH_FIBRINOGEN), cohort_of(CARHLH_LIVER)
    assert (outcome(fibrinogen), outcome(liver)) == ((1, 1), (2, 1))
    assert outcome(cohort_of(CARHLH_FERRITIN)) == (3, 1)
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (3, 1)
    found = [(cohort.rows[0].source.item, cohort.rows[0].source.record) for cohort in (fibrinogen, liver)]
    assert found == [("fibrinogen", "laboratory-child-1-2"), ("alt", "laboratory-child-1-3")]


def test_a_day_on_which_a_component_was_not_measured_only_confirms(ward, cohort_of):
    child = carhlh_child(ward, (-1, SICK), (1, {"ferritin": 9000}), (3, GOOD))
    # good at 20:00 of day 0, which never resolves, and so still on day 1, when it was not measured
    ward.add("laboratory", child, sampled_at=DOSE + timedelta(hours=6), fibrinogen=Measurement(value=Decimal(180)))
    assert outcome(cohort_of(CARHLH_FIBRINOGEN)) == (3, 1)


@pytest.mark.parametrize(
    ("at_start", "steps"),
    [
        (SICK, [1, 1, 1, 1, 1]),
        # 180 mg/dL already at the first dose: nothing to resolve
        ({**SICK, "fibrinogen": 180}, [1, 1, 1, 1, 0]),
        ({"ferritin": 9000}, [1, 1, 1, 0, 0]),
    ],
)
def test_a_component_that_holds_or_is_not_known_at_the_first_dose_is_counted_out(ward, cohort_of, at_start, steps):
    carhlh_child(ward, (-1, at_start), (1, GOOD))
    assert own_steps(cohort_of(CARHLH_FIBRINOGEN)) == steps


def test_fibrinogen_after_cryoprecipitate_is_not_resolved_for_48_hours(ward, cohort_of):
    child = carhlh_child(ward, (0, SICK), (1, GOOD), (2, GOOD), (3, GOOD), (4, GOOD))
    # samples at 06:00; 48 hours after 2026-03-08 20:00 is over for that of day 3
    ward.add("support", child, kind="cryoprecipitate_fibrinogen", started_at=datetime(2026, 3, 8, 20, 0))
    assert outcome(cohort_of(CARHLH_FIBRINOGEN)) == (3, 1)


def thrombocytopenic(ward, counts, *, onset="2026-03-05", transfused=()):
    child = ward.treat()
    began, *over = [onset] if isinstance(onset, str) else onset
    ward.add(
        "toxicity_episode",
        child,
        toxicity="thrombocytopenia",
        onset_on=PartialDate(began),
        resolved_on=PartialDate(over[0]) if over else None,
    )
    for day, count in counts.items():
        ward.sample(child, day, {"platelets": count})
    for day in transfused:
        ward.add("support", child, kind="platelets", started_at=datetime(2026, 3, 8, 9, 0) + timedelta(days=day))


@pytest.mark.parametrize(
    ("counts", "transfused", "expected"),
    [
        (dict(enumerate((8, 12, 20, 25, 30))), (), (2, 1)),
        # the third day falls below again
        (dict(enumerate((8, 20, 25, 19, 20, 21, 22))), (), (4, 1)),
        # transfused on day 1: day 8 is within the seven days after it, day 9 is not
        (dict(enumerate((8, *[30] * 12))), (1,), (9, 1)),
        # transfused on the second of three days
        (dict(enumerate((8, 30, 30, 30, 30))), (2,), (4, 0)),
        # a single day without a count between 24 and 30 has their mean
        ({0: 8, 1: 24, 3: 30}, (), (1, 1)),
        ({0: 8, 1: 24, 4: 30}, (), (0, 0)),
    ],
)
def test_platelets_recover_on_the_first_of_three_days_untransfused_for_seven(
    ward, cohort_of, counts, transfused, expected
):
    thrombocytopenic(ward, counts, transfused=transfused)
    assert outcome(cohort_of(PLATELETS_20)) == expected


@pytest.mark.parametrize(
    ("counts", "onset", "transfused", "steps"),
    [
        ({0: 8}, "2026-03-05", (), [1, 1, 1]),
        ({0: 8}, "2026-03-09", (), [0, 0, 0]),
        ({0: 8}, ("2026-01-05", "2026-02"), (), [0, 0, 0]),
        ({0: 8}, ("2026-01-05", "2026-03"), (), [1, 1, 1]),
        # over on the day of the dose: its last day was the one before
        ({0: 8}, ("2026-03-01", "2026-03-08"), (), [0, 0, 0]),
        ({0: 8}, ("2026-03-01", "2026-03-09"), (), [1, 1, 1]),
        ({-3: 8}, "2026-03-05", (), [1, 0, 0]),
        ({-1: 8, 0: 25}, "2026-03-05", (), [1, 1, 0]),
        ({0: 25}, "2026-03-05", (), [1, 1, 0]),
        ({0: 25}, "2026-03-05", (-3,), [1, 1, 1]),
    ],
)
def test_who_is_followed_for_platelets(ward, cohort_of, counts, onset, transfused, steps):
    thrombocytopenic(ward, counts, onset=onset, transfused=transfused)
    assert own_steps(cohort_of(PLATELETS_20)) == steps


def test_time_zero_is_the_first_dose_of_the_course_during_or_for_thrombocytopenia(ward, cohort_of):
    child = ward.treat()
    later = DOSE + timedelta(days=20)
    ward.add("anakinra_course", child, given=True, started_at=later, indications=("thrombocytopenia",))
    for day, count in ((20, 30), (21, 60), (22, 61), (23, 62)):
        ward.sample(child, day, {"platelets": count})
    (row,) = cohort_of(PLATELETS_50).rows
    assert (row.day, row.event, row.started.record) == (1, 1, "anakinra_course-child-1-2")


def test_grade_zero_48_hours_and_the_clinicians_grade_each_move_the_day(ward, cohort_of):
    ward.treat()
    records = grade_days(ward, (3, 1, 1, 2, 1, 1, 1, 0, 0))
    ward.derive(records[1], "crs_astct_2019", "3")
    # derived: 3 3 1 2 1 1 1 0 0
    assert outcome(cohort_of(CRS_R1)) == (4, 1)
    assert outcome(cohort_of(VARIANT["crs_r1_24h_48h"])) == (4, 1)
    assert outcome(cohort_of(VARIANT["crs_r1_24h_r0"])) == (7, 1)
    # clinician: 3 1 1 2 ...
    clinician = cohort_of(VARIANT["crs_r1_24h_clinician"])
    assert outcome(clinician) == (1, 1)
    assert clinician.day_sources == {"crs_grade": 9}


def test_icans_as_printed_takes_the_literal_rule_set(ward, cohort_of):
    ward.treat()
    records = grade_days(ward, (3, 3, 3, 3), item="icans_grade")
    for record, literal, attributable in zip(records, "3321", "3111", strict=True):
        ward.derive(record, "icans_astct_2019_literal", literal)
        ward.derive(record, "icans_astct_2019_attributable", attributable)
    assert outcome(cohort_of(ICANS_R1)) == (1, 1)
    assert outcome(cohort_of(VARIANT["icans_r1_24h_literal"])) == (2, 0)


@pytest.mark.parametrize(
    ("agent", "started_at", "expected", "undated"),
    [
        ("ruxolitinib", datetime(2026, 3, 9, 8, 0), (1, 3), 0),
        ("ruxolitinib", PartialDate("2026-03-09"), (1, 3), 0),
        # hours after the first dose, on its day
        ("emapalumab", datetime(2026, 3, 8, 20, 0), (0, 3), 0),
        ("emapalumab", datetime(2026, 3, 8, 13, 0), (2, 1), 0),
        # on the day of the first dose, before or after it; some day in March: neither can be placed
        ("emapalumab", PartialDate("2026-03-08"), (2, 1), 1),
        ("emapalumab", PartialDate("2026-03"), (2, 1), 1),
        ("emapalumab", NullFlavour.UNKNOWN, (2, 1), 1),
        # not a rescue class
        ("tocilizumab", datetime(2026, 3, 9, 8, 0), (2, 1), 0),
    ],
)
def test_a_new_rescue_class_after_the_first_dose_competes(ward, cohort_of, agent, started_at, expected, undated):
    ward.treat()
    grade_days(ward, (3, 3, 1, 1))
    ward.add("concomitant_agent", "child-1", agent=agent, started_at=started_at)
    cohort = cohort_of(VARIANT["crs_r1_24h_new_rescue_competes"])
    assert (outcome(cohort), cohort.undated_rescue) == (expected, undated)
    assert outcome(cohort_of(CRS_R1)) == (2, 1)
    if expected[1] == 3:
        assert cohort.rows[0].source == Source(
            form="concomitant_agent", item="started_at", record="concomitant_agent-child-1-1"
        )


def test_a_rescue_class_that_was_given_before_is_not_new(ward, cohort_of):
    ward.treat()
    grade_days(ward, (3, 3, 1, 1))
    ward.add("concomitant_agent", "child-1", agent="ruxolitinib", started_at=datetime(2026, 3, 7, 8, 0))
    ward.add("concomitant_agent", "child-1", agent="other_jak", started_at=datetime(2026, 3, 9, 8, 0))
    assert outcome(cohort_of(VARIANT["crs_r1_24h_new_rescue_competes"])) == (2, 1)


def test_a_transplant_or_second_infusion_censors_and_in_the_sensitivity_analysis_competes(ward, cohort_of):
    ward.treat()
    grade_days(ward, (3, 3, 3, 3, 1, 1))
    ward.add("follow_up", "child-1", transplant_on=PartialDate("2026-03-11"), later_treatments=("transplant",))
    assert outcome(cohort_of(CRS_R1)) == (2, 0)
    cohort = cohort_of(VARIANT["crs_r1_24h_new_cells_compete"])
    assert outcome(cohort) == (3, 4)
    assert cohort.rows[0].source == Source(form="follow_up", item="transplant_on", record="follow_up-child-1-1")


@pytest.mark.parametrize(
    ("transplant_on", "counted"),
    [
        ("2026-03", 1),
        # the last day of follow-up is 2026-05-07
        ("2026-05", 1),
        ("2026-06", 0),
        ("2026-02", 0),
        ("2026", 1),
    ],
)
def test_a_transplant_that_may_lie_in_follow_up_but_on_no_known_day_is_counted(ward, cohort_of, transplant_on, counted):
    ward.treat()
    grade_days(ward, (3, 1, 1))
    ward.add("follow_up", "child-1", transplant_on=PartialDate(transplant_on), later_treatments=("transplant",))
    cohort = cohort_of(CRS_R1)
    assert (outcome(cohort), cohort.undated_transplant) == ((1, 1), counted)


def test_all_endpoints_in_one_pass_give_what_each_gives_alone(ward, tmp_path):
    child = carhlh_child(ward, (0, {**SICK, "platelets": 9}), (1, GOOD), (2, GOOD), (3, {**GOOD, "platelets": 30}))
    grade_days(ward, (3, 2, 1, 1, 0))
    grade_days(ward, (3, 2, 2, 1, 1), item="icans_grade")
    ward.add("toxicity_episode", child, toxicity="thrombocytopenia", onset_on=date(2026, 3, 7))
    cut = read_cut(ward.write(tmp_path / "cut"))
    planned = (*PRIMARY_ENDPOINTS, *SECONDARY_ENDPOINTS, *VARIANT.values())
    together = select_resolution_cohorts(cut, children_of(cut), planned)
    assert together == tuple(select_resolution_cohort(cut, endpoint) for endpoint in planned)
    assert all(cohort.rows for cohort in together)


def test_only_the_three_endpoints_of_d22_are_primary():
    assert [(endpoint.id, endpoint.role) for endpoint in PRIMARY_ENDPOINTS] == [
        ("crs_r1_24h", "primary"),
        ("icans_r1_24h", "primary"),
        ("carhlh_composite", "primary"),
    ]
    assert {endpoint.role for endpoint in SECONDARY_ENDPOINTS} == {"secondary"}
    assert {endpoint.role for endpoint in VARIANT.values()} == {"sensitivity"}
