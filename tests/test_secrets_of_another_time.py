"""Secrets and anchors that are not those of the database: said at the start, and nothing is lost."""

import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.command import downgrade
from passlib.totp import TOTP
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from command_line import run
from registry.database import alembic_config
from registry.installation import application
from registry.settings import SECRETS_FILE
from run_folder import made_once

EMAIL = "admin@synthetic.example"
COMMANDS = (
    ("audit", "verify"), ("check",), ("derive",), ("anchor",), ("serve", "--port", "9"), ("init",), ("cut", "never"),
    ("add-user", "other@synthetic.example", "--name", "Synthetic Other"),
)  # fmt: skip


@pytest.fixture
def begun(run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an installation whose log has entries."""
    monkeypatch.delenv("ANAKINRA_REGISTRY_CONFIG", raising=False)

    def begin(folder: Path) -> None:
        monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(folder))
        assert run("init").exit_code == 0
        assert run("add-user", EMAIL, "--name", "Synthetic Admin").exit_code == 0

    shutil.copytree(made_once(run_folder, "sealed", begin), tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path))
    return tmp_path


def rotate(folder: Path, name: str, value: object) -> None:
    """Write another secret into the file of an installation."""
    path = folder / SECRETS_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))


def test_no_command_goes_on_with_another_key_of_the_log(begun: Path) -> None:
    secrets, anchors = (begun / SECRETS_FILE).read_text(), (begun / "anchors.log").read_text()
    rotate(begun, "AUDIT_KEY", "another-key-of-the-log-" * 2)
    for command in COMMANDS:
        refused = run(*command)
        assert (refused.exit_code, refused.output.count("\n")) == (1, 1), (command, refused.output)
        assert refused.output.startswith("Error: AUDIT_KEY is not the key that sealed the change log"), command
    assert (begun / "anchors.log").read_text() == anchors

    (begun / SECRETS_FILE).write_text(secrets)
    assert run("audit", "verify").output.startswith("The log is intact")


def test_with_another_key_of_the_log_nothing_is_migrated(begun: Path) -> None:
    database, before = f"sqlite:///{begun / 'registry.sqlite'}", "20261128f"
    with application():
        downgrade(alembic_config(database), before)
    rotate(begun, "AUDIT_KEY", "another-key-of-the-log-" * 2)
    assert run("init").output.startswith("Error: AUDIT_KEY is not the key that sealed the change log")
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == before


def test_an_entry_that_was_altered_is_no_other_key(begun: Path) -> None:
    with create_engine(f"sqlite:///{begun / 'registry.sqlite'}", poolclass=NullPool).begin() as connection:
        for trigger in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text("UPDATE change SET payload = CAST(X'ff' AS TEXT) WHERE seq = 1"))

    assert "entry 1 of the log was altered" in run("audit", "verify").output


def test_without_the_secret_of_a_second_factor_the_registry_says_who_could_not_sign_in(
    begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = json.loads((begun / SECRETS_FILE).read_text())["SECURITY_TOTP_SECRETS"]
    stored = TOTP.using(secrets=old).new().to_json()
    with create_engine(f"sqlite:///{begun / 'registry.sqlite'}", poolclass=NullPool).begin() as connection:
        connection.execute(
            text("UPDATE \"user\" SET tf_primary_method = 'authenticator', tf_totp_secret = :it"), {"it": stored}
        )
    rotate(begun, "SECURITY_TOTP_SECRETS", {"2": "another-secret-of-second-factors-"})

    refused = run("init")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: SECURITY_TOTP_SECRETS lacks the secret of the number 1, under which the s")
    assert EMAIL in refused.output
    assert run("invite", EMAIL, "--reset-second-factor").exit_code == 0
    assert run("init").exit_code == 0


def test_the_second_factor_of_a_closed_account_keeps_nobody_out(begun: Path) -> None:
    old = json.loads((begun / SECRETS_FILE).read_text())["SECURITY_TOTP_SECRETS"]
    with create_engine(f"sqlite:///{begun / 'registry.sqlite'}", poolclass=NullPool).begin() as connection:
        closed = text('UPDATE "user" SET tf_totp_secret = :it, active = false')
        connection.execute(closed, {"it": TOTP.using(secrets=old).new().to_json()})
    rotate(begun, "SECURITY_TOTP_SECRETS", {"2": "another-secret-of-second-factors-"})

    assert "is closed" in run("invite", EMAIL, "--reset-second-factor").output
    assert run("init").exit_code == 0


def test_a_new_secret_of_second_factors_beside_the_old_one_is_a_rotation(begun: Path) -> None:
    old = json.loads((begun / SECRETS_FILE).read_text())["SECURITY_TOTP_SECRETS"]
    rotate(begun, "SECURITY_TOTP_SECRETS", {**old, "2": "another-secret-of-second-factors-"})
    assert run("init").exit_code == 0


def test_a_start_beside_anchors_of_later_entries_says_what_is_missing(begun: Path) -> None:
    database = begun / "registry.sqlite"
    backup = begun / "backup.sqlite"
    with sqlite3.connect(database) as whole, sqlite3.connect(backup) as copy:
        whole.backup(copy)
    assert run("add-user", "later@synthetic.example", "--name", "Synthetic Later").exit_code == 0
    assert run("anchor").exit_code == 0
    for left in begun.glob("registry.sqlite*"):
        left.unlink()
    backup.rename(database)

    for _ in range(2):  # the first one anchors what is left
        told = run("init")
        assert told.exit_code == 0
        assert re.search(
            r"The anchors file knows 6 entries of the change log, and this database holds 3: ", told.stderr
        )
