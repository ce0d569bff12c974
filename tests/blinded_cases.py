"""A center whose children become cases of blinded review, and a course that speaks of anakinra wherever a page can."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import entries
from factories import make_site, make_user
from forms.values import PartialDate, Row
from registry import adjudication
from registry.database import db
from registry.models import Site, Subject, User
from signing_in import SignIn

NOW = datetime(2026, 6, 1, 12, 0)


@dataclass(frozen=True, kw_only=True)
class Center:
    """A site with a coordinator who fills its pages."""

    site_id: int
    by_id: int

    def child(self) -> tuple[Subject, str]:
        """Enrol a child, infuse it on 2026-03-05; return it and the key of the infusion."""
        site, by = db.session.get_one(Site, self.site_id), db.session.get_one(User, self.by_id)
        subject = entries.enrol_child(db.session(), site, entries.enrolment(), by=by, at=NOW)
        db.session.commit()
        return subject, self.save(subject, "infusion", entries.infusion())

    def save(self, subject: Subject, form: str, row: Row, **more: Any) -> str:
        return entries.save(
            subject, db.session.get_one(User, self.by_id), form, {"key": entries.key(), **row}, **more
        ).key

    def episode(self, subject: Subject, infusion: str, toxicity: str, **answers: Any) -> str:
        onset = {"infusion": infusion, "toxicity": toxicity, "onset_on": PartialDate("2026-03-07")}
        return self.save(subject, "toxicity_episode", {**onset, **answers})

    def infection(self, subject: Subject, **answers: Any) -> str:
        told = {"infection_site": "bloodstream", "onset_on": PartialDate("2026-03-08"), "presence": "new"}
        return self.save(subject, "infection", {**told, **answers})


@pytest.fixture
def center(app: Flask, session: Session) -> Center:
    """Return a center with a coordinator and no child yet."""
    return make_center(session)


@pytest.fixture
def reviewer(session: Session, sign_in: SignIn) -> FlaskClient:
    """Return an investigator of another center, signed in."""
    return sign_in(make_user(session, role="investigator", site=make_site(session), name="Rita Reviewer"))


def make_center(session: Session) -> Center:
    site = make_site(session)
    by = make_user(session, role="coordinator", site=site)
    session.commit()
    return Center(site_id=site.id, by_id=by.id)


def page_of(app: Flask, record_key: str) -> str:
    """Return the address of the case that a record is."""
    with app.app_context():
        return f"/adjudication/{adjudication.code_of(record_key)}"


def fill(center: Center) -> str:
    """Fill a course that speaks of anakinra wherever a page can; return the key of the case."""
    subject, infusion = center.child()
    day = {"infusion": infusion, "assessed_at": datetime(2026, 3, 12, 8, 0)}
    signs = {"temperature_c": Decimal("38.9"), "crs_grade": 2, "anticytokine_given": True, "sedated": False}
    center.save(subject, "assessment", {**day, **signs, "grade_comment": "better since Anakinra"})
    lab = {"infusion": infusion, "sampled_at": datetime(2026, 3, 12, 6, 0), "ferritin": entries.measured("12500")}
    center.save(subject, "laboratory", {**lab, "cytokine_assay": "drawn before anakinra"})
    baseline = {"assessed_on": date(2026, 2, 26), "disease": "b_all", "disease_other": "anakinra naive"}
    center.save(subject, "baseline", {**baseline, "e_coli_hypersensitivity": True, "baseline_capd": 2})
    told = {"peak_grade": 3, "treatments": ("tocilizumab", "anakinra"), "outcome": "ongoing"}
    case = center.episode(subject, infusion, "carhlh", **told)
    given = {"infusion": infusion, "episode": case, "given": True, "started_at": datetime(2026, 3, 11, 18, 0)}
    course = center.save(
        subject,
        "anakinra_course",
        {**given, "indications": ("carhlh",), "route": "sc", "dosing_weight_kg": Decimal(20)},
        confirmed={"anakinra_course.toxicity_came_first": "so written"},
    )
    order = {"course": course, "from_at": datetime(2026, 3, 11, 18, 0), "dose_value": Decimal("2.500")}
    center.save(subject, "anakinra_regimen", {**order, "dose_basis": "mg_per_kg_dose", "frequency": "q6h"})
    agent = {"agent": "tocilizumab", "started_at": PartialDate("2026-03-08"), "comment": "then anakinra"}
    center.save(subject, "concomitant_agent", {**agent, "purpose": "treatment", "episodes": (case,)})
    center.save(
        subject, "support", {"infusion": infusion, "kind": "icu", "started_at": PartialDate("2026-03-09T22:00")}
    )
    center.infection(subject, agents_7_days=("anakinra",), anakinra_changed=True, organism_class="bacterial")
    event = {"onset_on": PartialDate("2026-03-12"), "event": "injection_site_pain", "causality_anakinra": "probable"}
    center.save(subject, "adverse_event", event)
    return case
