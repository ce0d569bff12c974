"""The first page: what is waiting for whom, and as many SQL statements for few patients as for many."""

import re
import uuid
from datetime import date, datetime, timedelta

import pytest
from flask import current_app
from sqlalchemy import select

from courses import row_of
from entries import NOW as ENTERED
from entries import assessment, enrol_child, enrolment, save, stored
from factories import grant_role, make_site, make_subject, make_user
from registry import subject_list, waiting_work
from registry.database import db, utc_now
from registry.models import DataQuery, Draft, Site, Subject, User
from registry.release.models import AnalysisRun, Cut, Export
from registry.stored_records import read_records
from registry.templating import show_moment
from signing_in import signed_in_client
from statements import counting


def enrol(app, site, user, number=1, **answers):
    """Enrol some children through the one writer; return their codes."""
    with app.app_context():
        by, at_site = db.session.get(User, user.id), db.session.get(Site, site.id)
        codes = [
            enrol_child(db.session(), at_site, enrolment(**answers), by=by, at=ENTERED).code for _ in range(number)
        ]
        db.session.commit()
        return codes


def make_query(session, subject, **given):
    values = {
        "subject_id": subject.id,
        "form": "enrolment",
        "record_key": str(uuid.uuid4()),
        "check_id": "synthetic",
        "fingerprint": uuid.uuid4().hex,
        "severity": "soft",
        "message": "The consent is older than the approval.",
        "found": {},
        "status": "open",
        "opened_at": datetime(2026, 3, 5),
    }
    query = DataQuery(**{**values, **given})
    session.add(query)
    session.flush()
    return query


def test_a_coordinator_sees_what_is_due_at_the_own_site_only(app, session, sign_in):
    own, other = make_site(session, code="OWN"), make_site(session, code="OTH")
    user, stranger = (make_user(session, role="coordinator", site=site) for site in (own, other))
    client = sign_in(user)
    (code,), (foreign,) = enrol(app, own, user), enrol(app, other, stranger)
    page = client.get("/").text
    assert code in page and foreign not in page
    assert "Baseline" in page and "overdue" in page
    assert "2 of 2 forms, 2 overdue" in page


def test_a_due_form_opens_for_what_it_is_due_for(app, session, sign_in):
    site = make_site(session)
    user = make_user(session, role="coordinator", site=site)
    client = sign_in(user)
    enrol(app, site, user)
    page = client.get("/").text
    subject = session.scalars(select(Subject)).one()
    [enrolment] = read_records(session, ["enrolment"], [subject.id])["enrolment"]
    assert f'"/subjects/{subject.key}/baseline/new?about={enrolment.key}"' in page


def test_the_list_of_due_forms_says_how_many_of_how_many(app, session, sign_in):
    site = make_site(session)
    user = make_user(session, role="coordinator", site=site)
    client = sign_in(user)
    enrol(app, site, user, number=9)
    page = client.get("/").text
    assert "8 of 18 forms" in page and "All children of whom something is due" in page


def test_an_empty_site_says_what_to_do_first(session, sign_in):
    site = make_site(session)
    page = sign_in(make_user(session, role="coordinator", site=site)).get("/").text
    assert "No child is enrolled yet. Enrol the first one; what is due then appears here." in page
    assert "No data query is open." in page


def test_a_person_without_a_role_is_told_whom_to_ask(session, sign_in):
    page = sign_in(make_user(session)).get("/").text
    assert "You have no role yet, so there is nothing to open." in page


def test_nothing_is_due_of_a_child_of_whom_nothing_may_be_entered_any_more(study):
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    at, child = datetime(2026, 3, 14, 12), select(Subject).where(Subject.id == study.subject.id)
    before = waiting_work.due_work(db.session(), child, at)
    assert before.total and before.grids
    [enrolled] = stored(study.subject, "enrolment")
    withdrawn = {"withdrawn": True, "withdrawal_on": date(2026, 3, 12), "withdrawal_scope": "further_contact"}
    row = {**enrolled.row, **withdrawn}
    save(study.subject, study.coordinator, "enrolment", row, revision=enrolled.revision, reason="The parents wrote.")
    assert study.subject.withdrawn_on == date(2026, 3, 12)

    after = waiting_work.due_work(db.session(), child, at)
    assert (after.total, after.grids, after.subjects) == (0, (), 1)
    [line] = subject_list.lines(db.session(), [study.subject], at)
    assert line.due == ()


