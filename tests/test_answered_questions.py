"""A question of a person that was answered waits for whoever asked: in the list, and on the page of its record."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from children import Child, make_asked_child, the_query_of
from factories import make_user
from registry.models import DataQuery, User
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child whose baseline contradicts itself."""
    return make_asked_child(app, session, sign_in)


@pytest.fixture
def manager(session: Session, sign_in: SignIn) -> FlaskClient:
    """Return the client of a data manager."""
    return sign_in(make_user(session, role="data_manager"))


def test_who_asked_reads_the_answer_and_closes_the_question(
    child: Child, manager: FlaskClient, session: Session
) -> None:
    asked = {"item": "product", "message": "Is it the trial product?"}
    manager.post(child.page("infusion", f"{child.links['infusion']}/data-queries"), data=asked)
    query = session.scalars(select(DataQuery).where(DataQuery.check_id == "manual")).one()
    waits = "1 answered question waits to be closed"
    assert waits not in manager.get("/data-queries").text
    child.client.post(f"/data-queries/{query.key}/answer", data={"reason": "Yes, lot 7"})

    assert waits in manager.get("/").text and waits in manager.get("/data-queries").text
    assert waits not in child.client.get("/").text
    answered = manager.get("/data-queries?show=answered").text
    assert "Is it the trial product?" in answered and "<strong>Yes, lot 7</strong>" in answered
    assert f'action="/data-queries/{query.key}/close"' in answered
    assert the_query_of(session, "baseline").message not in answered, "what a check asked is settled by its answer"
    seen_by_site = child.client.get("/data-queries?show=answered").text
    assert "<strong>Yes, lot 7</strong>" in seen_by_site and "query-form" not in seen_by_site

    from_there = {"Referer": "http://localhost/data-queries?show=answered"}
    closed = manager.post(f"/data-queries/{query.key}/close", data={"reason": "Seen"}, headers=from_there)
    assert closed.location == "/data-queries?show=answered"
    assert "No answered question waits to be closed." in manager.get(closed.location).text


def test_the_page_of_a_record_says_that_a_question_was_answered_and_waits_for_whoever_asked(
    child: Child, session: Session, sign_in: SignIn
) -> None:
    manager = sign_in(make_user(session, role="data_manager", name="Dana Manager"))
    address, asked = child.page("infusion", child.links["infusion"]), "Is it the trial product?"
    manager.post(f"{address}/data-queries", data={"item": "product", "message": asked})
    query = session.scalars(select(DataQuery).where(DataQuery.check_id == "manual")).one()
    assert "Answered, not closed yet" not in child.client.get(address).text
    child.client.post(f"/data-queries/{query.key}/answer", data={"reason": "Yes, lot 7"})
    answered_by = session.get_one(User, child.coordinator_id).name

    at_site, asking = child.client.get(address).text, manager.get(address).text

    for page in (at_site, asking):
        told = page.partition('id="answered-questions"')[2]
        assert asked in told and re.search(r"Asked on \d{4}-\d\d-\d\d by Dana Manager", told)
        assert re.search(rf"Answered on \d{{4}}-\d\d-\d\d by {answered_by}: <strong>Yes, lot 7</strong>", told)
    beside = at_site.partition('id="item-product"')[2].partition('class="answer"')[0]
    assert f'<a href="#query-{query.key}">Answered, not closed yet:</a> {asked}' in beside
    assert "The next step is not yours: whoever asked reads the answer" in at_site
    assert f"/data-queries/{query.key}/" not in at_site
    assert "Read the answer and close the question." in asking
    assert f'action="/data-queries/{query.key}/close"' in asking
    manager.post(f"/data-queries/{query.key}/close", data={"reason": "Seen"})
    assert asked not in child.client.get(address).text
