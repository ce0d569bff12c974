"""Drafts: kept while typing, offered to their author only, gone once saved or after 14 days."""

import uuid
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import crf_client
from children import Child, make_child
from factories import make_site, make_user
from registry import drafts
from registry.database import utc_now
from registry.models import Draft, Site, Subject, User
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def autosave(child: Child, typed: dict[str, str], form: str = "baseline") -> str:
    """Open an empty page and let it keep what is typed; return the key of its record."""
    where, known = crf_client.open_page(child.client, child.page(form))
    assert where == child.page(form)
    key = known["_key"][0]
    fields = {"_key": key, "_revision": "0", "csrf_token": "secret", **typed}
    answer = child.client.post(f"/drafts/{child.key}/{form}/{key}", data=fields)
    assert answer.status_code == 200
    assert set(answer.json or {}) == {"saved_at"}
    return key


def kept(session: Session) -> list[tuple[str, dict[str, list[str]]]]:
    """Return the drafts there are: record key and fields."""
    session.expire_all()
    return [(draft.record_key, draft.typed) for draft in session.scalars(select(Draft))]


def test_what_is_typed_is_kept_word_for_word_without_the_token(child: Child, session: Session) -> None:
    key = autosave(child, {"assessed_on": "2026-02-", "disease_other": "été “x” \x00"})

    [(record_key, typed)] = kept(session)
    assert record_key == key
    assert typed == {
        "_key": [key],
        "_revision": ["0"],
        "assessed_on": ["2026-02-"],
        "disease_other": ["été “x” \x00"],
    }


def test_keeping_again_replaces_what_was_kept(child: Child, session: Session) -> None:
    key = autosave(child, {"assessed_on": "2026-02"})
    child.client.post(f"/drafts/{child.key}/baseline/{key}", data={"_revision": "0", "assessed_on": "2026-02-26"})

    assert kept(session) == [(key, {"_revision": ["0"], "assessed_on": ["2026-02-26"]})]


def test_a_draft_is_offered_on_the_empty_page_and_continued_from_there(child: Child) -> None:
    key = autosave(child, {"assessed_on": "2026-02-", "marrow_blasts_percent": "12.5"})

    offered = child.client.get(child.page("baseline")).text
    continued = child.client.get(child.page("baseline") + f"?draft={key}").text

    assert "You began this page on" in offered
    assert f"?draft={key}" in offered
    assert 'value="2026-02-"' not in offered
    assert 'value="2026-02-"' in continued
    assert 'value="12.5"' in continued
    assert f'name="_key" value="{key}"' in continued


def test_a_draft_is_seen_by_its_author_only(child: Child, session: Session, sign_in: SignIn) -> None:
    key = autosave(child, {"assessed_on": "2026-02-19"})
    site = session.get_one(Site, child.site_id)
    colleague = sign_in(make_user(session, role="coordinator", site=site))

    for address in (child.page("baseline"), child.page("baseline") + f"?draft={key}", f"/subjects/{child.key}"):
        assert "2026-02-19" not in colleague.get(address).text
        assert "You began this page on" not in colleague.get(address).text
    colleague.post(f"/drafts/{key}/discard")
    assert len(kept(session)) == 1


