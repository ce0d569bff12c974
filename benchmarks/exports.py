"""How long exports of 10,000 children with a million records take, and how much memory, beside plain SELECTs."""

import csv
import json
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from subprocess import run

from sqlalchemy import insert, select

from benchmarks.enlarged_cut import enlarged
from benchmarks.enlarged_registry import enlarge
from benchmarks.figure import Figure
from benchmarks.server import PASSWORD, installation
from registry.database import db
from registry.demo.people import make_logins
from registry.demo.sites import SITES
from registry.demo.writing import write_demo_data
from registry.release import pipeline
from registry.release.cuts import take_cut
from registry.release.models import Cut
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.tables import TABLES

PATIENTS, SEED, UNTIL = 240, 1, date(2026, 6, 1)
COPIES, TIMES = 42, 5
ROOT = Path(__file__).resolve().parent.parent
GATE, TABLES_STEP, SCAN = "Measuring the risk", "Writing the tables", "Last look"


def measure() -> list[Figure]:
    """Return the time of CSV files of two profiles beside the same tables selected and streamed, gate and scan apart.

    The de-identified tables leave out rows (one page per window of days), the limited data set holds every row.
    """
    with tempfile.TemporaryDirectory(prefix="export-benchmark-") as name:
        home = Path(name)
        with installation(home, f"sqlite:///{home}/registry.sqlite"):
            cut = _fill(home)
            baseline = _seconds_to_select(home / "baseline.csv")
        limited, memory = _export(home, cut, Profile.LIMITED)
        deidentified, _ = _export(home, cut, Profile.DEIDENTIFIED)
    what = f"{cut['children']:,} children with {cut['rows']:,} rows"
    csv_seconds = limited[TABLES_STEP]
    return [
        Figure(
            name=f"CSV of {what}: times as long as the same SELECTs streamed into csv.writer",
            value=csv_seconds / baseline,
            unit="times",
            bar=3,
            higher_is_better=False,
        ),
        Figure(
            name=f"CSV of {what}, limited data set",
            value=csv_seconds,
            unit="s",
            bar=None,
            higher_is_better=False,
            baseline=baseline,
        ),
        Figure(name=f"CSV of {what}: memory", value=memory, unit="MiB", bar=500, higher_is_better=False),
        Figure(
            name=f"gate (de-identified) and scan (limited) of {what}",
            value=deidentified[GATE] + limited[SCAN],
            unit="s",
            bar=120,
            higher_is_better=False,
        ),
    ]


def _fill(home: Path) -> dict[str, object]:
    """Fill the registry, register a cut of the same children, and return what it is called and holds."""
    logins = make_logins([site.code for site in SITES], PASSWORD)
    write_demo_data(db.session(), patients=PATIENTS, seed=SEED, until=UNTIL, logins=logins)
    small = take_cut(db.session(), home / "small", by=None)
    db.session.commit()
    folder = enlarged(Path(small.folder), home / "cut", copies=COPIES, times=TIMES)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = sum(entry["rows"] for name, entry in manifest["files"].items() if name.startswith("forms/"))
    children = manifest["files"]["subjects.csv"]["rows"]
    with db.engine.begin() as connection:
        enlarge(connection, copies=COPIES, times=TIMES)
        taken = {"taken_at": datetime.now(UTC).replace(tzinfo=None), "change_seq": 1}
        held = {"subjects": children, "rows": rows, "name": ""}
        key = "00000000-0000-4000-8000-000000000001"
        connection.execute(insert(Cut).values(key=key, cut_id=manifest["id"], folder=str(folder), **taken, **held))
    return {"key": key, "children": children, "rows": rows}


def _seconds_to_select(path: Path) -> float:
    """Return how long it takes to select every typed table and stream it into csv.writer."""
    began = time.perf_counter()
    with db.engine.connect() as connection, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for table in TABLES.values():
            found = connection.execution_options(yield_per=1000).execute(select(table))
            writer.writerow(found.keys())
            writer.writerows(found)
    return time.perf_counter() - began


def _export(home: Path, cut: dict[str, object], profile: Profile) -> tuple[dict[str, float], float]:
    """Return the seconds of each step of an export in a process of its own, and its most memory in MiB."""
    command = [sys.executable, "-m", "benchmarks.exports", str(home), str(cut["key"]), profile]
    done = run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return told["seconds"], told["peak"]


def export(home: Path, key: str, profile: Profile) -> None:
    """Write one export and print the seconds of its steps and its peak memory as JSON."""
    marks: list[tuple[str, float]] = []
    with installation(home, f"sqlite:///{home}/registry.sqlite"):
        cut = db.session.scalars(select(Cut).where(Cut.key == key)).one()
        order = Order(profile=profile, project="benchmark", purpose="To measure")
        pipeline.write(
            db.session(), cut, order, home / profile, progress=lambda step: marks.append((step, time.perf_counter()))
        )
        ended = [*(at for _, at in marks[1:]), time.perf_counter()]
        seconds = {step: end - began for (step, began), end in zip(marks, ended, strict=True)}
    marked = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    peak = int(marked[0].split()[1]) / 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    export(Path(sys.argv[1]), sys.argv[2], Profile(sys.argv[3]))
