"""Every state of the pages of exports and agreements is open to every reader: axe finds nothing, on desk and phone."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from hospital import Hospital
from registry.database import db
from registry.release import rules, runs
from registry.release.models import Cut, Export
from registry.views import under_way

SAID_OF_EXPORTS = {
    "queued": "is about to be written",
    "running": "is being written",
    "refused": "Refused; nothing was written.",
    "failed": "Writing failed; nothing was left behind.",
    "deleted": "The files were deleted.",
    "taken_back": "This request was taken back",
    "done": "The package is gone from the server",
}
FORMS = ["enrolment", "infusion"]
ACTIONS = [
    {"form": action.form, "item": action.item, "label": action.label, "action": str(action.verb), "why": action.why}
    for name, own in rules.actions().items()
    for action in own
    if name in FORMS
]


def test_an_export_asked_for_refused_looked_at_and_decided(
    hospital: Hospital, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "look", lambda session, at: None)
    monkeypatch.setattr(under_way, "REFRESH_SECONDS", 600)  # a page that is renewed under it tells axe nothing
    page = hospital.page
    hospital.sign_in("data_manager")
    hospital.open("/cuts")
    hospital.press("Take a data cut now")
    hospital.open("/exports")
    hospital.look("nothing asked for yet", "Nothing has been asked for yet.")
    hospital.open("/exports/profiles")
    page.locator("details.fold summary").first.click()
    hospital.look("profiles", "Item by item")
    hospital.open("/exports/new")
    hospital.press("Look at what would leave")
    page.locator("details.fold summary").first.click()
    hospital.look("export refused", "Please look at this")
    page.get_by_role("radio", name="Identified", exact=False).first.check()
    page.get_by_label("Project").fill("dosing")
    page.get_by_label("Purpose").fill("A question of the steering committee")
    choose_forms(page, FORMS)
    hospital.press("Look at what would leave")
    page.locator("details.fold summary").first.click()
    hospital.look("before an export is written", "These files identify every child in them.")
    hospital.press("Ask for approval")
    hospital.look("waits", "A privacy officer who is not the person who asked has to agree")
    asked = page.url.removeprefix(hospital.server.address)

    hospital.sign_in("privacy_officer")
    hospital.open("/")
    hospital.look("home of a privacy officer", "1 request waits for a privacy officer")
    hospital.open("/exports")
    hospital.look("list with what waits", "To approve")
    hospital.open(asked)
    hospital.press("Decline")
    hospital.look("decision without a reason", "Say why: the reason stands in the log")
    hospital.open("/exports/new")
    page.get_by_label("Project").fill("dosing")
    page.get_by_label("Purpose").fill("Nothing can look alike here.")
    page.locator("details.fold summary").last.click()
    page.get_by_label("Children who must look alike").fill("1")
    hospital.press("Look at what would leave")
    hospital.look("lower number refused", "with 1 a child would stand alone")

    for status, said in SAID_OF_EXPORTS.items():
        with hospital.server.app.app_context():
            key = store_export(status, tmp_path, hospital.people["privacy_officer"])
        hospital.open(f"/exports/{key}")
        hospital.look(f"export {status}", said)
    hospital.open("/exports")
    hospital.look("list of exports", "newest first")


def choose_forms(page: Page, forms: list[str]) -> None:
    """Ask for a few forms: a page about all of them shows the same, ten times as often."""
    for box in page.locator("[name=forms]").all():
        box.set_checked(box.get_attribute("value") in forms, force=True)


def store_export(status: str, folder: Path, by: int) -> str:
    """Store an export in some state, a written one with its manifest; return its key."""
    cut = db.session.query(Cut).first()
    assert cut is not None
    export = Export(
        profile="deidentified",
        cut_id=cut.cut_id,
        project="dosing",
        purpose="A question of the steering committee",
        formats=["csv"],
        forms=FORMS,
        made_at=datetime(2026, 7, 1, 8, 0),
        made_by_id=by,
        status=status,
        folder=str(folder / status),
        message="Too few children look alike." if status in ("refused", "failed") else "",
        sha256="a" * 64 if status in ("done", "deleted") else "",
    )
    db.session.add(export)
    db.session.commit()
    if status == "done":
        (folder / status).mkdir()
        manifest = {
            "items": ACTIONS,
            "excluded_children": {"withdrew before the data cut": 2},
            "files": {"children.csv": {"bytes": 7676, "sha256": "b" * 64}},
        }
        (folder / status / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return export.key


def test_agreements_from_none_to_ended(hospital: Hospital) -> None:
    page = hospital.page
    hospital.sign_in("privacy_officer")
    hospital.open("/exports/agreements")
    hospital.look("no agreement", "No agreement is on record yet.")
    hospital.open("/exports/agreements/new")
    hospital.press("Put it on record")
    hospital.look("agreement refused", "Please look at this")
    page.get_by_label("Project").fill("dosing")
    page.get_by_label("Parties").fill("Synthetic University")
    page.get_by_label("What the data may be used for").fill("Dosing only")
    page.get_by_label("Signed on", exact=True).fill("2026-01-05")
    page.get_by_label("Expires on", exact=True).fill("2030-01-05")
    hospital.press("Put it on record")
    page.locator("details.fold summary").click()
    hospital.look("agreement", "The agreement is on record.")
    hospital.press("End the agreement")
    hospital.look("ended without a reason", "Say why the agreement ends.")
    page.get_by_label("Reason").fill("The project stopped.")
    hospital.press("End the agreement")
    hospital.look("agreement ended", "Nothing leaves under it any more.")
    hospital.open("/exports/agreements")
    hospital.look("list of agreements", "ended 20")
