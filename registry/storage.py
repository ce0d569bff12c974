"""Where the files of cuts, exports and analyses lie."""

from __future__ import annotations

from pathlib import Path

from flask import current_app


def storage_folder(kind: str, key: str) -> Path:
    """Return the place under STORAGE_DIR for the files of one cut, export or analysis; its parent exists."""
    parent = Path(current_app.config["STORAGE_DIR"]) / kind
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return parent / key
