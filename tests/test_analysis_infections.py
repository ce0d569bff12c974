"""Infections over patient-days (CLINICAL.md D12, D26, 3.1 (12)): hand-made children, one rule each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.chapters import infections
from analysis.chapters.infection_tables import rate_cells, stratum_table
from analysis.cut import read_cut
from analysis.endpoints.children import children_of
from analysis.endpoints.infections import Infections, count_infections
from analysis.endpoints.person_days import AFTER, BEFORE, NEVER, ON, UNKNOWN, Cell, exposures
from analysis.estimators import compare_rates, incidence_rate
from analysis.study import Study
from cut_folder import CutFolder
from examples import examples
from forms.values import Measurement, NullFlavour, PartialDate

INFUSED = date(2026, 3, 1)
"""Day 0; day 7 is 2026-03-08."""


def at(day, hour=14):
    return datetime(2026, 3, 1, hour) + timedelta(days=day)


@pytest.fixture
def ward():
    return CutFolder()


@pytest.fixture
def count(ward, tmp_path):
    def run():
        cut = read_cut(ward.write(tmp_path / "cut"))
        return count_infections(cut, children_of(cut))

    return run


def infuse(ward, child="child-1", *, dose=None, last=None):
    ward.add("infusion", child, infused_on=INFUSED)
    if dose is not None:
        ward.add(
            "anakinra_course",
            child,
            given=True,
            started_at=at(dose),
            stopped_at=None if last is None else at(last),
        )
    return child


def infect(ward, day, child="child-1", *, organism="escherichia_coli", kind="bacterial", **answers):
    given = {"treatment_route": "iv", "admitted": True, "organ_support": False, "outcome": "resolved", **answers}
    onset = PartialDate((INFUSED + timedelta(days=day)).isoformat())
    return ward.add("infection", child, **{"onset_on": onset, "organism_class": kind, "organism": organism, **given})


def by_exposure(found):
    return dict(Counter({cell.exposure: 0 for cell in found.days}) + Counter(_exposures(found)))


def _exposures(found):
    return [cell.exposure for cell, number in found.days.items() for _ in range(number)]


def test_the_rates_of_the_fixture_are_printed_per_thousand_patient_days():
    # CLINICAL.md 3.1 (12): 0 in 42 days = 0 (0-87.8), 3 in 100 = 30 (6.2-87.7); R: poisson.test(3, 0.1)$conf.int
    assert rate_cells(incidence_rate(0, 42)) == ("42", "0", "0.0", "0.0 to 87.8")
    assert rate_cells(incidence_rate(3, 100)) == ("100", "3", "30.0", "6.2 to 87.7")
    assert rate_cells(incidence_rate(0, 0)) == ("0", "0", "", "")


def test_a_p_under_5_percent_beside_limits_that_hold_1_is_explained(ward, count):
    # R: poisson.test(c(28, 50), c(985, 2882)): 0.99323 to 2.65335, P = 0.03796
    found = compare_rates(28, 985, 50, 2882)
    told = (found.rate_ratio_lower, found.rate_ratio_upper, found.p_value)
    assert told == pytest.approx((0.99323, 2.65335, 0.03796), abs=5e-5)
    infuse(ward, dose=7, last=12)
    assert any("can disagree near 5 %" in note for note in stratum_table(count()).notes)


def test_days_on_anakinra_are_compared_with_those_before_it_and_of_children_never_treated_together(ward, count):
    infuse(ward, dose=7, last=12)
    (child,) = count().children
    told = {BEFORE: (364, 12), ON: (393, 7), AFTER: (6, 0), NEVER: (795, 15)}
    cells = {name: Cell(exposure=name, stratum="days 8 to 14", neutropenic=None, classes=None) for name in told}
    found = Infections(
        days={cells[name]: days for name, (days, _) in told.items()},
        events={cells[name]: events for name, (_, events) in told.items()},
        children=tuple(replace(child, strata={("days 8 to 14", name): 1}) for name in (ON, NEVER) for _ in range(10)),
        pages=(),
        first=(),
    )
    row = next(row for row in stratum_table(found).csv_rows if row[:2] == ("days 8 to 14", "on anakinra"))
    # R 4.2.2: poisson.test(c(7, 27), c(393, 1159)): 0.7645839 (0.2810968 to 1.799689), P = 0.6933878
    assert row[-4:] == pytest.approx((0.7645839, 0.2810968, 1.799689, 0.6933878), rel=1e-6)


def test_days_before_on_and_after_anakinra_by_hand(ward, count):
    # first dose on day 7, last on day 12: before = days 0-9 (the dose and two more), on = 10-14, after = 15-90
    infuse(ward, dose=7, last=12)
    assert by_exposure(count()) == {BEFORE: 10, ON: 5, AFTER: 76}


def test_time_strata_by_hand(ward, count):
    infuse(ward, dose=7, last=12)
    assert count().children[0].strata == {
        ("days 0 to 7", BEFORE): 8,
        ("days 8 to 14", BEFORE): 2,
        ("days 8 to 14", ON): 5,
        ("days 15 to 28", AFTER): 14,
        ("days 29 to 90", AFTER): 62,
    }


def test_two_courses_leave_the_days_between_them_after_anakinra():
    spans = [(2, 3), (8, 9)]
    courses = [{"given": True, "started_at": at(first), "stopped_at": at(last)} for first, last in spans]
    # on anakinra: from 2 + 3 to 3 + 2, and from 8 + 3 to 9 + 2
    assert exposures(courses, INFUSED, 14) == [BEFORE] * 5 + [ON] + [AFTER] * 5 + [ON] + [AFTER] * 2


def test_a_single_dose_has_no_day_on_anakinra_behind_the_lag():
    courses = [{"given": True, "started_at": at(2), "stopped_at": at(2)}]
    assert exposures(courses, INFUSED, 8) == [BEFORE] * 5 + [AFTER] * 3


def test_a_course_without_a_last_dose_goes_on_and_one_without_a_first_dose_is_not_known(ward, count):
    infuse(ward, dose=7)
    infuse(ward, "child-2")
    ward.add("anakinra_course", "child-2", given=True, started_at=NullFlavour.UNKNOWN)
    infuse(ward, "child-3")
    ward.add("anakinra_course", "child-3", given=False)
    assert by_exposure(count()) == {BEFORE: 10, ON: 81, UNKNOWN: 91, NEVER: 91}


@examples(200)
@given(
    days=st.integers(0, 91),
    courses=st.lists(st.tuples(st.integers(-5, 100), st.integers(0, 40)), max_size=3),
)
def test_each_day_of_follow_up_has_one_exposure_and_none_up_to_the_first_dose_is_exposed(days, courses):
    rows = [{"given": True, "started_at": at(first), "stopped_at": at(first + more)} for first, more in courses]
    found = exposures(rows, INFUSED, days)
    assert len(found) == days
    counts = Counter(found)
    assert counts[BEFORE] + counts[ON] + counts[AFTER] + counts[NEVER] == days
    first = min((first for first, _ in courses), default=None)
    assert all(
        found[day] == (NEVER if first is None else BEFORE) for day in range(days) if first is None or day <= first
    )


@pytest.mark.parametrize(
    ("form", "answers", "days", "why"),
    [
        ("end_of_study", {"reason": "died", "ended_on": date(2026, 3, 11)}, 11, "died"),
        ("end_of_study", {"reason": "withdrew", "ended_on": date(2026, 3, 11)}, 11, "left the registry"),
        ("end_of_study", {"ended_on": date(2026, 3, 11)}, 91, "complete"),
        # lost in May, last known to be alive on day 10; of a month its first day, the infusion at the earliest
        (
            "end_of_study",
            {"reason": "lost", "ended_on": date(2026, 5, 5), "last_contact_on": PartialDate("2026-03-11")},
            11,
            "left the registry",
        ),
        (
            "end_of_study",
            {"reason": "lost", "ended_on": date(2026, 5, 5), "last_contact_on": PartialDate("2026-04")},
            32,
            "left the registry",
        ),
        (
            "end_of_study",
            {"reason": "lost", "ended_on": date(2026, 5, 5), "last_contact_on": PartialDate("2026-02")},
            1,
            "left the registry",
        ),
        ("support", {"kind": "transfer", "started_at": PartialDate("2026-03-11")}, 11, "left the registry"),
        ("infusion", {"infused_on": date(2026, 3, 11)}, 10, "second infusion"),
        (
            "support",
            {"kind": "transfer", "started_at": PartialDate("2026-03-11"), "to_registry_site": True},
            91,
            "complete",
        ),
    ],
)
def test_what_ends_the_patient_days(ward, count, form, answers, days, why):
    # day 10 is 2026-03-11: eleven days with day 0; a second infusion leaves its own day out
    infuse(ward)
    ward.add(form, "child-1", **answers)
    (child,) = count().children
    assert (sum(child.days.values()), child.follow_up.ended_by) == (days, why)


@pytest.mark.parametrize(("alive", "item"), [("2026-03-09", "last_contact_on"), ("2026-03-20", "ended_on")])
def test_the_answer_that_ended_the_patient_days_is_named(ward, count, alive, item):
    infuse(ward)
    lost = {"reason": "lost", "ended_on": date(2026, 3, 11), "last_contact_on": PartialDate(alive)}
    ward.add("end_of_study", "child-1", **lost)
    (child,) = count().children
    assert (child.follow_up.source.form, child.follow_up.source.item) == ("end_of_study", item)


def test_the_data_cut_ends_the_patient_days(ward, count):
    ward.data_date = "2026-03-05"
    infuse(ward)
    (child,) = count().children
    assert (sum(child.days.values()), child.follow_up.ended_by) == (5, "data cut")


@pytest.mark.parametrize(("day", "exposure"), [(9, BEFORE), (10, ON), (14, ON), (15, AFTER)])
def test_an_infection_is_before_up_to_48_hours_after_the_first_dose(ward, count, day, exposure):
    infect(ward, day, infuse(ward, dose=7, last=12))
    (page,) = count().pages
    assert (page.fate, page.day, page.cell.exposure) == ("counted", day, exposure)


def test_the_first_positive_sample_goes_before_the_onset(ward, count):
    infect(ward, 9, infuse(ward, dose=7, last=12), first_positive_on=PartialDate("2026-03-11"))
    (page,) = count().pages
    assert (page.day, page.cell.exposure, page.source.item) == (10, ON, "first_positive_on")


@pytest.mark.parametrize(
    ("day", "answers", "fate"),
    [
        (5, {}, "counted"),
        (5, {"treatment_route": "none"}, "not treated"),
        (5, {"treatment_route": None}, "treatment, organism or dates leave open whether it counts"),
        (5, {"presence": "unchanged"}, "known before infusion, unchanged"),
        (-1, {}, "outside the patient-days"),
        (90, {}, "counted"),
        (91, {}, "outside the patient-days"),
        (5, {"onset_on": PartialDate("2026-03")}, "the day is not known"),
        (5, {"onset_on": None}, "the day is not known"),
    ],
)
def test_only_treated_infections_within_the_days_count(ward, count, day, answers, fate):
    infect(ward, day, infuse(ward), **answers)
    found = count()
    assert [page.fate for page in found.pages] == [fate]
    assert found.rate().events == (fate == "counted")


def test_pages_of_one_organism_within_its_window_are_one_infection(ward, count):
    # bacteria 7 days: days 3 and 10 are one, day 18 is another
    infuse(ward)
    for day in (3, 10, 18):
        infect(ward, day)
    assert [page.fate for page in count().pages] == ["counted", "the same infection as an earlier page", "counted"]


def test_kind_and_severity_come_from_the_page(ward, count):
    infect(ward, 3, infuse(ward), organism="candida", kind="yeast", organ_support=True)
    (page,) = count().pages
    assert (page.kind, page.severity) == ("fungal", "life_threatening")


def test_a_neutrophil_count_holds_to_the_next_one_and_at_most_for_a_week(ward, count):
    # 0.4 on day 2 (days 2-4), <0.5 on day 5 (days 5-12, a week), 0.5 on day 20 (days 20-27); sign > hides day 40
    infuse(ward)
    for day, value, sign in ((2, "0.4", ""), (2, "0.6", ""), (5, "0.5", "<"), (20, "0.5", ""), (40, "0.1", ">")):
        ward.add("laboratory", "child-1", sampled_at=at(day), anc=Measurement(value=Decimal(value), sign=sign))
    states = Counter()
    for cell, number in count().days.items():
        states[cell.neutropenic] += number
    assert states == {True: 3 + 8, False: 8, None: 91 - 19}


def test_classes_on_the_day_count_anakinra_steroid_and_tocilizumab_once_each(ward, count):
    # steroid days 3-6 (two drugs, one class), tocilizumab day 5, anakinra days 6-7
    infuse(ward, dose=6, last=7)
    agents = [("dexamethasone", 3, 5), ("methylprednisolone", 5, 6), ("tocilizumab", 5, 5)]
    for agent, first, last in agents:
        ward.add(
            "concomitant_agent",
            "child-1",
            agent=agent,
            purpose="treatment",
            route="iv",
            started_at=PartialDate(at(first).date().isoformat()),
            stopped_at=PartialDate(at(last).date().isoformat()),
        )
    classes = Counter()
    for cell, number in count().days.items():
        classes[cell.classes] += number
    # days 3, 4, 7: one; days 5, 6: two; all others none
    assert classes == {0: 86, 1: 3, 2: 2}


def test_dates_that_leave_a_class_open_make_the_number_unknown(ward, count):
    infuse(ward)
    started, stopped = PartialDate("2026-03-03"), PartialDate("2026-03")
    ward.add("concomitant_agent", "child-1", agent="tocilizumab", started_at=started, stopped_at=stopped)
    classes = Counter()
    for cell, number in count().days.items():
        classes[cell.classes] += number
    # day 2 certain; days 3 to 30 (31 March) perhaps
    assert classes == {1: 1, None: 28, 0: 62}


def test_an_agent_without_a_first_dose_may_have_been_given_on_any_day_to_its_last(ward, count):
    infuse(ward)
    unknown, stopped = NullFlavour.UNKNOWN, PartialDate("2026-03-05")
    ward.add("concomitant_agent", "child-1", agent="tocilizumab", started_at=unknown, stopped_at=stopped)
    assert Counter(cell.classes for cell in count().days.elements()) == {None: 5, 0: 86}


@pytest.mark.parametrize(
    ("last", "then"), [(NullFlavour.UNKNOWN, UNKNOWN), (NullFlavour.NOT_APPLICABLE, ON), (None, ON)]
)
def test_a_last_dose_that_is_not_known_leaves_open_how_long_a_course_was(ward, count, last, then):
    infuse(ward)
    ward.add("anakinra_course", "child-1", given=True, started_at=at(3), stopped_at=last)
    found = count().days
    assert Counter(cell.exposure for cell in found.elements()) == {BEFORE: 6, then: 85}
    assert Counter(cell.classes for cell in found.elements()) == (
        {0: 3, 1: 1, None: 87} if then == UNKNOWN else {0: 3, 1: 88}
    )


def test_the_report_says_which_days_are_not_known_to_be_on_anakinra(ward, tmp_path):
    infuse(ward)
    ward.add("anakinra_course", "child-1", given=True, started_at=at(7), stopped_at=NullFlavour.UNKNOWN)
    ward.add("end_of_study", "child-1", reason="lost", ended_on=date(2026, 3, 20))
    section = infections.chapter(Study(cut=read_cut(ward.write(tmp_path / "cut")))).sections[0]
    # infused on 1 March, first dose on the 8th: the 9th and 10th are the lag, the 11th to the 20th are not known
    assert (
        "Not known: 10 days of children with a course whose first dose has no date, and of those with a last dose that"
        " is not known the days behind the lag after the first."
    ) in section.paragraphs[0]


def test_the_first_infection_after_the_first_dose_leaves_out_what_was_there_before(ward, count):
    infect(ward, 9, infuse(ward, "a", dose=7))
    infect(ward, 10, infuse(ward, "b", dose=7))
    infuse(ward, "c", dose=7)
    ward.add("end_of_study", "c", reason="died", ended_on=date(2026, 3, 20))
    infuse(ward, "d")
    infuse(ward, "e", dose=95)
    assert [(row.subject, row.day, row.event, row.source.form) for row in count().first] == [
        ("a", 83, 0, "infusion"),
        ("b", 3, 1, "infection"),
        ("c", 12, 2, "end_of_study"),
    ]


def test_the_first_infection_is_read_with_limits_and_says_who_is_not_in_it(ward, tmp_path):
    for number in range(5):
        infect(ward, 10, infuse(ward, f"b{number}", dose=7))
        ward.add("end_of_study", infuse(ward, f"c{number}", dose=7), reason="died", ended_on=date(2026, 3, 10))
    infuse(ward, "e", dose=95)
    study = Study(cut=read_cut(ward.write(tmp_path / "cut")))
    chapter = infections.chapter(study)
    section = chapter.sections[2]
    # five infected on day 3 after the dose, five dead on day 2; R: binom.test(5, 10)$conf.int is 0.1871 to 0.8129
    assert section.tables[0].rows[0] == ("3", "5", "50 (19 to 81)", "50 (19 to 81)")
    rule = "Under the axis, at risk counts just before the day, the other rows up to and including it."
    assert rule in section.figures[0].caption
    assert section.paragraphs[0].startswith("10 of 11 children with a first dose of known time; that of the other 1")
    rows = {table.id: table for table in chapter.files}["first_infection_children"].csv_rows
    assert [row[:4] for row in rows[4:6]] == [("b4", "north", 3, 1), ("c0", "north", 2, 2)]


def test_the_first_infection_of_few_children_is_shown_child_by_child(ward, tmp_path):
    infect(ward, 10, infuse(ward, "b", dose=7))
    ward.add("end_of_study", infuse(ward, "c", dose=7), reason="died", ended_on=date(2026, 3, 10))
    infuse(ward, "e", dose=95)
    study = Study(cut=read_cut(ward.write(tmp_path / "cut")))
    section = infections.chapter(study).sections[2]
    assert section.tables == ()
    assert section.paragraphs == ("2 children: under 10 no shares and no curve are given; each child stands below.",)
    (figure,) = section.figures
    whom = figure.figure.texts[1].get_text()
    assert whom == "n = 2 of 3: first dose of 1 outside days 0 to 90 after the first infusion"
    assert figure.numbers.csv_rows == ((2, "died"), (3, "infected"))
    assert figure.alt.endswith("2 children: infected on day 3; died on day 2.")


def test_a_cut_without_children_has_no_days(count):
    found = count()
    assert (found.rate().person_days, found.rate().events, found.first) == (0, 0, ())
