"""What a zip file that was handed out holds."""

from __future__ import annotations

import io
import zipfile


def unzip_bytes(content: bytes) -> dict[str, bytes]:
    """Return what a zip file holds, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
