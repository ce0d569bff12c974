"""The analysis' rows in a de-identified package: from them the report's curves and day-28 response are rebuilt."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from registry.release import analysis_child
from registry.release.children_table import OUTCOMES
from registry.release.columns import Column, Kind, Table, child_column
from registry.release.cut_files import Cells

RESOLVED, NOT_RESOLVED = "resolved", "not seen to resolve by day 28"
WINDOWS = ("day 0 to 3", "day 4 to 7", "day 8 to 14", "day 15 to 28")
ENDPOINTS, CHILDREN = "endpoints.csv", "children.csv"

TABLE_TITLE = "Resolution after the first anakinra dose"
_WEIGHT = (
    "How many children the row stands for: 1, and more where others were followed too short to know. The curve at day "
    "28 is the sum over the resolved rows of an endpoint divided by the number of its rows; at day 3, 7 and 14 the "
    "same over the windows up to that day"
)


def ask_analysis(cut: Path, work: Path) -> tuple[list[Cells], dict[str, dict[str, str]]]:
    """Return the analysis' rows of a cut: those of the endpoints, and its columns about each child by name."""
    analysis_child.run(
        "endpoints", str(cut), "--out", str(work / ENDPOINTS), "--children", str(work / CHILDREN), folder=work
    )
    children = _rows(work / CHILDREN)
    outcomes = {name: {row["subject"]: row[name] for row in children} for name in OUTCOMES}
    return _rows(work / ENDPOINTS), outcomes


def _rows(path: Path) -> list[Cells]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def endpoints_table(rows: Iterable[Cells]) -> Table:
    """Return the table of the endpoints as it leaves."""
    names = {row["endpoint"]: row["endpoint"] for row in rows}
    columns = (
        child_column(),
        Column(name="endpoint", label="Endpoint", kind=Kind.CODE, codes=names),
        Column(
            name="outcome",
            label="Outcome by day 28 after the first anakinra dose",
            kind=Kind.CODE,
            codes={text: text for text in (RESOLVED, NOT_RESOLVED)},
        ),
        Column(
            name="window",
            label="Window of days from the first anakinra dose to the resolution",
            kind=Kind.CODE,
            codes={text: text for text in WINDOWS},
        ),
        Column(name="weight", label=_WEIGHT, kind=Kind.DECIMAL),
    )
    return Table(name="endpoints", title=TABLE_TITLE, path="endpoints.csv", key=("child", "endpoint"), columns=columns)


def endpoints_rows(
    rows: Iterable[Cells], children: Mapping[str, str], code_of: Callable[[str], str]
) -> Iterator[list[str]]:
    """Yield the rows of the given children as they leave, in the order of their codes.

    Only a resolution keeps its window: who knows a death would find it among the other events.
    """
    own = [(code_of(row["subject"]), row) for row in rows if row["subject"] in children]
    for code, row in sorted(own, key=lambda entry: (entry[0], entry[1]["endpoint"])):
        if row["outcome"] == RESOLVED and row["window"] in WINDOWS:
            yield [code, row["endpoint"], RESOLVED, row["window"], row["weight"]]
        else:
            yield [code, row["endpoint"], NOT_RESOLVED, "", ""]
