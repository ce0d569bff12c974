"""The command `anakinra-registry`: what each command does, and what it says when it cannot."""

import json
import os
import re
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from gunicorn.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from command_line import run, tamper
from past_the_triggers import take_triggers_away
from registry import child_processes


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


def test_a_folder_that_is_in_use_is_named_in_one_line_however_it_was_written(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    monkeypatch.chdir(tmp_path / "mine")
    (tmp_path / "mi\nne" / "notes").mkdir(parents=True)
    broken = (str(tmp_path / "mi\nne"), "mi\ufffdne")
    for folder, name in ((str(tmp_path / "mine"), "mine"), (".", "mine"), ("/", "/"), broken):
        for command, what in (("cut", "cut"), ("export", "export")):
            refused = run(command, folder)
            assert refused.exit_code == 1
            assert refused.output == f"Error: The folder {name} is not empty: give the {what} a folder of its own.\n"


def test_an_edited_log_is_found_and_named(installation: Path, own_database_url: str) -> None:
    run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    tamper(own_database_url, "UPDATE change SET actor = 'somebody else' WHERE seq = 1")
    found = run("audit", "verify")
    assert found.exit_code == 1
    assert "entry 1: the columns beside its text were altered" in found.output


def test_a_key_that_would_steer_the_terminal_is_printed_with_a_mark_in_its_place(
    installation: Path, own_database_url: str
) -> None:
    run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    tamper(own_database_url, "UPDATE role_grant SET key = '\x1b[2Kabc'")
    found = run("audit", "verify")
    assert "role_grant \ufffd[2Kabc is stored, but the log does not know it" in found.output
    assert "\x1b" not in found.output


def test_a_person_is_added_once_with_a_role_and_an_invitation(installation: Path) -> None:
    first = run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    again = run("add-user", "ADMIN@synthetic.example", "--name", "Synthetic Admin")
    assert "/invitation#" in first.output
    assert (again.exit_code, "There is an account for" in again.output) == (1, True)
    assert run("audit", "verify").exit_code == 0


def test_without_its_secrets_the_registry_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    monkeypatch.delenv("ANAKINRA_REGISTRY_CONFIG", raising=False)
    refused = run("audit", "verify")
    assert refused.exit_code == 1
    assert f"Restore {tmp_path / 'secrets.json'} from its copy" in refused.output
    assert "Only a new installation gets secrets of its own: `anakinra-registry init`." in refused.output


def test_secrets_that_are_lost_are_not_made_anew_for_a_log_that_has_begun(installation: Path) -> None:
    run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    secrets = installation / "secrets.json"
    lost = secrets.rename(installation / "copy.json")
    for command in ("init", "demo", "demo-data"):
        refused = run(command)
        assert refused.exit_code == 1
        assert refused.output.startswith(f"Error: The database has entries, but {secrets} is gone")
        assert refused.output.endswith("restore that file from its copy.\n")
        assert not secrets.exists()
    lost.rename(secrets)
    assert [run("init").exit_code, run("audit", "verify").exit_code] == [0, 0]


def test_secrets_that_are_lost_before_anything_was_entered_are_made_anew(installation: Path) -> None:
    (installation / "secrets.json").unlink()
    assert run("init").exit_code == 0
    assert (installation / "secrets.json").exists()


@pytest.mark.parametrize("content", ["{", "", "[1]", "\x00"])
def test_damaged_secrets_are_told_in_words_and_left_alone(secrets_alone: Path, content: str) -> None:
    secrets_alone.write_text(content)
    for command in (("init",), ("audit", "verify")):
        refused = run(*command)
        assert refused.exit_code == 1
        assert refused.output.startswith(
            f"Error: The secrets {secrets_alone} are damaged. Restore the file from its copy;"
        )
    assert secrets_alone.read_text() == content


def test_secrets_that_cannot_be_read_are_told_in_words(secrets_alone: Path) -> None:
    secrets_alone.unlink()
    secrets_alone.mkdir()
    assert "secrets.json cannot be read: Is a directory." in run("init").output


def test_a_database_that_lost_its_guards_is_refused_at_the_start(installation: Path, own_database_url: str) -> None:
    engine = create_engine(own_database_url, poolclass=NullPool)
    with engine.begin() as connection:
        take_triggers_away(connection)
    engine.dispose()
    refused, verified = run("init"), run("audit", "verify")
    assert [refused.exit_code, verified.exit_code] == [1, 1]
    assert refused.output.startswith("Error: The database has lost its guards, the triggers that keep")
    assert "\ufffd" not in refused.output
    for guard in ("change_no_update of change", "adjudication_no_delete of adjudication"):
        said = f"the guard {guard} is gone; it was “CREATE TRIGGER {guard.split()[0]} BEFORE "
        assert [said in one.output for one in (refused, verified)] == [True, True]


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    monkeypatch.delenv("ANAKINRA_REGISTRY_CONFIG", raising=False)
    (tmp_path / "registry.sqlite").write_bytes(b"no database at all " * 500)
    refused = run("init")
    assert refused.exit_code == 1
    assert refused.output == "Error: The database does not answer: file is not a database\n"


@pytest.mark.parametrize(("below", "said"), [("", " is a file. Set "), ("/instance", " cannot be used: ")])
def test_an_instance_folder_that_cannot_be_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str, said: str
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", f"{tmp_path}/notes.txt{below}")
    refused = run("init")
    assert refused.exit_code == 1
    assert refused.output.startswith(f"Error: {tmp_path}/notes.txt{below}{said}")


@pytest.mark.parametrize("command", ["cut", "export"])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(installation: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    refused = run(command, str(tmp_path / "notes.txt"))
    assert refused.exit_code == 1
    assert refused.output == f"Error: notes.txt is not a folder: give the {command} a folder of its own.\n"
    refused = run(command, "n" * 300)
    assert refused.exit_code == 1
    assert re.fullmatch(r"Error: n+ cannot be used: File name too long\. Check the path .+\n", refused.output)


def test_a_cut_below_a_file_is_told_in_one_line(installation: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    refused = run("cut", str(tmp_path / "notes.txt/cut"))
    assert refused.exit_code == 1
    assert re.fullmatch(r"Error: \S+ cannot be used: Not a directory\. Check the path .+\n", refused.output)


@pytest.mark.parametrize("command", ["demo", "demo-data"])
@pytest.mark.parametrize("patients", ["0", "-4"])
def test_a_demonstration_has_a_child_or_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, patients: str
) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    refused = run(command, "--patients", patients)
    assert (refused.exit_code, "Invalid value for '--patients'" in refused.output) == (2, True)


@pytest.mark.parametrize(
    ("email", "name", "said"),
    [
        ("not-an-email", "Synthetic Admin", "This is not an e-mail address. Write it like name@example.org."),
        ("admin@synthetic.example", "", "Write the person's name."),
        ("admin@synthetic.example", "n" * 121, "Shorten this to 120 characters."),
    ],
)
def test_an_account_is_asked_of_the_command_as_of_the_page(
    installation: Path, email: str, name: str, said: str
) -> None:
    refused = run("add-user", email, "--name", name)
    assert (refused.exit_code, refused.output) == (1, f"Error: {said}\n")
    assert "intact: 0 entries" in run("audit", "verify").output


def test_what_lies_in_the_current_folder_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "analysis.py").write_text("raise SystemExit('Not ours.')\n")
    monkeypatch.chdir(tmp_path)
    assert run("compare", "17/19", "22/32").exit_code == 0
    told = capfd.readouterr()
    assert ("Two proportions compared" in told.out, told.err) == (True, "")


@pytest.mark.parametrize("group", [[], ["agreement"], ["audit"]])
def test_the_help_tells_the_whole_sentence_of_each_command(group: list[str]) -> None:
    said = " ".join(run(*group, "--help").output.split())
    assert "..." not in said.removeprefix("Usage: main ").partition("Options:")[2]
    whole = {"agreement": "Put an agreement on record and print its key.", "audit": "name each disagreement otherwise."}
    assert whole.get("".join(group), "print the path of their invitation; an administrator does the rest.") in said
    assert "run-export" not in said


def test_a_count_below_zero_is_a_wrong_count_and_no_option(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("compare", "-1/3", "1/2").exit_code == 2
    assert capfd.readouterr().err == (
        "python -m analysis compare: '-1/3' is not events/people: write two whole numbers such as 17/19.\n"
    )


def test_a_process_finds_the_registry_before_what_else_is_on_the_path() -> None:
    assert child_processes.told({"PYTHONPATH": "/more"})["PYTHONPATH"] == f"{child_processes.ROOT}:/more"
    assert child_processes.told({})["PYTHONPATH"] == str(child_processes.ROOT)


def test_a_port_in_use_is_said_before_anything_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path / "instance"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("demo", "--port", str(taken.getsockname()[1]))
    assert refused.exit_code == 1
    assert re.fullmatch(r"Error: Port \d+ is in use\. Choose another one, such as PORT=\d+\.\n", refused.output)
    assert not (tmp_path / "instance").exists()


def test_the_server_loads_nothing_from_the_folder_it_is_started_in(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for name in ("registry.py", "flask.py", "gunicorn.conf.py"):
        (here / name).write_text("open('loaded.txt', 'a').write(__name__)\n")
    monkeypatch.chdir(here)
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", os.path.relpath(installation))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", os.path.relpath(os.environ["ANAKINRA_REGISTRY_CONFIG"]))

    def check(program: str, arguments: list[str], environment: dict[str, str]) -> None:
        """Let gunicorn load the application as the server does, without serving it."""
        command = [program, *arguments[1:-1], "--check-config", arguments[-1]]
        subprocess.run(command, env=environment, check=True)

    monkeypatch.setattr(os, "execve", check)
    assert run("serve", "--port", "1").exit_code == 0
    assert list(tmp_path.rglob("loaded.txt")) == []


def test_a_visitor_cannot_tell_the_server_where_the_address_of_a_page_begins(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda _program, arguments, _environment: started.append(arguments[1:]))
    assert run("serve", "--port", "1").exit_code == 0
    assert Config().parser().parse_args(started[0]).forwarder_headers == "", "gunicorn itself would take SCRIPT_NAME"


def test_relative_places_in_the_settings_count_from_the_folder_of_the_installation(
    installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path(os.environ["ANAKINRA_REGISTRY_CONFIG"]).open("a") as settings:
        settings.write("STORAGE_DIR = 'files'\nANCHORS_FILE = 'kept/anchors.log'\n")
    monkeypatch.chdir(tmp_path)
    assert run("anchor").exit_code == 0
    assert (installation / "kept/anchors.log").is_file()


@pytest.mark.parametrize("port", ["0", "99999", "http"])
def test_a_port_that_cannot_be_is_refused_in_words(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    refused = run("serve")
    assert (refused.exit_code, "Invalid value for '--port'" in refused.output) == (2, True)
