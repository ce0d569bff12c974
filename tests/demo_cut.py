"""The cut of the whole demonstration without a database: the same rows, in a hundredth of the time.

A test holds it to the cut that the registry takes. Verdicts of rule sets and data queries are not in it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cut_folder import (
    ADJUDICATIONS,
    DATA_QUERIES,
    DERIVATIONS,
    DETAILS,
    INFUSION_LOG,
    PROTOCOLS,
    RANGES,
    RULE_SETS,
    SITE_COLUMNS,
    sign,
)
from forms.casebook import CASEBOOK
from forms.context import Context, Protocol
from forms.files import write_rows, write_table
from forms.form import Form
from forms.values import Row, Value, answer
from registry.demo.children import ENROLLING_DAYS, Child, make_children
from registry.demo.notebook import Entry
from registry.demo.setup import infusion_logs
from registry.demo.sites import SITES, DemoSite
from registry.demo.story import tell
from registry.demo.writing import without_collections
from registry.models import Site, Subject
from registry.records import subject_code
from registry.release.models import Cut

SEED, UNTIL = 1, date(2026, 6, 1)
EMPTY_TABLES = {
    "protocols.csv": PROTOCOLS,
    "reference_ranges.csv": RANGES,
    "derivations.csv": DERIVATIONS,
    "derivation_details.csv": DETAILS,
    "rule_sets.csv": RULE_SETS,
    "data_queries.csv": DATA_QUERIES,
    "adjudications.csv": ADJUDICATIONS,
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One child of the demonstration with its rows as they stand in the end; ``last_day`` is that of the last entry."""

    child: Child
    rows: Mapping[str, Sequence[Row]]
    last_day: date

    @property
    def withdrew(self) -> bool:
        """Tell whether its consent was withdrawn: it is in no cut."""
        return answer(self.rows["enrolment"][0], "withdrawal_on") is not None


def told_children(patients: int, *, seed: int = SEED, until: date = UNTIL) -> list[Told]:
    """Return the children of whom anything is entered; fewer children of a seed are the first ones of more."""
    with without_collections():
        told = ((child, tell(seed, child, until)) for child in make_children(patients, seed, until))
        return [_told(child, entries, until) for child, entries in told if entries]


def write_demo_cut(folder: Path, told: Sequence[Told], *, patients: int, seed: int = SEED, until: date = UNTIL) -> Path:
    """Write the cut of the first ``patients`` children of a demonstration into a new folder; return the folder."""
    (folder / "forms").mkdir(parents=True)
    of_these = [one for one in told if one.child.number <= patients]
    in_order = sorted((one for one in of_these if not one.withdrew), key=lambda one: one.child.key)
    rows = {
        f"forms/{name}.csv": write_rows(
            folder / f"forms/{name}.csv", form, (row for one in in_order for row in one.rows[name])
        )
        for name, form in CASEBOOK.items()
    }
    tables: dict[str, tuple[tuple[str, ...], Iterable[Iterable[object]]]] = {
        "subjects.csv": (("subject", "site", "enrolled_on"), map(_subject_row, in_order)),
        "sites.csv": (SITE_COLUMNS, _site_rows()),
        "infusion_log.csv": (INFUSION_LOG, _log_rows(make_children(patients, seed, until), seed, until)),
        **{name: (header, ()) for name, header in EMPTY_TABLES.items()},
    }
    for name, (header, lines) in tables.items():
        rows[name] = write_table(folder / name, header, lines)
    sign(folder, rows, data_date=max(one.last_day for one in of_these).isoformat())
    return folder


