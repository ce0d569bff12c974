"""The days of the daily grid that Home names as empty, and where their link leads."""

import re
from datetime import date, datetime

from flask import current_app
from sqlalchemy import select

from entries import assessment, infusion, key, laboratory, save
from forms.values import PartialDate
from registry import subject_overview, waiting_work
from registry.database import db
from registry.models import Subject
from registry.views import home, subjects
from signing_in import signed_in_client


def test_recent_days_of_the_daily_grid_without_a_record_are_told(study, monkeypatch):
    def empty(at):
        child = select(Subject).where(Subject.id == study.subject.id)
        return [grid.days for grid in waiting_work.due_work(db.session(), child, at).grids]

    assert empty(datetime(2026, 3, 10, 12)) == []
    for day, graded in ((6, {"crs_grade": 1}), (8, {}), (9, {"crs_grade": 0})):
        row = assessment(study.infusion, assessed_at=datetime(2026, 3, day, 8), **graded)
        save(study.subject, study.coordinator, "assessment", row)
    assert empty(datetime(2026, 3, 10, 12)) == [(date(2026, 3, 7), date(2026, 3, 10))]
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion, sampled_at=datetime(2026, 3, 7, 6)))
    assert empty(datetime(2026, 3, 10, 12)) == [(date(2026, 3, 10),)]
    assert empty(datetime(2026, 3, 20, 12)) == [tuple(date(2026, 3, day) for day in range(10, 21))]
    [fortnight] = empty(datetime(2026, 4, 10, 12))
    assert (fortnight[0], len(fortnight)) == (date(2026, 3, 28), 14)
    child = select(Subject).where(Subject.id == study.subject.id)
    [grid] = waiting_work.due_work(db.session(), child, datetime(2026, 4, 10, 12)).grids
    assert grid.start == 14, "28 March is day 23: the second fortnight of the grid"
    assert empty(datetime(2026, 9, 1)) == []

    db.session.commit()
    monkeypatch.setattr(home, "utc_now", lambda: datetime(2026, 3, 14, 12))
    page = signed_in_client(current_app, study.coordinator).get("/").text
    assert "1 child has empty days in the last 14" in page
    assert "and 2 more days" in page
    address = f"/subjects/{study.subject.key}/grid?start=0#day-5"
    assert f'href="{address}" aria-label="Fill the daily grid of {study.subject.code}"' in page


def test_a_day_on_which_the_grid_holds_a_record_of_another_infusion_is_not_empty(study):
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    second = infusion(infused_on=date(2026, 3, 13))
    save(study.subject, study.coordinator, "infusion", second)
    for day in range(8, 15):
        of = study.infusion if day < 13 else second["key"]
        row = assessment(of, assessed_at=datetime(2026, 3, day, 8), crs_grade=0)
        save(study.subject, study.coordinator, "assessment", row)

    at = datetime(2026, 3, 15, 12)
    child = select(Subject).where(Subject.id == study.subject.id)
    assert [grid.days for grid in waiting_work.due_work(db.session(), child, at).grids] == [(date(2026, 3, 15),)]
    view = subject_overview.overview(db.session(), study.subject, study.coordinator, at)
    assert (view.grid_days, view.grid_days_empty) == (9, 1)


def test_the_page_of_the_child_names_the_empty_days(study, monkeypatch):
    for day, graded in ((6, {"crs_grade": 1}), (8, {}), (9, {"crs_grade": 0})):
        row = assessment(study.infusion, assessed_at=datetime(2026, 3, day, 8), **graded)
        save(study.subject, study.coordinator, "assessment", row)
    episode = {"key": key(), "infusion": study.infusion, "toxicity": "crs", "onset_on": PartialDate("2026-03-06")}
    save(study.subject, study.coordinator, "toxicity_episode", episode)
    save(study.subject, study.coordinator, "baseline", {"key": key(), "assessed_on": date(2026, 3, 1)})
    db.session.commit()
    client = signed_in_client(current_app, study.coordinator)

    def told(at):
        monkeypatch.setattr(subjects, "utc_now", lambda: at)
        page = client.get(f"/subjects/{study.subject.key}").text
        assert page.count(f'href="/subjects/{study.subject.key}/grid?start=0#day-2"') == 2, "7 March is day 2"
        return " ".join(re.sub("<[^>]*>", "", re.search("<p>Next: .*?</p>", page, re.DOTALL)[0]).split())

    assert told(datetime(2026, 3, 9, 12)) == "Next: the daily grid has no record of 2026-03-07."
    assert told(datetime(2026, 3, 12, 12)) == (
        "Next: the daily grid has no record of 2026-03-07, 2026-03-10, 2026-03-11 and 1 more day."
    )
