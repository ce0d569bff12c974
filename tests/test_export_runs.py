"""An export is written by a process of its own, one at a time; whatever goes wrong leaves no file and says why."""

import csv
import logging
import os
import shutil
import signal
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import current_app

from application import PATIENCE
from entries import NOW, save, stored
from export_requests import Requesting, an_order, files_below, log_of, statuses_of, the_export
from forms.casebook import CASEBOOK
from registry import child_processes, records
from registry.audit_verify import verify
from registry.database import db
from registry.models import User
from registry.release import export_rows, pipeline, requests, writing
from registry.release.models import Export
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.refusal import ExportRefused
from registry.release.requests import NotAllowed
from small_cut import write_small_cut

LATER = NOW + timedelta(minutes=5)
OWN_SITE = an_order(profile=Profile.IDENTIFIED, site="TST", forms=("enrolment", "infusion"))
SLEEPER = "import sys, time\nprint('[1/6] Sleeping', file=sys.stderr, flush=True)\ntime.sleep(60)\n"


def placed(requesting: Requesting, order: Order = OWN_SITE) -> Export:
    return requests.place(db.session(), order, requesting.cut, by=requesting.coordinator, at=NOW)


def finish(export: Export, *, within: float = PATIENCE) -> Export:
    """Look until an export has ended, as its page does; return it as stored."""
    deadline = time.monotonic() + within
    while True:
        requests.look(db.session(), LATER)
        db.session.refresh(export)
        status = export.status
        db.session.commit()
        if status not in ("queued", "running"):
            return export
        assert time.monotonic() < deadline, f"still {status}"
        time.sleep(0.1)


def written(
    requesting: Requesting, order: Order = OWN_SITE, by: User | None = None, approved_by: User | None = None
) -> Export:
    """Return an export whose files were written in this process, as its child does it."""
    export = requests.place(db.session(), order, requesting.cut, by=by or requesting.coordinator, at=NOW)
    if approved_by is not None:
        requests.approve(db.session(), export, by=approved_by, at=NOW, reason="Asked by the committee.")
    return carried_out(export)


def carried_out(export: Export) -> Export:
    """Write the files of a queued export; return it as stored."""
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    return export


def test_a_process_of_its_own_writes_the_files_and_enters_them(requesting: Requesting, settings_file: Path) -> None:
    export = placed(requesting)
    with current_app.test_request_context("/"):  # a page that is looked at reads only, and starts it all the same
        requests.look(db.session(), LATER)
    finish(export)
    assert (export.status, export.message, export.subjects) == ("done", "", 1)
    assert export.process_id not in (None, os.getpid())
    archive = requests.archive_of(export)
    assert archive is not None
    assert archive.parent == Path(export.folder)
    assert requests.step_of(export) == "[6/6] Packing"
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
        requests.look(db.session(), LATER)
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
    requests.look(db.session(), LATER)
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
    assert the_export().message.startswith("The files of this data cut are gone from the server.")


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


def test_each_download_is_entered_with_who_and_the_hash(requesting: Requesting) -> None:
    export = written(requesting)
    for _ in range(2):
        path = requests.record_download(db.session(), export, by=requesting.coordinator, at=LATER)
        assert path.suffix == ".zip"
    assert [action for action, _ in log_of(export.key)][-2:] == ["download", "download"]
    assert verify(db.session) == []


@pytest.mark.parametrize("who", ["manager", "officer", "analyst"])
def test_what_tells_of_single_children_is_handed_to_who_asked_only(requesting: Requesting, who: str) -> None:
    export = written(requesting)
    with pytest.raises(NotAllowed, match="These files are for the person who asked for them"):
        requests.record_download(db.session(), export, by=getattr(requesting, who), at=LATER)
    assert log_of(export.key)[-1][0] == "refusal"


def test_files_that_were_changed_are_not_handed_out(requesting: Requesting) -> None:
    export = written(requesting)
    archive = requests.archive_of(export)
    assert archive is not None
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(NotAllowed, match="are not the ones that were scanned"):
        requests.record_download(db.session(), export, by=requesting.coordinator, at=LATER)


@pytest.mark.parametrize("how", ["withdrew", "answered No", "entered by mistake"])
def test_files_with_a_child_who_left_since_are_not_handed_out_but_written_again_without_it(
    requesting: Requesting, how: str
) -> None:
    order = an_order(profile=Profile.IDENTIFIED, forms=("enrolment", "infusion"))
    export = written(requesting, order, by=requesting.manager, approved_by=requesting.officer)
    requests.record_download(db.session(), export, by=requesting.manager, at=LATER)
    child, by = requesting.other_child, requesting.coordinator
    (enrolled,) = stored(child, "enrolment")
    if how == "entered by mistake":
        records.void(
            db.session(),
            child,
            CASEBOOK["enrolment"],
            enrolled.key,
            revision=1,
            by=by,
            at=NOW,
            reason="Enrolled twice.",
        )
        db.session.commit()
    else:
        said = {"withdrew": {"withdrawn": True, "withdrawal_on": date(2026, 3, 2)}}.get(
            how, {"consent_obtained": False}
        )
        confirmed = {"enrolment.consent_not_refused": "The family said No."}
        save(child, by, "enrolment", {**enrolled.row, **said}, revision=1, reason="As told.", confirmed=confirmed)

    with pytest.raises(NotAllowed, match="a child in them withdrew, or was found to be entered by mistake"):
        requests.record_download(db.session(), export, by=requesting.manager, at=LATER)

    requests.write_again(db.session(), export, by=requesting.manager, at=LATER)
    export = carried_out(export)
    assert (export.status, export.subjects) == ("done", 1)
    requests.record_download(db.session(), export, by=requesting.manager, at=LATER)
    assert verify(db.session()) == []


