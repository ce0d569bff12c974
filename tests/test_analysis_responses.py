"""Who counts in a CR rate, and into which group (CLINICAL D11): one hand-made child per rule."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from analysis.cut import read_cut
from analysis.endpoints.responses import Responder, ResponseGroups, flow_for, select_response_population, split_for
from analysis.endpoints.time_to_event import Source
from analysis.plan import CR_BY_ANAKINRA, CR_BY_CARHLH
from cut_folder import CutFolder
from forms.values import NullFlavour, PartialDate

INFUSED = date(2026, 3, 1)
DAY_29 = date(2026, 3, 30)


@pytest.fixture
def ward():
    return CutFolder()


@pytest.fixture
def select(ward, tmp_path):
    return lambda: select_response_population(read_cut(ward.write(tmp_path / "cut")))


def infuse(ward, child="child-1", *, disease="b_all", diseased=True, response="cr", assessed_on=DAY_29, **more):
    ward.add("baseline", child, disease=disease)
    infusion = ward.add("infusion", child, infused_on=INFUSED, disease_at_lymphodepletion=diseased)
    if response:
        answers = {"timepoint": "day_28", "disease_group": disease, "response": response, **more}
        ward.add("response", child, infusion=infusion, assessed_on=assessed_on, **answers)
    return child


def die(ward, child, day):
    ward.add("end_of_study", child, reason="died", ended_on=day)


def only(population):
    (child,) = population.children
    return child.responded, child.reason


def test_a_responder_names_the_record_of_the_response(ward, select):
    infuse(ward)
    assert select().children == (
        Responder(
            subject="child-1",
            site="north",
            responded=True,
            reason="cr",
            source=Source(form="response", item="response", record="response-child-1-1"),
            had_carhlh=False,
            had_anakinra=False,
        ),
    )


@pytest.mark.parametrize(
    ("response", "responded"), [("cr", True), ("cri", True), ("pr", False), ("nr", False), ("relapse", False)]
)
def test_cr_and_cri_respond(ward, select, response, responded):
    infuse(ward, response=response)
    assert only(select()) == (responded, response)


def test_only_b_all_with_disease_before_lymphodepletion_counts(ward, select):
    infuse(ward, "child-1")
    infuse(ward, "child-2", disease="lymphoma")
    infuse(ward, "child-3", diseased=False)
    infuse(ward, "child-4", diseased=None)
    population = select()
    assert [(step.name, step.children) for step in population.flow] == [
        ("In the data cut", 4),
        ("Infused", 4),
        ("B-ALL", 3),
        ("Disease before lymphodepletion", 1),
        ("Assessed at day 28, died before, or day 28 passed", 1),
    ]
    assert [child.subject for child in population.children] == ["child-1"]


def test_a_child_that_died_before_the_assessment_did_not_respond(ward, select):
    die(ward, infuse(ward, response=None), date(2026, 3, 12))
    assert only(select()) == (False, "died before")


def test_a_death_after_a_remission_leaves_it_a_remission(ward, select):
    die(ward, infuse(ward), date(2026, 4, 2))
    assert only(select()) == (True, "cr")


def test_a_child_that_was_not_assessed_in_time_did_not_respond(ward, select):
    infuse(ward, response="not_assessed")
    assert only(select()) == (False, "not assessed")


def test_a_child_whose_day_28_is_to_come_is_not_counted_yet(ward, select):
    ward.data_date = "2026-04-12"
    infuse(ward, response=None)
    assert select().children == ()


def test_an_assessment_of_another_time_point_outside_the_window_does_not_count(ward, select):
    infuse(ward, assessed_on=date(2026, 5, 20), timepoint="month_3")
    assert only(select()) == (False, "not assessed")


def test_the_response_to_a_second_infusion_does_not_count(ward, select):
    child = infuse(ward, response=None)
    second = ward.add("infusion", child, infused_on=date(2026, 3, 3), disease_at_lymphodepletion=True)
    ward.add("response", child, infusion=second, assessed_on=DAY_29, timepoint="day_28", response="cr")
    assert only(select()) == (False, "not assessed")


def test_exposures_count_only_when_they_came_before_the_response_was_judged(ward, select):
    for number, (onset, dose) in enumerate(
        [
            (date(2026, 3, 8), datetime(2026, 3, 9, 8, 0)),
            (date(2026, 3, 8), None),
            (date(2026, 3, 8), datetime(2026, 4, 9, 8, 0)),
            (date(2026, 4, 5), None),
            (None, datetime(2026, 3, 9, 8, 0)),
        ]
    ):
        child = infuse(ward, f"child-{number}", response="cr" if number != 1 else "nr")
        if onset:
            ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=onset)
        if dose:
            ward.add("anakinra_course", child, given=True, started_at=dose)
    population = select()
    assert split_for(CR_BY_CARHLH, population) == ResponseGroups(first=(2, 3), second=(2, 2))
    assert split_for(CR_BY_ANAKINRA, population) == ResponseGroups(first=(1, 1), second=(1, 2))


@pytest.mark.parametrize(
    ("onset", "groups"),
    [
        (PartialDate("2026-02"), ((0, 0), (1, 1))),
        (PartialDate("2026-03"), ((0, 0), (0, 0))),
        (PartialDate("2026-03-30"), ((1, 1), (0, 0))),
        (PartialDate("2026-03-31"), ((0, 0), (1, 1))),
        (NullFlavour.UNKNOWN, ((0, 0), (0, 0))),
    ],
)
def test_an_onset_too_vague_to_say_whether_it_came_before_puts_a_child_in_neither_group(ward, select, onset, groups):
    ward.add("toxicity_episode", infuse(ward), toxicity="carhlh", onset_on=onset)
    population = select()
    assert split_for(CR_BY_CARHLH, population) == ResponseGroups(first=groups[0], second=groups[1])
    assert flow_for(CR_BY_CARHLH, population)[-1].children == groups[0][1] + groups[1][1]


def test_anakinra_without_a_time_of_the_first_dose_is_not_counted_as_no_anakinra(ward, select):
    for number, started_at in enumerate((datetime(2026, 3, 9, 8, 0), NullFlavour.UNKNOWN)):
        child = infuse(ward, f"child-{number}")
        ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=PartialDate("2026-03-08"))
        ward.add("anakinra_course", child, given=True, started_at=started_at)
    population = select()
    assert split_for(CR_BY_ANAKINRA, population) == ResponseGroups(first=(1, 1), second=(0, 0))
    assert [(step.name, step.children) for step in flow_for(CR_BY_ANAKINRA, population)[-2:]] == [
        ("carHLH before the response was judged", 2),
        ("Anakinra before that day known or ruled out: compared", 1),
    ]
