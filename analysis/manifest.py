"""The manifest of a data cut: what it states, believed only where its id and the files beside it bear it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from forms.cut_id import COVERED, FORMAT, HASHES_ALONE, cut_id
from forms.files import count_rows, sha256

NAME = "manifest.json"
LONGEST_NAME = 100
"""Characters of the name of a file in a cut, its folder included; system calls refuse very long ones."""


class CutError(AnalysisError):
    """The folder is not a data cut that can be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a cut says of itself; `files` names every file in its folder but the manifest, in order."""

    id: str
    data_date: date
    code_version: str
    schema_revision: str
    form_versions: Mapping[str, int]
    files: tuple[str, ...]


def read_manifest(folder: Path) -> Manifest:
    """Return what the manifest of a cut states, each file's bytes and rows, the id and the folder held against it.

    Errors: CutError when the manifest or a file is missing, changed or not of a known format, or a table is too many.
    """
    stated = _stated(folder)
    listed: dict[str, Any] = stated["files"]
    for name, entry in sorted(listed.items()):
        _verify_file(folder, name, entry)
    if cut_id(stated) != stated["id"]:
        raise CutError("manifest.json was changed after the cut was taken: its id differs. Take the cut again.")
    _refuse_what_is_not_listed(folder, listed)
    return Manifest(
        id=stated["id"],
        data_date=date.fromisoformat(stated["data_date"]),
        code_version=str(stated["code_version"]),
        schema_revision=str(stated["schema_revision"]),
        form_versions=dict(stated["form_versions"]),
        files=tuple(sorted(listed)),
    )


def _stated(folder: Path) -> dict[str, Any]:
    path = folder / NAME
    if not path.is_file():
        raise CutError(f"{folder} is not a data cut: it has no manifest.json. Give the folder that `cut` wrote.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        absent = sorted({"id", *COVERED} - set(manifest))
        if manifest.get("data_date") is not None:
            date.fromisoformat(manifest["data_date"])
        dict[str, int](manifest.get("form_versions", {}))
        entries = manifest.get("files", {}).values()
        are_whole = all(isinstance(entry["sha256"], str) and isinstance(entry["rows"], int) for entry in entries)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        raise CutError("manifest.json cannot be read: it is damaged. Take the cut again.") from None
    if absent or not are_whole:
        raise CutError(
            f"manifest.json lacks {', '.join(absent) or 'hashes or rows'}: it is damaged. Take the cut again."
        )
    if manifest["data_date"] is None:
        raise CutError("The cut holds no record yet: there is nothing to analyze. Enter data, then take a new cut.")
    if manifest["format"] not in (HASHES_ALONE, FORMAT):
        raise CutError(
            f"The cut has format {manifest['format']}, this version reads formats {HASHES_ALONE} and {FORMAT}."
        )
    return dict(manifest)


def _verify_file(folder: Path, name: str, entry: Mapping[str, Any]) -> None:
    if not (name.isascii() and name.isprintable()) or len(name) > LONGEST_NAME:
        raise CutError("manifest.json names a file as no file of a cut is called. Take the cut again.")
    path = folder / name
    if folder.resolve() not in path.resolve().parents:
        raise CutError(f"manifest.json names {name}, which lies outside the cut. Take the cut again.")
    if not path.is_file():
        raise CutError(f"{name} is missing from the cut. Take the cut again.")
    if sha256(path) != entry["sha256"]:
        raise CutError(f"{name} was changed after the cut was taken: its hash differs. Take the cut again.")
    rows = count_rows(path)
    if rows != entry["rows"]:
        raise CutError(
            f"{name} has {rows} {'row' if rows == 1 else 'rows'} and manifest.json says {entry['rows']}: it was changed"
            " after the cut was taken. Take the cut again."
        )


def _refuse_what_is_not_listed(folder: Path, listed: Mapping[str, Any]) -> None:
    """Refuse a table beside those of the cut, which could be taken for one of them; nothing else there is read."""
    places = {(folder / name).parent for name in listed} | {folder}
    found = (path.relative_to(folder).as_posix() for place in places for path in place.glob("*.csv"))
    strange = sorted(set(found) - set(listed))
    if strange:
        name = strange[0] if strange[0].isprintable() else ascii(strange[0])
        raise CutError(
            f"The folder of the cut holds {name}, which is no file of the cut. Move it elsewhere and start again."
        )
