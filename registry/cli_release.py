"""Commands about what leaves the study: data cuts, exports, data use agreements."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import cli_preview
from registry.access import NotAllowed
from registry.cli_running import Commands, say, with_app
from registry.database import db, utc_now
from registry.models import new_key
from registry.release import admission, agreements, preparing, requests, runs, unfinished, writing
from registry.release.cuts import LONGEST_NAME, snapshot, take_cut
from registry.release.export_rows import DONE, QUEUED, RUNNING, WAITING
from registry.release.models import Cut, DataUseAgreement, Export
from registry.release.order import FORMATS, Order
from registry.release.profiles import TERMS, Profile
from registry.release.quasi_identifiers import LADDER
from registry.storage import storage_folder

SECONDS_BETWEEN_LOOKS = 0.2

at_folder = click.argument("folder", type=click.Path(path_type=Path))


@click.command("cut")
@at_folder
@click.option("--name", default="", help=f"What to call it, such as 'Steering committee'; at most {LONGEST_NAME}.")
@with_app
def cut_command(_app: Flask, folder: Path, name: str) -> None:
    """Write a data cut of everything the registry holds now into FOLDER."""
    cut = take_cut(db.session(), folder, by=None, name=name)
    say(f"Cut {cut.cut_id[:12]}: {cut.subjects} children, {cut.rows} rows, in {folder}")


@click.command("export")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    default="deidentified",
    show_default=True,
    help="What leaves.",
)
@click.option("--project", default="registry", show_default=True, help="Release project: it decides the pseudonyms.")
@click.option("--purpose", default="Command line", show_default=True, help="What the data are for; kept in the log.")
@click.option("--recipient", default="", help="Who gets the files; empty: they stay with the registry.")
@click.option("--form", "forms", multiple=True, type=click.Choice([*CASEBOOK]), help="Only this form; may be repeated.")
@click.option("--format", "formats", multiple=True, type=click.Choice([*FORMATS]), help="May be repeated.  [csv]")
@click.option("--agreement", metavar="KEY", help="The data use agreement it is under (see agreement list).")
@click.option("--request", "request_key", metavar="KEY", help="Hand out what was asked for on the page and approved.")
@click.option(
    "--keep",
    multiple=True,
    type=click.Choice([quasi.name for quasi in LADDER]),
    help="What matters most: made coarser last; may be repeated.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be done to each item and the risk; write nothing.")
@with_app
def export_command(
    _app: Flask,
    folder: Path | None,
    profile: str,
    project: str,
    purpose: str,
    recipient: str,
    forms: tuple[str, ...],
    formats: tuple[str, ...],
    agreement: str | None,
    request_key: str | None,
    keep: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Take a data cut of now and write its package into FOLDER, or hand out an approved request with --request.

    --dry-run shows what would leave and needs no FOLDER.
    """
    if request_key is not None:
        _refuse_beside_a_request()
    if profile == Profile.PUBLIC and set(formats) - {"csv"}:
        raise NotAllowed("The public profile holds counts, written as CSV only: leave --format out.")
    session = db.session()
    order = Order(
        profile=Profile(profile),
        project=project,
        purpose=purpose,
        recipient=recipient,
        forms=forms or tuple(CASEBOOK),
        formats=formats or ("csv",),
        agreement=agreement,
        keep=keep,
    )
    if dry_run:
        _preview(session, order)
        return
    if folder is None:
        raise NotAllowed("Name the folder to write: anakinra-registry export FOLDER. Only --dry-run needs none.")
    _refuse_what_is_there(folder)
    export = _place(session, order) if request_key is None else _approved(session, request_key)
    _wait(session, export)
    _hand_out(session, export, folder)
    say(f"Export {export.sha256[:12]} ({export.profile}): {export.subjects} children, in {folder}")


