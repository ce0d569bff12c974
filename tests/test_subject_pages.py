"""Enrolling a patient, and the page of each."""

import html
import re
import uuid
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import crf_client
import entries
from children import Child, make_child
from factories import grant_role, make_site, make_user
from forms.casebook import CASEBOOK
from forms.context import Context
from forms.schedule import due as schedule_due
from forms.values import PartialDate
from registry import due
from registry.database import db, utc_now
from registry.models import Draft, Subject, User
from registry.site_clock import local_day
from registry.stored_records import read_records
from signing_in import SignIn

ENROLMENT = {
    "enrolled_on": ["2026-03-01"],
    "sex": ["female"],
    "birth_date": ["2015-07"],
    "meets_age": ["yes"],
    "car_t_given_or_planned": ["yes"],
    "consent_obtained": ["yes"],
    "consent_type": ["parents"],
    "consent_on": ["2026-02-27"],
    "consent_scopes": ["sharing", "linkage"],
}


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def test_enrolling_makes_a_child_with_a_code_and_opens_the_next_form(child: Child, session: Session) -> None:
    answer = crf_client.save(child.client, "/subjects/enrol", {**ENROLMENT, "_do": ["next"]})

    subject = session.scalars(select(Subject).order_by(Subject.id.desc())).first()
    assert subject is not None and subject.id != child.id
    assert answer.location == f"/subjects/{subject.key}/baseline/new"
    told = child.client.get(answer.location).text
    assert f"Enrolled as {subject.code}." in told and "Enrolment saved." not in told
    with child.app.app_context():
        [record] = read_records(db.session(), ["enrolment"], [subject.id])["enrolment"]
    assert record.row["consent_scopes"] == ("sharing", "linkage")
    assert record.row["age_at_enrolment"] == 10


def test_enrolling_twice_with_one_page_makes_one_child(child: Child, session: Session) -> None:
    where, known = crf_client.open_page(child.client, "/subjects/enrol")

    for _ in range(2):
        assert crf_client.send(child.client, where, {**known, **ENROLMENT}).status_code == 302

    assert len(session.scalars(select(Subject)).all()) == 2


def test_a_refused_enrolment_makes_no_child_and_keeps_what_was_typed(child: Child, session: Session) -> None:
    answer = crf_client.save(child.client, "/subjects/enrol", {**ENROLMENT, "consent_on": ["2026-03-02"]})

    assert answer.status_code == 422
    assert "after the enrolment" in crf_client.problems(answer)[0]
    assert 'value="2026-03-02"' in answer.text
    assert [subject.id for subject in session.scalars(select(Subject))] == [child.id]


def test_a_patient_of_forty_is_enrolled_once_checked_against_the_source(child: Child) -> None:
    typed = {**ENROLMENT, "birth_date": ["1980-01"], "consent_type": ["patient"]}

    assert crf_client.save(child.client, "/subjects/enrol", typed).status_code == 302


def test_who_works_at_two_sites_chooses_the_site(child: Child, session: Session) -> None:
    other = make_site(session)
    grant_role(session, session.get_one(User, child.coordinator_id), "coordinator", other)
    session.commit()

    without = crf_client.save(child.client, "/subjects/enrol", ENROLMENT)
    chosen = crf_client.save(child.client, "/subjects/enrol", {**ENROLMENT, "_site": [other.key]})

    assert crf_client.problems(without) == ["Site: choose the center that looks after this child."]
    assert chosen.status_code == 302
    assert [s.site_id for s in session.scalars(select(Subject).order_by(Subject.id))] == [child.site_id, other.id]


def test_a_coordinator_cannot_enrol_at_another_site(child: Child, session: Session) -> None:
    other = make_site(session)
    session.commit()

    crf_client.save(child.client, "/subjects/enrol", {**ENROLMENT, "_site": [other.key]})

    assert {subject.site_id for subject in session.scalars(select(Subject))} == {child.site_id}


