"""The interim analysis as a child process: one at a time, its end read from what it left, never lost silently."""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from application import PATIENCE
from factories import make_user
from registry import child_processes
from registry.models import User
from registry.release.models import AnalysisRun, Cut
from registry.reports import interim
from small_cut import write_small_cut
from telling_cut import register

AT = datetime(2026, 7, 2, 9, 30)
LATER = AT + timedelta(minutes=1)
WRITER = """import os, pathlib, sys
report = pathlib.Path(sys.argv[sys.argv.index("--out") + 1], "report.html")
report.parent.mkdir()
report.write_text(f"{sys.argv[1]} {sys.argv[2]}\\n{os.getpid()}")
"""
"""Stands where `python -m analysis report CUT --out FOLDER` does."""
SLEEPER = "import sys, time\nprint('started', flush=True)\ntime.sleep(60)\n"


@pytest.fixture
def investigator(app: Flask, session: Session) -> Iterator[User]:
    """Yield a person who starts analyses, with the application context open."""
    with app.app_context():
        yield make_user(session, role="data_manager")


@pytest.fixture
def cut(session: Session, tmp_path: Path) -> Cut:
    """Return a registered cut of six children."""
    return register(session, write_small_cut(tmp_path / "cut"), children=6)


def finish(session: Session, run: AnalysisRun, *, within: float = PATIENCE) -> AnalysisRun:
    """Look until a run has ended, as the page does; return it as stored."""
    deadline = time.monotonic() + within
    while run.status in (interim.QUEUED, interim.RUNNING):
        assert time.monotonic() < deadline, f"still {run.status}"
        time.sleep(0.1)
        interim.look(session, LATER)
        session.refresh(run)
    return run


def stored_run(session: Session, cut: Cut, by: User, folder: Path, status: str) -> AnalysisRun:
    folder.mkdir()
    run = AnalysisRun(cut_key=cut.key, status=status, folder=str(folder), started_by_id=by.id, started_at=AT)
    session.add(run)
    session.commit()
    return run