def _refuse_what_is_there(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise NotAllowed(f"{folder.name} is not a folder: give the export a folder of its own.")
    if folder.exists() and any(folder.iterdir()):
        name = folder.resolve().name or folder
        raise NotAllowed(f"The folder {name} is not empty: give the export a folder of its own.")


def _refuse_beside_a_request() -> None:
    """Refuse options that an approved request has answered already: they would change nothing."""
    context = click.get_current_context()
    others = [option for option in context.command.params if option.name not in ("folder", "request_key")]
    given = [
        option.opts[0]
        for option in others
        if option.name and context.get_parameter_source(option.name) is click.core.ParameterSource.COMMANDLINE
    ]
    if given:
        raise NotAllowed(f"What leaves with --request was approved as it is: leave {', '.join(given)} out.")


def _place(session: Session, order: Order) -> Export:
    """Return the export of a data cut of now. Where it is refused no cut is left behind: nobody asked for one."""
    at = utc_now()

    def check(cut: Cut) -> None:
        requests.check(session, order, cut, by=None, at=at)

    cut = take_cut(session, storage_folder("cuts", new_key()), by=None, at=at, before_entry=check)
    return requests.place(session, order, cut, by=None, at=at)


def _preview(session: Session, order: Order) -> None:
    at, folder = utc_now(), storage_folder("previews", new_key())
    try:
        cut = snapshot(session, folder, at=at)
        admission.admit(session, order, cut, by=None, at=at)
        told = [*cli_preview.lines(preparing.prepare(session, cut, order))]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for line in told:
        click.echo(line)


def _approved(session: Session, key: str) -> Export:
    """Return a request that may be handed out here; NotAllowed says what it lacks."""
    export = session.scalar(select(Export).where(Export.key == key))
    if export is None:
        raise NotAllowed("There is no such request. Its page shows the key at the end of its address.")
    if export.status == WAITING:
        raise NotAllowed("This request waits for a privacy officer. Once it is approved it can be handed out.")
    if TERMS[Profile(export.profile)].needs_approval and export.decided_by_id is None:
        raise NotAllowed("Nobody has approved this request. Only who asked for it downloads it, on its page.")
    return export


def _wait(session: Session, export: Export) -> None:
    """Return once an export is written, telling its progress; NotAllowed when it is not to be."""
    said = ""
    while True:
        runs.look(session, utc_now())
        session.refresh(export)
        status, message, step = export.status, export.message, runs.step_of(export)
        session.commit()  # SQLite: a transaction left open would keep the process from writing
        if step and step != said:
            click.echo(step, err=True)
            said = step
        if status not in (QUEUED, RUNNING):
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if status != DONE:
        raise NotAllowed(message or f"This export is {status}.")


def _hand_out(session: Session, export: Export, folder: Path) -> None:
    part = unfinished.beside(folder)
    try:
        part.mkdir(parents=True)  # before the log says that anything was handed out
        archive = requests.record_download(session, export, by=None, at=utc_now())
        shutil.copytree(archive.parent, part, dirs_exist_ok=True)
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


@click.command("run-export", hidden=True)
@click.argument("key")
@with_app
def run_export(_app: Flask, key: str) -> None:
    """Write the files of an export that was claimed: what the registry starts as a process of its own."""
    try:
        writing.write_export(db.session(), key, clock=utc_now, progress=lambda step: print(step, file=sys.stderr))
    except OSError as error:
        print(error, file=sys.stderr)  # with the file's place, for who reads the log of this process
        what = error.strerror or type(error).__name__
        raise NotAllowed(
            f"The server could not read or write a file: {what}. Nothing was written. Tell whoever looks after the "
            "registry: its log says which file."
        ) from None


@click.group("agreement", cls=Commands)
def agreement_group() -> None:
    """Record and list data use agreements."""


class Day(click.ParamType[date]):
    """A day of the calendar, written as ISO 8601 has it."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day that was typed."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is no day of the calendar. Write it like 2026-03-05.", param, ctx)


at_day = Day()


@agreement_group.command("add")
@click.option("--parties", required=True, help="Who signed it.")
@click.option("--project", required=True, help="The project it is for.")
@click.option("--purpose", required=True, help="What the data may be used for.")
@click.option("--signed", required=True, type=at_day, help="Day of the last signature, such as 2026-03-05.")
@click.option("--expires", required=True, type=at_day, help="Last day on which data may leave under it.")
@click.option("--reference", default="", help="Where the signed paper is.")
@with_app
def agreement_add(
    _app: Flask, parties: str, project: str, purpose: str, signed: date, expires: date, reference: str
) -> None:
    """Put an agreement on record and print its key."""
    agreement = agreements.record(
        db.session(),
        parties=parties,
        project=project,
        purpose=purpose,
        signed_on=signed,
        expires_on=expires,
        reference=reference,
        by=None,
        at=utc_now(),
    )
    db.session.commit()
    click.echo(f"Agreement {agreement.key} for {agreement.project}, until {agreement.expires_on}")


@agreement_group.command("list")
@with_app
def agreement_list(_app: Flask) -> None:
    """List the agreements on record, newest first."""
    found = agreements.list_agreements(db.session())
    for agreement in found:
        say(f"{agreement.key}  {agreement.project}: {agreement.parties}. {_state(agreement, utc_now().date())}")
    if not found:
        click.echo("No agreement is on record.")


@agreement_group.command("end")
@click.argument("key")
@click.option("--reason", required=True, help="Why it ends before it expires.")
@with_app
def agreement_end(_app: Flask, key: str, reason: str) -> None:
    """End an agreement: nothing leaves under it any more."""
    agreement = db.session.scalar(select(DataUseAgreement).where(DataUseAgreement.key == key))
    if agreement is None:
        raise NotAllowed("There is no such agreement on record.")
    agreements.end(db.session(), agreement, by=None, at=utc_now(), reason=reason)
    db.session.commit()
    click.echo(f"Agreement {key} ended.")


def _state(agreement: DataUseAgreement, today: date) -> str:
    if agreement.ended_at is not None:
        return f"Ended on {agreement.ended_at.date()}."
    return f"{'Expired' if agreement.expires_on < today else 'In force until'} {agreement.expires_on}."


RELEASE_COMMANDS = (cut_command, export_command, run_export, agreement_group)
