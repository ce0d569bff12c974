"""Every state of the pages about children is open to every reader: axe finds nothing, on a desk and on a phone."""

from datetime import date, datetime
from typing import Any

from playwright.sync_api import expect

from children import enrol
from entries import save
from factories import make_site, make_user
from hospital import Hospital
from registry.database import db
from registry.models import Subject


def test_a_form_refused_asked_back_and_offered_again(hospital: Hospital) -> None:
    page = hospital.page
    hospital.sign_in("coordinator")
    hospital.open("/subjects/{child}/infection/new")
    page.get_by_label("Onset *", exact=True).fill("2999-01-01")
    hospital.press("Save")
    hospital.look("refused", "Not saved yet: please look at this")

    hospital.open("/subjects/{child}/laboratory/new")
    page.get_by_label("Infusion *", exact=True).select_option(hospital.links["infusion"])
    page.get_by_label("Sampled at *", exact=True).fill("2026-03-08 08:00")
    page.get_by_label("Fibrinogen *", exact=True).fill("1.2")
    hospital.press("Save")
    hospital.look("to be confirmed", "Not saved yet: check against the source")

    hospital.open("/subjects/{child}/infusion/{infusion}")
    page.get_by_label("Infused on (day 0) *", exact=True).fill("2026-03-06")
    hospital.press("Save")
    hospital.look("reason for a change asked", "Give the reason: a saved answer changes.")
    page.get_by_label("Reason for change").fill("Typing error")
    hospital.press("Save")
    hospital.look("saved", "Infusion saved.")

    hospital.open("/subjects/{child}/baseline/new")
    page.get_by_label("Disease *", exact=True).select_option("b_all")
    page.get_by_label("Marrow blasts *", exact=True).fill("12.5")
    page.get_by_label("Disease *", exact=True).select_option("lymphoma")
    hospital.look("an answer would be cleared", "Saving clears what is no longer asked: Marrow blasts.")
    expect(page.locator("#draft-state")).to_contain_text("Draft kept at")
    hospital.open("/subjects/{child}/baseline/new")
    hospital.look("draft offered", "You began this page on")
    page.get_by_role("link", name="Continue where you stopped").click()
    hospital.look("draft taken up", "This is what you had typed by")
    hospital.press("Save as draft")
    hospital.look("a page of the child is unsaved", "You have an unsaved page: Baseline")


def test_two_versions_history_and_what_was_voided(hospital: Hospital) -> None:
    page = hospital.page
    hospital.sign_in("coordinator")
    hospital.open("/subjects/{child}/infusion/{infusion}")
    page.get_by_label("Infused on (day 0) *", exact=True).fill("2026-03-07")
    page.get_by_label("Reason for change").fill("Typing error")
    with hospital.server.app.app_context():
        somebody = make_user(
            db.session(), role="coordinator", site=db.session.get_one(Subject, hospital.subject_id).site
        )
        db.session.commit()
        subject = db.session.get_one(Subject, hospital.subject_id)
        row = {"key": hospital.links["infusion"], "infused_on": date(2026, 3, 6), "setting": "trial"}
        save(subject, somebody, "infusion", row, revision=1, reason="Read again in the chart.")
    hospital.press("Save")
    hospital.look("two versions", "Somebody else saved first")
    hospital.press("Save the merged version")
    hospital.look("two versions, not decided", "Choose one version in each line.")
    hospital.open("/subjects/{child}/infusion/{infusion}/history")
    hospital.look("history", "Read again in the chart.")

    hospital.open("/subjects/{child}/infection/{infection}/void")
    hospital.press("Void this record")
    hospital.look("void without a reason", "Say in a few words why this record was a mistake.")
    page.get_by_label("Why it was a mistake").fill("Entered for the wrong child.")
    hospital.press("Void this record")
    hospital.look("child with a voided record", "is voided. It stays in the history.")
    hospital.open("/subjects/{child}/infection/{infection}")
    hospital.look("voided record", "This record was entered by mistake.")
    page.get_by_role("link", name="Take the voiding back").click()
    hospital.press("Take the voiding back")
    hospital.look("taken back without a reason", "Say in a few words why this record was no mistake.")
    hospital.open("/subjects/{child}/record")
    hospital.look("before the whole record", "is entered in the audit log")
    hospital.press("Open the whole record")
    hospital.look("whole record", "Entered for the wrong child.")
    hospital.sign_in("investigator")
    hospital.open("/subjects/{child}/infusion/{infusion}")
    hospital.look("record to be read only", "Setting")

    with hospital.server.app.app_context():
        db.session.get_one(Subject, hospital.subject_id).withdrawn_on = date(2026, 6, 1)
        db.session.commit()
    hospital.open("/subjects/{child}")
    hospital.look("child whose consent was withdrawn", "(day not recorded yet; closed since 2026-06-01)")


