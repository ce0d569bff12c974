"""What is asked before a child is made of an enrolment page, and that one page never makes two."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

import crf_client
from children import Child, make_child
from factories import make_user
from registry.database import utc_now
from registry.models import Site, Subject
from signing_in import SignIn

WHOLE = {
    "enrolled_on": ["2026-03-01"],
    "sex": ["female"],
    "birth_date": ["2015-07-14"],
    "meets_age": ["yes"],
    "car_t_given_or_planned": ["yes"],
    "consent_obtained": ["yes"],
    "consent_type": ["parents"],
    "consent_on": ["2026-02-27"],
    "consent_scopes": ["sharing"],
}
WITHOUT_BIRTH_DATE = {name: texts for name, texts in WHOLE.items() if name != "birth_date"}
MONTH_ONLY = {**WHOLE, "birth_date": ["2015-07"]}


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def children(session: Session) -> int:
    """Return how many children there are."""
    return session.scalar(select(func.count()).select_from(Subject)) or 0


def enrol(child: Child, typed: crf_client.Typed, **more: list[str]) -> tuple[int, str]:
    """Enrol on a page of its own without confirming anything; return status and page."""
    where, known = crf_client.open_page(child.client, "/subjects/enrol")
    answer = crf_client.send(child.client, where, {**known, **typed, **more})
    return answer.status_code, answer.text


def test_an_empty_page_enrols_nobody(child: Child, session: Session) -> None:
    status, page = enrol(child, {}, _complete=["yes"])

    assert (status, children(session)) == (422, 1)
    assert "Nothing is answered on this page, so nothing was saved." in page


@pytest.mark.parametrize("form", ["infection", "assessment", "follow_up", "anakinra_course"])
def test_an_empty_page_of_any_form_saves_nothing_but_may_be_emptied_later(child: Child, form: str) -> None:
    before = len(child.stored(form))

    answer = crf_client.save(child.client, child.page(form), {"infusion": [child.links["infusion"]]})

    assert answer.status_code == 422
    assert crf_client.problems(answer) == ["Nothing is answered on this page, so nothing was saved."]
    assert len(child.stored(form)) == before
    emptied = crf_client.save(child.client, child.page("infection", child.links["infection"]), {})
    assert emptied.status_code == 302


def test_a_child_without_birth_date_sex_or_consent_is_asked_for_once(child: Child, session: Session) -> None:
    status, page = enrol(child, {"enrolled_on": ["2026-03-01"]})
    assert (status, children(session)) == (422, 1)
    assert "Not answered: Sex, Birth date, Consent obtained or waived." in page

    why = {"_confirm": ["enrolment.almost_empty"], "_why.enrolment.almost_empty": ["The chart comes tomorrow"]}
    assert enrol(child, {"enrolled_on": ["2026-03-01"]}, **why)[0] == 302
    assert children(session) == 2


def test_a_reason_why_the_birth_date_is_missing_is_an_answer(child: Child) -> None:
    assert enrol(child, WITHOUT_BIRTH_DATE, birth_date__missing=["ASKU"])[0] == 302


@pytest.mark.parametrize(
    ("first", "second", "hours", "asks"),
    [
        (WHOLE, WHOLE, 0, True),
        (WHOLE, WHOLE, 500, True),
        (MONTH_ONLY, MONTH_ONLY, 0, True),
        (MONTH_ONLY, MONTH_ONLY, 2, False),
        (WHOLE, WITHOUT_BIRTH_DATE, 0, True),
        (WHOLE, WITHOUT_BIRTH_DATE, 2, False),
        (WHOLE, {**WHOLE, "sex": ["male"]}, 0, False),
        (WHOLE, {**WHOLE, "birth_date": ["2015-07-15"]}, 0, False),
    ],
)
def test_a_child_who_looks_enrolled_already_is_asked_about(
    child: Child,
    session: Session,
    first: crf_client.Typed,
    second: crf_client.Typed,
    hours: int,
    asks: bool,
) -> None:
    session.execute(update(Subject).values(created_at=utc_now() - timedelta(days=9)))
    session.commit()
    assert enrol(child, first)[0] == 302
    newest = session.scalars(select(Subject).order_by(Subject.id.desc())).first()
    assert newest is not None
    newest.created_at = utc_now() - timedelta(hours=hours)
    session.commit()

    _, page = enrol(child, second)

    assert (f"{newest.code} is enrolled already and looks the same." in page) is asks
    assert (f'<a href="/subjects/{newest.key}" target="_blank" rel="noopener">Look at {newest.code}' in page) is asks


def test_who_enrolled_without_birth_date_is_asked_about_their_own_children_only(
    child: Child, session: Session, sign_in: SignIn
) -> None:
    assert enrol(child, WHOLE)[0] == 302
    colleague = sign_in(make_user(session, role="coordinator", site=session.get_one(Site, child.site_id)))

    where, known = crf_client.open_page(colleague, "/subjects/enrol")
    answer = crf_client.send(colleague, where, {**known, **WITHOUT_BIRTH_DATE})

    assert "looks the same" not in answer.text


def test_another_sites_child_is_never_told_of(child: Child, app: Flask, session: Session, sign_in: SignIn) -> None:
    other = make_child(app, session, sign_in)
    assert enrol(other, WHOLE)[0] == 302

    assert enrol(child, WHOLE)[0] == 302


def test_one_page_never_makes_a_second_child(child: Child, session: Session) -> None:
    where, known = crf_client.open_page(child.client, "/subjects/enrol")
    crf_client.send(child.client, where, {**known, **WHOLE})

    again = crf_client.send(child.client, where, {**known, **WHOLE})
    said = child.client.get(again.location).text
    typed_over = crf_client.send(child.client, where, {**known, **WHOLE, "birth_date": ["2019-02-03"]})

    first, enrolled = session.scalars(select(Subject).order_by(Subject.id)).all()
    assert first.id == child.id
    assert again.location == f"/subjects/{enrolled.key}"
    assert f"This page is saved already: it is child {enrolled.code}." in said
    assert typed_over.status_code == 422
    assert f"This page is saved already: it is child {enrolled.code}" in typed_over.text
    assert f'href="/subjects/{enrolled.key}">open {enrolled.code}</a>' in typed_over.text
    assert 'value="2019-02-03"' in typed_over.text
