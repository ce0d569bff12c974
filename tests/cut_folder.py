"""Data cuts made by hand for the tests of the analysis: plainly synthetic children, written as `cut` writes them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from analysis.cut import Cut, read_cut
from analysis.manifest import CutError
from analysis.stored_verdicts import NO_GRADE
from forms.casebook import CASEBOOK
from forms.cut_id import cut_id
from forms.files import sha256, write_rows, write_table
from forms.values import Row

ENTERED = datetime(2026, 3, 31, 12, 0)
RANGES = (
    "site",
    "laboratory",
    "analyte",
    "sex",
    "age_from_years",
    "age_from_months",
    "age_to_years",
    "age_to_months",
    "unit",
    "low",
    "high",
    "valid_from",
)
PROTOCOLS = ("site", "version", "effective_from", "line", "max_single_mg", "max_day_mg", "text", "rules")
DERIVATIONS = ("subject", "record", "rule_set", "version", "value", "certainty", "because", "why", "missing")
RULE_SETS = ("rule_set", "version", "title", "form", "verified", "source")
SITE_COLUMNS = ("site", "name", "time_zone", "carhlh_definition")
DETAILS = ("subject", "record", "rule_set", "version", "component", "state")
DATA_QUERIES = ("subject", "form", "record", "check_id", "severity", "status", "opened_at", "closed_at")
ADJUDICATIONS = (
    *("subject", "form", "record", "kind", "decision", "peak_grade", "onset_day", "reviewed_at", "reviewer"),
)
INFUSION_LOG = ("site", "quarter", "infused", "approached", "consented", "refused", "enrolled")
UPPER_LIMITS = (("alt", "U/L", "40"), ("ast", "U/L", "40"), ("bilirubin_total", "mg/dL", "1"))


class CutFolder:
    """Rows gathered by form, then written with a manifest whose hashes fit."""

    def __init__(self, data_date: str = "2026-06-30") -> None:
        self.data_date = data_date
        self.rows: dict[str, list[Row]] = {name: [] for name in CASEBOOK}
        self.subjects: dict[str, str] = {}
        self.derived: list[tuple[str, ...]] = []
        self.infusion_log: list[tuple[str | int, ...]] = []
        self.protocols: list[tuple[str, ...]] = []
        self.ranges: list[tuple[str | int, ...]] = []
        for limit in UPPER_LIMITS:
            self.state(*limit)
        self._counts: Counter[tuple[str, str]] = Counter()

    def state(self, analyte: str, unit: str, high: str, laboratory: str = "") -> None:
        """Add an upper limit of normal at the site's own or another laboratory."""
        self.ranges.append(("north", laboratory, analyte, "", 0, "", 39, "", unit, "", high, "2020-01-01"))

    def add(self, form: str, subject: str, **answers: object) -> str:
        """Add one record of a child and return its key."""
        self.subjects.setdefault(subject, "north")
        self._counts[form, subject] += 1
        instance = self._counts[form, subject]
        key = f"{form}-{subject}-{instance}"
        unknown = set(answers) - set(CASEBOOK[form].items)
        assert not unknown, f"{form} has no item {unknown}"
        record = {
            "subject": subject,
            "site": self.subjects[subject],
            "record": key,
            "instance": instance,
            "form_version": CASEBOOK[form].version,
            "entered_at": ENTERED,
            "completed": True,
        }
        self.rows[form].append({**record, **answers})
        return key

    def derive(self, record: str, rule_set: str, value: str, *, version: str = "1", missing: str = "") -> None:
        """Add what a rule set derived for a record; `missing` names the signs it lacked, parted by semicolons."""
        subject, certainty = record.split("-", 1)[1].rsplit("-", 1)[0], "at_least" if missing else "exact"
        self.derived.append((subject, record, rule_set, version, value, certainty, "", "", missing))

    def log(self, site: str, infused: int, enrolled: int, quarter: str = "2026-Q1") -> None:
        """Add a quarter of a site's infusion log."""
        self.infusion_log.append((site, quarter, infused, enrolled, enrolled, 0, enrolled))

    def write(self, folder: Path) -> Path:
        """Write the files and the manifest; return the folder."""
        (folder / "forms").mkdir(parents=True)
        counts = {}
        for name, form in CASEBOOK.items():
            ordered = sorted(self.rows[name], key=lambda row: (row["subject"], row["instance"]))
            counts[f"forms/{name}.csv"] = write_rows(folder / "forms" / f"{name}.csv", form, ordered)
        children = [(subject, site, "2026-01-01") for subject, site in sorted(self.subjects.items())]
        counts["subjects.csv"] = write_table(folder / "subjects.csv", ("subject", "site", "enrolled_on"), children)
        counts["reference_ranges.csv"] = write_table(folder / "reference_ranges.csv", RANGES, self.ranges)
        counts["derivations.csv"] = write_table(folder / "derivations.csv", DERIVATIONS, self.derived)
        known = sorted({(rule_set, version, rule_set, "", "yes", "") for _, _, rule_set, version, *_ in self.derived})
        counts["rule_sets.csv"] = write_table(folder / "rule_sets.csv", RULE_SETS, known)
        counts["infusion_log.csv"] = write_table(folder / "infusion_log.csv", INFUSION_LOG, self.infusion_log)
        counts["protocols.csv"] = write_table(folder / "protocols.csv", PROTOCOLS, self.protocols)
        named = [(site, f"Center {site}", "Europe/Paris", "") for site in sorted(set(self.subjects.values()))]
        counts["sites.csv"] = write_table(folder / "sites.csv", SITE_COLUMNS, named)
        counts["derivation_details.csv"] = write_table(folder / "derivation_details.csv", DETAILS, ())
        counts["data_queries.csv"] = write_table(folder / "data_queries.csv", DATA_QUERIES, ())
        counts["adjudications.csv"] = write_table(folder / "adjudications.csv", ADJUDICATIONS, ())
        sign(folder, counts, data_date=self.data_date)
        return folder


def sign(folder: Path, counts: Mapping[str, int], *, data_date: str) -> None:
    """Write the manifest of a cut whose files lie in a folder; `counts` gives the rows of each."""
    manifest = {
        "format": 2,
        "data_date": data_date,
        "log_head": {"seq": 1, "hash": "0" * 64},
        "schema_revision": "0001",
        "code_version": "0.1.0",
        "form_versions": {name: form.version for name, form in CASEBOOK.items()},
        "files": {name: {"sha256": sha256(folder / name), "rows": counts[name]} for name in sorted(counts)},
    }
    manifest["id"] = cut_id(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def change_manifest(folder: Path, **changes: object) -> None:
    """Change what the manifest of a cut states, without signing it anew; `gone` takes a value out."""
    path = folder / "manifest.json"
    manifest = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({name: value for name, value in manifest.items() if value != "gone"}))


def refusal(folder: Path) -> str:
    """Return why a cut is refused."""
    with pytest.raises(CutError) as refused:
        read_cut(folder)
    return str(refused.value)


def grade_of(cut: Cut, rule_set: str, record: str) -> int | None:
    """Return the grade that a rule set gave a record of a cut from complete signs, None where it gave none."""
    grade = int(cut.verdicts.grades_at(rule_set, cut.verdicts.places_of([record]))[0])
    return None if grade == NO_GRADE else grade
