"""When an item is asked: from the words of a package's description into REDCap's branching logic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.formats.package import Field

_CLAIM = re.compile(r"([a-z][a-z0-9_]*) is (.+)", re.DOTALL)
_AT_LEAST = re.compile(r"at least (-?\d+)")
_OTHER = {"=": "<>", "<>": "=", " and ": " or ", " or ": " and "}


class NotSayable(ValueError):
    """The condition cannot be read, or reads an item that REDCap does not have."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An item as REDCap knows it: its name there, and what it is in the package."""

    name: str
    field: Field


def branching_logic(words: str, items: Mapping[str, Asked]) -> str:
    """Return the logic for a condition such as `(route is iv or sc and doses is at least 2)`; empty if not sayable.

    A condition that is turned round is written out, since it is met by an item without an answer.
    """
    try:
        return _logic(words, items, negated=False) if words else ""
    except NotSayable:
        return ""


def _logic(words: str, items: Mapping[str, Asked], *, negated: bool) -> str:
    if words.startswith("not (") and words.endswith(")"):
        return _logic(words.removeprefix("not (").removesuffix(")"), items, negated=not negated)
    if words.startswith("(") and words.endswith(")"):
        return _logic(words[1:-1], items, negated=negated)
    if len(parts := list(_parts(words, " and "))) > 1:
        return _joined([_logic(part, items, negated=negated) for part in parts], " and ", negated)
    if len(parts := _claims(words)) > 1:
        return _joined([_logic(part, items, negated=negated) for part in parts], " or ", negated)
    return _claim(words, items, negated)


def _claims(words: str) -> list[str]:
    """Return what ` or ` joins outside parentheses: `a is x or y or b is z` is two claims, the first with two codes."""
    claims: list[str] = []
    for part in _parts(words, " or "):
        if claims and not part.startswith(("(", "not (")) and " is " not in part:
            claims[-1] += f" or {part}"
        else:
            claims.append(part)
    return claims


def _parts(words: str, joint: str) -> Iterator[str]:
    """Yield what a word joins outside parentheses."""
    depth = start = 0
    for place, character in enumerate(words):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            raise NotSayable
        if depth == 0 and words.startswith(joint, place):
            yield words[start:place]
            start = place + len(joint)
    if depth:
        raise NotSayable
    yield words[start:]


def _claim(words: str, items: Mapping[str, Asked], negated: bool) -> str:
    found = _CLAIM.fullmatch(words)
    if not found or found[1] not in items:
        raise NotSayable
    asked, rest = items[found[1]], found[2]
    if number := _AT_LEAST.fullmatch(rest):
        if negated:
            raise NotSayable
        return f"[{asked.name}] >= {number[1]}"
    if rest == "answered":
        return _answered(asked, negated)
    return _joined([_equals(asked, code, negated) for code in rest.split(" or ")], " or ", negated)


def _answered(asked: Asked, negated: bool) -> str:
    if asked.field.kind == "codes":
        raise NotSayable
    sign, value = ("=", "'1'") if asked.field.kind == "boolean" else ("<>", "''")
    return f"[{asked.name}] {_OTHER[sign] if negated else sign} {value}"


def _equals(asked: Asked, code: str, negated: bool) -> str:
    own, sign = asked.field, "<>" if negated else "="
    if own.kind == "boolean" and code in ("yes", "no"):
        return f"[{asked.name}] {sign} '{int(code == 'yes')}'"
    if code not in own.codes:
        raise NotSayable
    if own.kind == "codes":
        return f"[{asked.name}({code})] {sign} '1'"
    return f"[{asked.name}] {sign} '{code}'"


def _joined(parts: list[str], joint: str, negated: bool) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"({(_OTHER[joint] if negated else joint).join(parts)})"
