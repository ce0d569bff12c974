"""Every state of the other pages is open to every reader: axe finds nothing, on a desk and on a phone."""

from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy.exc import OperationalError

from factories import make_user
from hospital import Hospital
from registry.accounts.invitations import make_invitation
from registry.database import db
from registry.release.models import AnalysisRun, Cut
from registry.reports import interim
from registry.views import under_way
from small_cut import write_small_cut
from telling_cut import register


def test_signing_in_wrongly_invited_and_signed_out(hospital: Hospital) -> None:
    page = hospital.page
    hospital.open("/sign-in")
    for attempt in range(6):
        page.get_by_label("E-mail address").fill("nobody@example.org")
        page.get_by_label("Password").fill("not the right words")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        if attempt == 0:
            hospital.look("wrong password", "The e-mail address or the password is not right.")
    hospital.look("locked", "Wait 15 minutes, then try again.")

    with hospital.server.app.app_context():
        token = make_invitation(make_user(db.session(), role="analyst"))
        db.session.commit()
    hospital.open("/invitation")
    hospital.look("invitation without its code", "What stands behind # in the link")
    hospital.open("/invitation#forged")
    hospital.look("invitation refused", "Ask for a new one.")
    hospital.open(f"/invitation#{token}")
    hospital.look("invited", "New password")
    assert token not in page.url
    page.get_by_label("New password").fill("a few unrelated words")
    page.get_by_label("The same password again").fill("a few related words")
    page.locator("main form button").click()
    hospital.look("invited, refused", "The two passwords differ.")
    hospital.open("/nowhere")
    hospital.look("404, not signed in", "Nothing is here")

    hospital.sign_in("administrator")
    hospital.open("/accounts/new")
    page.get_by_label("Name").fill("Synthetic Newcomer")
    page.get_by_label("E-mail address").fill("newcomer@example.org")
    hospital.press("Add and make a link")
    hospital.look("link to hand over", "Hand this link over yourself")
    hospital.open("/accounts/new")
    page.context.clear_cookies()
    hospital.press("Add and make a link")
    hospital.look("session ended", "Your session has ended")


def test_cuts_and_analyses_from_nothing_to_done(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = hospital.page
    hospital.sign_in("data_manager")
    for address, said in (
        ("/cuts", "No data cut has been taken yet."),
        ("/exports", "Nothing can be exported yet"),
        ("/exports/new", "there is none yet"),
        ("/analysis", "No analysis has been run yet."),
    ):
        hospital.open(address)
        hospital.look(f"nothing yet, {address}", said)
    hospital.open("/cuts")
    hospital.press("Take a data cut now")
    hospital.look("cut", "What is in it")
    hospital.open("/cuts")
    hospital.look("list of cuts", "1 data cut")
    with hospital.server.app.app_context():
        register(db.session(), write_small_cut(tmp_path / "small"), children=6)
    hospital.open("/analysis")
    page.get_by_label("Data cut").select_option(index=1)
    hospital.press("Start the analysis")
    expect(page.get_by_role("heading", name="Files of this report")).to_be_visible(timeout=60_000)
    hospital.look("report", "Files of this report")
    monkeypatch.setattr(interim, "look", lambda session, at: None)
    monkeypatch.setattr(under_way, "REFRESH_SECONDS", 600)  # a page that is renewed under it tells axe nothing
    for status in (interim.QUEUED, interim.RUNNING, interim.FAILED, interim.DONE):
        with hospital.server.app.app_context():
            key = store_run(status, tmp_path, hospital.people["data_manager"])
        hospital.open(f"/analysis/{key}")
        hospital.look(f"analysis {status}", SAID_OF_RUNS[status])
    hospital.open("/analysis")
    hospital.look("list of analyses", "newest first")


SAID_OF_RUNS = {
    interim.QUEUED: "This page looks again every few seconds by itself",
    interim.RUNNING: "The analysis is running.",
    interim.FAILED: "The analysis failed.",
    interim.DONE: "The files of this report are gone from the server.",
}


def store_run(status: str, folder: Path, by: int) -> str:
    """Store a run in some state; return its key."""
    cut = db.session.query(Cut).first()
    assert cut is not None
    at = datetime(2026, 7, 1, 8, 0)
    run = AnalysisRun(cut_key=cut.key, status=status, folder=str(folder / status), started_by_id=by, started_at=at)
    run.message = "forms/baseline.csv was changed."
    db.session.add(run)
    db.session.commit()
    return run.key


def test_pages_for_what_went_wrong(hospital: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    page, app = hospital.page, hospital.server.app
    hospital.sign_in("coordinator")
    hospital.open("/accounts")
    hospital.look("403", "Your role does not allow this")
    hospital.open("/nowhere")
    hospital.look("404", "Nothing is here")
    hospital.open("/subjects/find")
    hospital.look("405", "This page cannot be opened like that")

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for status, error, said in (
        ("500", ValueError("a sentence of the code"), "Something went wrong on our side"),
        ("503", OperationalError("SELECT 1", {}, ValueError("locked")), "The registry is busy"),
    ):
        hospital.open("/subjects")
        fail(app, monkeypatch, "subjects.find", error)
        page.get_by_label("Code").fill("ABC-123456")
        hospital.press("Find")
        hospital.look(status, said)


def fail(app: Flask, monkeypatch: pytest.MonkeyPatch, endpoint: str, error: Exception) -> None:
    """Let a view fail with an error."""

    def failing() -> None:
        raise error

    failing.permission = "public"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, endpoint, failing)
