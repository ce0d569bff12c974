"""An attacker with two de-identified packages of a project: what the codes of the children undo of the pooling.

It shares no code with `registry.release`: it reads the files, and `datapackage.json` for the answers each can hold.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forms.casebook import CASEBOOK
from forms.items import Choice, Derived, Item, MultiChoice

POOLED = "pooled"
Column = tuple[str, str]
"""A form and one of its items."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One item in one package: the answers of each child, and those that hide behind the pool."""

    answers: Mapping[str, frozenset[str]]
    pool: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What two packages tell together: so few children of a column have one of these answers."""

    column: Column
    how: str
    answers: frozenset[str]
    children: int


def members(package: Path) -> frozenset[str]:
    """Return the codes of the children of a package."""
    return frozenset(row["child"] for row in _rows(package / "children.csv"))


def columns_of(package: Path) -> dict[Column, Shown]:
    """Return each item of a package that has a list of answers."""
    described = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    found: dict[Column, Shown] = {}
    for resource in described["resources"]:
        if not resource["path"].startswith("forms/"):
            continue
        rows = list(_rows(package / resource["path"]))
        for field in resource["schema"]["fields"]:
            if "x_item" not in field or field["name"] != field["x_item"]:
                continue
            if "x_codes" not in field and field["x_kind"] != "boolean":
                continue
            form, item = field["x_form"], field["x_item"]
            answers: dict[str, set[str]] = {}
            for row in rows:
                answers.setdefault(row["child"], set()).update(set(row[item].split(";")) - {""})
            codes = field.get("x_codes", {})
            hidden = _codes(CASEBOOK[form].items[item]).difference(codes) if POOLED in codes else frozenset()
            shown = {child: frozenset(own) for child, own in answers.items()}
            found[form, item] = Shown(answers=shown, pool=hidden)
    return found


def joined(first: Path, second: Path, *, least: int) -> list[Learned]:
    """Return what an attacker learns about fewer than ``least`` children from two packages that each alone hides."""
    before, after = columns_of(first), columns_of(second)
    old = members(first)
    found: Counter[tuple[Column, str, frozenset[str]]] = Counter()
    for column, shown in after.items():
        for child, answers in shown.answers.items():
            who = "of those who were in both" if child in old else "of those who are new"
            for answer in answers:
                found[column, who, frozenset({answer})] += 1
            known = before.get(column)
            if known and POOLED in known.answers.get(child, ()):
                if plain := answers & known.pool:
                    found[column, "pooled first, plain then", plain] += 1
                elif POOLED in answers and known.pool - shown.pool:
                    found[column, "in two different pools", known.pool & shown.pool] += 1
    return [
        Learned(column=column, how=how, answers=answers, children=children)
        for (column, how, answers), children in sorted(found.items(), key=str)
        if children < least
    ]


def _codes(item: Item) -> frozenset[str]:
    shape = item.result if isinstance(item, Derived) else item
    assert isinstance(shape, Choice | MultiChoice)
    return frozenset(shape.codes.labels)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
