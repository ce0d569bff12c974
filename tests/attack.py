"""The project's own re-identification attack: what an attacker knows against the files of a released package.

It shares no code with `registry.release`. A child's candidates are the released children of whom no cell contradicts
what is known; whoever pairs codes with children afterwards checks that the right one is among them.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from pathlib import Path
from typing import Any

from attack_clues import (
    DATES,
    FORMS,
    UNDER_TWELVE,
    asked_if,
    capd_of_the_old,
    courses_given,
    given_a_course,
    infused_twice,
    toxicities_of_two_infusions,
)
from attack_knowledge import SCENARIOS, Cells, Known
from attack_readings import CHILDREN, Reading, Unreadable

LEAST = 11
Texts = frozenset[str]
Fitting = Mapping[str, int]
"""Column -> the released children, as bits, whose texts in it fit what is known of one child."""


@dataclass(frozen=True, kw_only=True)
class Clue:
    """One column as an attacker reads it: who has which texts in it, as bits of the released children."""

    column: str
    read: Reading
    holders: Mapping[Texts, int]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one scenario came to: how many candidates each target had.

    ``missed`` counts targets who are not among their own candidates: the files, or the attacker, say what is not so.
    ``narrowing`` counts, by column, the targets with too few candidates who would have more without it.
    """

    scenario: str
    sizes: tuple[int, ...]
    missed: int
    narrowing: Mapping[str, int]

    @property
    def unique(self) -> int:
        """Return how many targets have one candidate alone."""
        return self.sizes.count(1)

    @property
    def smallest(self) -> int:
        """Return the size of the smallest set of candidates; 0 without a target."""
        return min(self.sizes, default=0)

    @property
    def under(self) -> int:
        """Return how many targets have fewer candidates than must look alike."""
        return sum(size < LEAST for size in self.sizes)

    @property
    def mean(self) -> float:
        """Return the mean chance of picking the right child."""
        return sum(1 / size for size in self.sizes if size) / len(self.sizes) if self.sizes else 0.0

    def __str__(self) -> str:
        count = len(self.sizes)
        return (
            f"{self.scenario}: {count} targets, {self.unique} unique, smallest set {self.smallest}, "
            f"{self.under} ({100 * self.under / max(count, 1):.0f} %) under {LEAST}, mean 1/size {self.mean:.3f}, "
            f"max {1 / max(self.smallest, 1):.3f}, {self.missed} missed; narrowed by "
            + (", ".join(f"{column} ({times})" for column, times in self.narrowing.items()) or "nothing")
        )


