"""What the page says while it is typed: the answer of the one judge, as pieces of the page; nothing is stored."""

from __future__ import annotations

import uuid

from flask import Blueprint, get_template_attribute, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from forms.form import Finding, Form
from registry.access import get_subject, requires, visible_sites
from registry.database import db, only_reads, utc_now
from registry.live import look
from registry.models import Site, Subject
from registry.stored_records import Record, read_records
from registry.verdict_words import beside_items, in_words
from registry.views.asked_for import find_form
from registry.views.record_page import link_options
from registry.webforms import RecordForm
from registry.wording import show_value

bp = Blueprint("live", __name__)


@bp.post("/subjects/<uuid:subject_key>/<form_name>/<uuid:record_key>/said")
@requires("record.edit")
@only_reads
def said(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> ResponseReturnValue:
    """Say of a child's page as typed so far what a save would say."""
    return _said(get_subject(subject_key, "record.edit"), find_form(form_name), str(record_key))


@bp.post("/enrolment/<uuid:record_key>/said")
@requires("subject.enrol")
@only_reads
def said_of_enrolment(record_key: uuid.UUID) -> ResponseReturnValue:
    """Say of the enrolment page of a child who has no code yet what a save would say."""
    sites = db.session.scalars(visible_sites("subject.enrol")).all()
    chosen = [site for site in sites if site.key == request.form.get("_site")] if len(sites) > 1 else sites
    return _said(None, find_form("enrolment"), str(record_key), site=chosen[0] if chosen else None)


def _said(subject: Subject | None, form: Form, key: str, *, site: Site | None = None) -> ResponseReturnValue:
    web = RecordForm(form, options=link_options(form, subject, key=key)[0] if subject else {})
    stored = _stored(subject, form, key)
    # A measurement that is only spelled differently stays the one that is stored.
    web.read(request.form, stored.row if stored else None)
    entered_at = stored.entered_at if stored else None
    heard = look(db.session(), subject, form, web.row(key), utc_now(), entered_at=entered_at, site=site)
    shown = [in_words(rule_set, verdict) for rule_set, verdict in heard.verdicts]
    verdicts, findings = dict(beside_items(shown)), _by_item(web, heard.findings)
    apart = verdicts.pop("", [])
    unreadable = {name: field.errors for name, field in web.fields.items() if field.errors}
    recorded = {name: heard.recorded[name] for name in form.items if name in heard.recorded and name not in unreadable}
    names = [name for name in form.items if name in findings or name in unreadable or name in recorded]
    beside = get_template_attribute("records/_verdicts.html", "beside")
    piece = get_template_attribute("records/_live.html", "said")
    offered = get_template_attribute("records/_live.html", "offered")
    known = {name: value for name, value in heard.derived.items() if value is not None}
    return jsonify(
        items={
            name: piece(web.fields[name], findings.get(name, ())) + offered(web.fields[name], recorded)
            for name in names
        },
        beside={name: beside(found) for name, found in verdicts.items()},
        derived={name: show_value(form.items[name], value) for name, value in known.items()},
        verdicts=render_template("records/_verdicts.html", verdicts=apart),
    )


def _stored(subject: Subject | None, form: Form, key: str) -> Record | None:
    if subject is None:
        return None
    found = read_records(db.session(), [form.name], [subject.id])[form.name]
    return next((record for record in found if record.key == key), None)


def _by_item(web: RecordForm, findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
    """Return the findings by the item they stand beside."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(web.place_of(finding.items) or finding.items[0], []).append(finding)
    return found
