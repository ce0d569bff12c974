"""The command `anakinra-registry`: everything that is done without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from registry import audit, create_app, installation
from registry.audit_verify import verify
from registry.cuts import CutError, take_cut
from registry.database import db, utc_now
from registry.settings import SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="anakinra-registry")
def main() -> None:
    """Run the Pediatric Anakinra Registry from the command line."""


def _with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application; say in one line what keeps it from starting."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            app = create_app()
            with app.app_context():
                return command(app, *args, **options)
        except (SettingsError, CutError, installation.InstallationError) as error:
            raise click.ClickException(str(error)) from None
        except OperationalError as error:
            raise click.ClickException(f"The database does not answer: {error.orig}") from None

    return run


@main.command()
def init() -> None:
    """Write the secrets of a new installation and create or migrate its database."""
    installation.initialise()
    click.echo("The registry is ready. Next: anakinra-registry add-user, then anakinra-registry serve.")


@main.command()
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), show_default="$PORT or 8000")
@click.option("--patients", default=240, show_default=True, help="How many synthetic children to load when empty.")
def demo(port: int, patients: int) -> None:
    """Set up and serve a demonstration with synthetic children on this machine."""
    installation.initialise(mode="demo")
    if not installation.has_subjects():
        arguments = [sys.executable, "-m", "registry", "demo-data", "--patients", str(patients), "--seed", "1"]
        subprocess.run(arguments, check=True)
    installation.show_demo_logins(port)
    installation.serve(port)


@main.command()
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), show_default="$PORT or 8000")
def serve(port: int) -> None:
    """Serve the registry with gunicorn on this machine's loopback address."""
    installation.serve(port)


@main.command("cut")
@click.argument("folder", type=click.Path(path_type=Path))
@_with_app
def cut_command(_app: Flask, folder: Path) -> None:
    """Write a data cut of everything the registry holds now into FOLDER."""
    cut = take_cut(db.session, folder, by=None)
    db.session.commit()
    click.echo(f"Cut {cut.cut_id[:12]}: {cut.subjects} children, {cut.rows} rows, in {folder}")


@main.group("audit")
def audit_group() -> None:
    """Look after the change log."""


@audit_group.command("verify")
@_with_app
def audit_verify_command(_app: Flask) -> None:
    """Prove that the change log and the tables behind it agree; exit 1 and name each disagreement otherwise."""
    problems = verify(db.session)
    for problem in problems:
        click.echo(problem)
    end = audit.head(db.session)
    if problems:
        raise click.ClickException(f"{len(problems)} disagreements. Keep this database as it is and restore a backup.")
    click.echo(f"The log is intact: {end.seq} entries, and every table agrees with it.")


@main.command()
@click.argument("first")
@click.argument("second")
def compare(first: str, second: str) -> None:
    """Compare two proportions, such as 17/19 22/32: exact limits, difference, odds ratio, Fisher's test."""
    sys.exit(subprocess.run([sys.executable, "-m", "analysis", "compare", first, second], check=False).returncode)


@main.command("anchor")
@_with_app
def anchor_command(_app: Flask) -> None:
    """Write the end of the change log to the anchors file, as at each start, cut and export."""
    audit.anchor(db.session, "command", utc_now())
    click.echo("Anchored.")