def test_an_analysis_runs_in_a_process_of_its_own_and_leaves_its_report(
    session: Session, investigator: User, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In test_analysis_pages.py the analysis itself writes one."""
    (tmp_path / "analysis.py").write_text(WRITER)
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    run = interim.start(session, cut, by=investigator, at=AT)
    assert (run.status, run.started_at) == (interim.RUNNING, AT)
    assert run.process_id not in (None, os.getpid())
    finish(session, run)
    assert (run.status, run.message, run.finished_at) == (interim.DONE, "", LATER)
    written, by = (Path(run.folder) / "report/report.html").read_text().splitlines()
    assert (written, by) == (f"report {cut.folder}", str(run.process_id))


def test_a_cut_in_whose_folder_another_one_lies_is_not_analyzed(
    session: Session, investigator: User, cut: Cut, tmp_path: Path
) -> None:
    cut.folder = str(write_small_cut(tmp_path / "other", children=5))
    session.commit()
    run = interim.start(session, cut, by=investigator, at=AT)
    assert (run.status, run.message, run.process_id) == (interim.FAILED, interim.ANOTHER_CUT, None)


def test_a_cut_that_was_changed_fails_with_the_reason_in_words(
    session: Session, investigator: User, cut: Cut, tmp_path: Path
) -> None:
    with (tmp_path / "cut/forms/baseline.csv").open("a") as file:
        file.write("x\n")
    run = finish(session, interim.start(session, cut, by=investigator, at=AT))
    assert (run.status, run.finished_at) == (interim.FAILED, LATER)
    assert run.message == (
        "forms/baseline.csv was changed after the cut was taken: its hash differs. Take the cut again."
    )
    assert interim.report_files(run, row_level=True) == {}


def test_a_second_analysis_waits_for_the_first(
    session: Session, investigator: User, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "analysis.py").write_text("raise SystemExit('It had its turn.')\n")
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    running = stored_run(session, cut, investigator, tmp_path / "running", interim.RUNNING)
    with (tmp_path / "running/running.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = interim.start(session, cut, by=investigator, at=AT)
        interim.look(session, LATER)
        session.refresh(second)
        assert (running.status, second.status, second.process_id) == (interim.RUNNING, interim.QUEUED, None)
    finish(session, second)
    assert second.process_id is not None
    assert second.message == "It had its turn."
    session.refresh(running)
    assert running.status == interim.FAILED


def test_the_database_lets_one_analysis_run_at_a_time(
    session: Session, investigator: User, cut: Cut, tmp_path: Path
) -> None:
    stored_run(session, cut, investigator, tmp_path / "one", interim.RUNNING)
    waiting = stored_run(session, cut, investigator, tmp_path / "two", interim.QUEUED)
    interim._launch(session, waiting.id, tmp_path / "two", AT)
    session.refresh(waiting)
    assert (waiting.status, waiting.process_id) == (interim.QUEUED, None)


def test_a_run_that_cannot_start_is_told_and_one_that_somebody_else_has_is_left_alone(tmp_path: Path) -> None:
    told: list[str] = []

    def launched(claim: Callable[[], bool]) -> int | None:
        return child_processes.launch([str(tmp_path / "none")], tmp_path, {}, claim=claim, fail=told.append)

    with (tmp_path / child_processes.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert launched(lambda: pytest.fail("claimed a run that another process has")) is None
    assert (launched(lambda: False), told) == (None, [])
    assert launched(lambda: True) is None
    assert told == ["It could not start: No such file or directory."]


def test_a_run_that_died_with_the_web_process_is_marked_failed_at_the_next_look(
    session: Session, investigator: User, cut: Cut, tmp_path: Path
) -> None:
    lost = stored_run(session, cut, investigator, tmp_path / "lost", interim.RUNNING)
    interim.look(session, LATER)
    session.refresh(lost)
    assert (lost.status, lost.message, lost.finished_at) == (
        interim.FAILED,
        child_processes.ended_silently("The analysis"),
        LATER,
    )


def test_a_process_that_outlives_its_starter_is_still_running_until_it_ends(
    session: Session, investigator: User, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "analysis.py").write_text(SLEEPER)
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    run = interim.start(session, cut, by=investigator, at=AT)
    interim.look(session, LATER)
    session.refresh(run)
    assert run.status == interim.RUNNING
    assert run.process_id is not None
    os.kill(run.process_id, signal.SIGKILL)
    finish(session, run)
    assert (run.status, run.message) == (interim.FAILED, child_processes.ended_silently("The analysis"))


def test_an_error_of_the_analysis_itself_is_told_by_its_last_line(
    session: Session, investigator: User, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "analysis.py").write_text("raise ValueError('too many curves')\n")
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    run = finish(session, interim.start(session, cut, by=investigator, at=AT))
    assert run.message == (
        "The analysis stopped with an error of its own: ValueError: too many curves "
        "Tell whoever looks after the registry."
    )
    assert "Traceback" in (Path(run.folder) / "errors.txt").read_text()


def test_the_process_is_told_no_secret_and_no_setting(
    session: Session, investigator: User, cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", "secret.py")
    (tmp_path / "analysis.py").write_text("import os\nprint(*sorted(os.environ))\n")
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    run = finish(session, interim.start(session, cut, by=investigator, at=AT))
    told = set((Path(run.folder) / "output.txt").read_text().split())
    assert told - {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR"} == {
        *("PYTHONPATH", "PYTHONUTF8", "MPLBACKEND", "MPLCONFIGDIR", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
    }


def test_only_files_of_the_report_are_offered_and_rows_of_children_only_where_allowed(tmp_path: Path) -> None:
    report = tmp_path / "report"
    (report / "tables").mkdir(parents=True)
    (report / "report.html").write_text("<main></main>")
    (report / "tables/rates.csv").write_text("group,x,n\n")
    (report / "tables/rows.csv").write_text("endpoint,subject,day\n")
    (report / "notes.py").write_text("print()")
    (report / "tables/link.csv").symlink_to(tmp_path / "outside.csv")
    (tmp_path / "outside.csv").write_text("group\n")
    run = AnalysisRun(folder=str(tmp_path))
    assert set(interim.report_files(run, row_level=False)) == {"tables/rates.csv"}
    assert set(interim.report_files(run, row_level=True)) == {"report.html", "tables/rates.csv", "tables/rows.csv"}
