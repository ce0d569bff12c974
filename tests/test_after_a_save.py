"""After a form is saved on its page: what is said, and where it leads next."""

import re
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import crf_client
import entries
from children import Child, make_child
from forms.schedule import DueForm, Status
from forms.toxicity_days import Path
from registry.database import db
from registry.due import asked_first, first_to_fill
from registry.models import Subject, User
from signing_in import SignIn

BASELINE = {"assessed_on": ["2026-02-26"], "disease": ["b_all"], "marrow_blasts_percent": ["12.5"]}


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def test_save_and_next_form_opens_the_next_expected_form(child: Child) -> None:
    answer = crf_client.save(child.client, child.page("baseline"), {**BASELINE, "_do": ["next"]})

    # Day 28 is months past, and so is the first day of a grid that holds no record yet: the course is entered late.
    assert answer.location == f"/subjects/{child.key}/grid?start=0#day-1"
    [record] = child.stored("baseline")
    back = f'<a href="{child.page("baseline", record.key)}">Baseline</a>:'
    assert f'{back}<div class="message-line">Still to answer: ' in child.client.get(answer.location).text


@pytest.mark.parametrize(
    ("now", "grades", "leads_to"),
    [
        # Day 28 is due; so is what was never filled, first another toxicity, then recent days of the grid.
        (datetime(2026, 4, 3), {"crs_grade": 1}, "grid?start=14#day-16"),
        (datetime(2026, 4, 3), {"icans_grade": 1}, "toxicity_episode/new?toxicity=icans&about={infusion}"),
        # Days long past, which Home no longer tells, are not asked for here.
        (datetime(2026, 6, 1), {"crs_grade": 1}, "response/new?about={infusion}"),
    ],
)
def test_what_sums_a_course_up_comes_after_what_happened_in_it(
    child: Child, monkeypatch: pytest.MonkeyPatch, now: datetime, grades: dict[str, int], leads_to: str
) -> None:
    monkeypatch.setattr("registry.views.records.utc_now", lambda: now)
    monkeypatch.setattr("registry.views.subjects.utc_now", lambda: now)
    with child.app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        for day in (6, 7):
            row = entries.assessment(child.links["infusion"], assessed_at=datetime(2026, 3, day, 8), **grades)
            entries.save(subject, by, "assessment", row, at=now)
    crf_client.save(child.client, child.page("baseline"), BASELINE)

    typed = {"toxicity": ["crs"], "onset_on": ["2026-03-06"], "peak_grade": ["1"], "_do": ["next"]}
    answer = crf_client.save(child.client, child.page("toxicity_episode"), typed)

    address = f"/subjects/{child.key}/{leads_to.format(**child.links)}"
    assert answer.location == address
    # The page of the child names as next what a save leads to.
    [button] = re.findall('<a class="btn btn-primary" href="(.*?)"', child.client.get(f"/subjects/{child.key}").text)
    assert unescape(button) == address


@pytest.mark.parametrize("after", ["", "baseline", "follow_up", "enrolment"])
def test_who_came_of_age_consents_after_all_else_was_filled(after: str) -> None:
    day = date(2026, 4, 3)
    pages = [_due(form, day) for form in ("enrolment", "response")]
    assert first_to_fill(pages, (), after=after) == pages[1]
    alone = None if after == "enrolment" else pages[0]
    assert first_to_fill(pages[:1], (), after=after) == alone


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        # A course that is entered long afterwards begins with its first day; a hole in a grid of then is not asked for.
        ((), (date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9))),
        ((date(2026, 3, 8),), ()),
    ],
)
def test_a_grid_without_any_record_is_asked_for_however_long_ago_its_days_were(
    recorded: tuple[date, ...], asked: tuple[date, ...]
) -> None:
    days = [date(2026, 3, day) for day in (7, 8, 9)]
    pages = [_due("assessment", day, anchor="first") for day in days] + [_due("response", date(2026, 4, 2))]
    recent = _due("assessment", date(2026, 6, 1), anchor="second")
    empty = [day for day in days if day not in recorded]

    assert asked_first(pages, empty, today=date(2026, 6, 2)) == asked
    both = [*pages, recent, _due("assessment", date(2026, 5, 1), anchor="second")]
    assert asked_first(both, [*empty, recent.due_on], today=date(2026, 6, 2)) == (*asked, recent.due_on)


def _due(form: str, day: date, anchor: str | None = None) -> DueForm:
    days = {"due_on": day, "opens_on": day, "closes_on": day}
    return DueForm(form=form, label=form, status=Status.DUE, path=Path.EXTENDED, anchor_record=anchor, **days)


@pytest.mark.parametrize(
    # Before the toxicity nothing of the grid is expected; its days of three months ago are not asked for, and empty.
    ("now", "of_the_grid"),
    [(datetime(2026, 3, 1), ""), (datetime(2026, 6, 1), " The daily grid has days without a record.")],
)
def test_what_was_saved_and_that_nothing_else_is_due_is_one_message(
    child: Child, monkeypatch: pytest.MonkeyPatch, now: datetime, of_the_grid: str
) -> None:
    monkeypatch.setattr("registry.views.records.next_page", lambda *asked: None)
    monkeypatch.setattr("registry.views.records.utc_now", lambda: now)

    answer = crf_client.save(child.client, child.page("baseline"), {**BASELINE, "_do": ["next"]})

    assert answer.location == f"/subjects/{child.key}"
    told = f"Baseline saved. No other form is due now.{of_the_grid}<"
    assert told in child.client.get(answer.location).text


