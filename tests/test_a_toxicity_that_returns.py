"""A toxicity that comes back after its episode resolved: the page of the child asks for its second episode."""

import re
from datetime import date, datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from children import Child, make_child
from entries import assessment, key, save
from forms.values import PartialDate
from registry.database import db
from registry.models import Subject, User
from registry.stored_records import read_records
from signing_in import SignIn


def test_the_page_of_a_child_asks_for_the_episode_that_returned_until_it_is_there(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    with app.app_context():
        subject, by = _resolved_and_graded_again(child)
        asked = _words(child.client.get(f"/subjects/{child.key}").text)
        signs = assessment(child.links["infusion"], assessed_at=datetime(2026, 3, 8, 8, 0), icans_grade=1)
        save(subject, by, "assessment", signs)
        beside_another = _words(child.client.get(f"/subjects/{child.key}").text)
        again = {"infusion": child.links["infusion"], "toxicity": "crs", "onset_on": PartialDate("2026-03-16")}
        save(subject, by, "toxicity_episode", {**again, "key": key()})
        after = _words(child.client.get(f"/subjects/{child.key}").text)

    title = "Toxicity episode: Cytokine release syndrome (CRS), again from 2026-03-16 on"
    assert f"Next: {title}, due 2026-03-19 overdue" in asked
    assert "(CRS), 2026-03-06 resolved more than 48 hours before. If that was a flare while a drug" in asked
    assert "Next: Toxicity episode: Neurotoxicity (ICANS)" in beside_another
    assert [page.count("If that was a flare while a drug") for page in (asked, beside_another)] == [1, 1]
    assert "again from" not in after


def test_signs_put_down_to_an_infection_ask_for_no_second_episode(
    app: Flask, session: Session, sign_in: SignIn
) -> None:
    child = make_child(app, session, sign_in)
    with app.app_context():
        _resolved_and_graded_again(child, late_attribution="infection")

    assert "again from" not in _words(child.client.get(f"/subjects/{child.key}").text)


def _resolved_and_graded_again(child: Child, **signs: Any) -> tuple[Subject, User]:
    """Store that the CRS of a child resolved on 2026-03-09 and was graded 2 a week later; return child and author."""
    subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
    first = read_records(db.session, ["toxicity_episode"], [subject.id])["toxicity_episode"][0]
    save(subject, by, "baseline", {"key": key(), "assessed_on": date(2026, 3, 1)})
    resolved = {**first.row, "resolved_on": PartialDate("2026-03-09"), "outcome": "resolved", "key": first.key}
    save(subject, by, "toxicity_episode", resolved, revision=1, reason="The chart tells")
    again = assessment(child.links["infusion"], assessed_at=datetime(2026, 3, 16, 8, 0), crs_grade=2, **signs)
    save(subject, by, "assessment", again)
    return subject, by


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", page).split())
