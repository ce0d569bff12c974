"""A data cut as values: read once, its hashes verified, nothing else trusted."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from analysis.columns import Rows, read_form, read_table, require_columns
from analysis.manifest import CutError, read_manifest
from analysis.reference_ranges import read_ranges
from analysis.stored_verdicts import NEEDED, StoredVerdicts, read_verdicts
from analysis.wording import counted
from forms.casebook import CASEBOOK
from forms.context import ReferenceRange
from forms.files import FileError
from forms.form import Form
from forms.laboratory_ranges import STATED
from forms.rule_set import order_of_version
from forms.values import Value

TABLES: Mapping[str, tuple[str, ...]] = {
    "subjects": ("subject", "site"),
    "sites": ("site",),
    "protocols": ("site", "version", "effective_from", "line", "max_single_mg", "max_day_mg", "rules"),
    "reference_ranges": ("site", *STATED),
    "derivations": NEEDED,
    "derivation_details": (),
    "rule_sets": ("rule_set", "version", "title", "verified", "source"),
    "data_queries": ("subject", "severity", "status"),
    "adjudications": (),
    "infusion_log": ("site", "quarter", "infused", "approached", "consented", "refused", "enrolled"),
}
"""The tables that every cut holds beside its forms, each with the columns that an analysis reads."""

SITE_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
UNREADABLE = (FileError, UnicodeDecodeError, csv.Error)
Record = Mapping[str, Value]
T = TypeVar("T")


class Tables(Mapping[str, Rows[str]]):
    """The tables of a cut beside its forms, such as `sites` or `derivations`; each is read when it is first asked."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = dict(paths)
        self._read: dict[str, Rows[str]] = {}

    def __getitem__(self, name: str) -> Rows[str]:
        if name not in self._read:
            self._read[name] = self.columns(name, ())
        return self._read[name]

    def columns(self, name: str, names: Sequence[str]) -> Rows[str]:
        """Return some columns of a table, which are not kept: a cut's largest tables fill the memory.

        Errors: CutError when the file is not a table with these columns.
        """
        try:
            return read_table(self._paths[name], names)
        except UNREADABLE as refused:
            raise _unfit(f"{name}.csv", refused) from None

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@dataclass(frozen=True, kw_only=True)
class FormRecords:
    """The records of one form: all rows, and where each subject's stand."""

    rows: Rows[Value]
    places: Mapping[Value, Sequence[int]]
    _known: dict[str, tuple[Record, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def of(self, subject: str) -> tuple[Record, ...]:
        """Return a subject's records in the order of their instances."""
        if subject not in self._known:
            self._known[subject] = tuple(self.rows[place] for place in self.places_of(subject))
        return self._known[subject]

    def places_of(self, subject: str) -> Sequence[int]:
        """Return where a subject's records stand, in the same order."""
        return self.places.get(subject, ())


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The records of one data cut, by form and subject; `id` is the hash of its files and of what its manifest says.

    `subjects` maps each subject's key to the site that enrolled it, `form_versions` each form to its version then.
    """

    id: str
    data_date: date
    code_version: str
    schema_revision: str
    form_versions: Mapping[str, int]
    subjects: Mapping[str, str]
    records: Mapping[str, FormRecords] = field(repr=False)
    tables: Tables = field(repr=False)
    reference_ranges: Mapping[str, tuple[ReferenceRange, ...]] = field(repr=False)

    @property
    def short_id(self) -> str:
        """Return the first twelve characters of the id, as printed under figures and tables."""
        return self.id[:12]

    def rows(self, form: str, subject: str) -> tuple[Record, ...]:
        """Return a subject's records of a form in the order of their instances."""
        return self.records[form].of(subject)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Return rule set -> the newest version that the cut lists, the only one that an analysis reads."""
        listed = sorted(self.tables["rule_sets"], key=lambda row: order_of_version(row["version"]))
        return {row["rule_set"]: row["version"] for row in listed}

    def once(self, name: str, about: str, work_out: Callable[[], T]) -> T:
        """Return what was worked out under a name about a child or something else, once for all who ask."""
        if (name, about) not in self._memory:
            self._memory[name, about] = work_out()
        found: T = self._memory[name, about]
        return found

    @cached_property
    def _memory(self) -> dict[tuple[str, str], Any]:
        return {}

    @cached_property
    def verdicts(self) -> StoredVerdicts:
        """Return what the rule sets said of the records, each in its newest version.

        Errors: CutError when `derivations` cannot be read, or is not of the versions that `rule_sets` lists.
        """
        rows = self.tables.columns("derivations", NEEDED)
        listed = {(row["rule_set"], row["version"]) for row in self.tables["rule_sets"]}
        try:
            return read_verdicts(rows, listed, self.versions)
        except OverflowError:
            raise _unfit("derivations.csv", "a grade is out of range.") from None


def read_cut(folder: Path) -> Cut:
    """Return the data cut in a folder, everything that its manifest states verified first.

    Errors: CutError when the folder, its manifest or a file is missing, changed, not listed, or not of this format.
    """
    manifest = read_manifest(folder)
    listed = manifest.files
    for name, read in TABLES.items():
        _require_table(folder, f"{name}.csv", read, listed)
    records = {form.name: _records_of(folder, form, listed) for form in CASEBOOK.values()}
    tables = Tables({Path(name).stem: folder / name for name in listed if "/" not in name and name.endswith(".csv")})
    for name in (name for name, read in TABLES.items() if "site" in read):
        _require_site_codes(name, tables)
    subjects = _subjects(tables.columns("subjects", ("subject", "site")))
    for name, found in records.items():
        strangers = found.places.keys() - subjects.keys()
        if strangers:
            raise CutError(
                f"forms/{name}.csv holds records of {counted(len(strangers), 'child', 'children')} not in subjects.csv."
                " Take the cut again."
            )
    return Cut(
        id=manifest.id,
        data_date=manifest.data_date,
        code_version=manifest.code_version,
        schema_revision=manifest.schema_revision,
        form_versions=manifest.form_versions,
        subjects=subjects,
        records=records,
        tables=tables,
        reference_ranges=_ranges(tables),
    )


def _require_site_codes(name: str, tables: Tables) -> None:
    """Refuse a table with a code that no site has: files of a report are named after them."""
    if not all(SITE_CODE.fullmatch(code) for code in {row["site"] for row in tables.columns(name, ("site",))}):
        raise _unfit(f"{name}.csv", "the code of a site is none: write it in letters and digits.")


def _subjects(rows: Rows[str]) -> dict[str, str]:
    """Return subject -> site."""
    found: dict[str, str] = {}
    for line, row in enumerate(rows, start=2):
        if row["subject"] in found:
            raise CutError(f"subjects.csv, line {line}: this child stands in the file already. Take the cut again.")
        found[row["subject"]] = row["site"]
    return found


def _ranges(tables: Tables) -> dict[str, tuple[ReferenceRange, ...]]:
    rows = tables["reference_ranges"]
    try:
        return read_ranges(rows)
    except (ValueError, ArithmeticError):
        raise _unfit("reference_ranges.csv", "a day, an age or a limit cannot be read.") from None


def _unfit(name: str, refused: Exception | str) -> CutError:
    return CutError(f"{name} does not fit this version of the registry: {refused}")


def _require_table(folder: Path, name: str, read: Sequence[str], listed: Sequence[str]) -> None:
    if name not in listed:
        raise CutError(f"{name} is missing from the cut. Take the cut again.")
    try:
        require_columns(folder / name, read)
    except UNREADABLE as refused:
        raise _unfit(name, refused) from None


def _records_of(folder: Path, form: Form, listed: Sequence[str]) -> FormRecords:
    name = f"forms/{form.name}.csv"
    if name not in listed:
        raise CutError(f"{name} is missing from the cut. Take the cut again.")
    try:
        rows = read_form(folder / name, form)
    except UNREADABLE as refused:
        raise _unfit(name, refused) from None
    return FormRecords(rows=rows, places=rows.places_by("subject"))
