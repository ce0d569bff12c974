"""Chapter 11: adverse events per day on anakinra; hand-made children."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from analysis.chapters import adverse_events
from analysis.cut import read_cut
from analysis.endpoints.adverse_events import events_of, exposure_of
from analysis.endpoints.children import children_of
from cut_folder import CutFolder
from forms.values import NullFlavour, PartialDate
from safety_children import infuse, monitored, study_of, tables_of, treat


@pytest.fixture
def files():
    return CutFolder()


def days_on_anakinra(tmp_path, files):
    cut = read_cut(files.write(tmp_path / "cut"))
    return [(len(found.days), found.undated) for found in (exposure_of(cut, child) for child in children_of(cut))]


def test_days_on_anakinra_count_first_and_last_dose_and_each_day_once(tmp_path, files):
    infuse(files, "a")
    treat(files, "a", 5, 8)
    # the second course begins on the last day of the first: 5 to 10 March are six days
    treat(files, "a", 8, 10)
    infuse(files, "b")
    treat(files, "b", None, 9)
    assert days_on_anakinra(tmp_path, files) == [(6, 0), (0, 1)]


@pytest.mark.parametrize(
    ("ending", "days"),
    [
        # the data end on 30 June: 5 March to 30 June are 27 + 30 + 31 + 30 days
        ({}, 118),
        ({"reason": "died", "ended_on": date(2026, 3, 9), "died_on": PartialDate("2026-03-09")}, 5),
        ({"reason": "lost", "ended_on": date(2026, 3, 6)}, 2),
        ({"reason": "lost", "ended_on": date(2026, 4, 6), "last_contact_on": PartialDate("2026-03-06")}, 2),
        # a page without its reason ends nothing yet
        ({"ended_on": date(2026, 3, 6)}, 118),
    ],
)
def test_a_course_that_goes_on_ends_with_follow_up(tmp_path, files, ending, days):
    infuse(files, "a")
    treat(files, "a", 5, None)
    if ending:
        files.add("end_of_study", "a", **ending)
    assert days_on_anakinra(tmp_path, files) == [(days, 0)]


def event(files, child, onset, name="headache", **more):
    judged = {"ctcae_grade": 2, "serious": False, "causality_anakinra": "unlikely", "causality_car_t": "unrelated"}
    files.add("adverse_event", child, onset_on=PartialDate(onset), event=name, **{**judged, **more})


@pytest.fixture
def events(files, tmp_path):
    """Return the chapter of a child ten days on anakinra with seven events, and of an untreated child with one."""
    infuse(files, "a")
    treat(files, "a", 5, 14)
    infuse(files, "b")
    event(files, "a", "2026-03-05", ctcae_grade=3, serious=True, causality_anakinra="possible")
    event(files, "a", "2026-03-14", "injection_site_pain", causality_anakinra="definite", causality_car_t="probable")
    event(files, "a", "2026-03-15")
    event(files, "a", "2026-03", ctcae_grade=4)
    event(files, "a", "2026-03-10", "dosing_error", dosing_error="tenfold", ctcae_grade=NullFlavour.NOT_APPLICABLE)
    event(files, "a", "2026-02-28", "vomiting")
    event(files, "b", "2026-03-10")
    return adverse_events.chapter(study_of(tmp_path, files))


def test_events_are_counted_by_term_with_the_sites_attribution(events):
    assert tables_of(events)["adverse_events"].rows == (
        # event, children, events, grade 3 or more, no grade, serious, by anakinra, by CAR T, by something else
        ("Any event", "1/1", "5", "2", "1", "1", "2", "1", "0"),
        ("Headache", "1/1", "3", "2", "0", "1", "1", "0", "0"),
        ("Injection site pain", "1/1", "1", "0", "0", "0", "1", "1", "0"),
        ("Dosing error", "1/1", "1", "0", "1", "0", "0", "0", "0"),
    )
    assert tables_of(events)["dosing_errors"].rows == (("Tenfold dose", "1/1", "1", "0"),)
    assert events.sections[0].paragraphs == (
        "5 events in 1/1 of the children given anakinra; 1 event in children who were not, in no table below.",
    )


def test_rates_take_events_on_a_day_on_anakinra(events):
    rates = {row[0]: row for row in tables_of(events)["adverse_event_rates"].csv_rows}
    # 5, 14 and 10 March; poisson.test(3, 10)$conf.int in R 4.2.2: 0.06186721 0.87672731
    assert rates["Any"][1:3] == (3, 10)
    assert rates["Any"][3:] == pytest.approx((300.0, 61.86721, 876.72731))
    assert [rates[name][1] for name in ("Serious", "Attributed to anakinra", "Injection site", "Dosing error")] == [
        1,
        2,
        1,
        1,
    ]
    assert events.results["adverse_events"] == {
        "Any": {"events": 3, "person_days": 10},
        "Grade 3 or more": {"events": 1, "person_days": 10},
        "Serious": {"events": 1, "person_days": 10},
        "Attributed to anakinra": {"events": 2, "person_days": 10},
        "Injection site": {"events": 1, "person_days": 10},
        "Dosing error": {"events": 1, "person_days": 10},
    }
    assert events.sections[1].paragraphs[0].startswith("1 event began on other days and 1 on a day that is not known")


def test_at_risk_of_an_injection_site_reaction_are_children_ordered_anakinra_under_the_skin(tmp_path, files):
    for child, first, last, route in (
        ("a", 5, 14, "sc"),
        ("b", 5, 8, "iv_bolus"),
        ("c", 5, 6, None),
        ("d", 5, 5, "sc"),
    ):
        infuse(files, child)
        treat(files, child, first, last, route=route)
    # begun into a vein, changed to SC by a later order
    files.add("anakinra_regimen", "b", course="anakinra_course-b-1", route="sc")
    event(files, "a", "2026-03-06", "injection_site_pain")
    event(files, "c", "2026-03-06")
    tables = tables_of(adverse_events.chapter(study_of(tmp_path, files)))
    shares = {row[0]: row[1] for row in tables["adverse_events"].rows}
    # a, b and d of four; 10 + 4 + 1 days of 10 + 4 + 2 + 1
    assert (shares["Any event"], shares["Injection site pain"]) == ("2/4", "1/3")
    days = {row[0]: row[2] for row in tables["adverse_event_rates"].csv_rows}
    assert (days["Any"], days["Injection site"]) == (17, 15)


def test_days_of_a_course_whose_end_is_not_known_are_a_lower_bound_and_the_table_says_so(tmp_path, files):
    infuse(files, "a")
    treat(files, "a", 5, 14, route="sc")
    infuse(files, "b")
    files.add(
        "anakinra_course",
        "b",
        given=True,
        started_at=datetime(2026, 3, 5, 18, 0),
        stopped_at=NullFlavour.UNKNOWN,
    )
    infuse(files, "c")
    treat(files, "c", None, 9)
    for child in ("b", "c"):
        files.add("end_of_study", child, reason="lost", ended_on=date(2026, 3, 20))
    event(files, "a", "2026-03-05")
    # b: before its first dose surely not on it, on its first day surely, behind it nobody knows
    for onset in ("2026-03-04", "2026-03-05", "2026-03-07"):
        event(files, "b", onset)
    # c: to its last dose perhaps, behind it surely not
    for onset in ("2026-03-09", "2026-03-10"):
        event(files, "c", onset)
    chapter = adverse_events.chapter(study_of(tmp_path, files))
    table = tables_of(chapter)["adverse_event_rates"]
    # the events of 5 March on 10 + 1 days; poisson.test(2, 11)$conf.int * 1000 in R 4.2.2: 22.019025 656.789788
    assert table.rows[0] == ("Any", "2", "at least 11", "181.8", "22.0 to 656.8")
    # of the children at risk of an injection site reaction, a alone, both doses are known
    assert table.rows[4][:3] == ("Injection site", "0", "10")
    assert table.notes[1] == (
        "At least: of 1 course with an unknown last dose the first day alone is counted, and of 1 course without a"
        " first dose no day is. Further days and the events on them are in neither numerator nor denominator; the rate"
        " can be higher or lower."
    )
    # 10 days of a, 5 to 20 March of b, 1 to 9 March of c; poisson.test(4, 35)$conf.int * 1000: 31.139011 292.616819
    assert chapter.sections[1].paragraphs == (
        "2 events began on other days and 2 on a day that is not known: neither is in the rates.",
        "Had each course without a first dose begun with the infusion, and each with an unknown last one gone on to the"
        " end of follow-up, the rate of any event would be 114.3 (31.1 to 292.6): 4 events, those of an unknown day"
        " among them, on 35 course days.",
    )


def test_where_every_course_has_its_first_and_last_dose_nothing_is_a_lower_bound(events):
    table = tables_of(events)["adverse_event_rates"]
    assert table.rows[0][2] == "10" and not any("At least" in note for note in table.notes)
    assert len(events.sections[1].paragraphs) == 1


def test_days_of_a_page_that_leaves_open_whether_anakinra_was_given_are_none_of_the_treated(tmp_path, files):
    infuse(files, "a")
    treat(files, "a", 5, 14)
    infuse(files, "b")
    files.add("anakinra_course", "b", started_at=datetime(2026, 3, 5, 18, 0), stopped_at=datetime(2026, 3, 9, 6, 0))
    event(files, "b", "2026-03-06")
    chapter = adverse_events.chapter(study_of(tmp_path, files))
    assert tables_of(chapter)["adverse_event_rates"].csv_rows[0][1:3] == (0, 10)


def test_a_course_that_ended_at_a_time_nobody_knows_is_not_taken_as_going_on(tmp_path, files):
    infuse(files, "a")
    files.add(
        "anakinra_course", "a", given=True, started_at=datetime(2026, 3, 5, 18, 0), stopped_at=NullFlavour.UNKNOWN
    )
    for onset in ("2026-03-05", "2026-05-30"):
        event(files, "a", onset)
    assert days_on_anakinra(tmp_path, files) == [(1, 1)]
    cut = read_cut(tmp_path / "cut")
    (child,) = children_of(cut)
    found = events_of(cut, child, exposure_of(cut, child))
    assert [one.on_anakinra for one in found] == [True, None]
    # why it ended is not known either
    assert monitored(tmp_path / "again", files)["stopped_for_harm"] == (0, 0, 1)


def test_an_event_on_a_day_of_one_course_is_on_anakinra_whenever_another_was_begun(tmp_path, files):
    infuse(files, "a")
    treat(files, "a", 5, 8)
    treat(files, "a", None, None)
    event(files, "a", "2026-03-06")
    event(files, "a", "2026-03-09")
    cut = read_cut(files.write(tmp_path / "cut"))
    (child,) = children_of(cut)
    assert [one.on_anakinra for one in events_of(cut, child, exposure_of(cut, child))] == [True, None]
