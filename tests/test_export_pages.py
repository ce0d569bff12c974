"""The pages of the exports: what would leave is shown before anything is written; each download is in the log."""

import json
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from factories import make_site, make_user
from registry.models import Change
from registry.release.archives import unzip_bytes
from registry.release.models import Export
from signing_in import SignIn
from telling_cut import TellingCut, make_telling_cut


@pytest.fixture
def telling(session: Session, tmp_path: Path) -> TellingCut:
    return make_telling_cut(session, tmp_path / "cut")


def asked(telling: TellingCut, **given: str) -> dict[str, str]:
    return {"cut": telling.cut.key, "project": "steroid-sparing", "purpose": "Asked by the committee", **given}


def test_without_a_cut_the_page_says_where_to_take_one(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_user(session, role="data_manager"))
    for address in ("/exports", "/exports/new"):
        page = client.get(address).text
        assert 'href="/cuts">Take a data cut</a>' in page


def test_the_plan_is_shown_before_anything_is_asked(sign_in: SignIn, telling: TellingCut) -> None:
    page = sign_in(telling.manager).get(f"/exports/new?cut={telling.cut.key}&project=dosing").text
    assert 'value="dosing"' in page
    assert "<code>birth_date</code>" in page
    assert "identifies the child" in page
    assert "under 2; 2 to under 12; 12 to under 18; 18 or more" in page


def test_checking_shows_the_counts_and_writes_nothing(session: Session, sign_in: SignIn, telling: TellingCut) -> None:
    answer = sign_in(telling.manager).post("/exports/new", data=asked(telling))
    assert answer.status_code == 200
    assert "<dt>Children in it</dt><dd><strong>2</strong></dd>" in answer.text
    assert "<li><strong>1</strong> withdrew since the data cut</li>" in answer.text
    assert "Write the package" in answer.text
    assert session.query(Export).count() == 0


def test_writing_leads_to_a_page_from_which_the_package_is_downloaded(
    session: Session, sign_in: SignIn, telling: TellingCut
) -> None:
    client = sign_in(telling.manager)
    page = client.post("/exports", data=asked(telling), follow_redirects=True)
    made = session.scalars(select(Export)).one()
    assert page.request.path == f"/exports/{made.key}"
    assert "The package was written, scanned and entered in the log." in page.text
    assert "Asked by the committee" in page.text
    answer = client.post(f"/exports/{made.key}/download")
    assert answer.headers["Content-Disposition"] == "attachment; filename=deidentified-steroid-sparing.zip"
    assert json.loads(unzip_bytes(answer.data)["manifest.json"])["children"] == 2
    actions = session.scalars(select(Change.payload).where(Change.record_key == made.key).order_by(Change.seq))
    assert [json.loads(payload)["action"] for payload in actions] == ["create", "download"]
    assert "Asked by the committee" in client.get("/exports").text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"project": "NORTHERN"}, "The project&#39;s name tells a center, a person or a date."),
        ({"project": "two words"}, "Give the project a short name of 3 to 40 letters"),
        ({"purpose": "  "}, "Say what the data are for."),
        ({"cut": "no such cut"}, "Not a valid choice"),
    ],
)
@pytest.mark.parametrize("address", ["/exports/new", "/exports"])
def test_what_cannot_be_exported_comes_back_with_the_reason_and_nothing_lost(
    session: Session, sign_in: SignIn, telling: TellingCut, address: str, given: dict[str, str], message: str
) -> None:
    answer = sign_in(telling.manager).post(address, data=asked(telling, **given))
    assert answer.status_code == 422
    assert message in answer.text
    assert f'value="{given.get("project", "steroid-sparing")}"' in answer.text
    assert session.query(Export).count() == 0


def test_a_package_that_was_changed_is_not_handed_out(session: Session, sign_in: SignIn, telling: TellingCut) -> None:
    client = sign_in(telling.manager)
    client.post("/exports", data=asked(telling))
    made = session.scalars(select(Export)).one()
    (path,) = Path(made.folder).glob("*.zip")
    path.write_bytes(path.read_bytes() + b"x")
    assert client.post(f"/exports/{made.key}/download").status_code == 404
    assert "gone from the server or was changed" in client.get(f"/exports/{made.key}").text


@pytest.mark.parametrize("role", ["coordinator", "investigator", "analyst", "administrator", "auditor"])
def test_who_may_not_export_sees_no_export(session: Session, sign_in: SignIn, telling: TellingCut, role: str) -> None:
    sign_in(telling.manager).post("/exports", data=asked(telling))
    made = session.scalars(select(Export)).one()
    site = make_site(session) if role in ("coordinator", "investigator") else None
    client = sign_in(make_user(session, role=role, site=site))
    answers = [client.get(address) for address in ("/exports", "/exports/new", f"/exports/{made.key}")]
    answers += [
        client.post(a, data=asked(telling)) for a in ("/exports", "/exports/new", f"/exports/{made.key}/download")
    ]
    assert [answer.status_code for answer in answers] == [403] * 6


def test_an_export_that_does_not_exist_is_not_found(session: Session, sign_in: SignIn) -> None:
    client = sign_in(make_user(session, role="data_manager"))
    assert client.get(f"/exports/{uuid.uuid4()}").status_code == 404
    assert client.post(f"/exports/{uuid.uuid4()}/download").status_code == 404
