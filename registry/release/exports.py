"""De-identified exports: from a data cut to a package that is scanned before it may leave."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import files
from forms.casebook import CASEBOOK
from forms.items import Privacy, Text
from registry import anchors, audit
from registry.models import Subject, User, new_key
from registry.release import leak_scan, package, rules
from registry.release.archives import unzip_bytes, zip_bytes
from registry.release.deidentify import Cells, Infusions, OutColumn, Pseudonyms, WeakKey, deidentify, out_columns
from registry.release.leak_scan import Identifiers
from registry.release.models import Cut, Export

_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,39}")
PREFIX = "deidentified-"
WITHDRAWN_BEFORE = "withdrew before the data cut"
WITHDRAWN_SINCE = "withdrew since the data cut"


class ExportRefused(RuntimeError):
    """Nothing was exported; the message says why and what to do, and repeats nothing about a child."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """An export as asked for, checked: the cut's folder is whole, and the children who may go out are known."""

    folder: Path
    facts: package.Facts
    children: Mapping[str, str]
    pseudonyms: Pseudonyms
    known: Identifiers


def export_deidentified(
    session: Session, cut: Cut, out: Path, *, by: User | None, at: datetime, purpose: str, project: str
) -> Export:
    """Write the de-identified package of a cut into a new folder and register it; return what was registered.

    The folder holds the files and, beside them, the same as one zip. The same cut, key and project give the same
    bytes. Everything is scanned before it gets its name. Commits: first to free the database while files are written,
    then files and log entry together. Errors: ExportRefused, after which neither files nor an entry exist.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportRefused(f"The folder {out.name} is not empty: give the export a folder of its own.")
    request = prepare(session, cut, purpose=purpose, project=project)
    session.commit()
    contents = _build(request)
    archive = zip_bytes(contents)
    _scan(request, unzip_bytes(archive))
    beside = out.with_name(f".{out.name}.{new_key()[:8]}.part")
    try:
        _write(beside, {**contents, f"{PREFIX}{request.facts.project}.zip": archive})
        export = _register(session, cut, out, request, archive, by=by, at=at, purpose=purpose)
        if out.exists():
            out.rmdir()
        beside.rename(out)
        session.commit()
    except BaseException:
        session.rollback()
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        raise
    anchors.anchor(session, f"export {export.sha256[:12]}", at)
    return export


def prepare(session: Session, cut: Cut, *, purpose: str, project: str) -> Request:
    """Return the export as it would be made, with counts; ExportRefused when it cannot be. Writes nothing.

    Ends the session's transaction before it reads files, so that no save has to wait for it.
    """
    if not purpose.strip():
        raise ExportRefused("Say in a sentence what the data are for: the purpose stands in the export log.")
    if not _PROJECT.fullmatch(project):
        raise ExportRefused(
            "Give the project a short name of 3 to 40 letters, digits and hyphens that begins with a letter, such as "
            "steroid-sparing. The same name gives the same codes again."
        )
    try:
        pseudonyms = Pseudonyms(str(current_app.config.get("PSEUDONYM_KEY") or ""), project)
        rules.actions()
    except (WeakKey, rules.UnruledItem) as refused:
        raise ExportRefused(str(refused)) from None
    folder, cut_id = Path(cut.folder), cut.cut_id
    session.commit()
    _verify(folder, cut_id)
    direct = set(_direct_identifiers(folder))
    in_cut = {row["subject"] for row in read_cells(folder / "subjects.csv")}
    known = leak_scan.identifiers(session, direct)
    if leak_scan.scan_text("project", project, known, holds_data=True):
        raise ExportRefused("The project's name tells a center, a person or a date. Choose another one.")
    children, excluded = _children(session, in_cut, cut.taken_at)
    facts = package.Facts(
        project=project,
        cut_id=cut_id,
        key_id=pseudonyms.key_id,
        children=len(children),
        sharing=len(_agreed_to_sharing(folder) & children.keys()),
        excluded=excluded,
    )
    return Request(folder=folder, facts=facts, children=children, pseudonyms=pseudonyms, known=known)


def _verify(folder: Path, cut_id: str) -> None:
    """Refuse a cut whose files are not the ones that were taken."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        intact = manifest["id"] == cut_id and all(
            files.sha256(folder / name) == entry["sha256"] for name, entry in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        intact = False
    if not intact:
        raise ExportRefused("The files of this data cut are missing or were changed. Take a new cut and export that.")