def test_open_data_queries_of_the_own_sites_are_listed_oldest_first(session, sign_in):
    own, other = make_site(session), make_site(session)
    mine, foreign = make_subject(session, own), make_subject(session, other)
    make_query(session, mine, message="Second.", opened_at=datetime(2026, 3, 6))
    first = make_query(session, mine, message="First.")
    make_query(session, mine, message="Closed.", status="closed")
    make_query(session, foreign, message="Foreign.")
    page = sign_in(make_user(session, role="investigator", site=own)).get("/").text
    assert page.index("First.") < page.index("Second.")
    assert "Closed." not in page and "Foreign." not in page
    assert "2 of 2 open queries, oldest first" in page
    assert f"/{first.record_key}#query-{first.key}" in page


def test_missing_answers_of_a_record_are_one_line_to_open_and_the_oldest_line_comes_first(study):
    row = assessment(study.infusion, assessed_at=datetime(2026, 3, 8, 8))
    save(study.subject, study.coordinator, "assessment", row)
    lacks = {"form": "assessment", "record_key": row["key"]}
    for number, item in enumerate(("seizure", "motor", "pressure")):
        asked = {"check_id": f"assessment.{item}.required", "message": f"{item} missing.", "found": {item: None}}
        make_query(db.session(), study.subject, **lacks, **asked, opened_at=datetime(2026, 3, 6 + 2 * number))
    make_query(db.session(), study.subject, **lacks, message="Motor grade 3?", opened_at=datetime(2026, 3, 7))
    other = {"check_id": "enrolment.consent_version.required", "message": "Version: still to answer."}
    make_query(db.session(), study.subject, **other, opened_at=datetime(2026, 3, 5))
    for number in range(6):
        make_query(db.session(), study.subject, message=f"Later {number}.", opened_at=datetime(2026, 3, 20 + number))
    db.session.commit()

    page = signed_in_client(current_app, study.coordinator).get("/").text

    said = ["Version: still to answer.", "3 answers are missing.", "Motor grade 3?", "Later 0.", "Later 4."]
    assert sorted(said, key=page.index) == said
    assert "seizure missing." not in page and "Later 5." not in page
    assert f'/assessment/{row["key"]}#item-seizure">' in page
    assert "10 of 11 open queries, oldest first" in page


def test_the_line_of_missing_answers_leads_a_reader_to_where_they_are_asked_for(study):
    row = assessment(study.infusion, assessed_at=datetime(2026, 3, 8, 8))
    save(study.subject, study.coordinator, "assessment", row, complete=True)
    reader = make_user(db.session(), role="monitor", site=db.session.get(Site, study.subject.site_id))
    db.session.commit()

    client = signed_in_client(current_app, reader)
    page = client.get("/").text
    address, anchor = re.search(rf'"(/subjects/[^"]*/assessment/{row["key"]})#([^"]+)"', page).groups()

    # A record that is only read shows no item without an answer.
    assert f'id="{anchor}"' in client.get(address).text
    assert re.search(r"\d+ answers are missing\.</td>", page)


def test_each_open_data_query_names_its_record_and_day(study):
    for day in (8, 9):
        row = assessment(study.infusion, assessed_at=datetime(2026, 3, day, 8))
        save(study.subject, study.coordinator, "assessment", row)
        make_query(db.session(), study.subject, form="assessment", record_key=row["key"])
    db.session.commit()
    page = signed_in_client(current_app, study.coordinator).get("/").text
    assert "Assessment 1, day 3, 2026-03-08</a>" in page
    assert "Assessment 2, day 4, 2026-03-09</a>" in page
    assert page.count('<td data-label="Record" class="one-line">') >= 2


