"""The command `anakinra-registry`: everything that is done without a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime

import click
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry import anchors, audit, child_processes, installation
from registry.access import ROLES, SITE_ROLES
from registry.accounts import people
from registry.accounts.invitations import DAYS, make_invitation
from registry.audit_tables import IS_DERIVED
from registry.audit_verify import verify
from registry.cli_release import RELEASE_COMMANDS
from registry.cli_running import Commands, in_words, say, with_app
from registry.database import db, one_snapshot, utc_now
from registry.demo.writing import load_demo
from registry.models import Site, Subject, User
from registry.plain_forms.accounts import NewAccountForm
from registry.rechecking import CHILDREN_AT_ONCE, check_all, with_open_ends
from registry.saving.consequences import derive_again

STUDY_ROLES = frozenset(ROLES) - SITE_ROLES


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="anakinra-registry")
def main() -> None:
    """Run the Pediatric Anakinra Registry from the command line."""
    os.umask(0o077)  # database, cuts and exports are for this account only, also in a folder that others can open


at_port = click.option(
    "--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default="$PORT or 8000"
)


@main.command()
@in_words
def init() -> None:
    """Write the secrets of a new installation and create or migrate its database."""
    installation.initialise()
    is_new = not installation.is_in_use()
    after = "add-user" if is_new else "derive, then anakinra-registry check --all"
    click.echo(f"The registry is ready. Next: anakinra-registry {after}, then anakinra-registry serve.")


@main.command()
@at_port
@click.option(
    "--patients",
    type=click.IntRange(min=1),
    default=240,
    show_default=True,
    help="How many synthetic children to load when empty.",
)
@in_words
def demo(port: int, patients: int) -> None:
    """Set up and serve a demonstration with synthetic children on this machine."""
    installation.check_port(port)
    installation.initialise(mode="demo")
    if not installation.is_in_use():
        arguments = child_processes.python("registry", "demo-data", "--patients", str(patients), "--seed", "1")
        if code := subprocess.run(arguments, env=child_processes.told(os.environ), check=False).returncode:
            sys.exit(code)
    installation.show_demo_logins(port)
    installation.serve(port)


@main.command("demo-data")
@click.option(
    "--patients", type=click.IntRange(min=1), default=240, show_default=True, help="How many synthetic children."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same children.")
@in_words
def demo_data(patients: int, seed: int) -> None:
    """Fill an empty demonstration with synthetic children at six sites and one login per role."""
    if not installation.exists():
        installation.initialise(mode="demo")
    _fill(patients, seed)


@with_app
def _fill(app: Flask, patients: int, seed: int) -> None:
    if app.config["MODE"] != "demo":
        raise installation.InstallationError(
            "This installation is for real patients (MODE is not 'demo'). Give the demonstration a folder of its own: "
            "set ANAKINRA_REGISTRY_INSTANCE and run this again."
        )
    file = installation.logins_file()
    loaded = load_demo(db.session(), patients=patients, seed=seed, until=utc_now().date(), logins_file=file)
    click.echo(f"{loaded.children} synthetic children, {loaded.saves} saves. Logins: {file.name}")


@main.command()
@at_port
@in_words
def serve(port: int) -> None:
    """Serve the registry with gunicorn on this machine's loopback address."""
    installation.check_port(port)
    installation.serve(port)


@main.command("add-user")
@click.argument("email")
@click.option("--name", required=True, help="The person's name, as others see it.")
@click.option("--role", type=click.Choice(sorted(STUDY_ROLES)), default="administrator", show_default=True)
@with_app
def add_user(_app: Flask, email: str, name: str, role: str) -> None:
    """Add a person with a study-wide role and print the path of their invitation; an administrator does the rest."""
    session, at = db.session(), utc_now()
    form = NewAccountForm(MultiDict({"name": name, "email": email}), meta={"csrf": False})
    if not form.validate():
        raise click.ClickException(" ".join(said for errors in form.errors.values() for said in errors))
    user = people.add_person(session, name=form.name.data, email=form.email.data, by=None, at=at)
    people.give_role(session, user, role=role, site=None, by=None, at=at, reason="Added from the command line.")
    _hand_over(user, at)


