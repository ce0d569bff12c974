"""What stands in the log of the server after an error: where it came from, and nothing typed about a child."""

import logging

from sqlalchemy import text

from registry.database import db

TYPED = "typed about a child"


def failing_statement():
    """Store a site without a time zone: PostgreSQL repeats the whole row in its refusal."""
    db.session.execute(text("INSERT INTO site (id, \"key\", code, name) VALUES (1, '1', 'X', :name)"), {"name": TYPED})


def failing_code():
    raise ValueError("a sentence of the code")


def log_of(app, caplog, monkeypatch, failing):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "health.show", failing)
    failing.permission = "public"
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text and TYPED not in answer.text
    return caplog.text


def test_a_host_that_cannot_be_is_answered_without_a_trace_in_the_log(app, caplog, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with caplog.at_level(logging.ERROR):
        answer = app.test_client().get("/", headers={"Host": "a" * 300})
    assert (answer.status_code, caplog.text) == (400, "")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_refusal_of_the_database_is_logged_without_the_row_it_refused(app, caplog, monkeypatch):
    log = log_of(app, caplog, monkeypatch, failing_statement)
    assert "Unexpected error, reference" in log and "in failing_statement" in log and "IntegrityError" in log
    assert TYPED not in log


def test_an_error_of_the_code_is_logged_with_its_message(app, caplog, monkeypatch):
    log = log_of(app, caplog, monkeypatch, failing_code)
    assert "in failing_code" in log and "ValueError: a sentence of the code" in log
