"""At which day the daily grid opens: the page asked for, and after a save the next one to fill."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entries import assessment, save
from grid_by_hand import D2, D3, address, open_fields, post, typed
from signing_in import signed_in_client
from study import Study

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")


@pytest.fixture
def client(app: Flask, study: Study) -> FlaskClient:
    return signed_in_client(app, study.coordinator)


@pytest.mark.parametrize("start", ["88", "89", "99999"])
def test_a_page_of_the_grid_that_is_still_to_come_opens_at_one_that_is_there(
    client: FlaskClient, study: Study, start: str
) -> None:
    answer = client.get(address(study), query_string={"start": start})  # today is day 88 after the infusion
    shown = "Days 88 to 88" if start == "88" else "Days 0 to 13"
    assert answer.status_code == 200 and shown in answer.text


@pytest.mark.parametrize(
    ("recorded", "days", "goes_on"),
    [((), (D2,), 3), ((D3,), (D2,), 4), ((D2,), (D3,), 4), (range(5, 19), (D2,), 2), (range(5, 18), (D2, D3), 13)],
)
def test_a_save_leads_to_the_next_empty_day_of_the_page_or_back_to_the_day_saved(
    client: FlaskClient, study: Study, recorded: Any, days: tuple[str, ...], goes_on: int
) -> None:
    for day in recorded:
        when = datetime.fromisoformat(day) if isinstance(day, str) else datetime(2026, 3, day)
        save(study.subject, study.coordinator, "assessment", assessment(study.infusion, assessed_at=when))
    given = {"usual_time": "06:00", "reason": "misread"}
    for day in days:
        given |= typed(day, temperature_c="39.1")
    answer = post(client, study, open_fields(client, study), **given)
    assert answer.location.partition("?")[2] == f"start=0#day-{goes_on}"