def register_demo_cut(session: Session, folder: Path, *, patients: int, seed: int = SEED, until: date = UNTIL) -> Cut:
    """Store the children of a cut, their sites and the cut's row, as a release expects them; return the cut.

    Children who are not in the cut withdrew.
    """
    opened = datetime.combine(until - timedelta(days=ENROLLING_DAYS + 45), time(14))
    sites = {
        site.code: Site(code=site.code, name=site.name, time_zone=site.time_zone, created_at=opened) for site in SITES
    }
    session.add_all(sites.values())
    session.flush()
    with (folder / "subjects.csv").open(encoding="utf-8", newline="") as file:
        in_cut = {row["subject"] for row in csv.DictReader(file)}
    for child in make_children(patients, seed, until):
        site = sites[child.site.code]
        session.add(
            Subject(
                key=child.key,
                code=subject_code(site, child.code_number),
                site_id=site.id,
                enrolment_uuid=child.enrolment_uuid,
                created_at=opened,
                withdrawn_on=None if child.key in in_cut else until,
            )
        )
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    cut = Cut(
        cut_id=manifest["id"],
        folder=str(folder),
        taken_at=datetime.combine(until, time(12)),
        change_seq=manifest["log_head"]["seq"],
        subjects=manifest["files"]["subjects.csv"]["rows"],
        rows=sum(entry["rows"] for name, entry in manifest["files"].items() if name.startswith("forms/")),
    )
    session.add(cut)
    session.commit()
    return cut


def _told(child: Child, entries: Sequence[Entry], until: date) -> Told:
    standing: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in CASEBOOK}
    voided = set()
    for entry in entries:
        key = str(entry.row["key"])
        rows = standing[entry.form]
        if entry.void:
            voided.add(key)
            continue
        before = rows.get(key)
        completed = before["completed"] if before and entry.complete is None else bool(entry.complete)
        rows[key] = {
            **_visible(CASEBOOK[entry.form], entry.row),
            "subject": child.key,
            "site": child.site.code,
            "record": key,
            "instance": before["instance"] if before else len(rows) + 1,
            "form_version": CASEBOOK[entry.form].version,
            "entered_at": before["entered_at"] if before else entry.at,
            "completed": completed,
        }
    kept = {name: tuple(row for key, row in rows.items() if key not in voided) for name, rows in standing.items()}
    zone = ZoneInfo(child.site.time_zone)
    return Told(
        child=child,
        rows=_derived(kept, child.site, until),
        last_day=max(entry.at for entry in entries).replace(tzinfo=UTC).astimezone(zone).date(),
    )


def _visible(form: Form, row: Row) -> dict[str, Value]:
    """Return the answers that branching shows; records that a row links to stand in the order of their keys."""
    asked = form.asked(row)
    kept = {name: value for name, value in row.items() if name in asked or name == "key"}
    for name, link in form.links.items():
        if link.many and isinstance(linked := kept.get(name), tuple):
            kept[name] = tuple(sorted(linked))
    return kept


def _derived(rows: Mapping[str, tuple[dict[str, Any], ...]], site: DemoSite, until: date) -> dict[str, list[Row]]:
    context = Context(today=until, rows=rows, protocols=(_protocol(site, until),))
    for name, form in CASEBOOK.items():
        for row in rows[name]:
            row |= form.derive(row, context)
    return {name: list(own) for name, own in rows.items()}


def _protocol(site: DemoSite, until: date) -> Protocol:
    published = site.published
    return Protocol(
        version="1.0",
        effective_from=until - timedelta(days=ENROLLING_DAYS + 75),
        max_single_mg=published.max_single_mg,
        max_day_mg=published.max_day_mg,
        rules=published.rules,
    )


def _subject_row(one: Told) -> tuple[object, ...]:
    return one.child.key, one.child.site.code, one.rows["enrolment"][0]["enrolled_on"]


def _site_rows() -> list[tuple[str, ...]]:
    return sorted((site.code, site.name, site.time_zone, site.carhlh_definition) for site in SITES)


def _log_rows(children: Sequence[Child], seed: int, until: date) -> list[tuple[object, ...]]:
    sites = {site.code: Site(id=number, code=site.code) for number, site in enumerate(SITES)}
    logs = [(code, log) for _, code, log in infusion_logs(seed, children, sites, until)]
    return sorted(
        (code, log.quarter, log.infused, log.approached, log.consented, log.refused, log.enrolled) for code, log in logs
    )
