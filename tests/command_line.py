"""The command `anakinra-registry` in an installation of its own, on the engine under test."""

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
    """Return what a command said, and its exit code."""
    return CliRunner().invoke(main, arguments)


def tamper(url: str, statement: str) -> None:
    """Run a statement in a database past the registry, its triggers taken away for it."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        triggers.drop_triggers(connection)
        connection.execute(text(statement))
        triggers.create_triggers(connection)
