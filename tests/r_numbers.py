"""Expected numbers from R, read from tests/r/expected_*.csv (each written by the script of its name beside it)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "r"


@cache
def _rows() -> dict[tuple[str, str], list[tuple[float, float]]]:
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for file in sorted(FOLDER.glob("expected_*.csv")):
        with file.open(newline="") as lines:
            for row in csv.DictReader(lines):
                if row["data"] != "versions":
                    value = float("nan") if row["value"] in ("NA", "NaN") else float(row["value"])
                    found.setdefault((row["data"], row["quantity"]), []).append((float(row["key"]), value))
    return found


def values(data: str, quantity: str) -> np.ndarray:
    """Return R's values of a quantity, in R's order."""
    return np.array([value for _, value in _rows()[data, quantity]])


def keys(data: str, quantity: str) -> np.ndarray:
    """Return the times (or probabilities) those values stand at."""
    return np.array([key for key, _ in _rows()[data, quantity]])


def subjects(data: str) -> dict[str, np.ndarray]:
    """Return time, event and, where there is one, entry of each subject of a data set."""
    return {name: values(data, name) for name in ("time", "event", "entry") if (data, name) in _rows()}


def columns(data: str, *names: str) -> list[np.ndarray]:
    """Return some columns of the rows of a data set."""
    return [values(data, name) for name in names]
