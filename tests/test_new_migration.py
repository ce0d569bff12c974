"""`make migration` writes a file that passes the checks of style as it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from registry.database import MIGRATIONS, alembic_config, head_revision
from tools.new_migration import next_revision, write_migration


@pytest.fixture
def own_migrations(tmp_path: Path) -> Path:
    """Return a folder with the house's migrations but the newest, and its settings of style."""
    shutil.copy(MIGRATIONS.parent / "pyproject.toml", tmp_path)
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    Path(ScriptDirectory(str(folder)).get_revision(head_revision()).path).unlink()
    return folder


def config_of(folder: Path) -> Config:
    config = alembic_config(f"sqlite:///{folder.parent / 'schema.db'}")
    config.set_main_option("script_location", str(folder))
    return config


def complaints(written: Path) -> list[str]:
    """Return what the two checks of style say about a file."""
    found = []
    for words in (["format", "--check"], ["check"]):
        command = [sys.executable, "-m", "ruff", *words, "--quiet", "--no-cache", str(written)]
        found.append(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    return [said for said in found if said]


def test_a_written_migration_passes_the_checks_of_style(own_migrations: Path) -> None:
    before = set(own_migrations.glob("versions/*.py"))
    write_migration(config_of(own_migrations), "Ask for a lumbar puncture before infusion")
    (written,) = set(own_migrations.glob("versions/*.py")) - before

    assert written.name.endswith("_ask_for_a_lumbar_puncture_before_infusion.py")
    assert complaints(written) == []
    text = written.read_text(encoding="utf-8")
    assert text.startswith('"""Ask for a lumbar puncture before infusion\n\nRevision ID: ')
    assert "op." in text and "pass" not in text and "###" not in text


def test_a_migration_that_changes_nothing_is_still_one(own_migrations: Path) -> None:
    before = set(own_migrations.glob("versions/*.py"))
    write_migration(config_of(own_migrations), "Keep the newest")
    write_migration(config_of(own_migrations), "Change nothing")
    (empty,) = [path for path in set(own_migrations.glob("versions/*.py")) - before if "nothing" in path.name]

    text = empty.read_text(encoding="utf-8")
    assert (text.count("    pass\n"), "import" in text.replace("from __future__ import", "")) == (2, False)
    assert complaints(empty) == []


def test_a_revision_is_named_after_its_day_and_its_place_in_it(own_migrations: Path) -> None:
    config = config_of(own_migrations)
    # six released ones are of 28 November; on 27 November, before that day, nobody can write another
    days = (date(2026, 11, 28), date(2026, 11, 27))
    assert [next_revision(config, day) for day in days] == ["20261128g", "20261127a"]
    expected = next_revision(config, date.today())
    write_migration(config, "Keep the newest")
    assert ScriptDirectory.from_config(config).get_current_head() == expected