def test_lists_with_nothing_in_them_and_data_queries(hospital: Hospital) -> None:
    page = hospital.page
    hospital.sign_in("coordinator")
    hospital.open("/subjects?status=withdrawn")
    hospital.look("no hit", "The only child does not fit these filters.")
    page.get_by_label("Code").fill("XYZ-000000")
    hospital.press("Find")
    hospital.look("no such code", "No child here has that code.")
    hospital.open("/data-queries")
    hospital.look("no data query", "No query is open at your sites.")

    hospital.sign_in("monitor")
    hospital.open("/subjects/{child}/infusion/{infusion}")
    page.get_by_label("About").select_option("infused_on")
    page.get_by_label("Question").fill("The chart says 2026-03-04: is 2026-03-05 right?")
    hospital.press("Ask")
    hospital.look("asked", "Asked. The site sees it among its open queries.")
    hospital.sign_in("coordinator")
    for address, state in (("/data-queries", "list"), ("/subjects/{child}", "child"), ("/", "home")):
        hospital.open(address)
        hospital.look(f"open data query, {state}", "is 2026-03-05 right?")
    hospital.open("/subjects/{child}/infusion/{infusion}")
    hospital.look("open data query, form", "Open query:")
    page.get_by_label("Correct it on its page, or say here why it stands as it is").fill(" ")
    hospital.press("Answer")
    hospital.look("answered without a reason", "Not answered:")
    page.get_by_label("Correct it on its page, or say here why it stands as it is").fill(
        "The bag was given on 2026-03-05."
    )
    hospital.press("Answer")
    hospital.look("answered", "Answered. Whoever asked reads it and closes the question.")

    with hospital.server.app.app_context():
        newcomer = make_user(db.session(), role="coordinator", site=make_site(db.session()))
        stranger = make_user(db.session())
        db.session.commit()
        hospital.people.update(newcomer=newcomer.id, stranger=stranger.id)
    hospital.sign_in("newcomer")
    hospital.open("/subjects")
    hospital.look("no child yet", "No child is enrolled yet.")
    hospital.open("/")
    hospital.look("home with nothing to do", "Enrol a child")
    hospital.sign_in("stranger")
    hospital.open("/")
    hospital.look("somebody without a role", "You have no role yet")


def test_the_grid_empty_wrong_unusual_pasted_and_overtaken(hospital: Hospital) -> None:
    page = hospital.page
    page.on("dialog", lambda dialog: dialog.accept())
    hospital.sign_in("coordinator")
    with hospital.server.app.app_context():
        site = db.session.get_one(Subject, hospital.subject_id).site_id
        waiting = enrol(site, hospital.people["coordinator"]).key
    hospital.open(f"/subjects/{waiting}/grid")
    hospital.look("no infusion yet", "Record the infusion first.")

    def cell(day: int, name: str) -> Any:
        return page.get_by_label(f"Day {day}, 2026-03-{5 + day:02}, {name}", exact=True)

    hospital.assess()
    hospital.open("/subjects/{child}/grid?start=0")
    cell(5, "CRS grade").fill("7")
    cell(5, "Temperature (°C)").fill("43.5")
    cell(2, "Temperature (°C)").fill("39.1")
    page.get_by_label("Usual time").fill("06:00")
    hospital.press("Save all days")
    hospital.look("wrong and unusual", "Stored values change: give the reason for the change.")
    cell(5, "CRS grade").fill("1")
    hospital.press("Save all days")
    hospital.look("asked back", "Check against the source")
    cell(6, "CRS grade").fill("0")
    expect(page.locator("#draft-state")).to_contain_text("Kept as a draft")
    hospital.open("/subjects/{child}/grid?start=0")
    hospital.look("draft offered", "You began entering on")
    hospital.press("Discard what I typed")

    hospital.open("/subjects/{child}/grid?start=0")
    page.locator("details.grid-paste summary").click()
    page.get_by_label("Block").fill("\tDay 1\tDay 77\nFibrinogen\thigh\t200\nLactate\t2\t3\n")
    hospital.press("Put it into the grid")
    hospital.look("pasted", "Not placed in the grid")

    hospital.open("/subjects/{child}/grid?start=0")
    cell(3, "CRS grade").fill("2")
    page.get_by_label("Usual time").fill("06:00")
    hospital.assess(assessed_at=datetime(2026, 3, 8, 9, 0), crs_grade=1)
    hospital.press("Save all days")
    hospital.look("overtaken", "meanwhile")
    hospital.sign_in("monitor")
    hospital.open("/subjects/{child}/grid?start=0")
    hospital.look("to be read only", "Daily grid")
