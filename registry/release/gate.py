"""The gate: how much of what others could know about a child may leave, so that enough children look alike.

Every child has one value of each quasi-identifier. Children with the same values form a class; a class under the target
is made larger by coarser values along a declared ladder, then by masking a few cells. Nothing here knows what the
values mean. Sources: k-anonymity as in Samarati and Sweeney (1998), global recoding followed by local suppression.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

MASKED = "MSK"
MOST_MASKED = 0.05
"""Share of the cells that may be masked before values are made coarser instead."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """One degree of detail: what it is called, and how a fact reads at it."""

    words: str
    read: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Quasi:
    """A quasi-identifier: a fact that others could know, from its finest level to its coarsest; beyond, it is left out.

    ``items`` names the answers it is read from. One that also decides which rows leave cannot be masked.
    """

    name: str
    label: str
    items: tuple[str, ...]
    levels: tuple[Level, ...]
    can_be_masked: bool = True


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What a person who knows all quasi-identifiers of a child in the files can reach.

    ``smallest`` is the size of the smallest class (k), ``under`` how many children are in classes under the target,
    ``mean`` and ``highest`` the chance of picking the right child, ``one_outcome`` how many children are in classes of
    one outcome alone (not l-diverse with l = 2).
    """

    children: int
    classes: int
    smallest: int
    under: int
    mean: float
    highest: float
    one_outcome: int


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What may leave: the level of each quasi-identifier (None: left out) and each child's values at it.

    ``masked`` counts cells, ``finer`` tells for each quasi-identifier that is not at its finest level how many children
    would be in classes under the target if it were one level finer and nothing masked. ``is_coarser_beside_others``
    tells whether less leaves for what others know of the children already.
    """

    target: int
    levels: Mapping[str, int | None]
    values: Mapping[str, tuple[str, ...]]
    masked: Mapping[str, int]
    finer: Mapping[str, int]
    before: Risk
    after: Risk
    is_coarser_beside_others: bool = False


class TooFewChildren(RuntimeError):
    """No way of coarsening makes enough children alike."""


def pass_gate(
    ladder: Sequence[Quasi],
    facts: Mapping[str, Sequence[str]],
    outcome: Sequence[str],
    *,
    target: int,
    told: Sequence[Hashable] = (),
) -> Passed:
    """Return the most detailed values at which every class has ``target`` children or more.

    ``ladder`` names first what is given up first; ``facts`` holds each child's fact by quasi-identifier, ``outcome``
    what nobody should learn from a class. Coarsens in the order of the ladder until the target is met with at most 5 %
    of the cells masked, then takes back, from its end, each step that was not needed. The same facts give the same
    values. ``told`` is what others know of each child already, from files that left earlier: each class has enough
    children who look alike in both, or all that looked alike before where these are fewer. Errors: TooFewChildren when
    there are fewer children than the target.
    """
    count = len(outcome)
    if count < target:
        raise TooFewChildren(
            f"{count} children can go out and {target} must look alike, so no file can be made of them. Wait for more "
            "children."
        )
    table = _Table(ladder, facts, target, told or [None] * count)
    levels, masked = _given_up(ladder, table)
    shown = table.shown(levels)
    values = {name: tuple(table.texts(name, levels[name])) for name in shown}
    for name, rows in masked.items():
        values[name] = tuple(MASKED if row in rows else text for row, text in enumerate(values[name]))
    finest = {quasi.name: tuple(facts[quasi.name]) for quasi in ladder}
    return Passed(
        target=target,
        levels={name: level if name in shown else None for name, level in levels.items()},
        values=values,
        masked={name: len(rows) for name, rows in masked.items()},
        finer={name: table.under({**levels, name: level - 1}) for name, level in levels.items() if level},
        before=risk(finest, outcome, target),
        after=risk(values, outcome, target),
    )


def _given_up(ladder: Sequence[Quasi], table: _Table) -> tuple[dict[str, int], dict[str, set[int]]]:
    """Return the level of each quasi-identifier at which the target is met, and the cells to mask there."""
    levels = {quasi.name: 0 for quasi in ladder}
    masked = table.mask(levels)
    for quasi in ladder:
        while masked is None and levels[quasi.name] < len(quasi.levels):
            levels[quasi.name] += 1
            masked = table.mask(levels)
    for quasi in reversed(ladder):
        while levels[quasi.name] and (finer := table.mask({**levels, quasi.name: levels[quasi.name] - 1})) is not None:
            levels[quasi.name] -= 1
            masked = finer
    assert masked is not None  # with everything left out all children look as they did before
    return levels, masked


def risk(values: Mapping[str, Sequence[str]], outcome: Sequence[str], target: int) -> Risk:
    """Return the risk of values as they stand; a masked cell is a value of its own, which is the stricter reading."""
    keys = list(zip(*values.values(), strict=True)) or [()] * len(outcome)
    sizes = Counter(keys)
    outcomes: dict[tuple[str, ...], set[str]] = {}
    for key, found in zip(keys, outcome, strict=True):
        outcomes.setdefault(key, set()).add(found)
    return Risk(
        children=len(keys),
        classes=len(sizes),
        smallest=min(sizes.values()),
        under=sum(size for size in sizes.values() if size < target),
        mean=len(sizes) / len(keys),
        highest=1 / min(sizes.values()),
        one_outcome=sum(size for key, size in sizes.items() if len(outcomes[key]) == 1),
    )


class _Table:
    """The facts of all children at every level, as small numbers, so that classes are quick to count."""

    def __init__(
        self, ladder: Sequence[Quasi], facts: Mapping[str, Sequence[str]], target: int, told: Sequence[Hashable]
    ) -> None:
        self._ladder = {quasi.name: quasi for quasi in ladder}
        self._facts = facts
        alike = Counter(told)
        self._told = told
        self._least = [min(target, alike[known]) for known in told]
        self._count = len(next(iter(facts.values())))
        self._coded: dict[tuple[str, int], list[int]] = {}

    def shown(self, levels: Mapping[str, int]) -> list[str]:
        return [name for name, quasi in self._ladder.items() if levels[name] < len(quasi.levels)]

    def texts(self, name: str, level: int) -> list[str]:
        read = self._ladder[name].levels[level].read
        known = {fact: read(fact) for fact in set(self._facts[name])}
        return [known[fact] for fact in self._facts[name]]

    def under(self, levels: Mapping[str, int]) -> int:
        """Return how many children are in classes under the target, with nothing masked."""
        return len(self._small(self._columns(levels)))

    def mask(self, levels: Mapping[str, int]) -> dict[str, set[int]] | None:
        """Return the cells to mask so that every class reaches the target; None when that takes too many."""
        columns = self._columns(levels)
        most = int(MOST_MASKED * self._count * len(columns))
        masked: dict[str, set[int]] = {}
        small = self._small(columns)
        for name in columns:
            if not small or len(small) > most:
                break
            if self._ladder[name].can_be_masked:
                masked[name] = set(small)
                most -= len(small)
                columns[name] = list(columns[name])
                for row in small:
                    columns[name][row] = -1
                small = self._small(columns)
        return None if small else self._fewer(columns, masked, levels)

    def _fewer(
        self, columns: dict[str, list[int]], masked: dict[str, set[int]], levels: Mapping[str, int]
    ) -> dict[str, set[int]]:
        """Return the masked cells without those columns that every class reaches the target without masking."""
        needed = dict(masked)
        for name in masked:
            whole = {**columns, name: self._codes(name, levels[name])}
            if not self._small(whole):
                columns = whole
                del needed[name]
        return needed

    def _columns(self, levels: Mapping[str, int]) -> dict[str, list[int]]:
        return {name: self._codes(name, levels[name]) for name in self.shown(levels)}

    def _codes(self, name: str, level: int) -> list[int]:
        if (name, level) not in self._coded:
            numbers: dict[str, int] = {}
            texts = self.texts(name, level)
            self._coded[name, level] = [numbers.setdefault(text, len(numbers)) for text in texts]
        return self._coded[name, level]

    def _small(self, columns: Mapping[str, Sequence[int]]) -> list[int]:
        if not columns:
            return []
        keys = list(zip(self._told, *columns.values(), strict=True))
        sizes = Counter(keys)
        return [row for row, key in enumerate(keys) if sizes[key] < self._least[row]]
