"""What commands say where something is amiss: a database of another version or none, a full disk, a start cut off."""

import os
import re
import resource
import shutil
from pathlib import Path

import pytest

from command_line import run, tamper
from registry import anchors
from registry import installation as installation_module
from registry.database import db, utc_now
from registry.demo import writing
from registry.installation import application
from run_folder import made_once

COMMANDS = (
    ("audit", "verify"), ("check",), ("derive",), ("anchor",), ("serve", "--port", "9"), ("agreement", "list"),
    ("export", "--dry-run"), ("cut", "never"), ("add-user", "admin@synthetic.example", "--name", "Synthetic Admin"),
)  # fmt: skip
OF_OLD, OF_LATER = "20261128f", "20991231a"


def test_no_command_works_on_a_database_of_another_version(installation: Path, own_database_url: str) -> None:
    told = {}
    for revision in (OF_OLD, OF_LATER):
        tamper(own_database_url, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608
        for command in COMMANDS:
            refused = run(*command)
            assert (refused.exit_code, refused.output.count("\n")) == (1, 1), (command, refused.output)
            told[revision, command] = refused.output
    for command in COMMANDS:
        old, later = told[OF_OLD, command], told[OF_LATER, command]
        assert old.startswith(f"Error: The database is at schema {OF_OLD}, this version needs "), command
        assert old.endswith("Take a backup, then run `anakinra-registry init`.\n"), command
        assert later.startswith(f"Error: The database is at schema {OF_LATER}, which this version does not know: a"), (
            command
        )


def test_a_database_of_a_later_version_is_not_migrated(installation: Path, own_database_url: str) -> None:
    tamper(own_database_url, f"UPDATE alembic_version SET version_num = '{OF_LATER}'")  # noqa: S608
    refused = run("init")
    assert refused.exit_code == 1
    assert refused.output == (
        f"Error: The database is at schema {OF_LATER}, which this version does not know: a newer one has upgraded it. "
        "Use that version, or restore the backup from before the upgrade.\n"
    )


@pytest.fixture
def moved(run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the database file of an installation with an entry, which has gone from its place."""
    monkeypatch.delenv("ANAKINRA_REGISTRY_CONFIG", raising=False)

    def begin(folder: Path) -> None:
        monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(folder))
        assert run("init").exit_code == 0
        run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
        assert run("anchor").exit_code == 0

    shutil.copytree(made_once(run_folder, "begun", begin), tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    database = tmp_path / "registry.sqlite"
    database.rename(tmp_path / "elsewhere.sqlite")
    return database


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_database_that_is_not_there_is_told_in_one_line(moved: Path, command: tuple[str, ...]) -> None:
    refused = run(*command)
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: There is no registry in this database. Restore it, or correct SQLALCHEMY_DATABASE_URI; a new one is "
        "made by `anakinra-registry init`.\n",
    )


@pytest.mark.parametrize("command", ["init", "demo", "demo-data"])
def test_no_registry_is_begun_anew_beside_the_anchors_of_one_that_has_entries(moved: Path, command: str) -> None:
    if command == "demo-data":
        moved.with_name("secrets.json").rename(moved.with_name("copy.json"))
    refused = run(command)
    assert refused.exit_code == 1
    assert re.match(r"Error: The anchors file knows \d+ entries of a change log, and this database is", refused.output)
    moved.with_name("elsewhere.sqlite").rename(moved)
    if command == "demo-data":
        moved.with_name("copy.json").rename(moved.with_name("secrets.json"))
    assert [run("init").exit_code, run("audit", "verify").exit_code] == [0, 0]


def test_a_full_disk_leaves_no_half_line_among_the_anchors(installation: Path) -> None:
    anchored = installation / "anchors.log"
    before = anchored.read_bytes()
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    with application():
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, room[1]))
            with pytest.raises(OSError, match="No space left on device"):
                anchors.anchor(db.session(), "full", utc_now())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, room)
    assert anchored.read_bytes() == before
    assert [run("anchor").exit_code, run("audit", "verify").exit_code] == [0, 0]


def test_a_full_disk_leaves_no_half_secrets_of_a_new_installation(settings_alone: Path) -> None:
    secrets = settings_alone.parent / "instance" / "secrets.json"
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, room[1]))
        refused = run("init")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
    assert (refused.exit_code, secrets.exists()) == (1, False)
    assert refused.output.startswith(f"Error: {secrets} cannot be used: File too large.")
    assert run("init").exit_code == 0


def test_a_demonstration_whose_loading_was_cut_short_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    monkeypatch.delenv("ANAKINRA_REGISTRY_CONFIG", raising=False)
    monkeypatch.setattr(installation_module, "check_port", lambda port: None)
    monkeypatch.setattr(installation_module, "serve", lambda port: pytest.fail("It was served."))

    def cut_short(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(writing, "_register", cut_short)
        assert run("demo-data", "--patients", "1").exit_code == 1
    refused = run("demo")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: This installation holds accounts or children but no demonstration logins")
    assert refused.output.endswith(f"remove {tmp_path}.\n")


def test_a_database_that_lost_a_table_or_has_two_revisions_is_told_in_one_line(
    installation: Path, own_database_url: str
) -> None:
    tamper(own_database_url, "DROP TABLE derivation")
    lost = run("audit", "verify")
    assert (lost.exit_code, lost.output.count("\n"), "derivation" in lost.output) == (1, 1, True), lost.output
    tamper(own_database_url, f"INSERT INTO alembic_version VALUES ('{OF_LATER}')")  # noqa: S608
    two = run("audit", "verify")
    assert two.output.startswith("Error: The database is at schema 20"), two.output
    assert f", {OF_LATER}, which this version does not know" in two.output


def test_what_an_upgrade_leaves_to_derive_is_not_taken_for_tampering(
    own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.py").write_text(f"SQLALCHEMY_DATABASE_URI = {own_database_url!r}\n")
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", str(tmp_path / "config.py"))
    assert run("demo-data", "--patients", "1").exit_code == 0
    tamper(own_database_url, "UPDATE enrolment SET majority_on = NULL")
    again = run("init")
    assert again.output.endswith("derive, then anakinra-registry check --all, then anakinra-registry serve.\n")
    told = run("audit", "verify")
    assert told.exit_code == 1
    assert "1 disagreement, all about values worked out from answers. After an upgrade run anakinra-" in told.output
    assert run("derive").exit_code == 0
    tamper(own_database_url, "UPDATE enrolment SET sex = NULL")
    assert "Keep this database as it is and restore a backup." in run("audit", "verify").output


@pytest.mark.parametrize("command", [("add-user", "u@synthetic.example"), ("cut", "cut")], ids=lambda words: words[0])
def test_words_that_are_not_utf_8_are_told_in_one_line_and_leave_nothing(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = run(*command, "--name", os.fsdecode(b"Sch\xfcbel"))
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: A word of this command is not in UTF-8, so it cannot be stored.")
    assert [path.name for path in tmp_path.iterdir() if "cut" in path.name] == []
    assert "intact: 0 entries" in run("audit", "verify").output


def test_a_place_that_cannot_be_written_is_named_as_it_was_typed(installation: Path, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("not a folder")
    refused = run("cut", str(tmp_path / "note" / "cut"))
    assert refused.output == (
        f"Error: {tmp_path / 'note'} cannot be used: Not a directory. Check the path and whose it is, or name another "
        "one.\n"
    )


def test_a_full_disk_is_told_with_what_helps(installation: Path, tmp_path: Path) -> None:
    with (tmp_path / "config.py").open("a") as settings:
        settings.write('ANCHORS_FILE = "/dev/full"\n')
    refused = run("anchor")
    assert refused.exit_code == 1
    assert refused.output.endswith(
        "cannot be used: No space left on device. Make room, or name a place on another disk. Nothing was left half "
        "written.\n"
    )


def test_one_disagreement_is_told_as_one(installation: Path) -> None:
    anchors_file = installation / "anchors.log"
    anchors_file.write_text(anchors_file.read_text() + "nothing\n")
    assert "Error: 1 disagreement. Keep this database" in run("audit", "verify").output
