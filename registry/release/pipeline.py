"""From a data cut to a package: who goes out, what is done to each item, the gate, the files, the last look.

Everything is written into a folder of its own that the caller renames once all is well; any refusal leaves nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from forms import files
from forms.casebook import CASEBOOK
from registry.release import analysis_child, leak_scan, package, rules
from registry.release.actions import Action, Verb
from registry.release.analysis_tables import (
    ask_analysis,
    endpoints_rows,
    endpoints_table,
    responses_rows,
    responses_table,
)
from registry.release.archives import zip_folder
from registry.release.children_table import children_rows, children_table
from registry.release.columns import Table
from registry.release.descriptor import Written, write_descriptor, write_dictionary, write_table
from registry.release.gate import Passed, TooFewChildren, pass_gate
from registry.release.models import Cut
from registry.release.order import Order
from registry.release.package import Facts
from registry.release.pooling import pool_rare
from registry.release.profiles import Profile
from registry.release.quasi_identifiers import facts_of, ladder
from registry.release.refusal import ExportRefused
from registry.release.row_rules import RowRule, rows_of
from registry.release.rows import FormRows, Names, form_table, pseudonymous, recognisable
from registry.release.selecting import Selected, select_children

Progress = Callable[[str], None]
Actions = Mapping[str, tuple[Action, ...]]
_LEFT_OUT_BY_THE_GATE = "others could know it, and with it too few children would look alike"
STEPS = (
    "Looking at the data cut",
    "Measuring the risk",
    "Writing the tables",
    "Writing other formats",
    "Last look",
    "Packing",
)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An export as it would be made: who goes out, what is done to each item, what the gate let through."""

    order: Order
    selected: Selected
    actions: Actions
    passed: Passed | None
    facts: Facts

    @property
    def forms(self) -> tuple[str, ...]:
        """Return the forms that leave, in the order of the casebook."""
        return tuple(name for name in CASEBOOK if name in self.order.forms and self._leaves(name))

    def shows(self, quasi: str) -> bool:
        """Tell whether a quasi-identifier leaves at any level."""
        return self.passed is None or self.passed.levels[quasi] is not None

    def _leaves(self, form: str) -> bool:
        if self.order.profile is not Profile.DEIDENTIFIED:
            return True
        rule = rows_of(form)
        return rule.rule is not RowRule.LEFT_OUT and (not rule.needs or self.shows(rule.needs))


@dataclass(frozen=True, kw_only=True)
class Release:
    """A package that was written: its zip beside its files, the manifest, how many children are in it."""

    archive: Path
    sha256: str
    manifest: Mapping[str, Any]
    children: int


def quietly(_step: str) -> None:
    """Take a step without telling anybody."""


def prepare(session: Session, cut: Cut, order: Order, *, progress: Progress = quietly) -> Prepared:
    """Return the export as it would be made, with its risk; ExportRefused when it cannot be. Writes nothing."""
    progress(STEPS[0])
    unknown = [name for name in order.forms if name not in CASEBOOK]
    if unknown or not order.forms:
        raise ExportRefused(f"There is no form {', '.join(unknown)}." if unknown else "Choose at least one form.")
    selected = select_children(session, cut, order)
    actions: Actions = rules.actions(order.profile)
    passed = None
    if order.profile is Profile.DEIDENTIFIED:
        progress(STEPS[1])
        actions, passed = _measure(selected, actions, order)
    facts = Facts(
        project=order.project,
        profile=order.profile,
        cut_id=selected.cut_id,
        change_seq=selected.change_seq,
        key_id=selected.pseudonyms.key_id,
        children=len(selected.children),
        sharing=selected.sharing,
        excluded=selected.excluded,
        stamp=stamp_of(order),
    )
    return Prepared(order=order, selected=selected, actions=actions, passed=passed, facts=facts)


def stamp_of(order: Order) -> str:
    """Return what stands on every file of an export for which a privacy officer lowered the target."""
    return "" if order.least is None else f"k{order.least}"