def test_the_page_of_a_child_says_who_what_next_and_what_is_filled(child: Child) -> None:
    page = child.client.get(f"/subjects/{child.key}").text

    assert f"<h1>{child.code}</h1>" in page
    for fact in ("Tisagenlecleucel", "10 years", "2026-03-05"):
        assert f"<dd>{fact}</dd>" in page
    assert "Fill Baseline" in page
    assert page.count("btn btn-primary") == 1
    assert f'src="/subjects/{child.key}/timeline.svg"' in page
    assert [form.title for form in CASEBOOK.values() if f". {form.title}" not in page] == []
    for name, key in child.links.items():
        assert f"/subjects/{child.key}/{name}/{key}" in page


def test_saved_records_that_are_not_complete_stand_beside_what_is_expected(child: Child) -> None:
    def expected() -> str:
        page = child.client.get(f"/subjects/{child.key}").text
        return page[page.index('id="expected"') : page.index('id="queries"')]

    key = child.links["infection"]
    assert f'/infection/{key}">Infection' in expected()
    assert "/assessment/" not in expected()  # the daily grid shows what its days lack

    crf_client.save(child.client, child.page("infection", key), {"_complete": ["yes"]})
    assert f"/infection/{key}" not in expected()


def test_a_record_that_is_not_complete_says_what_it_lacks_or_that_only_its_mark_is_missing(child: Child) -> None:
    def expected() -> str:
        page = child.client.get(f"/subjects/{child.key}").text
        return " ".join(page[page.index('id="expected"') : page.index('id="queries"')].split())

    exchange = {
        "agent": ["plasma_exchange"],
        "purpose": ["treatment"],
        "started_at": ["2026-03-08"],
        "ongoing": ["yes"],
    }
    key = crf_client.save(child.client, child.page("concomitant_agent"), exchange).location.rpartition("/")[2]
    words = "Concomitant agent, Plasma exchange · 2026-03-08 · Treatment of toxicity</a>"
    assert f'{words} <span class="quiet">1 answer missing</span>' in expected()

    crf_client.save(child.client, child.page("concomitant_agent", key), {**exchange, "shortage": ["no"]})
    assert f'{words} <span class="quiet">no answer missing, not marked complete yet</span>' in expected()


def test_a_child_without_toxicity_is_told_what_to_do_when_one_appears(child: Child) -> None:
    with_episode = child.client.get(f"/subjects/{child.key}").text
    episode = child.page("toxicity_episode", child.links["toxicity_episode"])
    child.client.post(f"{episode}/void", data={"_revision": "1", "_reason": "Wrong child"})
    without = child.client.get(f"/subjects/{child.key}").text

    assert "Toxicity? " not in with_episode
    assert f'Toxicity? <a href="{child.page("toxicity_episode")}">Add an episode</a>' in without


def test_each_toxicity_that_waits_for_its_episode_is_named_and_no_other_is_proposed(child: Child) -> None:
    episode = child.page("toxicity_episode", child.links["toxicity_episode"])
    child.client.post(f"{episode}/void", data={"_revision": "1", "_reason": "Wrong child"})
    signs = {"infusion": [child.links["infusion"]], "assessed_at": ["2026-03-09 08:00"]}
    graded = {**signs, "crs_grade": ["1"], "icans_grade": ["1"]}
    assert crf_client.save(child.client, child.page("assessment"), graded).status_code == 302

    page = child.client.get(f"/subjects/{child.key}").text
    home = child.client.get("/").text

    assert "Toxicity? " not in page
    for name in ("Cytokine release syndrome (CRS)", "Neurotoxicity (ICANS)"):
        for told in (page, home):
            assert f'about={child.links["infusion"]}">Toxicity episode: {name}</a>' in told


def test_the_page_of_a_due_episode_opens_for_the_toxicity_that_was_clicked(child: Child) -> None:
    signs = {"infusion": [child.links["infusion"]], "assessed_at": ["2026-03-09 08:00"]}
    graded = {**signs, "icans_grade": ["1"], "carhlh_present": ["yes"]}
    assert crf_client.save(child.client, child.page("assessment"), graded).status_code == 302

    for told in (child.client.get(f"/subjects/{child.key}").text, child.client.get("/").text):
        address = re.search(r'href="([^"]+)">Toxicity episode: HLH-like', told)
        assert address
        opened = child.client.get(html.unescape(address[1])).text
        assert re.findall(r'<option value="(\w+)" selected>HLH-like', opened) == ["carhlh"]
    strange = child.client.get(f"{child.page('toxicity_episode')}?toxicity=fever")
    assert (strange.status_code, '"fever"' in strange.text) == (200, False)


