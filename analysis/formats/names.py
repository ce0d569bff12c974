"""Names that other programs accept: legal, unique, and the same in every package for the same column."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_DIGITS = 3


@dataclass(frozen=True, kw_only=True)
class NameRule:
    """What a program accepts: at most ``limit`` characters of letters, digits and _, no name that is ``reserved``."""

    limit: int
    reserved: frozenset[str] = frozenset()
    upper: bool = False


def legal_names(names: Iterable[str], rule: NameRule) -> dict[str, str]:
    """Return each name with what it becomes, unique whatever the case.

    A legal name stays. Another is cut and ends with three characters that follow from the whole name, so that it does
    not depend on which other columns a package has.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    names = list(names)
    for name in sorted(names, key=lambda name: (not _is_legal(name, rule), names.index(name))):
        attempt = 0
        while (short := _legal(name, rule, attempt)).casefold() in taken:
            attempt += 1
        taken.add(short.casefold())
        found[name] = short
    return {name: found[name] for name in names}


def _is_legal(name: str, rule: NameRule) -> bool:
    fits = len(name) <= rule.limit and re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]|[a-z]", name, flags=re.IGNORECASE)
    return bool(fits) and name.isascii() and name.casefold() not in rule.reserved


def _legal(name: str, rule: NameRule, attempt: int) -> str:
    if attempt == 0 and _is_legal(name, rule):
        return name.upper() if rule.upper else name
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)
    begun = cleaned if cleaned[:1].isalpha() else f"v{cleaned}"
    short = f"{begun[: rule.limit - _DIGITS - 1].rstrip('_')}_{_ending(name, attempt)}"
    return short.upper() if rule.upper else short


def _ending(name: str, attempt: int) -> str:
    number = int.from_bytes(hashlib.sha256(f"{attempt}:{name}".encode()).digest()[:8], "big")
    return "".join(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(_DIGITS))


def shortened(label: str, limit: int, encoding: str = "utf-32-le", width: int = 4) -> str:
    """Return a label of at most ``limit`` units of ``width`` bytes, with an ellipsis where it was longer."""
    if len(label.encode(encoding)) <= limit * width:
        return label
    ellipsis = "..." if encoding == "ascii" else "…"
    room = limit * width - len(ellipsis.encode(encoding))
    return label.encode(encoding)[:room].decode(encoding, errors="ignore").rstrip() + ellipsis
