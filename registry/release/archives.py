"""Zip files whose bytes depend on their contents alone: no clock, no owner, no path of this machine."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The lowest time stamp the format knows; it has no way to leave it out."""


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a zip file of named contents, in the order of their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(_entry(name), content)
    return buffer.getvalue()


def zip_folder(folder: Path, target: Path, names: Iterable[str]) -> None:
    """Write a zip file of some files of a folder, in the order of their names, a piece at a time."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(names):
            with (folder / name).open("rb") as source, archive.open(_entry(name), "w") as entry:
                shutil.copyfileobj(source, entry, 1 << 20)


def unzip_one(path: Path, name: str) -> bytes:
    """Return one content of a zip file."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=FIRST_MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    return entry
