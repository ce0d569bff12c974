"""The health page, and what a page says when nothing is there, something failed or the database is away."""

import errno
import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest
from psycopg.errors import DiskFull, InFailedSqlTransaction, ReadOnlySqlTransaction
from sqlalchemy.exc import InternalError, OperationalError

from application import dispose
from factories import make_user
from registry.database import head_revision

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def test_the_health_page_tells_version_schema_revision_and_engine(client, connection):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert json.loads(answer.text) == {
        "version": tomllib.loads(PROJECT.read_text())["project"]["version"],
        "schema_revision": head_revision(),
        "engine": connection.dialect.name,
    }


def test_a_database_that_is_away_is_told_in_words(app, make_app, tmp_path):
    (tmp_path / "disk").mkdir()
    away = make_app({**app.config, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/disk/registry.sqlite"})
    shutil.rmtree(tmp_path / "disk")
    dispose(away)
    answer = away.test_client().get("/healthz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "The registry is busy" in answer.text and "sqlite" not in answer.text


def test_a_failure_shows_a_reference_and_no_trace(app, session, sign_in, monkeypatch, caplog):
    def fail():
        raise RuntimeError("patient DCA-00001 has a bad day")

    fail.permission = "signed in"
    client = sign_in(make_user(session))
    monkeypatch.setitem(app.view_functions, "home.index", fail)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "bad day" not in answer.text and "Traceback" not in answer.text
    reference = answer.text.partition('<span class="secret">')[2].partition("<")[0]
    assert f"reference {reference}" in caplog.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/secret/place"), 507),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/secret/place"), 507),
        (OperationalError("COMMIT", {}, Exception("database or disk is full")), 507),
        (OperationalError("UPDATE", {}, Exception("attempt to write a readonly database")), 507),
        (OperationalError("INSERT", {}, Exception("could not extend file: No space left on device")), 507),
        # PostgreSQL that speaks the language of its server, and one that is a copy.
        (OperationalError("INSERT", {}, DiskFull("Auf dem Gerät ist kein Speicherplatz mehr verfügbar")), 507),
        (InternalError("INSERT", {}, ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction")), 507),
        (InternalError("INSERT", {}, InFailedSqlTransaction("current transaction is aborted")), 500),
        (OperationalError("COMMIT", {}, Exception("database is locked")), 503),
        (OSError(errno.ECHILD, os.strerror(errno.ECHILD), "/secret/place"), 500),
    ],
)
def test_a_disk_that_takes_nothing_is_told_in_words(app, session, sign_in, monkeypatch, error, status):
    def fail():
        raise error

    fail.permission = "signed in"
    client = sign_in(make_user(session))
    monkeypatch.setitem(app.view_functions, "home.index", fail)
    answer = client.get("/")
    assert (answer.status_code, "The registry cannot write" in answer.text) == (status, status == 507)
    assert "secret/place" not in answer.text and "COMMIT" not in answer.text


@pytest.mark.parametrize(
    ("address", "method", "status", "title"),
    [
        ("/nowhere", "GET", 404, "Nothing is here"),
        ("/subjects/none", "GET", 404, "Nothing is here"),
        ("/accounts", "GET", 403, "Your role does not allow this"),
        ("/healthz", "POST", 405, "This page cannot be opened like that"),
    ],
)
def test_an_error_is_a_page_in_words(session, sign_in, address, method, status, title):
    client = sign_in(make_user(session, role="data_manager"))
    answer = client.open(address, method=method)
    assert (answer.status_code, f"<h1>{title}</h1>" in answer.text) == (status, True)


def test_a_form_that_is_too_large_is_refused_in_words(app, session, sign_in):
    client = sign_in(make_user(session, role="administrator"))
    answer = client.post("/sites/new", data={"name": "x" * (app.config["MAX_CONTENT_LENGTH"])})
    assert (answer.status_code, "That is too large" in answer.text) == (413, True)
