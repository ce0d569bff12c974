"""The pages of data use agreements: listed, recorded, ended with a reason."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from entries import NOW
from export_requests import Requesting, an_agreement, an_order
from registry.audit_verify import verify
from registry.database import db
from registry.release import requests
from registry.release.models import DataUseAgreement
from registry.release.profiles import Profile
from signing_in import signed_in_client


@pytest.fixture
def officer(own_app: Flask, requesting: Requesting) -> FlaskClient:
    return signed_in_client(own_app, requesting.officer)


def typed(**given: str) -> dict[str, Any]:
    usual = {"project": "dosing", "parties": "Synthetic University", "purpose": "Dosing only.", "reference": "DUA-7"}
    return {**usual, "signed_on": "2026-01-05", "expires_on": "2030-01-05", **given}


def test_none_on_record_is_said(officer: FlaskClient) -> None:
    assert "No agreement is on record yet." in officer.get("/exports/agreements").text


def test_an_agreement_is_recorded_and_then_listed_and_offered(officer: FlaskClient) -> None:
    page = officer.post("/exports/agreements/new", data=typed(), follow_redirects=True).text
    assert "The agreement is on record." in page
    agreement = db.session.scalars(select(DataUseAgreement)).one()
    assert f'href="/exports/agreements/{agreement.key}"' in officer.get("/exports/agreements").text
    assert f'<option value="{agreement.key}">dosing, until 2030-01-05' in officer.get("/exports/new").text
    assert verify(db.session()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"parties": ""}, "Write who signed it."),
        ({"signed_on": "yesterday"}, "Write the day as 2026-03-05."),
        ({"expires_on": "2025-12-31"}, "before it is signed on 2026-01-05"),
        ({"signed_on": "2999-01-01", "expires_on": "2999-02-01"}, "which is still to come"),
    ],
)
def test_what_says_too_little_comes_back_with_everything_typed(
    officer: FlaskClient, given: dict[str, str], message: str
) -> None:
    answer = officer.post("/exports/agreements/new", data=typed(**given))
    assert answer.status_code == 422
    assert message in answer.text
    assert "Dosing only." in answer.text and 'value="DUA-7"' in answer.text
    assert db.session.query(DataUseAgreement).count() == 0


def test_an_agreement_in_force_is_not_recorded_again_and_one_that_ended_is(officer: FlaskClient) -> None:
    """Of two that are alike, one would stay in force when the other is ended."""
    address = officer.post("/exports/agreements/new", data=typed()).headers["Location"]
    again = officer.post("/exports/agreements/new", data=typed())
    assert (again.status_code, "This agreement is on record already, and in force." in again.text) == (422, True)
    assert officer.post("/exports/agreements/new", data=typed(reference="DUA-8")).status_code == 302
    officer.post(f"{address}/end", data={"reason": "The wrong project."})
    assert officer.post("/exports/agreements/new", data=typed()).status_code == 302


def test_an_agreement_shows_what_left_under_it_and_is_ended_with_a_reason(
    officer: FlaskClient, requesting: Requesting
) -> None:
    agreement = an_agreement()
    order = an_order(profile=Profile.LIMITED, agreement=agreement.key)
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    address = f"/exports/agreements/{agreement.key}"
    page = officer.get(address).text
    assert f'href="/exports/{export.key}"' in page and "</a> Limited data set, waits for approval</li>" in page
    refused = officer.post(f"{address}/end", data={"reason": " "})
    assert refused.status_code == 422
    assert "Say why the agreement ends." in refused.text
    page = officer.post(f"{address}/end", data={"reason": "The project stopped."}, follow_redirects=True).text
    assert "Nothing leaves under it any more." in page and "Synthetic privacy_officer" in page
    assert agreement.key not in officer.get("/exports/new").text
    assert verify(db.session()) == []


@pytest.mark.parametrize(("who", "reads", "writes"), [("analyst", 200, 403), ("manager", 200, 200)])
def test_who_reads_and_who_records(own_app: Flask, requesting: Requesting, who: str, reads: int, writes: int) -> None:
    key = an_agreement().key
    client = signed_in_client(own_app, getattr(requesting, who))
    assert client.get("/exports/agreements").status_code == reads
    assert client.get(f"/exports/agreements/{key}").status_code == reads
    assert client.get("/exports/agreements/new").status_code == writes
    if writes == 403:
        assert client.post(f"/exports/agreements/{key}/end", data={"reason": "No."}).status_code == 403
