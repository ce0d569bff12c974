"""The pages of the exports after they were asked for: who may does the next step; each step is in the log."""

import json
import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from asking_for_exports import Asking, said
from entries import NOW
from export_requests import an_agreement, an_order, log_of, newest_export, the_export, written
from factories import make_user
from registry.audit_verify import verify
from registry.database import db
from registry.release import agreements, export_rows
from registry.release.models import Cut
from registry.release.profiles import Profile
from signing_in import SignIn
from zip_files import unzip_bytes


def test_a_privacy_officer_finds_what_waits_and_approves_with_a_reason(asking: Asking) -> None:
    export = asking.export(an_order(profile=Profile.IDENTIFIED), by=asking.requesting.manager)
    officer = asking.client(asking.requesting.officer)
    for address in ("/", "/exports"):
        assert f'href="/exports/{export.key}"' in officer.get(address).text
    page = officer.get(f"/exports/{export.key}").text
    in_order = ["<dt>Purpose</dt>", "<h2>What leaves of each form", "<h2>Your decision"]
    assert re.findall("|".join(in_order), page) == in_order
    data = {"_do": "approve", "reason": "The committee agreed."}
    page = officer.post(f"/exports/{export.key}/decide", data=data, follow_redirects=True).text
    assert "Approved. It is being written." in page
    assert '<td data-label="What">Approved</td>' in page and "The committee agreed." in page
    assert the_export().status == "queued"
    assert verify(db.session()) == []


def test_a_declined_request_tells_who_asked_why(asking: Asking) -> None:
    export = asking.export(an_order(profile=Profile.IDENTIFIED), by=asking.requesting.manager)
    manager = asking.client(asking.requesting.manager)
    assert "waits for approval" in manager.get("/").text
    page = manager.get(f"/exports/{export.key}").text
    assert "Nothing is written yet." in page and "Your decision" not in page
    data = {"_do": "decline", "reason": "Not covered by the protocol."}
    asking.client(asking.requesting.officer).post(f"/exports/{export.key}/decide", data=data)
    page = manager.get(f"/exports/{export.key}").text
    assert "The privacy officer declined: Not covered by the protocol." in page
    assert '<td data-label="What">Declined</td>' in page


def test_who_asked_takes_a_waiting_request_back(asking: Asking) -> None:
    export = asking.export(an_order(profile=Profile.IDENTIFIED), by=asking.requesting.manager)
    manager, officer = asking.client(asking.requesting.manager), asking.client(asking.requesting.officer)
    assert "Take the request back" in manager.get(f"/exports/{export.key}").text
    assert "Take the request back" not in officer.get(f"/exports/{export.key}").text
    page = manager.post(f"/exports/{export.key}/take-back", follow_redirects=True).text
    assert "The request was taken back. Nothing is written." in page
    assert '<td data-label="What">Taken back by who asked</td>' in page and "Take the request back" not in page
    assert "waits for approval" not in manager.get("/").text
    page = officer.get(f"/exports/{export.key}").text
    assert "This request was taken back" in page and "Your decision" not in page
    assert "These files identify every child in them" not in page
    assert f'href="/exports/{export.key}"' not in officer.get("/").text


def test_a_decision_without_a_reason_is_asked_for_again(asking: Asking) -> None:
    export = asking.export(an_order(profile=Profile.IDENTIFIED), by=asking.requesting.manager)
    officer = asking.client(asking.requesting.officer)
    answer = officer.post(f"/exports/{export.key}/decide", data={"_do": "approve", "reason": " "})
    assert answer.status_code == 422
    assert "Say why: the reason stands in the log" in answer.text
    assert the_export().status == "waiting"


def test_who_does_not_decide_is_refused(asking: Asking) -> None:
    export = asking.export(an_order(profile=Profile.IDENTIFIED), by=asking.requesting.manager)
    answer = asking.client(asking.requesting.manager).post(
        f"/exports/{export.key}/decide", data={"_do": "approve", "reason": "I like it."}
    )
    assert answer.status_code == 403
    assert the_export().status == "waiting"


def test_of_cuts_with_the_same_files_the_newest_before_the_request_is_told(asking: Asking) -> None:
    cut, session = asking.requesting.cut, db.session()
    cut.taken_at = NOW - timedelta(days=2)
    same = {
        "cut_id": cut.cut_id,
        "folder": "",
        "change_seq": cut.change_seq,
        "subjects": cut.subjects,
        "rows": cut.rows,
    }
    for name, days in (("Taken again", -1), ("After the request", 1)):
        session.add(Cut(name=name, taken_at=NOW + timedelta(days=days), **same))
    export = asking.export()
    page = asking.client(asking.requesting.coordinator).get(f"/exports/{export.key}").text
    assert "<dt>Data cut</dt><dd>Taken again 2026-05-31" in page


@pytest.mark.parametrize(("status", "words"), [("queued", "is about to be written"), ("running", "is being written")])
def test_while_it_is_under_way_the_page_looks_again_by_itself(asking: Asking, status: str, words: str) -> None:
    export = asking.export()
    if status == "running":
        export_rows.change(db.session(), export, "queued", {"status": status}, by=None, at=NOW)
    answer = asking.client(asking.requesting.coordinator).get(f"/exports/{export.key}")
    assert words in answer.text
    assert answer.headers["Refresh"] == "3"