def test_a_complete_form_says_how_many_answers_are_missing(child: Child, session: Session, sign_in: SignIn) -> None:
    key = child.links["infection"]
    crf_client.save(child.client, child.page("infection", key), {"onset_on": ["2026-03-06"], "_complete": ["yes"]})
    [record] = child.stored("infection")
    form = CASEBOOK["infection"]
    missing = len(form.missing(record.row, form.asked(record.row)))
    said = f'<span class="badge-plain badge-wait">complete, {missing} answers missing</span>'

    assert missing > 1
    assert said in child.client.get(f"/subjects/{child.key}").text
    assert said in child.client.get(child.page("infection", key)).text
    assert said in sign_in(make_user(session, role="data_manager")).get(child.page("infection", key)).text


def test_records_stand_in_order_of_time_whatever_was_entered_first(child: Child) -> None:
    for onset in ("2026-03-20", "2026-03-08"):
        crf_client.save(child.client, child.page("infection"), {"onset_on": [onset]})
    page = child.client.get(f"/subjects/{child.key}").text

    onsets = re.findall(r"/infection/[0-9a-f-]{36}\">(\d{4}-\d\d-\d\d)", page)
    assert onsets == ["2026-03-06", "2026-03-08", "2026-03-20"]


def test_who_may_only_read_gets_no_buttons_to_enter(child: Child, session: Session, sign_in: SignIn) -> None:
    page = sign_in(make_user(session, role="data_manager")).get(f"/subjects/{child.key}").text

    assert child.code in page
    assert "/new" not in page


def test_a_withdrawn_child_is_closed_for_entry(child: Child) -> None:
    [enrolment] = child.stored("enrolment")
    opened_before, known = crf_client.open_page(child.client, child.page("infection"))
    typed = {**ENROLMENT, "withdrawn": ["yes"], "withdrawal_on": ["2026-04-01"], "withdrawal_scope": ["all_use"]}
    crf_client.save(child.client, child.page("enrolment", enrolment.key), typed)

    answer = crf_client.send(child.client, opened_before, {**known, "onset_on": ["2026-03-09"]})

    assert crf_client.problems(answer) == ["Consent was withdrawn: this child's record is closed for entry."]
    assert "Consent was withdrawn on 2026-04-01" in child.client.get(f"/subjects/{child.key}").text


def test_a_withdrawal_whose_day_is_not_known_yet_says_so(child: Child) -> None:
    [enrolment] = child.stored("enrolment")
    typed = {**ENROLMENT, "withdrawn": ["yes"], "withdrawal_scope": ["all_use"]}
    crf_client.save(child.client, child.page("enrolment", enrolment.key), typed)

    for page in (child.client.get(f"/subjects/{child.key}"), child.client.post(f"/subjects/{child.key}/record")):
        assert re.search(r"Consent was withdrawn \(day not recorded yet; closed since \d{4}-\d\d-\d\d\)\.", page.text)
        assert "Consent was withdrawn on" not in page.text


def test_consent_answered_no_is_confirmed_and_closes_the_child(child: Child) -> None:
    where, known = crf_client.open_page(child.client, "/subjects/enrol")
    typed = {**known, "enrolled_on": ["2026-03-01"], "consent_obtained": ["no"]}
    asked = crf_client.send(child.client, where, typed)
    confirmed = {"_confirm": ["enrolment.consent_not_refused"], "_why.enrolment.consent_not_refused": ["To ask again."]}
    enrolled = crf_client.send(child.client, where, {**typed, **confirmed})
    assert (asked.status_code, enrolled.status_code) == (422, 302)
    assert "Consent is answered No: nothing else may be recorded of this child" in asked.text

    address = "/".join(enrolled.location.split("/")[:3])
    page = child.client.get(address).text

    assert "Consent is answered No on the enrolment page. Nothing else may be recorded of this child" in page
    assert "At least one condition of enrolment is answered No." in page
    assert "Everything expected is filled." not in page
    assert f"{address}/baseline/new" not in page
    told = "Consent is answered No on the enrolment page: nothing else may be recorded of this child."
    unopened = child.client.get(f"{address}/baseline/new")
    assert unopened.location == address and told in child.client.get(address).text
    opened_before = {"_key": [str(uuid.uuid4())], "_revision": ["0"], "disease": ["b_all"]}
    assert crf_client.problems(crf_client.send(child.client, f"{address}/baseline/new", opened_before)) == [told]