ALL_ANSWERED = {
    "agent": ["plasma_exchange"],
    "purpose": ["other"],
    "started_at": ["2026-03-08"],
    "ongoing": ["yes"],
    "shortage": ["no"],
}


def test_a_save_of_all_that_is_needed_says_how_to_mark_it_complete(child: Child) -> None:
    here = crf_client.save(child.client, child.page("concomitant_agent"), ALL_ANSWERED).location
    told = "Concomitant agent saved. Every answer that is needed is there: tick “This form is complete” and save"
    assert told in child.client.get(here).text

    onwards = crf_client.save(child.client, child.page("concomitant_agent"), {**ALL_ANSWERED, "_do": ["next"]}).location
    newest = child.stored("concomitant_agent")[-1].key
    mark = f'<a href="{child.page("concomitant_agent", newest)}">mark it complete</a>'
    assert f"Every answer that is needed is there: {mark}" in child.client.get(onwards).text


@pytest.mark.parametrize(
    # Marked already; an answer is missing; a data query opens, since a treatment names its episode.
    "typed",
    [{"_complete": ["yes"]}, {"shortage": []}, {"purpose": ["treatment"]}],
)
def test_a_save_that_is_marked_or_leaves_something_to_be_done_asks_for_no_mark(
    child: Child, typed: dict[str, Any]
) -> None:
    here = crf_client.save(child.client, child.page("concomitant_agent"), {**ALL_ANSWERED, **typed}).location
    page = child.client.get(here).text
    assert "Concomitant agent saved." in page
    assert "Every answer that is needed is there" not in page


@pytest.mark.parametrize("button", ["save", "next"])
def test_a_save_of_a_form_that_repeats_leads_to_the_next_page_of_it(child: Child, button: str) -> None:
    saved = crf_client.save(child.client, child.page("concomitant_agent"), {**ALL_ANSWERED, "_do": [button]})
    another = f'<a href="{child.page("concomitant_agent")}">Add another</a>'
    assert another in child.client.get(saved.location).text
    for form, day in (("baseline", {"assessed_on": ["2026-03-02"]}), ("infusion", {"infused_on": ["2026-04-20"]})):
        once = crf_client.save(child.client, child.page(form), {**day, "_do": [button]})
        assert "Add another" not in child.client.get(once.location).text


def test_the_first_order_and_another_are_of_the_course_just_saved(child: Child) -> None:
    course = {"infusion": [child.links["infusion"]], "given": ["yes"], "started_at": ["2026-03-20 08:00"]}
    begun = crf_client.save(child.client, child.page("anakinra_course"), course).location
    newest = child.stored("anakinra_course")[-1].key
    first = f'<a href="{child.page("anakinra_regimen")}?about={newest}">Add its first order</a>'
    assert first in child.client.get(begun).text
    onwards = crf_client.save(child.client, begun, {**course, "_revision": ["1"], "_do": ["next"]}).location
    assert onwards.startswith(child.page("anakinra_regimen")) and "Add its" not in child.client.get(onwards).text
    order = {"course": [newest], "from_at": ["2026-03-20 08:00"]}
    saved = crf_client.save(child.client, child.page("anakinra_regimen"), order)
    another = f"{child.page('anakinra_regimen')}?about={newest}"
    assert f'<a href="{another}">Add another</a>' in child.client.get(saved.location).text
    assert f'<option value="{newest}" selected>' in child.client.get(another).text


@pytest.mark.parametrize("button", ["save", "next"])
def test_an_order_that_ended_before_its_course_leads_to_the_next_one(child: Child, button: str) -> None:
    days = {"given": ["yes"], "started_at": ["2026-03-20 08:00"], "stopped_at": ["2026-03-25 08:00"]}
    crf_client.save(child.client, child.page("anakinra_course"), {"infusion": [child.links["infusion"]], **days})
    course = child.stored("anakinra_course")[-1].key
    new, following = child.page("anakinra_regimen"), f"{child.page('anakinra_regimen')}?about={course}"
    first = {"course": [course], "from_at": ["2026-03-20 08:00"], "until_at": ["2026-03-23 20:00"], "_do": [button]}

    saved = crf_client.save(child.client, new, first)
    way = f'The course went on: <a href="{following}">add its next order</a>.'
    assert (saved.location == following) is (button == "next")
    assert ("The course went on: this is its next order." if button == "next" else way) in _said(child, saved)

    last = {**first, "from_at": ["2026-03-24 08:00"], "until_at": ["2026-03-25 08:00"]}
    saved = crf_client.save(child.client, new, last)
    assert saved.location != following and "The course went on" not in _said(child, saved)


def _said(child: Child, saved: Any) -> str:
    return child.client.get(saved.location).text


def test_an_infusion_without_an_episode_leads_to_one_since_nothing_asks_for_it(child: Child) -> None:
    new = crf_client.save(child.client, child.page("infusion"), {"infused_on": ["2026-05-04"]})
    key = new.location.rpartition("/")[2]
    way = f'Toxicity? <a href="{child.page("toxicity_episode")}?about={key}">Add an episode</a>.'
    assert way in child.client.get(new.location).text

    typed = {"infused_on": ["2026-03-05"], "product": ["tisagenlecleucel"], "_reason": ["misread"]}
    with_episode = crf_client.save(child.client, child.page("infusion", child.links["infusion"]), typed)
    assert "Toxicity? " not in child.client.get(with_episode.location).text
