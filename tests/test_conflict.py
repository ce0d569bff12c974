"""Two people save the same record: both versions side by side, merged item by item, nothing lost."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import crf_client
from children import Child, make_child
from factories import make_user
from forms.casebook import CASEBOOK
from registry.log_history import HistoryEntry
from registry.merging import differences
from registry.models import Site
from signing_in import SignIn

BASE = {
    "assessed_on": ["2026-02-26"],
    "disease": ["b_all"],
    "disease_burden": ["low"],
    "marrow_blasts_percent": ["12.5"],
    "weight_kg": ["30"],
}


@dataclass(frozen=True, kw_only=True)
class Race:
    """A baseline that I have open and that a colleague has changed meanwhile."""

    child: Child
    colleague: FlaskClient
    address: str
    opened: dict[str, list[str]]


@pytest.fixture
def race(app: Flask, session: Session, sign_in: SignIn) -> Race:
    """Return a baseline opened by me, then saved by a colleague with another weight and other blasts."""
    child = make_child(app, session, sign_in)
    site = session.get_one(Site, child.site_id)
    colleague = sign_in(make_user(session, role="coordinator", site=site, name="Otto Second"))
    crf_client.save(child.client, child.page("baseline"), BASE)
    address = child.page("baseline", child.stored("baseline")[0].key)
    _, opened = crf_client.open_page(child.client, address)
    theirs = {**BASE, "weight_kg": ["31"], "marrow_blasts_percent": ["14"]}
    assert crf_client.save(colleague, address, theirs).status_code == 302
    return Race(child=child, colleague=colleague, address=address, opened=opened)


def mine(race: Race, **changed: list[str]) -> dict[str, list[str]]:
    """Return my page as I post it, on the revision that I opened."""
    return {**race.opened, **BASE, "_reason": ["Chart read again"], **changed}


def stored(race: Race) -> dict[str, str]:
    """Return the stored answers that the race is about, as text."""
    [record] = race.child.stored("baseline")
    items = CASEBOOK["baseline"].items
    return {
        name: items[name].format(record.row[name]) for name in ("disease_burden", "marrow_blasts_percent", "weight_kg")
    }


def test_a_save_on_an_old_revision_shows_both_versions_and_stores_nothing(race: Race) -> None:
    answer = crf_client.send(race.child.client, race.address, mine(race, weight_kg=["32"]))

    assert answer.status_code == 409
    assert "Otto Second saved Baseline" in answer.text
    for shown in ("32 kg", "31 kg", "12.5 %", "14 %"):
        assert shown in answer.text
    assert stored(race) == {"disease_burden": "low", "marrow_blasts_percent": "14.00", "weight_kg": "31.00"}


def test_my_own_second_tab_is_not_somebody_else(race: Race) -> None:
    _, opened = crf_client.open_page(race.child.client, race.address)
    assert crf_client.save(race.child.client, race.address, {**BASE, "weight_kg": ["33"]}).status_code == 302
    answer = crf_client.send(race.child.client, race.address, {**mine(race), **opened, "weight_kg": ["32"]})

    assert answer.status_code == 409
    assert "<h1>You saved this in another tab</h1>" in answer.text
    assert "Somebody else" not in answer.text


def test_what_only_one_of_us_changed_is_chosen_already_and_what_both_changed_is_not(race: Race) -> None:
    page = crf_client.send(race.child.client, race.address, mine(race, weight_kg=["32"], disease_burden=["high"])).text

    assert 'name="_take.marrow_blasts_percent" value="theirs" checked' in page
    assert 'name="_take.disease_burden" value="mine" checked' in page
    assert 'name="_take.weight_kg" value="mine">' in page
    assert 'name="_take.weight_kg" value="theirs">' in page


def test_the_merged_version_takes_each_answer_from_where_it_was_chosen(race: Race) -> None:
    conflict = crf_client.send(race.child.client, race.address, mine(race, weight_kg=["32"], disease_burden=["high"]))
    chosen = {"marrow_blasts_percent": "theirs", "disease_burden": "mine", "weight_kg": "mine"}
    fields = {**mine(race, weight_kg=["32"], disease_burden=["high"]), **_decided(conflict.text, chosen)}

    answer = crf_client.send(race.child.client, crf_client.action(conflict), fields)

    assert answer.status_code == 302
    assert stored(race) == {"disease_burden": "high", "marrow_blasts_percent": "14.00", "weight_kg": "32.00"}


def test_an_undecided_line_brings_the_choice_back(race: Race) -> None:
    conflict = crf_client.send(race.child.client, race.address, mine(race, weight_kg=["32"]))
    fields = {**mine(race, weight_kg=["32"]), **_decided(conflict.text, {"marrow_blasts_percent": "theirs"})}

    answer = crf_client.send(race.child.client, crf_client.action(conflict), fields)

    assert answer.status_code == 409
    assert "Choose one version in each line." in answer.text
    assert "Otto Second saved Baseline" in answer.text
    assert 'name="weight_kg" value="32"' in answer.text
    assert 'name="_take.marrow_blasts_percent" value="theirs" checked' in answer.text
    assert 'name="_take.weight_kg" value="mine">' in answer.text
    assert 'name="_take.weight_kg" value="theirs">' in answer.text


def test_a_merge_that_is_overtaken_too_is_shown_anew(race: Race) -> None:
    conflict = crf_client.send(race.child.client, race.address, mine(race, weight_kg=["32"]))
    chosen = {"marrow_blasts_percent": "theirs", "weight_kg": "mine"}
    again = {**BASE, "weight_kg": ["33"], "marrow_blasts_percent": ["14"]}
    crf_client.save(race.colleague, race.address, again)

    fields = {**mine(race, weight_kg=["32"]), **_decided(conflict.text, chosen)}
    answer = crf_client.send(race.child.client, crf_client.action(conflict), fields)

    assert answer.status_code == 409
    assert "33 kg" in answer.text
    assert stored(race)["weight_kg"] == "33.00"


def test_saving_what_is_stored_already_is_no_conflict(race: Race) -> None:
    same = mine(race, weight_kg=["31"], marrow_blasts_percent=["14"])

    assert crf_client.send(race.child.client, race.address, same).status_code == 302


def test_two_first_entries_of_a_form_that_does_not_repeat_are_merged(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    where, opened = crf_client.open_page(child.client, child.page("baseline"))
    crf_client.save(child.client, child.page("baseline"), BASE)

    answer = crf_client.send(child.client, where, {**opened, **BASE, "weight_kg": ["32"]})

    [record] = child.stored("baseline")
    assert answer.status_code == 409
    assert crf_client.action(answer) == child.page("baseline", record.key)


def begin(child: Child, typed: dict[str, list[str]]) -> str:
    """Begin a baseline, keep it as a draft; return the address that continues it."""
    where, opened = crf_client.open_page(child.client, child.page("baseline"))
    assert crf_client.send(child.client, where, {**opened, **typed, "_do": ["draft"]}).status_code == 302
    return f"{child.page('baseline')}?draft={opened['_key'][0]}"


def test_a_page_begun_before_a_colleague_saved_it_stands_beside_what_is_saved(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    colleague = sign_in(make_user(session, role="coordinator", site=session.get_one(Site, child.site_id), name="Otto"))
    begun = {**BASE, "weight_kg": ["32"], "prior_transplant": ["none"]}
    address = begin(child, begun)
    assert crf_client.save(colleague, child.page("baseline"), BASE).status_code == 302

    both = child.client.get(address)
    assert both.status_code == 200
    assert "Otto saved Baseline" in both.text
    for shown in ("32 kg", "30 kg"):
        assert shown in both.text
    assert 'name="_take.prior_transplant" value="mine"' in both.text
    stored_page = child.client.get(child.page("baseline", child.stored("baseline")[0].key)).text
    assert "You began this page on" in stored_page

    chosen = {"weight_kg": "mine", "prior_transplant": "mine"}
    fields = {**begun, "_reason": ["Chart read again"], **_decided(both.text, chosen)}
    assert crf_client.send(child.client, crf_client.action(both), fields).status_code == 302
    [record] = child.stored("baseline")
    assert (str(record.row["weight_kg"]), record.row["prior_transplant"]) == ("32.00", "none")
    assert "unsaved page" not in child.client.get(f"/subjects/{child.key}").text


def test_a_first_entry_that_met_another_is_no_draft_once_it_is_merged(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    where, opened = crf_client.open_page(child.client, child.page("baseline"))
    crf_client.save(child.client, child.page("baseline"), BASE)
    typed = {**BASE, "weight_kg": ["32"]}
    conflict = crf_client.send(child.client, where, {**opened, **typed})
    assert "unsaved page" in child.client.get(f"/subjects/{child.key}").text

    fields = {**typed, "_reason": ["Chart read again"], **_decided(conflict.text, {"weight_kg": "mine"})}
    assert crf_client.send(child.client, crf_client.action(conflict), fields).status_code == 302

    assert "unsaved page" not in child.client.get(f"/subjects/{child.key}").text


def test_a_page_begun_before_it_was_saved_with_the_same_answers_is_forgotten(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    colleague = sign_in(make_user(session, role="coordinator", site=session.get_one(Site, child.site_id)))
    address = begin(child, BASE)
    crf_client.save(colleague, child.page("baseline"), BASE)

    answer = child.client.get(address, follow_redirects=True)

    assert "What you had typed is saved already." in answer.text
    assert "unsaved page" not in child.client.get(f"/subjects/{child.key}").text


def test_differences_know_who_changed_what() -> None:
    form = CASEBOOK["baseline"]
    theirs = {"key": "1", "disease": "lymphoma", "disease_burden": "high", "refractory": True, "relapses": 2}
    my_row = {**theirs, "disease": "b_all", "disease_burden": "low", "refractory": False}
    since = [_entry({"disease": ("b_all", "lymphoma"), "refractory": (None, True)})]

    found = differences(form, my_row, theirs, since)

    assert [(d.name, d.mine, d.theirs, d.suggested) for d in found] == [
        ("disease", "b_all", "lymphoma", "theirs"),
        ("refractory", False, True, ""),
        ("disease_burden", "low", "high", "mine"),
    ]


def _entry(changes: dict[str, tuple[object, object]]) -> HistoryEntry:
    at = datetime(2026, 3, 5, 9, 0)
    return HistoryEntry(
        seq=1,
        at=at,
        actor="otto",
        actor_name="Otto",
        action="change",
        table="baseline",
        record_key="",
        changes=changes,
        state={},
        reason="",
        confirmed={},
    )


def _decided(page: str, chosen: dict[str, str]) -> dict[str, list[str]]:
    """Return the fields of the page of a conflict with a choice for some of its lines."""
    seen, opened = (page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("_seen", "_opened"))
    known = {"_seen": [seen], "_revision": [seen], "_opened": [opened]}
    return {**known, **{f"_take.{name}": [version] for name, version in chosen.items()}}


def test_a_page_begun_before_it_was_saved_with_other_answers_is_not_said_to_be_unsaved(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    begin(child, {**BASE, "weight_kg": ["32"]})
    unsaved = child.client.get(child.page("baseline")).text
    assert "and have not saved it." in unsaved and "is not part of it" not in unsaved

    saved = child.client.get(crf_client.save(child.client, child.page("baseline"), BASE).location).text

    assert "Baseline saved." in saved and "and have not saved it" not in saved
    assert "before it was saved otherwise: what you typed then is not part of it." in saved
