"""The page of the daily grid: one save for all days, nothing typed ever lost, and who may do what."""

import html
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.datastructures import MultiDict

from entries import assessment, laboratory, measured, save, stored
from factories import make_site, make_user
from grid_by_hand import D2, D3, address, fields_of, open_fields, post, rows, typed
from registry import log_history
from registry.database import db
from registry.log_tables import Change
from signing_in import signed_in_client
from study import Study

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")


@pytest.fixture
def client(app: Flask, study: Study) -> FlaskClient:
    return signed_in_client(app, study.coordinator)


def test_all_changed_days_are_saved_at_once_and_come_back(client: FlaskClient, study: Study) -> None:
    fields = open_fields(client, study)
    given = {
        "usual_time": "06:00",
        **typed(D2, temperature_c="38.6", crs_grade="1", ferritin="5200"),
        **typed(
            D3, temperature_c="39.4", crs_grade="nd", vasoactives="norep", oxygen_mode="nasal", assessed_at="07:30"
        ),
        **typed(D3, oxygen_flow_l_min="2"),
    }
    answer = post(client, study, fields, **given)
    assert (answer.status_code, answer.location) == (302, f"{address(study)}?start=0#day-4")
    first, second = rows(study, "assessment")
    assert (first.row["assessed_at"], first.row["temperature_c"]) == (datetime(2026, 3, 7, 6, 0), Decimal("38.6"))
    assert (second.row["assessed_at"], second.row["vasoactives"]) == (datetime(2026, 3, 8, 7, 30), ("norepinephrine",))
    assert (second.row["infusion"], second.revision, second.completed_at) == (study.infusion, 1, None)
    (blood,) = rows(study, "laboratory")
    assert blood.row["ferritin"] == measured("5200")
    saves = db.session.scalars(select(Change).where(Change.record_key.in_([first.key, second.key, blood.key]))).all()
    assert len({change.save_id for change in saves}) == 1
    again = client.get(answer.location).text
    assert "Saved 3 records of 2 days." in html.unescape(again)
    shown = fields_of(again)
    assert {name: shown[name] for name in given} == {
        **given,
        "usual_time": "07:30",
        f"{D3}.assessment.vasoactives": "Norepinephrine",
        f"{D3}.assessment.oxygen_mode": "NC",
    }


def test_a_day_with_every_needed_answer_is_complete_and_one_with_a_gap_is_not(
    client: FlaskClient, study: Study
) -> None:
    whole = {
        "temperature_c": "38.6",
        "hypotension": "no",
        "vasoactives": "none",
        "oxygen_mode": "room air",
        "sedated": "no",
        "instrument": "capd",
        "capd_total": "nd",
        "consciousness": "awake",
        "seizure": "none",
        "motor": "none",
        "pressure": "none",
        "crs_grade": "1",
        "icans_grade": "0",
        "carhlh_suspected": "no",
        "carhlh_present": "no",
    }
    given = {"usual_time": "06:00", **typed(D2, **whole), **typed(D3, **{**whole, "capd_total": ""})}

    answer = post(client, study, open_fields(client, study), **given)

    first, second = rows(study, "assessment")
    assert (first.is_complete, second.is_complete) == (True, False)
    told = "Saved 2 records of 2 days. Complete: 1 of 2. Still to answer: CAPD score."
    assert told in client.get(answer.location).text


def test_a_value_that_cannot_be_data_saves_nothing_and_keeps_everything_typed(
    client: FlaskClient, study: Study
) -> None:
    given = {
        "usual_time": "06:00",
        **typed(D2, temperature_c="38.6", ferritin="a lot"),
        **typed(D3, crs_grade="7"),
    }
    answer = post(client, study, open_fields(client, study), **given)
    assert answer.status_code == 422
    assert (rows(study, "assessment"), rows(study, "laboratory")) == ([], [])
    shown = fields_of(answer.text)
    assert {name: shown[name] for name in given} == given
    assert f'<a href="#{D2}.laboratory.ferritin">Day 2, {D2}, Ferritin (ng/mL)</a>' in answer.text
    marked = re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"', answer.text)
    assert marked == [f"{D3}.assessment.crs_grade", f"{D2}.laboratory.ferritin"]
    readable = post(client, study, open_fields(client, study), **{**given, f"{D2}.laboratory.ferritin": "900"})
    assert readable.status_code == 422
    assert rows(study, "assessment") == []
    assert re.findall(r'name="([^"]+)"[^>]*aria-invalid="true"', readable.text) == [f"{D3}.assessment.crs_grade"]
    assert "possible values are 0 to 5" in readable.text