@pytest.fixture
def full(child: Child, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the key of the one draft that there is room for."""
    monkeypatch.setattr(drafts, "MOST", 1)
    return autosave(child, {"assessed_on": "2026-02"})


def test_a_page_for_which_there_is_no_room_is_not_kept_and_says_so(child: Child, session: Session, full: str) -> None:
    address = f"/drafts/{child.key}/baseline/{uuid.uuid4()}"
    answer = child.client.post(address, data={"_revision": "0", "assessed_on": "2026-03"})
    assert answer.status_code == 422
    assert (answer.json or {})["said"].startswith("This page is not kept as a draft: you have 1 of them")
    again = child.client.post(
        f"/drafts/{child.key}/baseline/{full}", data={"_revision": "0", "assessed_on": "2026-02-1"}
    )
    assert again.status_code == 200, "what is kept already is kept on"
    assert kept(session) == [(full, {"_revision": ["0"], "assessed_on": ["2026-02-1"]})]


def test_a_page_for_which_there_is_no_room_comes_back_as_it_was_typed(
    child: Child, session: Session, full: str
) -> None:
    for form, do in (("baseline", ["draft"]), ("baseline", ["save"])):
        where, known = crf_client.open_page(child.client, child.page(form))
        answer = crf_client.send(child.client, where, {**known, "assessed_on": ["not yet known"], "_do": do})
        assert answer.status_code == 422
        assert "no more are kept" in answer.text
        assert 'value="not yet known"' in answer.text
    assert [key for key, _ in kept(session)] == [full]


def test_another_persons_drafts_take_no_room(child: Child, session: Session, sign_in: SignIn, full: str) -> None:
    site = session.get_one(Site, child.site_id)
    colleague = sign_in(make_user(session, role="coordinator", site=site))
    answer = colleague.post(f"/drafts/{child.key}/baseline/{uuid.uuid4()}", data={"_revision": "0", "x": "y"})
    assert answer.status_code == 200
    assert len(kept(session)) == 2


def test_a_page_that_is_too_long_is_not_kept(child: Child, session: Session) -> None:
    address = f"/drafts/{child.key}/baseline/{uuid.uuid4()}"
    long = {"_revision": "0", "disease_other": "x" * drafts.LONGEST}
    answer = child.client.post(address, data=long)
    assert answer.status_code == 422
    assert "is longer than 500,000 characters" in (answer.json or {})["said"]
    assert kept(session) == []


def test_a_draft_is_gone_once_its_page_is_saved(child: Child, session: Session) -> None:
    key = autosave(child, {"assessed_on": "2026-02-26"})

    crf_client.send(
        child.client, child.page("baseline"), {"_key": [key], "_revision": ["0"], "assessed_on": ["2026-02-26"]}
    )

    assert kept(session) == []
    assert [record.key for record in child.stored("baseline")] == [key]


def test_of_pages_begun_before_only_those_that_say_something_else_are_kept_after_a_save(
    child: Child, session: Session
) -> None:
    """The save of a page that was begun anew drops what it says as well, and leads to what it does not."""
    day = {"infused_on": "2026-04-02"}
    autosave(child, {**day, "product": "", "_complete": "yes"}, "infusion")
    other = autosave(child, {**day, "dose": "2.5"}, "infusion")

    answer = crf_client.save(child.client, child.page("infusion"), {"infused_on": ["2026-04-02"]})

    assert answer.status_code == 302, crf_client.problems(answer)
    assert [record_key for record_key, _ in kept(session)] == [other]
    told = child.client.get(answer.location).text
    assert "You began another page of this form on" in told
    continuing = f"{child.page('infusion')}?draft={other}"
    assert f'<a href="{continuing}">go on with it or discard it</a>' in told
    assert f'<form action="/drafts/{other}/discard" method="post">' in child.client.get(continuing).text


def test_a_late_autosave_does_not_bring_a_saved_page_back_as_a_draft(child: Child, session: Session) -> None:
    key = autosave(child, {"assessed_on": "2026-02-26"})
    crf_client.send(
        child.client, child.page("baseline"), {"_key": [key], "_revision": ["0"], "assessed_on": ["2026-02-26"]}
    )

    child.client.post(f"/drafts/{child.key}/baseline/{key}", data={"_revision": "0", "assessed_on": "2026-02-26"})

    assert kept(session) == []


def test_save_as_draft_stores_no_record_and_needs_no_script(child: Child, session: Session) -> None:
    where, known = crf_client.open_page(child.client, child.page("baseline"))

    answer = crf_client.send(child.client, where, {**known, "assessed_on": ["not yet known"], "_do": ["draft"]})

    assert answer.location == f"/subjects/{child.key}"
    assert child.stored("baseline") == []
    assert [typed["assessed_on"] for _, typed in kept(session)] == [["not yet known"]]
    assert "Continue Baseline" in child.client.get(answer.location).text


def test_a_draft_of_a_stored_record_is_offered_on_its_page_only(child: Child) -> None:
    key = child.links["infusion"]
    child.client.post(f"/drafts/{child.key}/infusion/{key}", data={"_revision": "1", "infused_on": "2026-03-06"})

    offered = child.client.get(child.page("infusion", key)).text
    assert "You began this page on" in offered and "What you type here now takes its place." in offered
    assert "You began this page on" not in child.client.get(child.page("infusion")).text
    assert 'value="2026-03-06"' in child.client.get(child.page("infusion", key) + f"?draft={key}").text


def test_the_enrolment_page_keeps_a_draft_before_there_is_a_child(child: Child) -> None:
    _, known = crf_client.open_page(child.client, "/subjects/enrol")
    key = known["_key"][0]

    child.client.post(f"/drafts/enrolment/{key}", data={"_key": key, "_revision": "0", "birth_date": "2015-07"})

    assert f"/subjects/enrol?draft={key}" in child.client.get("/subjects/enrol").text
    assert 'value="2015-07"' in child.client.get(f"/subjects/enrol?draft={key}").text


def test_a_discarded_draft_is_gone(child: Child, session: Session) -> None:
    key = autosave(child, {"assessed_on": "2026-02-26"})

    answer = child.client.post(f"/drafts/{key}/discard")

    assert answer.location == f"/subjects/{child.key}"
    assert kept(session) == []


def test_each_unsaved_page_can_be_discarded_on_the_page_of_the_child(child: Child, session: Session) -> None:
    first, second = autosave(child, {"assessed_on": "2026-02-26"}), autosave(child, {"assessed_on": "2026-02-27"})

    for key, left in ((first, [second]), (second, [])):
        page = child.client.get(f"/subjects/{child.key}").text
        assert page.count(f'<form action="/drafts/{key}/discard" method="post">') == 1
        assert child.client.post(f"/drafts/{key}/discard").location == f"/subjects/{child.key}"
        assert [kept_key for kept_key, _ in kept(session)] == left

    assert "Discard what I typed" not in child.client.get(f"/subjects/{child.key}").text


def test_drafts_older_than_fourteen_days_are_purged(child: Child, session: Session) -> None:
    now = utc_now()
    user, subject = session.get_one(User, child.coordinator_id), session.get_one(Subject, child.id)
    for key, days in (("old", 14), ("young", 13)):
        at = now - timedelta(days=days)
        session.add(
            Draft(
                user_id=user.id,
                subject_id=subject.id,
                form="baseline",
                record_key=key,
                revision=0,
                typed={},
                saved_at=at,
            )
        )
    session.flush()

    assert [draft.record_key for draft in drafts.of_user(session, user, now)] == ["young"]
    drafts.purge(session, now)
    assert [key for key, _ in kept(session)] == ["young"]


def test_nothing_is_kept_for_another_sites_child(child: Child, session: Session, sign_in: SignIn) -> None:
    stranger = sign_in(make_user(session, role="coordinator", site=make_site(session)))

    answer = stranger.post(f"/drafts/{child.key}/baseline/{child.links['infusion']}", data={"assessed_on": "x"})

    assert answer.status_code == 404
    assert kept(session) == []


def test_a_page_that_comes_back_is_kept_and_offered_again(child: Child, session: Session) -> None:
    _, known = crf_client.open_page(child.client, child.page("baseline"))
    typed = {"_key": known["_key"][0], "_revision": "0", "_do": "save", "csrf_token": "secret"}

    refused = child.client.post(child.page("baseline"), data={**typed, "disease": "b_all", "weight_kg": "28,5"})

    assert refused.status_code == 422
    [(record_key, fields)] = kept(session)
    assert record_key == typed["_key"]
    assert fields["weight_kg"] == ["28,5"]
    assert "csrf_token" not in fields
    assert f"?draft={record_key}" in child.client.get(child.page("baseline")).text


def test_a_page_on_which_nothing_is_answered_is_no_draft(child: Child, session: Session) -> None:
    _, known = crf_client.open_page(child.client, child.page("baseline"))

    refused = child.client.post(
        child.page("baseline"), data={"_key": known["_key"][0], "_revision": "0", "_do": "save", "csrf_token": "secret"}
    )

    assert refused.status_code == 422
    assert kept(session) == []
