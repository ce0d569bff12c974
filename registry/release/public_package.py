"""A public release in a package: counts and curves of the whole cut, held against the release before."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import files
from registry.release import analysis_child
from registry.release.aggregate_files import CONTENT, write_public
from registry.release.aggregates import build_public
from registry.release.archives import unzip_one
from registry.release.leaving_out import list_left_out
from registry.release.models import Export
from registry.release.preparing import Prepared
from registry.release.profiles import Profile
from registry.release.refusal import ExportRefused

RELEASED = ("done", "deleted")
"""States of an export whose files have left, or could have."""


def previous_release(session: Session) -> Mapping[str, Any] | None:
    """Return the content of the newest public release, None before the first.

    Errors: ExportRefused where its files are gone or were changed, since a difference from it could then give a child
    away.
    """
    statement = select(Export.folder, Export.sha256).where(
        Export.profile == Profile.PUBLIC, Export.status.in_(RELEASED)
    )
    newest = session.execute(statement.order_by(Export.id.desc()).limit(1)).first()
    session.commit()
    if newest is None:
        return None
    archive = next(iter(Path(newest.folder).glob("*.zip")), None)
    if archive is None or files.sha256(archive) != newest.sha256:
        raise ExportRefused(
            "The files of the public release before are gone from the server, or were changed. What changed since then "
            "could tell of a single child, so no other one is made without them. Put them back from a backup, or have "
            "it written again."
        )
    return dict(json.loads(unzip_one(archive, CONTENT)))


def write_aggregates(prepared: Prepared, previous: Mapping[str, Any] | None, folder: Path) -> None:
    """Write the files of a public release into a folder."""
    with tempfile.TemporaryDirectory() as work:
        counts = Path(work) / "counts.json"
        left_out = list_left_out(prepared.selected, Path(work))
        cut = str(prepared.selected.files.folder)
        analysis_child.run("aggregates", cut, "--out", str(counts), "--without", str(left_out), folder=Path(work))
        raw = json.loads(counts.read_text(encoding="utf-8"))
    write_public(folder, build_public(raw, previous))
