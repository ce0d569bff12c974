"""Two requests of one person at the same moment get no more than there is room for: drafts, cuts, analyses, exports."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from export_requests import Requesting, an_order
from registry import drafts
from registry.access import NotAllowed
from registry.database import Base, db
from registry.models import Draft, User
from registry.release import requests, runs
from registry.release.models import AnalysisRun, Cut, Export
from registry.release.profiles import Profile
from registry.reports import interim
from registry.views import cuts
from same_moment import at_once, meeting, then_meeting
from signing_in import signed_in_client


@pytest.fixture(autouse=True)
def nothing_starts(requesting: Requesting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave analyses and exports waiting: their processes have tests of their own. Nobody holds the database."""
    db.session.commit()
    for module in (interim, runs):
        monkeypatch.setattr(module, "look", lambda session, at: None)


@pytest.fixture
def two(own_app: Flask) -> Callable[[User], list[FlaskClient]]:
    """Return a function that gives two browsers of one person."""
    return lambda user: [signed_in_client(own_app, user) for _ in range(2)]


def number_of(kind: type[Base]) -> int:
    """Return how many rows there are, and let the database go again."""
    number = db.session.scalar(select(func.count()).select_from(kind)) or 0
    db.session.commit()
    return number


def test_the_last_place_for_a_draft_is_taken_once(
    two: Callable[[User], list[FlaskClient]], requesting: Requesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST", 1)
    monkeypatch.setattr(drafts, "_require_room", then_meeting(drafts._require_room))
    address = f"/drafts/{requesting.study.subject.key}/baseline"
    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(client.post, f"{address}/{uuid.uuid4()}", data={"_revision": "0"})
            for client in two(requesting.coordinator)
        ]
    assert sorted(answer.result().status_code for answer in sent) == [200, 422]
    assert number_of(Draft) == 1


def test_the_last_data_cut_of_a_day_is_taken_once_and_no_files_of_another_stay(
    own_app: Flask,
    two: Callable[[User], list[FlaskClient]],
    requesting: Requesting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cuts, "MOST_A_DAY", 1)
    monkeypatch.setattr(cuts, "take_cut", meeting(cuts.take_cut))
    before = number_of(Cut)
    assert at_once(two(requesting.analyst), "/cuts", {}) == [302, 422]
    assert number_of(Cut) == before + 1
    assert len([*Path(own_app.config["STORAGE_DIR"], "cuts").iterdir()]) == 1


def test_the_last_analysis_is_started_once(
    two: Callable[[User], list[FlaskClient]], requesting: Requesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interim, "MOST_WAITING", 1)
    monkeypatch.setattr(interim, "storage_folder", meeting(interim.storage_folder))
    assert at_once(two(requesting.analyst), "/analysis", {"cut": requesting.cut.key}) == [302, 422]
    assert number_of(AnalysisRun) == 1


@pytest.mark.parametrize("profile", [Profile.PUBLIC, Profile.IDENTIFIED])
def test_the_last_export_of_a_day_is_entered_once_refused_or_not(
    own_app: Flask, requesting: Requesting, monkeypatch: pytest.MonkeyPatch, profile: Profile
) -> None:
    monkeypatch.setattr(requests, "MOST_A_DAY", 1)
    monkeypatch.setattr(requests.admission, "admit", meeting(requests.admission.admit))

    def place(_: int) -> str:
        with own_app.app_context():
            by, cut = db.session.get_one(User, requesting.analyst.id), db.session.get_one(Cut, requesting.cut.id)
            try:
                order = an_order(profile=profile)
                return requests.place(db.session(), order, cut, by=by, at=cut.taken_at).status
            except NotAllowed as refused:
                return str(refused)[:20]

    with ThreadPoolExecutor(2) as pool:
        said = {*pool.map(place, range(2))}
    assert "You asked for 1 expo" in said
    assert number_of(Export) == 1
