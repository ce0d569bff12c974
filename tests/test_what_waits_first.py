"""In which order Home names the forms that are due, and what tells them apart."""

from datetime import date, datetime

import pytest
from flask import current_app
from sqlalchemy import select

from entries import infusion, save
from registry import waiting_work
from registry.database import db
from registry.models import Subject
from signing_in import signed_in_client
from study import Study

JUNE = datetime(2026, 6, 3, 12)


def due(study: Study, at: datetime) -> list[tuple[str, str, date]]:
    """Return form, state and the day that decides the order of what Home shows of a child."""
    child = select(Subject).where(Subject.id == study.subject.id)
    return [
        (entry.page.form, entry.page.status.value, entry.page.due_on if entry.is_overdue else entry.page.closes_on)
        for entry in waiting_work.due_work(db.session(), child, at).shown
    ]


def test_what_can_still_be_filled_in_time_comes_first_and_what_closes_next_before_it(study: Study) -> None:
    save(study.subject, study.coordinator, "infusion", infusion(infused_on=date(2026, 5, 4)))
    assert due(study, JUNE) == [
        ("response", "due", date(2026, 6, 15)),
        ("follow_up", "due", date(2026, 7, 3)),
        ("baseline", "overdue", date(2026, 3, 8)),
        ("response", "overdue", date(2026, 4, 2)),
    ]


@pytest.mark.parametrize(("lines", "expected"), [(3, ["due", "due", "overdue"]), (1, ["overdue"])])
def test_overdue_forms_keep_a_line_however_many_can_still_be_filled_in_time(
    study: Study, monkeypatch: pytest.MonkeyPatch, lines: int, expected: list[str]
) -> None:
    save(study.subject, study.coordinator, "infusion", infusion(infused_on=date(2026, 5, 4)))
    monkeypatch.setattr(waiting_work, "SHOWN", lines)
    monkeypatch.setattr(waiting_work, "LATE_SHOWN", 1)
    assert [state for _, state, _ in due(study, JUNE)] == expected


def test_a_due_form_names_its_infusion_where_the_child_had_several(study):
    def due():
        child = select(Subject).where(Subject.id == study.subject.id)
        pages = waiting_work.due_work(db.session(), child, datetime(2026, 9, 1)).shown
        return {entry.after for entry in pages if entry.page.form == "response"}

    assert due() == {None}
    save(study.subject, study.coordinator, "infusion", infusion(infused_on=date(2026, 5, 4)))
    assert due() == {date(2026, 3, 5), date(2026, 5, 4)}
    db.session.commit()
    page = signed_in_client(current_app, study.coordinator).get("/").text
    assert "after the infusion of 2026-05-04</span>" in page
