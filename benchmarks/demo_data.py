"""How fast synthetic children are written through the one writer: judged, logged and stored, on SQLite."""

import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.figure import Figure
from registry import create_app
from registry.database import db, migrate_to_head
from registry.demo.children import make_children
from registry.demo.people import make_logins
from registry.demo.sites import SITES
from registry.demo.writing import all_entries, without_collections, write_demo_data

PATIENTS, SEED, UNTIL = 240, 1, date(2026, 6, 1)
PASSWORD = "password-of-the-benchmark"
SECRETS = {
    name: f"{name.lower()}-of-the-benchmark-" * 2
    for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "AUDIT_KEY", "PSEUDONYM_KEY")
}


def measure() -> list[Figure]:
    """Return how many rows a second the batch door stores, and how long loading the whole demonstration takes.

    The rate is per second of processor time, so that what else runs on the machine does not count; what it takes to
    make the children up is measured first and left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        app = create_app(
            {
                **SECRETS,
                "SECURITY_TOTP_SECRETS": {"1": "totp-secret-of-the-benchmark-" * 2},
                "SQLALCHEMY_DATABASE_URI": f"sqlite:///{place / 'registry.sqlite'}",
                "ANCHORS_FILE": str(place / "anchors.log"),
                "STORAGE_DIR": str(place / "storage"),
            }
        )
        migrate_to_head(app.config["SQLALCHEMY_DATABASE_URI"])
        with app.app_context():
            began = time.process_time()
            with without_collections():
                all_entries(make_children(PATIENTS, SEED, UNTIL), SEED, UNTIL)
            telling = time.process_time() - began
            logins = make_logins([site.code for site in SITES], PASSWORD)
            began, began_on_the_clock = time.process_time(), time.perf_counter()
            loaded = write_demo_data(db.session(), patients=PATIENTS, seed=SEED, until=UNTIL, logins=logins)
            working, whole = time.process_time() - began - telling, time.perf_counter() - began_on_the_clock
            db.session.remove()
            db.engine.dispose()
    return [
        Figure(
            name="rows stored through save_many, per second of one core",
            value=loaded.saves / working,
            unit="rows/s",
            bar=2000,
            higher_is_better=True,
        ),
        Figure(name=f"demo-data for {PATIENTS} patients", value=whole, unit="s", bar=20, higher_is_better=False),
    ]
