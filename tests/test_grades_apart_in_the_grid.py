"""A grade of the daily grid that lies two or more from its signs opens a data query; one apart is only said (D14)."""

import pytest
from flask import Flask

from entries import NOW
from grid_by_hand import D2, open_fields, post, typed
from registry.database import db
from registry.models import DataQuery
from registry.views import grid
from signing_in import signed_in_client
from study import Study

PRESSOR = {"temperature_c": "39.0", "hypotension": "yes", "vasoactives": "norep", "oxygen_mode": "room air"}


@pytest.mark.parametrize(
    ("crs_grade", "asked"),
    # Fever and one vasopressor are grade 3.
    [("1", ["assessment.crs_far_from_signs"]), ("2", []), ("3", []), ("0", ["assessment.crs_far_from_signs"])],
)
def test_a_grade_far_from_its_signs_is_asked_about_after_a_save_of_the_grid(
    app: Flask, study: Study, monkeypatch: pytest.MonkeyPatch, crs_grade: str, asked: list[str]
) -> None:
    monkeypatch.setattr(grid, "utc_now", lambda: NOW)
    client = signed_in_client(app, study.coordinator)

    answer = post(
        client, study, open_fields(client, study), usual_time="06:00", **typed(D2, **PRESSOR, crs_grade=crs_grade)
    )

    assert answer.status_code == 302
    assert [query.check_id for query in db.session.query(DataQuery).filter_by(status="open")] == asked
