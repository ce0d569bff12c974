"""A study with a row in every table, and a plausible other value for each column, made from the metadata alone."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Row, Table

from entries import NOW, enrol_child, enrolment, key, save, stored
from forms.casebook import CASEBOOK
from forms.form import Form
from registry import anchors, audit
from registry.database import Exact, Json, db
from registry.models import Adjudication, Draft, InfusionLog, LoginAttempt, ReferenceRange, SiteProtocol
from registry.release import agreements, cuts
from registry.release.export_rows import DONE, FAILED, enter
from registry.release.models import AnalysisRun, Cut
from registry.release.order import Order
from registry.release.profiles import Profile
from study import Study, make_logged_user


def fill_every_table(study: Study, folder: Path) -> None:
    """Store rows in every table, each in the log that belongs there."""
    make_logged_user("investigator", study.site)
    enrol_child(db.session, study.site, enrolment(), by=study.coordinator, at=NOW)
    _fill_forms(study)
    _fill_sites(study)
    _fill_releases(study, folder)
    by, child = study.coordinator, study.subject
    db.session.add(LoginAttempt(at=NOW, account="a", address="b", succeeded=True))
    draft = {"form": "support", "record_key": key(), "revision": 0, "typed": {}, "saved_at": NOW}
    db.session.add(Draft(user_id=by.id, subject_id=child.id, **draft))
    db.session.commit()
    anchors.anchor(db.session, "test", NOW)


def _fill_forms(study: Study) -> None:
    known = {name: stored(study.subject, name)[0].key for name in ("enrolment", "infusion")}
    waiting = {name: form for name, form in CASEBOOK.items() if name not in known}
    while waiting:
        form = next(form for form in waiting.values() if _links_to(form) <= known.keys() | {form.name})
        del waiting[form.name]
        known[form.name] = save(study.subject, study.coordinator, form.name, _linked(form, known), complete=True).key
    save(study.subject, study.coordinator, "toxicity_episode", _linked(CASEBOOK["toxicity_episode"], known))


def _links_to(form: Form) -> set[str]:
    return {link.form for link in form.links.values()}


def _linked(form: Form, known: dict[str, str]) -> dict[str, Any]:
    links = {name: link for name, link in form.links.items() if link.form in known}
    return {"key": key(), **{name: (known[one.form],) if one.many else known[one.form] for name, one in links.items()}}


def _fill_sites(study: Study) -> None:
    site, by = study.site.id, study.coordinator
    told = {"analyte": "crp", "unit": "mg/L", "age_from_years": 0, "age_to_years": 17, "valid_from": date(2026, 1, 1)}
    counts = dict.fromkeys(("infused", "approached", "consented", "refused", "enrolled"), 1)
    case = {"kind": "crs", "form": "toxicity_episode", "record_key": key(), "reviewer_id": by.id, "reviewed_at": NOW}
    judged = {**case, "subject_id": study.subject.id, "decision": "agree", "peak_grade": 2, "comment": ""}
    for number in ("1", "2"):
        for row in (
            SiteProtocol(site_id=site, version=number, effective_from=date(2026, 1, 1), text="As published."),
            ReferenceRange(site_id=site, high=number, **told),
            InfusionLog(site_id=site, quarter=f"2026-Q{number}", **counts),
            Adjudication(**judged),
        ):
            audit.write_row(db.session, row, by=by, at=NOW)
    db.session.commit()


def _fill_releases(study: Study, folder: Path) -> None:
    by = study.coordinator
    days = {"signed_on": date(2026, 1, 5), "expires_on": date(2027, 1, 5)}
    words = {"parties": "Synthetic University", "purpose": "Dosing.", "project": "dosing"}
    order = Order(profile=Profile.DEIDENTIFIED, project="dosing", purpose="Asked.", recipient="")
    for number in (1, 2):
        agreements.record(db.session(), **words, **days, reference=f"DUA-{number}", by=by, at=NOW)
        cut: Cut = cuts.take_cut(db.session(), folder / f"cut-{number}", by=by, at=NOW)
        enter(db.session(), order, cut, by=by, at=NOW, status=FAILED)
    run = {"cut_key": cut.key, "status": DONE, "folder": "reports", "started_by_id": by.id, "started_at": NOW}
    db.session.add(AnalysisRun(**run))
    db.session.commit()


def last_rows(connection: Connection, table: Table, number: int = 1) -> list[Row[Any]]:
    """Return the rows of a table that were entered last, the last one first."""
    ids = [column.desc() for column in table.primary_key.columns]
    return list(connection.execute(sa.select(table).order_by(*ids).limit(number)))


def this_row(table: Table, row: Row[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a row is this one."""
    return sa.and_(*(column == row._mapping[column] for column in table.primary_key.columns))


def another(column: Column[Any], value: Any, connection: Connection) -> Any:
    """Return another value that a column can hold: of a reference one that leads somewhere, where there is one."""
    for foreign in column.foreign_keys:
        there = sa.select(foreign.column).where(foreign.column.is_distinct_from(value)).limit(1)
        if (found := connection.scalar(there)) is not None:
            return found
    kind = column.type
    if isinstance(kind, (Json, sa.JSON)):
        return ["made up"] if isinstance(value, list) else {"made up": "1"}
    if isinstance(kind, sa.Boolean):
        return not value
    if isinstance(kind, sa.DateTime):
        return (value or datetime(2026, 1, 1)) + timedelta(seconds=1)
    if isinstance(kind, sa.Date):
        return (value or date(2026, 1, 1)) + timedelta(days=1)
    if isinstance(kind, (sa.Integer, Exact)):
        return (value or 0) + 1
    assert isinstance(kind, sa.String), kind
    # Sixteen characters hold a date that may be partial.
    return _partial(value) if kind.length == 16 else _text(value)


def _partial(value: str | None) -> str:
    return "2001-02" if value != "2001-02" else "2001-03"


def _text(value: str | None) -> str:
    return f"{value[:-1]}{'b' if value.endswith('a') else 'a'}" if value else "a"
