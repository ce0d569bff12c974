"""The last look at a package before it gets its name: every file is opened again."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from forms import files
from registry.release import analysis_child, leak_scan
from registry.release.descriptor import Written
from registry.release.preparing import Prepared
from registry.release.profiles import Profile
from registry.release.refusal import ExportRefused

_TEXTS = (".csv", ".json", ".html", ".txt", ".sas")


def look_again(prepared: Prepared, folder: Path, written: Sequence[Written]) -> None:
    """Refuse files that hold, or whose names hold, anything that must not leave."""
    is_named = prepared.order.profile is Profile.IDENTIFIED
    dates = prepared.order.profile is not Profile.LIMITED
    known = prepared.selected.known
    found: list[str] = []
    for entry in written:
        path = folder / entry.table.path
        if files.sha256(path) != entry.sha256:
            found.append(f"{entry.table.path}: not the file that was written")
        found += leak_scan.scan_table(path, entry.table, None if is_named else known, dates=dates)
    if not is_named:
        tables = {entry.table.path for entry in written}
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and path.suffix in _TEXTS and name not in tables:
                found += leak_scan.scan_file(path, name, known, dates=dates)
        if prepared.other_formats:
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
        return leak_scan.scan_file(texts, "other formats", prepared.selected.known, dates=dates)