def test_what_cannot_be_read_and_what_the_judge_says_are_told_in_one_round(client: FlaskClient, study: Study) -> None:
    given = {
        "usual_time": "06:00",
        **typed(D2, systolic_mmhg="low", temperature_c="380", crs_grade="9"),
        **typed(D3, temperature_c="43.4", assessed_at="noon", oxygen_mode="mask", oxygen_flow_l_min="900"),
    }
    answer = post(client, study, open_fields(client, study), **given)
    assert (answer.status_code, rows(study, "assessment")) == (422, [])
    summary = html.unescape(answer.text.partition('<div class="error-summary"')[2].partition("</div>")[0])
    said = dict(re.findall(r'<a href="#([^"]+)">[^<]+</a>: ([^<]+)</li>', summary))
    beginnings = {name: " ".join(words.split()[:3]) for name, words in said.items()}
    assert beginnings == {
        f"{D2}.assessment.systolic_mmhg": "“low” is not",
        f"{D2}.assessment.temperature_c": "380.0 °C is",
        f"{D2}.assessment.crs_grade": "CRS grade by",
        f"{D3}.assessment.assessed_at": "“noon” is not",
        f"{D3}.assessment.temperature_c": "Highest temperature 43.4",
        f"{D3}.assessment.oxygen_mode": "“mask” is not",
        f"{D3}.assessment.oxygen_flow_l_min": "Oxygen flow 900",
    }
    assert f"confirm.{D3}.assessment.assessment.temperature_c.limits" in fields_of(answer.text)


def test_a_reason_that_is_missing_is_told_with_the_cell_that_cannot_be_read(client: FlaskClient, study: Study) -> None:
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    changes = typed(D2, temperature_c="38.9", systolic_mmhg="low")
    answer = post(client, study, open_fields(client, study), **changes)
    assert answer.status_code == 422
    assert "“low” is not a number." in html.unescape(answer.text)
    assert "give the reason for the change" in answer.text


def test_a_missing_time_leads_to_the_field_that_gives_one_to_all_days(client: FlaskClient, study: Study) -> None:
    answer = post(client, study, open_fields(client, study), **typed(D2, temperature_c="38.9"), usual_time="")

    summary = answer.text.partition('class="error-summary"')[2].partition("</ul>")[0]
    assert '<a href="#usual_time">Go to “Usual time”</a>' in summary and 'id="usual_time"' in answer.text


def test_the_page_says_of_a_day_with_an_unreadable_cell_what_else_is_wrong(client: FlaskClient, study: Study) -> None:
    given = {"usual_time": "", **typed(D2, temperature_c="hot", crs_grade="9")}
    marks = client.post(address(study, "/check"), data={**open_fields(client, study), **given}).get_json()["marks"]
    assert {cell: mark["level"] for cell, mark in marks.items()} == {
        f"{D2}.assessment.assessed_at": "wrong",
        f"{D2}.assessment.temperature_c": "wrong",
        f"{D2}.assessment.crs_grade": "wrong",
    }


def test_an_unlikely_value_is_saved_only_once_it_was_checked_against_the_source(
    client: FlaskClient, study: Study
) -> None:
    given = {"usual_time": "06:00", **typed(D2, temperature_c="43.4"), **typed(D3, temperature_c="38.4")}
    asked = post(client, study, open_fields(client, study), **given)
    assert (asked.status_code, rows(study, "assessment")) == (422, [])
    name = f"confirm.{D2}.assessment.assessment.temperature_c.limits"
    assert "Check against the source" in asked.text
    assert fields_of(asked.text)[name] == ""
    answer = post(client, study, {**fields_of(asked.text), name: "read twice on the chart"})
    assert answer.status_code == 302
    assert [record.row["temperature_c"] for record in rows(study, "assessment")] == [Decimal("43.4"), Decimal("38.4")]


