"""Saves of eight coordinators at once, through sign-in, page, checks, change log and commit, on each engine."""

import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.figure import Figure
from benchmarks.server import Person, give_password, installation, serving, token_of
from forms.casebook import CASEBOOK
from forms.values import PartialDate
from registry import anchors, audit, records
from registry.audit_verify import verify
from registry.database import db, utc_now
from registry.models import RoleGrant, Site, User
from tools.postgres_server import connection_parameters, sqlalchemy_url, start_postgres

COORDINATORS = 8
SAVES_EACH = 40
ROUNDS = 3
SAVES_PER_SECOND, P95_MILLISECONDS = 50, 250


@dataclass(frozen=True, kw_only=True)
class Child:
    """Where one coordinator saves: an address and the link every assessment needs."""

    email: str
    path: str
    infusion: str


def measure() -> list[Figure]:
    """Return saves per second and the 95th percentile of a save, in milliseconds, on SQLite and PostgreSQL.

    Both engines take turns, so that a noisy minute of the machine meets both; the figures are medians of the rounds.
    """
    rounds: dict[str, list[tuple[float, float]]] = {"SQLite": [], "PostgreSQL": []}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            rounds["SQLite"].append(_measure(Path(folder), f"sqlite:///{folder}/registry.sqlite"))
        with tempfile.TemporaryDirectory() as folder, _postgres(Path(folder) / "server") as url:
            rounds["PostgreSQL"].append(_measure(Path(folder), url))
    figures: list[Figure] = []
    for engine, found in rounds.items():
        rate, p95 = (statistics.median(values) for values in zip(*found, strict=True))
        slow = f"a save, 95th percentile, {engine}"
        figures += [
            Figure(name=f"saves, {engine}", value=rate, unit="/s", bar=SAVES_PER_SECOND, higher_is_better=True),
            Figure(name=slow, value=p95, unit="ms", bar=P95_MILLISECONDS, higher_is_better=False),
        ]
    return figures


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    folder.parent.chmod(0o755)
    server = start_postgres(folder, durable=True)
    try:
        with psycopg.connect(connection_parameters(folder, "postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE registry")
        yield sqlalchemy_url(folder, "registry")
    finally:
        server.stop()


def _measure(folder: Path, url: str) -> tuple[float, float]:
    """Return saves per second and the 95th percentile in milliseconds of one round; the log must hold after it."""
    with installation(folder / "instance", url):
        children = _children()
        with serving() as server:
            people = [Person(server.port, child.email) for child in children]
            began = time.perf_counter()
            times = _save_together(people, children)
            seconds = time.perf_counter() - began
        problems = verify(db.session())
        if problems:
            raise RuntimeError(f"after the saves the log does not hold: {problems[0]}")
    return len(times) / seconds, statistics.quantiles(times, n=20)[-1] * 1000


def _save_together(people: list[Person], children: list[Child]) -> list[float]:
    times: list[float] = []

    def work(person: Person, child: Child) -> None:
        token = token_of(person.get(child.path))
        for number in range(SAVES_EACH):
            at = datetime(2026, 3, 6) + timedelta(hours=number)
            answers = {"csrf_token": token, "_key": str(uuid.uuid4()), "_revision": "0", "infusion": child.infusion}
            answers |= {"assessed_at": at.isoformat(timespec="minutes"), "temperature_c": "38.4", "crs_grade": "1"}
            began = time.perf_counter()
            status, page = person.post(child.path, answers)
            times.append(time.perf_counter() - began)
            if status != 302:
                raise RuntimeError(f"a save answered {status}: {page[:2000]}")

    threads = [threading.Thread(target=work, args=pair) for pair in zip(people, children, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(times) != COORDINATORS * SAVES_EACH:
        raise RuntimeError("not every save went through")
    return times


def _children() -> list[Child]:
    session, at = db.session(), utc_now()
    site = Site(code="BEN", name="Synthetic benchmark site", time_zone="Europe/Berlin")
    audit.write_row(session, site, by=None, at=at)
    children, users = [], []
    for number in range(COORDINATORS):
        user = User(email=f"coordinator{number}@synthetic.example", name=f"Coordinator {number}", is_demo=True)
        audit.write_row(session, user, by=None, at=at)
        grant = RoleGrant(user_id=user.id, role="coordinator", site_id=site.id, began_at=at)
        audit.write_row(session, grant, by=None, at=at)
        enrolment: dict[str, Any] = {
            "key": str(uuid.uuid4()),
            "enrolled_on": date(2026, 3, 1),
            "birth_date": PartialDate("2015-07"),
        }
        subject = records.new_subject(session, site, by=user, at=at)
        records.save(session, subject, CASEBOOK["enrolment"], enrolment, revision=0, by=user, at=at)
        infusion: dict[str, Any] = {"key": str(uuid.uuid4()), "infused_on": date(2026, 3, 5)}
        records.save(session, subject, CASEBOOK["infusion"], infusion, revision=0, by=user, at=at)
        path = f"/subjects/{subject.key}/assessment/new"
        children.append(Child(email=user.email, path=path, infusion=infusion["key"]))
        users.append(user)
    give_password(users)
    anchors.anchor(session, "benchmark", at)
    session.rollback()
    return children
