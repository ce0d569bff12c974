"""The pages of the exports: what would leave is shown before anything is written; who may does the next step."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, request_started
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from entries import NOW
from export_requests import Requesting, an_agreement, an_order, files_below, log_of, newest_export, the_export
from factories import make_site, make_user
from forms.casebook import CASEBOOK
from registry.audit_verify import verify
from registry.database import db
from registry.models import User
from registry.release import export_rows, requests, writing
from registry.release.archives import unzip_bytes
from registry.release.models import Export
from registry.release.order import Order
from registry.release.profiles import Profile
from signing_in import SignIn, signed_in_client

LATER = NOW + timedelta(minutes=5)
OWN_SITE = an_order(profile=Profile.IDENTIFIED, site="TST", forms=("enrolment", "infusion"))


@pytest.fixture(autouse=True)
def nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let exports stay queued: their process has tests of its own."""
    monkeypatch.setattr(requests, "look", lambda session, at: None)


class Asking:
    """People at their browsers, and what they ask for."""

    def __init__(self, app: Flask, requesting: Requesting) -> None:
        self.app, self.requesting = app, requesting

    def client(self, person: User) -> FlaskClient:
        return signed_in_client(self.app, person)

    def data(self, **given: Any) -> dict[str, Any]:
        usual = {
            "cut": self.requesting.cut.key,
            "profile": "identified",
            "project": "steroid-sparing",
            "purpose": "Asked by the committee",
            "forms": ["enrolment", "infusion"],
            "formats": ["csv"],
        }
        return {**usual, **given}

    def export(self, order: Order = OWN_SITE, by: User | None = None) -> Export:
        by = by or self.requesting.coordinator
        return requests.place(db.session(), order, self.requesting.cut, by=by, at=NOW)

    def written(self) -> Export:
        """Return an own-site export whose files were written in this process."""
        export = self.export()
        export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
        writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
        db.session.refresh(export)
        return export


@pytest.fixture
def asking(own_app: Flask, requesting: Requesting) -> Iterator[Asking]:
    """Yield the people of a study; the context that its fixture leaves open must not keep who was signed in last."""

    def forget(*_: object, **__: object) -> None:
        for name in ("viewer", "_login_user"):
            g.pop(name, None)

    with request_started.connected_to(forget, own_app):
        yield Asking(own_app, requesting)


def said(html: str) -> str:
    return re.sub(r"\s+", " ", html)


# The page that asks


def test_without_a_cut_the_page_says_where_to_take_one(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_user(session, role="data_manager"))
    for address in ("/exports", "/exports/new"):
        assert 'href="/cuts">Take a data cut</a>' in client.get(address).text
    monitor = sign_in(make_user(session, role="monitor", site=make_site(session)))
    for address in ("/exports", "/exports/new"):
        page = monitor.get(address).text
        assert "A data manager takes one." in page and 'href="/cuts"' not in page


@pytest.mark.parametrize(
    ("who", "profiles"),
    [
        ("manager", ["identified", "limited", "deidentified", "public"]),
        ("coordinator", ["identified", "limited", "deidentified", "public"]),
        ("analyst", ["deidentified", "public"]),
        ("officer", ["deidentified", "public"]),
    ],
)
def test_one_is_offered_the_profiles_one_may_ask_for(asking: Asking, who: str, profiles: list[str]) -> None:
    page = asking.client(getattr(asking.requesting, who)).get("/exports/new").text
    radios = re.findall(r'<input[^>]*type="radio"[^>]*>', page)
    assert [re.findall(r'value="(\w+)"', radio)[0] for radio in radios] == profiles
    assert ["checked" in radio for radio in radios] == [profile == "deidentified" for profile in profiles]


def test_only_a_privacy_officer_is_asked_for_another_number(asking: Asking) -> None:
    assert 'name="least"' in asking.client(asking.requesting.officer).get("/exports/new").text
    assert 'name="least"' not in asking.client(asking.requesting.manager).get("/exports/new").text


def test_a_number_that_is_not_offered_is_not_taken(asking: Asking) -> None:
    data = asking.data(profile="deidentified", least="2", least_reason="Because.")
    answer = asking.client(asking.requesting.manager).post("/exports", data=data)
    assert answer.status_code == 302
    assert the_export().least is None


def test_all_forms_and_csv_are_chosen_at_first_and_the_cut_of_the_address(asking: Asking) -> None:
    page = asking.client(asking.requesting.manager).get(f"/exports/new?cut={asking.requesting.cut.key}").text
    assert len(re.findall(r'name="forms" value="\w+" checked', page)) == len(CASEBOOK)
    assert re.findall(r'name="formats" value="(\w+)" checked', page) == ["csv"]
    assert re.search(rf'<option selected value="{asking.requesting.cut.key}"', page)


def test_a_coordinator_is_offered_the_own_site_only(asking: Asking) -> None:
    page = asking.client(asking.requesting.coordinator).get("/exports/new").text
    assert '<option value="TST">' in page and '<option value="FAR">' not in page


# The page before anything is written


