"""The list of patients: filters, pages, a code looked for."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

import crf_client
import entries
from children import Child, enrol, make_child
from factories import grant_role, make_site, make_subject, make_user
from forms.casebook import CASEBOOK
from registry.database import db
from registry.models import Site, Subject, User
from registry.tables import TABLES
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def codes(page: str) -> list[str]:
    """Return the codes that a list shows."""
    return re.findall(r'<th scope="row"><a href="/subjects/[^"]+">([^<]+)</a>', page)


def columns(page: str) -> list[str]:
    """Return the headings of the columns of a list."""
    return re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)


def enrol_another(child: Child) -> str:
    """Enrol one more child at the same site; return its code."""
    with child.app.app_context():
        return enrol(child.site_id, child.coordinator_id).code


def test_the_list_shows_the_patients_of_my_sites_only_and_says_how_many(
    child: Child, app: Flask, session: Session, sign_in: SignIn
) -> None:
    make_child(app, session, sign_in)
    another = enrol_another(child)

    page = child.client.get("/subjects").text

    assert codes(page) == [another, child.code]
    assert "2 of 2 children, newest first" in page


def test_the_site_stands_at_each_child_only_where_there_are_several(
    child: Child, session: Session, sign_in: SignIn
) -> None:
    somebody = make_user(session, role="coordinator", site=session.get_one(Site, child.site_id))
    grant_role(session, somebody, "coordinator", make_site(session))

    assert "Site" in columns(sign_in(somebody).get("/subjects").text)
    assert "Site" not in columns(child.client.get("/subjects").text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=active", ["infused"]),
        ("status=not_infused", ["new"]),
        ("status=ended", []),
        ("toxicity=crs", ["infused"]),
        ("toxicity=icans", []),
        ("due=overdue", ["new", "infused"]),
        ("status=active&toxicity=crs&due=due", ["infused"]),
        ("due=begun", ["new", "infused"]),
        ("due=begun&status=ended", []),
        ("status=nonsense&page=-3&due=%EF%BF%BD", ["new", "infused"]),
    ],
)
def test_filters_narrow_the_list(child: Child, query: str, found: list[str]) -> None:
    by_name = {"new": enrol_another(child), "infused": child.code}

    assert codes(child.client.get(f"/subjects?{query}").text) == [by_name[name] for name in found]


def test_only_pages_beside_the_daily_grid_make_a_child_one_with_a_record_that_is_not_complete(child: Child) -> None:
    with child.app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        entries.save(subject, by, "assessment", entries.assessment(child.links["infusion"]))
        for name in CASEBOOK.keys() - {"assessment"}:
            db.session.execute(update(TABLES[name]).values(completed_at=datetime(2026, 3, 9)))
        db.session.commit()

    assert codes(child.client.get("/subjects?due=begun").text) == []


def test_the_list_tells_what_is_overdue_and_what_can_still_be_filled_in_time(child: Child) -> None:
    enrolled = datetime.now() - timedelta(days=45)  # the baseline was due 7 days later, the infusion after 30
    row = entries.enrolment(enrolled_on=enrolled.date(), consent_on=enrolled.date())
    with child.app.app_context():
        site, by = db.session.get_one(Site, child.site_id), db.session.get_one(User, child.coordinator_id)
        entries.enrol_child(db.session(), site, row, by=by, at=enrolled)
        db.session.commit()

    page = child.client.get("/subjects?status=not_infused").text

    assert re.findall(r">(\d+ (?:overdue|due))<", page) == ["1 overdue", "1 due"]


def test_the_list_is_paged_and_keeps_its_filters(child: Child, session: Session) -> None:
    site = session.get_one(Site, child.site_id)
    for _ in range(60):
        make_subject(session, site)
    session.commit()

    first = child.client.get("/subjects?status=not_infused").text
    last = child.client.get("/subjects?status=not_infused&page=99").text

    assert (len(codes(first)), len(codes(last))) == (50, 10)
    assert "50 of 60 children found among 61, page 1 of 2" in first
    assert 'href="/subjects?page=2&amp;status=not_infused"' in first


def test_a_code_is_found_without_standing_in_any_address(child: Child) -> None:
    enrol_another(child)

    found = child.client.post("/subjects/find", data={"code": child.code.lower()})
    several = child.client.post("/subjects/find", data={"code": child.code[:3]}, follow_redirects=True)
    nothing = child.client.post("/subjects/find", data={"code": " - "}, follow_redirects=True)
    none = child.client.post("/subjects/find", data={"code": "ZZZ-1" * 20_000}, follow_redirects=True)

    assert found.location == f"/subjects/{child.key}"
    assert "Several children have that in their code" in several.text
    assert "No child here has that code." in none.text
    assert "No child here has that code." in nothing.text


@pytest.mark.parametrize("typed", ["{letters}{digits}", " {letters} {digits} ", "{letters}–{digits}", "{digits}"])
def test_a_code_is_found_however_it_is_typed(child: Child, typed: str) -> None:
    letters, digits = child.code.lower().split("-")

    found = child.client.post("/subjects/find", data={"code": typed.format(letters=letters, digits=digits)})

    assert found.location == f"/subjects/{child.key}"


def test_another_sites_code_is_not_found(child: Child, app: Flask, session: Session, sign_in: SignIn) -> None:
    other = make_child(app, session, sign_in)

    answer = child.client.post("/subjects/find", data={"code": other.code}, follow_redirects=True)

    assert "No child here has that code." in answer.text


def test_a_site_without_patients_says_what_to_do(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_user(session, role="coordinator", site=make_site(session)))

    page = client.get("/subjects").text

    assert "No child is enrolled yet." in page
    assert "Enrol the first child" in page


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({}, "active"),
        ({"ended_on": ["2026-04-20"]}, "active"),
        ({"reason": ["lost"]}, "active"),
        ({"ended_on": ["2026-04-20"], "reason": ["lost"]}, "ended"),
        ({"died_on": ["2026-04"], "reason": ["died"]}, "ended"),
    ],
)
def test_a_reason_and_a_day_are_what_ends_the_observation(
    child: Child, answers: dict[str, list[str]], status: str
) -> None:
    crf_client.save(child.client, child.page("end_of_study"), answers)

    page = child.client.get("/subjects").text
    # Once among the filters, once in the child's line.
    assert page.count("Ended or died") == 1 + (status == "ended")
    # Days are counted until observation ended, where that day is known.
    known = status == "ended" and "ended_on" in answers
    assert ('<td data-label="Day" class="number">46</td>' in page) is known
    for one in ("active", "ended"):
        found = codes(child.client.get(f"/subjects?status={one}").text)
        assert found == ([child.code] if one == status else [])
