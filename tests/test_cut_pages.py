"""The pages of the data cuts: taking one, what is in it, who may."""

import uuid
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories import make_site, make_user
from registry.database import db
from registry.release.models import Cut
from signing_in import SignIn, signed_in_client
from small_cut import write_small_cut
from study import Study, make_logged_user
from telling_cut import register


@pytest.fixture
def cut(session: Session, tmp_path: Path) -> Cut:
    return register(session, write_small_cut(tmp_path / "cut"), children=6)


def test_an_empty_list_says_what_to_do_next(session: Session, sign_in: SignIn) -> None:
    page = sign_in(make_user(session, role="data_manager")).get("/cuts").text
    assert "No data cut has been taken yet. Take the first one" in page
    assert "Take a data cut now" in page


def test_a_cut_taken_on_the_page_holds_what_was_saved_before(own_study: Study, own_app: Flask) -> None:
    client = signed_in_client(own_app, make_logged_user("data_manager", None))
    db.session.commit()
    answer = client.post("/cuts", follow_redirects=True)
    stored = db.session.scalars(select(Cut)).one()
    assert (answer.status_code, answer.request.path) == (200, f"/cuts/{stored.key}")
    assert "The data cut was taken." in answer.text
    assert (stored.subjects, stored.rows, stored.taken_by_id is not None) == (1, 2, True)
    assert Path(stored.folder).parent == Path(own_app.config["STORAGE_DIR"]) / "cuts"


def test_a_second_cut_with_no_save_between_says_so(own_study: Study, own_app: Flask) -> None:
    client = signed_in_client(own_app, make_logged_user("analyst", None))
    db.session.commit()
    client.post("/cuts")
    page = client.post("/cuts", follow_redirects=True).text
    first, second = db.session.scalars(select(Cut).order_by(Cut.id))
    assert first.cut_id == second.cut_id
    assert f'Nothing was saved since <a href="/cuts/{first.key}">' in page


def test_the_page_of_a_cut_says_what_is_in_it_and_offers_the_next_step(
    session: Session, sign_in: SignIn, cut: Cut
) -> None:
    page = sign_in(make_user(session, role="data_manager")).get(f"/cuts/{cut.key}").text
    assert "Data cut of 2026-06-30 18:00 UTC" in page
    assert "<strong>6</strong><span>children</span>" in page
    assert '<th scope="row">Assessment</th><td class="number">39</td>' in page
    assert cut.cut_id in page
    assert "Run the interim analysis on this cut" in page
    assert f'href="/exports/new?cut={cut.key}"' in page


def test_whoever_sees_a_cut_is_offered_an_export_of_it(session: Session, sign_in: SignIn, cut: Cut) -> None:
    page = sign_in(make_user(session, role="analyst")).get(f"/cuts/{cut.key}").text
    assert f"/exports/new?cut={cut.key}" in page


def test_a_cut_whose_files_are_gone_says_so(session: Session, sign_in: SignIn, cut: Cut) -> None:
    cut.folder = "gone"
    page = sign_in(make_user(session, role="data_manager")).get(f"/cuts/{cut.key}")
    assert page.status_code == 200
    assert "The files of this cut are gone from the server or were changed. Take a new cut." in page.text


def test_a_cut_in_whose_folder_another_one_lies_shows_nothing_of_it(
    session: Session, sign_in: SignIn, cut: Cut, tmp_path: Path
) -> None:
    cut.folder = str(write_small_cut(tmp_path / "other", children=5))
    page = sign_in(make_user(session, role="data_manager")).get(f"/cuts/{cut.key}")
    assert "The files of this cut are gone from the server or were changed. Take a new cut." in page.text


def test_a_cut_whose_data_date_was_changed_shows_nothing_of_it(session: Session, sign_in: SignIn, cut: Cut) -> None:
    manifest = Path(cut.folder) / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"data_date": "2026-06-30"', '"data_date": "2026-07-30"'))
    page = sign_in(make_user(session, role="data_manager")).get(f"/cuts/{cut.key}").text
    assert "The files of this cut are gone from the server or were changed. Take a new cut." in page
    assert "2026-07-30" not in page


def test_a_cut_that_does_not_exist_is_not_found(session: Session, sign_in: SignIn) -> None:
    assert sign_in(make_user(session, role="data_manager")).get(f"/cuts/{uuid.uuid4()}").status_code == 404


@pytest.mark.parametrize("role", ["coordinator", "monitor", "administrator", "privacy_officer", "auditor"])
def test_who_may_not_take_cuts_sees_none(session: Session, sign_in: SignIn, cut: Cut, role: str) -> None:
    site = make_site(session) if role in ("coordinator", "monitor") else None
    client = sign_in(make_user(session, role=role, site=site))
    answers = [client.get("/cuts"), client.post("/cuts"), client.get(f"/cuts/{cut.key}")]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_cut_keeps_the_name_it_was_given_and_says_who_agreed_to_what(own_study: Study, own_app: Flask) -> None:
    client = signed_in_client(own_app, make_logged_user("data_manager", None))
    db.session.commit()
    page = client.post("/cuts", data={"name": "Steering <committee>"}, follow_redirects=True).text
    assert "UTC: Steering &lt;committee&gt;</h1>" in page
    assert "<strong>0</strong> withdrew consent: not in the cut</li>" in page
    assert "<strong>0</strong> consent answered No: not in the cut</li>" in page
    assert "<strong>0</strong> consent not recorded yet: in the cut, in no export</li>" in page
    assert '<td data-label="Name">Steering &lt;committee&gt;</td>' in client.get("/cuts").text


def test_a_name_that_is_too_long_is_refused_in_words(own_study: Study, own_app: Flask) -> None:
    client = signed_in_client(own_app, make_logged_user("data_manager", None))
    db.session.commit()
    page = client.post("/cuts", data={"name": "n" * 81}, follow_redirects=True).text
    assert "The name of a cut has at most 80 characters; this one has 81." in page
    assert db.session.scalars(select(Cut)).all() == []


def test_the_list_shows_the_newest_cut_first(session: Session, sign_in: SignIn, cut: Cut) -> None:
    session.add(Cut(cut_id="f" * 64, folder="x", taken_at=datetime(2026, 8, 1), change_seq=2, subjects=1, rows=2))
    page = sign_in(make_user(session, role="data_manager")).get("/cuts").text
    assert page.index("2026-08-01 00:00 UTC") < page.index("2026-06-30 18:00 UTC")
    assert "2 data cuts, newest first" in page
