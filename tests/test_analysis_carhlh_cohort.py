"""Who enters the carHLH curve, and when its composite holds: one hand-made child per rule."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from analysis.chapters.resolution_sentences import quality_sentence
from analysis.endpoints.cohort import FlowStep
from analysis.endpoints.time_to_event import Source
from analysis.estimators import cumulative_incidence
from analysis.plan.resolution import CARHLH_COMPOSITE, RESOLVED
from analysis.plan.secondary_resolution import CARHLH_FIBRINOGEN, CARHLH_LIVER
from forms.values import PartialDate
from resolution_cohorts import GOOD, SICK, outcome
from ward import Ward


@pytest.fixture
def ward():
    return Ward()


def carhlh_child(
    ward,
    *,
    child="child-1",
    onset=date(2026, 3, 6),
    resolved_on=None,
    toxicity="carhlh",
    at_start=None,
    **episode,
):
    ward.treat(child, at_start_carhlh_present=at_start)
    ward.add("enrolment", child, birth_date=date(2016, 5, 5), sex="female")
    ward.add("toxicity_episode", child, toxicity=toxicity, onset_on=onset, resolved_on=resolved_on, **episode)
    return child


def test_carhlh_resolves_when_all_parts_hold_and_ferritin_stays_low(ward, cohort_of):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    cohort = cohort_of(CARHLH_COMPOSITE)
    assert cohort.flow[4:] == (
        FlowStep(name="Dates tell whether carHLH was there at the first dose", children=1),
        FlowStep(name="carHLH at the first dose", children=1),
        FlowStep(name="Ferritin known at or before the first dose: in the curve", children=1),
    )
    assert outcome(cohort) == (3, 1)
    assert cohort.rows[0].source == Source(form="laboratory", item="ferritin", record="laboratory-child-1-3")


def test_the_peak_of_ferritin_is_that_since_the_last_infusion(ward, cohort_of):
    ward.add("infusion", "child-1", infused_on=date(2025, 12, 1))
    child = carhlh_child(ward)
    # half of 40,000 three months ago would hold on day 1, and half of the peak after the last infusion does on day 3
    still_high = {**GOOD, "ferritin": SICK["ferritin"]}
    ward.sample(child, -90, {"ferritin": 40000})
    for day, values in enumerate((SICK, SICK, still_high, still_high, GOOD, GOOD, GOOD), start=-1):
        ward.sample(child, day, values)
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (3, 1)


@pytest.mark.parametrize(
    ("alt", "named", "resolved"),
    # 5 x 55 at the referring hospital, 5 x 40 at the site (D3, by hand); a third one has stated no range
    [(275, "Referring hospital", 3), (276, "Referring hospital", 5), (201, "", 5), (150, "A third one", 5)],
)
def test_a_liver_value_measured_elsewhere_is_held_against_the_laboratory_it_names(
    ward, cohort_of, alt, named, resolved
):
    child = carhlh_child(ward)
    for analyte, unit, high in (("alt", "U/L", "55"), ("ast", "U/L", "55"), ("bilirubin_total", "µmol/L", "20.5")):
        ward.state(analyte, unit, high, "Referring hospital")
    for day, values in ((-1, SICK), (1, SICK), (5, GOOD), (6, GOOD), (7, GOOD)):
        ward.sample(child, day, values)
    for day in (3, 4):
        record = ward.sample(child, day, {**GOOD, "alt": alt})
        row = next(row for row in ward.rows["laboratory"] if row["record"] == record)
        row.update({"other_laboratory": True, "which_laboratory": named} if named else {})
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (resolved, 1)


def test_days_whose_upper_limits_of_normal_are_not_known_are_told_and_not_counted_as_judged(ward, cohort_of):
    child = carhlh_child(ward)
    ward.ranges = []
    for day, values in ((-1, SICK), (1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    cohort = cohort_of(CARHLH_COMPOSITE)
    # by hand: day 1 fails by ferritin; on days 3, 4 and 5 ferritin and fibrinogen hold, the liver cannot be told
    assert (cohort.not_judged, sum(cohort.day_sources.values()), outcome(cohort)[1]) == (3, 1, 0)
    assert quality_sentence(CARHLH_COMPOSITE, cohort).endswith(
        "each by all components together. Days measured and not judged, because a part of it or its upper limit of"
        " normal is not known: 3; no resolution begins on them."
    )


def test_a_rebound_of_ferritin_within_48_hours_breaks_the_resolution(ward, cohort_of):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (3, GOOD), (4, GOOD), (5, {**GOOD, "ferritin": 5000}), (7, GOOD), (8, GOOD)):
        ward.sample(child, day, values)
    ward.sample(child, 9, {"ferritin": 3000})
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (7, 1)


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ("concomitant_agent", {"agent": "emapalumab", "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("concomitant_agent", {"agent": "ruxolitinib", "started_at": datetime(2026, 3, 8, 20, 0)}),
        ("support", {"kind": "dialysis", "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("support", {"kind": "ventilation", "invasive": True, "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("assessment", {"assessed_at": datetime(2026, 3, 10, 9, 0), "vasoactives": ("norepinephrine",)}),
    ],
)
def test_new_rescue_or_organ_support_keeps_carhlh_unresolved(ward, cohort_of, form, answers):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    ward.add(form, child, **answers)
    # by hand: the composite is never met again, to day 60 or as long as the child is observed; samples end on day 5
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (60, 0)


@pytest.mark.parametrize(
    ("form", "answers", "expected"),
    [
        ("support", {"kind": "transfer", "started_at": datetime(2026, 3, 20, 9, 0)}, (12, 0)),
        ("infusion", {"infused_on": date(2026, 3, 29)}, (20, 0)),
        (
            "end_of_study",
            {"reason": "lost", "ended_on": date(2026, 5, 1), "last_contact_on": PartialDate("2026-03-28")},
            (20, 0),
        ),
        (
            "end_of_study",
            {"reason": "died", "ended_on": date(2026, 4, 2), "died_on": PartialDate("2026-04-02")},
            (25, 2),
        ),
    ],
)
def test_who_needed_a_new_rescue_is_at_risk_for_as_long_as_observed(ward, cohort_of, form, answers, expected):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (1, SICK), (3, GOOD)):
        ward.sample(child, day, values)
    ward.add("concomitant_agent", child, agent="emapalumab", started_at=datetime(2026, 3, 10, 9, 0))
    ward.add(form, child, **answers)
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == expected


def test_samples_that_end_after_a_rescue_do_not_raise_the_share_resolved(ward, cohort_of):
    for number in range(12):
        child = carhlh_child(ward, child=f"child-{number + 1:02}")
        for day, values in ((-1, SICK), (5, SICK)):
            ward.sample(child, day, values)
        if number < 6:
            for day in (10, 11, 12):
                ward.sample(child, day, GOOD)
        else:
            ward.add("concomitant_agent", child, agent="emapalumab", started_at=datetime(2026, 3, 10, 9, 0))
    rows = cohort_of(CARHLH_COMPOSITE).rows
    curve = cumulative_incidence([row.day for row in rows], [row.event for row in rows], cause=RESOLVED)
    # R 4.2.2, survival 3.5-3: summary(survfit(Surv(c(rep(10, 6), rep(60, 6)), factor(rep(1:0, each = 6), 0:2)) ~ 1),
    # times = 28, extend = TRUE)$pstate[2]; with the six censored on day 5, their last sample, it is 1
    assert curve.at(28) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(
    ("form", "answers"),
    [
        ("concomitant_agent", {"agent": "tocilizumab", "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("concomitant_agent", {"agent": "emapalumab", "started_at": datetime(2026, 3, 7, 9, 0)}),
        ("support", {"kind": "ventilation", "invasive": False, "started_at": datetime(2026, 3, 10, 9, 0)}),
        ("assessment", {"assessed_at": datetime(2026, 3, 10, 9, 0), "vasoactives": ("milrinone",)}),
    ],
)
def test_what_is_not_new_or_not_rescue_does_not_count(ward, cohort_of, form, answers):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    ward.add(form, child, **answers)
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (3, 1)


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
def test_carhlh_at_the_first_dose_is_an_episode_that_covers_it(ward, cohort_of, episode, kept):
    ward.sample(carhlh_child(ward, **episode), -1, SICK)
    assert len(cohort_of(CARHLH_COMPOSITE).rows) == kept


@pytest.mark.parametrize("episode", [{"onset": PartialDate("2026-03")}, {"resolved_on": PartialDate("2026-03")}])
def test_a_child_whose_dates_leave_open_whether_carhlh_was_there_is_counted_out(ward, cohort_of, episode):
    ward.sample(carhlh_child(ward, **episode), -1, SICK)
    assert [step.children for step in cohort_of(CARHLH_COMPOSITE).flow] == [1, 1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("form", "answers", "found"),
    [
        ("concomitant_agent", {"agent": "emapalumab", "started_at": PartialDate("2026-03")}, (1, 0)),
        ("concomitant_agent", {"agent": "emapalumab", "started_at": PartialDate("2026-02")}, (3, 1)),
        ("support", {"kind": "dialysis"}, (1, 0)),
    ],
)
def test_a_rescue_of_a_month_that_may_be_new_leaves_the_days_unknown(ward, cohort_of, form, answers, found):
    child = carhlh_child(ward)
    # Day 1 is unresolved whatever was new; from day 3 on nobody knows, so the child is seen until day 1.
    for day, values in ((-1, SICK), (1, SICK), (3, GOOD), (4, GOOD), (5, GOOD)):
        ward.sample(child, day, values)
    ward.add(form, child, **answers)
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == found


@pytest.mark.parametrize(
    ("episode", "kept"),
    [
        ({"onset": PartialDate("2026-03")}, 1),
        ({"onset": date(2026, 3, 9)}, 1),
        ({"adjudicated_toxicity": "crs"}, 0),
    ],
)
def test_the_page_of_the_first_dose_says_carhlh_too_unless_the_committee_ruled_it_out(ward, cohort_of, episode, kept):
    ward.sample(carhlh_child(ward, at_start=True, **episode), -1, SICK)
    assert len(cohort_of(CARHLH_COMPOSITE).rows) == kept


def test_without_ferritin_before_the_first_dose_a_child_is_counted_out(ward, cohort_of):
    ward.sample(carhlh_child(ward), 1, SICK)
    assert [step.children for step in cohort_of(CARHLH_COMPOSITE).flow] == [1, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(("ast", "resolved"), [(230, 3), (231, 5)])
def test_an_abnormal_value_before_infusion_sets_the_liver_limit_and_the_plan_says_so(ward, cohort_of, ast, resolved):
    # CTCAE v5 (D8): 5 x the 46 U/L of the day of infusion, above the ULN of 40; 5 x 40 would be 200
    child = carhlh_child(ward)
    for day, values in ((-7, {"ast": 46}), (-1, SICK), (1, SICK), (5, GOOD), (6, GOOD), (7, GOOD)):
        ward.sample(child, day, values)
    for day in (3, 4):
        ward.sample(child, day, {**GOOD, "ast": ast})
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (resolved, 1)
    for endpoint in (CARHLH_COMPOSITE, CARHLH_LIVER):
        assert "× the value before infusion where that was above the ULN" in endpoint.estimand.variable


def test_fibrinogen_and_liver_alone_need_no_confirming_day(ward, cohort_of):
    child = carhlh_child(ward)
    for day, values in ((-1, SICK), (0, SICK), (1, SICK), (3, GOOD), (4, SICK)):
        ward.sample(child, day, values)
    assert [outcome(cohort_of(endpoint)) for endpoint in (CARHLH_FIBRINOGEN, CARHLH_LIVER)] == [(3, 1), (3, 1)]
    assert outcome(cohort_of(CARHLH_COMPOSITE)) == (4, 0)