def test_saved_records_that_are_not_complete_are_listed_until_they_are(study, monkeypatch):
    def page():
        db.session.commit()
        return signed_in_client(current_app, study.coordinator).get("/").text

    by, key = study.coordinator, str(uuid.uuid4())
    episode = row_of("toxicity_episode", {"infusion": study.infusion, "toxicity": "crs", "onset_on": "2026-03-07"})
    save(study.subject, by, "toxicity_episode", {**episode, "key": key})
    save(study.subject, by, "assessment", assessment(study.infusion))
    shown = page()
    shown = shown[shown.index("Saved, not complete") : shown.index("Open data queries")]
    assert f'/toxicity_episode/{key}">Toxicity episode, 2026-03-07</a>' in shown
    assert "/assessment/" not in shown  # the grid shows what its days lack
    all_of_them = '<a href="/subjects?due=begun">'
    assert all_of_them not in shown
    monkeypatch.setattr("registry.waiting_work.SHOWN", 1)
    assert all_of_them in page()
    (before,) = (one for one in stored(study.subject, "toxicity_episode") if one.key == key)
    save(study.subject, by, "toxicity_episode", before.row, revision=before.revision, complete=True)
    assert "Toxicity episode, 2026-03-07</a>" not in page()


def test_a_draft_is_seen_by_its_author_only_and_leads_back(session, sign_in):
    site = make_site(session)
    author, colleague = (make_user(session, role="coordinator", site=site) for _ in range(2))
    subject, key, now = make_subject(session, site), str(uuid.uuid4()), utc_now()
    pages = [("infusion", 0, key), ("infusion", 3, str(uuid.uuid4())), ("grid", 0, subject.key)]
    for form, revision, record_key in pages:
        draft = Draft(user_id=author.id, subject_id=subject.id, form=form, record_key=record_key, revision=revision)
        draft.typed, draft.saved_at = {}, now
        session.add(draft)
    session.add(Draft(user_id=author.id, form="enrolment", record_key=key[::-1], revision=0, typed={}, saved_at=now))
    page = sign_in(author).get("/").text
    assert "4 pages not saved yet" in page
    for address in (
        f'"/subjects/{subject.key}/infusion/new?draft={key}"',
        f'"/subjects/{subject.key}/infusion/{pages[1][2]}?draft={pages[1][2]}"',
        f'"/subjects/{subject.key}/grid?draft=yes"',
        f'"/subjects/enrol?draft={key[::-1]}"',
    ):
        assert address in page
    assert "My drafts" not in sign_in(colleague).get("/").text


def test_a_draft_of_a_new_child_tells_the_time_of_the_own_site(session, sign_in):
    site, key, now = make_site(session), str(uuid.uuid4()), utc_now()
    author = make_user(session, role="coordinator", site=site)
    session.add(Draft(user_id=author.id, form="enrolment", record_key=key, revision=0, typed={}, saved_at=now))
    client = sign_in(author)
    assert f"typed {show_moment(now, site)}" in client.get("/").text
    assert "1 page not saved yet; only you see it, for 14 days" in client.get("/").text
    kept = client.post(f"/drafts/enrolment/{key}", data={"_revision": "0", "sex": "female"}).get_json()
    assert kept["saved_at"].partition(" ")[2] == show_moment(now, site).rpartition(" ")[2] != "UTC"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (date(2020, 1, 1), "approval lapsed on 2020-01-01.\nNobody can be enrolled there."),
        (date.today() + timedelta(days=20), "Record the renewal before then, or enrolment stops."),
    ],
)
def test_an_ending_approval_is_announced(session, sign_in, ends, said):
    site = make_site(session, ethics_expires_on=ends)
    page = sign_in(make_user(session, role="coordinator", site=site)).get("/").text
    assert said in page


def test_an_investigator_sees_the_newest_analysis(session, sign_in):
    site = make_site(session)
    user = make_user(session, role="investigator", site=site)
    cut = Cut(cut_id="c" * 64, folder="cut", taken_at=datetime(2026, 5, 1), change_seq=1, subjects=41, rows=900)
    session.add(cut)
    session.flush()
    run = AnalysisRun(cut_key=cut.key, status="done", folder="run", started_by_id=user.id, started_at=cut.taken_at)
    run.finished_at = datetime(2026, 5, 2, 10, 30)
    session.add(run)
    page = sign_in(user).get("/").text
    assert "Report of 2026-05-02 10:30 UTC" in page and "41 children, data of 2026-05-01 UTC." in page
    assert "Newest data cut" in page and "Newest export" not in page


