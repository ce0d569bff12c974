"""The clock taken out of files: the same tables give the same bytes, and no file tells when it was written."""

from __future__ import annotations

import re
import struct
from datetime import datetime
from pathlib import Path

NO_TIME = datetime(1970, 1, 1)
"""What readers say of a file whose time was taken out; SPSS itself writes it where the date is not known."""
_SAV_PLACE, _SAV_TIME = 92, b"01 Jan 7000:00:00"
_XPT_PLACES, _XPT_TIME = (144, 160, 464, 480), b"01JAN70:00:00:00"
_XPT_SHAPE = re.compile(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")
_DTA_OFFSETS = struct.Struct("<14Q")


def fix_sav(path: Path) -> None:
    """Write the fixed date and time into the header of an SPSS file (bytes 92 to 108)."""
    _patch(path, (_SAV_PLACE,), re.compile(rb"\d\d [A-Z][a-z]{2} \d\d\d\d:\d\d:\d\d"), _SAV_TIME)


def fix_xpt(path: Path) -> None:
    """Write the fixed time into the four places of a SAS transport file (version 5, one member; SAS TS-140)."""
    _patch(path, _XPT_PLACES, _XPT_SHAPE, _XPT_TIME)


def fix_dta(path: Path) -> None:
    """Take the time out of a Stata file (118), whose header may have one of no length; the map of offsets moves up."""
    content = path.read_bytes()
    place = content.index(b"<timestamp>") + len(b"<timestamp>")
    length = content[place]
    start = content.index(b"<map>") + len(b"<map>")
    offsets = _DTA_OFFSETS.unpack_from(content, start)
    moved = _DTA_OFFSETS.pack(offsets[0], *(offset - length for offset in offsets[1:]))
    path.write_bytes(
        content[:place] + b"\0" + content[place + 1 + length : start] + moved + content[start + _DTA_OFFSETS.size :]
    )


def _patch(path: Path, places: tuple[int, ...], shape: re.Pattern[bytes], fixed: bytes) -> None:
    with path.open("r+b") as file:
        for place in places:
            file.seek(place)
            if not shape.fullmatch(file.read(len(fixed))):
                raise RuntimeError(f"{path.name}: no time stands at byte {place}; the library writes another header.")
            file.seek(place)
            file.write(fixed)