def test_what_would_leave_is_shown_and_nothing_is_written(asking: Asking, tmp_path: Path) -> None:
    before = files_below(tmp_path / "storage") if (tmp_path / "storage").exists() else []
    answer = asking.client(asking.requesting.manager).post("/exports/new", data=asking.data())
    page = said(answer.text)
    assert answer.status_code == 200
    assert "<strong>2</strong><span>children in it</span>" in page
    assert "These files identify every child in them." in page
    assert "A privacy officer has to agree before anything is written." in page
    assert "Ask for approval" in page
    assert "23 kept" in page and "<code>birth_date</code>" in page
    assert CASEBOOK["support"].title not in page.split("What is done to each item")[1]
    assert db.session.query(Export).count() == 0
    assert (files_below(tmp_path / "storage") if (tmp_path / "storage").exists() else []) == before


def test_the_risk_is_shown_before_and_after_with_what_was_made_coarser(asking: Asking) -> None:
    data = asking.data(profile="deidentified", least="2", least_reason="A test of two children.")
    page = said(asking.client(asking.requesting.officer).post("/exports/new", data=data).text)
    assert "2 children must look alike instead of 11." in page
    assert "A test of two children." in page
    assert "The risk, before and after" in page
    assert "Children in groups under 2" in page
    assert "In the files every child looks like 1 others or more" in page
    assert "Write the package" in page


def test_too_few_children_are_refused_in_words_and_nothing_typed_is_lost(asking: Asking) -> None:
    data = asking.data(profile="deidentified", recipient="Synthetic University", formats=["csv", "spss"])
    data["forms"] = ["enrolment"]
    answer = asking.client(asking.requesting.manager).post("/exports/new", data=data)
    page = answer.text
    assert answer.status_code == 422
    assert "must look alike, so no file can be made of them" in page
    assert 'value="steroid-sparing"' in page and "Asked by the committee" in page
    assert 'value="Synthetic University"' in page
    assert re.findall(r'name="forms" value="(\w+)" checked', page) == ["enrolment"]
    assert re.findall(r'name="formats" value="(\w+)" checked', page) == ["csv", "spss"]


def test_going_back_keeps_everything_and_says_nothing(asking: Asking) -> None:
    data = asking.data(_do="back", project="two words", purpose="", forms=["enrolment"])
    answer = asking.client(asking.requesting.manager).post("/exports/new", data=data)
    assert answer.status_code == 200
    assert 'value="two words"' in answer.text
    assert re.findall(r'name="forms" value="(\w+)" checked', answer.text) == ["enrolment"]
    assert "Please look at this" not in answer.text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"project": "FAR"}, "The project&#39;s name tells a center, a person or a date."),
        ({"project": "two words"}, "Give the project a short name of 3 to 40 letters"),
        ({"purpose": ""}, "Say what the data are for."),
        ({"cut": "no such cut"}, "Not a valid choice"),
        ({"profile": "everything"}, "Not a valid choice"),
        ({"forms": []}, "Choose at least one form."),
        ({"formats": []}, "Choose at least one format."),
        ({"profile": "limited"}, "A limited data set leaves only under a data use agreement."),
        ({"profile": "deidentified", "site": "TST"}, "is of the whole study only"),
    ],
)
@pytest.mark.parametrize("address", ["/exports/new", "/exports"])
def test_what_cannot_be_exported_comes_back_with_the_reason(
    asking: Asking, address: str, given: dict[str, Any], message: str
) -> None:
    data = asking.data(**given)
    answer = asking.client(asking.requesting.manager).post(address, data=data)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{data["project"]}"' in answer.text
    assert [export.status for export in db.session.scalars(select(Export))] in ([], ["refused"])


def test_a_refused_request_stands_in_the_history_with_its_words(asking: Asking) -> None:
    client = asking.client(asking.requesting.manager)
    client.post("/exports", data=asking.data(profile="limited"))
    export = the_export()
    assert export.status == "refused"
    assert "A limited data set leaves only under a data use agreement." in client.get("/exports").text
    assert "Refused; nothing was written." in client.get(f"/exports/{export.key}").text


def test_everything_asked_for_is_carried_through_the_page_before(asking: Asking) -> None:
    key = an_agreement(project="steroid-sparing").key
    data = asking.data(
        profile="limited",
        agreement=key,
        recipient="Synthetic University",
        formats=["csv", "stata"],
        site="FAR",
        keep=["sex", "age"],
    )
    client = asking.client(asking.requesting.manager)
    page = client.post("/exports/new", data=data).text
    form = page.split(f'action="{"/exports"}"')[1].split("</form>")[0]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form):
        sent.setdefault(name, []).append(value)
    assert client.post("/exports", data=sent).status_code == 302
    export = the_export()
    assert (export.profile, export.agreement_key, export.recipient) == ("limited", key, "Synthetic University")
    assert (export.forms, export.formats, export.keep) == (["enrolment", "infusion"], ["csv", "stata"], ["sex", "age"])
    assert export.status == "waiting"


# Who decides


def test_a_privacy_officer_finds_what_waits_and_approves_with_a_reason(asking: Asking) -> None:
    export = asking.export(an_order(profile=Profile.IDENTIFIED), by=asking.requesting.manager)
    officer = asking.client(asking.requesting.officer)
    for address in ("/", "/exports"):
        assert f'href="/exports/{export.key}"' in officer.get(address).text
    assert "Your decision" in officer.get(f"/exports/{export.key}").text
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


# What was written


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
    for step in ("download", "delete", "again", "decide"):
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
