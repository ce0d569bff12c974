"""What a recipient rebuilds from a de-identified package alone: curves, responses at day 28, who was given anakinra."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

DAYS = (3, 7, 14, 28)
"""Where the report reads its curves."""


def rebuilt_curves(package: Path) -> dict[str, list[float]]:
    """Return endpoint -> the share resolved by day 3, 7, 14 and 28 after the first dose."""
    by_endpoint: dict[str, list[dict[str, str]]] = {}
    for row in _read(package / "endpoints.csv"):
        by_endpoint.setdefault(row["endpoint"], []).append(row)
    return {
        endpoint: [sum(float(row["weight"]) for row in rows if _is_resolved_by(row, day)) / len(rows) for day in DAYS]
        for endpoint, rows in by_endpoint.items()
    }


def reported_curves(results: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the same from the results of the report."""
    curves = {name: found["resolved"] for name, found in results["endpoints"].items() if found["n"]}
    return {name: [_step(curve["times"], curve["estimate"], day) for day in DAYS] for name, curve in curves.items()}


def sizes_of_endpoints(package: Path) -> Counter[str]:
    """Return how many children have each endpoint and each day 28 outcome, as far as there are such files."""
    columns = {"endpoints.csv": "endpoint", "responses.csv": "outcome"}
    there = {name: column for name, column in columns.items() if (package / name).exists()}
    return Counter(row[column] for name, column in there.items() for row in _read(package / name))


def rebuilt_responses(package: Path, exposure: str) -> dict[str, dict[str, dict[str, int]]]:
    """Return outcome -> exposed or not -> children in all, who could be evaluated, who responded."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for row in _read(package / "responses.csv"):
        counts = found.setdefault(row["outcome"], {}).setdefault(
            row[exposure], {"all": 0, "evaluable": 0, "responded": 0}
        )
        counts["all"] += 1
        counts["evaluable"] += row["result"] != "not assessed"
        counts["responded"] += row["result"] == "yes"
    return found


def reported_with_anakinra(results: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return outcome -> the counts of the children with anakinra: the report gives them by tier of the dose."""
    return {
        outcome: dict(sum((Counter(tier) for tier in tiers.values()), Counter()))
        for outcome, tiers in results["responses"]["cr_by_dose"]["outcomes"].items()
    }


def rebuilt_exposure(package: Path) -> Counter[str]:
    """Return how many children were given anakinra in which dose; `none` without."""
    return Counter(row["anakinra_dose"] for row in _read(package / "children.csv"))


def _is_resolved_by(row: Mapping[str, str], day: int) -> bool:
    return row["outcome"] == "resolved" and int(row["window"].rpartition(" ")[2]) <= day


def _step(times: Sequence[float], estimates: Sequence[float], day: int) -> float:
    past = [estimate for time, estimate in zip(times, estimates, strict=True) if time <= day]
    return past[-1] if past else 0.0


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
