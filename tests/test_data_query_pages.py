"""Data queries on pages: listed by child, answered with a reason, raised and closed by people."""

import re
from collections import Counter
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import crf_client
from children import CONTRADICTION, Child, make_asked_child, the_query_of
from factories import make_site, make_user
from registry import subject_overview
from registry.models import DataQuery, DataQueryAnchor, Site, Subject
from registry.tables import TABLES
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child whose baseline contradicts itself."""
    return make_asked_child(app, session, sign_in)


@pytest.fixture
def manager(session: Session, sign_in: SignIn) -> FlaskClient:
    """Return the client of a data manager."""
    return sign_in(make_user(session, role="data_manager"))


def the_query(session: Session, check_id: str = "") -> DataQuery:
    """Return the one data query that is not closed."""
    session.expire_all()
    return session.scalars(select(DataQuery).where(DataQuery.status != "closed")).one()


def test_open_queries_are_listed_by_child_with_a_link_to_the_record(child: Child, session: Session) -> None:
    page = child.client.get("/data-queries").text

    query = the_query(session)
    assert "1 of 1 open query, oldest first" in page
    assert query.message in page.replace("&#39;", "'").replace("&#34;", '"')
    assert f'href="/subjects/{child.key}/baseline/{query.record_key}#item-' in page
    label = "Correct it on its page, or say here why it stands as it is"
    assert f'<label for="reason-{query.key}">{label}</label>' in page


def test_the_answers_that_a_record_lacks_stand_together_and_each_can_still_be_answered(
    child: Child, session: Session
) -> None:
    typed = {"infusion": [child.links["infusion"]], "assessed_at": ["2026-03-06 08:00"], "_complete": ["yes"]}
    crf_client.save(child.client, child.page("assessment"), typed)
    missing = [query for query in session.scalars(select(DataQuery)) if query.check_id.endswith(".required")]

    for address in ("/data-queries", f"/subjects/{child.key}"):
        page = child.client.get(address).text
        assert f"{len(missing)} answers are missing. Give them on the page of the record" in page
        folded = page.partition("<summary>One by one")[2].partition("</details>")[0]
        assert len(missing) > 3
        assert all(f'id="query-{query.key}"' in folded for query in missing)
        assert f'id="query-{the_query_of(session, "baseline").key}"' not in folded


def test_the_page_of_a_child_shows_the_oldest_queries_and_leads_to_all(
    child: Child, session: Session, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject_overview, "MOST_QUERIES", 25)
    for day in ("06", "07", "08"):
        typed = {"infusion": [child.links["infusion"]], "assessed_at": [f"2026-03-{day} 08:00"], "_complete": ["yes"]}
        crf_client.save(child.client, child.page("assessment"), typed)
    asked = Counter(session.scalars(select(DataQuery.record_key).order_by(DataQuery.id)))
    page = child.client.get(f"/subjects/{child.key}").text
    address = f"/data-queries?child={child.key}"

    assert f'<a href="{address}">All {asked.total()} open data queries of this child</a>' in page
    shown = re.findall(r"(\d+) answers are missing", page)
    assert shown
    assert sum(map(int, shown)) < 25 < asked.total()
    assert {int(count) for count in shown} <= set(asked.values())
    listed = child.client.get(address).text
    assert f"of {asked.total()} open queries" in listed
    assert f'Only those of <a href="/subjects/{child.key}">{child.code}</a> are listed.' in listed
    elsewhere = sign_in(make_user(session, role="coordinator", site=make_site(session)))
    assert elsewhere.get(address).status_code == 404


def test_a_query_leads_to_its_field_and_from_another_record_to_the_record_it_is_about(
    child: Child, session: Session
) -> None:
    query, other = the_query(session), child.links["infusion"]
    session.add(DataQueryAnchor(data_query_id=query.id, record_key=other, item="infused_on"))
    session.commit()
    field = f"#item-{query.anchors[0].item}"

    assert f'<a href="{field}">Go to the field</a>' in child.client.get(child.page("baseline", query.record_key)).text
    address = f'<a href="{child.page("baseline", query.record_key)}{field}">Baseline, 2026-02-26</a>'
    assert address in child.client.get(child.page("infusion", other)).text


def test_a_query_is_answered_with_a_reason_and_leaves_the_list(child: Child, session: Session) -> None:
    address = f"/data-queries/{the_query(session).key}/answer"

    without = child.client.post(address, data={"reason": "  "}, follow_redirects=True)
    answered = child.client.post(address, data={"reason": "Two biopsies"}, follow_redirects=True)

    assert "Not answered: give the reason in a few words." in without.text
    assert "Answered. The query opens again only if the value changes." in answered.text
    assert the_query(session).status == "answered"
    assert "No query is open at your sites." in child.client.get("/data-queries").text


def test_a_save_names_the_query_it_leaves_open_and_no_more_once_it_is_answered(child: Child, session: Session) -> None:
    [record] = child.stored("baseline")
    page = child.page("baseline", record.key)
    edited = {**CONTRADICTION, "relapses": ["1"], "_reason": ["New information"]}

    asked = child.client.get(crf_client.save(child.client, page, edited).location).text
    child.client.post(f"/data-queries/{the_query(session).key}/answer", data={"reason": "Two biopsies"})
    child.client.get(page)  # shows that it was answered
    answered = child.client.get(crf_client.save(child.client, page, {**edited, "relapses": ["2"]}).location).text

    assert "A data query is open: Burden" in asked
    assert "Burden “" not in answered
    assert "Still to answer:" in answered


def test_a_save_tells_what_it_opened_about_other_pages(child: Child) -> None:
    onset = {"infusion": [child.links["infusion"]], "toxicity": ["crs"], "onset_on": ["2026-03-07"]}
    for outcome in ("ongoing", "ongoing", "ongoing", "improved", "ongoing"):
        episode = {**onset, "outcome": [outcome], "is_recurrence": ["no"]}
        assert crf_client.save(child.client, child.page("toxicity_episode"), episode).status_code == 302
    death = {"ended_on": ["2026-03-21"], "reason": ["died"], "died_on": ["2026-03-20"], "cause_of_death": ["crs"]}

    told = child.client.get(crf_client.save(child.client, child.page("end_of_study"), death).location).text

    keys = [record.key for record in child.stored("toxicity_episode")]
    opened = 'is open about <a href="/subjects/[^/]+/toxicity_episode/([^#]+)#query-[^"]+">Toxicity episode'
    assert len(found := re.findall(opened, told)) == 3 and set(found) <= set(keys)
    assert "2026-03-07</a>: The child has died, yet the outcome is" in told
    more = r'So (is|are) \d more about other pages: see <a href="[^"]+#queries">the child\'s open data queries</a>.'
    assert re.search(more, told)
    again = {**death, "comment": ["Told by telephone"], "_reason": ["New information"]}
    page = child.page("end_of_study", child.stored("end_of_study")[0].key)
    later = child.client.get(crf_client.save(child.client, page, again).location).text
    assert "A data query is open about" not in later


def test_answering_a_settled_query_changes_nothing(child: Child, session: Session) -> None:
    query = the_query(session)
    address = f"/data-queries/{query.key}/answer"
    child.client.post(address, data={"reason": "Two biopsies"})

    again = child.client.post(address, data={"reason": "Another reason"}, follow_redirects=True)

    assert "This query was settled meanwhile." in again.text
    assert [event.reason for event in the_query(session).events][1:] == ["Two biopsies"]


def test_an_answer_to_a_value_that_was_changed_meanwhile_is_not_taken_for_the_new_one(
    child: Child, session: Session
) -> None:
    [record] = child.stored("baseline")
    page = child.page("baseline", record.key)
    address = f"/data-queries/{the_query(session).key}/answer"
    (seen,) = re.findall(r'name="seen" value="([0-9a-f]+)"', child.client.get("/data-queries").text)
    crf_client.save(child.client, page, {**CONTRADICTION, "marrow_blasts_percent": ["2"], "_reason": ["Typing error"]})

    refused = child.client.post(address, data={"reason": "12.5 is right", "seen": seen}, follow_redirects=True)
    session.expire_all()
    status = the_query(session).status
    (now,) = re.findall(r'name="seen" value="([0-9a-f]+)"', child.client.get("/data-queries").text)
    taken = child.client.post(address, data={"reason": "Two biopsies", "seen": now}, follow_redirects=True)

    assert "Look at it once more. You wrote: “12.5 is right”" in refused.text
    assert status == "open"
    assert "Answered." in taken.text


def test_correcting_the_value_closes_the_query(child: Child, session: Session) -> None:
    [record] = child.stored("baseline")
    corrected = {**CONTRADICTION, "disease_burden": ["low"], "_reason": ["Typing error"]}

    crf_client.save(child.client, child.page("baseline", record.key), corrected)

    assert [query.status for query in session.scalars(select(DataQuery))] == ["closed"]


def test_a_data_manager_asks_about_an_item_and_closes_the_question(
    child: Child, manager: FlaskClient, session: Session
) -> None:
    key = child.links["infusion"]
    address = child.page("infusion", f"{key}/data-queries")

    empty = manager.post(address, data={"item": "product", "message": " "}, follow_redirects=True)
    asked = manager.post(
        address, data={"item": "product", "message": "Is it the trial product?"}, follow_redirects=True
    )
    query = session.scalars(select(DataQuery).where(DataQuery.check_id == "manual")).one()
    seen = child.client.get(child.page("infusion", key)).text
    closed = manager.post(f"/data-queries/{query.key}/close", data={"reason": "Settled"}, follow_redirects=True)

    assert "Not asked: write the question in a few words." in empty.text
    assert "Asked. The site sees it among its open queries." in asked.text
    assert "Is it the trial product?" in seen
    assert "Closed." in closed.text
    session.expire_all()
    assert query.status == "closed"


@pytest.mark.parametrize("names_a_day", [True, False])
def test_nobody_is_asked_to_look_up_a_child_whose_consent_was_withdrawn(
    child: Child, manager: FlaskClient, session: Session, names_a_day: bool
) -> None:
    if names_a_day:
        session.get_one(Subject, child.id).withdrawn_on = date(2026, 4, 1)
    else:  # as a page was stored before the registry went by the answer alone
        session.execute(TABLES["enrolment"].update().values(withdrawn=True))
    session.commit()
    (enrolled,) = child.stored("enrolment")

    asked = {"item": "product", "message": "Is it the trial product?"}
    address = child.page("infusion", f"{child.links['infusion']}/data-queries")
    refused = manager.post(address, data=asked, follow_redirects=True).text
    about_consent = {"item": "withdrawal_on", "message": "Is this the day of the call?"}
    manager.post(child.page("enrolment", f"{enrolled.key}/data-queries"), data=about_consent)

    assert "Not asked: consent was withdrawn, so nobody may look it up." in refused
    (query,) = session.scalars(select(DataQuery).where(DataQuery.check_id == "manual")).all()
    assert query.form == "enrolment"


def test_the_queries_of_one_site_are_listed_alone(child: Child, manager: FlaskClient, session: Session) -> None:
    site, other = session.get_one(Site, child.site_id), make_site(session)
    message = the_query(session).message

    everything = manager.get("/data-queries").text
    here = manager.get(f"/data-queries?site={site.key}").text
    there = manager.get(f"/data-queries?site={other.key}").text

    assert f'<option value="{site.key}">{site.name}</option>' in everything
    assert f'<option value="{site.key}" selected>' in here
    assert (child.code in here, child.code in there) == (True, False), message
    assert "No query is open at this site." in there
    mine = child.client.get("/data-queries").text
    assert 'name="site"' not in mine, "one site is nothing to choose from"
    assert [f'<span class="quiet">{site.name}</span>' in page for page in (everything, mine)] == [True, False]


def test_a_question_of_the_judge_cannot_be_closed_by_hand(child: Child, manager: FlaskClient, session: Session) -> None:
    answer = manager.post(f"/data-queries/{the_query(session).key}/close", data={"reason": "I say so"})

    assert answer.status_code == 409
    assert the_query(session).status == "open"


def test_a_question_that_is_sent_twice_is_asked_once(child: Child, manager: FlaskClient, session: Session) -> None:
    address = child.page("infusion", f"{child.links['infusion']}/data-queries")
    by_hand = select(DataQuery).where(DataQuery.check_id == "manual")

    for words in ("Right?", "Right? ", "Sure?"):
        manager.post(address, data={"item": "product", "message": words})
    first, second = session.scalars(by_hand.order_by(DataQuery.id)).all()
    manager.post(f"/data-queries/{first.key}/close", data={"reason": "Settled"})
    manager.post(address, data={"item": "product", "message": "Right?"})
    manager.post(address, data={"item": "antigens", "message": "Right?"})

    assert (first.message, second.message) == ("Right?", "Sure?")
    assert len(session.scalars(by_hand).all()) == 4


@pytest.mark.parametrize(("item", "status"), [("no_such_item", 400), ("", 302), ("product", 302)])
def test_a_question_is_about_an_item_of_the_form(child: Child, manager: FlaskClient, item: str, status: int) -> None:
    address = child.page("infusion", f"{child.links['infusion']}/data-queries")

    answer = manager.post(address, data={"item": item, "message": "Right?"})

    assert answer.status_code == status
    if not item:
        assert "Not asked: choose what the question is about." in manager.get(answer.location).text


def test_a_coordinator_cannot_raise_or_close_a_query(child: Child, session: Session) -> None:
    query = the_query(session)

    assert child.client.post(f"/data-queries/{query.key}/close", data={"reason": "x"}).status_code == 403
    assert child.client.post(child.page("baseline", f"{query.record_key}/data-queries"), data={}).status_code == 403


def test_another_sites_queries_are_not_there(child: Child, session: Session, sign_in: SignIn) -> None:
    stranger = sign_in(make_user(session, role="coordinator", site=make_site(session)))

    answer = stranger.post(f"/data-queries/{the_query(session).key}/answer", data={"reason": "Mine"})

    assert answer.status_code == 404
    assert "No query is open at your sites." in stranger.get("/data-queries").text
    assert the_query(session).status == "open"
