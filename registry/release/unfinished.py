"""Where a cut or an export is written before it gets its name: hidden beside its place, so that no half one has it."""

from __future__ import annotations

from pathlib import Path

from registry.models import new_key

_PART = ".part"


def beside(folder: Path) -> Path:
    """Return a new place beside a folder, on the same disk: renaming it is one step."""
    return folder.with_name(f".{folder.name}.{new_key()[:8]}{_PART}")


def is_unfinished(folder: Path) -> bool:
    """Tell whether a folder is such a place."""
    return folder.name.startswith(".") and folder.suffix == _PART
