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
from registry.demo.writing import all_entries, write_demo_data

PATIENTS, SEED, UNTIL = 240, 1, date(2026, 6, 1)
PASSWORD = "password-of-the-benchmark"
SECRETS = {
    name: f"{name.lower()}-of-the-benchmark"
    for name in ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "AUDIT_KEY", "PSEUDONYM_KEY")
}


def measure() -> list[Figure]:
    """Return how many rows a second the batch door stores, and how long loading the whole demonstration takes."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        app = create_app(
            {
                **SECRETS,
                "SECURITY_TOTP_SECRETS": {"1": "totp-secret-of-the-benchmark"},
                "SQLALCHEMY_DATABASE_URI": f"sqlite:///{place / 'registry.sqlite'}",
                "ANCHORS_FILE": str(place / "anchors.log"),
                "STORAGE_DIR": str(place / "storage"),
            }
        )
        migrate_to_head(app.config["SQLALCHEMY_DATABASE_URI"])
        with app.app_context():
            began = time.perf_counter()
            all_entries(make_children(PATIENTS, SEED, UNTIL), SEED, UNTIL)
            telling = time.perf_counter() - began
            began = time.perf_counter()
            logins = make_logins([site.code for site in SITES], PASSWORD)
            loaded = write_demo_data(db.session(), patients=PATIENTS, seed=SEED, until=UNTIL, logins=logins)
            whole = time.perf_counter() - began
            db.session.remove()
            db.engine.dispose()
    return [
        Figure(
            name="rows stored through save_many",
            value=loaded.saves / (whole - telling),
            unit="rows/s",
            bar=2000,
            higher_is_better=True,
        ),
        Figure(name=f"demo-data for {PATIENTS} patients", value=whole, unit="s", bar=20, higher_is_better=False),
    ]
