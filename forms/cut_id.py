"""The id of a data cut, worked out alike where a cut is taken and wherever one is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FORMAT = 2
HASHES_ALONE = 1
"""The format of cuts whose id covers their files and nothing that their manifest says beside."""
COVERED = ("format", "data_date", "schema_revision", "code_version", "form_versions", "files")
"""What an id covers: the name, hash and rows of every file, and each value of a manifest that an analysis uses."""


def cut_id(manifest: Mapping[str, Any]) -> str:
    """Return the id of the cut that a manifest describes; the id that stands in it is not looked at.

    Errors: KeyError, TypeError, AttributeError or ValueError where it is no manifest.
    """
    if manifest["format"] == HASHES_ALONE:
        covered = "".join(f"{entry['sha256']}  {name}\n" for name, entry in sorted(manifest["files"].items()))
    else:
        covered = json.dumps({name: manifest[name] for name in COVERED}, sort_keys=True)
    return hashlib.sha256(covered.encode()).hexdigest()
