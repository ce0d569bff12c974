"""A fever put down to another cause is said in the daily grid, and from there counts in the grade and on every page."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from entries import assessment, save
from grid_by_hand import D2, D3, address, fields_of, open_fields, post, rows, typed
from registry.database import db
from registry.log_tables import Change
from registry.models import Draft
from signing_in import signed_in_client
from study import Study

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")

D4 = "2026-03-09"
CELL = f"{D3}.assessment.fever_other_cause"
GRADE = f"{D3}.crs_astct_2019"
QUIET = {"hypotension": "no", "vasoactives": "none", "oxygen_mode": "room air"}


@pytest.fixture
def client(app: Flask, study: Study) -> FlaskClient:
    return signed_in_client(app, study.coordinator)


def test_it_goes_from_the_grid_to_the_record_back_to_the_grid_and_to_the_page(
    client: FlaskClient, study: Study
) -> None:
    given = typed(D3, temperature_c="39.0", fever_other_cause="y", crs_grade="0", **QUIET)
    assert post(client, study, open_fields(client, study), usual_time="06:00", **given).status_code == 302

    (record,) = rows(study, "assessment")
    assert record.row["fever_other_cause"] is True
    assert open_fields(client, study)[CELL] == "yes"
    page = client.get(f"/subjects/{study.subject.key}/assessment/{record.key}", follow_redirects=True).text
    assert re.search(r'name="fever_other_cause" value="yes" checked', page)
    history = client.get(f"/subjects/{study.subject.key}/assessment/{record.key}/history").text
    assert "Fever: another cause" in history


def test_an_answer_of_the_assessment_page_stands_in_the_grid_and_changes_there_with_a_reason(
    client: FlaskClient, study: Study
) -> None:
    row = assessment(study.infusion, fever_other_cause=False)
    save(study.subject, study.coordinator, "assessment", row)
    fields = open_fields(client, study)
    assert fields[f"{D2}.assessment.fever_other_cause"] == "no"

    changed = typed(D2, fever_other_cause="yes")
    assert "give the reason for the change" in post(client, study, fields, **changed).text
    assert post(client, study, fields, reason="Culture positive on day 4", **changed).status_code == 302
    (record,) = rows(study, "assessment")
    assert (record.row["fever_other_cause"], record.revision) == (True, 2)
    last = db.session.scalars(select(Change).where(Change.record_key == record.key).order_by(Change.seq)).all()[-1]
    assert "fever_other_cause" in last.payload and "temperature_c" not in last.payload


def test_the_grade_by_the_signs_follows_while_it_is_typed(client: FlaskClient, study: Study) -> None:
    fields = {**open_fields(client, study), "usual_time": "06:00", **typed(D3, temperature_c="39.0", **QUIET)}
    grades = [
        client.post(address(study, "/check"), data={**fields, CELL: text}).get_json()["grades"][GRADE]
        for text in ("", "no", "yes")
    ]
    assert [grade["text"] for grade in grades] == ["1", "1", "0"]
    assert "fever put down to another cause" in grades[-1]["words"]


def test_it_is_kept_in_the_draft_and_is_never_filled_in_from_the_day_before(client: FlaskClient, study: Study) -> None:
    fields = {**open_fields(client, study), "usual_time": "06:00"}
    fields |= typed(D3, temperature_c="39.0", fever_other_cause="yes", oxygen_mode="room air")
    assert client.post(address(study, "/draft"), data=fields).get_json()["saved_at"]
    (draft,) = db.session.scalars(select(Draft))
    assert draft.typed[CELL] == ["yes"]

    filled = fields_of(client.post(address(study), data={**fields, "_do": f"same {D4}"}).text)
    assert (filled[CELL], filled[f"{D4}.assessment.oxygen_mode"]) == ("yes", "room air")
    assert filled[f"{D4}.assessment.fever_other_cause"] == ""


def test_without_a_fever_it_is_not_asked_and_the_cell_says_when_it_is(client: FlaskClient, study: Study) -> None:
    given = typed(D3, temperature_c="37.9", fever_other_cause="yes")
    answer = post(client, study, open_fields(client, study), usual_time="06:00", **given)
    told = "Fever: another cause is asked only when “Temperature” is 38 or more. Correct that, or clear this cell."
    assert (answer.status_code, rows(study, "assessment")) == (422, [])
    assert told in html.unescape(answer.text) and "Save again to go on" not in answer.text


def test_a_no_on_a_day_without_a_fever_is_left_out_in_words(client: FlaskClient, study: Study) -> None:
    no = {"fever_other_cause": "no", "carhlh_suspected": "no", "ferritin_rising": "no"}
    days = typed(D3, temperature_c="38.4", fever_other_cause="no") | typed(D4, temperature_c="37.0", **no)
    fields = {**open_fields(client, study), "usual_time": "06:00", **days}
    saved = post(client, study, fields)
    assert saved.status_code == 302
    told = html.unescape(client.get(saved.location).text)
    assert "“No” was left out where it is not asked: Fever: another cause, Ferritin rising." in told
    found = [(record.row["fever_other_cause"], record.row["ferritin_rising"]) for record in rows(study, "assessment")]
    assert found == [(False, None), (None, None)]


def test_a_no_is_not_left_out_where_the_temperature_is_not_told_or_a_stored_answer_would_go(
    client: FlaskClient, study: Study
) -> None:
    alone = typed(D3, systolic_mmhg="90", fever_other_cause="no")
    fields = {**open_fields(client, study), "usual_time": "06:00", "reason": "misread"}
    assert post(client, study, {**fields, **alone}).status_code == 422
    assert post(client, study, {**fields, **alone, **typed(D3, temperature_c="38.2")}).status_code == 302
    cooler = {**open_fields(client, study), "reason": "misread", **typed(D3, temperature_c="37.2")}
    assert post(client, study, cooler).status_code == 422


def test_a_no_that_is_left_out_and_all_that_was_typed_saves_nothing_and_is_told(
    client: FlaskClient, study: Study
) -> None:
    day = {"usual_time": "06:00", **typed(D3, temperature_c="37.0")}
    assert post(client, study, {**open_fields(client, study), **day}).status_code == 302
    answered = post(client, study, {**open_fields(client, study), **typed(D3, fever_other_cause="no")})

    assert answered.location.endswith("?start=0")
    told = html.unescape(client.get(answered.location).text)
    assert "Nothing was changed, so nothing was saved. “No” was left out where it is not asked: Fever: anoth" in told
    assert [record.revision for record in rows(study, "assessment")] == [1]
