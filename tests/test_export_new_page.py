"""The page that asks for an export, and the one that shows what would leave before anything is written."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from asking_for_exports import Asking, said
from export_requests import an_agreement, files_below, the_export
from factories import make_site, make_user
from forms.casebook import CASEBOOK
from registry.database import db
from registry.release.models import Export
from signing_in import SignIn


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


def test_without_an_agreement_in_force_the_page_says_where_agreements_are(asking: Asking) -> None:
    way = 'none is in force. <a href="/exports/agreements">Data use agreements</a>'
    assert way in asking.client(asking.requesting.manager).get("/exports/new").text
    assert way not in asking.client(asking.requesting.analyst).get("/exports/new").text
    an_agreement()
    assert way not in asking.client(asking.requesting.manager).get("/exports/new").text


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
    assert '<th scope="row">Children in groups under 2</th>' in page
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
