"""Checked arrays from what a caller holds: lists, arrays, pandas columns of numbers, booleans or categories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class InvalidInputError(AnalysisError):
    """An argument that no estimate can be computed from; the message names the argument and the rows."""


def row_labels(values: Any) -> list[Any] | None:
    """Return the index labels of a pandas column (a subject's key, where that is the index), or None."""
    return list(values.index) if hasattr(values, "to_numpy") and hasattr(values, "index") else None


def numbers(name: str, values: ArrayLike) -> Floats:
    """Return `values` as a new (n,) float array; nullable columns keep NA as NaN.

    Errors: InvalidInputError when empty, not one-dimensional, or not numeric (text that looks like numbers included).
    """
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise InvalidInputError(f"{name} must have one dimension, found {raw.ndim}.")
    if raw.size == 0:
        raise InvalidInputError(f"{name} is empty: there is nobody to estimate from.")
    if raw.dtype.kind == "O":
        raw = np.asarray([np.nan if is_missing(value) else value for value in raw])
    if raw.dtype.kind not in "biuf":
        raise InvalidInputError(f"{name} must hold numbers, found {raw.dtype.name} values.")
    return raw.astype(np.float64)


def times(name: str, values: ArrayLike) -> Floats:
    """Return `values` as finite, non-negative times in days; InvalidInputError names each row that is not."""
    checked = numbers(name, values)
    refuse_rows(name, values, ~np.isfinite(checked), "missing or not finite")
    refuse_rows(name, values, checked < 0, "negative")
    return checked


def known_days(days: ArrayLike) -> Floats:
    """Return days at which something is read; InvalidInputError for one that is NaN."""
    found = np.asarray(days, dtype=np.float64)
    if np.isnan(found).any():
        raise InvalidInputError("days holds NaN: nothing can be read on a day that is not known.")
    return found


def codes(name: str, values: ArrayLike) -> Integers:
    """Return `values` as event codes 0, 1, 2, ...; InvalidInputError names each row that holds anything else."""
    checked = numbers(name, values)
    refuse_rows(name, values, ~np.isfinite(checked), "missing")
    refuse_rows(name, values, (checked < 0) | (checked != np.floor(checked)), "not a code 0, 1, 2, ...")
    return checked.astype(np.int64)


def checked_entry(entry: ArrayLike | None, time: ArrayLike, checked_time: Floats) -> Floats | None:
    """Return the days of delayed entry; InvalidInputError names each row that enters on or after its own time."""
    if entry is None:
        return None
    found = times("entry", entry)
    same_length(time=checked_time, entry=found)
    refuse_rows("entry", time, found >= checked_time, "not before time")
    return found


def cause_code(cause: int) -> int:
    """Return an event code that can be a cause, or raise InvalidInputError."""
    if isinstance(cause, bool) or not isinstance(cause, int | np.integer) or cause < 1:
        raise InvalidInputError(f"cause must be an event code 1, 2, ..., found {cause}.")
    return int(cause)


def covariate_table(covariates: ArrayLike, names: Sequence[str] | None, length: int) -> tuple[Floats, tuple[str, ...]]:
    """Return the (n, p) covariates and their names; InvalidInputError where they are missing, constant or redundant."""
    table = np.asarray(covariates)
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or len(table) != length or not table.shape[1]:
        raise InvalidInputError(f"covariates must hold {length} rows and at least one column, found {table.shape}.")
    given = tuple(names) if names is not None else tuple(f"x{number + 1}" for number in range(table.shape[1]))
    if len(given) != table.shape[1]:
        raise InvalidInputError(f"names must name {table.shape[1]} covariates, found {len(given)}.")
    x = np.column_stack([_column(name, table[:, place]) for place, name in enumerate(given)])
    constant = [name for name, spread in zip(given, np.ptp(x, axis=0), strict=True) if spread == 0]
    if constant:
        raise InvalidInputError(f"covariate {constant[0]} is the same in all rows: it can explain nothing.")
    if np.linalg.matrix_rank(x - x.mean(axis=0)) < x.shape[1]:
        raise InvalidInputError(f"the covariates {', '.join(given)} say the same more than once: leave one out.")
    return x, given


def _column(name: str, values: ArrayLike) -> Floats:
    checked = numbers(f"covariate {name}", values)
    refuse_rows(f"covariate {name}", values, ~np.isfinite(checked), "missing or not finite")
    return checked


def same_length(**arrays: NDArray[Any] | None) -> None:
    """Raise InvalidInputError, naming each length, unless all the given arrays have one length."""
    lengths = {name: len(values) for name, values in arrays.items() if values is not None}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise InvalidInputError(f"Arguments must have the same length, found {found}.")


def level_between_zero_and_one(level: float) -> float:
    """Return the confidence level, or raise InvalidInputError."""
    if not 0 < level < 1:
        raise InvalidInputError(f"level must lie between 0 and 1, found {level}.")
    return level


def refuse_rows(name: str, values: ArrayLike, refused: NDArray[np.bool_], what: str) -> None:
    """Raise InvalidInputError naming up to five refused rows by label (pandas index) or position."""
    positions = np.flatnonzero(refused)
    if not positions.size:
        return
    labels = row_labels(values)
    shown = [str(labels[i]) if labels is not None else f"row {i}" for i in positions[:5]]
    more = f" and {positions.size - 5} more" if positions.size > 5 else ""
    raise InvalidInputError(f"{name} is {what} for {', '.join(shown)}{more}.")


def is_missing(value: Any) -> bool:
    """Return whether an object cell is None, NaN or pandas NA, the one whose truth cannot be told."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except TypeError:
        return True
