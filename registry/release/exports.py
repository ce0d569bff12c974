"""The files of an export on record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from forms import files
from registry.release import package
from registry.release.archives import unzip_one
from registry.release.models import Export


def archive_of(export: Export) -> Path | None:
    """Return the zip of an export; None when its files are gone or are no longer the ones that were scanned."""
    found = sorted(Path(export.folder).glob("*.zip"))
    return found[0] if found and files.sha256(found[0]) == export.sha256 else None


def manifest_of(archive: Path) -> dict[str, Any]:
    """Return the manifest inside a package's zip: what lies beside it may have been changed since."""
    return dict(json.loads(unzip_one(archive, package.MANIFEST)))
