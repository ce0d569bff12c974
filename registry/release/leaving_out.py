"""The children of a cut who do not go out, told to the analysis so that it does not count them either."""

from __future__ import annotations

from pathlib import Path

from registry.release.selecting import Selected


def list_left_out(selected: Selected, work: Path) -> Path:
    """Write the keys of the children of a cut who are left out into a file of a private folder; return it."""
    path = work / "left-out.txt"
    left_out = sorted(selected.files.children().keys() - selected.children.keys())
    path.write_text("".join(f"{key}\n" for key in left_out), encoding="utf-8")
    return path