def test_one_reason_for_a_row_is_kept_with_each_of_its_days(client: FlaskClient, study: Study) -> None:
    d4, d5, check = "2026-03-09", "2026-03-10", "laboratory.fibrinogen.limits"
    fields = {**open_fields(client, study), "usual_time": "06:00"}
    cells = {day: f"{day}.laboratory.fibrinogen" for day in (D2, D3, d4, d5)}
    asked = post(client, study, fields, **{cells[D2]: "2.2", cells[D3]: "1.9", cells[d4]: "2.0"})
    assert (asked.status_code, rows(study, "laboratory")) == (422, [])
    assert "One reason for all 3 days of this row" in asked.text
    assert "Fibrinogen (mg/dL), days 2 to 4" in asked.text
    given = MultiDict(fields_of(asked.text))
    given.setlist(f"confirm_days.laboratory.{check}", [D2, D3, d4])
    given[f"confirm_row.laboratory.{check}"] = "so on every printout"
    given[f"confirm.{D3}.laboratory.{check}"] = "read twice"
    given[cells[d4]], given[cells[d5]] = "200", "2.1"
    again = client.post(address(study), data=given)
    assert (again.status_code, rows(study, "laboratory")) == (422, [])
    shown = fields_of(again.text)
    assert shown[f"confirm_row.laboratory.{check}"] == "so on every printout"
    assert [shown[f"confirm.{day}.laboratory.{check}"] for day in (D2, D3, d5)] == ["", "read twice", ""]
    given.setlist(f"confirm_days.laboratory.{check}", [D2, D3, d5])
    assert client.post(address(study), data=given).status_code == 302
    reasons = [log_history.of_record(db.session(), record.key)[-1].confirmed for record in rows(study, "laboratory")]
    row_reason, own_reason = {check: "so on every printout"}, {check: "read twice"}
    assert reasons == [row_reason, own_reason, {}, row_reason]


def test_a_stored_value_changes_only_with_a_reason_and_a_first_value_needs_none(
    client: FlaskClient, study: Study
) -> None:
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    fields = open_fields(client, study)
    refused = post(client, study, fields, **typed(D2, temperature_c="38.9"))
    assert refused.status_code == 422
    assert "give the reason for the change" in refused.text
    assert fields_of(refused.text)[f"{D2}.assessment.temperature_c"] == "38.9"
    assert post(client, study, fields, **typed(D2, systolic_mmhg="84")).status_code == 302
    fields = open_fields(client, study)
    assert post(client, study, fields, reason="misread", **typed(D2, temperature_c="38.9")).status_code == 302
    (record,) = rows(study, "assessment")
    assert (record.row["temperature_c"], record.row["systolic_mmhg"], record.revision) == (Decimal("38.9"), 84, 3)


def test_a_day_saved_by_someone_else_meanwhile_is_a_conflict_that_shows_both_values(
    client: FlaskClient, study: Study
) -> None:
    row = assessment(study.infusion)
    save(study.subject, study.coordinator, "assessment", row)
    fields = open_fields(client, study)
    colleague = make_user(db.session, role="coordinator", site=study.site, name="Synthetic Colleague")
    later = {**row, "temperature_c": Decimal("39.9"), "systolic_mmhg": 77}
    save(study.subject, colleague, "assessment", later, revision=1, reason="second look")
    answer = post(client, study, fields, reason="misread", **typed(D2, temperature_c="38.1"))
    assert answer.status_code == 409
    text = html.unescape(answer.text)
    assert "Saved meanwhile: 39.9. You typed: 38.1." in text
    assert "Synthetic Colleague saved this day's assessment meanwhile." in text
    shown = fields_of(answer.text)
    assert shown[f"{D2}.assessment.temperature_c"] == "38.1"
    assert shown[f"{D2}.assessment.systolic_mmhg"] == "77"
    assert rows(study, "assessment")[0].row["temperature_c"] == Decimal("39.9")
    assert post(client, study, {**shown, "reason": "misread"}).status_code == 302
    (record,) = rows(study, "assessment")
    assert (record.row["temperature_c"], record.row["systolic_mmhg"]) == (Decimal("38.1"), 77)


