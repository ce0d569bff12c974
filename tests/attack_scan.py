"""A scan of a package's bytes for whoever must not be named in it; it shares no code with `registry.release`.

Every file is read as bytes, whatever its kind; what packs other files is opened, and what is in it as well.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import lzma
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

HASHES = ("md5", "sha1", "sha256", "sha512")
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
"""What an entry of a zip file says where it says no time."""
SHORTEST_IN_PACKED = 6
"""Compressed bytes hold any shorter word by chance."""
_WORD = re.compile(rb"[A-Za-z0-9+/=_@.-]{3,}")
_PARTS = re.compile(rb"[=/@+._]")
_MONTH = rb"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_YEAR, _YY, _MM, _DD = rb"(?:19|20)\d\d", rb"\d\d", rb"(?:0?[1-9]|1[0-2])", rb"(?:0?[1-9]|[12]\d|3[01])"
_DATE = re.compile(
    rb"(?<![\w.-])(?:"
    + rb"|".join(
        (
            _YEAR + rb"([-/.])" + _MM + rb"\1" + _DD,
            _YEAR + rb"-(?:0[1-9]|1[0-2])",
            _YEAR + rb"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
            _YEAR + rb"-W(?:[0-4]\d|5[0-3])",
            _YEAR + rb"[- ]" + _MONTH + rb"[- ]" + _DD,
            rb"(?:" + _DD + rb"([-/.])" + _MM + rb"\2|" + _MM + rb"([-/.])" + _DD + rb"\3)" + _YEAR,
            rb"\d\d([/.])\d\d\4" + _YY,
            _DD + rb"(?:st|nd|rd|th|\.)?[- ]?" + _MONTH + rb"[- ,]{0,2}(?:" + _YEAR + rb"|" + _YY + rb"(?=\D))",
            _MONTH + rb"[- ](?:" + _DD + rb",? )?" + _YEAR,
        )
    )
    + rb")(?![\w-]|\.\d)(?!T\d)|(?<![\w.-])"
    + _YEAR
    + rb"-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[T ]\d\d:\d\d",
    re.IGNORECASE,
)


def unpack(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a file and everything packed in it, each with a name that says where it was."""
    yield name, content
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield f"{name}!comment", archive.comment
            for entry in archive.infolist():
                when = b"" if entry.date_time == FIRST_MOMENT else b"%d-%02d-%02d" % entry.date_time[:3]
                yield f"{name}!{entry.filename}!header", b"\n".join((when, entry.extra, entry.comment))
                yield from unpack(f"{name}!{entry.filename}", archive.read(entry))
    for magic, opened in _PACKED.items():
        if content.startswith(magic):
            yield from unpack(f"{name}!unpacked", opened(content))


_PACKED: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ": lzma.decompress,
}


def disguises(text: str) -> Iterator[str]:
    """Yield an identifier and what anybody can make of it without a key: spellings, encodings and hashes of them."""
    for spelled in dict.fromkeys((text, text.lower(), text.upper(), text.replace("-", ""))):
        content = spelled.encode()
        yield spelled
        yield from _encoded(content)
        for algorithm in HASHES:
            yield from _encoded(hashlib.new(algorithm, content, usedforsecurity=False).digest())


def _encoded(content: bytes) -> Iterator[str]:
    yield content.hex()
    yield content.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode, base64.b32encode):
        yield encode(content).decode().rstrip("=")


class Scan:
    """What must not be in a package.

    ``identifiers`` in any disguise, ``words`` as whole words, ``names`` anywhere in any case, and any date but
    ``first_moments``: what a file format writes where it has to say when, and nobody says so.
    """

    def __init__(
        self,
        *,
        identifiers: Iterable[str],
        words: Iterable[str] = (),
        names: Iterable[str] = (),
        first_moments: Iterable[str] = (),
    ) -> None:
        self._words = frozenset(
            [form.encode() for text in identifiers for form in disguises(text)] + [word.encode() for word in words]
        )
        self._names = [name.lower().encode() for name in names]
        self._first_moments = frozenset(text.encode() for text in first_moments)

    def leaks(self, folder: Path) -> list[str]:
        """Return where something of it stands in the files of a folder, packed ones too, and in their names."""
        found = []
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                for place, content in unpack(path.relative_to(folder).as_posix(), path.read_bytes()):
                    found += [f"{place}: {what!r}" for what in sorted(self.found_in(place.encode() + b"\n" + content))]
        return found

    def found_in(self, content: bytes) -> set[bytes]:
        """Return what stands in some bytes, read as they are and as text of two bytes a letter."""
        is_packed = b"PK\x03\x04" in content or any(magic in content[:200] for magic in _PACKED)
        found: set[bytes] = set()
        for text in {content, content.replace(b"\0", b"")}:
            said = {part for word in set(_WORD.findall(text)) for part in _parts(word)}
            found |= {word for word in said & self._words if not is_packed or len(word) >= SHORTEST_IN_PACKED}
            found |= {name for name in self._names if name in text.lower()}
            if not is_packed:
                found |= {match.group() for match in _DATE.finditer(text)} - self._first_moments
        return found


def _parts(word: bytes) -> Iterator[bytes]:
    """Yield a word of a file as it is, without the stops around it, and what stands between its stops."""
    yield word
    yield word.strip(b".-_=/+")
    yield from _PARTS.split(word)
