"""Databases for tests, alike on both engines: one migrated template per run, copied wherever a test needs one."""

import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

from tools.postgres_server import connection_parameters, sqlalchemy_url

TEMPLATE = "template_of_the_run"
MIGRATE = "import sys; from registry.database import migrate_to_head; migrate_to_head(sys.argv[1])"


class Databases(Protocol):
    """What a test engine can do; names are plain lower-case words."""

    def url(self, name: str) -> str: ...
    def create(self, name: str) -> str: ...
    def copy(self, source: str, name: str) -> str: ...
    def drop(self, name: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class SqliteDatabases:
    """One file per database."""

    folder: Path

    def url(self, name: str) -> str:
        return f"sqlite:///{self._file(name)}"

    def create(self, name: str) -> str:
        self.drop(name)
        return self.url(name)

    def copy(self, source: str, name: str) -> str:
        with closing(sqlite3.connect(self._file(source))) as old, closing(sqlite3.connect(self._file(name))) as new:
            old.backup(new)  # a plain copy of the file would lose what still stands in the write-ahead log
        return self.url(name)

    def drop(self, name: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._file(name)}{suffix}").unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.db"


@dataclass(frozen=True, kw_only=True)
class PostgresDatabases:
    """One server, reached by the socket in its folder."""

    folder: Path

    def url(self, name: str) -> str:
        return sqlalchemy_url(self.folder, name)

    def create(self, name: str) -> str:
        return self.copy("template1", name)

    def copy(self, source: str, name: str) -> str:
        self.drop(name)
        # The default writes each page to the log first, for a crash that a test database need not outlive.
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, source)
        return self.url(name)

    def drop(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(connection_parameters(self.folder, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def prepare_template(url: str) -> None:
    """Migrate the database at `url` to the newest schema, in a child process: Alembic sets up logging for itself."""
    subprocess.run([sys.executable, "-c", MIGRATE, url], check=True)


def copy_of_template(
    databases: Databases, folder: Path, name: str, prepare: Callable[[str], None] = prepare_template
) -> str:
    """Return the address of a new copy of the template, which the first caller of the run prepares."""
    done = folder / "template-is-ready"
    with (folder / "template-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            prepare(databases.create(TEMPLATE))
            done.touch()
    return databases.copy(TEMPLATE, name)


def name_of_kept(what: str) -> str:
    """Return the name of the database in which this process keeps what many tests begin with, to be copied."""
    return f"{what}_{worker_name()}"


def worker_name() -> str:
    """Return a name for this test process that no other process of the run has."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