def _measure(selected: Selected, actions: Actions, order: Order) -> tuple[Actions, Passed]:
    """Return the actions after the gate, and what it let through."""
    children = sorted(selected.children)
    pooled = pool_rare(selected.files, children, actions, least=order.target)
    facts = facts_of(selected.files, children, _terms(selected, pooled))
    try:
        passed = pass_gate(ladder(order.keep), facts, _responses(selected, children), target=order.target)
    except TooFewChildren as refused:
        raise ExportRefused(str(refused)) from None
    return _after_gate(pooled, passed), passed


def _terms(selected: Selected, actions: Actions) -> dict[str, list[str]]:
    """Return each child's adverse events as they would be shown."""
    event = next(action for action in actions["adverse_event"] if action.item == "event")
    if event.verb is Verb.CLEAR:
        return {row["subject"]: ["any"] for row in selected.files.form("adverse_event").rows()}
    found: dict[str, set[str]] = {}
    for row in selected.files.form("adverse_event").rows():
        shown = "pooled" if row["event"] in (event.pooled or ()) else row["event"] or "any"
        found.setdefault(row["subject"], set()).add(shown)
    return {child: sorted(own) for child, own in found.items()}


def _responses(selected: Selected, children: Sequence[str]) -> list[str]:
    """Return each child's response at day 28; empty where it is not recorded."""
    rows = selected.files.form("response").rows()
    found = {row["subject"]: row["response"] for row in rows if row["timepoint"] == "day_28"}
    return [found.get(child, "") for child in children]


def _after_gate(actions: Actions, passed: Passed) -> Actions:
    """Return the actions with what the gate left out: an item whose place in children.csv is gone is dropped.

    So is one that is asked only for some of its answers, or tells it otherwise.
    """
    left_out = {name for name, level in passed.levels.items() if level is None}
    telling = {item for name in left_out for item in rules.TELLS.get(name, ())}
    if passed.levels["adverse_events"] != 0:
        telling.add("adverse_event.event")

    def column_of(action: Action) -> str:
        return "course" if action.column == "window" else action.column

    def settle(action: Action, hidden: Set[str]) -> Action:
        asked = CASEBOOK[action.form].items[action.item].ask_if
        is_told = f"{action.form}.{action.item}" in telling or column_of(action) in left_out
        if not is_told and not (asked and asked.items & hidden and action.has_column):
            return action
        return replace(action, verb=Verb.DROP, why=_LEFT_OUT_BY_THE_GATE, detail="", column="")

    def settled(own: Sequence[Action]) -> tuple[Action, ...]:
        uncertain = left_out | passed.masked.keys()
        hidden = {action.item for action in own if column_of(action) in uncertain}
        return tuple(settle(action, hidden) for action in own)

    return {name: settled(own) for name, own in actions.items()}


def write(session: Session, cut: Cut, order: Order, folder: Path, *, progress: Progress = quietly) -> Release:
    """Write the package of an export into a new folder, with a zip of the same files; return what was written.

    The same cut, key, project and order give the same bytes. Everything is opened again and scanned before this
    returns. Errors: ExportRefused, after which the folder does not exist.
    """
    prepared = prepare(session, cut, order, progress=progress)
    folder.mkdir(mode=0o700, parents=True)
    try:
        return _write(prepared, folder, progress)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write(prepared: Prepared, folder: Path, progress: Progress) -> Release:
    order, facts = prepared.order, prepared.facts
    progress(STEPS[2])
    written = _write_tables(prepared, folder)
    write_dictionary(folder, written)
    write_descriptor(
        folder,
        written,
        profile=order.profile,
        project=order.project,
        stamp=facts.stamp,
        version=version("anakinra-registry"),
    )
    others = [name for name in order.formats if name != "csv"]
    if others:
        progress(STEPS[3])
        analysis_child.run("formats", str(folder), "--formats", ",".join(others), folder=folder)
    package.write_readme(folder, facts, order, prepared.actions, prepared.passed)
    manifest = package.manifest(facts, order, prepared.actions, prepared.passed, folder)
    package.write_manifest(folder, manifest)
    progress(STEPS[4])
    _look_again(prepared, folder, written, has_other_formats=bool(others))
    progress(STEPS[5])
    stamp = f"-{facts.stamp}" if facts.stamp else ""
    archive = folder / f"{order.profile}-{order.project}{stamp}.zip"
    zip_folder(folder, archive, [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()])
    return Release(archive=archive, sha256=files.sha256(archive), manifest=manifest, children=facts.children)


