"""What is typed in the daily grid and not saved: kept for its author, offered again, never lost to new typing."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from grid_by_hand import D2, D3, address, fields_of, open_fields, post, typed
from registry import drafts
from registry.database import db
from registry.models import Draft
from registry.views import grid_drafts
from signing_in import signed_in_client
from study import Study

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")


@pytest.fixture
def client(app: Flask, study: Study) -> FlaskClient:
    return signed_in_client(app, study.coordinator)


def test_what_is_typed_is_kept_as_a_draft_and_offered_again(client: FlaskClient, study: Study) -> None:
    fields = {**open_fields(client, study), "usual_time": "06:00", **typed(D2, temperature_c="38.6", ferritin="lots")}
    assert client.post(address(study, "/draft"), data=fields).get_json() == {"saved_at": "21:00 JST"}
    offered = client.get(address(study)).text
    assert "Continue where you stopped" in offered and "entering on 2026-06-01 21:00 JST and" in offered
    again = client.get(address(study), query_string={"start": 0, "draft": 1}).text
    assert "This is what you had typed by 2026-06-01 21:00 JST." in again
    shown = fields_of(again)
    assert (shown[f"{D2}.assessment.temperature_c"], shown[f"{D2}.laboratory.ferritin"]) == ("38.6", "lots")
    saved = post(client, study, {**shown, f"{D2}.laboratory.ferritin": "900"})
    assert saved.status_code == 302
    assert db.session.scalars(select(Draft)).all() == []


def test_a_grid_for_which_there_is_no_room_says_so_and_comes_back_as_typed(
    client: FlaskClient, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST", 0)
    fields = {**open_fields(client, study), "usual_time": "06:00", **typed(D2, temperature_c="38.6", ferritin="lots")}
    answer = client.post(address(study, "/draft"), data=fields)
    assert answer.status_code == 422
    assert (answer.get_json() or {})["said"].startswith("This page is not kept as a draft: you have 0 of them")
    refused = post(client, study, fields)
    assert refused.status_code == 422
    assert "This page is not kept as a draft" in refused.text
    assert fields_of(refused.text)[f"{D2}.laboratory.ferritin"] == "lots"
    assert db.session.scalars(select(Draft)).all() == []


def test_a_draft_that_was_not_taken_up_survives_new_typing_elsewhere(client: FlaskClient, study: Study) -> None:
    fields = open_fields(client, study)
    client.post(address(study, "/draft"), data={**fields, **typed(D2, temperature_c="38.6", crs_grade="1")})
    client.post(address(study, "/draft"), data={**fields, **typed(D3, temperature_c="39"), **typed(D2, crs_grade="2")})
    again = fields_of(client.get(address(study), query_string={"start": 0, "draft": 1}).text)
    kept = typed(D2, temperature_c="38.6", crs_grade="2") | typed(D3, temperature_c="39")
    assert {name: again[name] for name in kept} == kept
    client.post(address(study, "/draft"), data={**again, **typed(D2, temperature_c="")})
    last = fields_of(client.get(address(study), query_string={"start": 0, "draft": 1}).text)
    assert last[f"{D2}.assessment.temperature_c"] == ""


def test_a_draft_of_another_fortnight_survives_a_save(client: FlaskClient, study: Study) -> None:
    early = {**open_fields(client, study), "usual_time": "06:00", **typed(D2, temperature_c="38.6")}
    client.post(address(study, "/draft"), data=early)
    late = fields_of(client.get(address(study), query_string={"start": 14}).text)
    late |= {"usual_time": "06:00", **typed("2026-03-20", temperature_c="37.1")}
    client.post(address(study, "/draft"), data=late)
    assert client.post(address(study), data=late).status_code == 302
    (draft,) = db.session.scalars(select(Draft))
    assert draft.typed[f"{D2}.assessment.temperature_c"] == ["38.6"]
    again = fields_of(client.get(address(study), query_string={"start": 0, "draft": 1}).text)
    assert again[f"{D2}.assessment.temperature_c"] == "38.6"
    assert client.post(address(study, "/draft/discard")).status_code == 302
    assert db.session.scalars(select(Draft)).all() == []


def test_what_was_typed_and_taken_back_on_the_same_page_is_no_draft(client: FlaskClient, study: Study) -> None:
    fields = open_fields(client, study)
    client.post(address(study, "/draft"), data={**fields, **typed(D2, ferritin="5200")})
    taken_back = {**fields, "touched": f"{D2}.laboratory.ferritin"}
    assert client.post(address(study, "/draft"), data=taken_back).get_json() == {"saved_at": ""}
    assert db.session.scalars(select(Draft)).all() == []
    assert "Continue where you stopped" not in client.get(address(study)).text


def test_a_block_can_still_be_taken_back_from_a_draft(client: FlaskClient, study: Study) -> None:
    pasted = {**open_fields(client, study), "block": "5200\t9100", "paste_row": "laboratory.ferritin", "paste_day": D2}
    shown = fields_of(post(client, study, pasted, _do="paste", **typed(D2, ferritin="480")).text)
    client.post(address(study, "/draft"), data=shown)
    again = fields_of(client.get(address(study), query_string={"start": 0, "draft": 1}).text)
    assert (again[f"{D2}.laboratory.ferritin"], again[f"{D3}.laboratory.ferritin"]) == ("5200", "9100")
    back = fields_of(post(client, study, again, _do="take_back").text)
    assert (back[f"{D2}.laboratory.ferritin"], back[f"{D3}.laboratory.ferritin"]) == ("480", "")


def test_a_grid_that_could_not_be_saved_is_kept_and_offered_again(client: FlaskClient, study: Study) -> None:
    fields = {**open_fields(client, study), "usual_time": "06:00", **typed(D2, temperature_c="38;6", ferritin="900")}
    assert client.post(address(study), data=fields).status_code == 422
    assert "Continue where you stopped" in client.get(address(study)).text
    again = fields_of(client.get(address(study), query_string={"start": 0, "draft": 1}).text)
    assert (again[f"{D2}.assessment.temperature_c"], again[f"{D2}.laboratory.ferritin"]) == ("38;6", "900")


def test_what_is_left_of_a_draft_after_a_save_waits_for_no_turn_of_its_author(
    client: FlaskClient, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save holds the child and the end of the log, which whoever has the turn may be waiting for."""
    fields = open_fields(client, study)
    client.post(address(study, "/draft"), data={**fields, **typed("2026-04-20", temperature_c="39")})
    found = drafts.find

    def find_and_discard(*given: Any) -> Draft | None:
        draft = found(*given)
        drafts.drop(db.session(), study.coordinator, study.subject.key)
        return draft

    monkeypatch.setattr(grid_drafts.drafts, "find", find_and_discard)
    monkeypatch.setattr(drafts, "take_turn", lambda *_: pytest.fail("A save waited for a turn."))
    saved = post(client, study, {**fields, "usual_time": "06:00", **typed(D2, temperature_c="38.6", crs_grade="1")})
    assert saved.status_code == 302
    assert db.session.scalars(select(Draft)).all() == []