def test_a_page_sent_twice_is_one_save(client: FlaskClient, study: Study) -> None:
    fields = {**open_fields(client, study), "usual_time": "06:00", **typed(D2, temperature_c="38.6")}
    assert [client.post(address(study), data=fields).status_code for _ in range(2)] == [302, 302]
    assert len(rows(study, "assessment")) == 1


def test_answers_that_a_change_hides_are_named_before_they_are_cleared(client: FlaskClient, study: Study) -> None:
    hidden = {"oxygen_mode": "high_flow", "oxygen_flow_l_min": Decimal(20), "fio2": Decimal("0.4")}
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion, **hidden))
    change = typed(D2, oxygen_mode="room air", oxygen_flow_l_min="")
    fields = {**open_fields(client, study), "reason": "misread", **change}
    told = client.post(address(study), data=fields)
    assert told.status_code == 422
    assert f"{D2}: Fraction of oxygen (FiO2) is no longer asked after this change and will be cleared." in told.text
    assert post(client, study, fields_of(told.text)).status_code == 302
    assert rows(study, "assessment")[0].row["fio2"] is None


def test_the_page_asks_the_registry_what_it_thinks_of_what_is_typed(client: FlaskClient, study: Study) -> None:
    given = {"usual_time": "06:00", **typed(D2, temperature_c="41.5", crs_grade="9", ferritin="much")}
    marks = client.post(address(study, "/check"), data={**open_fields(client, study), **given}).get_json()["marks"]
    assert {cell: mark["level"] for cell, mark in marks.items()} == {
        f"{D2}.assessment.temperature_c": "unusual",
        f"{D2}.assessment.crs_grade": "wrong",
        f"{D2}.laboratory.ferritin": "wrong",
    }


def test_a_grade_that_the_signs_do_not_give_is_marked_once_and_not_at_each_sign(
    client: FlaskClient, study: Study
) -> None:
    calm = {"sedated": "no", "consciousness": "awake", "seizure": "none", "motor": "none", "pressure": "none"}
    given = {"usual_time": "06:00", **typed(D2, capd_total="5", test_impossible="no", icans_grade="3", **calm)}
    marks = client.post(address(study, "/check"), data={**open_fields(client, study), **given}).get_json()["marks"]
    assert {cell: mark["level"] for cell, mark in marks.items()} == {f"{D2}.assessment.icans_grade": "unusual"}
    assert marks[f"{D2}.assessment.icans_grade"]["words"].startswith("ICANS by the clinician 3, by the signs 1: CAPD 5")

    # A sign that a recorded day still needs is told of it too.
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    given |= typed(D2, seizure="", icans_grade="0")
    marks = client.post(address(study, "/check"), data={**open_fields(client, study), **given}).get_json()["marks"]
    assert set(marks) == {f"{D2}.assessment.seizure", f"{D2}.assessment.icans_grade"}


def test_a_day_with_two_assessments_is_shown_with_a_link_to_each(client: FlaskClient, study: Study) -> None:
    keys = []
    for hour, degrees in ((18, "40.0"), (6, "38.5")):
        row = assessment(study.infusion, assessed_at=datetime(2026, 3, 7, hour), temperature_c=Decimal(degrees))
        keys.append(save(study.subject, study.coordinator, "assessment", row).key)
    page = client.get(address(study), query_string={"start": 0}).text
    assert f"{D2}.assessment.temperature_c" not in fields_of(page)
    assert "38.5 · 40.0" in page
    assert all(f"/assessment/{record_key}" in page for record_key in keys)


def test_before_the_first_infusion_the_page_says_what_to_do_next(client: FlaskClient, study: Study) -> None:
    (infusion,) = stored(study.subject, "infusion")
    future = {**infusion.row, "infused_on": datetime(2026, 6, 2).date()}
    save(study.subject, study.coordinator, "infusion", future, revision=1, reason="wrong day", at=datetime(2026, 6, 3))
    page = client.get(address(study))
    assert (page.status_code, "Record the infusion first" in page.text) == (200, True)