def test_a_written_package_is_shown_with_each_file_and_downloaded(asking: Asking) -> None:
    export = asking.written()
    client = asking.client(asking.requesting.coordinator)
    answer = client.get(f"/exports/{export.key}")
    assert "Refresh" not in answer.headers
    manifest = json.loads((Path(export.folder) / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        assert name in answer.text and entry["sha256"] in answer.text
    assert export.sha256 in answer.text
    zipped = client.post(f"/exports/{export.key}/download")
    assert zipped.headers["Content-Disposition"] == "attachment; filename=identified-dosing.zip"
    assert json.loads(unzip_bytes(zipped.data)["manifest.json"])["children"] == 1
    assert log_of(export.key)[-1] == ("download", "")
    assert '<td data-label="What">Downloaded</td>' in client.get(f"/exports/{export.key}").text
    assert '<td data-label="Downloads" class="number">1</td>' in client.get("/exports").text


def test_a_public_release_which_counts_no_children_outside_its_tables_is_shown(asking: Asking) -> None:
    manager = asking.requesting.manager
    export = written(asking.requesting, an_order(profile=Profile.PUBLIC), by=manager)
    shown = asking.client(manager).get(f"/exports/{export.key}")
    assert shown.status_code == 200
    assert "Public aggregate" in shown.text and "<dt>Children left out</dt>" not in shown.text


def test_a_package_that_was_changed_is_not_handed_out_and_can_be_written_again(asking: Asking) -> None:
    export = asking.written()
    (path,) = Path(export.folder).glob("*.zip")
    path.write_bytes(path.read_bytes() + b"x")
    client = asking.client(asking.requesting.coordinator)
    assert "gone from the server or was changed" in client.get(f"/exports/{export.key}").text
    answer = client.post(f"/exports/{export.key}/download")
    assert answer.status_code == 422
    assert "are not the ones that were scanned" in answer.text
    client.post(f"/exports/{export.key}/again")
    assert the_export().status == "queued"


def test_a_data_manager_finds_how_to_have_de_identified_files_written_again(asking: Asking) -> None:
    order = an_order(least=2, least_reason="Asked for in a test.", forms=("infusion",))
    export = written(asking.requesting, order, by=asking.requesting.officer)
    client = asking.client(asking.requesting.manager)
    client.post(f"/exports/{export.key}/delete", data={"reason": "Tidy."})
    assert "Write the files again" in client.get(f"/exports/{export.key}").text
    assert client.post(f"/exports/{export.key}/again").status_code == 302
    assert the_export().status == "queued"


def test_files_of_an_ended_agreement_offer_no_step_that_would_fail(asking: Asking) -> None:
    agreement = an_agreement()
    order = an_order(profile=Profile.LIMITED, agreement=agreement.key, forms=("infusion",))
    export = written(asking.requesting, order, by=asking.requesting.manager, approved_by=asking.requesting.officer)
    agreements.end(db.session(), agreement, by=asking.requesting.officer, at=NOW, reason="The recipient left.")
    db.session.commit()
    client = asking.client(asking.requesting.manager)
    client.post(f"/exports/{export.key}/delete", data={"reason": "As agreed."})
    page = client.get(f"/exports/{export.key}").text
    assert "The files were deleted." in page and "ask for a new export under the new one" in page
    assert "Write the files again" not in page


def test_files_are_deleted_with_a_reason_only(asking: Asking) -> None:
    export = asking.written()
    client = asking.client(asking.requesting.coordinator)
    refused = client.post(f"/exports/{export.key}/delete", data={"reason": ""})
    assert refused.status_code == 422
    assert "Say why the files are deleted" in refused.text
    assert Path(export.folder).exists()
    page = client.post(f"/exports/{export.key}/delete", data={"reason": "Handed over."}, follow_redirects=True).text
    assert "files deleted" in page and "Handed over." in page
    assert not Path(export.folder).exists()


@pytest.mark.parametrize(("who", "expected"), [("manager", 200), ("officer", 200), ("analyst", 404)])
def test_who_sees_the_history_of_another_persons_export(asking: Asking, who: str, expected: int) -> None:
    export = asking.written()
    client = asking.client(getattr(asking.requesting, who))
    assert client.get(f"/exports/{export.key}").status_code == expected
    answer = client.post(f"/exports/{export.key}/download")
    assert answer.status_code == (404 if expected == 404 else 422)
    assert (export.key in client.get("/exports").text) is (expected == 200)


def test_every_step_on_an_export_that_does_not_exist_is_not_found(asking: Asking) -> None:
    client = asking.client(asking.requesting.officer)
    key = uuid.uuid4()
    assert client.get(f"/exports/{key}").status_code == 404
    for step in ("download", "delete", "again", "decide", "take-back"):
        assert client.post(f"/exports/{key}/{step}").status_code == 404


def test_an_administrator_has_nothing_to_do_with_exports(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_user(session, role="administrator"))
    addresses = ("/exports", "/exports/new", "/exports/profiles", "/exports/agreements")
    assert [client.get(address).status_code for address in addresses] == [403] * 4
    assert [client.post(address).status_code for address in ("/exports", "/exports/new")] == [403] * 2


def test_a_forged_form_is_refused(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    export = asking.written()
    monkeypatch.setitem(asking.app.config, "WTF_CSRF_ENABLED", True)
    client = asking.client(asking.requesting.coordinator)
    for address in ("/exports", "/exports/new", *(f"/exports/{export.key}/{step}" for step in ("download", "delete"))):
        assert client.post(address, data=asking.data()).status_code == 400
    assert newest_export().key == export.key


def test_each_profile_is_compared_item_by_item(session: Session, sign_in: SignIn) -> None:
    page = said(sign_in(make_user(session, role="analyst")).get("/exports/profiles").text)
    row = page.split("<code>birth_date</code>")[1].split("</tr>")[0]
    assert re.findall(r"badge-(\w+)\">(\w+)<", row) == [
        ("good", "KEEP"),
        ("late", "DROP"),
        ("late", "DROP"),
        ("late", "DROP"),
    ]
    assert "identifies the child" in row
