"""Pages over 10,000 children at the server, and the memory of a web worker that has served them."""

import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from benchmarks.figure import Figure
from benchmarks.server import Person, give_password, installation, serving
from forms.casebook import CASEBOOK
from forms.values import PartialDate
from registry import audit, records
from registry.database import db, utc_now
from registry.models import RoleGrant, Site, Subject, User
from registry.saving.outcomes import Submission
from registry.stored_records import read_records

CHILDREN = 10_000
SITES = 6
ASSESSMENTS_OF_THE_LONGEST = 200
ROUNDS = 15
PAGE_MILLISECONDS, MEMORY_MIB = 150, 200
AT_ONCE = 500


def measure() -> list[Figure]:
    """Return the median time of the subject list and of a long subject page, and the memory of a worker."""
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder), f"sqlite:///{folder}/r.sqlite"):
        people, longest = _fill(db.session())
        pages = {"subject list": "/subjects", "subject page, 200 assessments": f"/subjects/{longest}"}
        figures: list[Figure] = []
        with serving() as server:
            for role, person in people.items():
                visitor = Person(server.port, person)
                figures += [_timed(f"{name}, {role}", visitor.get, path) for name, path in pages.items()]
                figures.append(replace(_timed(f"home, {role}", visitor.get, "/"), bar=None))
            memory = server.memory_mib()
    worker = Figure(name="memory of a web worker", value=memory, unit="MiB", bar=MEMORY_MIB, higher_is_better=False)
    return [*figures, worker]


def _timed(name: str, get: Callable[[str], str], path: str) -> Figure:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        get(path)
        times.append((time.perf_counter() - began) * 1000)
    median = statistics.median(times)
    return Figure(name=name, value=median, unit="ms", bar=PAGE_MILLISECONDS, higher_is_better=False)


def _fill(session: Session) -> tuple[dict[str, str], str]:
    """Store the children; return one e-mail per role and the key of the child with the longest course."""
    at, chance = utc_now(), random.Random(1)
    sites = [Site(code=f"B{n}", name=f"Synthetic benchmark site {n}", time_zone="Europe/Berlin") for n in range(SITES)]
    for site in sites:
        audit.write_row(session, site, by=None, at=at)
    roles = ("coordinator", "data_manager")
    users = {role: User(email=f"{role}@synthetic.example", name=role, is_demo=True) for role in roles}
    for role, user in users.items():
        audit.write_row(session, user, by=None, at=at)
        own = sites[0].id if role == "coordinator" else None
        audit.write_row(session, RoleGrant(user_id=user.id, role=role, site_id=own, began_at=at), by=None, at=at)
    give_password(list(users.values()))
    longest = ""
    for start in range(0, CHILDREN, AT_ONCE):
        children = [
            Subject(code=f"{sites[n % SITES].code}-{n:05}", site_id=sites[n % SITES].id, created_at=at)
            for n in range(start, start + AT_ONCE)
        ]
        session.add_all(children)
        session.flush()
        rows = [row for child in children for row in _course(child, users["coordinator"], at, chance)]
        records.save_many(session, rows)
        session.commit()
        longest = longest or children[0].key
    first = session.query(Subject).filter_by(key=longest).one()
    records.save_many(session, _assessments(first, users["coordinator"], at))
    session.commit()
    session.rollback()
    return {role: user.email for role, user in users.items()}, longest


def _course(child: Subject, by: User, at: datetime, chance: random.Random) -> list[Submission]:
    infused = date(2024, 1, 1) + timedelta(days=chance.randrange(800))
    enrolment = {"enrolled_on": infused - timedelta(days=3), "birth_date": PartialDate("2015-07"), "sex": "female"}
    infusion = {"infused_on": infused, "setting": "commercial", "product": "tisagenlecleucel"}
    return [_submission(child, "enrolment", enrolment, by, at), _submission(child, "infusion", infusion, by, at)]


def _assessments(child: Subject, by: User, at: datetime) -> list[Submission]:
    (infusion,) = read_records(db.session(), ["infusion"], [child.id])["infusion"]
    begin = datetime.combine(infusion.row["infused_on"], datetime.min.time())  # type: ignore[arg-type]
    rows = [
        {"infusion": infusion.key, "assessed_at": begin + timedelta(hours=6 * number), "crs_grade": number % 3}
        for number in range(ASSESSMENTS_OF_THE_LONGEST)
    ]
    return [_submission(child, "assessment", row, by, at) for row in rows]


def _submission(child: Subject, form: str, row: dict[str, object], by: User, at: datetime) -> Submission:
    whole = {"key": str(uuid.uuid4()), **row}
    return Submission(subject=child, form=CASEBOOK[form], row=whole, by=by, at=at)  # type: ignore[arg-type]
