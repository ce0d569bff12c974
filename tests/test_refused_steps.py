"""A step that is refused again and again: the log says so, and is not filled with it."""

from datetime import datetime, timedelta

import pytest

from entries import NOW
from export_requests import Requesting, log_of, placed
from registry.access import NotAllowed
from registry.audit_verify import verify
from registry.database import db
from registry.models import User
from registry.release import export_rows, requests
from registry.release.models import Export

MINUTE = timedelta(minutes=1)
APPROVES = ("refusal", "Only a privacy officer approves or declines an export.")
DELETES = ("refusal", "This export has no files to delete.")


def approve(export: Export, by: User, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        requests.approve(db.session(), export, by=by, at=at, reason="Because.")


def delete(export: Export, by: User, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        requests.delete_files(db.session(), export, by=by, at=at, reason="Because.")


def refusals(export: Export) -> list[tuple[str, str]]:
    return [entry for entry in log_of(export.key) if entry[0] == "refusal"]


def test_the_same_refusal_is_entered_three_times_in_ten_minutes(requesting: Requesting) -> None:
    export, by = placed(requesting), requesting.coordinator
    for minutes in (0, 0, 1, 1, 9):
        approve(export, by, NOW + minutes * MINUTE)
    assert refusals(export) == [APPROVES] * 3
    for _ in range(3):
        approve(export, by, NOW + 10 * MINUTE)
    assert refusals(export) == [APPROVES] * 5
    assert verify(db.session) == []


def test_another_person_another_export_and_another_reason_are_entered_at_once(requesting: Requesting) -> None:
    first, second = placed(requesting), placed(requesting)
    for export in (first, second):
        for _ in range(4):
            approve(export, requesting.coordinator, NOW)
        delete(export, requesting.coordinator, NOW)
        approve(export, requesting.analyst, NOW)
    assert refusals(first) == refusals(second) == [*[APPROVES] * 3, DELETES, APPROVES]


def test_who_was_refused_very_often_within_a_day_is_entered_once_in_ten_minutes_whatever_it_is(
    requesting: Requesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "MOST_REFUSED", 2)
    first, second = placed(requesting), placed(requesting)
    for export in (first, second):
        approve(export, requesting.coordinator, NOW)
    delete(first, requesting.coordinator, NOW + 9 * MINUTE)
    assert refusals(first) == [APPROVES]
    delete(first, requesting.coordinator, NOW + 10 * MINUTE)
    delete(second, requesting.coordinator, NOW + 11 * MINUTE)
    assert (refusals(first), refusals(second)) == ([APPROVES, DELETES], [APPROVES])
    delete(second, requesting.coordinator, NOW + timedelta(days=1, minutes=10))
    delete(first, requesting.coordinator, NOW + timedelta(days=1, minutes=11))
    assert (refusals(first), refusals(second)) == ([APPROVES, DELETES, DELETES], [APPROVES, DELETES])
