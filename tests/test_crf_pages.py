"""Saving a form on its page: what is refused, asked, cleared, explained, and that nothing typed is lost."""

import re
import uuid
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import crf_client
from children import Child, make_child
from factories import make_site, make_user
from registry.models import DataQuery, ReferenceRange
from signing_in import SignIn

BASELINE = {"assessed_on": ["2026-02-26"], "disease": ["b_all"], "marrow_blasts_percent": ["12.5"]}


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def test_a_saved_form_is_stored_and_its_page_comes_back_with_the_answers(child: Child) -> None:
    answer = crf_client.save(child.client, child.page("baseline"), BASELINE)

    [record] = child.stored("baseline")
    assert answer.status_code == 302
    assert answer.location == child.page("baseline", record.key)
    assert record.row["marrow_blasts_percent"] == Decimal("12.50")
    assert record.completed_at is None
    page = child.client.get(answer.location)
    assert "Baseline saved." in page.text
    assert 'value="12.5"' in page.text
    assert "Still to answer: Disease burden before lymphodepletion" in page.text


def test_a_date_that_may_be_cut_off_says_where(child: Child) -> None:
    for form, item, words in (
        ("toxicity_episode", "onset_on", "or month"),
        ("concomitant_agent", "started_at", "or day"),
    ):
        page = child.client.get(child.page(form)).text
        field = page.partition(f'id="item-{item}"')[2].partition('<select class="missing')[0]
        assert f'<span class="unit">{words}</span>' in field


def test_a_date_that_may_be_cut_off_has_a_calendar_for_the_finger(child: Child) -> None:
    page = child.client.get(child.page("concomitant_agent"), follow_redirects=True).text

    assert (
        'class="picker picker-touch" type="datetime-local" tabindex="-1" aria-label="Calendar for First dose"' in page
    )


def test_a_form_is_marked_complete_and_opened_again(child: Child) -> None:
    crf_client.save(child.client, child.page("baseline"), {**BASELINE, "_complete": ["yes"]})
    [complete] = child.stored("baseline")
    crf_client.save(child.client, child.page("baseline", complete.key), BASELINE)
    [reopened] = child.stored("baseline")

    assert (complete.is_complete, reopened.is_complete) == (True, False)


