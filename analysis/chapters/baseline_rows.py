"""The rows of a baseline table: one per number or answer, a row for what is missing, the difference of two groups."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analysis.chapters.shares import median_quartiles, share_words
from analysis.endpoints.baseline import Answers, levels_of, numbers_of
from analysis.estimators import (
    StandardisedDifference,
    standardised_category_difference,
    standardised_mean_difference,
)
from analysis.plan.baseline import BASELINE_VARIABLES, BaselineVariable, Kind
from analysis.plan.groups import LEAST_FOR_A_SHARE
from analysis.printing.parts import INDENT, Cell
from analysis.wording import decimal
from forms.values import Answer


@dataclass(frozen=True, kw_only=True)
class Group:
    """A column of the table."""

    name: str
    answers: Sequence[Answers]


@dataclass(frozen=True, kw_only=True)
class BaselineRow:
    """One row: words for each group, and the values behind them."""

    key: str
    name: str
    full_name: str
    cells: tuple[str, ...]
    csv_rows: tuple[tuple[Cell, ...], ...] = ()
    difference: float | None = None

    @property
    def difference_words(self) -> str:
        """Return the difference with two decimals; empty where none is computed."""
        return "" if self.difference is None else decimal(self.difference, 2)


def baseline_rows(
    groups: Sequence[Group], variables: Sequence[BaselineVariable] = BASELINE_VARIABLES
) -> list[BaselineRow]:
    """Return the rows of all variables that any child answered; the standardised differences of their groups."""
    rows: list[BaselineRow] = []
    for variable in variables:
        if any(one[variable.id] is not None for group in groups for one in group.answers):
            rows += _ROWS[variable.kind](variable, groups)
            rows += _missing_row(variable, groups)
    return rows


def _number_rows(variable: BaselineVariable, groups: Sequence[Group]) -> Iterator[BaselineRow]:
    samples = [numbers_of(variable, group.answers) for group in groups]
    difference = _largest(groups, samples, standardised_mean_difference)
    csv_rows = []
    for group, sample in zip(groups, samples, strict=True):
        quartiles = [float(value) for value in np.quantile(sample, (0.5, 0.25, 0.75))] if sample else [None] * 3
        csv_rows.append((variable.id, "", group.name, *_known(variable, group), None, *quartiles, difference))
    yield BaselineRow(
        key=variable.id,
        name=variable.name,
        full_name=variable.name,
        cells=tuple(median_quartiles(sample, variable.decimals) for sample in samples),
        csv_rows=tuple(csv_rows),
        difference=difference,
    )


def _choice_rows(variable: BaselineVariable, groups: Sequence[Group]) -> Iterator[BaselineRow]:
    occurring = _occurring(variable, groups)
    by_group = [[found[place] for found in occurring.values()] for place in range(len(groups))]
    difference = _largest(groups, by_group, standardised_category_difference)
    yield BaselineRow(
        key=variable.id,
        name=variable.name,
        full_name=variable.name,
        cells=("",) * len(groups),
        csv_rows=tuple(
            (variable.id, "", group.name, *_known(variable, group), *(None,) * 4, difference) for group in groups
        ),
        difference=difference,
    )
    for level, found in occurring.items():
        yield _level_row(variable, groups, level, found, None)


def _several_rows(variable: BaselineVariable, groups: Sequence[Group]) -> Iterator[BaselineRow]:
    yield BaselineRow(key=variable.id, name=variable.name, full_name=variable.name, cells=("",) * len(groups))
    for level, found in _occurring(variable, groups).items():
        yield _level_row(variable, groups, level, found, _yes_difference(variable, groups, found))


def _yes_rows(variable: BaselineVariable, groups: Sequence[Group]) -> Iterator[BaselineRow]:
    found = [tally[True] for tally in _tallies(variable, groups)]
    yield _row(variable, groups, "", found, _yes_difference(variable, groups, found), variable.name, variable.name)


def _level_row(
    variable: BaselineVariable, groups: Sequence[Group], level: str, found: Sequence[int], difference: float | None
) -> BaselineRow:
    label = levels_of(variable)[level]
    return _row(variable, groups, level, found, difference, INDENT + label, f"{variable.name}: {label}")


def _row(
    variable: BaselineVariable,
    groups: Sequence[Group],
    level: str,
    found: Sequence[int],
    difference: float | None,
    name: str,
    full_name: str,
) -> BaselineRow:
    known = [_known(variable, group) for group in groups]
    return BaselineRow(
        key=f"{variable.id}.{level}" if level else variable.id,
        name=name,
        full_name=full_name,
        cells=tuple(share_words(x, answered) for x, (answered, _) in zip(found, known, strict=True)),
        csv_rows=tuple(
            (variable.id, level, group.name, answered, missing, x, None, None, None, difference)
            for group, x, (answered, missing) in zip(groups, found, known, strict=True)
        ),
        difference=difference,
    )


def _missing_row(variable: BaselineVariable, groups: Sequence[Group]) -> list[BaselineRow]:
    missing = [_known(variable, group)[1] for group in groups]
    if not any(missing):
        return []
    name = f"{INDENT}Missing"
    return [
        BaselineRow(
            key=f"{variable.id}.missing", name=name, full_name=name, cells=tuple(str(number) for number in missing)
        )
    ]


def _occurring(variable: BaselineVariable, groups: Sequence[Group]) -> dict[str, list[int]]:
    """Return each answer that anybody gave -> how many of each group gave it."""
    tallies = _tallies(variable, groups)
    counts = {level: [tally[level] for tally in tallies] for level in levels_of(variable)}
    return {level: found for level, found in counts.items() if any(found)}


def _tallies(variable: BaselineVariable, groups: Sequence[Group]) -> list[Counter[str | bool]]:
    """Return how often each answer was given in each group; of an item with several answers each counts."""
    return [Counter(code for one in group.answers for code in _codes(one[variable.id])) for group in groups]


def _codes(value: Answer | None) -> tuple[str | bool, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str | bool) else ()


def _known(variable: BaselineVariable, group: Group) -> tuple[int, int]:
    """Return how many of a group answered, and how many did not."""
    answered = sum(one[variable.id] is not None for one in group.answers)
    return answered, len(group.answers) - answered


def _yes_difference(variable: BaselineVariable, groups: Sequence[Group], found: Sequence[int]) -> float | None:
    known = [_known(variable, group)[0] for group in groups]
    pairs = [(x, n - x) for x, n in zip(found, known, strict=True)]
    return _largest(groups, pairs, standardised_category_difference)


def _largest(
    groups: Sequence[Group],
    samples: Sequence[Sequence[float]],
    difference: Callable[[Sequence[float], Sequence[float]], StandardisedDifference],
) -> float | None:
    """Return the largest difference between any two groups that are large enough; None where none is defined."""
    large = [sample for group, sample in zip(groups, samples, strict=True) if len(group.answers) >= LEAST_FOR_A_SHARE]
    found = [difference(first, second).estimate for first, second in combinations(large, 2)]
    return max((one for one in found if not math.isnan(one)), default=None)


_ROWS: dict[Kind, Callable[[BaselineVariable, Sequence[Group]], Iterator[BaselineRow]]] = {
    Kind.NUMBER: _number_rows,
    Kind.ONE_OF: _choice_rows,
    Kind.EACH_OF: _several_rows,
    Kind.YES: _yes_rows,
}
