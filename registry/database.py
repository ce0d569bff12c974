"""The database: one declarative base, exact column types, engine settings and the way to the newest schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, Numeric, event, text
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import Text, TypeDecorator

from registry import sqlite_writers

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every mapped table of the registry."""

    metadata = MetaData(naming_convention=NAMES)


# What was saved stays readable after the commit: reading it again would begin another transaction.
db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False})


def utc_now() -> datetime:
    """Return the current time in UTC, without zone, to the second: system time as it is stored."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


class Exact(TypeDecorator[Decimal]):
    """A decimal number that comes back exactly as stored, on both engines.

    SQLite keeps NUMERIC as a binary float: fifteen digits survive, and rounding to the declared scale restores them.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        if precision > 15:
            raise ValueError(f"NUMERIC({precision},{scale}) does not survive in SQLite")
        super().__init__(precision, scale)
        self.scale = scale
        self.precision = precision

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        exact = dialect.name != "sqlite"
        plain: Any = Numeric(self.precision, self.scale, asdecimal=exact)  # type: ignore[call-overload]
        return dialect.type_descriptor(plain)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return float(value) if value is not None and dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Any:
        # Most columns of a row are empty: one call decides, where the inherited chain takes three.
        if dialect.name == "sqlite":
            return lambda value: None if value is None else float(value)
        return super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        # Most columns of a row are empty here too; fixed-point text gives the scale that the column declares.
        pattern = f"%.{self.scale}f"
        if dialect.name == "sqlite":
            return lambda value: None if value is None else Decimal(pattern % value) + 0
        step = Decimal(1).scaleb(-self.scale)
        return lambda value: None if value is None else value.quantize(step) + 0


class Json(TypeDecorator[Any]):
    """Plain data kept as compact JSON text, the same bytes on both engines."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        return _as_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        # The null flavours of most rows are empty, and so are most other columns of lists.
        return lambda value: None if value is None else {} if value == "{}" else json.loads(value)


def _as_text(value: Any) -> str | None:
    if not value and value is not None:
        return "{}" if value == {} else "[]" if value == [] else _dumped(value)
    return None if value is None else _dumped(value)


def _dumped(value: Any) -> str:
    return _COMPACT.encode(value)


_COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


View = TypeVar("View", bound=Callable[..., Any])

_read_only: ContextVar[bool] = ContextVar("read_only", default=False)
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_patience: ContextVar[float] = ContextVar("patience", default=sqlite_writers.LONGEST_WAIT_SECONDS)
MOMENT_SECONDS = 0.2
PREPARED = 1000
"""Statements that a connection to PostgreSQL keeps prepared: those of all pages and forms, more than the hundred of
psycopg, which would drop each of them before it is wanted again."""


@contextmanager
def reading() -> Iterator[None]:
    """Make transactions begun inside read-only snapshots instead of taking SQLite's write lock at once."""
    token = _read_only.set(True)
    try:
        yield
    finally:
        _read_only.reset(token)


@contextmanager
def one_snapshot(session: Session) -> Iterator[None]:
    """Let a session see the database as it stands now and no later, whatever others save meanwhile; it keeps no lock.

    What it read before is ended, and so is this when the block ends. Nothing may be written inside.
    """
    session.rollback()
    with reading():
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield
        session.rollback()


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """End what a view that ``reads_first`` has read, so that the transaction inside takes SQLite's write lock at once.

    What was read before may have changed by then: whoever writes reads again what it relies on. PostgreSQL locks row by
    row, so there the transaction goes on.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.commit()
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Make transactions begun inside that write wait no longer for SQLite's lock; then they fail."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def writing_if_free(session: Session) -> Iterator[None]:
    """Write what is no great loss unwritten: where somebody holds the lock for more than a moment, it is not written.

    The block ends with its commit.
    """
    try:
        with waiting_at_most(MOMENT_SECONDS), writing(session):
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text(f"SET LOCAL lock_timeout = '{MOMENT_SECONDS}s'"))
            yield
    except OperationalError:
        session.rollback()


def only_reads(view: View) -> View:
    """Mark a view that answers a POST without storing anything: it needs no write lock."""
    view.only_reads = True  # type: ignore[attr-defined]
    return view


def reads_first(view: View) -> View:
    """Mark a view that takes the write lock by ``writing`` alone: nobody waits while it reads what was typed."""
    view.reads_first = True  # type: ignore[attr-defined]
    return view


def _only_reads() -> bool:
    if _read_only.get() or not has_request_context():
        return _read_only.get()
    if _writing.get():
        return False
    view = current_app.view_functions.get(request.endpoint or "")
    is_marked = getattr(view, "only_reads", False) or getattr(view, "reads_first", False)
    return request.method in ("GET", "HEAD", "OPTIONS") or is_marked


def configure_engine(engine: Engine) -> Engine:
    """Set the engine up the way the registry needs it; return it."""
    if engine.dialect.name == "sqlite":
        sqlite_writers.queue_up(engine, only_reads=_only_reads, patience=_patience.get)
    else:
        event.listen(engine, "connect", _keep_what_is_prepared)
    return engine


def _keep_what_is_prepared(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.prepared_max = PREPARED


def engine_options(url: str) -> dict[str, Any]:
    """Return the pool settings for a database address; an error never repeats the values of a statement."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10}, "hide_parameters": True}
    pool = {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, "connect_args": {"client_encoding": "utf8"}}
    return {**pool, "isolation_level": "READ COMMITTED", "hide_parameters": True}


def alembic_config(url: str) -> Config:
    """Return the Alembic configuration for a database address."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.set_main_option("truncate_slug_length", "80")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def migrate_to_head(url: str) -> None:
    """Bring the database at an address to the newest schema, keeping what is in it."""
    command.upgrade(alembic_config(url), "head")


def head_revision() -> str:
    """Return the newest schema revision that this code knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def knows_revision(revision: str) -> bool:
    """Tell whether a schema revision is one of this code, and not of a newer version of it."""
    return revision in {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def current_revision(connection: Connection) -> str:
    """Return the schema revision of a database, or several where somebody wrote them; empty when it has none."""
    return ", ".join(sorted(MigrationContext.configure(connection).get_current_heads()))
