"""How fast synthetic children are written through the one writer: judged, logged and stored, on SQLite."""

import statistics
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from unittest.mock import patch

from sqlalchemy.orm import Session

from benchmarks.figure import Figure
from benchmarks.server import installation
from registry import records
from registry.database import db
from registry.demo.people import make_logins
from registry.demo.sites import SITES
from registry.demo.writing import write_demo_data
from registry.records import save_many
from registry.saving.outcomes import Saved, Submission

PATIENTS, SEED, UNTIL = 240, 1, date(2026, 6, 1)
PASSWORD = "password-of-the-benchmark"
ROUNDS = 3


def measure() -> list[Figure]:
    """Return how many rows a second the batch door stores, and how long loading the whole demonstration takes.

    The rate is per second of processor time spent in ``save_many``, so that what else runs on the machine does not
    count. Both are medians of a few rounds.
    """
    rounds = [_load() for _ in range(ROUNDS)]
    rate, whole = (statistics.median(values) for values in zip(*rounds, strict=True))
    name = "rows stored through save_many, per second of one core"
    return [
        Figure(name=name, value=rate, unit="rows/s", bar=2000, higher_is_better=True),
        Figure(name=f"demo-data for {PATIENTS} patients", value=whole, unit="s", bar=20, higher_is_better=False),
    ]


def _load() -> tuple[float, float]:
    """Load a demonstration into a new registry; return rows per processor second and the seconds it all took."""
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder), f"sqlite:///{folder}/registry.sqlite"):
        logins = make_logins([site.code for site in SITES], PASSWORD)
        spent: list[float] = []

        def timed(session: Session, submissions: Iterable[Submission], **how: bool) -> list[Saved]:
            began = time.process_time()
            saved = save_many(session, submissions, **how)
            spent.append(time.process_time() - began)
            return saved

        began = time.perf_counter()
        with patch.object(records, "save_many", timed):
            loaded = write_demo_data(db.session(), patients=PATIENTS, seed=SEED, until=UNTIL, logins=logins)
        return loaded.saves / sum(spent), time.perf_counter() - began
