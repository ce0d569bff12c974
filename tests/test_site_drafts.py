"""What is typed on a page of a site is kept as a draft, offered to its author, and gone once saved or given up."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from factories import make_site, make_user
from registry.database import utc_now
from registry.models import Draft, RoleGrant, Site
from registry.views import site_drafts

SET_UP = {"name": "Synthetic Center", "time_zone": "America/New_York", "reason": "renewed"}
COUNTS = {"infused": "3", "approached": "3", "consented": "2", "refused": "1", "enrolled": "2"}
PROTOCOL = {
    "version": "2.1",
    "effective_from": "2026-01-01",
    "text": "Two mg/kg\nfor each dose",
    "doses-0-step": "start",
    "doses-0-value": "2",
    "doses-0-basis": "mg_per_kg_dose",
}
RANGE = {"analyte": "ferritin", "age_from": "0", "age_to": "17", "low": "10", "high": "250", "valid_from": "2025-01-01"}


@pytest.fixture
def center(session):
    return make_site(session)


@pytest.fixture
def client(session, sign_in, center):
    return sign_in(make_user(session, role="coordinator", site=center))


def kept(session):
    session.expire_all()
    return list(session.scalars(select(Draft)))


def shown(client, address):
    """Return what stands in the fields of a page of a site."""
    page = client.get(address).text
    tags = [tag for tag in re.findall("<input[^>]*>", page) if "checkbox" not in tag]
    lines = [re.search(r'name="([^"]+)".*? value="([^"]*)"', tag) for tag in tags]
    fields = {line[1]: line[2] for line in lines if line}
    fields |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        fields[name] = chosen[1] if chosen else ""
    return {name: html.unescape(text) for name, text in fields.items()}


@pytest.mark.parametrize(
    ("page", "title", "typed"),
    [
        ("edit", "Set-up", {**SET_UP, "ethics_expires_on": "2027-06"}),
        ("infusion-log/2026-Q1", "Infusion log, 2026-Q1", COUNTS),
        ("protocols/new", "Protocol version", PROTOCOL),
        ("reference-ranges/new", "Reference range", RANGE),
    ],
)
def test_what_is_typed_on_a_page_of_a_site_is_offered_again_until_it_is_saved(
    session, client, center, page, title, typed
):
    address = f"/sites/{center.key}/{page}"
    empty = client.get(address).text
    assert "crf_drafts.js" in empty and 'id="draft-state"' in empty
    keeping = re.search(r'data-draft-url="([^"]+)"', empty)[1]
    assert set(client.post(keeping, data={**typed, "csrf_token": "secret", "_title": "made up"}).json) == {"saved_at"}

    continuing = f"{address}?draft=yes"
    assert f'<a href="{continuing}">{title}: {center.name}</a> ' in client.get("/").text
    assert f'<a class="btn btn-primary btn-sm" href="{continuing}">' in client.get(address).text
    assert typed.items() <= shown(client, continuing).items()
    assert "It is not saved yet." in client.get(continuing).text

    saved = {**shown(client, continuing), **typed}
    if page == "edit":
        assert client.post(continuing, data=saved).status_code == 422  # half a day: kept as it comes back
        assert [draft.typed["ethics_expires_on"] for draft in kept(session)] == [["2027-06"]]
        saved["ethics_expires_on"] = "2027-06-30"
    assert client.post(continuing, data=saved).headers["Location"] == f"/sites/{center.key}"
    assert kept(session) == []


def test_what_was_typed_is_given_up_with_cancel_or_on_the_page_that_offers_it(session, client, center):
    for fields, leads_to in (({"cancel": "yes"}, ""), ({}, "/edit")):
        client.post(f"/sites/{center.key}/drafts/edit", data=SET_UP)
        answer = client.post(f"/sites/{center.key}/drafts/discard/edit", data=fields)
        assert (answer.headers["Location"], kept(session)) == (f"/sites/{center.key}{leads_to}", [])


def test_who_goes_on_with_a_page_that_was_saved_meanwhile_is_told_so(session, center, sign_in):
    address, people = f"/sites/{center.key}/edit", [make_user(session, role="coordinator", site=center) for _ in "12"]
    first, second = (sign_in(user) for user in people)
    said = f"{people[1].name} saved this page"
    first.post(f"/sites/{center.key}/drafts/edit", data=SET_UP)
    session.execute(update(Draft).values(saved_at=utc_now() - timedelta(hours=1)))
    session.commit()
    assert said not in first.get(f"{address}?draft=yes").text
    assert second.post(address, data={**SET_UP, "name": "Renamed"}).status_code == 302
    assert said in first.get(f"{address}?draft=yes").text


def test_who_sends_a_page_that_was_saved_after_it_was_opened_is_shown_what_was_saved(session, center, sign_in):
    first, second = (sign_in(make_user(session, role="coordinator", site=center)) for _ in "12")
    for page, earlier, later, stored in (
        ("edit", {**SET_UP, "ethics_reference": "SYN-7"}, {**SET_UP, "ethics_reference": "SYN-8"}, "SYN-7"),
        (
            "infusion-log/2026-Q1",
            COUNTS,
            {**COUNTS, "infused": "4", "reason": "recounted"},
            "Infused with CAR T cells: 3;",
        ),
    ):
        address = f"/sites/{center.key}/{page}"
        opened = hidden(first, address)
        assert second.post(address, data={**earlier, **hidden(second, address)}).status_code == 302
        answer = first.post(address, data={**later, **opened})
        assert (answer.status_code, "after you opened it, so yours is not saved yet" in answer.text) == (422, True)
        assert stored in answer.text
        assert first.post(address, data={**earlier, "reason": "the same", **opened}).status_code == 302, "sent twice"
        assert first.post(address, data={**later, **hidden(first, address)}).status_code == 302
        in_the_old_tab = first.post(address, data={**earlier, "reason": "again", **opened})
        assert "You, in another tab, saved this page on" in in_the_old_tab.text


def hidden(client, address):
    """Return what a page of a site sends along to tell which save it was opened after."""
    return {"_stands": re.search(r'name="_stands" value="(\d+)"', client.get(address).text)[1]}


def test_the_page_of_a_new_center_is_kept_until_it_is_opened(session, sign_in):
    client = sign_in(make_user(session, role="administrator"))
    typed = {**SET_UP, "code": "NYC", "carhlh_definition": "local", "ethics_expires_on": "2027-06-30"}
    keeping = re.search(r'data-draft-url="([^"]+)"', client.get("/sites/new").text)[1]
    for again in (True, False):
        assert set(client.post(keeping, data=typed).json) == {"saved_at"}
        assert '<a href="/sites/new?draft=yes">Open a center</a>' in client.get("/").text
        assert "You began this page on" in client.get("/sites/new").text
        assert shown(client, "/sites/new?draft=yes")["code"] == "NYC"
        if again:
            client.post(f"{keeping}/discard", data={"cancel": "yes"})
        else:
            assert client.post("/sites/new", data=typed).status_code == 302
        assert kept(session) == []
    assert sign_in(make_user(session, role="data_manager")).post(keeping, data=typed).status_code == 403


def test_home_offers_the_pages_of_sites_that_their_author_may_still_save(session, center, sign_in):
    elsewhere, manager = make_site(session), make_user(session, role="data_manager")
    client = sign_in(manager)
    for page in ("edit", "infusion-log/2026-Q1"):
        session.add(grant := RoleGrant(user_id=manager.id, role="coordinator", site_id=center.id, began_at=utc_now()))
        session.commit()
        assert client.post(f"/sites/{center.key}/drafts/{page}", data=SET_UP).status_code == 200
        grant.ended_at = utc_now()
        session.commit()
    offered = client.get("/").text
    assert (f"Set-up: {center.name}</a>" in offered, "Infusion log, 2026-Q1" in offered) == (True, False)
    assert "My drafts" not in sign_in(make_user(session, role="coordinator", site=elsewhere)).get("/").text


def test_a_draft_needs_the_right_to_change_the_page_and_a_page_that_there_is(session, client, center, sign_in):
    def answer(who, site, page):
        return who.post(f"/sites/{site.key}/drafts/{page}", data=SET_UP).status_code

    monitor = sign_in(make_user(session, role="monitor", site=center))
    assert [answer(client, center, page) for page in ("edit", "nothing")] == [200, 404]
    assert [answer(monitor, center, page) for page in ("edit", "infusion-log/2026-Q1")] == [403, 403]
    assert answer(client, make_site(session), "edit") == 404


def test_a_page_of_a_site_for_which_there_is_no_room_says_so(session, client, center, monkeypatch):
    monkeypatch.setattr(site_drafts.drafts, "LONGEST", 5)
    assert "longer than 5 characters" in client.post(f"/sites/{center.key}/drafts/edit", data=SET_UP).json["said"]
    answer = client.post(f"/sites/{center.key}/edit", data={**SET_UP, "reason": ""})
    assert (answer.status_code, "longer than 5 characters" in answer.text) == (422, True)
    assert session.get_one(Site, center.id).name != SET_UP["name"]
