"""Data use agreements: what is recorded, what is refused, when one ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from entries import NOW
from export_requests import Requesting, an_agreement, an_order, log_of
from registry.access import NotAllowed
from registry.audit_verify import verify
from registry.database import db
from registry.release import agreements, requests
from registry.release.profiles import Profile
from study import Study


def test_an_agreement_on_record_says_who_signed_what_until_when(own_study: Study) -> None:
    agreement = an_agreement()
    assert agreements.list_agreements(db.session()) == [agreement]
    assert (agreement.parties, agreement.purpose, agreement.project, agreement.reference) == (
        "Synthetic University",
        "Dosing.",
        "dosing",
        "DUA-7",
    )
    found = agreements.in_force(db.session(), agreement.key, date(2026, 6, 1), project="Dosing")
    assert found is agreement, "the case of a project's name makes no other project"
    pasted = an_agreement(project="dos\u200bing")  # recorded before a form refused what nobody sees
    assert agreements.in_force(db.session(), pasted.key, date(2026, 6, 1), project="dosing") is pasted
    assert verify(db.session) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"parties": " "}, "Write who signed the agreement, for which project and what the data may be used for."),
        ({"purpose": ""}, "Write who signed the agreement, for which project and what the data may be used for."),
        ({"project": ""}, "Write who signed the agreement, for which project and what the data may be used for."),
        ({"signed_on": date(2026, 6, 2)}, "The agreement is signed on 2026-06-02, which is still to come."),
        ({"expires_on": date(2026, 1, 4)}, "The agreement expires on 2026-01-04, before it is signed on 2026-01-05."),
    ],
)
def test_an_agreement_that_says_too_little_is_refused(own_study: Study, given: dict[str, Any], said: str) -> None:
    with pytest.raises(NotAllowed, match=said):
        an_agreement(**given)
    assert agreements.list_agreements(db.session()) == []


def test_an_agreement_is_ended_once_and_with_a_reason(own_study: Study) -> None:
    agreement = an_agreement()
    with pytest.raises(NotAllowed, match="Say why the agreement ends"):
        agreements.end(db.session(), agreement, by=own_study.coordinator, at=NOW, reason=" ")
    agreements.end(db.session(), agreement, by=own_study.coordinator, at=NOW, reason="The study closed.")
    db.session.commit()
    assert log_of(agreement.key) == [("create", ""), ("change", "The study closed.")]
    with pytest.raises(NotAllowed, match="was ended on 2026-06-01"):
        agreements.in_force(db.session(), agreement.key, NOW.date(), project="dosing")
    with pytest.raises(NotAllowed, match="was ended on 2026-06-01 already"):
        agreements.end(db.session(), agreement, by=own_study.coordinator, at=NOW + timedelta(days=1), reason="Again.")
    assert verify(db.session) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE data_use_agreement SET expires_on = '2030-01-01'", "expires_on was changed outside the registry"),
        ("DELETE FROM data_use_agreement", "stands in the log, but the row is gone"),
        ("UPDATE export SET status = 'queued'", "status was changed outside the registry"),
        ("UPDATE export SET agreement_key = NULL", "agreement_key was changed outside the registry"),
        ("UPDATE export SET forms = '[]'", "forms was changed outside the registry"),
    ],
)
def test_what_somebody_changed_behind_the_registry_is_found(requesting: Requesting, statement: str, found: str) -> None:
    order = an_order(profile=Profile.LIMITED, agreement=an_agreement().key)
    if statement.startswith("UPDATE export"):
        requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    db.session.execute(text(statement))
    db.session.commit()
    assert any(found in problem for problem in verify(db.session))
