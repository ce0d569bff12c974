"""The pages on which a record is voided and taken back: what they say first, who may, and what they refuse."""

import html
import re
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import crf_client
from children import Child, make_child
from entries import assessment, save
from factories import make_site, make_user
from registry.database import db
from registry.models import Subject, User
from registry.whole_record import whole_record
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child with an episode and a course, whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def move(child: Child, form: str, how: str, revision: int, reason: str = "Typed twice.") -> tuple[int, str]:
    """Void a record or take that back; return the status and the page, after a redirect the one it leads to."""
    address = child.page(form, f"{child.links[form]}/{how}")
    answer = child.client.post(address, data={"_revision": str(revision), "_reason": reason})
    page = child.client.get(answer.location) if answer.status_code == 302 else answer
    return answer.status_code, html.unescape(page.text)


def test_the_void_page_says_what_names_the_record_before_it_asks_for_the_reason(child: Child) -> None:
    page = child.client.get(child.page("infusion", f"{child.links['infusion']}/void")).text

    before, _, after = page.partition("Why it was a mistake")
    assert after
    assert re.findall(r"<dt>([^<]+)</dt>", before) == ["Toxicity episode: 1 record", "Anakinra course: 1 record"]
    assert f'href="{child.page("toxicity_episode", child.links["toxicity_episode"])}"' in before
    assert "then name no valid infusion" in before
    assert "name no valid" not in child.client.get(child.page("infection", f"{child.links['infection']}/void")).text


def test_what_names_a_record_stands_in_order_of_time_whenever_it_was_entered(child: Child) -> None:
    with child.app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        for day in (9, 8):
            save(subject, by, "assessment", assessment(child.links["infusion"], assessed_at=datetime(2026, 3, day, 8)))
    page = child.client.get(child.page("infusion", f"{child.links['infusion']}/void")).text

    assert re.findall(r"/assessment/[^>]*>([0-9-]+) ", page) == ["2026-03-08", "2026-03-09"]


def test_the_pages_about_a_voiding_and_the_history_say_which_record_it_is(child: Child) -> None:
    told = f'<p class="lead-line">{child.code} · Cytokine release syndrome (CRS) · 2026-03-06</p>'

    address = child.page("toxicity_episode", child.links["toxicity_episode"])
    assert told in child.client.get(f"{address}/void").text
    assert told in child.client.get(f"{address}/history").text
    move(child, "toxicity_episode", "void", 1)
    assert told in child.client.get(f"{address}/restore").text


def test_after_a_voiding_each_record_that_names_it_shows_the_question_and_counts_it_as_missing(child: Child) -> None:
    status, page = move(child, "infusion", "void", 1)

    assert (status, "2 records still name it: each has an open data query now." in page) == (302, True)
    episode = html.unescape(child.client.get(child.page("toxicity_episode", child.links["toxicity_episode"])).text)
    assert "the infusion that this record names was entered by mistake and voided" in episode
    with child.app.app_context():
        parts = whole_record(db.session(), db.session.get_one(Subject, child.id)).forms
    told = next(part.records[0] for part in parts if part.form.name == "toxicity_episode")
    assert "Infusion" in told.unanswered
    assert child.client.get(f"/subjects/{child.key}").status_code == 200
    assert child.client.get(f"/subjects/{child.key}/timeline").status_code == 200


def test_a_voiding_is_taken_back_on_the_records_page(child: Child) -> None:
    voided = move(child, "infection", "void", 1, "Another child's.")[1]
    shown = child.client.get(child.page("infection", child.links["infection"])).text
    asked = child.client.get(child.page("infection", f"{child.links['infection']}/restore")).text
    refused, words = move(child, "infection", "restore", 2, " ")
    status, page = move(child, "infection", "restore", 2, "It was this child's.")

    back = child.page("infection", f"{child.links['infection']}/restore")
    assert "Infection 1 is voided. It stays in the history. If that was a slip, " in voided
    assert f'<a href="{back}">take the voiding back</a>' in voided
    assert "Take the voiding back" in shown
    assert "Reason: Another child" in asked
    assert re.search(r"Voided \d{4}-\d\d-\d\d \d\d:\d\d CES?T by", asked)
    assert (refused, "Say in a few words why this record was no mistake." in words) == (422, True)
    assert (status, "Infection 1 counts again." in page, 'name="_do"' in page) == (302, True, True)
    history = child.client.get(child.page("infection", f"{child.links['infection']}/history")).text
    assert "Voiding taken back" in history and "It was this child" in history
    assert "No answer changed" not in history
    assert len(child.stored("infection")) == 1


def test_what_cannot_come_back_says_why(child: Child) -> None:
    move(child, "anakinra_course", "void", 1)
    move(child, "infusion", "void", 1)

    status, page = move(child, "anakinra_course", "restore", 2)

    assert (status, "is voided itself. Take that voiding back first." in page) == (422, True)


def test_a_page_that_somebody_saved_meanwhile_is_not_voided(child: Child) -> None:
    crf_client.save(child.client, child.page("infection", child.links["infection"]), {"onset_on": ["2026-03-08"]})

    status, page = move(child, "infection", "void", 1)

    assert (status, "Somebody saved this record meanwhile" in page) == (422, True)
    assert 'name="_reason" value="Typed twice."' in page
    assert len(child.stored("infection")) == 1


@pytest.mark.parametrize("revision", [1, 2])
def test_a_page_that_was_open_while_somebody_voided_its_record_changes_nothing(child: Child, revision: int) -> None:
    address = child.page("infection", child.links["infection"])
    [before] = child.stored("infection")
    move(child, "infection", "void", 1)

    posted = {"_revision": str(revision), "_reason": "Read again.", "onset_on": "2026-03-08"}
    answer = child.client.post(address, data=posted)

    assert answer.status_code == 422
    assert "This record was voided as a mistake, so nothing was saved." in html.unescape(answer.text)
    assert 'value="2026-03-08"' in answer.text
    move(child, "infection", "restore", 2)
    assert child.stored("infection")[0].row == before.row


def test_nobody_takes_a_voiding_back_who_may_not_void(child: Child, session: Session, sign_in: SignIn) -> None:
    move(child, "infection", "void", 1)
    address = child.page("infection", f"{child.links['infection']}/restore")
    reader = sign_in(make_user(session, role="data_manager"))
    stranger = sign_in(make_user(session, role="coordinator", site=make_site(session)))

    assert reader.post(address, data={"_revision": "2", "_reason": "x"}).status_code == 403
    assert stranger.post(address, data={"_revision": "2", "_reason": "x"}).status_code == 404
    assert "Take the voiding back" not in reader.get(child.page("infection", child.links["infection"])).text