class Package:
    """A released folder as an attacker reads it."""

    def __init__(self, folder: Path) -> None:
        tables = {path.stem: _read(path) for path in (*folder.glob("*.csv"), *folder.glob("forms/*.csv"))}
        self._tables = {name: rows for name, rows in tables.items() if rows and "child" in rows[0]}
        self.children = sorted({row["child"] for rows in self._tables.values() for row in rows})
        self._bits = {child: 1 << number for number, child in enumerate(self.children)}
        self._everybody = (1 << len(self.children)) - 1
        described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        self._fields: dict[str, list[dict[str, Any]]] = {
            resource["name"]: resource["schema"]["fields"] for resource in described["resources"]
        }
        self.clues = tuple(self._find_clues())

    def candidates(self, fitting: Fitting) -> frozenset[str]:
        """Return the released children who can be the one whom all that is known fits."""
        left = reduce(and_, fitting.values(), self._everybody)
        return frozenset(child for child, bit in self._bits.items() if left & bit)

    def narrowing(self, fitting: Fitting) -> list[str]:
        """Return the columns without which there would be more candidates, and tables where it takes several."""
        left = reduce(and_, fitting.values(), self._everybody)

        def without(start: str) -> int:
            kept = (bits for name, bits in fitting.items() if not name.startswith(start))
            return reduce(and_, kept, self._everybody)

        columns = [column for column in fitting if without(column) != left]
        told = {_table_of(column) for column in columns}
        tables = {_table_of(column): None for column in fitting if _table_of(column) not in told}
        return columns + [f"{table} in several columns" for table in tables if without(table) != left]

    def fitting(self, known: Known) -> Fitting:
        """Return who fits what is known of a child, for the columns that tell something."""
        found = {
            clue.column: reduce(or_, (bits for texts, bits in clue.holders.items() if clue.read(known, texts)), 0)
            for clue in self.clues
        }
        return {column: bits for column, bits in found.items() if bits != self._everybody}

    def _find_clues(self) -> Iterator[Clue]:
        for column in _columns(self._tables.get("children", ())):
            if column != "child":
                if column not in CHILDREN:
                    raise Unreadable(f"children.csv has a column {column} that the attacker has no reading for")
                yield self._clue("children", column, CHILDREN[column])
        for (table, column), read in FORMS.items():
            if column in _columns(self._tables.get(table, ())):
                yield self._clue(table, column, read)
        for (table, item, kind), read in DATES.items():
            rows = [row for row in self._tables.get(table, ()) if not kind or row.get("kind") == kind]
            for column in (item, f"{item}_day"):
                if column in _columns(rows):
                    yield self._clue(table, column, read, rows=rows, name=f"{table}.{column} {kind}".strip())
        for table, fields in self._fields.items():
            for field in fields:
                if read := asked_if(field):
                    yield self._clue(table, field["name"], read)
        yield self._together("baseline", "instrument of the small without a delay", capd_of_the_old, UNDER_TWELVE)
        if "anakinra_course" in self._tables:
            yield self._together("anakinra_course", "a course given", courses_given, given_a_course)
        yield self._together("toxicity_episode", "a toxicity twice", toxicities_of_two_infusions, infused_twice)

    def _clue(
        self, table: str, column: str, read: Reading, *, rows: Sequence[Cells] | None = None, name: str = ""
    ) -> Clue:
        texts: dict[str, set[str]] = {}
        for row in self._tables[table] if rows is None else rows:
            texts.setdefault(row["child"], set()).update(row[column].split(";"))
        return self._held(name or f"{table}.{column}", read, {child: frozenset(own) for child, own in texts.items()})

    def _together(self, table: str, name: str, tell: Callable[[Sequence[Cells]], Texts], read: Reading) -> Clue:
        rows: dict[str, list[Cells]] = {}
        for row in self._tables.get(table, ()):
            rows.setdefault(row["child"], []).append(row)
        return self._held(f"{table}: {name}", read, {child: tell(own) for child, own in rows.items()})

    def _held(self, column: str, read: Reading, texts: Mapping[str, Texts]) -> Clue:
        holders: dict[Texts, int] = {}
        for child, bit in self._bits.items():
            own = texts.get(child, frozenset())
            holders[own] = holders.get(own, 0) | bit
        return Clue(column=column, read=read, holders=holders)


def attack(package: Package, truth: Mapping[str, Known], codes: Mapping[str, str]) -> list[Found]:
    """Return what each scenario comes to; ``codes`` maps the key of each child to its code in the package."""
    return [_attack(package, name, truth, codes) for name in SCENARIOS]


def _attack(package: Package, scenario: str, truth: Mapping[str, Known], codes: Mapping[str, str]) -> Found:
    sizes, missed = [], 0
    narrowing: Counter[str] = Counter()
    for child, code in codes.items():
        if known := SCENARIOS[scenario](truth[child]):
            fitting = package.fitting(known)
            candidates = package.candidates(fitting)
            sizes.append(len(candidates))
            missed += code not in candidates
            if len(candidates) < LEAST:
                narrowing.update(package.narrowing(fitting))
    return Found(scenario=scenario, sizes=tuple(sizes), missed=missed, narrowing=dict(narrowing.most_common()))


def _table_of(column: str) -> str:
    return column.partition(".")[0].partition(":")[0]


def _columns(rows: Sequence[Cells]) -> Sequence[str]:
    return tuple(rows[0]) if rows else ()


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
