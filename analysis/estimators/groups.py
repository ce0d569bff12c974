"""Groups and strata as codes, and what happened in each group at each event time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.estimators.inputs import Floats, Integers, InvalidInputError, is_missing, refuse_rows


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The K distinct labels of n rows, in order, and the (n,) code of each row."""

    names: tuple[Any, ...]
    codes: Integers


@dataclass(frozen=True, kw_only=True)
class GroupCounts:
    """Counts of K groups at the m distinct event times of one stratum; arrays have shape (..., K, m).

    `n_event` counts the cause of interest, `n_competing` the other causes.
    """

    n_at_risk: Floats
    n_event: Floats
    n_competing: Floats


def labels(name: str, values: ArrayLike, length: int) -> Labels:
    """Return the labels of rows (numbers, text, categories); InvalidInputError names rows without one."""
    raw = np.asarray(values)
    if raw.ndim != 1 or len(raw) != length:
        raise InvalidInputError(f"{name} must hold one label for each of the {length} rows, found {raw.shape}.")
    missing = np.array([is_missing(value) for value in raw], dtype=bool)
    refuse_rows(name, values, missing, "missing")
    kept = raw if raw.dtype.kind in "biuf" else np.array([str(value) for value in raw])
    names, codes = np.unique(kept, return_inverse=True)
    return Labels(names=tuple(names.tolist()), codes=codes.astype(np.int64))


def at_least_two(name: str, found: Labels) -> Labels:
    """Return the labels, or raise InvalidInputError where all rows carry the same one."""
    if len(found.names) < 2:
        raise InvalidInputError(f"{name} holds one label only ({found.names[0]}): there is nothing to compare.")
    return found


def strata_rows(strata: ArrayLike | None, length: int) -> Iterator[Integers]:
    """Yield the positions of the rows of each stratum; of all rows where there are no strata."""
    if strata is None:
        yield np.arange(length)
        return
    found = labels("strata", strata, length)
    for code in range(len(found.names)):
        yield np.flatnonzero(found.codes == code)


def count_by_group(
    time: Floats, event: Integers, group: Integers, n_groups: int, *, cause: int, entry: Floats | None = None
) -> GroupCounts:
    """Return the counts of each group at each event time of one stratum.

    time, event, group, entry: (n,) checked arrays. Ties: events precede censorings; who enters at t is at risk after t.
    """
    event_times = np.unique(time[event > 0])
    n_times = len(event_times)
    n_at_risk = _later_than(event_times, time, group, n_groups)
    if entry is not None:
        n_at_risk = n_at_risk - _later_than(event_times, entry, group, n_groups)

    def events(wanted: NDArray[np.bool_]) -> Floats:
        place = np.searchsorted(event_times, time[wanted])
        return _table(group[wanted] * n_times + place, n_groups, n_times)

    return GroupCounts(
        n_at_risk=n_at_risk, n_event=events(event == cause), n_competing=events((event > 0) & (event != cause))
    )


def _later_than(event_times: Floats, moment: Floats, group: Integers, n_groups: int) -> Floats:
    """Return (K, m): how many of each group have their moment at or after each event time."""
    n_times = len(event_times)
    passed = np.searchsorted(event_times, moment, side="right")
    gone = _table(group * (n_times + 1) + passed, n_groups, n_times + 1)
    later: Floats = gone.sum(axis=1, keepdims=True) - np.cumsum(gone, axis=1)[:, :n_times]
    return later


def _table(cells: Integers, rows: int, columns: int) -> Floats:
    return np.bincount(cells, minlength=rows * columns).reshape(rows, columns).astype(np.float64)
