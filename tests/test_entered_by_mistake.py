"""A child entered by mistake: its enrolment is voided last, it leaves lists, cuts and exports, and comes back."""

import html
import uuid
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from children import Child, make_child
from entries import infusion, key, save, stored
from factories import make_site, make_user
from forms.casebook import CASEBOOK
from registry import records
from registry.audit_verify import verify
from registry.database import db, utc_now
from registry.models import Site
from registry.monitoring import site_figures
from registry.release.cuts import take_cut
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.selecting import MISTAKEN_SINCE, select_children
from registry.saving.outcomes import EnteredByMistake, StillHasRecords
from registry.site_state import list_sites
from signing_in import SignIn
from study import Study

MISTAKE = "Enrolled twice."


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child with records of which the coordinator is signed in."""
    return make_child(app, session, sign_in)


def move(study: Study, form: str, record_key: str, how: str = "void") -> None:
    """Void a record as it stands, or take that back, and commit."""
    revision = next(record.revision for record in stored(study.subject, form) if record.key == record_key)
    args = (db.session(), study.subject, CASEBOOK[form], record_key)
    at = utc_now()
    getattr(records, how)(*args, revision=revision, by=study.coordinator, at=at, reason=MISTAKE)
    db.session.commit()


def make_mistaken(study: Study) -> str:
    """Void the infusion of the child and then its enrolment; return the enrolment's key."""
    move(study, "infusion", study.infusion)
    (enrolled,) = stored(study.subject, "enrolment")
    move(study, "enrolment", enrolled.key)
    return enrolled.key


def test_an_enrolment_is_voided_last(study: Study) -> None:
    (enrolled,) = stored(study.subject, "enrolment")
    with pytest.raises(StillHasRecords, match="still has 1 other record"):
        move(study, "enrolment", enrolled.key)
    db.session.rollback()
    assert make_mistaken(study) == enrolled.key
    assert stored(study.subject, "enrolment")[0].voided_at is not None


def test_nothing_is_recorded_of_a_child_entered_by_mistake_until_the_enrolment_comes_back(study: Study) -> None:
    enrolled = make_mistaken(study)
    for form, row in (("infusion", infusion()), ("enrolment", {"key": key()})):
        with pytest.raises(EnteredByMistake):
            save(study.subject, study.coordinator, form, row)
        db.session.rollback()
    with pytest.raises(EnteredByMistake):
        move(study, "infusion", study.infusion, "restore")
    db.session.rollback()

    move(study, "enrolment", enrolled, "restore")
    move(study, "infusion", study.infusion, "restore")

    assert [record.voided_at for record in stored(study.subject, "infusion")] == [None]


def test_a_voiding_sets_no_withdrawal_that_an_earlier_version_did_not_date(study: Study) -> None:
    (enrolled,) = stored(study.subject, "enrolment")
    save(study.subject, study.coordinator, "enrolment", {**enrolled.row, "withdrawn": True}, revision=1)
    study.subject.withdrawn_on = None
    db.session.commit()

    make_mistaken(study)
    move(study, "enrolment", enrolled.key, "restore")

    assert (study.subject.withdrawn_on, stored(study.subject, "enrolment")[0].voided_at) == (None, None)


def test_a_child_entered_by_mistake_is_in_no_count_and_no_cut(own_study: Study, tmp_path: Path) -> None:
    before = take_cut(db.session(), tmp_path / "before", by=None)
    db.session.commit()
    enrolled = make_mistaken(own_study)

    now, site = utc_now(), db.session.get_one(Site, own_study.site.id)
    assert list_sites(db.session(), [site], now)[0].subjects == 0
    assert site_figures.figures(db.session(), [site], now)[0].subjects == 0
    assert take_cut(db.session(), tmp_path / "after", by=None).subjects == 0
    db.session.commit()
    assert verify(db.session()) == []
    order = Order(profile=Profile.IDENTIFIED, purpose="To see who goes out.", project="who-goes-out")
    selected = select_children(db.session(), before, order)
    assert (dict(selected.children), selected.excluded[MISTAKEN_SINCE]) == ({}, 1)

    move(own_study, "enrolment", enrolled, "restore")

    assert take_cut(db.session(), tmp_path / "again", by=None).subjects == 1
    db.session.commit()
    assert verify(db.session()) == []


def void_all(child: Child) -> None:
    """Void what the child has through the pages, the enrolment last."""
    forms = ("infection", "anakinra_course", "toxicity_episode", "infusion", "enrolment")
    for form in forms:
        [record] = child.stored(form)
        posted = {"_revision": str(record.revision), "_reason": MISTAKE}
        assert child.client.post(child.page(form, f"{record.key}/void"), data=posted).status_code == 302


def test_the_page_names_what_has_to_go_first_and_asks_for_no_reason(child: Child) -> None:
    [enrolled] = child.stored("enrolment")
    address = child.page("enrolment", f"{enrolled.key}/void")

    page = child.client.get(address).text
    posted = child.client.post(address, data={"_revision": "1", "_reason": MISTAKE})

    assert ("Infusion: 1 record" in page, 'name="_reason"' in page) == (True, False)
    assert (posted.status_code, "This child still has 4 other records." in posted.text) == (422, True)


def test_the_child_leaves_the_lists_and_stands_under_its_filter(child: Child) -> None:
    void_all(child)

    listed = child.client.get("/subjects").text
    filtered = child.client.get("/subjects?status=mistaken").text
    own = html.unescape(child.client.get(f"/subjects/{child.key}").text)
    found = child.client.post("/subjects/find", data={"code": child.code})

    assert (child.code in listed, child.code in filtered, "Entered by mistake</td>" in filtered) == (False, True, True)
    assert "1 of 1 child," in filtered
    assert "This child was entered by mistake." in own
    assert ">Add</a>" not in own
    assert child.code not in child.client.get("/").text
    assert found.location == f"/subjects/{child.key}"


def test_what_was_begun_of_the_child_leaves_the_first_page_as_well(child: Child) -> None:
    begun = f"/drafts/{child.key}/infusion/{uuid.uuid4()}"
    child.client.post(begun, data={"_revision": "0", "infused_on": "2026-03-05"})
    assert child.code in child.client.get("/").text

    void_all(child)

    assert child.code not in child.client.get("/").text


def test_the_enrolment_comes_back_on_its_page(child: Child) -> None:
    [enrolled] = child.stored("enrolment")
    void_all(child)
    address = child.page("enrolment", enrolled.key)
    assert "Take the voiding back" in child.client.get(address).text

    posted = {"_revision": str(enrolled.revision + 1), "_reason": "It was another child."}
    assert child.client.post(f"{address}/restore", data=posted).status_code == 302

    assert child.code in child.client.get("/subjects").text
    assert child.client.get("/subjects?status=mistaken").text.count(child.code) == 0


def test_only_who_voids_at_the_site_voids_an_enrolment(child: Child, session: Session, sign_in: SignIn) -> None:
    [enrolled] = child.stored("enrolment")
    address = child.page("enrolment", f"{enrolled.key}/void")
    stranger = sign_in(make_user(session, role="coordinator", site=make_site(session)))
    assert stranger.get(address).status_code == 404
    reader = sign_in(make_user(session, role="data_manager"))
    assert reader.get(address).status_code == 403
    assert child.client.get(child.page("enrolment", f"{uuid.uuid4()}/void")).status_code == 404