def _children(session: Session, in_cut: set[str], taken_at: datetime) -> tuple[dict[str, str], dict[str, int]]:
    """Return the children who go out (key -> random enrolment id), and how many do not, by reason."""
    statement = select(Subject.key, Subject.enrolment_uuid, Subject.withdrawn_on, Subject.created_at)
    children, before, since = {}, 0, 0
    for key, enrolment_uuid, withdrawn_on, created_at in session.execute(statement):
        if key in in_cut and withdrawn_on is None:
            children[key] = enrolment_uuid
        elif key in in_cut:
            since += 1
        elif withdrawn_on is not None and created_at <= taken_at:
            before += 1
    if len(children) + since != len(in_cut):
        raise ExportRefused("The data cut holds children this database does not know. Export it where it was taken.")
    return children, {WITHDRAWN_BEFORE: before, WITHDRAWN_SINCE: since}


def _agreed_to_sharing(folder: Path) -> set[str]:
    """Return the children whose family agreed that other researchers may have de-identified data."""
    rows = read_cells(folder / "forms" / "enrolment.csv")
    return {row["subject"] for row in rows if "sharing" in row["consent_scopes"].split(";")}


def read_cells(path: Path) -> Iterator[Cells]:
    """Yield the rows of a CSV file as texts by column."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _direct_identifiers(folder: Path) -> Iterator[str]:
    """Yield the identifiers that were typed into a cut's forms, such as numbers of other registries."""
    for form in CASEBOOK.values():
        typed = [name for name, item in form.items.items() if isinstance(item, Text) and item.privacy is Privacy.DIRECT]
        if typed:
            for row in read_cells(folder / "forms" / f"{form.name}.csv"):
                yield from (row[name] for name in typed if row[name])


def _build(request: Request) -> dict[str, bytes]:
    """Return the files of the package by name."""
    actions = rules.actions()
    infusions = Infusions.read(read_cells(request.folder / "forms" / "infusion.csv"))
    written: dict[str, tuple[bytes, int]] = {}
    for form in CASEBOOK.values():
        rows = deidentify(
            form,
            actions[form.name],
            read_cells(request.folder / "forms" / f"{form.name}.csv"),
            children=request.children,
            infusions=infusions,
            pseudonyms=request.pseudonyms,
        )
        header = [column.name for column in _columns()[form.name]]
        written[f"forms/{form.name}.csv"] = (package.csv_bytes(header, rows), len(rows))
    dictionary = package.dictionary(_columns())
    written[package.DICTIONARY] = (dictionary, sum(len(own) for own in _columns().values()))
    manifest = package.manifest(request.facts, actions, written)
    contents = {name: content for name, (content, _) in written.items()}
    return {**contents, package.MANIFEST: manifest, package.README: package.readme(request.facts)}


def _columns() -> dict[str, tuple[OutColumn, ...]]:
    return {name: out_columns(form, rules.actions()[name]) for name, form in CASEBOOK.items()}


def _scan(request: Request, contents: Mapping[str, bytes]) -> None:
    """Refuse files that hold, or whose names hold, anything that must not leave."""
    columns, found = _columns(), []
    for name, content in contents.items():
        text = content.decode("utf-8")
        form = Path(name).stem if name.startswith("forms/") else ""
        found += leak_scan.scan_text(name, f"{name}\n{text}", request.known, holds_data=bool(form))
        if form:
            found += leak_scan.scan_cells(name, text, columns[form])
    if found:
        raise ExportRefused(
            "The last look at the files found what must not leave, so nothing was exported: "
            + "; ".join(sorted(found)[:10])
            + ". Tell whoever looks after the registry's rules."
        )


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    folder.mkdir(mode=0o700, parents=True)
    (folder / "forms").mkdir(mode=0o700)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _register(
    session: Session,
    cut: Cut,
    out: Path,
    request: Request,
    archive: bytes,
    *,
    by: User | None,
    at: datetime,
    purpose: str,
) -> Export:
    export = Export(
        key=new_key(),
        profile=rules.PROFILE,
        cut_id=cut.cut_id,
        folder=str(out.resolve()),
        sha256=hashlib.sha256(archive).hexdigest(),
        project=request.facts.project,
        forms=list(CASEBOOK),
        formats=["csv"],
        status="done",
        finished_at=at,
        purpose=purpose.strip(),
        made_at=at,
        made_by_id=by.id if by else None,
        subjects=request.facts.children,
    )
    audit.write_row(session, export, by=by, at=at)
    return export


def archive_of(export: Export) -> Path | None:
    """Return the zip of an export; None when its files are gone or are no longer the ones that were scanned."""
    found = sorted(Path(export.folder).glob(f"{PREFIX}*.zip"))
    return found[0] if found and files.sha256(found[0]) == export.sha256 else None


def manifest_of(export: Export) -> dict[str, Any] | None:
    """Return the manifest of an export; None when its files are gone."""
    path = Path(export.folder) / package.MANIFEST
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
