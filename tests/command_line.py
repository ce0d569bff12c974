"""The command `anakinra-registry` in an installation of its own, on the engine under test."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from past_the_triggers import without_triggers
from registry.cli import main
from registry.settings import write_secrets


@pytest.fixture
def settings_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings file of an installation that has nothing else: what it says is read before anything opens."""
    settings = tmp_path / "config.py"
    settings.touch()
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", str(settings))
    return settings


@pytest.fixture
def secrets_alone(settings_alone: Path) -> Path:
    """Return the secrets file of an installation that has no database."""
    folder = settings_alone.parent / "instance"
    folder.mkdir()
    return write_secrets(folder)


@pytest.fixture
def installation(own_database_url: str, settings_alone: Path) -> Path:
    """Return the folder of an installation on the engine under test."""
    settings_alone.write_text(f"SQLALCHEMY_DATABASE_URI = {own_database_url!r}\n")
    assert run("init").exit_code == 0
    return settings_alone.parent / "instance"


def run(*arguments: str) -> Result:
    """Return what a command said, and its exit code."""
    return CliRunner().invoke(main, arguments)


def tamper(url: str, statement: str) -> None:
    """Run a statement in a database past the registry, its triggers taken away for it."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection, without_triggers(connection):
        connection.execute(text(statement))
