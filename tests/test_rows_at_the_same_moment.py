"""Two requests that change one row of the machinery at the same moment: the log tells what happened, in order."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from entries import NOW
from export_requests import an_agreement
from registry import anchors, audit
from registry.access import SITE_ROLES
from registry.accounts import people
from registry.audit_verify import verify
from registry.database import db
from registry.models import InfusionLog, ReferenceRange, RoleGrant, Site, User
from registry.release.models import DataUseAgreement
from same_moment import at_once, meeting
from signing_in import signed_in_client

SET_UP = {"name": "Synthetic Center", "time_zone": "Europe/Berlin", "reason": "As on the letter."}
COUNTED = {"infused": "9", "approached": "8", "consented": "8", "refused": "0", "enrolled": "8"}
SIGNED = {"parties": "A university", "purpose": "A meta-analysis", "project": "META", "reference": "SYN-2"}
LASTS = {"signed_on": str(NOW.date()), "expires_on": "2099-01-01"}


@pytest.fixture
def there(own_app: Flask) -> Flask:
    """Return the application of a registry with one center, one agreement and one analyst, all of it in the log."""
    with own_app.app_context():
        site = Site(code="SYN", name="Synthetic Center", time_zone="Europe/Berlin", created_at=NOW)
        audit.write_row(db.session(), site, by=None, at=NOW)
        an_agreement()
        person("analyst")
        anchors.anchor(db.session(), "test", NOW)
    return own_app


def person(role: str) -> User:
    """Return a new person with a role, of the whole study or at the center, both in the log."""
    session = db.session()
    site = session.scalars(select(Site)).one() if role in SITE_ROLES else None
    user = people.add_person(session, name=f"A {role}", email=f"{role}@example.org", by=None, at=NOW)
    people.give_role(session, user, role=role, site=site, by=None, at=NOW, reason="")
    session.commit()
    return user


def two_browsers(app: Flask, role: str, monkeypatch: pytest.MonkeyPatch) -> list[FlaskClient]:
    """Return two browsers of a person with a role, which meet when they have read a row and are to change it."""
    with app.app_context():
        user = person(role)
    monkeypatch.setattr(audit, "write_row", meeting(audit.write_row))
    return [signed_in_client(app, user) for _ in range(2)]


def test_a_page_that_is_sent_twice_at_once_is_one_change(there: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with there.app_context():
        key = db.session.scalars(select(Site.key)).one()
    browsers = two_browsers(there, "data_manager", monkeypatch)
    assert at_once(browsers, f"/sites/{key}/edit", {**SET_UP, "ethics_reference": "SYN-1"}) == [302, 302]
    with there.app_context():
        assert verify(db.session) == []


def test_of_two_who_change_a_row_at_once_one_is_told(there: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with there.app_context():
        key = db.session.scalars(select(Site.key)).one()
        waits = db.engine.dialect.name == "sqlite"  # the second reads only when the first has stored
    browsers = two_browsers(there, "data_manager", monkeypatch)
    pages = [{**SET_UP, "ethics_reference": reference} for reference in ("SYN-1", "SYN-2")]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda one, typed: one.post(f"/sites/{key}/edit", data=typed), browsers, pages))
    assert sorted(one.status_code for one in told) == ([302, 302] if waits else [302, 409])
    last = max(told, key=lambda one: one.status_code)
    assert waits or "at the same moment" in last.text
    assert waits or any(f'name="ethics_reference" value="{page["ethics_reference"]}"' in last.text for page in pages)
    with there.app_context():
        assert verify(db.session) == []


@pytest.mark.parametrize("what", ["agreement", "role", "account"])
def test_what_two_requests_end_at_once_ends_once(there: Flask, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    with there.app_context():
        grant, agreement = db.session.scalars(select(RoleGrant)).one(), db.session.scalars(select(DataUseAgreement))
        address, role = {
            "agreement": (f"/exports/agreements/{agreement.one().key}/end", "privacy_officer"),
            "role": (f"/accounts/{grant.user.key}/roles/{grant.key}/end", "administrator"),
            "account": (f"/accounts/{grant.user.key}/close", "administrator"),
        }[what]
    browsers = two_browsers(there, role, monkeypatch)
    assert at_once(browsers, address, {"reason": "The project ended."})[0] == 302
    with there.app_context():
        assert verify(db.session) == []


@pytest.mark.parametrize("what", ["account", "role"])
def test_of_two_administrators_who_shut_each_other_out_at_once_one_is_left(
    there: Flask, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with there.app_context():
        first = person("administrator")
        second = people.add_person(db.session(), name="B", email="b@example.org", by=None, at=NOW)
        people.give_role(db.session(), second, role="administrator", site=None, by=None, at=NOW, reason="")
        db.session.commit()
        grants = {one.user_id: one.key for one in db.session.scalars(select(RoleGrant))}
        step = {one.id: "close" if what == "account" else f"roles/{grants[one.id]}/end" for one in (first, second)}
    browsers = [signed_in_client(there, one) for one in (first, second)]
    pages = [f"/accounts/{one.key}/{step[one.id]}" for one in (second, first)]
    monkeypatch.setattr(people, "_not_oneself", meeting(people._not_oneself))
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda one, page: one.post(page, data={"reason": "Left."}).status_code, browsers, pages))
    assert 302 in told and told != [302, 302]
    with there.app_context():
        left = select(RoleGrant).join(RoleGrant.user).where(User.active, RoleGrant.ended_at.is_(None))
        assert len(db.session.scalars(left.where(RoleGrant.role == "administrator")).all()) == 1


def test_a_range_that_two_requests_record_at_once_is_recorded_once(
    there: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with there.app_context():
        key = db.session.scalars(select(Site.key)).one()
    browsers = two_browsers(there, "data_manager", monkeypatch)
    typed = {"analyte": "alt", "age_from": "0", "age_to": "17", "high": "45", "valid_from": "2026-01-01"}
    assert at_once(browsers, f"/sites/{key}/reference-ranges/new", typed) == [302, 422]
    with there.app_context():
        page = f"/sites/{key}/reference-ranges/{db.session.scalars(select(ReferenceRange.key)).one()}"
    corrected = {"unit": "U/L", "high": "40", "reason": "A slip."}
    assert at_once(browsers, page, corrected) == [302, 302]
    with there.app_context():
        assert [one.high for one in db.session.scalars(select(ReferenceRange).order_by("id"))] == ["45", "40"]


def test_a_center_that_two_requests_open_at_once_is_opened_once(there: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with there.app_context():
        waits = db.engine.dialect.name == "sqlite"
    browsers = two_browsers(there, "administrator", monkeypatch)
    assert at_once(browsers, "/sites/new", {**SET_UP, "code": "NEW"}) == [302, 422 if waits else 409]
    with there.app_context():
        assert verify(db.session) == []


def test_counts_and_an_agreement_that_are_sent_twice_at_once_are_recorded_once(
    there: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two counts of a quarter changes nothing and asks no reason; a twin would outlive an agreement."""
    with there.app_context():
        key = db.session.scalars(select(Site.key)).one()
    coordinator = two_browsers(there, "coordinator", monkeypatch)
    officer = two_browsers(there, "privacy_officer", monkeypatch)
    counts = f"/sites/{key}/infusion-log/2026-Q1"
    assert at_once(coordinator, counts, {**COUNTED, "_stands": "0"}) == [302, 302]
    assert at_once(officer, "/exports/agreements/new", {**SIGNED, **LASTS}) == [302, 422]
    assert coordinator[0].post(counts, data={**COUNTED, "infused": "10", "_stands": "0"}).status_code == 422
    with there.app_context():
        assert db.session.scalars(select(InfusionLog.infused)).all() == [9]
        assert len(db.session.scalars(select(DataUseAgreement)).all()) == 2  # with the one that was there
        assert verify(db.session) == []


def test_closing_an_account_waits_for_what_its_owner_saves_and_not_the_other_way_round(
    there: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with there.app_context():
        officer, administrator = person("privacy_officer"), person("administrator")
    owner, closing = signed_in_client(there, officer), signed_in_client(there, administrator)
    append, both, at_the_log = audit.append, meeting(lambda: None), Event()

    def meet_at_the_log(session: Session, entries: Sequence[audit.Entry]) -> None:
        is_closing = entries[0].table == "user"
        if not is_closing:
            at_the_log.set()
            both()
        append(session, entries)
        if is_closing:
            both()

    monkeypatch.setattr(audit, "append", meet_at_the_log)
    with ThreadPoolExecutor(2) as pool:
        recorded = pool.submit(owner.post, "/exports/agreements/new", data={**SIGNED, **LASTS})
        assert at_the_log.wait(timeout=60), "What the owner saves did not come to the log: look at that page first."
        closed = pool.submit(closing.post, f"/accounts/{officer.key}/close", data={"reason": "Left the study."})
    assert (recorded.result().status_code, closed.result().status_code) == (302, 302)
    with there.app_context():
        assert verify(db.session) == []
