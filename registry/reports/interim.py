"""Runs the interim analysis as a child process, one at a time; what became of it stands in a table and a folder."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.selection import EVERYBODY, Selection
from registry import child_processes
from registry.models import User, new_key
from registry.release.cut_files import id_in
from registry.release.models import AnalysisRun, Cut
from registry.storage import storage_folder
from registry.turns import take_turn

QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"

REPORT, PAGE, RESULTS = "report", "report.html", "results.json"
MOST_WAITING, MOST_A_DAY = 5, 50
"""Analyses of one person that wait or run, and that were started within 24 hours: each leaves a report on the disk."""
KINDS = {
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".json": "application/json",
    ".txt": "text/plain",
}
THE_ANALYSIS = "The analysis"
ANOTHER_CUT = (
    "The folder of this data cut holds another cut, or a changed manifest, so nothing was analyzed. Take a new cut."
)


class TooMany(RuntimeError):
    """A person has started as many analyses as anybody may; the message says what to do."""


def start(session: Session, cut: Cut, *, by: User, at: datetime, selection: Selection = EVERYBODY) -> AnalysisRun:
    """Queue the analysis of a cut, or of the chosen children in it, and start it if no other runs; return the run.

    Commits. Errors: TooMany.
    """
    require_room(session, by=by, at=at)
    key = new_key()
    folder = storage_folder("analysis", key)
    folder.mkdir(mode=0o700)
    run = AnalysisRun(
        key=key,
        cut_key=cut.key,
        selection=selection.as_fields(),
        status=QUEUED,
        folder=str(folder.resolve()),
        started_by_id=by.id,
        started_at=at,
    )
    session.add(run)
    session.commit()
    look(session, at)
    return run


def require_room(session: Session, *, by: User, at: datetime) -> None:
    """Refuse where a person may start no other analysis now; TooMany says why and what to do."""
    take_turn(session, by)
    own = select(func.count()).select_from(AnalysisRun).where(AnalysisRun.started_by_id == by.id)
    waiting = session.scalar(own.where(AnalysisRun.status.in_((QUEUED, RUNNING)))) or 0
    if waiting >= MOST_WAITING:
        raise TooMany(
            f"{waiting} analyses of yours are under way. Wait until one of them is done, then start this one."
        )
    if (session.scalar(own.where(AnalysisRun.started_at > at - timedelta(days=1))) or 0) >= MOST_A_DAY:
        raise TooMany(
            f"You started {MOST_A_DAY} analyses within 24 hours, and no more are made. Start this one tomorrow."
        )


def look(session: Session, at: datetime) -> None:
    """Bring the table up to date with the processes, and start the oldest queued run if none is running. Commits."""
    running = select(AnalysisRun.id, AnalysisRun.folder).where(AnalysisRun.status == RUNNING)
    queued = select(AnalysisRun.id, AnalysisRun.folder).where(AnalysisRun.status == QUEUED).order_by(AnalysisRun.id)
    for id_, folder in session.execute(running).all():
        if child_processes.has_ended(Path(folder)):
            _settle(session, id_, Path(folder), at)
    waiting = session.execute(queued.limit(1)).first()
    if waiting:
        _launch(session, waiting[0], Path(waiting[1]), at)


def _settle(session: Session, id_: int, folder: Path, at: datetime) -> None:
    # The command renames its finished folder into place, so a report that is there is whole.
    is_done = (folder / REPORT / PAGE).is_file()
    if not is_done:
        current_app.logger.error("An analysis failed; see %s", child_processes.log_of(folder))
    values = {"status": DONE if is_done else FAILED, "message": "" if is_done else message_of(folder)}
    _change(session, id_, RUNNING, finished_at=at, **values)


def _launch(session: Session, id_: int, folder: Path, at: datetime) -> None:
    """Claim a queued run and start its process; leave it queued when another run was faster.

    A run on a cut in whose folder another cut lies, or a changed one, fails: its report would bear the wrong name.
    """
    run = session.scalars(select(AnalysisRun).where(AnalysisRun.id == id_)).one()
    command = command_of(run)
    if id_in(Path(run.cut.folder)) not in (run.cut.cut_id, None):
        _change(session, id_, QUEUED, status=FAILED, message=ANOTHER_CUT, finished_at=at)
        return
    process_id = child_processes.launch(
        command,
        folder,
        _environment(folder.parent),
        claim=lambda: _change(session, id_, QUEUED, status=RUNNING),
        fail=lambda message: _change(session, id_, RUNNING, status=FAILED, message=message, finished_at=at),
    )
    if process_id is not None:
        _change(session, id_, RUNNING, process_id=process_id)


def command_of(run: AnalysisRun) -> list[str]:
    """Return the command that makes a run's report, with what the run is limited to."""
    report = str(Path(run.folder) / REPORT)
    limits = [f"--{name.replace('_', '-')}={text}" for name, texts in run.selection.items() for text in texts]
    asked = ("--out", report, "--pdf", "--progress", *limits)
    return child_processes.python("analysis", "report", run.cut.folder, *asked)