@pytest.mark.parametrize("with_grid", [True, False])
def test_what_is_expected_is_read_from_few_answers_as_from_all(child: Child, with_grid: bool) -> None:
    with child.app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        entries.save(subject, by, "assessment", entries.assessment(child.links["infusion"], crs_grade=3))
        entries.save(subject, by, "assessment", entries.assessment(child.links["infusion"], crs_grade=0))
        entries.save(subject, by, "laboratory", entries.laboratory(child.links["infusion"]))
        now = utc_now()
        stored = read_records(db.session(), CASEBOOK, [subject.id])
        rows = {name: tuple(record.row for record in found) for name, found in stored.items()}
        pages = schedule_due(rows, Context(today=local_day(subject, now)))

        if with_grid:
            assert due.expected(db.session(), subject, now)[0] == pages
        else:
            assert due.waiting(db.session(), [subject], now) == {subject.id: due.open_pages(pages)}


def test_a_draft_takes_nothing_off_the_list_of_what_is_due(child: Child, session: Session) -> None:
    before = re.findall(r"\d+ overdue", child.client.get("/subjects").text)
    where, known = crf_client.open_page(child.client, child.page("baseline"))

    crf_client.send(child.client, where, {**known, "assessed_on": ["2026-02-26"], "_do": ["draft"]})

    assert len(session.scalars(select(Draft)).all()) == 1
    assert len(before) == 1
    assert re.findall(r"\d+ overdue", child.client.get("/subjects").text) == before


def test_what_is_due_for_an_episode_names_it_and_opens_with_it_chosen(child: Child) -> None:
    key = entries.key()
    severe = {"key": key, "infusion": child.links["infusion"], "toxicity": "carhlh", "peak_grade": 3}
    with child.app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        entries.save(subject, by, "toxicity_episode", {**severe, "onset_on": PartialDate("2026-03-08")})

    page = child.client.get(f"/subjects/{child.key}").text
    opened = child.client.get(f"/subjects/{child.key}/anakinra_course/new?about={key}").text

    assert f'/anakinra_course/new?about={key}">' in page
    assert "for HLH-like toxicity (carHLH, IEC-HS), 2026-03-08" in page
    assert f'<option value="{key}" selected>' in opened
    assert '<a href="/subjects" aria-current="page">Patients</a>' in opened


def test_what_is_due_after_one_of_two_infusions_names_that_infusion(child: Child) -> None:
    one = child.client.get(f"/subjects/{child.key}").text
    with child.app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        entries.save(subject, by, "infusion", entries.infusion(infused_on=date(2026, 4, 30)))

    two = child.client.get(f"/subjects/{child.key}").text

    assert "CAR T response, day 28" in one and "after the infusion of" not in one
    assert "after the infusion of 2026-03-05" in two and "after the infusion of 2026-04-30" in two


def test_a_child_whose_observation_ended_is_on_no_day_today(child: Child) -> None:
    crf_client.save(child.client, child.page("end_of_study"), {"ended_on": ["2026-04-20"], "reason": ["lost"]})
    page = child.client.get(f"/subjects/{child.key}").text
    assert "Today is day" not in page and "<dt>Ended on day</dt><dd>46</dd>" in page


def test_the_page_that_voids_a_record_is_marked_as_one_of_the_patients(child: Child) -> None:
    page = child.client.get(child.page("infusion", f"{child.links['infusion']}/void")).text

    assert '<a href="/subjects" aria-current="page">Patients</a>' in page


def test_the_form_after_an_episode_opens_with_that_episode_chosen(child: Child) -> None:
    typed = {"toxicity": ["carhlh"], "peak_grade": ["3"], "onset_on": ["2026-03-08"], "_do": ["next"]}

    answer = crf_client.save(child.client, child.page("toxicity_episode"), typed)

    [_, episode] = child.stored("toxicity_episode")
    assert answer.location == f"{child.page('anakinra_course')}?about={episode.key}"
