"""Central monitoring: the figures of each site, the thresholds of CLINICAL.md group 44, and who sees them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

import entries
from factories import make_user
from forms.values import PartialDate
from monitored_ward import INFUSED, NOW, Ward
from registry import data_queries
from registry.database import Base, db
from registry.models import DataQuery, Derivation, InfusionLog, Site, Subject
from registry.monitoring.fired_checks import fired_checks
from signing_in import SignIn
from statements import counting


@pytest.fixture
def ward(app: Flask, session: Session) -> Ward:
    return Ward(session)


def test_an_empty_site_has_no_figures_and_no_flags(app: Flask, ward: Ward) -> None:
    with app.app_context():
        found = ward.figures()

    assert (found.subjects, found.treated, found.events, found.flags, found.duplicates) == (0, 0, 0, (), ())
    assert (found.capture.percent, found.missing_grades.percent, found.kept_units.percent) == (None, None, None)
    assert (found.entry.median_days, found.entry.late.percent) == (None, None)


# 80 % is decision D16; one child fewer is below it.
@pytest.mark.parametrize(
    ("enrolled", "flagged"),
    [
        (8, []),
        (7, ["Fewer than 80 % of the infused children are enrolled"]),
        (10, []),
        (11, ["More children are counted as enrolled than as infused"]),
    ],
)
def test_capture_is_flagged_below_80_percent_and_above_all(
    app: Flask, session: Session, ward: Ward, enrolled: int, flagged: list[str]
) -> None:
    session.add(
        InfusionLog(
            site_id=ward.site.id,
            quarter="2026-Q1",
            infused=10,
            approached=10,
            consented=enrolled,
            refused=0,
            enrolled=enrolled,
        )
    )
    session.commit()
    with app.app_context():
        assert [flag.words for flag in ward.figures().flags] == flagged


def grade_on(ward: Ward, subject: Subject, infusion: str, day: int, **answers: Any) -> None:
    at = datetime(2026, 3, 7, 8) + timedelta(days=day)
    row = {"key": entries.key(), "infusion": infusion, "assessed_at": at, **answers}
    ward.save(subject, "assessment", row)


def episode(ward: Ward, subject: Subject, infusion: str, last: int) -> None:
    """Record a CRS from day 0 to a last day; the grid is expected until three days later."""
    row = {
        "key": entries.key(),
        "infusion": infusion,
        "toxicity": "crs",
        "onset_on": PartialDate("2026-03-07"),
        "outcome": "resolved",
        "resolved_on": PartialDate(f"2026-03-{7 + last:02}"),
    }
    ward.save(subject, "toxicity_episode", row)


def test_a_grade_day_is_missing_where_the_grid_was_expected_and_nobody_graded(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        episode(ward, subject, infusion, last=6)  # 03-07 to 03-16: ten days
        for day in range(4):
            grade_on(ward, subject, infusion, day, crs_grade=1)
        grade_on(ward, subject, infusion, 5, temperature_c=Decimal("37.2"))  # signs alone: the rules grade them
        grade_on(ward, subject, infusion, 6, sedated=True)  # decision D2: not in a site's missing rate
        grade_on(ward, subject, infusion, 7, carhlh_present=False)
        grade_on(ward, subject, infusion, 7, icans_grade=0)  # the same day again
        found = ward.figures()

        assert (found.grade_days.expected, found.grade_days.missing) == (10, 3)
        assert found.grade_days.worst == {subject.id: 3}
        assert [flag.words for flag in found.flags] == ["More than 20 % of the grade-days are missing"]


def test_two_missing_days_in_ten_are_not_more_than_a_fifth(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        episode(ward, subject, infusion, last=6)
        for day in range(8):
            grade_on(ward, subject, infusion, day, crs_grade=0)
        found = ward.figures()

    assert (found.missing_grades.percent, found.flags) == (20.0, ())


def test_a_day_that_a_rule_set_graded_is_not_missing(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        episode(ward, subject, infusion, last=0)  # four days
        grade_on(ward, subject, infusion, 0, temperature_c=Decimal("38.4"))
        grade_on(ward, subject, infusion, 1, temperature_c=Decimal("38.4"))
        db.session.query(Derivation).delete()
        first, second = (record.key for record in entries.stored(subject, "assessment"))
        derive(subject, first, "crs_astct_2019", "1")
        derive(subject, second, "crs_astct_2019", None)
        derive(subject, second, "hypotension_pals", "no")
        derive(subject, second, "crs_astct_2019", "1", version="0")  # an earlier version grades no day
        found = ward.figures()

    assert (found.grade_days.expected, found.grade_days.missing) == (4, 3)


def derive(subject: Subject, record_key: str, rule_set: str, value: str | None, *, version: str = "1") -> None:
    """Store a verdict; columns that a test does not speak of are filled with what says nothing."""
    told: dict[str, Any] = {"subject_id": subject.id, "record_key": record_key, "rule_set": rule_set, "value": value}
    empty: dict[str, Any] = {"version": version, "because": "", "missing": [], "details": {}}
    table = Base.metadata.tables["derivation"]
    needed = {column.name: empty.get(column.name, "") for column in table.c if not column.nullable}
    db.session.add(Derivation(**{name: value for name, value in {**needed, **told}.items() if name != "id"}))
    db.session.commit()


def test_nothing_is_missing_after_a_death_nor_while_a_day_can_still_be_filled(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        row = {"key": entries.key(), "infusion": infusion, "toxicity": "crs", "onset_on": PartialDate("2026-03-07")}
        ward.save(subject, "toxicity_episode", row)
        before = ward.figures().grade_days.expected
        death = {
            "key": entries.key(),
            "ended_on": date(2026, 3, 9),
            "reason": "died",
            "died_on": PartialDate("2026-03-09"),
        }
        ward.save(subject, "end_of_study", death)
        found = ward.figures().grade_days

    # Sixty days from 03-07 are the longest grid; after the death 03-07 to 03-09 remain.
    assert (before, found.expected, found.missing) == (60, 3, 3)


@pytest.mark.parametrize("events", [0, 1])
def test_no_adverse_event_in_ten_treated_children_stands_out(app: Flask, ward: Ward, events: int) -> None:
    with app.app_context():
        for number in range(10):
            subject, infusion = ward.child(birth_date=PartialDate(f"20{10 + number}-07"))
            ward.save(subject, "anakinra_course", {"key": entries.key(), "infusion": infusion, "given": True})
            if number == 8:
                nine = ward.figures()
        for _ in range(events):
            ward.save(subject, "adverse_event", {"key": entries.key(), "onset_on": PartialDate("2026-03-11")})
        found = ward.figures()

    assert (nine.treated, nine.flags) == (9, ())
    assert (found.treated, found.events) == (10, events)
    assert [flag.words for flag in found.flags] == ([] if events else ["No adverse event in 10 treated children"])


def test_units_kept_against_the_question_are_counted_beside_all_values(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        for number in range(9):
            row = entries.laboratory(
                infusion, sampled_at=datetime(2026, 3, 7, number), crp=entries.measured("80", "crp")
            )
            ward.save(subject, "laboratory", row)
        odd = entries.laboratory(infusion, fibrinogen=entries.measured("1.1", "fibrinogen"))
        ward.save(subject, "laboratory", odd, confirmed={"laboratory.fibrinogen.limits": "printed so"})
        found = ward.figures()

    # Nine pages with two values, one with two more: one of twenty is 5 %, and no more than that.
    assert (found.kept_units.count, found.kept_units.of, found.flags) == (1, 20, ())


def test_children_of_one_site_who_look_alike_are_shown_to_nobody_else(app: Flask, session: Session, ward: Ward) -> None:
    elsewhere = Ward(session)
    with app.app_context():
        one, _ = ward.child()
        two, _ = ward.child(birth_date=PartialDate("2015-07-21"))
        ward.child(sex="male")
        ward.child(birth_date=PartialDate("2015"))
        ward.child(birth_date=PartialDate("2015-08"))
        elsewhere.child()
        found, other = ward.figures(), elsewhere.figures()

        assert [(pair.infused_on, set(pair.children)) for pair in found.duplicates] == [(INFUSED, {one, two})]
        assert [flag.words for flag in found.flags] == ["Children look entered twice"]
        assert (other.duplicates, other.flags) == ((), ())


def test_a_rule_is_told_with_how_often_it_fired_and_was_overruled(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        keys = []
        for day in range(4):
            row = {
                "key": entries.key(),
                "infusion": infusion,
                "toxicity": "crs",
                "onset_on": PartialDate(f"2026-05-{day + 1:02}"),
            }
            keys.append(ward.save(subject, "toxicity_episode", row))
        asked = {query.record_key: query for query in db.session.query(DataQuery)}
        for key in keys[:2]:
            data_queries.answer(db.session(), asked[key], "it was late", by=ward.coordinator, at=NOW)
        corrected = {**row, "onset_on": PartialDate("2026-03-09")}
        ward.save(subject, "toxicity_episode", corrected, revision=1, reason="wrong month")
        (rule,) = fired_checks(db.session(), [db.session.get_one(Site, ward.site.id)])

    assert (rule.counts.check_id, rule.title, rule.form) == (
        "toxicity_episode.onset_is_timely",
        "Onset · Toxicity",
        "Toxicity episode",
    )
    assert (rule.counts.opened, rule.counts.still_open, rule.counts.answered, rule.counts.corrected) == (4, 1, 2, 1)
    assert (rule.pages, rule.per_hundred, round(rule.kept.percent or 0, 1)) == (4, 100.0, 66.7)


def test_a_rule_of_an_item_and_one_that_is_gone_have_a_title_too(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        odd = entries.laboratory(infusion, fibrinogen=entries.measured("1.1", "fibrinogen"))
        ward.save(subject, "laboratory", odd, confirmed={"laboratory.fibrinogen.limits": "printed so"})
        (query,) = db.session.query(DataQuery)
        (rule,) = fired_checks(db.session(), [db.session.get_one(Site, ward.site.id)])
        query.check_id = "laboratory.a_rule_of_old"
        db.session.commit()
        (gone,) = fired_checks(db.session(), [db.session.get_one(Site, ward.site.id)])

    assert (rule.title, gone.title) == ("Fibrinogen: beyond its limits", "A rule that is no longer asked")


def test_a_child_who_withdrew_is_in_no_figure(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, infusion = ward.child()
        episode(ward, subject, infusion, last=6)
        ward.save(subject, "anakinra_course", {"key": entries.key(), "infusion": infusion, "given": True})
        db.session.get_one(Subject, subject.id).withdrawn_on = date(2026, 5, 1)
        db.session.commit()
        found = ward.figures()

    assert (found.grade_days.expected, found.treated, found.entry.late.of, found.kept_units.of) == (0, 0, 0, 0)


def test_a_child_whose_consent_is_answered_no_is_in_no_figure(app: Flask, ward: Ward) -> None:
    with app.app_context():
        subject, _ = ward.child()
        before = ward.figures().subjects
        (enrolment,) = entries.stored(subject, "enrolment")
        no = {**enrolment.row, "consent_obtained": False}
        confirmed = {"enrolment.consent_not_refused": "The family said no."}
        ward.save(subject, "enrolment", no, revision=1, reason="The form says no.", confirmed=confirmed)
        found = ward.figures()
        rules = fired_checks(db.session(), [db.session.get_one(Site, ward.site.id)])

    assert (before, found.subjects, found.entry.median_days, rules) == (1, 0, None, [])


def test_the_page_says_what_to_do_next(app: Flask, session: Session, sign_in: SignIn, ward: Ward) -> None:
    client = sign_in(make_user(session, role="data_manager"))

    assert "No rule has asked anything yet." in client.get("/monitoring").text
    page = client.get(f"/monitoring/{ward.site.key}").text
    assert "No child is enrolled here yet." in page and f'href="/sites/{ward.site.key}"' in page

    with app.app_context():
        subject, infusion = ward.child()
        twin, _ = ward.child()
        episode(ward, subject, infusion, last=6)
    page = client.get(f"/monitoring/{ward.site.key}").text
    assert "<strong>More than 20 % of the grade-days are missing.</strong> Ask for the flow sheets" in page
    assert f'<a href="/subjects/{subject.key}">{subject.code}</a></th><td class="number">10</td>' in page
    assert f'<a href="/subjects/{twin.key}">{twin.code}</a>' in page
    overview = client.get("/monitoring").text
    assert "above 20 %" in overview and f'href="/monitoring/{ward.site.key}"' in overview


def test_the_statements_do_not_grow_with_sites_children_and_records(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection, ward: Ward
) -> None:
    client = sign_in(make_user(session, role="data_manager"))
    counted = []
    for wards in ([ward], [ward, Ward(session)]):
        with app.app_context():
            for one in wards:
                for _ in range(2):
                    subject, infusion = one.child()
                    episode(one, subject, infusion, last=6)
                    grade_on(one, subject, infusion, 0, crs_grade=1)
        seen = []
        for address in ("/monitoring", f"/monitoring/{ward.site.key}"):
            with counting(connection) as statements:
                assert client.get(address).status_code == 200
            seen.append(len(statements))
        counted.append(seen)

    assert counted[0] == counted[1]
    assert max(counted[0]) <= 40
