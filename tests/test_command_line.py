"""The command `anakinra-registry`: what each command does, and what it says when it cannot."""

import json
import re
import socket
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from registry import triggers
from registry.cli import main


@pytest.fixture
def installation(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an installation on the engine under test."""
    folder = tmp_path / "instance"
    settings = tmp_path / "config.py"
    settings.write_text(f"SQLALCHEMY_DATABASE_URI = {own_database_url!r}\n")
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(folder))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", str(settings))
    assert run("init").exit_code == 0
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def tamper(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        triggers.drop_triggers(connection)
        connection.execute(text(statement))
        triggers.create_triggers(connection)


def test_init_writes_secrets_that_only_the_owner_reads_and_keeps_them(installation: Path) -> None:
    secrets = installation / "secrets.json"
    first = secrets.read_text()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert {"SECRET_KEY", "AUDIT_KEY", "PSEUDONYM_KEY", "SECURITY_PASSWORD_SALT"} <= set(json.loads(first))
    assert run("init").exit_code == 0
    assert secrets.read_text() == first


def test_a_cut_is_written_and_logged(installation: Path, tmp_path: Path) -> None:
    cut = run("cut", str(tmp_path / "cut"), "--name", "Steering committee")
    verified = run("audit", "verify")
    assert [cut.exit_code, verified.exit_code] == [0, 0], cut.output
    assert (tmp_path / "cut" / "manifest.json").exists()
    assert re.search(r"The log is intact: \d+ entries", verified.output)


def test_an_export_of_too_few_children_is_refused_and_leaves_no_file(installation: Path, tmp_path: Path) -> None:
    export = run("export", str(tmp_path / "export"))
    assert export.exit_code == 1
    assert "Error: 0 children can go out and 11 must look alike" in export.output
    assert not (tmp_path / "export").exists()
    assert run("audit", "verify").exit_code == 0


def test_a_cut_into_a_folder_that_is_in_use_says_so_in_one_line(installation: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    refused = run("cut", str(tmp_path / "mine"))
    assert refused.exit_code == 1
    assert refused.output == "Error: The folder mine is not empty: give the cut a folder of its own.\n"


def test_an_edited_log_is_found_and_named(installation: Path, own_database_url: str) -> None:
    run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    tamper(own_database_url, "UPDATE change SET actor = 'somebody else' WHERE seq = 1")
    found = run("audit", "verify")
    assert found.exit_code == 1
    assert "entry 1: the columns beside its text were altered" in found.output


def test_a_person_is_added_once_with_a_role_and_an_invitation(installation: Path) -> None:
    first = run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    again = run("add-user", "ADMIN@synthetic.example", "--name", "Synthetic Admin")
    assert "/invitation/" in first.output
    assert (again.exit_code, "There is an account for" in again.output) == (1, True)
    assert run("audit", "verify").exit_code == 0


def test_without_its_secrets_the_registry_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    monkeypatch.delenv("ANAKINRA_REGISTRY_CONFIG", raising=False)
    refused = run("audit", "verify")
    assert refused.exit_code == 1
    assert "Run `anakinra-registry init`" in refused.output


def test_a_database_that_lost_its_guards_is_refused_at_the_start(installation: Path, own_database_url: str) -> None:
    engine = create_engine(own_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        triggers.drop_triggers(connection)
    engine.dispose()
    refused = run("init")
    assert refused.exit_code == 1
    assert "has lost its guards" in refused.output


def test_a_settings_file_that_is_not_there_is_named(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", "nowhere/config.py")
    refused = run("audit", "verify")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: The settings file nowhere/config.py cannot be read")


def test_a_port_in_use_is_said_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path / "instance"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("demo", "--port", str(taken.getsockname()[1]))
    assert refused.exit_code == 1
    assert re.fullmatch(r"Error: Port \d+ is in use\. Choose another one, such as PORT=\d+\.\n", refused.output)
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize("port", ["0", "99999", "http"])
def test_a_port_that_cannot_be_is_refused_in_words(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    refused = run("serve")
    assert (refused.exit_code, "Invalid value for '--port'" in refused.output) == (2, True)
