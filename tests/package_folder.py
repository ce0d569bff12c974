"""Small packages made by hand for the tests of other formats: tables with the registry's description."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TYPES = {"boolean": "boolean", "integer": "integer", "decimal": "number"}


def field(name: str, kind: str = "text", *, codes: Mapping[str, str] | None = None, **more: str) -> dict[str, Any]:
    """Return the description of a column; ``more`` are title, unit, missing_of, asked_if, privacy."""
    described: dict[str, Any] = {
        "name": name,
        "title": more.pop("title", name.replace("_", " ").capitalize()),
        "type": TYPES.get(kind, "string"),
        "x_kind": kind,
        "x_codes": dict(codes or {}),
    }
    if kind == "code" and codes:
        described["constraints"] = {"enum": list(codes)}
    described |= {f"x_{key}": value for key, value in more.items()}
    return {key: value for key, value in described.items() if value}


class PackageFolder:
    """Tables gathered one by one, then described."""

    def __init__(self, folder: Path, stamp: str = "") -> None:
        self.folder = folder
        self.stamp = stamp
        self.resources: list[dict[str, Any]] = []

    def add(
        self,
        name: str,
        fields: Sequence[Mapping[str, Any]],
        rows: Sequence[Sequence[str]],
        *,
        key: Sequence[str] = ("child", "record"),
        title: str = "",
    ) -> PackageFolder:
        """Write a table's CSV file and describe it; return the folder."""
        path = self.folder / "forms" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([described["name"] for described in fields])
            writer.writerows(rows)
        content = path.read_bytes()
        self.resources.append(
            {
                "name": name,
                "path": f"forms/{name}.csv",
                "title": title or name.capitalize(),
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "x_rows": len(rows),
                "schema": {"primaryKey": list(key), "missingValues": [""], "fields": list(fields)},
            }
        )
        return self

    def describe(self) -> Path:
        """Write the description; return the folder."""
        content = {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": "deidentified-example",
            "title": "Pediatric Anakinra Registry",
            "version": "0.1.0",
            "x_profile": "deidentified",
            "x_day_0": "Day 0 is the day of the infusion.",
            "x_stamp": self.stamp,
            "resources": self.resources,
        }
        (self.folder / "datapackage.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return self.folder


FLAVOURS = {"NASK": "Not asked", "UNK": "Unknown", "MSK": "Masked"}
ROUTES = {"iv": "Into a vein", "sc": "Under the skin"}
GRADES = {"0": "None", "1": "Mild", "4": "Life-threatening"}
ANTIGENS = {"cd19": "CD19", "cd22": "CD22", "none": "None of these"}
FIELDS = (
    field("child", title="Code of the child"),
    field("record", title="Code of the record"),
    field("completed", "boolean", title="Marked complete"),
    field("route", "code", codes=ROUTES, title="Route", privacy="clinical"),
    field("crs_grade", "code", codes=GRADES, title="CRS grade ≥ 1"),
    field("antigens", "codes", codes=ANTIGENS, title="Antigens", asked_if="route is iv or sc"),
    field("doses", "integer", title="Doses", asked_if="not (route is sc)"),
    field("relative_day", "integer", title="Day"),
    field("weight_kg", "decimal", unit="kg", title="Weight"),
    field("weight_kg_nf", "code", codes=FLAVOURS, title="Weight: why there is no answer", missing_of="weight_kg"),
    field("ferritin", "decimal", unit="µg/L", title="Ferritin"),
    field("ferritin_sign", "code", codes={"<": "below", ">": "above"}, title="Ferritin: beyond the limit"),
    field("given_on", "date", title="Given on", privacy="date"),
    field("seen_at", "moment", title="Seen at", privacy="date"),
    field("note", title="Note", privacy="free text"),
)
ROWS = (
    (
        "R-B",
        "E-1",
        "true",
        "iv",
        "4",
        "cd19;cd22",
        "3",
        "-3",
        "12.5",
        "",
        "0.1",
        "<",
        "2026-03-05",
        "2026-03-05T14:30",
        "calm",
    ),
    ("R-A", "E-2", "false", "", "0", "", "", "0", "", "NASK", "", "", "", "", ""),
    (
        "R-B",
        "E-3",
        "",
        "sc",
        "",
        "none",
        "0",
        "",
        "",
        "MSK",
        "100000",
        "",
        "2025-12-31",
        "",
        "two\nlines",
    ),
)
BASE_FIELDS = (
    field("child", title="Code of the child"),
    field("record", title="Code of the record"),
    field("sex", "code", codes={"f": "Female", "m": "Male"}, title="Sex", privacy="quasi-identifier"),
    field("hospital_number", title="Number in the hospital", privacy="direct identifier"),
)
BASE_ROWS = (("R-A", "B-1", "f", "H1"), ("R-B", "B-2", "m", ""))


def small_package(folder: Path, *, stamp: str = "") -> Path:
    """Write a package of a form filled in once and one filled in often; return its folder."""
    package = PackageFolder(folder, stamp)
    package.add("baseline", BASE_FIELDS, BASE_ROWS, title="Baseline")
    package.add("anakinra_dose", FIELDS, ROWS, title="Anakinra doses")
    return package.describe()
