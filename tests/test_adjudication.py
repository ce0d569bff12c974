"""Blinded review of cases: which are cases, who sees them, what of them is shown, and what becomes of a decision."""

import csv
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import entries
from factories import grant_role, make_site, make_user
from forms.casebook import CASEBOOK
from forms.code_lists import ADJUDICATED_AS
from forms.items import Text
from forms.values import PartialDate, Row
from registry import adjudication, audit, cuts, records
from registry.adjudication import Case, Decision
from registry.audit_verify import verify
from registry.blinded_course import EVENTS, FACTS, FORMS, LABORATORY, SIGNS
from registry.database import db
from registry.models import Adjudication, Site, Subject, User
from registry.tables import TABLES
from signing_in import SignIn
from statements import counting
from study import Study, make_logged_user

NOW = datetime(2026, 6, 1, 12, 0)


@dataclass(frozen=True, kw_only=True)
class Center:
    """A site with a coordinator who fills its pages."""

    site_id: int
    by_id: int

    def child(self) -> tuple[Subject, str]:
        """Enrol a child, infuse it on 2026-03-05; return it and the key of the infusion."""
        site, by = db.session.get_one(Site, self.site_id), db.session.get_one(User, self.by_id)
        subject = records.enrol(db.session(), site, entries.enrolment(), by=by, at=NOW)
        db.session.commit()
        return subject, self.save(subject, "infusion", entries.infusion())

    def save(self, subject: Subject, form: str, row: Row, **more: Any) -> str:
        return entries.save(
            subject, db.session.get_one(User, self.by_id), form, {"key": entries.key(), **row}, **more
        ).key

    def episode(self, subject: Subject, infusion: str, toxicity: str, **answers: Any) -> str:
        onset = {"infusion": infusion, "toxicity": toxicity, "onset_on": PartialDate("2026-03-07")}
        return self.save(subject, "toxicity_episode", {**onset, **answers})

    def infection(self, subject: Subject, **answers: Any) -> str:
        told = {"infection_site": "bloodstream", "onset_on": PartialDate("2026-03-08"), "presence": "new"}
        return self.save(subject, "infection", {**told, **answers})


def make_center(session: Session) -> Center:
    site = make_site(session)
    by = make_user(session, role="coordinator", site=site)
    session.commit()
    return Center(site_id=site.id, by_id=by.id)


@pytest.fixture
def center(app: Flask, session: Session) -> Center:
    return make_center(session)


@pytest.fixture
def reviewer(session: Session, sign_in: SignIn) -> FlaskClient:
    """Return an investigator of another center, signed in."""
    return sign_in(make_user(session, role="investigator", site=make_site(session), name="Rita Reviewer"))


def page_of(app: Flask, record_key: str) -> str:
    """Return the address of the case that a record is."""
    with app.app_context():
        return f"/adjudication/{adjudication.code_of(record_key)}"


def all_cases() -> list[tuple[str, str, str]]:
    every = adjudication.cases(db.session(), db.select(Subject))
    return [(case.kind, case.form, case.key) for case in every]


def test_every_hlh_like_toxicity_is_a_case_and_crs_alone_is_none(app: Flask, center: Center) -> None:
    with app.app_context():
        subject, infusion = center.child()
        hlh = center.episode(subject, infusion, "carhlh")
        center.episode(subject, infusion, "crs")
        center.episode(subject, infusion, "icans")
        center.infection(subject, infection_site="urinary")

        assert all_cases() == [("carhlh", "toxicity_episode", hlh)]


