"""The page of the daily grid where no script helps: copied, pasted and taken back by the server, tampered with."""

import html
import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entries import assessment, laboratory, measured, save
from grid_by_hand import D2, D3, address, fields_of, open_fields, post, rows, typed
from signing_in import signed_in_client
from study import Study

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")


@pytest.fixture
def client(app: Flask, study: Study) -> FlaskClient:
    return signed_in_client(app, study.coordinator)


def test_without_a_script_a_button_copies_support_and_never_grades(client: FlaskClient, study: Study) -> None:
    before = assessment(study.infusion, oxygen_mode="room_air", vasoactives=("none",), icans_grade=2, instrument="capd")
    save(study.subject, study.coordinator, "assessment", {**before, "capd_total": 5})
    for start in (0, 3):  # on the second page day 3 is the first, and the day before is on the page before
        opened = client.get(address(study), query_string={"start": start}).text
        page = post(client, study, fields_of(opened), _do=f"same {D3}")
        assert page.status_code == 200
        shown = fields_of(page.text)
        filled = {name.rpartition(".")[2]: text for name, text in shown.items() if name.startswith(D3) and text}
        assert filled == {"oxygen_mode": "Room air", "vasoactives": "None"}
    assert 'data-carries="Room air"' in opened and f'value="same {D3}"' in opened
    assert f'value="same {D2}"' not in client.get(address(study), query_string={"start": 2}).text  # nothing before it
    assert len(rows(study, "assessment")) == 1


def test_without_a_script_a_pasted_block_is_placed_marked_and_not_saved(client: FlaskClient, study: Study) -> None:
    block = "\tDay 2\tDay 99\nFerritin\t5200\t100\nPlatelets\tfew\t"
    given = {"usual_time": "06:00", **typed(D3, temperature_c="38.2")}
    more = {"block": block, "paste_row": "assessment.temperature_c", "paste_day": D2, "_do": "paste"}
    page = post(client, study, open_fields(client, study), **given, **more)
    shown = fields_of(page.text)
    assert (shown[f"{D2}.laboratory.ferritin"], shown[f"{D2}.laboratory.platelets"]) == ("5200", "few")
    assert shown[f"{D3}.assessment.temperature_c"] == "38.2"
    text = html.unescape(page.text)
    assert "“few” is not a number" in text
    assert "“100” of Ferritin, 2026-06-12: the day is not on this page of the grid." in text
    assert rows(study, "laboratory") == []


def test_without_a_script_a_block_of_which_nothing_was_placed_stays_in_its_box(
    client: FlaskClient, study: Study
) -> None:
    block = "Date\tfirst\tsecond\nFerritin\t<50\t100"
    more = {"block": block, "paste_row": "assessment.temperature_c", "paste_day": D2, "_do": "paste"}
    page = post(client, study, open_fields(client, study), **more)
    assert "No values placed." in page.text
    box = re.search(r'<textarea[^>]*name="block"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert box is not None
    assert html.unescape(box[1]) == block
    placed = post(client, study, open_fields(client, study), **{**more, "block": "\tDay 2\nFerritin\t100"})
    assert re.search(r'<textarea[^>]*name="block"[^>]*>\s*</textarea>', placed.text)


def test_without_a_script_blocks_are_taken_back_one_after_the_other(client: FlaskClient, study: Study) -> None:
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion, ferritin=measured("300")))
    first = {"block": "5200\t9100", "paste_row": "laboratory.ferritin", "paste_day": D2, "_do": "paste"}
    page = post(client, study, open_fields(client, study), **first, **typed(D3, ferritin="480"))
    assert "2 values placed." in page.text
    page = post(client, study, fields_of(page.text), **{**first, "block": "7"})
    ferritin = [f"{day}.laboratory.ferritin" for day in (D2, D3)]
    assert [fields_of(page.text)[name] for name in ferritin] == ["7", "9100"]
    refused = post(client, study, fields_of(page.text), usual_time="06:00")
    assert refused.status_code == 422
    assert "A pasted block stands in the grid." in refused.text
    page = post(client, study, fields_of(refused.text), _do="take_back")
    assert "The block was taken back: its cells are as they were before." in page.text
    assert [fields_of(page.text)[name] for name in ferritin] == ["5200", "9100"]
    page = post(client, study, fields_of(page.text), _do="take_back")
    assert [fields_of(page.text)[name] for name in ferritin] == ["300", "480"]
    assert re.search(r'id="take-back" hidden', page.text)
    assert rows(study, "laboratory")[0].row["ferritin"] == measured("300")


@pytest.mark.parametrize("pastes", ["", "[]", "{", "[1]"])
def test_taking_back_where_no_block_stands_any_more_saves_nothing(
    client: FlaskClient, study: Study, pastes: str
) -> None:
    typed = {**open_fields(client, study), f"{D2}.assessment.temperature_c": "38.4", "pastes": pastes}
    page = client.post(address(study), data={**typed, "_do": "take_back"})
    assert "so nothing was taken back and nothing is saved" in page.text
    assert 'value="38.4"' in page.text
    assert (page.status_code, rows(study, "assessment")) == (200, [])


def test_a_page_that_was_tampered_with_is_answered_in_words_not_with_a_failure(
    client: FlaskClient, study: Study
) -> None:
    fields = open_fields(client, study)
    hostile: dict[str, Any] = {
        "base": json.dumps([1, 2]),
        "pastes": json.dumps([1, {"x": 2, f"{D2}.laboratory.ferritin": 3}]),
        "start": "-5",
        f"seen.{D2}.assessment": "not-a-key 1",
        "2026-13-45.assessment.temperature_c": "38",
        f"{D2}.assessment.grade_comment": "x",
        f"confirm.{D2}": "x",
    }
    assert client.post(address(study), data={**fields, **hostile}).status_code == 302
    assert client.post(address(study), data={**fields, "_do": "same nowhere"}).status_code == 400
    assert client.post(address(study), data={**fields, **hostile, "_do": "take_back"}).status_code == 200
    assert client.post(address(study), data={**fields, "base": "[" * 9999, "pastes": "[" * 9999}).status_code == 302
    assert client.post(address(study, "/paste"), data={**fields, "paste_day": "x"}).status_code == 400
    assert rows(study, "assessment") == []
