"""Who counts in a CR rate, and into which group (CLINICAL D11): one hand-made child per rule."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from analysis.cut import read_cut
from analysis.endpoints.capture import well_captured_sites
from analysis.endpoints.children import children_of
from analysis.endpoints.groupings import TIERS
from analysis.endpoints.responses import (
    Counts,
    Recent,
    Responder,
    dose_flow,
    flow_for,
    select_response_populations,
    split_for,
    tiers_for,
)
from analysis.endpoints.time_to_event import Source
from analysis.plan.responses import (
    B_CELL_APLASIA,
    CAR_DETECTED,
    CR,
    CR_BY_ANAKINRA,
    CR_BY_CARHLH,
    CR_BY_DOSE,
    MRD_NEGATIVE_CR,
    OUTCOMES,
    RESPONSE_POPULATION,
)
from cut_folder import CutFolder
from forms.casebook import CASEBOOK
from forms.values import NullFlavour, PartialDate

INFUSED = date(2026, 3, 1)
DAY_29 = date(2026, 3, 30)


@pytest.fixture
def ward():
    folder = CutFolder()
    folder.log("north", 10, 8)
    return folder


@pytest.fixture
def select(ward, tmp_path):
    def population(outcome=CR):
        cut = read_cut(ward.write(tmp_path / "cut"))
        return select_response_populations(cut, children_of(cut), (outcome,))[0]

    return population


def group(responded, every, evaluable=None):
    return Counts(responded=responded, all=every, evaluable=every if evaluable is None else evaluable)


def infuse(
    ward, child="child-1", *, disease="b_all", diseased=True, response="cr", assessed_on=DAY_29, antigens=None, **more
):
    ward.add("baseline", child, disease=disease)
    infusion = ward.add("infusion", child, infused_on=INFUSED, disease_at_lymphodepletion=diseased, antigens=antigens)
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
            evaluable=True,
            reason="cr",
            source=Source(form="response", item="response", record="response-child-1-1"),
            had_carhlh=False,
            had_anakinra=False,
            dose_tier=None,
        ),
    )


@pytest.mark.parametrize(
    ("response", "responded"), [("cr", True), ("cri", True), ("pr", False), ("nr", False), ("relapse", False)]
)
def test_cr_and_cri_respond(ward, select, response, responded):
    infuse(ward, response=response)
    assert only(select()) == (responded, response)


def test_carhlh_and_a_first_dose_on_the_day_of_death_count_and_the_plan_says_so(ward, select):
    died = date(2026, 3, 8)
    infuse(ward, response=None)
    ward.add("toxicity_episode", "child-1", toxicity="carhlh", onset_on=PartialDate(died.isoformat()))
    ward.add("anakinra_course", "child-1", given=True, started_at=datetime(2026, 3, 8, 14, 0))
    die(ward, "child-1", died)
    (child,) = select().children
    assert (child.reason, child.had_carhlh, child.had_anakinra) == ("died before", True, True)
    for comparison in (CR_BY_CARHLH, CR_BY_ANAKINRA, *CR_BY_DOSE):
        words = f"{comparison.estimand.population} {comparison.estimand.time_zero}"
        assert "on or before the day on which the response was judged" in words
        assert "before the assessment" not in words
    assert "the earliest deaths fall into the other group" in " ".join(CR_BY_CARHLH.notes)


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
        ("At centers that enrolled at least 80 % of the infused", 1),
        ("Assessed at day 28, died before, or day 42 over", 1),
    ]
    assert [(step.name, step.children) for step in population.not_recorded] == [
        ("disease", 0),
        ("disease at lymphodepletion", 1),
    ]
    assert [child.subject for child in population.children] == ["child-1"]


def test_centers_that_enrolled_under_80_percent_or_keep_no_log_are_left_out_and_named(ward, tmp_path):
    ward.subjects |= {"child-2": "south", "child-3": "west", "child-4": "east"}
    for number in range(1, 5):
        infuse(ward, f"child-{number}")
    ward.log("south", 5, 4)
    ward.log("south", 5, 3, quarter="2026-Q2")
    ward.log("east", 0, 0)
    cut = read_cut(ward.write(tmp_path / "cut"))
    # north 8/10 = 80 %, south 7/10 = 70 %, east 0/0, west without a log
    assert well_captured_sites(cut) == {"north"}
    population = select_response_populations(cut, children_of(cut), (CR,))[0]
    assert population.left_out_sites == ("east", "south", "west")
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


@pytest.mark.parametrize(("data_date", "waiting"), [("2026-03-31", 1), ("2026-04-12", 1), ("2026-04-13", None)])
def test_a_child_that_may_still_be_assessed_is_not_counted_yet_and_the_plan_says_so(ward, select, data_date, waiting):
    """Day 28 is 29 March, day 42 is 12 April."""
    ward.data_date = data_date
    infuse(ward, response=None)
    infuse(ward, "assessed")
    die(ward, infuse(ward, "died", response=None), date(2026, 3, 12))
    population = select()
    assert len(population.children) == (2 if waiting else 3)
    assert population.recent == Recent(**dict.fromkeys(("assessed", "died", "waiting"), 1 if waiting else 0))
    assert "assessed at day 28, died by day 42, or day 42 over" in RESPONSE_POPULATION
    assert population.flow[-1].name == "Assessed at day 28, died before, or day 42 over"


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
    assert split_for(CR_BY_CARHLH, population) == (group(2, 3), group(2, 2))
    assert split_for(CR_BY_ANAKINRA, population) == (group(1, 1), group(1, 2))


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
    assert split_for(CR_BY_CARHLH, population) == (group(*groups[0]), group(*groups[1]))
    assert flow_for(CR_BY_CARHLH, population)[-1].children == groups[0][1] + groups[1][1]


@pytest.mark.parametrize("item", ["criteria_met_on", "peak_on"])
@pytest.mark.parametrize(("on", "compared"), [("2026-03-30", 1), ("2026-03-31", 0)])
def test_an_onset_known_to_the_month_came_before_the_day_of_the_criteria_and_of_the_peak(
    ward, select, item, on, compared
):
    # assessed on 30 March: carHLH whose criteria were met, or whose peak was, by then had begun by then
    answers = {"onset_on": PartialDate("2026-03"), item: PartialDate(on)}
    ward.add("toxicity_episode", infuse(ward), toxicity="carhlh", **answers)
    assert split_for(CR_BY_CARHLH, select()) == (group(compared, compared), group(0, 0))


def test_anakinra_without_a_time_of_the_first_dose_is_not_counted_as_no_anakinra(ward, select):
    for number, started_at in enumerate((datetime(2026, 3, 9, 8, 0), NullFlavour.UNKNOWN)):
        child = infuse(ward, f"child-{number}")
        ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=PartialDate("2026-03-08"))
        ward.add("anakinra_course", child, given=True, started_at=started_at)
    population = select()
    assert split_for(CR_BY_ANAKINRA, population) == (group(1, 1), group(0, 0))
    assert [(step.name, step.children) for step in flow_for(CR_BY_ANAKINRA, population)[-2:]] == [
        ("carHLH by the day the response was judged", 2),
        ("Anakinra by that day known or ruled out: compared", 1),
    ]


def test_anakinra_that_may_have_begun_before_a_later_known_course_is_not_counted_as_none(ward, select):
    child = infuse(ward)
    ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=PartialDate("2026-03-08"))
    ward.add("anakinra_course", child, given=True, started_at=NullFlavour.UNKNOWN)
    ward.add("anakinra_course", child, given=True, started_at=datetime(2026, 4, 20, 8, 0))
    assert split_for(CR_BY_ANAKINRA, select()) == (group(0, 0), group(0, 0))


def test_a_course_that_leaves_open_whether_anakinra_was_given_is_not_counted_as_none(ward, select):
    for number, is_given in enumerate((None, False)):
        child = infuse(ward, f"child-{number}")
        ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=PartialDate("2026-03-08"))
        ward.add("anakinra_course", child, given=is_given)
    assert split_for(CR_BY_ANAKINRA, select()) == (group(0, 0), group(1, 1))


def test_anakinra_at_a_known_time_was_given_by_then_whatever_else_was_given_when(ward, select):
    child = infuse(ward)
    ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=PartialDate("2026-03-08"))
    ward.add("anakinra_course", child, given=True, started_at=NullFlavour.UNKNOWN)
    ward.add("anakinra_course", child, given=True, started_at=datetime(2026, 3, 9, 8, 0))
    assert split_for(CR_BY_ANAKINRA, select()) == (group(1, 1), group(0, 0))


def outcomes_of(ward, tmp_path, outcome):
    cut = read_cut(ward.write(tmp_path / "cut"))
    (child,) = select_response_populations(cut, children_of(cut), (outcome,))[0].children
    return child.responded, child.evaluable, child.reason, child.source.item


@pytest.mark.parametrize(
    ("response", "mrd", "expected"),
    [
        ("cr", {"mrd_class": "negative"}, (True, True, "negative", "mrd_class")),
        ("cri", {"mrd_class": "negative"}, (True, True, "negative", "mrd_class")),
        ("cr", {"mrd_class": "negative_insufficient"}, (False, True, "negative_insufficient", "mrd_class")),
        ("cr", {"mrd_class": "positive_low"}, (False, True, "positive_low", "mrd_class")),
        ("cr", {"mrd_class": "positive"}, (False, True, "positive", "mrd_class")),
        ("cr", {"mrd_result": "failed"}, (False, False, "not assessed", "infused_on")),
        ("nr", {}, (False, True, "nr", "mrd_class")),
    ],
)
def test_a_negative_mrd_counts_only_with_a_remission_and_enough_sensitivity(ward, tmp_path, response, mrd, expected):
    infuse(ward, response=response, **mrd)
    assert outcomes_of(ward, tmp_path, MRD_NEGATIVE_CR) == expected


@pytest.mark.parametrize(
    ("detectable", "expected"),
    [
        (True, (True, True, "yes", "car_detectable")),
        (False, (False, True, "no", "car_detectable")),
        (NullFlavour.NOT_DONE, (False, False, "not assessed", "infused_on")),
    ],
)
def test_car_t_cells_are_detectable_as_the_day_28_page_says(ward, tmp_path, detectable, expected):
    infuse(ward, car_detectable=detectable)
    assert outcomes_of(ward, tmp_path, CAR_DETECTED) == expected


@pytest.mark.parametrize(("day", "counts"), [(20, False), (21, True), (42, True), (43, False)])
def test_a_page_of_another_time_point_answers_from_day_21_to_42(ward, tmp_path, day, counts):
    infuse(ward, assessed_on=INFUSED + timedelta(days=day), timepoint="other", car_detectable=True)
    assert outcomes_of(ward, tmp_path, CAR_DETECTED)[1] is counts


def test_a_page_that_only_says_the_child_died_answers_nothing(ward, tmp_path):
    infuse(ward, response="not_assessed", not_assessed_reason="died", car_detectable=False)
    die(ward, "child-1", DAY_29)
    assert outcomes_of(ward, tmp_path, CAR_DETECTED) == (False, False, "died before", "ended_on")


def test_a_later_page_in_the_window_answers_what_the_first_left_open(ward, tmp_path):
    infuse(ward, response="cr", mrd_result="failed")
    ward.add(
        "response", "child-1", assessed_on=date(2026, 4, 8), timepoint="other", response="cr", mrd_class="negative"
    )
    assert outcomes_of(ward, tmp_path, MRD_NEGATIVE_CR) == (True, True, "negative", "mrd_class")


def test_b_cell_aplasia_is_looked_at_after_cd19_and_cd22_constructs_only(ward, select):
    for number, antigens in enumerate([("cd19",), ("cd19", "cd22"), ("cd22",), ("bcma",), None]):
        infuse(ward, f"child-{number}", antigens=antigens, b_cell_aplasia=True)
    population = select(B_CELL_APLASIA)
    assert [child.subject for child in population.children] == ["child-0", "child-1", "child-2"]
    assert ("Construct against CD19 or CD22", 3) in [(step.name, step.children) for step in population.flow]


def test_not_evaluable_children_count_among_all_and_not_among_evaluable(ward, select):
    infuse(ward, "child-1")
    infuse(ward, "child-2", response="not_assessed")
    die(ward, infuse(ward, "child-3", response=None), date(2026, 3, 12))
    assert split_for(CR_BY_CARHLH, select()) == (group(0, 0), group(1, 3, evaluable=1))


def test_children_stand_in_the_tier_of_their_first_order_when_it_came_before_the_judgement(ward, select):
    for number, (per_day, cap, carhlh, dosed_on) in enumerate(
        [
            (Decimal("2"), None, True, 9),
            (Decimal("6.3"), None, False, 9),
            (Decimal("8"), None, True, 9),
            (Decimal("8"), "daily", True, 9),
            (Decimal("8"), None, True, 31),
            (None, None, True, 9),
        ]
    ):
        child = infuse(ward, f"child-{number}")
        if carhlh:
            ward.add("toxicity_episode", child, toxicity="carhlh", onset_on=date(2026, 3, 8))
        at = datetime(2026, 3, dosed_on, 8, 0)
        course = ward.add("anakinra_course", child, given=True, started_at=at)
        ward.add("anakinra_regimen", child, course=course, from_at=at, mg_per_kg_day=per_day, cap_applied=cap)
    among_carhlh, among_treated = CR_BY_DOSE
    population = select()
    # 6.3 is 10 % under 7 and counts as 7; the dose of 31 March comes after the response of 30 March
    assert tiers_for(among_treated, population) == dict(
        zip(TIERS, (group(1, 1), group(0, 0), group(2, 2), group(1, 1)), strict=True)
    )
    assert tiers_for(among_carhlh, population) == dict(
        zip(TIERS, (group(1, 1), group(0, 0), group(1, 1), group(1, 1)), strict=True)
    )
    assert [(step.name, step.children) for step in dose_flow(among_carhlh, population)[-3:]] == [
        ("carHLH by the day the response was judged", 5),
        ("First anakinra dose by that day", 4),
        ("Tier of the first order known: compared", 3),
    ]


def test_every_outcome_names_an_item_of_the_response_form():
    assert {outcome.item for outcome in OUTCOMES} <= set(CASEBOOK["response"].items)