def _names(prepared: Prepared) -> Names:
    if prepared.order.profile is Profile.IDENTIFIED:
        return recognisable(prepared.selected.codes)
    return pseudonymous(prepared.selected.children, prepared.selected.pseudonyms)


def _write_tables(prepared: Prepared, folder: Path) -> list[Written]:
    selected, passed, profile = prepared.selected, prepared.passed, prepared.order.profile
    names = _names(prepared)
    in_order = sorted(selected.children, key=names.child)
    written = []
    windows = passed.levels["course"] if passed else None
    if passed is not None:
        written += _write_analysis(prepared, passed, names, folder)
    infused = {row["subject"]: row["infused_on"] for row in _first_infusions(selected)} if passed else {}
    for name in prepared.forms:
        actions = prepared.actions[name]
        table = form_table(CASEBOOK[name], actions, profile, windows=windows)
        rows = FormRows(
            table=table,
            cut=selected.files,
            names=names,
            actions=actions,
            profile=profile,
            windows=windows,
            day_0=infused,
        )
        written.append(write_table(folder, table, rows.rows(in_order)))
    return written


def _first_infusions(selected: Selected) -> Iterator[Mapping[str, str]]:
    """Yield the first infusion of each child."""
    for rows in selected.files.form("infusion").by_child().values():
        yield min(rows, key=lambda row: row["infused_on"])


def _write_analysis(prepared: Prepared, passed: Passed, names: Names, folder: Path) -> list[Written]:
    """Write the tables of the children, of the day 28 outcomes and, where anakinra may be known, of the endpoints."""
    selected = prepared.selected
    with tempfile.TemporaryDirectory() as work:
        told = ask_analysis(selected.files.folder, Path(work))
    table = children_table(passed)
    written = [write_table(folder, table, children_rows(table, passed, sorted(selected.children), names.child))]
    table = responses_table(told.responses, least=passed.target)
    rows = responses_rows(table, told.responses, selected.children, names.record)
    written.append(write_table(folder, table, rows))
    if prepared.shows("anakinra_dose"):
        table = endpoints_table(told.endpoints)
        written.append(write_table(folder, table, endpoints_rows(told.endpoints, selected.children, names.child)))
    return written


def _look_again(prepared: Prepared, folder: Path, written: Sequence[Written], *, has_other_formats: bool) -> None:
    """Refuse files that hold, or whose names hold, anything that must not leave."""
    tables: dict[str, Table] = {entry.table.path: entry.table for entry in written}
    found: list[str] = []
    for entry in written:
        path = folder / entry.table.path
        if files.sha256(path) != entry.sha256:
            found.append(f"{entry.table.path}: not the file that was written")
        found += leak_scan.scan_cells(path, entry.table)
    if prepared.order.profile is not Profile.IDENTIFIED:
        dates = prepared.order.profile is not Profile.LIMITED
        known = prepared.selected.known
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and path.suffix in (".csv", ".json", ".html", ".txt", ".sas", ".md"):
                found += leak_scan.scan_file(path, name, known, holds_data=name in tables, dates=dates)
        if has_other_formats:
            found += _reopened(folder, prepared, dates=dates)
    if found:
        raise ExportRefused(
            "The last look at the files found what must not leave, so nothing was exported: "
            + "; ".join(sorted(set(found))[:10])
            + ". Tell whoever looks after the registry's rules."
        )


def _reopened(folder: Path, prepared: Prepared, *, dates: bool) -> list[str]:
    """Return what gives somebody away in files that only their own programs can read."""
    with tempfile.TemporaryDirectory() as work:
        texts = Path(work) / "texts.tsv"
        analysis_child.run("texts", str(folder), "--out", str(texts), folder=Path(work))
        return leak_scan.scan_file(texts, "other formats", prepared.selected.known, holds_data=False, dates=dates)
