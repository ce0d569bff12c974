"""What a recorded day of the daily grid still needs is marked where it is missing, and counted; nothing else is."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entries import assessment, laboratory, save, stored
from factories import make_user
from grid_by_hand import D2, D3, address, fields_of, open_fields, post, typed
from registry.database import db
from registry.grid.sheet import GRID_FORMS, ROWS_OF_FORM
from signing_in import signed_in_client
from statements import counting
from study import Study

pytestmark = pytest.mark.usefixtures("the_day_of_the_grid")

SIGNS = {
    "temperature_c": Decimal("38.6"),
    "systolic_mmhg": 85,
    "hypotension": False,
    "vasoactives": ("none",),
    "oxygen_mode": "nasal_cannula",
    "oxygen_flow_l_min": Decimal(2),
    "sedated": False,
    "instrument": "capd",
    "capd_total": 4,
    "consciousness": "awake",
    "seizure": "none",
    "motor": "none",
    "pressure": ("none",),
    "crs_grade": 1,
    "icans_grade": 0,
    "carhlh_suspected": False,
    "carhlh_present": False,
}
"""Every answer that an assessment needs."""


@pytest.fixture
def client(app: Flask, study: Study) -> FlaskClient:
    return signed_in_client(app, study.coordinator)


def assess(study: Study, **answers: Any) -> None:
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion, **{**SIGNS, **answers}))


def marked(page: str) -> set[str]:
    """Return the cells in which the word stands."""
    tags = re.findall(r'<input[^>]*placeholder="needed"[^>]*>', page)
    return {tag.partition('name="')[2].partition('"')[0] for tag in tags}


def counted(page: str) -> dict[str, int]:
    """Return day -> the number that its head shows, of days that show one."""
    heads = re.findall(r'<th scope="col" data-day="([^"]+)".*?class="day-needed"( hidden)?>.*?(\d+)</span>', page)
    return {day: int(number) for day, hidden, number in heads if not hidden}


def test_every_answer_that_a_day_needs_has_a_cell_but_the_infusion() -> None:
    for form in GRID_FORMS:
        assert {row.item_name for row in ROWS_OF_FORM[form.name]} >= {*form.still_missing} - {"infusion"}


def test_a_recorded_day_is_marked_where_a_needed_answer_is_missing_and_a_day_without_a_record_is_not(
    client: FlaskClient, study: Study
) -> None:
    assess(study, capd_total=None, crs_grade=None)

    page = client.get(address(study), query_string={"start": 0}).text

    assert marked(page) == {f"{D2}.assessment.capd_total", f"{D2}.assessment.crs_grade"}
    assert counted(page) == {D2: 2}
    assert re.findall(r'id="([^"]+)"[^>]*aria-describedby="still-needed"', page) == [
        f"{D2}.assessment.capd_total",
        f"{D2}.assessment.crs_grade",
    ]
    assert '<span hidden id="still-needed">Still needed</span>' in page


@pytest.mark.parametrize(
    ("answers", "cells"),
    [
        ({}, set()),
        ({"oxygen_flow_l_min": None}, {"oxygen_flow_l_min"}),
        # What is not asked of the day is an empty cell like any other.
        ({"oxygen_mode": "room_air", "oxygen_flow_l_min": None}, set()),
        ({"instrument": None, "capd_total": None}, {"instrument"}),
        ({"carhlh_present": True}, {"carhlh_grade"}),
        ({"carhlh_present": None}, {"carhlh_present"}),
    ],
)
def test_only_what_the_day_is_asked_is_marked(
    client: FlaskClient, study: Study, answers: dict[str, Any], cells: set[str]
) -> None:
    assess(study, **answers)
    page = client.get(address(study), query_string={"start": 0}).text
    assert marked(page) == {f"{D2}.assessment.{name}" for name in cells}


def test_laboratory_values_of_a_recorded_sample_are_marked_too(client: FlaskClient, study: Study) -> None:
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    page = client.get(address(study), query_string={"start": 0}).text
    names = "crp fibrinogen wbc anc platelets haemoglobin alt ast bilirubin_total creatinine"
    assert marked(page) == {f"{D2}.laboratory.{name}" for name in names.split()}
    assert counted(page) == {D2: 10}


def test_while_it_is_typed_the_page_is_told_what_is_needed_now(client: FlaskClient, study: Study) -> None:
    assess(study, crs_grade=None, capd_total=None)
    given = {**typed(D2, crs_grade="1", oxygen_mode="cpap", oxygen_flow_l_min=""), **typed(D3, sedated="no")}
    fields = {**open_fields(client, study), "usual_time": "06:00"}
    answer = client.post(address(study, "/check"), data={**fields, **given}).get_json()
    assert answer["needed"] == [f"{D2}.assessment.ventilation_reason", f"{D2}.assessment.capd_total"]


def test_a_refused_page_marks_what_is_still_empty_and_not_what_cannot_be_read(
    client: FlaskClient, study: Study
) -> None:
    assess(study, crs_grade=None, icans_grade=None, capd_total=None)
    answer = post(client, study, open_fields(client, study), **typed(D2, crs_grade="bad", capd_total="9"))
    assert answer.status_code == 422
    assert marked(answer.text) == {f"{D2}.assessment.icans_grade"}
    assert fields_of(answer.text)[f"{D2}.assessment.crs_grade"] == "bad"


def test_whoever_only_reads_sees_the_word_and_so_does_a_day_with_several_records(
    app: Flask, client: FlaskClient, study: Study
) -> None:
    assess(study, crs_grade=None)
    assess(study, assessed_at=datetime(2026, 3, 7, 20), capd_total=None)
    for page in (
        client.get(address(study), query_string={"start": 0}).text,
        signed_in_client(app, make_user(db.session, role="monitor", site=study.site))
        .get(address(study), query_string={"start": 0})
        .text,
    ):
        found = re.findall(r'<td class="several cell-needed[^>]*><span class="needed">needed</span>([^<]*)', page)
        # The word comes first: a cell that is too narrow for both cuts off what stands behind.
        assert found == [" · 4", " · 1"]
        assert counted(page) == {D2: 2}


def test_a_child_that_is_closed_for_entry_needs_nothing_any_more(client: FlaskClient, study: Study) -> None:
    assess(study, crs_grade=None)
    study.subject.withdrawn_on = date(2026, 3, 20)
    db.session.commit()
    page = client.get(address(study), query_string={"start": 0}).text
    assert "What is on record can be read here." in page
    assert (counted(page), "cell-needed" in page) == ({}, False)


def test_marks_ask_the_database_nothing(client: FlaskClient, study: Study) -> None:
    def statements() -> int:
        db.session.expire_all()
        with counting(db.session.connection()) as seen:
            assert client.get(address(study), query_string={"start": 0}).status_code == 200
        return len(seen)

    assess(study)
    none_needed = statements()
    (record,) = stored(study.subject, "assessment")
    gaps = dict.fromkeys(("capd_total", "crs_grade", "motor", "seizure"))
    save(
        study.subject,
        study.coordinator,
        "assessment",
        {**record.row, **gaps},
        revision=record.revision,
        reason="Entered on the wrong day.",
    )
    assert statements() == none_needed