def test_an_investigator_reads_the_grid_and_cannot_type_into_it(app: Flask, study: Study) -> None:
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    reader = signed_in_client(app, make_user(db.session, role="investigator", site=study.site))
    page = reader.get(address(study), query_string={"start": 0}).text
    assert ("5200" in page, "Save all days" in page, f"{D2}.laboratory.ferritin" in fields_of(page)) == (
        True,
        False,
        False,
    )
    assert reader.post(address(study), data={}).status_code == 403


def test_another_sites_grid_does_not_exist(app: Flask, study: Study) -> None:
    elsewhere = make_site(db.session)
    stranger = signed_in_client(app, make_user(db.session, role="coordinator", site=elsewhere))
    assert stranger.get(address(study)).status_code == 404
    for path in ("", "/check", "/paste", "/draft", "/draft/discard"):
        assert stranger.post(address(study, path), data={"usual_time": "06:00"}).status_code == 404


def test_the_number_of_statements_does_not_grow_with_the_records(client: FlaskClient, study: Study) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(*arguments: Any) -> None:
            seen.append(arguments[2])

        db.session.expire_all()
        event.listen(db.engine, "before_cursor_execute", note)
        assert client.get(address(study), query_string={"start": 0}).status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    def save_days(first: int, last: int) -> None:
        for day in range(first, last):
            when = datetime(2026, 3, day, 6)
            save(study.subject, study.coordinator, "assessment", assessment(study.infusion, assessed_at=when))
            save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion, sampled_at=when))

    save_days(6, 7)
    few = statements()
    save_days(7, 16)
    assert statements() == few


def test_the_same_wrong_word_on_many_days_of_a_row_is_said_once(client: FlaskClient, study: Study) -> None:
    days = ("2026-03-05", "2026-03-06", D2, "2026-03-09")
    wrong = {name: "xx" for day in days for name in typed(day, oxygen_mode="xx")}
    page = post(client, study, open_fields(client, study), usual_time="06:00", **wrong).text

    said = re.findall(r'<li id="said-([^"]+)"><a href="#([^"]+)">([^<]+)</a>', page)
    first = "2026-03-05.assessment.oxygen_mode"
    assert said == [(first, first, "Oxygen, ventilation, days 0 to 2, 4")]
    assert page.count(f'aria-describedby="said-{first}"') == len(days)


@pytest.mark.parametrize("here", [{"systolic_mmhg": "79"}, {"temperature_c": "38.1"}], ids=["the same cell", "another"])
def test_a_day_that_i_saved_in_another_tab_is_not_said_to_be_somebody_elses(
    client: FlaskClient, study: Study, here: dict[str, str]
) -> None:
    row = assessment(study.infusion)
    save(study.subject, study.coordinator, "assessment", row)
    fields = open_fields(client, study)
    save(study.subject, study.coordinator, "assessment", {**row, "systolic_mmhg": 77}, revision=1, reason="again")
    answer = post(client, study, fields, reason="misread", **typed(D2, **here))

    assert answer.status_code == 409
    assert "Not saved yet: please look at this" in answer.text
    assert "You, in another tab, saved this day's assessment meanwhile." in html.unescape(answer.text)


def test_a_save_says_how_many_data_queries_are_open_about_it_and_leads_to_them(
    client: FlaskClient, study: Study
) -> None:
    def saved(fields: dict[str, str], **given: str) -> str:
        answer = post(client, study, fields, usual_time="06:00", **given)
        return html.unescape(client.get(answer.location).text)

    whole = {"temperature_c": "38.6", "hypotension": "no", "vasoactives": "none", "oxygen_mode": "room air"}
    quiet = saved(open_fields(client, study), **typed(D2, **whole, crs_grade="1"))
    asked = saved(open_fields(client, study), **typed(D3, **whole, crs_grade="3"))

    assert "open about what you saved" not in quiet
    assert "1 data query is open about what you saved." in asked
    assert f'<a href="/subjects/{study.subject.key}#queries">Correct the value, or say why it is right</a>' in asked