def test_a_data_manager_sees_the_newest_cut_and_export(session, sign_in):
    user = make_user(session, role="data_manager")
    cut = Cut(cut_id="c" * 64, folder="cut", taken_at=datetime(2026, 5, 1, 8), change_seq=1, subjects=1, rows=9000)
    made = datetime(2026, 5, 3, 9, 15)
    asked = {"profile": "deidentified", "cut_id": cut.cut_id, "project": "dosing", "purpose": "test", "folder": "out"}
    export = Export(**asked, status="done", made_at=made, sha256="a" * 64, subjects=40)
    later = Export(**asked, status="refused", made_at=datetime(2026, 5, 4, 9, 15))
    session.add_all([cut, export, later])
    page = sign_in(user).get("/").text
    assert "1 child, 9,000 records." in page
    assert "2026-05-03 09:15 UTC" in page and "De-identified, 40 children." in page


def test_an_administrator_sees_how_many_people_wait_for_a_role(session, sign_in):
    user = make_user(session, role="administrator")
    make_user(session)
    make_user(session, active=False)
    assert "1 open account has no role yet." in sign_in(user).get("/").text


@pytest.mark.parametrize(
    ("role", "entries"),
    [
        ("coordinator", ["Home", "Patients", "Data queries", "Sites", "Exports", "Dictionary"]),
        (
            "investigator",
            [
                "Home",
                "Patients",
                "Data queries",
                "Adjudication",
                "Sites",
                "Data cuts",
                "Analysis",
                "Exports",
                "Dictionary",
            ],
        ),
        ("monitor", ["Home", "Patients", "Data queries", "Sites", "Exports", "Dictionary"]),
        (
            "data_manager",
            [
                "Home",
                "Patients",
                "Data queries",
                "Adjudication",
                "Monitoring",
                "Sites",
                "Data cuts",
                "Analysis",
                "Exports",
                "Dictionary",
            ],
        ),
        ("analyst", ["Home", "Data cuts", "Analysis", "Exports", "Dictionary"]),
        ("administrator", ["Home", "Sites", "Dictionary", "Accounts"]),
        ("privacy_officer", ["Home", "Exports", "Dictionary"]),
        ("auditor", ["Home", "Patients", "Data queries", "Sites", "Analysis", "Exports", "Dictionary"]),
    ],
)
def test_the_menu_holds_what_a_role_may_open_and_each_entry_opens(session, sign_in, role, entries):
    site = make_site(session)
    at = site if role in ("coordinator", "investigator", "monitor") else None
    client = sign_in(make_user(session, role=role, site=at))
    menu = client.get("/").text.partition('aria-label="Main menu"')[2].partition("</nav>")[0]
    links = [part.partition("</a>")[0] for part in menu.split("<li><a ")[1:]]
    assert [link.rpartition(">")[2] for link in links] == entries
    for link in links:
        assert client.get(link.partition('href="')[2].partition('"')[0]).status_code == 200


@pytest.mark.parametrize("address", ["/", "/sites", "/accounts"])
def test_statements_do_not_grow_with_what_is_stored(app, session, sign_in, connection, address):
    site = make_site(session)
    user = make_user(session, role="coordinator", site=site)
    for role in ("data_manager", "administrator"):
        grant_role(session, user, role)
    client = sign_in(user)

    def statements():
        with counting(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    enrol(app, site, user)
    make_query(session, session.scalars(select(Subject)).one())
    session.commit()
    few = statements()
    for _ in range(4):
        other = make_site(session)
        make_query(session, make_subject(session, other))
        make_query(session, make_subject(session, other), form="laboratory")
        make_user(session, role="monitor", site=other)
    session.commit()
    enrol(app, site, user, number=6)
    assert statements() == few


def test_a_privacy_officer_sees_what_waits_and_who_asked_what_is_under_way(session, sign_in):
    officer, manager = make_user(session, role="privacy_officer"), make_user(session, role="data_manager")
    assert "No export waits for a decision." in sign_in(officer).get("/").text
    asked = {"cut_id": "c" * 64, "purpose": "test", "folder": "out", "made_at": datetime(2026, 5, 3, 9, 15)}
    waiting = Export(profile="identified", project="quality", status="waiting", made_by_id=manager.id, **asked)
    written = Export(profile="public", project="numbers", status="done", made_by_id=manager.id, **asked)
    session.add_all([waiting, written])
    page = sign_in(officer).get("/").text
    assert "1 request waits for a privacy officer" in page
    assert f'<a href="/exports/{waiting.key}">Identified, project quality</a>' in page
    page = sign_in(manager).get("/").text
    assert "My exports under way" in page and "waits for approval" in page
    assert "Exports to approve" not in page and "project numbers" not in page
