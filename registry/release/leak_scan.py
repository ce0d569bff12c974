"""The last look at files before they leave: anything that could be an identity, a date or a name stops the export."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.models import Site, Subject, User
from registry.release.columns import Table

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_YEAR = r"(?:19|20)\d\d"

PATTERNS: Mapping[str, re.Pattern[str]] = {
    "a date": re.compile(
        rf"(?<![\w.]){_YEAR}-(?:0[1-9]|1[0-2])(?!\d)"
        rf"|(?<![\w.]){_YEAR}[/.](?:0?[1-9]|1[0-2])[/.]\d{{1,2}}(?!\w)"
        rf"|(?<![\w.])\d{{1,2}}[/.-]\d{{1,2}}[/.-]{_YEAR}(?!\w)"
        rf"|(?<![\w.]){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\w.])"
        rf"|(?<!\w)\d{{1,2}}[ .-]{{0,2}}{_MONTH}[ .,-]{{0,2}}{_YEAR}(?!\w)"
        rf"|(?<!\w){_MONTH}[ .-]{{1,2}}(?:\d{{1,2}},? )?{_YEAR}(?!\w)",
        re.IGNORECASE,
    ),
    "a time of day": re.compile(r"(?<![\d:])(?:[01]\d|2[0-3]):[0-5]\d(?!\d)"),
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
}
NEEDED: Mapping[str, re.Pattern[str]] = {
    "a date": re.compile(_YEAR, re.IGNORECASE),
    "a time of day": re.compile(r"\d:\d"),
    "an e-mail address": re.compile("@"),
}
"""What a line must hold for its pattern to be found: looked for first, because most lines have none of it."""
_TOKEN = re.compile(r"[\w.+@-]+")
SHORT_NAME = 8
"""Characters from which on a name is met by chance in no other words."""
BLOCK = 1 << 20
ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """Everything that must not appear: ``tokens`` as whole words, ``names`` anywhere, ``short_words`` in data only.

    `_is_named` says more of names. Short words (a site's code, a one-word name) may be ordinary words of the
    dictionary, so they are looked for where data and typed words stand. ``sites`` are those of them that a
    limited data set may hold.
    """

    tokens: frozenset[str]
    names: frozenset[str]
    short_words: frozenset[str]
    sites: frozenset[str] = frozenset()


def identifiers(session: Session, direct: Iterable[str]) -> Identifiers:
    """Return what identifies a child, a site or a person of the registry; ``direct`` adds identifiers of a cut."""
    subjects = session.execute(select(Subject.key, Subject.code, Subject.enrolment_uuid))
    found = {text for row in subjects for text in row}
    people = session.execute(select(User.email, User.name, User.key)).all()
    sites = session.execute(select(Site.key, Site.code, Site.name)).all()
    found |= {text for email, _, key in people for text in (email, key)} | {key for key, _, _ in sites}
    found |= {text for text in direct if _is_telling(text)}
    called = {name for _, name, _ in people} | {name for _, _, name in sites}
    codes = frozenset(code for _, code, _ in sites)
    return Identifiers(
        tokens=frozenset(form.casefold() for text in found for form in _disguises(text)),
        names=frozenset(name.casefold() for name in called if " " in name),
        short_words=frozenset(name for name in called if " " not in name) | codes,
        sites=codes,
    )


def _is_telling(text: str) -> bool:
    """Tell whether a typed identifier is long enough not to be met by chance among codes and numbers."""
    return any(c.isdigit() for c in text) and (len(text) >= 8 or (len(text) >= 5 and any(c.isalpha() for c in text)))


def _disguises(text: str) -> Iterator[str]:
    """Yield an identifier as it is, without hyphens, and as the unkeyed hashes that anybody could compute."""
    yield text
    yield text.replace("-", "")
    for algorithm in ("md5", "sha1", "sha256"):
        yield hashlib.new(algorithm, text.encode("utf-8"), usedforsecurity=False).hexdigest()


def scan_text(name: str, text: str, known: Identifiers, *, holds_data: bool, dates: bool = True) -> list[str]:
    """Return what gives somebody away in a text, in words that repeat nothing of it.

    ``dates`` False lets dates and times pass, and the sites' codes: a limited data set holds them.
    """
    asked = PATTERNS if dates else ("an e-mail address",)
    lines = text.splitlines()  # no pattern reaches over the end of a line
    found = [f"{name}: {what}" for what in asked if any(map(PATTERNS[what].search, filter(NEEDED[what].search, lines)))]
    words = set(_TOKEN.findall(text))
    if not known.tokens.isdisjoint(word.casefold() for word in words):
        found.append(f"{name}: the key, code, address or hash of a child, a person or a site")
    folded = text.casefold()
    if any(_is_named(called, folded) for called in known.names):
        found.append(f"{name}: the name of a person or a site")
    if holds_data and not (known.short_words - (frozenset() if dates else known.sites)).isdisjoint(words):
        found.append(f"{name}: the code or name of a site or a person")
    return found


def _is_named(called: str, text: str) -> bool:
    """Tell whether a name stands in a text, both in small letters; a short one only where no word goes on around it.

    Otherwise nothing could leave a registry in which somebody is called An Le: it stands in “median length”.
    """
    if called not in text:
        return False
    return len(called) >= SHORT_NAME or bool(re.search(rf"(?<![^\W\d_]){re.escape(called)}(?![^\W\d_])", text))


def scan_file(path: Path, name: str, known: Identifiers, *, dates: bool) -> list[str]:
    """Return what gives somebody away in a text file or its name; reads a block of lines at a time.

    Short words are not looked for: around the data stand words of the dictionary. Tables are read by `scan_table`.
    """
    found = dict.fromkeys(scan_text(name, name, known, holds_data=False, dates=dates))
    with path.open(encoding="utf-8", newline="") as file:
        while lines := file.readlines(BLOCK):
            found |= dict.fromkeys(scan_text(name, "".join(lines), known, holds_data=False, dates=dates))
    return list(found)


def scan_table(path: Path, table: Table, known: Identifiers | None, *, dates: bool) -> list[str]:
    """Return what is wrong with a CSV file: its columns, texts that their rule does not allow, or an identity.

    Looks at each text once per block of rows and column. ``known`` None looks for no identity.
    """
    names = [column.name for column in table.columns]
    found: dict[str, None] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if next(reader, []) != names:
            return [f"{table.path}: other columns than the rules give"]
        while rows := list(islice(reader, ROWS_AT_ONCE)):
            if wrong := next((row for row in rows if len(row) != len(names)), None):
                return [f"{table.path}: a row with {len(wrong)} cells instead of {len(names)}"]
            for column, cells in zip(table.columns, zip(*rows, strict=True), strict=True):
                texts = set(cells) - {""}
                if not all(map(column.allows, texts)):
                    found[f"{table.path}: {column.name} holds something that is none of its answers"] = None
                if known is not None:
                    said = scan_text(table.path, "\n".join(texts), known, holds_data=True, dates=dates)
                    found |= dict.fromkeys(said)
    return list(found)
