"""An export is written by a process of its own, one at a time; whatever goes wrong leaves no file and says why."""

import csv
import logging
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from flask import current_app

from application import PATIENCE
from entries import NOW
from export_requests import (
    LATER,
    Requesting,
    an_order,
    files_below,
    placed,
    statuses_of,
    the_export,
    written,
)
from registry import child_processes
from registry.access import NotAllowed
from registry.audit_verify import verify
from registry.database import db
from registry.release import export_rows, pipeline, requests, runs, writing
from registry.release.models import Export
from registry.release.profiles import Profile
from registry.release.refusal import ExportRefused
from small_cut import write_small_cut

SLEEPER = "import sys, time\nprint('[1/6] Sleeping', file=sys.stderr, flush=True)\ntime.sleep(60)\n"


def finish(export: Export, *, within: float = PATIENCE) -> Export:
    """Look until an export has ended, as its page does; return it as stored."""
    deadline = time.monotonic() + within
    while True:
        runs.look(db.session(), LATER)
        db.session.refresh(export)
        status = export.status
        db.session.commit()
        if status not in ("queued", "running"):
            return export
        assert time.monotonic() < deadline, f"still {status}"
        time.sleep(0.1)


def test_a_process_of_its_own_writes_the_files_and_enters_them(requesting: Requesting, settings_file: Path) -> None:
    export = placed(requesting)
    with current_app.test_request_context("/"):  # a page that is looked at reads only, and starts it all the same
        runs.look(db.session(), LATER)
    finish(export)
    assert (export.status, export.message, export.subjects) == ("done", "", 1)
    assert export.process_id not in (None, os.getpid())
    archive = requests.archive_of(export)
    assert archive is not None
    assert archive.parent == Path(export.folder)
    assert runs.step_of(export) == "[6/6] Packing"
    assert statuses_of(export.key) == ["queued", "running", "done"]
    assert verify(db.session) == []


def test_only_the_children_of_the_own_site_are_in_it(requesting: Requesting) -> None:
    export = written(requesting)
    with (Path(export.folder) / "forms/enrolment.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    text = "".join(path.read_text() for path in Path(export.folder).rglob("*.csv"))
    assert len(rows) == 1
    assert requesting.study.subject.code in text
    assert requesting.other_child.code not in text
    assert requesting.other_child.key not in text


def test_a_second_export_waits_for_the_first(
    requesting: Requesting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "registry.py").write_text(SLEEPER)
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    first, second = placed(requesting), placed(requesting)
    for _ in range(2):
        runs.look(db.session(), LATER)
    db.session.expire_all()
    assert (first.status, second.status) == ("running", "queued")
    assert not export_rows.change(db.session(), second, "queued", {"status": "running"}, by=None, at=LATER)
    assert statuses_of(second.key) == ["queued"], "what the database refused is in no log"
    assert first.process_id is not None
    os.kill(first.process_id, signal.SIGKILL)


def test_a_process_that_died_is_failed_at_the_next_look_and_leaves_no_file(
    requesting: Requesting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "registry.py").write_text(SLEEPER)
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    export = placed(requesting)
    runs.look(db.session(), LATER)
    db.session.refresh(export)
    half = Path(export.folder).with_name(f".{export.key}.1234.part")
    half.mkdir()
    (half / "children.csv").write_text("half of it")
    os.kill(export.process_id or 0, signal.SIGKILL)
    finish(export)
    assert (export.status, export.message) == ("failed", child_processes.ended_silently("The export"))
    assert not half.exists()
    assert verify(db.session) == []


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("ValueError('NOR-48217-K')", "ValueError, in words on the server only."),
        ("KeyError", "KeyError, in words on the server only."),
        ("ValueError('born\\non 2017-08-21')", "unknown, in words on the server only."),
    ],
)
def test_an_error_of_its_own_is_told_without_what_it_repeats(
    requesting: Requesting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: str, told: str
) -> None:
    (tmp_path / "registry.py").write_text(f"raise {raised}\n")
    monkeypatch.setattr(child_processes, "ROOT", tmp_path)
    export = finish(placed(requesting))
    assert export.message == (
        f"The export stopped with an error of its own: {told} Tell whoever looks after the registry."
    )


