"""From a data cut to a package: who goes out, what is done to each item, the gate, the files, the last look.

Everything is written into a folder of its own that the caller renames once all is well; any refusal leaves nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from forms import files
from registry.release import analysis_child, package
from registry.release.analysis_tables import (
    ask_analysis,
    endpoints_rows,
    endpoints_table,
    of_enough_children,
    responses_rows,
    responses_table,
)
from registry.release.archives import zip_folder
from registry.release.children_table import children_rows, children_table
from registry.release.descriptor import Written, write_descriptor, write_dictionary, write_table
from registry.release.gate import Passed
from registry.release.last_look import look_again
from registry.release.leaving_rows import as_told_in_package, leaving_rows, names_of, tables_of
from registry.release.models import Cut
from registry.release.order import Order
from registry.release.preparing import STEPS, Prepared, Progress, prepare, quietly
from registry.release.profiles import Profile
from registry.release.public_package import previous_release, write_aggregates
from registry.release.refusal import ExportRefused
from registry.release.row_rules import LeavingRows
from registry.release.rows import Names


@dataclass(frozen=True, kw_only=True)
class Release:
    """A package that was written: its zip beside its files, the manifest, how many children are in it."""

    archive: Path
    sha256: str
    manifest: Mapping[str, Any]
    children: int


def write(
    session: Session,
    cut: Cut,
    order: Order,
    folder: Path,
    *,
    progress: Progress = quietly,
    until_id: int | None = None,
) -> Release:
    """Write the package of an export into a new folder, with a zip of the same files; return what was written.

    The same cut, key, project and order give the same bytes. Everything is opened again and scanned before this
    returns. ``until_id`` is what `until_id_of` says of the export that is written.
    Errors: ExportRefused, after which the folder does not exist.
    """
    prepared = prepare(session, cut, order, progress=progress, until_id=until_id)
    previous = previous_release(session) if order.profile is Profile.PUBLIC else None
    folder.mkdir(mode=0o700, parents=True)
    try:
        progress(STEPS[2])
        rows = as_told_in_package(order.profile, leaving_rows(prepared))
        if order.profile is Profile.PUBLIC:
            write_aggregates(prepared, previous, folder)
            return _pack(prepared, folder, [], rows, progress)
        return _pack(prepared, folder, _write_rows(prepared, folder, rows, progress), rows, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write_rows(prepared: Prepared, folder: Path, rows: Sequence[LeavingRows], progress: Progress) -> list[Written]:
    """Write the tables of a profile with a row per child or record, what describes them, and other formats."""
    order, facts = prepared.order, prepared.facts
    written = _write_tables(prepared, folder)
    _refuse_other_counts(rows, written)
    write_dictionary(folder, written, order.stamp)
    write_descriptor(
        folder,
        written,
        profile=order.profile,
        project=order.project,
        stamp=order.stamp,
        version=version("anakinra-registry"),
    )
    if prepared.other_formats:
        progress(STEPS[3])
        analysis_child.run("formats", str(folder), "--formats", ",".join(prepared.other_formats), folder=folder)
    tables = [entry.table for entry in written]
    package.write_readme(folder, facts, order, prepared.actions, prepared.passed, rows, tables)
    return written


def _pack(
    prepared: Prepared, folder: Path, written: list[Written], rows: Sequence[LeavingRows], progress: Progress
) -> Release:
    """Write the manifest, look at every file again, and write the zip."""
    order, facts = prepared.order, prepared.facts
    manifest = package.manifest(facts, order, prepared.actions, prepared.passed, rows, folder)
    package.write_manifest(folder, manifest)
    progress(STEPS[4])
    look_again(prepared, folder, written)
    progress(STEPS[5])
    stamp = f"-{order.stamp}" if order.stamp else ""
    archive = folder / f"{order.profile}-{order.project}{stamp}.zip"
    zip_folder(folder, archive, [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()])
    return Release(archive=archive, sha256=files.sha256(archive), manifest=manifest, children=facts.children)


def _write_tables(prepared: Prepared, folder: Path) -> list[Written]:
    passed, names = prepared.passed, names_of(prepared)
    in_order = sorted(prepared.selected.children, key=names.child)
    written = _write_analysis(prepared, passed, names, folder) if passed else []
    return written + [
        write_table(folder, rows.table, rows.rows(prepared.with_pages(rows.table.name, in_order)))
        for rows in tables_of(prepared, names)
    ]


def _refuse_other_counts(announced: Sequence[LeavingRows], written: Sequence[Written]) -> None:
    """Refuse a package whose tables hold other numbers of rows than were shown before it was asked for."""
    rows = {entry.table.name: entry.rows for entry in written}
    others = [one.title for one in announced if one.has_file and rows[one.form] != one.leave]
    if others:
        raise ExportRefused(
            f"Of {', '.join(others)} other rows were written than were announced, so nothing was exported. Tell "
            "whoever looks after the registry's rules."
        )


def _write_analysis(prepared: Prepared, passed: Passed, names: Names, folder: Path) -> list[Written]:
    """Write the tables of the children, of the day 28 outcomes and, where anakinra may be known, of the endpoints."""
    selected, cut = prepared.selected, prepared.facts.cut_id
    with tempfile.TemporaryDirectory() as work:
        told = ask_analysis(selected, Path(work))
    stamp = prepared.order.stamp
    table = children_table(passed).stamped(stamp)
    written = [write_table(folder, table, children_rows(table, passed, sorted(selected.children), names.child))]
    outcomes = of_enough_children(told.responses, "outcome", prepared.was_in, passed.target)
    table = responses_table(outcomes, prepared.was_in, least=passed.target).stamped(stamp)
    rows = responses_rows(table, outcomes, selected.children, names.record, cut=cut)
    written.append(write_table(folder, table, rows))
    if prepared.shows("anakinra_dose"):
        endpoints = of_enough_children(told.endpoints, "endpoint", prepared.was_in, passed.target)
        table = endpoints_table(endpoints).stamped(stamp)
        rows = endpoints_rows(endpoints, selected.children, names.record, cut=cut)
        written.append(write_table(folder, table, rows))
    return written