def test_posting_the_empty_page_twice_saves_one_record(child: Child) -> None:
    where, known = crf_client.open_page(child.client, child.page("infection"))
    typed = {**known, "onset_on": ["2026-03-09"]}

    answers = [crf_client.send(child.client, where, typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert [str(record.row["onset_on"]) for record in child.stored("infection")] == ["2026-03-06", "2026-03-09"]


def test_a_hard_finding_brings_the_page_back_with_everything_typed(child: Child) -> None:
    typed = {"onset_on": ["2999-01-01"], "infection_site": ["bloodstream"], "comment": ["odd <b>name</b>"]}

    answer = crf_client.save(child.client, child.page("infection"), typed)

    assert answer.status_code == 422
    assert "in the future" in crf_client.problems(answer)[0]
    assert 'value="2999-01-01"' in answer.text
    assert "odd &lt;b&gt;name&lt;/b&gt;" in answer.text
    assert 'id="onset_on-error"' in answer.text
    assert len(child.stored("infection")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-13-05", "“2026-13-05” is not in the calendar. Check the day and the month."),
        ("5 March", "“5 March” is not a date. Write it as year-month-day, such as 2026-03-05."),
        ("2026-03-05\x00", "It contains a character that cannot be stored, shown as \ufffd. Type it again."),
    ],
)
def test_a_date_that_cannot_be_read_stays_in_its_field(child: Child, text: str, said: str) -> None:
    answer = crf_client.save(child.client, child.page("baseline"), {**BASELINE, "assessed_on": [text]})

    assert answer.status_code == 422
    assert crf_client.problems(answer) == [f"Baseline assessed on: {said}"]
    assert f'value="{text.replace(chr(0), chr(0xFFFD))}"' in answer.text
    assert 'value="12.5"' in answer.text


def test_a_text_that_is_far_too_long_is_refused_in_words_and_kept(child: Child) -> None:
    answer = crf_client.save(
        child.client, child.page("infection"), {"onset_on": ["2026-03-09"], "comment": ["x" * 100_000]}
    )

    assert answer.status_code == 422
    assert "It has 100000 characters; at most" in crf_client.problems(answer)[0]
    assert "x" * 100_000 in answer.text


def test_ten_megabytes_are_refused_in_words(child: Child) -> None:
    where, known = crf_client.open_page(child.client, child.page("infection"))

    answer = crf_client.send(child.client, where, {**known, "comment": ["x" * 10_000_000]})

    assert answer.status_code == 413
    assert "That is too large" in answer.text
    assert len(child.stored("infection")) == 1


def test_an_unusual_value_is_stored_only_when_checked_against_the_source(child: Child, session: Session) -> None:
    where, known = crf_client.open_page(child.client, child.page("infusion"))
    typed = {**known, "infused_on": ["2026-04-01"], "cells_million_per_kg": ["5000"]}
    asked = crf_client.send(child.client, where, typed)
    [check_id] = re.findall(r'name="_confirm" value="([^"]+)"', asked.text)

    half = crf_client.send(child.client, where, {**typed, "_confirm": [check_id]})
    whole = crf_client.send(
        child.client, where, {**typed, "_confirm": [check_id], f"_why.{check_id}": ["Order checked"]}
    )

    assert (asked.status_code, half.status_code, whole.status_code) == (422, 422, 302)
    assert "Tick the box and give the reason: both are needed." in half.text
    assert 'value="5000"' in half.text
    assert [record.row["cells_million_per_kg"] for record in child.stored("infusion")] == [None, Decimal("5000.0000")]
    query = session.scalars(select(DataQuery).where(DataQuery.check_id == check_id)).one()
    assert query.status == "answered"


def test_a_contradiction_is_stored_and_asks_a_question_on_its_page(child: Child) -> None:
    answer = crf_client.save(child.client, child.page("baseline"), {**BASELINE, "disease_burden": ["high"]})

    page = child.client.get(answer.location)

    [record] = child.stored("baseline")
    assert record.row["disease_burden"] == "high"
    assert "Open data queries" in page.text
    assert page.text.count('<article class="query"') == 1


def test_a_reason_is_asked_when_a_stored_answer_changes(child: Child) -> None:
    crf_client.save(child.client, child.page("baseline"), BASELINE)
    [record] = child.stored("baseline")
    where, known = crf_client.open_page(child.client, child.page("baseline", record.key))
    typed = {**known, **BASELINE, "marrow_blasts_percent": ["13"]}

    without = crf_client.send(child.client, where, typed)
    with_reason = crf_client.send(child.client, where, {**typed, "_reason": ["Typing error"]})

    assert without.status_code == 422
    assert crf_client.problems(without) == ["Reason for change: a saved answer changes, so say why."]
    assert 'value="13"' in without.text
    assert with_reason.status_code == 302
    assert child.stored("baseline")[0].row["marrow_blasts_percent"] == Decimal("13.00")


def test_an_answer_added_later_needs_no_reason(child: Child) -> None:
    crf_client.save(child.client, child.page("baseline"), BASELINE)
    [record] = child.stored("baseline")
    where, known = crf_client.open_page(child.client, child.page("baseline", record.key))

    answer = crf_client.send(child.client, where, {**known, **BASELINE, "disease_burden": ["low"]})

    assert answer.status_code == 302


def test_the_page_says_before_saving_which_answers_branching_clears(child: Child) -> None:
    crf_client.save(child.client, child.page("baseline"), BASELINE)
    [record] = child.stored("baseline")
    where, known = crf_client.open_page(child.client, child.page("baseline", record.key))
    typed = {**known, **BASELINE, "disease": ["lymphoma"], "_reason": ["Wrong disease"]}

    said = crf_client.send(child.client, where, typed)
    saved = crf_client.send(child.client, where, {**typed, "_cleared": ["marrow_blasts_percent"]})

    assert said.status_code == 422
    assert "Saving clears answers that are no longer asked: Marrow blasts." in said.text
    assert saved.status_code == 302
    assert child.stored("baseline")[0].row["marrow_blasts_percent"] is None
    assert "Cleared, because no longer asked: Marrow blasts." in child.client.get(saved.location).text


def test_a_link_that_leaves_no_choice_is_made_already(child: Child) -> None:
    page = child.client.get(child.page("laboratory"))

    assert (
        f'<option value="{child.links["infusion"]}" selected>Infusion 1 · 2026-03-05 · Tisagenlecleucel</option>'
        in page.text
    )


def test_a_link_without_any_record_leads_to_where_it_is_entered(child: Child) -> None:
    course = child.page("anakinra_course", child.links["anakinra_course"])
    child.client.post(f"{course}/void", data={"_revision": "1", "_reason": "Wrong child"})

    page = child.client.get(child.page("anakinra_regimen")).text

    assert "There is no anakinra course yet." in page
    assert f'<a href="{child.page("anakinra_course")}">Enter the anakinra course first</a>' in page
    assert "first</a>" not in child.client.get(child.page("toxicity_episode")).text


def test_the_reason_for_change_stands_beside_the_button_that_saves(child: Child) -> None:
    stored = child.client.get(child.page("infusion", child.links["infusion"])).text
    new = child.client.get(child.page("infusion")).text

    assert 'name="_reason"' in stored.partition('class="save-bar"')[2].partition('value="save"')[0]
    assert 'name="_reason"' not in new


def test_values_that_are_merely_unusual_are_listed_in_one_message(child: Child) -> None:
    typed = {"sampled_at": ["2026-03-07 06:00"], "ferritin": ["250000"], "crp": ["700"], "_do": ["next"]}
    answer = crf_client.save(child.client, child.page("laboratory"), typed)
    page = child.client.get(answer.location, follow_redirects=True).text

    assert page.count("Fine if the chart says so.") == 1
    assert re.findall(r'class="message-line">([^<]+) is unusual', page) == [
        "Ferritin 250000 ng/mL",
        "C-reactive protein 700 mg/L",
    ]


@pytest.mark.parametrize(("instrument", "further"), [("ice", "8 further items"), ("none", "1 further item")])
def test_the_items_beyond_the_core_are_counted_as_far_as_they_are_asked(
    child: Child, instrument: str, further: str
) -> None:
    where, known = crf_client.open_page(child.client, child.page("assessment"))
    typed = {**known, "temperature_c": ["warm"], "sedated": ["no"], "instrument": [instrument]}
    page = crf_client.send(child.client, where, typed).text

    neurology = page.partition(">Nervous system</h2>")[2]
    assert re.findall(r'"extended-count">([^<]+)<', neurology)[0] == further


def test_the_history_says_who_changed_what_and_why(child: Child) -> None:
    crf_client.save(child.client, child.page("baseline"), BASELINE)
    [record] = child.stored("baseline")
    assert "1 save. Times are those of" in child.client.get(child.page("baseline", f"{record.key}/history")).text
    changed = {**BASELINE, "marrow_blasts_percent": ["13"], "_reason": ["Typing error"]}
    crf_client.save(child.client, child.page("baseline", record.key), changed)

    history = child.client.get(child.page("baseline", f"{record.key}/history")).text

    assert "2 saves, the newest first." in history
    assert "<td>12.5 %</td><td>13 %</td>" in history
    assert "Typing error" in history


def test_a_voided_record_needs_a_reason_leaves_the_lists_and_stays_in_the_history(child: Child) -> None:
    key = child.links["infection"]
    address = child.page("infection", f"{key}/void")

    refused = child.client.post(address, data={"_revision": "1", "_reason": " "})
    voided = child.client.post(address, data={"_revision": "1", "_reason": "Wrong child"})

    assert (refused.status_code, voided.status_code) == (422, 302)
    assert child.stored("infection") == []
    page = child.client.get(child.page("infection", key)).text
    assert "This record was entered by mistake." in page
    assert 'name="_do"' not in page
    assert "Wrong child" in child.client.get(child.page("infection", f"{key}/history")).text


def test_a_form_that_does_not_repeat_opens_the_record_there_is(child: Child) -> None:
    [record] = child.stored("enrolment")

    answer = child.client.get(child.page("enrolment"))

    assert (answer.status_code, answer.location) == (302, child.page("enrolment", record.key))


def test_who_may_only_read_sees_the_answers_in_words(child: Child, session: Session, sign_in: SignIn) -> None:
    reader = sign_in(make_user(session, role="data_manager"))

    page = reader.get(child.page("infusion", child.links["infusion"]))
    refused = reader.post(child.page("infusion", child.links["infusion"]), data={"_revision": "1"})

    assert "Tisagenlecleucel" in page.text
    assert 'name="_do"' not in page.text
    assert refused.status_code == 403


@pytest.mark.parametrize("tail", ["", "/history", "/void"])
def test_another_sites_record_is_not_there(child: Child, session: Session, sign_in: SignIn, tail: str) -> None:
    stranger = sign_in(make_user(session, role="coordinator", site=make_site(session)))

    address = child.page("infusion", child.links["infusion"] + tail)

    assert stranger.get(address).status_code == 404
    assert child.client.get(address).status_code == 200


def test_a_new_record_cannot_take_the_key_of_another_childs_record(
    child: Child, app: Flask, session: Session, sign_in: SignIn
) -> None:
    other = make_child(app, session, sign_in)

    answer = child.client.post(
        child.page("infection"), data={"_key": other.links["infection"], "onset_on": "2026-03-09"}
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["no_such_form", "ENROLMENT"])
def test_a_form_that_is_not_in_the_casebook_is_not_there(child: Child, name: str) -> None:
    assert child.client.get(child.page(name)).status_code == 404
    assert child.client.get(child.page(name, str(uuid.uuid4()))).status_code == 404


def test_the_laboratories_with_normal_ranges_are_offered_by_their_names(child: Child, session: Session) -> None:
    assert "which_laboratory-offered" not in child.client.get(child.page("laboratory")).text
    told = {"age_from_years": 0, "age_to_years": 39, "unit": "U/L", "high": "40", "valid_from": date(2026, 1, 1)}
    for name, analyte in (("Hill & Vale", "alt"), ("Hill & Vale", "ast"), (None, "alt")):
        session.add(ReferenceRange(site_id=child.site_id, analyte=analyte, laboratory=name, **told))
    for high in ("41", None):  # the second takes the first back, which named nobody's laboratory
        mistyped = {**told, "high": high}
        session.add(ReferenceRange(site_id=child.site_id, analyte="alt", laboratory="Hil & Vale", **mistyped))
        session.flush()
    session.commit()

    page = child.client.get(child.page("laboratory")).text

    assert '<datalist id="which_laboratory-offered"><option>Hill &amp; Vale</option></datalist>' in page
    assert 'list="which_laboratory-offered"' in page
