"""One hand-made child per rule of the clock and the confirmation window (CLINICAL D21), expected row written out."""

from __future__ import annotations

from datetime import date

import pytest

from analysis.chapters.resolution_sentences import outcome_sentence
from analysis.endpoints.bounds import DischargeBounds, discharge_bounds
from analysis.endpoints.time_to_event import (
    Happening,
    History,
    JudgedDay,
    Source,
    TimeToEvent,
    derive_time_to_event,
    fill_single_gaps,
)
from analysis.estimators import cumulative_incidence
from analysis.plan.resolution import DIED, NEW_CELLS, RESCUED

STARTED = Source(form="anakinra_course", item="started_at", record="course-1")


def source_of(day):
    return Source(form="assessment", item="crs_grade", record=f"assessment-{day}")


def happening(day, form, item):
    return Happening(day=day, source=Source(form=form, item=item, record=f"{form}-{day}"))


DEATH = {day: happening(day, "end_of_study", "died_on") for day in range(1, 90)}
HOME = {day: happening(day, "support", "discharged_on") for day in range(1, 10)}
TRANSFER = {day: happening(day, "support", "transferred_on") for day in range(1, 10)}
SECOND = happening(3, "infusion", "infused_on")
GRAFT = happening(4, "follow_up", "transplant_on")
RESCUE = {day: happening(day, "concomitant_agent", "started_at") for day in range(10)}


def child(days, *, data_day=90, **happenings):
    """Return a child whose days 1, 2, ... are R (at or below), A (above), S (sedated) or . (no grade)."""
    states = {
        day: JudgedDay(resolved=letter == "R", holds=letter == "R", source=source_of(day))
        for day, letter in enumerate(days, start=1)
        if letter != "."
    }
    return History(
        subject="child-1",
        site="north",
        time_zero=date(2026, 3, 5),
        started=STARTED,
        states=states,
        data_day=data_day,
        **happenings,
    )


def derived(history, confirmation_days=1, competing=(DIED,)):
    row = derive_time_to_event(history, endpoint="crs_r1_24h", confirmation_days=confirmation_days, competing=competing)
    assert (row.subject, row.site, row.endpoint, row.started) == ("child-1", "north", "crs_r1_24h", STARTED)
    return row


def test_the_whole_row_of_a_child_that_resolves_on_day_three():
    row = derive_time_to_event(child("AARR"), endpoint="crs_r1_24h", confirmation_days=1)
    assert row == TimeToEvent(
        subject="child-1",
        site="north",
        endpoint="crs_r1_24h",
        day=3,
        event=1,
        reason="resolved",
        source=source_of(3),
        started=STARTED,
        confirmed=True,
        interval_from=None,
        carried_days=0,
    )


@pytest.mark.parametrize(
    ("history", "day", "event", "reason", "source"),
    [
        (child("ARAARR"), 5, 1, "resolved", source_of(5)),
        (child("ARSRR"), 4, 1, "resolved", source_of(4)),
        (child("AAR"), 2, 0, "last day above the threshold", source_of(2)),
        (child("AAR.RR"), 5, 1, "resolved", source_of(5)),
        (child("AAAA", death=DEATH[6]), 6, 2, "died before resolution", DEATH[6].source),
        (child("AAR", death=DEATH[4]), 4, 2, "died before resolution", DEATH[4].source),
        (child("AARR", death=DEATH[3]), 3, 2, "died before resolution", DEATH[3].source),
        (child("AARR", death=DEATH[20]), 3, 1, "resolved", source_of(3)),
        (child("AAAA", death=DEATH[61]), 4, 0, "last day above the threshold", source_of(4)),
        (child("AARR", data_day=3), 2, 0, "last day above the threshold", source_of(2)),
        (child("AAR", transfer=TRANSFER[3]), 2, 0, "transferred before resolution", source_of(2)),
        (child("AARR", transfer=TRANSFER[3]), 2, 0, "transferred before resolution", source_of(2)),
        (child("AAARR", second_infusion=SECOND), 2, 0, "second infusion before resolution", source_of(2)),
        (child("AAAARR", transplant=GRAFT), 3, 0, "transplant before resolution", source_of(3)),
        (
            child("AAAARR", transplant=GRAFT, second_infusion=SECOND),
            2,
            0,
            "second infusion before resolution",
            source_of(2),
        ),
        (child("AARR", new_rescue=RESCUE[1]), 3, 1, "resolved", source_of(3)),
        (child(""), 0, 0, "last day above the threshold", STARTED),
    ],
)
def test_each_rule_of_the_confirmation_window(history, day, event, reason, source):
    row = derived(history)
    assert (row.day, row.event, row.reason, row.source) == (day, event, reason, source)


def test_discharge_home_at_the_threshold_is_resolved_but_flagged_unconfirmed():
    row = derived(child("AAR", discharges_home=(HOME[3],)))
    assert (row.day, row.event, row.confirmed) == (3, 1, False)
    assert row.reason == "resolved, discharged home before confirmation"


def test_discharge_home_above_the_threshold_is_censored():
    row = derived(child("AAA", discharges_home=(HOME[3],)))
    assert (row.day, row.event, row.reason) == (3, 0, "discharged home above the threshold")