def _environment(shared: Path) -> dict[str, str]:
    """Return what the child process may know beside what every child may: nothing of settings or secrets."""
    own = {"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(shared / ".matplotlib")}
    return {**own, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _change(session: Session, id_: int, expected: str, **values: object) -> bool:
    """Set columns of a run if its status is as expected; False when it is not, or when another run is running."""
    session.commit()  # the guarded UPDATE begins a transaction, so that SQLite can wait for its turn to write
    statement = update(AnalysisRun).where(AnalysisRun.id == id_, AnalysisRun.status == expected).values(**values)
    try:
        changed = session.execute(statement)
    except IntegrityError:
        session.rollback()
        return False
    session.commit()
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def step_of(run: AnalysisRun) -> str:
    """Return what a run is doing, such as `[2/14] Baseline`; empty before it has said so."""
    return child_processes.step_of(Path(run.folder))


def message_of(folder: Path) -> str:
    """Return in words why a run failed."""
    return child_processes.last_words(folder, THE_ANALYSIS).removeprefix("python -m analysis report: ")


def report_files(run: AnalysisRun, *, row_level: bool) -> dict[str, Path]:
    """Return the files of a finished report by name.

    Without ``row_level`` those with a row per child are left out: tables, the pictures drawn from them, and the page
    that holds all pictures.
    """
    report = Path(run.folder) / REPORT
    found = {
        path.relative_to(report).as_posix(): path
        for path in sorted(report.rglob("*"))
        if path.suffix in KINDS and path.is_file() and not path.is_symlink()
    }
    if row_level:
        return found
    withheld = {path.stem for path in found.values() if _has_row_per_child(path)}
    return {name: path for name, path in found.items() if name != PAGE and path.stem not in withheld}


def children_in(run: AnalysisRun) -> int:
    """Return how many children a finished report looks at; 0 where that cannot be read."""
    try:
        return _children_in(Path(run.folder) / REPORT / RESULTS)
    except (OSError, ValueError, KeyError, TypeError):
        return 0


@lru_cache(maxsize=1024)
def _children_in(results: Path) -> int:
    """Return the number from a report's results, which never change once they are there."""
    return int(json.loads(results.read_text(encoding="utf-8"))["cut"]["subjects"])


def report_page(run: AnalysisRun) -> str:
    """Return the page of a report as it was written; empty when the run has none."""
    path = Path(run.folder) / REPORT / PAGE
    return path.read_text(encoding="utf-8") if run.status == DONE and path.is_file() else ""


def _has_row_per_child(path: Path) -> bool:
    if path.suffix != ".csv":
        return False
    with path.open(encoding="utf-8") as file:
        return "subject" in file.readline().strip().split(",")