@main.command("invite")
@click.argument("email")
@click.option("--reset-second-factor", is_flag=True, help="The authenticator app and the recovery codes are lost too.")
@with_app
def invite(_app: Flask, email: str, reset_second_factor: bool) -> None:
    """Print a new invitation for a person who has an account, for when no administrator can sign in to make one."""
    session, at = db.session(), utc_now()
    user = people.find_by_email(session, email)
    if user is None:
        raise click.ClickException(f"There is no account for {email}. To make one: anakinra-registry add-user.")
    if not user.active:
        raise click.ClickException(f"The account for {email} is closed. An administrator can reopen it.")
    if reset_second_factor:
        people.reset_second_factor(session, user, by=None, at=at, reason="Reset from the command line.")
    _hand_over(user, at)


def _hand_over(user: User, at: datetime) -> None:
    token = make_invitation(user)
    people.record_invitation(db.session(), user, by=None, at=at)
    db.session.commit()
    say(f"Send {user.name} this address, valid for {DAYS} days, behind the registry's own: /invitation#{token}")


@main.command()
@with_app
def derive(_app: Flask) -> None:
    """Bring every derived value up to date, as after an upgrade."""
    session, changed = db.session(), 0
    subjects = list(session.scalars(select(Subject).order_by(Subject.id)))
    for start in range(0, len(subjects), CHILDREN_AT_ONCE):
        changed += derive_again(session, subjects[start : start + CHILDREN_AT_ONCE])
        session.commit()
    click.echo(f"{changed} records brought up to date, of {len(subjects)} children.")


@main.command("check")
@click.option("--all", "every", is_flag=True, help="Every child; otherwise those with an incomplete form or a query.")
@click.option("--site", "site_code", metavar="CODE", help="Only the children of this site.")
@with_app
def check_command(_app: Flask, every: bool, site_code: str | None) -> None:
    """Judge stored children again and open or close data queries; run it once a day, and --all after an upgrade."""
    session = db.session()
    subjects = select(Subject).order_by(Subject.id) if every else with_open_ends()
    if site_code is not None:
        site = session.scalar(select(Site).where(Site.code == site_code))
        if site is None:
            known = ", ".join(session.scalars(select(Site.code).order_by(Site.code))) or "none yet"
            raise click.ClickException(f"There is no site {site_code}. Sites: {known}.")
        subjects = subjects.where(Subject.site_id == site.id)
    click.echo(str(check_all(session, subjects, utc_now())))


@main.group("audit")
def audit_group() -> None:
    """Look after the change log."""


@audit_group.command("verify")
@with_app
def audit_verify_command(_app: Flask) -> None:
    """Prove that the change log and the tables behind it agree; exit 1 and name each disagreement otherwise."""
    session = db.session()
    with one_snapshot(session):
        problems = verify(session)
        entries = 0 if problems else audit.head(session).seq
    for problem in problems:
        say(problem)
    found = f"{len(problems)} disagreement{'' if len(problems) == 1 else 's'}"
    if problems and all(problem.endswith(IS_DERIVED) for problem in problems):
        raise click.ClickException(
            f"{found}, all about values worked out from answers. After an upgrade run "
            "anakinra-registry derive, then this again. Otherwise somebody changed them past the registry: keep a copy."
        )
    if problems:
        raise click.ClickException(f"{found}. Keep this database as it is and restore a backup.")
    click.echo(f"The log is intact: {entries} entries, and every table agrees with it.")


@main.command(context_settings={"ignore_unknown_options": True})  # -1/3 is a wrong count, not an option
@click.argument("first")
@click.argument("second")
def compare(first: str, second: str) -> None:
    """Compare two proportions, such as 17/19 22/32: exact limits, difference, odds ratio, Fisher's test."""
    command = child_processes.python("analysis", "compare", first, second)
    sys.exit(subprocess.run(command, env=child_processes.told({}), check=False).returncode)


@main.command("anchor")
@with_app
def anchor_command(_app: Flask) -> None:
    """Write the end of the change log to the anchors file, as at each start, cut and export."""
    anchors.anchor(db.session(), "command", utc_now())
    click.echo("Anchored.")


for command in RELEASE_COMMANDS:
    main.add_command(command)