def test_a_file_that_cannot_be_used_is_told_without_its_place(
    requesting: Requesting, settings_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    export = placed(requesting)
    exports = Path(export.folder).parent
    exports.rmdir()
    exports.write_text("in the way")
    with caplog.at_level(logging.ERROR):
        finish(export)
    assert (export.status, export.message) == (
        "failed",
        "The server could not read or write a file: Not a directory. Nothing was written. Tell whoever looks after the "
        "registry: its log says which file.",
    )
    kept = child_processes.log_of(Path(current_app.config["STORAGE_DIR"]) / "export-runs" / export.key)
    assert str(kept) in caplog.text
    assert str(exports) in kept.read_text()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Error: /srv/registry/secrets.json cannot be read.", "a file on the server cannot be read."),
        ("The folder '/srv/my registry/x' is full.", "The folder a file on the server is full."),
        ("Give mg/kg/day or https://example.org/a/b.", "Give mg/kg/day or https://example.org/a/b."),
    ],
)
def test_no_last_words_of_a_process_name_a_place_on_the_server(tmp_path: Path, said: str, told: str) -> None:
    child_processes.log_of(tmp_path).write_text(f"[1/6] Sleeping\n{said}\n")
    assert child_processes.last_words(tmp_path, "The export", holds_answers=True) == told


def test_what_the_pipeline_refuses_is_refused_with_its_words(
    requesting: Requesting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ExportRefused("Only 2 children look alike.")

    monkeypatch.setattr(pipeline, "write", refuse)
    with pytest.raises(NotAllowed, match="Only 2 children look alike"):
        written(requesting)
    export = the_export()
    assert (export.status, export.message, export.finished_at) == ("refused", "Only 2 children look alike.", LATER)
    assert files_below(Path(current_app.config["STORAGE_DIR"]) / "exports") == []
    assert verify(db.session) == []


def test_whatever_breaks_while_writing_leaves_no_file(requesting: Requesting, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill_the_disk(_session: object, _cut: object, _order: object, folder: Path, **_: object) -> None:
        folder.mkdir()
        (folder / "half.csv").write_text("half")
        raise OSError("no space left")

    monkeypatch.setattr(pipeline, "write", fill_the_disk)
    with pytest.raises(OSError, match="no space left"):
        written(requesting)
    assert the_export().status == "running", "the next look finds the process gone and says so"
    assert files_below(Path(current_app.config["STORAGE_DIR"]) / "exports") == []


def test_what_no_second_person_agreed_to_is_not_written(requesting: Requesting) -> None:
    order = an_order(profile=Profile.IDENTIFIED)
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    export_rows.change(db.session(), export, "waiting", {"status": "running"}, by=None, at=NOW)
    with pytest.raises(NotAllowed, match="No second person has agreed to this export yet"):
        writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    assert the_export().status == "refused"
    assert not Path(export.folder).exists()


def test_a_right_that_ended_while_an_export_was_queued_stops_it(requesting: Requesting) -> None:
    export = placed(requesting)
    requesting.coordinator.active = False
    db.session.commit()
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
    with pytest.raises(NotAllowed, match=r"Your rights \(no role\)"):
        writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)


def test_a_cut_that_disappeared_while_an_export_was_queued_stops_it(requesting: Requesting) -> None:
    export = placed(requesting)
    shutil.rmtree(requesting.cut.folder)
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
    with pytest.raises(NotAllowed, match="The files of this data cut are gone from the server"):
        writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    assert the_export().message.startswith("The files of this data cut are gone from the server or were changed.")


def test_a_cut_in_whose_folder_another_one_lies_is_not_exported(requesting: Requesting, tmp_path: Path) -> None:
    export = placed(requesting)
    requesting.cut.folder = str(write_small_cut(tmp_path / "other", children=5))
    db.session.commit()
    with pytest.raises(NotAllowed, match="The files of this data cut are gone from the server"):
        export_rows.cut_of(db.session(), export)


@pytest.mark.parametrize("key", ["none", ""])
def test_only_a_claimed_export_is_written(requesting: Requesting, key: str) -> None:
    export = placed(requesting)
    with pytest.raises(NotAllowed, match="This export is not to be written now"):
        writing.write_export(db.session(), key or export.key, clock=lambda: LATER, progress=lambda _step: None)
