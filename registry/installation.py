"""A whole installation: secrets, schema, demonstration logins, the web server."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import inspect, select, text

from registry import WEB_WORKER, anchors, audit, child_processes, create_app, stored_under, triggers
from registry.database import (
    current_revision,
    db,
    engine_options,
    head_revision,
    knows_revision,
    migrate_to_head,
    reading,
    utc_now,
)
from registry.log_tables import Change
from registry.models import Subject, User
from registry.settings import (
    SECRETS_FILE,
    instance_folder,
    missing_secrets,
    read_settings,
    same_registry,
    write_secrets,
)

WORKERS = 2
THREADS = 2
"""Of each web worker. With more, their threads stand in each other's way: beside eight coordinators on two cores and
PostgreSQL four threads stored a fifth less than two, and the slowest saves took a third longer."""


class InstallationError(RuntimeError):
    """The installation is not in order; the message says what and what to do."""


@contextmanager
def application() -> Iterator[Flask]:
    """Open the application outside a web request and close its database connections afterwards."""
    app = create_app(pages=False)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def exists() -> bool:
    """Tell whether the secrets of an installation have been written."""
    return (instance_folder() / SECRETS_FILE).exists()


def initialise(*, mode: str = "production") -> None:
    """Write the secrets unless they exist and bring the database to the newest schema."""
    instance = instance_folder()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_new_secrets(instance)
    write_secrets(instance, mode=mode)
    with application() as app:
        _refuse_another_database()
        migrate_to_head(app.config["SQLALCHEMY_DATABASE_URI"])
        Path(app.config["STORAGE_DIR"]).mkdir(mode=0o700, parents=True, exist_ok=True)
        check_database()
        anchors.anchor(db.session(), "init", utc_now())


def _refuse_new_secrets(instance: Path) -> None:
    """Refuse to make secrets for a database with entries: sealed with a lost key, they could not be proven any more."""
    app = Flask("registry", instance_path=str(instance))
    read_settings(app)
    if exists() or not missing_secrets(app):
        return
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    db.init_app(app)
    with app.app_context():
        try:
            has_log = inspect(db.engine).has_table(Change.__tablename__)
            has_entries = has_log and db.session.execute(select(Change.seq).limit(1)).first() is not None
        finally:
            db.session.remove()
            db.engine.dispose()
    if has_entries:
        raise InstallationError(
            f"The database has entries, but {instance / SECRETS_FILE} is gone, with the key that seals them. New "
            "secrets would leave them unprovable: restore that file from its copy."
        )


def _refuse_another_database() -> None:
    """Refuse to migrate what a newer version wrote or another key sealed, and to begin anew beside an anchored log."""
    found, entries = _revision(), anchors.most_anchored()
    if found:
        if not knows_revision(found):
            check_schema()
        check_log_key()
    if entries and not found:
        raise InstallationError(
            f"The anchors file knows {entries} entries of a change log, and this database is empty. Put the registry's "
            "own database back, or correct SQLALCHEMY_DATABASE_URI; a new registry gets a folder and an anchors file "
            "of its own."
        )
    if not found:
        _refuse_another_encoding()


def _refuse_another_encoding() -> None:
    """Refuse to begin in a PostgreSQL database that is not in UTF-8: some names could not be saved."""
    if db.engine.dialect.name != "postgresql":
        return
    with reading(), db.engine.connect() as connection:
        encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise InstallationError(
            f"The database is in the encoding {encoding}, and the registry needs UTF8. Create it anew: createdb "
            "--encoding=UTF8 --template=template0."
        )


def check_schema() -> None:
    """Refuse a database that is not at the schema of this version: nothing read or written in it could be relied on."""
    found, wanted = _revision(), head_revision()
    if found == wanted:
        return
    if not found:
        raise InstallationError(
            "There is no registry in this database. Restore it, or correct SQLALCHEMY_DATABASE_URI; a new one is made "
            "by `anakinra-registry init`."
        )
    if knows_revision(found):
        raise InstallationError(
            f"The database is at schema {found}, this version needs {wanted}. Take a backup, then run "
            "`anakinra-registry init`."
        )
    raise InstallationError(
        f"The database is at schema {found}, which this version does not know: a newer one has upgraded it. Use that "
        "version, or restore the backup from before the upgrade."
    )


def _revision() -> str:
    """Return the schema revision of the database, empty when it has none."""
    with reading(), db.engine.connect() as connection:
        return current_revision(connection)


def check_database() -> None:
    """Refuse a database that is not at the newest schema or has lost its triggers."""
    check_schema()
    check_log_key()
    _refuse_without_guards()
    _refuse_if(stored_under.missing_keys(db.session()))
    _tell_of_lost_entries()


def _refuse_without_guards() -> None:
    """Refuse a database in which what was entered could be changed, and say how each guard differs."""
    connection = db.session.connection()
    if path := triggers.path_before_the_catalog(connection):
        raise InstallationError(f"The database is not asked as it should be: {path}.")
    lost = triggers.lost_guards(connection)
    if lost:
        raise InstallationError(
            "The database has lost its guards, the triggers that keep what was entered as it was: "
            f"{'; '.join(lost)}. No version of the registry does this: somebody with full rights to the database did. "
            "Find out who and why. `anakinra-registry audit verify` tells what else was changed: then keep this "
            "database as it is and restore a backup from before. Where it names these guards alone, the owner of the "
            "database can put back each as it was."
        )


def _tell_of_lost_entries() -> None:
    """Tell whoever starts the registry that entries which the anchors know are not in the log: it may be a backup."""
    there, known = audit.head(db.session()).seq, anchors.most_anchored()
    if known > there:
        click.echo(
            f"The anchors file knows {known} entries of the change log, and this database holds {there}: what was "
            "entered last is not in it. If an older backup was put back, take the anchors of that backup too "
            "(docs/deployment.md, Restore).",
            err=True,
        )


def check_log_key() -> None:
    """Refuse a key of another log: what is entered under it could not be proven, and all before would look forged."""
    with reading():
        _refuse_if(stored_under.wrong_log_key(db.session()))
        db.session.rollback()


def _refuse_if(wrong: str) -> None:
    if wrong:
        raise InstallationError(wrong)


def is_in_use() -> bool:
    """Tell whether anybody has an account or any child is registered."""
    with application():
        return any(db.session.execute(select(model.id).limit(1)).first() for model in (User, Subject))


def logins_file() -> Path:
    """Return the file that holds the demonstration logins."""
    return instance_folder() / "demo-logins.json"


def show_demo_logins(port: int) -> None:
    """Print where the demonstration runs and one login per role."""
    if not logins_file().exists():
        raise InstallationError(
            "This installation holds accounts or children but no demonstration logins: it is a real one, or its "
            "loading was cut short. A demonstration needs a folder of its own: set ANAKINRA_REGISTRY_INSTANCE, or, if "
            f"nothing but a demonstration was ever in it, remove {instance_folder()}."
        )
    logins = json.loads(logins_file().read_text(encoding="utf-8"))
    click.echo(f"\nPediatric Anakinra Registry: http://127.0.0.1:{port}\nDemonstration: synthetic patients only.\n")
    width = max(len(login["role"]) for login in logins)
    for login in logins:
        click.echo(f"  {login['role']:<{width}}  {login['email']:<40} {login['password']}")
    click.echo("\nStop with Ctrl-C.", nl=True)


def check_port(port: int) -> None:
    """Refuse a port on which something answers already."""
    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise InstallationError(f"Port {port} is in use. Choose another one, such as PORT={port + 1}.")


def web_workers() -> list[str]:
    """Return the arguments that tell gunicorn how many requests the registry answers at once."""
    return ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]


def serve(port: int) -> None:
    """Replace this process by gunicorn serving the registry on the loopback address.

    Gunicorn imports, and runs a gunicorn.conf.py, from the folder it starts in: that is the program's own. It takes no
    header for the beginning of the address: behind ``SCRIPT_NAME`` a visitor would hide which page a proxy passes on.
    """
    with application():
        check_database()
        anchors.anchor(db.session(), "start", utc_now())
    sys.stdout.flush()
    gunicorn = str(Path(sys.executable).with_name("gunicorn"))
    settings = [*web_workers(), "--bind", f"127.0.0.1:{port}", "--forwarder-headers", ""]
    quiet = ["--max-requests", "5000", "--max-requests-jitter", "500", "--log-level", "warning"]
    environment = {**same_registry(), "PYTHONSAFEPATH": "1"}
    os.chdir(child_processes.ROOT)
    os.execve(gunicorn, [gunicorn, *settings, *quiet, WEB_WORKER], environment)
