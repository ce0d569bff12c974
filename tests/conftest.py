"""The databases every test shares. TEST_ENGINE=sqlite (default) or postgresql decides on which engine they run.

`database_url`        the worker's own migrated database, kept for the whole run: a test must undo what it does.
`own_database_url`    a migrated database for one test that commits.
`empty_database_url`  a database without a schema, for tests of the migrations themselves.
`app`, `client`, `session`, `own_app` stand in application.py, which is loaded from here.
"""

import gc
import os
import sqlite3
import tempfile
import uuid
from collections.abc import Generator, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import parts
from databases import Databases, PostgresDatabases, SqliteDatabases, copy_of_template, name_of_kept, worker_name
from examples import USUAL, examples
from run_folder import create_run_folder
from run_record import RunRecord, WorkerRecord
from tools.postgres_server import start_postgres

pytest_plugins = [
    "analysis_here",
    "application",
    "command_line",
    "resolution_cohorts",
    "signing_in",
    "study",
    "export_requests",
    "asking_for_exports",
    "grid_by_hand",
    "blinded_cases",
]

# With the seed of pyproject.toml or run_tests.py the same examples in every run: what fails here fails for everyone.
settings.register_profile("registry", examples(USUAL), deadline=None, database=None)
settings.load_profile("registry")

ENGINE = os.environ.get("TEST_ENGINE", "sqlite")
GARBAGE = (10_000, 20, 100)
"""When garbage is searched for: with the usual thresholds that takes a tenth of a run."""
KEPT = ("kept_request", "kept_study")
"""Fixtures that fill a database for all tests that ask for them: each gets a copy of it, of the first of these."""
FOLDER = pytest.StashKey[Path]()


def refuse_dates(value: date) -> str:
    """Raise TypeError: a date without a type for its column, for which Python 3.12 and later warn."""
    raise TypeError(f"a plain {type(value).__name__} was given to SQLite: {value}")


for kind in (date, datetime):
    sqlite3.register_adapter(kind, refuse_dates)


def pytest_configure(config: pytest.Config) -> None:
    """Open the run: one folder and, on PostgreSQL, one server, which belong to the controlling process."""
    if ENGINE not in ("sqlite", "postgresql"):
        raise pytest.UsageError(f"TEST_ENGINE is {ENGINE!r}: give sqlite or postgresql.")
    # What a demonstration or a real installation left in this folder is no test's business.
    os.environ["ANAKINRA_REGISTRY_INSTANCE"] = "/nonexistent/instance"
    os.environ.pop("ANAKINRA_REGISTRY_CONFIG", None)
    config.pluginmanager.register(parts)
    worker: Any = config if hasattr(config, "workerinput") else None
    if worker:
        config.stash[FOLDER] = Path(worker.workerinput["run_folder"])
        config.pluginmanager.register(WorkerRecord(worker.workeroutput))
        return
    folder = create_run_folder()
    config.add_cleanup(folder.remove)
    config.stash[FOLDER] = folder.path
    keep_temporary_files_in(folder.path / "tmp")
    if ENGINE == "postgresql" and parts.PART != parts.REST and not config.option.collectonly:
        config.add_cleanup(start_postgres(folder.path / "postgres").stop)
    if record := os.environ.get("TEST_RECORD"):
        config.pluginmanager.register(RunRecord(Path(record)))


def keep_temporary_files_in(folder: Path) -> None:
    """Let this process, its workers and the browser put their temporary files into a new folder."""
    folder.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave all that was collected out of the search for garbage, since it lives to the end; search less often."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Search for garbage a last time, which tells what was left open; pytest would search all of it five times."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the run's folder is."""
    node.workerinput["run_folder"] = str(node.config.stash[FOLDER])


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """Return the folder that all processes of this run share."""
    return pytestconfig.stash[FOLDER]


@pytest.fixture(scope="session")
def shared_folder(run_folder: Path) -> Path:
    """Return a folder for what no engine has a part in and takes long to make; the runs of `make test` share it."""
    return Path(os.environ.get("TEST_SHARED") or run_folder)


@pytest.fixture(scope="session")
def databases(run_folder: Path) -> Databases:
    """Return the maker of databases of the engine under test."""
    if parts.PART == parts.REST:
        pytest.fail("This run has no database to give: name the fixture in the test's arguments, so that it is seen.")
    if ENGINE == "postgresql":
        return PostgresDatabases(folder=run_folder / "postgres")
    return SqliteDatabases(folder=run_folder)


@pytest.fixture(scope="session")
def database_url(databases: Databases, run_folder: Path) -> str:
    """Return the address of this worker's migrated database."""
    return copy_of_template(databases, run_folder, f"worker_{worker_name()}")


@pytest.fixture
def own_database_url(request: pytest.FixtureRequest, databases: Databases, run_folder: Path) -> Iterator[str]:
    """Yield the address of a migrated database that nobody else uses, a copy of what a test begins with."""
    name = f"own_{uuid.uuid4().hex}"
    if kept := [what for what in KEPT if what in request.fixturenames]:
        yield databases.copy(name_of_kept(kept[0]), name)
    else:
        yield copy_of_template(databases, run_folder, name)
    databases.drop(name)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """Yield the address of a database without any table."""
    name = f"empty_{uuid.uuid4().hex}"
    yield databases.create(name)
    databases.drop(name)