def test_counts_for_the_public_hold_no_child_who_could_leave(requesting: Requesting) -> None:
    export = placed(requesting, an_order(profile=Profile.PUBLIC))
    export_rows.change(db.session(), export, "queued", {"status": "done", "subjects": 2}, by=None, at=NOW)
    requesting.other_child.withdrawn_on = NOW.date()
    db.session.commit()
    assert requests.why_kept_back(db.session(), export) == ""


def test_files_are_deleted_with_a_reason_and_the_entry_stays(requesting: Requesting) -> None:
    export = written(requesting)
    requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="The project ended.")
    export = the_export()
    assert (export.status, len(export.sha256), Path(export.folder).exists()) == ("deleted", 64, False)
    assert log_of(export.key)[-1] == ("change", "The project ended.")
    with pytest.raises(NotAllowed, match="This export has no files to delete"):
        requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="Again.")
    assert verify(db.session) == []


@pytest.mark.parametrize(
    ("who", "reason", "said"),
    [
        ("analyst", "Tidy.", "Only who asked for an export, a data manager or a privacy officer deletes its files."),
        ("officer", " ", "Say why the files are deleted: the reason stands in the log."),
    ],
)
def test_who_may_not_delete_deletes_nothing(requesting: Requesting, who: str, reason: str, said: str) -> None:
    export = written(requesting)
    with pytest.raises(NotAllowed, match=said):
        requests.delete_files(db.session(), export, by=getattr(requesting, who), at=LATER, reason=reason)
    assert (the_export().status, requests.archive_of(export) is not None) == ("done", True)


def test_files_outside_the_storage_are_left_to_whoever_put_them_there(requesting: Requesting, tmp_path: Path) -> None:
    export = written(requesting)
    export.folder = str(tmp_path)
    db.session.commit()
    with pytest.raises(NotAllowed, match="Delete them there by hand"):
        requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="Tidy.")
    assert (tmp_path / "cut/manifest.json").is_file()


def test_deleted_files_are_written_again_byte_for_byte(requesting: Requesting) -> None:
    export = written(requesting)
    first = {name: (Path(export.folder) / name).read_bytes() for name in files_below(Path(export.folder))}
    requests.delete_files(db.session(), export, by=requesting.coordinator, at=LATER, reason="Lost.")
    requests.write_again(db.session(), export, by=requesting.coordinator, at=LATER)
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=LATER)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    again = {name: (Path(export.folder) / name).read_bytes() for name in files_below(Path(export.folder))}
    assert again == first
    assert (export.status, export.message) == ("done", "")
    assert verify(db.session) == []


def test_other_bytes_than_the_first_time_are_said_to_be_others(requesting: Requesting) -> None:
    export = written(requesting)
    requests.delete_files(db.session(), export, by=requesting.coordinator, at=LATER, reason="Lost.")
    export.sha256 = "0" * 64
    db.session.commit()
    requests.write_again(db.session(), export, by=requesting.coordinator, at=LATER)
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=LATER)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    assert export.message.startswith("These are not the bytes that were written the first time")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("manager", "Only who asked for an export has it written again."),
        ("coordinator", "The files of this export are there, or it was never allowed to be written."),
    ],
)
def test_what_is_there_or_is_another_persons_is_not_written_again(requesting: Requesting, who: str, said: str) -> None:
    export = written(requesting)
    with pytest.raises(NotAllowed, match=said):
        requests.write_again(db.session(), export, by=getattr(requesting, who), at=LATER)


def test_deleted_files_that_a_second_person_had_agreed_to_need_it_again(requesting: Requesting) -> None:
    order = an_order(profile=Profile.IDENTIFIED, forms=("infusion",))
    export = requests.place(db.session(), order, requesting.cut, by=requesting.manager, at=NOW)
    requests.approve(db.session(), export, by=requesting.officer, at=NOW, reason="Agreed.")
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    assert (export.status, export.subjects) == ("done", 2)
    requests.delete_files(db.session(), export, by=requesting.officer, at=LATER, reason="No longer needed.")
    requests.write_again(db.session(), export, by=requesting.manager, at=LATER)
    export = the_export()
    assert (export.status, export.decided_by_id, export.decision_reason) == ("waiting", None, "")
    assert verify(db.session) == []