def test_a_child_that_is_graded_again_after_a_discharge_did_not_leave():
    row = derived(child("AAAAA", discharges_home=(HOME[3],)))
    assert (row.day, row.event, row.reason) == (5, 0, "last day above the threshold")


@pytest.mark.parametrize(
    ("history", "day", "event", "reason", "source"),
    [
        (child("AAARR", new_rescue=RESCUE[2]), 2, 3, "new rescue class before resolution", RESCUE[2].source),
        # after the first dose on its own day
        (child("AAARR", new_rescue=RESCUE[0]), 0, 3, "new rescue class before resolution", RESCUE[0].source),
        # on the day of the first low grade, and on the day that should confirm it
        (child("AARR", new_rescue=RESCUE[3]), 3, 3, "new rescue class before resolution", RESCUE[3].source),
        (child("AARR", new_rescue=RESCUE[4]), 4, 3, "new rescue class before resolution", RESCUE[4].source),
        (child("AARR", new_rescue=RESCUE[5]), 3, 1, "resolved", source_of(3)),
        # rescue and death on one day
        (child("AAAA", new_rescue=RESCUE[4], death=DEATH[4]), 4, 2, "died before resolution", DEATH[4].source),
        (
            child("AAAA", new_rescue=RESCUE[4], death=DEATH[5]),
            4,
            3,
            "new rescue class before resolution",
            RESCUE[4].source,
        ),
        # new cells go before a new rescue class, and after death
        (
            child("AAAA", new_rescue=RESCUE[4], transplant=GRAFT),
            *(4, 4, "second infusion or transplant before resolution", GRAFT.source),
        ),
        (child("AAAA", death=DEATH[4], transplant=GRAFT), 4, 2, "died before resolution", DEATH[4].source),
        (
            child("AAAARR", second_infusion=SECOND, transplant=GRAFT),
            *(3, 4, "second infusion or transplant before resolution", SECOND.source),
        ),
        # nobody sees what happens after a transfer
        (child("AA", new_rescue=RESCUE[4], transfer=TRANSFER[3]), 2, 0, "transferred before resolution", source_of(2)),
    ],
)
def test_of_several_competing_events_the_first_counts_and_on_one_day_the_one_that_goes_before(
    history, day, event, reason, source
):
    row = derived(history, competing=(DIED, NEW_CELLS, RESCUED))
    assert (row.day, row.event, row.reason, row.source) == (day, event, reason, source)


@pytest.mark.parametrize(
    ("history", "day", "event"),
    [
        # no grade on the day that should confirm, and grades that differ around it
        (child("AAR.A"), 5, 0),
        (child("AAR"), 2, 0),
        (child("AAR.RR"), 5, 1),
    ],
)
def test_a_day_is_not_confirmed_by_a_day_without_a_grade(history, day, event):
    row = derived(history)
    assert (row.day, row.event) == (day, event)


def test_days_without_a_grade_before_the_event_are_kept_as_an_interval():
    row = derived(child("A..RR"))
    assert (row.day, row.event, row.interval_from) == (4, 1, 1)


def test_a_window_of_two_days_needs_both():
    assert derived(child("ARRARRR"), confirmation_days=2).day == 5
    assert derived(child("ARR"), confirmation_days=2).event == 0


def test_one_missing_day_between_two_equal_grades_is_filled_and_no_other():
    assert fill_single_gaps({0: 3, 2: 3, 4: 1}) == {0: 3, 1: 3, 2: 3, 4: 1}
    assert fill_single_gaps({0: 3, 3: 3}) == {0: 3, 3: 3}
    assert fill_single_gaps({0: 3, 2: None, 4: 3}) == {0: 3, 2: None, 4: 3}


def test_bounds_take_children_who_went_home_as_never_and_as_all_resolved():
    resolved = derived(child("ARR"))
    unconfirmed = derived(child("AAR", discharges_home=(HOME[3],)))
    went_home_above = derived(child("AA", discharges_home=(HOME[2],)))
    unresolved = derived(child("A" * 40))
    rows = [resolved, unconfirmed, went_home_above, unresolved]
    assert discharge_bounds(rows, 28) == DischargeBounds(children=2, day=28, lowest=0.25, highest=0.75)
    assert discharge_bounds([resolved], 28) == DischargeBounds(children=0, day=28, lowest=1.0, highest=1.0)


@pytest.mark.parametrize("tenth", [21, 29])
def test_a_limit_of_the_day_on_which_half_had_resolved_may_come_after_the_days_shown_and_the_report_says_why(tenth):
    days, events = [3, 5, 6, 8, 10, 12, 14, 16, 20, tenth, 40, 60], [1] * 11 + [0]
    # R: which(sapply(1:12, function(x) binom.test(x, 12)$conf.int[2]) >= 0.5)[1] 3, which is on day 6; of conf.int[1]
    # 10, which is the tenth day; quantile(survfit(Surv(days, events) ~ 1), 0.5)$quantile 13
    told = outcome_sentence(
        [derived(child("A" * (day - 1) + "RR" * event)) for day, event in zip(days, events, strict=True)],
        cumulative_incidence(days, events, cause=1),
    )
    said = f"was reached on day 13 (95 % limits 6 to {tenth})."
    why = " Events count to day 60; day 28 is the last one shown."
    assert told.endswith(said + why if tenth > 28 else said)
