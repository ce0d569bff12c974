"""What a reviewer sees of a case, and who must not see it."""

import re
from datetime import date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import entries
from blinded_cases import Center, fill, make_center, page_of
from factories import grant_role, make_user
from forms.casebook import CASEBOOK
from forms.items import Text
from forms.values import NullFlavour, PartialDate
from registry.blinded_course import EVENTS, FACTS, FORMS, LABORATORY, SIGNS
from registry.database import db
from registry.models import Site, Subject, User
from signing_in import SignIn


def test_a_reviewer_sees_cases_of_other_centers_only_in_random_order(
    app: Flask, session: Session, sign_in: SignIn, center: Center
) -> None:
    own = make_center(session)
    client = sign_in(make_user(session, role="investigator", site=session.get_one(Site, own.site_id)))
    keys, mine = [], []
    with app.app_context():
        for where, found in ((center, keys), (make_center(session), keys), (own, mine)):
            for _ in range(2):
                subject, infusion = where.child()
                found.append(where.episode(subject, infusion, "carhlh"))
    page = client.get("/adjudication").text

    assert re.findall(r"/adjudication/[0-9a-f-]{36}", page) == sorted(page_of(app, key) for key in keys)
    assert "4 of 4 cases still to review" in page
    assert [client.get(page_of(app, key)).status_code for key in (*keys, *mine)] == [200] * 4 + [404] * 2


def test_who_sees_the_whole_study_reviews_nothing(
    app: Flask, session: Session, sign_in: SignIn, center: Center
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        key = center.episode(subject, infusion, "carhlh")
        code = subject.code
    manager = sign_in(make_user(session, role="data_manager"))
    page = manager.get("/adjudication").text

    assert manager.get(page_of(app, key)).status_code == 403
    assert code in page and "To review" not in page and "to review" in page
    assert f"/toxicity_episode/{key}" in page and page_of(app, key) not in page


def test_the_page_of_a_case_tells_nothing_about_anakinra(app: Flask, center: Center, reviewer: FlaskClient) -> None:
    with app.app_context():
        case = fill(center)
        site = db.session.get_one(Site, center.site_id)
        hidden = [site.code, site.name, *(subject.code for subject in db.session.query(Subject))]
    page = reviewer.get(page_of(app, case)).text

    assert [word for word in ("anakinra", "kineret", "il-1 ", "injection", "mg/kg") if word in page.lower()] == []
    assert re.findall(r"20\d\d-\d\d", page) == []
    assert [word for word in hidden if word in page] == []
    assert "2.5" not in page and "18:00" not in page


def test_nothing_a_reviewer_gets_names_the_record_that_a_report_traces_to_a_dose(
    app: Flask, center: Center, reviewer: FlaskClient
) -> None:
    """`time_to_event.csv` of every report holds record keys beside the first dose, and investigators may read it."""
    with app.app_context():
        case = fill(center)
        children = [subject.key for subject in db.session.query(Subject)]
        keys = [
            record.key
            for child in db.session.query(Subject)
            for form in FORMS
            for record in entries.stored(child, form)
        ]
    got = [reviewer.get("/adjudication"), reviewer.get(page_of(app, case))]
    got.append(reviewer.post(page_of(app, case), data={"decision": "infection"}, follow_redirects=True))
    told = "".join(f"{one.text} {one.headers} {one.request.url}" for one in got)

    assert [one.status_code for one in got] == [200] * 3
    assert case in keys and [key for key in (*children, *keys) if key[:8] in told] == []
    assert reviewer.get(f"/adjudication/{case}").status_code == 404


@pytest.mark.parametrize("at_the_center", [True, False], ids=["at the center", "for the whole study"])
def test_who_once_could_see_the_treatment_stays_unblinded(
    app: Flask, session: Session, center: Center, reviewer: FlaskClient, at_the_center: bool
) -> None:
    with app.app_context():
        case = fill(center)
    assert reviewer.get(page_of(app, case)).status_code == 200
    user = session.query(User).filter_by(name="Rita Reviewer").one()
    site = session.get_one(Site, center.site_id)
    grant = grant_role(session, user, *(("monitor", site) if at_the_center else ("auditor", None)))
    grant.ended_at = datetime(2021, 1, 1)
    session.commit()

    assert reviewer.get(page_of(app, case)).status_code == 404


def test_the_page_of_a_case_shows_what_decides_it(app: Flask, center: Center, reviewer: FlaskClient) -> None:
    with app.app_context():
        case = fill(center)
    page = re.sub(r"<[^>]+>", " ", reviewer.get(page_of(app, case)).text)
    page = re.sub(r"\s+", " ", page)

    assert "The team called this carHLH. What was it? It is dated day 2." in page
    assert "Age at infusion 10 years" in page
    assert "Day 2 HLH-like toxicity (carHLH, IEC-HS) Highest grade: 3 Outcome: Ongoing" in page
    assert "Day 3 Infection: bloodstream New or known before: New since infusion Kind of organism: Bacteria" in page
    assert "Day 3 Tocilizumab" in page and "Day 4 Intensive care stay" in page
    assert "Day 7, 08:00 38.9 No 2" in page
    assert "Day 7, 06:00 12500" in page


def test_what_happened_on_a_day_that_is_not_known_is_shown_to_the_reviewer(
    app: Flask, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh")
        center.infection(subject, onset_on=NullFlavour.UNKNOWN, organism="escherichia_coli", organism_class="bacterial")
        ended = {"ended_on": date(2026, 6, 1), "reason": "lost", "last_contact_on": PartialDate("2026-06-01")}
        center.save(subject, "end_of_study", ended)
    page = reviewer.get(page_of(app, case)).text
    assert "Day not known</span> <div><strong>Infection: bloodstream" in page
    assert "Lost to follow-up" not in page


def test_no_item_that_is_shown_speaks_of_anakinra_or_holds_typed_words() -> None:
    shown = {
        *(("assessment", name) for name in SIGNS),
        *(("laboratory", name) for name in LABORATORY),
        *((form, name) for form, names in FACTS.items() for name in names),
        *((form, name) for form, (naming, _, _, told) in EVENTS.items() for name in (naming, *told)),
    }
    items = {(form, name): CASEBOOK[form].items[name] for form, name in shown}
    labels = {key: getattr(getattr(item, "codes", None), "labels", {}) for key, item in items.items()}

    assert [key for key, item in items.items() if isinstance(item, Text)] == []
    assert [
        key
        for key, item in items.items()
        if "anakinra" in f"{key} {item.label} {item.help} {dict(labels[key])} {item.derives_from}".lower()
    ] == []
    assert {"anakinra_course", "anakinra_regimen", "adverse_event"} & {form for form, _ in shown} == set()
