"""A second person agrees to what tells of single children: a privacy officer, never who asked, always with a reason."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entries import NOW
from export_requests import Requesting, an_agreement, an_order, log_of, statuses_of, the_export
from registry import audit
from registry.access import NotAllowed
from registry.audit_verify import verify
from registry.database import db
from registry.models import RoleGrant, User
from registry.release import agreements, requests, runs
from registry.release.models import Export
from registry.release.profiles import Profile

WHY = "The committee agreed."
LATER = NOW + timedelta(hours=2)


def asked(requesting: Requesting, *, by: User | None = None, **given: Any) -> Export:
    order = an_order(**{"profile": Profile.IDENTIFIED, **given})
    return requests.place(db.session(), order, requesting.cut, by=by or requesting.manager, at=NOW)


def test_identified_data_of_the_whole_study_wait_and_are_not_started(requesting: Requesting) -> None:
    export = asked(requesting)
    runs.look(db.session(), LATER)
    assert the_export().status == "waiting"
    assert not Path(export.folder).exists()


@pytest.mark.parametrize("site", [None, "TST"])
def test_a_data_manager_always_needs_a_second_person(requesting: Requesting, site: str | None) -> None:
    assert asked(requesting, site=site).status == "waiting"


def test_a_coordinator_needs_nobody_for_the_own_site(requesting: Requesting) -> None:
    export = asked(requesting, by=requesting.coordinator, site="TST")
    assert (export.status, export.site_id) == ("queued", requesting.study.site.id)


def test_a_limited_data_set_of_the_own_site_needs_an_agreement_and_a_second_person(requesting: Requesting) -> None:
    key = an_agreement().key
    export = asked(requesting, by=requesting.coordinator, site="TST", profile=Profile.LIMITED, agreement=key)
    assert export.status == "waiting"


def test_an_approved_export_is_queued_with_who_decided_and_why(requesting: Requesting) -> None:
    export = asked(requesting)
    requests.approve(db.session(), export, by=requesting.officer, at=LATER, reason=WHY)
    export = the_export()
    assert (export.status, export.decided_by_id, export.decided_at, export.decision_reason) == (
        "queued",
        requesting.officer.id,
        LATER,
        WHY,
    )
    assert log_of(export.key) == [("create", ""), ("change", WHY)]
    assert verify(db.session) == []


def test_a_declined_export_is_refused_with_the_reason(requesting: Requesting) -> None:
    export = asked(requesting)
    requests.decline(db.session(), export, by=requesting.officer, at=LATER, reason="No need for dates.")
    export = the_export()
    assert (export.status, export.message) == ("refused", "The privacy officer declined: No need for dates.")
    with pytest.raises(NotAllowed, match="not waiting for a decision any more"):
        requests.approve(db.session(), export, by=requesting.officer, at=LATER, reason=WHY)
    assert statuses_of(export.key) == ["waiting", "refused"]
    assert verify(db.session) == []


def test_a_request_that_waits_is_taken_back_by_who_asked_and_decided_on_no_more(requesting: Requesting) -> None:
    export = asked(requesting)
    with pytest.raises(NotAllowed, match="Only who asked for an export takes the request back"):
        requests.take_back(db.session(), export, by=requesting.officer, at=LATER, reason="")
    requests.take_back(db.session(), export, by=requesting.manager, at=LATER, reason=" The wrong project. ")
    export = the_export()
    assert (export.status, export.finished_at, export.decided_by_id) == ("taken_back", LATER, None)
    for decide in (requests.approve, requests.decline):
        with pytest.raises(NotAllowed, match="not waiting for a decision any more"):
            decide(db.session(), export, by=requesting.officer, at=LATER, reason=WHY)
    with pytest.raises(NotAllowed, match="it was never allowed to be written"):
        requests.write_again(db.session(), export, by=requesting.manager, at=LATER)
    assert statuses_of(export.key) == ["waiting", "taken_back"]
    assert ("change", "The wrong project.") in log_of(export.key)
    assert verify(db.session) == []


def test_what_was_decided_is_not_taken_back(requesting: Requesting) -> None:
    export = asked(requesting)
    requests.approve(db.session(), export, by=requesting.officer, at=LATER, reason=WHY)
    with pytest.raises(NotAllowed, match="not waiting for a decision any more"):
        requests.take_back(db.session(), export, by=requesting.manager, at=LATER, reason="")
    assert the_export().status == "queued"


NOT_THEIRS: list[tuple[str, str, str]] = [
    ("manager", WHY, "Only a privacy officer approves or declines an export."),
    ("coordinator", WHY, "Only a privacy officer approves or declines an export."),
    ("officer", " ", "Say why: the reason stands in the log beside the decision."),
]


def test_a_decision_that_is_nobodys_right_changes_nothing_and_is_logged(requesting: Requesting) -> None:
    export = asked(requesting)
    for decide in (requests.approve, requests.decline):
        for who, reason, said in NOT_THEIRS:
            with pytest.raises(NotAllowed, match=said):
                decide(db.session(), export, by=getattr(requesting, who), at=LATER, reason=reason)
            assert (the_export().status, log_of(export.key)[-1]) == ("waiting", ("refusal", said))
    assert len(log_of(export.key)) == 1 + 6
    assert verify(db.session) == []


def test_nobody_approves_their_own_request_with_a_second_role(requesting: Requesting) -> None:
    grant = RoleGrant(user_id=requesting.manager.id, role="privacy_officer", began_at=NOW)
    audit.write_row(db.session, grant, by=None, at=NOW)
    db.session.commit()
    export = asked(requesting)
    said = "Nobody decides on their own request. Another privacy officer has to look at it."
    with pytest.raises(NotAllowed, match=said):
        requests.approve(db.session(), export, by=requesting.manager, at=LATER, reason=WHY)
    assert log_of(export.key)[-1] == ("refusal", said)
    requests.approve(db.session(), export, by=requesting.officer, at=LATER, reason=WHY)
    assert the_export().status == "queued"


def test_an_agreement_that_expired_while_a_request_waited_stops_the_approval(requesting: Requesting) -> None:
    agreement = an_agreement(expires_on=NOW.date())
    export = asked(requesting, profile=Profile.LIMITED, agreement=agreement.key)
    with pytest.raises(NotAllowed, match="expired on 2026-06-01"):
        requests.approve(db.session(), export, by=requesting.officer, at=NOW + timedelta(days=1), reason=WHY)
    assert (the_export().status, log_of(export.key)[-1][0]) == ("waiting", "refusal")


def test_an_agreement_that_was_ended_stops_the_approval(requesting: Requesting) -> None:
    agreement = an_agreement()
    export = asked(requesting, profile=Profile.LIMITED, agreement=agreement.key)
    agreements.end(db.session(), agreement, by=requesting.officer, at=LATER, reason="The recipient left.")
    with pytest.raises(NotAllowed, match="was ended on 2026-06-01"):
        requests.approve(db.session(), export, by=requesting.officer, at=LATER, reason=WHY)
    assert verify(db.session) == []