@pytest.mark.parametrize(
    ("crs_resolved", "infection_onset", "infection_resolved", "is_case"),
    [
        ("2026-03-10", "2026-03-10", None, True),
        ("2026-03-10", "2026-03-11", None, False),
        (None, "2026-04-20", None, True),
        ("2026-03-10", "2026-03-05", "2026-03-07", True),
        ("2026-03-10", "2026-03-05", "2026-03-06", False),
        ("2026-03-10", "2026-03", None, True),
        ("2026-03-10", "2026-04", None, False),
    ],
)
def test_crs_is_a_case_where_a_bloodstream_infection_may_have_been_there_too(
    app: Flask,
    center: Center,
    crs_resolved: str | None,
    infection_onset: str,
    infection_resolved: str | None,
    is_case: bool,
) -> None:
    def ended(day: str | None) -> Row:
        return {"outcome": "resolved", "resolved_on": PartialDate(day)} if day else {}

    with app.app_context():
        subject, infusion = center.child()
        crs = center.episode(subject, infusion, "crs", **ended(crs_resolved))
        more = {"onset_on": PartialDate(infection_onset), **ended(infection_resolved)}
        center.infection(subject, **more)

        assert all_cases() == ([("crs_or_sepsis", "toxicity_episode", crs)] if is_case else [])


@pytest.mark.parametrize("answers", [{"outcome": "fatal"}, {"severity": "fatal"}, {"ctcae_grade": 5}], ids=str)
def test_a_fatal_infection_is_a_case(app: Flask, center: Center, answers: Row) -> None:
    with app.app_context():
        subject, _ = center.child()
        infection = center.infection(subject, **answers)
        center.infection(subject, severity="severe", ctcae_grade=4)
        death = {"ended_on": date(2026, 3, 20), "reason": "died", "cause_of_death": "infection"}
        center.save(subject, "end_of_study", {**death, "died_on": PartialDate("2026-03-20")})

        assert all_cases() == [("fatal_infection", "infection", infection)]


def test_a_death_from_infection_without_a_fatal_infection_page_is_a_case_itself(app: Flask, center: Center) -> None:
    with app.app_context():
        subject, _ = center.child()
        other, _ = center.child()
        died = {"ended_on": date(2026, 3, 20), "reason": "died", "died_on": PartialDate("2026-03-20")}
        death = center.save(subject, "end_of_study", {**died, "cause_of_death": "infection"})
        center.save(other, "end_of_study", {**died, "cause_of_death": "disease"})

        assert all_cases() == [("fatal_infection", "end_of_study", death)]


def test_a_voided_episode_and_a_child_who_withdrew_are_no_cases(app: Flask, center: Center) -> None:
    with app.app_context():
        subject, infusion = center.child()
        gone, other = center.child()
        center.episode(gone, other, "carhlh")
        db.session.get_one(Subject, gone.id).withdrawn_on = date(2026, 5, 1)
        voided = center.episode(subject, infusion, "carhlh")
        by = db.session.get_one(User, center.by_id)
        args = (db.session(), subject, CASEBOOK["toxicity_episode"], voided)
        records.void(*args, revision=1, by=by, at=NOW, reason="Another child's.")
        db.session.commit()

        assert all_cases() == []


def test_a_reviewer_sees_cases_of_other_centers_only_in_random_order(
    app: Flask, session: Session, sign_in: SignIn, center: Center
) -> None:
    own = make_center(session)
    client = sign_in(make_user(session, role="investigator", site=session.get_one(Site, own.site_id)))
    keys, mine = [], []
    with app.app_context():
        for where, found in ((center, keys), (make_center(session), keys), (own, mine)):
            for _ in range(2):
                subject, infusion = where.child()
                found.append(where.episode(subject, infusion, "carhlh"))
    page = client.get("/adjudication").text

    assert re.findall(r"/adjudication/[0-9a-f-]{36}", page) == sorted(page_of(app, key) for key in keys)
    assert "4 of 4 cases still to review" in page
    assert [client.get(page_of(app, key)).status_code for key in (*keys, *mine)] == [200] * 4 + [404] * 2


