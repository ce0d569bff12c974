"""Which records are cases of blinded review, and the lists of them."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

import entries
from blinded_cases import NOW, Center, make_center, page_of
from factories import make_user
from forms.casebook import CASEBOOK
from forms.values import NullFlavour, PartialDate, Row
from registry import adjudication, records
from registry.database import db
from registry.models import Site, Subject, User
from signing_in import SignIn
from statements import counting


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
        # it may have begun on any day to its end; the CRS began on 7 March
        ("2026-03-10", NullFlavour.UNKNOWN, None, True),
        ("2026-03-10", NullFlavour.UNKNOWN, "2026-03-07", True),
        ("2026-03-10", NullFlavour.UNKNOWN, "2026-03-06", False),
    ],
)
def test_crs_is_a_case_where_a_bloodstream_infection_may_have_been_there_too(
    app: Flask,
    center: Center,
    crs_resolved: str | None,
    infection_onset: str | NullFlavour,
    infection_resolved: str | None,
    is_case: bool,
) -> None:
    def ended(day: str | None) -> Row:
        return {"outcome": "resolved", "resolved_on": PartialDate(day)} if day else {}

    with app.app_context():
        subject, infusion = center.child()
        crs = center.episode(subject, infusion, "crs", **ended(crs_resolved))
        onset = infection_onset if isinstance(infection_onset, NullFlavour) else PartialDate(infection_onset)
        center.infection(subject, onset_on=onset, **ended(infection_resolved))

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


def test_a_child_whose_consent_is_answered_no_is_no_case(app: Flask, center: Center) -> None:
    with app.app_context():
        subject, infusion = center.child()
        center.episode(subject, infusion, "carhlh")
        (enrolled,) = entries.stored(subject, "enrolment")
        refused = {**enrolled.row, "consent_obtained": False}
        confirmed = {"enrolment.consent_not_refused": "The family said No."}
        center.save(subject, "enrolment", refused, revision=1, reason="As told.", confirmed=confirmed)

        assert all_cases() == []


def test_a_page_without_cases_says_what_makes_one(session: Session, sign_in: SignIn, reviewer: FlaskClient) -> None:
    manager = sign_in(make_user(session, role="data_manager"))

    assert "No case of another center waits for you." in reviewer.get("/adjudication").text
    assert "There is no case yet." in manager.get("/adjudication").text


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


def test_a_reviewer_narrows_the_list_by_question_and_state_and_comes_back_to_it(
    app: Flask, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        first, second = (center.episode(subject, infusion, "carhlh") for _ in range(2))
        death = center.infection(subject, outcome="fatal")
    pages = {name: page_of(app, key) for name, key in (("first", first), ("second", second), ("death", death))}
    narrowed = "/adjudication?kind=carhlh&state=to_review"
    both = reviewer.get(narrowed).text
    assert f'href="{pages["first"]}?kind=carhlh&amp;state=to_review"' in both
    assert "3 of 3 cases still to review; 2 shown" in both

    decided = reviewer.post(
        f"{pages['first']}?kind=carhlh&state=to_review", data={"decision": "carhlh", "peak_grade": "3"}
    )

    assert decided.location == narrowed
    assert shown(reviewer, narrowed, pages) == ["second"]
    assert '<option value="to_review" selected>To do</option>' in reviewer.get(narrowed).text
    assert shown(reviewer, "/adjudication?state=reviewed", pages) == ["first"]
    assert shown(reviewer, "/adjudication?kind=fatal_infection", pages) == ["death"]
    assert shown(reviewer, "/adjudication?kind=nonsense&state=differ", pages) == ["first", "second", "death"]
    none = reviewer.get("/adjudication?kind=crs_or_sepsis").text
    assert "None of the 3 cases fits these filters." in none and 'href="/adjudication">Show all</a>' in none


def test_a_reviewer_cannot_learn_the_center_of_a_case_by_a_filter(
    app: Flask, session: Session, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh")
        elsewhere = make_center(session).site_id
        sites = [db.session.get_one(Site, id_).key for id_ in (center.site_id, elsewhere)]

    seen = [reviewer.get(f"/adjudication?site={key}").text for key in sites]

    assert all(page_of(app, case) in page and 'name="site"' not in page for page in seen)
    assert all(key not in page for key in sites for page in seen)


def test_who_oversees_all_cases_narrows_them_by_center_question_and_state(
    app: Flask, session: Session, sign_in: SignIn, center: Center, reviewer: FlaskClient
) -> None:
    manager, other = sign_in(make_user(session, role="data_manager")), make_center(session)
    with app.app_context():
        cases = {}
        for name, where in (("here", center), ("reviewed", center), ("there", other)):
            subject, infusion = where.child()
            cases[name] = where.episode(subject, infusion, "carhlh")
        key = db.session.get_one(Site, center.site_id).key
    reviewer.post(page_of(app, cases["reviewed"]), data={"decision": "carhlh", "peak_grade": "3"})

    def listed(query: str) -> list[str]:
        page = manager.get(f"/adjudication?{query}").text
        return [name for name, case in cases.items() if f"/toxicity_episode/{case}" in page]

    assert listed("") == ["here", "reviewed", "there"]
    assert listed(f"site={key}") == ["here", "reviewed"]
    assert listed(f"site={key}&state=to_review") == ["here"]
    assert listed("state=reviewed") == ["reviewed"]
    assert listed("state=differ") == listed("kind=fatal_infection") == []
    page = manager.get(f"/adjudication?site={key}&state=to_review").text
    assert f'<option value="{key}" selected>' in page and "3 cases, 2 without a review; 1 shown" in page


def shown(client: FlaskClient, address: str, pages: dict[str, str]) -> list[str]:
    """Return which of some cases a list shows."""
    page = client.get(address).text
    return [name for name, case in pages.items() if case in page]
