"""The application in tests: `app`, `client`, `session` share one transaction that is rolled back after each test.

A test that must really commit (several processes, crashes, locks) takes `own_app`, which has a database of its own.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.orm import Session

from databases import Databases
from registry import child_processes, create_app
from registry.database import db

PATIENCE = 240
"""Seconds after which a process of its own counts as stuck; others run beside it on the same two cores."""
SECRETS = {
    "SECRET_KEY": "secret-of-the-tests-" * 2,
    "SECURITY_PASSWORD_SALT": "salt-of-the-tests-" * 2,
    "AUDIT_KEY": "audit-key-of-the-tests-" * 2,
    "PSEUDONYM_KEY": "pseudonym-key-of-the-tests-" * 2,
    "SECURITY_TOTP_SECRETS": {"1": "totp-secret-of-the-tests-" * 2},
}


@pytest.fixture(scope="session", autouse=True)
def analyses_are_waited_for() -> Iterator[None]:
    """Let the process of an analysis run as fast as any other: in a test somebody waits for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_processes, "NICENESS", 0)
        yield


def settings(database_url: str, folder: Path) -> dict[str, Any]:
    """Return the settings of an application under test whose files lie in a folder."""
    return {
        **SECRETS,
        "TESTING": True,
        "CHECK_DAILY": False,
        "WTF_CSRF_ENABLED": False,
        "SQLALCHEMY_DATABASE_URI": database_url,
        "STORAGE_DIR": str(folder / "storage"),
        "ANCHORS_FILE": str(folder / "anchors.log"),
    }


@pytest.fixture(scope="session")
def worker_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Yield the application of this worker; tests take `app`, which undoes what they do."""
    app = create_app(settings(database_url, tmp_path_factory.mktemp("instance")))
    yield app
    dispose(app)


@pytest.fixture
def connection(worker_app: Flask) -> Iterator[Connection]:
    """Yield the one connection of this test, inside the transaction that is rolled back after it."""
    with undone(worker_app) as connection:
        yield connection


@contextmanager
def undone(app: Flask) -> Iterator[Connection]:
    """Yield the one connection that an application has for a while; whatever it commits is gone afterwards."""
    with app.app_context():
        # A commit inside ends a savepoint; the transaction around it stays open.
        db.session.configure(join_transaction_mode="create_savepoint")
    engines = engines_of(app)
    engine = cast(Engine, engines[None])
    with engine.connect() as connection:
        transaction = connection.begin()
        engines[None] = connection
        try:
            yield connection
        finally:
            engines[None] = engine
            transaction.rollback()


@pytest.fixture
def app(worker_app: Flask, connection: Connection) -> Flask:
    """Return the application; whatever it commits is gone after the test. No application context is open:
    requests would share it, and with it the user who is signed in."""
    assert engines_of(worker_app)[None] is connection
    return worker_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client that nobody is signed in with."""
    return app.test_client()


@pytest.fixture
def session(connection: Connection) -> Iterator[Session]:
    """Yield a session that sees what the application saves in this test, and the other way round after a flush."""
    with Session(bind=connection, join_transaction_mode="create_savepoint") as session:
        yield session


@pytest.fixture(scope="session")
def lent_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return the application that `own_app` lends to one test after the other: what it has compiled once, pages and
    statements, is there for all of them. Between two tests it has no database."""
    return create_app(settings(databases.url("of_nobody"), tmp_path_factory.mktemp("instance")))


@pytest.fixture
def own_app(lent_app: Flask, own_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Yield an application with its own settings, whose database nobody else uses: its commits are real."""
    with lent(lent_app, own_database_url, tmp_path):
        yield lent_app


@contextmanager
def lent(app: Flask, database_url: str, folder: Path) -> Iterator[None]:
    """Give an application a database, and a folder for its files, for a while."""
    config = dict(app.config)
    app.config.update(settings(database_url, folder))
    try:
        with connecting_to(database_url, cast(Engine, engines_of(app)[None])):
            yield
    finally:
        app.config.clear()
        app.config.update(config)


@contextmanager
def connecting_to(url: str, engine: Engine) -> Iterator[None]:
    """Let an engine connect to another database of its kind, and forget it afterwards."""
    of_nobody, engine.url = engine.url, make_url(url)
    there, named = engine.dialect.create_connect_args(engine.url)

    def redirect(_dialect: object, _record: object, arguments: list[Any], keywords: dict[str, Any]) -> None:
        arguments[:] = there
        keywords.update(named)

    engine.dispose()
    event.listen(engine, "do_connect", redirect)
    try:
        yield
    finally:
        event.remove(engine, "do_connect", redirect)
        engine.url = of_nobody
        engine.dispose()


@pytest.fixture
def make_app() -> Iterator[Callable[[Mapping[str, Any]], Flask]]:
    """Return a function that starts another application with the settings given, gone after the test."""
    apps: list[Flask] = []

    def make(given: Mapping[str, Any]) -> Flask:
        apps.append(create_app(given))
        return apps[-1]

    yield make
    for app in apps:
        dispose(app)


def engines_of(app: Flask) -> MutableMapping[str | None, Engine | Connection]:
    """Return the engines of an application by bind key, as it looks them up."""
    with app.app_context():
        return cast(MutableMapping[str | None, Engine | Connection], db.engines)


def dispose(app: Flask) -> None:
    """Close the connections of an application."""
    for engine in engines_of(app).values():
        cast(Engine, engine).dispose()
