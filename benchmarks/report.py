"""How long the interim report takes from command to file: the demonstration, and a registry of 10,000 children."""

import csv
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.enlarged_cut import ASSESSMENTS, demonstration_cut, enlarged
from benchmarks.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
COPIES, TIMES = 42, 6
"""So many copies of each child of the demonstration, and so many times each assessment: 10,000 and a million."""
ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class Run:
    """One report: the seconds it took and the most memory its process had, in MiB."""

    seconds: float
    peak: float


def measure() -> list[Figure]:
    """Return the time of a report of 240 children, time and memory of 10,000, and how time grows from half of them.

    The baseline of the large report is the same files read row by row with the standard library, nothing kept.
    """
    with tempfile.TemporaryDirectory(prefix="report-benchmark-") as name:
        folder = Path(name)
        cut = demonstration_cut(folder / "demonstration")
        small = statistics.median(_report(cut, folder / "out").seconds for _ in range(ROUNDS))
        half = _report(enlarged(cut, folder / "half", copies=COPIES // 2, times=TIMES), folder / "out")
        shutil.rmtree(folder / "half")
        large_cut = enlarged(cut, folder / "large", copies=COPIES, times=TIMES)
        large = _report(large_cut, folder / "out")
        reading = _seconds_to_read(large_cut)
        children, assessments = (_lines(large_cut / file) for file in ("subjects.csv", ASSESSMENTS))
    whole = f"report of {children:,} children with {assessments:,} assessments"
    return [
        Figure(name="report of 240 children", value=small, unit="s", bar=20, higher_is_better=False),
        Figure(name=whole, value=large.seconds, unit="s", bar=60, higher_is_better=False, baseline=reading),
        Figure(name=f"{whole}: memory", value=large.peak, unit="MiB", bar=2048, higher_is_better=False),
        Figure(
            name=f"{whole}: times as long as half of it",
            value=large.seconds / half.seconds,
            unit="times",
            bar=2.4,
            higher_is_better=False,
        ),
    ]


def _report(cut: Path, out: Path) -> Run:
    """Return time and memory of `python -m analysis report`."""
    shutil.rmtree(out, ignore_errors=True)
    began = time.perf_counter()
    command = [sys.executable, "-m", "analysis", "report", str(cut), "--out", str(out)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        peaks = [0.0]
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks), daemon=True)
        watcher.start()
        if process.wait():
            raise RuntimeError("the report failed")
    return Run(seconds=time.perf_counter() - began, peak=max(peaks))


def _watch(process_id: int, peaks: list[float]) -> None:
    """Keep the high-water mark of a process, as the kernel tells it, until it is gone."""
    status = Path(f"/proc/{process_id}/status")
    while True:
        try:
            lines = status.read_text().splitlines()
        except OSError:
            return
        marks = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
        if not marks:
            return
        peaks.append(marks[0])
        time.sleep(0.05)


def _seconds_to_read(cut: Path) -> float:
    began = time.perf_counter()
    for path in sorted(cut.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for _ in csv.reader(file):
                pass
    return time.perf_counter() - began


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1