def test_who_sees_the_whole_study_reviews_nothing(
    app: Flask, session: Session, sign_in: SignIn, center: Center
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        key = center.episode(subject, infusion, "carhlh")
        code = subject.code
    manager = sign_in(make_user(session, role="data_manager"))
    page = manager.get("/adjudication").text

    assert manager.get(page_of(app, key)).status_code == 403
    assert code in page and "To review" not in page and "to review" in page
    assert f"/toxicity_episode/{key}" in page and page_of(app, key) not in page


def test_a_page_without_cases_says_what_makes_one(session: Session, sign_in: SignIn, reviewer: FlaskClient) -> None:
    manager = sign_in(make_user(session, role="data_manager"))

    assert "No case of another center waits for you." in reviewer.get("/adjudication").text
    assert "There is no case yet." in manager.get("/adjudication").text


def fill(center: Center) -> str:
    """Fill a course that speaks of anakinra wherever a page can; return the key of the case."""
    subject, infusion = center.child()
    day = {"infusion": infusion, "assessed_at": datetime(2026, 3, 12, 8, 0)}
    signs = {"temperature_c": Decimal("38.9"), "crs_grade": 2, "anticytokine_given": True, "sedated": False}
    center.save(subject, "assessment", {**day, **signs, "grade_comment": "better since Anakinra"})
    lab = {"infusion": infusion, "sampled_at": datetime(2026, 3, 12, 6, 0), "ferritin": entries.measured("12500")}
    center.save(subject, "laboratory", {**lab, "cytokine_assay": "drawn before anakinra"})
    baseline = {"assessed_on": date(2026, 2, 26), "disease": "b_all", "disease_other": "anakinra naive"}
    center.save(subject, "baseline", {**baseline, "e_coli_hypersensitivity": True, "baseline_capd": 2})
    told = {"peak_grade": 3, "treatments": ("tocilizumab", "anakinra"), "outcome": "ongoing"}
    case = center.episode(subject, infusion, "carhlh", **told)
    given = {"infusion": infusion, "episode": case, "given": True, "started_at": datetime(2026, 3, 11, 18, 0)}
    course = center.save(
        subject,
        "anakinra_course",
        {**given, "indications": ("carhlh",), "route": "sc", "dosing_weight_kg": Decimal(20)},
        confirmed={"anakinra_course.toxicity_came_first": "so written"},
    )
    order = {"course": course, "from_at": datetime(2026, 3, 11, 18, 0), "dose_value": Decimal("2.500")}
    center.save(subject, "anakinra_regimen", {**order, "dose_basis": "mg_per_kg_dose", "frequency": "q6h"})
    agent = {"agent": "tocilizumab", "started_at": PartialDate("2026-03-08"), "comment": "then anakinra"}
    center.save(subject, "concomitant_agent", {**agent, "purpose": "treatment", "episodes": (case,)})
    center.save(
        subject, "support", {"infusion": infusion, "kind": "icu", "started_at": PartialDate("2026-03-09T22:00")}
    )
    center.infection(subject, agents_7_days=("anakinra",), anakinra_changed=True, organism_class="bacterial")
    event = {"onset_on": PartialDate("2026-03-12"), "event": "injection_site_pain", "causality_anakinra": "probable"}
    center.save(subject, "adverse_event", event)
    return case


def test_the_page_of_a_case_tells_nothing_about_anakinra(
    app: Flask, session: Session, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        case = fill(center)
        site = db.session.get_one(Site, center.site_id)
        hidden = [site.code, site.name, *(subject.code for subject in db.session.query(Subject))]
    page = reviewer.get(page_of(app, case)).text

    assert [word for word in ("anakinra", "kineret", "il-1 ", "injection", "mg/kg") if word in page.lower()] == []
    assert re.findall(r"20\d\d-\d\d", page) == []
    assert [word for word in hidden if word in page] == []
    assert "2.5" not in page and "18:00" not in page


def test_nothing_a_reviewer_gets_names_the_record_that_a_report_traces_to_a_dose(
    app: Flask, center: Center, reviewer: FlaskClient
) -> None:
    """`time_to_event.csv` of every report holds record keys beside the first dose, and investigators may read it."""
    with app.app_context():
        case = fill(center)
        children = [subject.key for subject in db.session.query(Subject)]
        keys = [
            record.key
            for child in db.session.query(Subject)
            for form in FORMS
            for record in entries.stored(child, form)
        ]
    got = [reviewer.get("/adjudication"), reviewer.get(page_of(app, case))]
    got.append(reviewer.post(page_of(app, case), data={"decision": "infection"}, follow_redirects=True))
    told = "".join(f"{one.text} {one.headers} {one.request.url}" for one in got)

    assert [one.status_code for one in got] == [200] * 3
    assert case in keys and [key for key in (*children, *keys) if key[:8] in told] == []
    assert reviewer.get(f"/adjudication/{case}").status_code == 404


@pytest.mark.parametrize("at_the_center", [True, False], ids=["at the center", "for the whole study"])
def test_who_once_could_see_the_treatment_stays_unblinded(
    app: Flask, session: Session, center: Center, reviewer: FlaskClient, at_the_center: bool
) -> None:
    with app.app_context():
        case = fill(center)
    assert reviewer.get(page_of(app, case)).status_code == 200
    user = session.query(User).filter_by(name="Rita Reviewer").one()
    site = session.get_one(Site, center.site_id)
    grant = grant_role(session, user, *(("monitor", site) if at_the_center else ("auditor", None)))
    grant.ended_at = datetime(2021, 1, 1)
    session.commit()

    assert reviewer.get(page_of(app, case)).status_code == 404


def test_the_page_of_a_case_shows_what_decides_it(app: Flask, center: Center, reviewer: FlaskClient) -> None:
    with app.app_context():
        case = fill(center)
    page = re.sub(r"<[^>]+>", " ", reviewer.get(page_of(app, case)).text)
    page = re.sub(r"\s+", " ", page)

    assert "The team called this HLH-like toxicity. What was it? It is dated day 2." in page
    assert "Age at infusion 10 years" in page
    assert "Day 2 HLH-like toxicity (carHLH, IEC-HS) Highest grade: 3 Outcome: Ongoing" in page
    assert "Day 3 Infection: bloodstream New or known before: New since infusion Kind of organism: Bacteria" in page
    assert "Day 3 Tocilizumab" in page and "Day 4 Intensive care stay" in page
    assert "Day 7, 08:00 38.9 No 2" in page
    assert "Day 7, 06:00 12500" in page


def test_no_item_that_is_shown_speaks_of_anakinra_or_holds_typed_words() -> None:
    shown = {
        *(("assessment", name) for name in SIGNS),
        *(("laboratory", name) for name in LABORATORY),
        *((form, name) for form, names in FACTS.items() for name in names),
        *((form, name) for form, (naming, _, _, told) in EVENTS.items() for name in (naming, *told)),
    }
    items = {(form, name): CASEBOOK[form].items[name] for form, name in shown}
    labels = {key: getattr(getattr(item, "codes", None), "labels", {}) for key, item in items.items()}

    assert [key for key, item in items.items() if isinstance(item, Text)] == []
    assert [
        key
        for key, item in items.items()
        if "anakinra" in f"{key} {item.label} {item.help} {dict(labels[key])} {item.derives_from}".lower()
    ] == []
    assert {"anakinra_course", "anakinra_regimen", "adverse_event"} & {form for form, _ in shown} == set()


def test_a_review_is_kept_logged_and_stands_in_the_episode(app: Flask, center: Center, reviewer: FlaskClient) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh", peak_grade=3)
    typed = {"decision": "crs", "peak_grade": "2", "onset_day": "4", "comment": "Ferritin fell with the fever."}
    answer = reviewer.post(page_of(app, case), data=typed)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/adjudication")
    with app.app_context():
        (kept,) = db.session.query(Adjudication)
        assert (kept.kind, kept.form, kept.record_key, kept.subject_id) == (
            "carhlh",
            "toxicity_episode",
            case,
            subject.id,
        )
        assert (kept.decision, kept.peak_grade, kept.onset_day, kept.comment) == (
            "crs",
            2,
            4,
            "Ferritin fell with the fever.",
        )
        assert (kept.reviewer.name, kept.reviewed_at is not None) == ("Rita Reviewer", True)
        (episode,) = entries.stored(subject, "toxicity_episode")
        names = ("adjudicated", "adjudicated_toxicity", "adjudicated_peak_grade", "toxicity", "peak_grade")
        assert tuple(episode.row[name] for name in names) == (True, "crs", 2, "carhlh", 3)
        steps = [
            (step.actor_name, step.action, step.reason, set(step.changes)) for step in audit.history(db.session(), case)
        ]
        assert steps[-1] == (
            "Rita Reviewer",
            "change",
            "Blinded review of the case.",
            {"adjudicated", "adjudicated_toxicity", "adjudicated_peak_grade"},
        )
    page = reviewer.get("/adjudication").text
    assert "0 of 1 case still to review" in page and "Cytokine release syndrome (CRS), grade 2, from day 4" in page


def test_a_second_review_is_kept_beside_the_first_and_the_data_manager_sees_that_they_differ(
    app: Flask, session: Session, sign_in: SignIn, center: Center, reviewer: FlaskClient
) -> None:
    other = sign_in(make_user(session, role="investigator", site=make_site(session), name="Remy Reviewer"))
    manager = sign_in(make_user(session, role="data_manager"))
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh", peak_grade=3)
    reviewer.post(page_of(app, case), data={"decision": "carhlh", "peak_grade": "3"})
    once = manager.get("/adjudication").text
    assert "0 without a review" in once and ">reviewed<" in once
    # A reviewer does not read what another one said.
    assert "to do" in other.get("/adjudication").text
    assert "You have reviewed" not in other.get(page_of(app, case)).text
    other.post(page_of(app, case), data={"decision": "infection", "peak_grade": "3", "onset_day": "5"})

    page = manager.get("/adjudication").text
    assert "Rita Reviewer" in page and "Remy Reviewer" in page and "reviews differ" in page
    with app.app_context():
        first, second = db.session.query(Adjudication).order_by(Adjudication.id)
        assert [adjudication.decided(one).words for one in (first, second)] == [
            "HLH-like toxicity (carHLH, IEC-HS), grade 3",
            "Infection",
        ]
        (episode,) = entries.stored(subject, "toxicity_episode")
        assert (episode.row["adjudicated_toxicity"], episode.row["adjudicated_peak_grade"]) == ("infection", None)


def test_a_review_of_a_death_is_kept_and_changes_no_page(app: Flask, center: Center, reviewer: FlaskClient) -> None:
    with app.app_context():
        subject, _ = center.child()
        case = center.infection(subject, outcome="fatal")
    assert reviewer.post(page_of(app, case), data={"decision": "disease"}).status_code == 302

    with app.app_context():
        (kept,) = db.session.query(Adjudication)
        assert (kept.form, kept.decision, kept.peak_grade) == ("infection", "disease", None)
        assert entries.stored(subject, "infection")[0].revision == 1


def test_a_review_is_kept_although_the_episode_cannot_be_saved(
    app: Flask, session: Session, sign_in: SignIn, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh", onset_on=PartialDate("2026-03-25"))
        died = {"ended_on": date(2026, 3, 20), "reason": "died", "died_on": PartialDate("2026-03-20")}
        center.save(subject, "end_of_study", died)  # the onset is now after the death: hard
    answer = reviewer.post(page_of(app, case), data={"decision": "carhlh", "peak_grade": "4"}, follow_redirects=True)

    assert "is kept. Its page has an open contradiction and waits." in answer.text
    with app.app_context():
        assert db.session.query(Adjudication).count() == 1
        assert entries.stored(subject, "toxicity_episode")[0].row["adjudicated"] is None
    assert "not in the episode" in sign_in(make_user(session, role="data_manager")).get("/adjudication").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose what it was."),
        ({"decision": "crs"}, "Give the highest grade of the toxicity."),
        ({"decision": "crs", "peak_grade": "6"}, "Write a whole number from 0 to 5."),
        ({"decision": "king", "peak_grade": "1"}, "Not a valid choice"),
        ({"decision": "none", "comment": "x" * 2001}, "Shorten this to 2000 characters."),
    ],
)
def test_a_review_that_says_too_little_is_refused_in_words(
    app: Flask, center: Center, reviewer: FlaskClient, typed: dict[str, str], said: str
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh")
    answer = reviewer.post(page_of(app, case), data=typed)

    assert (answer.status_code, said in answer.text) == (422, True)
    with app.app_context():
        assert db.session.query(Adjudication).count() == 0


def test_a_sign_that_no_database_keeps_does_not_lose_a_review(
    app: Flask, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh")
    assert reviewer.post(page_of(app, case), data={"decision": "disease", "comment": "a\x00b"}).status_code == 302
    with app.app_context():
        assert [kept.comment for kept in db.session.query(Adjudication)] == ["a\ufffdb"]


def test_every_decision_is_a_code_that_the_episode_can_hold() -> None:
    item = CASEBOOK["toxicity_episode"].items["adjudicated_toxicity"]

    assert [item.parse(code) for code in ADJUDICATED_AS.labels] == list(ADJUDICATED_AS.labels)
    assert TABLES["toxicity_episode"].c.adjudicated_toxicity.type.length >= max(map(len, ADJUDICATED_AS.labels))
    assert Adjudication.__table__.c.decision.type.length >= max(map(len, ADJUDICATED_AS.labels))


def review_of(study: Study) -> Case:
    row = {"infusion": study.infusion, "toxicity": "carhlh", "onset_on": PartialDate("2026-03-07")}
    saved = entries.save(study.subject, study.coordinator, "toxicity_episode", {"key": entries.key(), **row})
    code = adjudication.code_of(saved.key)
    case = Case(code=code, kind="carhlh", form="toxicity_episode", key=saved.key, subject_id=study.subject.id)
    reviewer = make_logged_user("investigator", None)
    decision = Decision(decision="carhlh", peak_grade=3, onset_day=2, comment="clear")
    assert adjudication.review(db.session(), case, decision, by=reviewer, at=NOW) is None
    db.session.commit()
    return case


def test_the_log_proves_the_reviews_and_they_cannot_be_changed(own_study: Study) -> None:
    review_of(own_study)
    assert verify(db.session) == []
    for statement in ("UPDATE adjudication SET decision = 'crs'", "DELETE FROM adjudication"):
        with pytest.raises(DatabaseError, match="adjudication is append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_a_cut_carries_the_reviews(own_study: Study, tmp_path: Path) -> None:
    case = review_of(own_study)
    cuts.take_cut(db.session, tmp_path / "cut", by=None, at=NOW)
    with (tmp_path / "cut" / "adjudications.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)

    reviewer = db.session.query(User).filter_by(name="Synthetic investigator").one()
    assert row == {
        "subject": own_study.subject.key,
        "form": "toxicity_episode",
        "record": case.key,
        "kind": "carhlh",
        "decision": "carhlh",
        "peak_grade": "3",
        "onset_day": "2",
        "reviewed_at": "2026-06-01T12:00:00",
        "reviewer": reviewer.key,
    }


def test_the_statements_do_not_grow_with_cases(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection, center: Center, reviewer: FlaskClient
) -> None:
    manager = sign_in(make_user(session, role="data_manager"))
    counted = []
    for _ in range(2):
        with app.app_context():
            for _ in range(2):
                subject, infusion = center.child()
                case = center.episode(subject, infusion, "carhlh")
        reviewer.post(page_of(app, case), data={"decision": "carhlh", "peak_grade": "3"})
        seen = []
        for client, address in (
            (reviewer, "/adjudication"),
            (reviewer, page_of(app, case)),
            (manager, "/adjudication"),
        ):
            with counting(connection) as statements:
                assert client.get(address).status_code == 200
            seen.append(len(statements))
        counted.append(seen)

    assert counted[0] == counted[1]
    assert max(counted[0]) <= 40
