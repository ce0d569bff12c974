"""The analysis' rows in a de-identified package: from them the report's curves and day 28 outcomes are rebuilt."""

from __future__ import annotations

import csv
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.release import analysis_child, quasi_identifiers
from registry.release.columns import Column, Kind, Table
from registry.release.cut_files import Cells
from registry.release.leaving_out import list_left_out
from registry.release.selecting import Selected
from registry.release.standing_out import are_enough

RESOLVED, NOT_RESOLVED = "resolved", "not seen to resolve by day 28"
WINDOWS = quasi_identifiers.WINDOWS[1:-1]
"""Those from day 0 to 28; the analysis names them alike."""
RESULTS = ("yes", "no", "not assessed")
EXPOSURES: Mapping[str, str] = {
    "anakinra": "Anakinra begun before the result",
    "carhlh": "carHLH begun before the result",
}
_ROW = Column(name="row", label="Code of the row; it belongs to no other table", kind=Kind.TEXT, is_pseudonym=True)
_WEIGHT = (
    "How many children the row stands for: 1, and more where others were followed too short to know. The curve at day "
    "28 is the sum over the resolved rows of an endpoint divided by the number of its rows; at day 3, 7 and 14 the "
    "same over the windows up to that day"
)


@dataclass(frozen=True, kw_only=True)
class AnalysisRows:
    """What the analysis says of the children of a cut: rows of the endpoints, rows of the day 28 outcomes."""

    endpoints: Sequence[Cells]
    responses: Sequence[Cells]


def ask_analysis(selected: Selected, work: Path) -> AnalysisRows:
    """Return the analysis' rows of the children who go out; ``work`` is an empty folder."""
    endpoints, responses = work / "endpoints.csv", work / "responses.csv"
    cut, left_out = str(selected.files.folder), list_left_out(selected, work)
    outputs = ("--out", str(endpoints), "--responses", str(responses))
    analysis_child.run("endpoints", cut, *outputs, "--without", str(left_out), folder=work)
    return AnalysisRows(endpoints=_rows(endpoints), responses=_rows(responses))


def _rows(path: Path) -> list[Cells]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _codes(texts: Sequence[str]) -> dict[str, str]:
    return {text: text for text in dict.fromkeys(texts)}


def _column_of_plan(rows: Sequence[Cells], name: str, *, label: str) -> Column:
    """Return a column whose codes are named as in the report and mean what the plan says, in the order of the rows."""
    titles, meanings = ({row[name]: row[told] for row in rows} for told in ("title", "meaning"))
    return Column(name=name, label=label, kind=Kind.CODE, codes=titles, meanings=meanings)


def of_enough_children(rows: Sequence[Cells], kind: str, cohorts: Mapping[str, Hashable], least: int) -> list[Cells]:
    """Return the rows of those endpoints, or outcomes, that enough children have; ``kind`` is the column that names it.

    ``cohorts`` says of each child in which earlier releases it was: as with answers in the forms, of each cohort as
    many children have one, or all where it is smaller, or none. What is left out is none of the codes either.
    """
    enough = {
        name
        for name in {row[kind] for row in rows}
        if are_enough([row["subject"] for row in rows if row[kind] == name], cohorts, least)
    }
    return [row for row in rows if row[kind] in enough]


def endpoints_table(rows: Sequence[Cells]) -> Table:
    """Return the table of the endpoints as it leaves."""
    columns = (
        _ROW,
        _column_of_plan(rows, "endpoint", label="Endpoint"),
        Column(
            name="outcome",
            label="Outcome by day 28 after the first anakinra dose",
            kind=Kind.CODE,
            codes=_codes((RESOLVED, NOT_RESOLVED)),
        ),
        Column(
            name="window",
            label="Window of days from the first anakinra dose to the resolution",
            kind=Kind.CODE,
            codes=_codes(WINDOWS),
        ),
        Column(name="weight", label=_WEIGHT, kind=Kind.DECIMAL),
    )
    return Table(
        name="endpoints",
        title="Resolution after the first anakinra dose",
        path="endpoints.csv",
        key=("row",),
        columns=columns,
    )


def endpoints_rows(
    rows: Sequence[Cells], children: Mapping[str, str], code_of: Callable[[str], str], *, cut: str
) -> Iterator[list[str]]:
    """Yield the rows of the given children under codes that stand nowhere else, nor in another cut, in their order.

    A child that died resolved in no later window, so that these rows must not be joined with the children's. Only a
    resolution keeps its window: who knows a death would find it among the other events.
    """
    for code, row in _under_own_codes(rows, "endpoint", children, code_of, cut):
        if row["outcome"] == RESOLVED and row["window"] in WINDOWS:
            yield [code, row["endpoint"], RESOLVED, row["window"], row["weight"]]
        else:
            yield [code, row["endpoint"], NOT_RESOLVED, "", ""]


def _under_own_codes(
    rows: Sequence[Cells], kind: str, children: Mapping[str, str], code_of: Callable[[str], str], cut: str
) -> list[tuple[str, Cells]]:
    """Return the rows of the given children, each with a code made from its kind, child and cut, in their order."""
    own = [row for row in rows if row["subject"] in children]
    coded = [(code_of(f"{row[kind]} of {children[row['subject']]} in {cut}"), row) for row in own]
    return sorted(coded, key=lambda entry: entry[0])


def responses_table(rows: Sequence[Cells], cohorts: Mapping[str, Hashable], *, least: int) -> Table:
    """Return the table of the day 28 outcomes as it leaves: with those exposures whose groups hold enough children.

    ``cohorts`` is as in `of_enough_children`.
    """
    shown = [name for name in EXPOSURES if _is_enough(rows, ("outcome", name), cohorts, least)]
    if len(shown) > 1 and not _is_enough(rows, ("outcome", *shown), cohorts, least):
        shown = shown[:1]
    columns = (
        _ROW,
        _column_of_plan(rows, "outcome", label="Outcome"),
        Column(
            name="result",
            label="Reached at day 28; not assessed counts as no among all",
            kind=Kind.CODE,
            codes=_codes(RESULTS),
        ),
        *(
            Column(name=name, label=EXPOSURES[name], kind=Kind.CODE, codes=_codes(("yes", "no", "not known")))
            for name in shown
        ),
    )
    return Table(
        name="responses", title="Day 28 outcomes as reported", path="responses.csv", key=("row",), columns=columns
    )


def _is_enough(rows: Sequence[Cells], names: Sequence[str], cohorts: Mapping[str, Hashable], least: int) -> bool:
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row["subject"])
    return all(are_enough(children, cohorts, least) for children in groups.values())


def responses_rows(
    table: Table, rows: Sequence[Cells], children: Mapping[str, str], code_of: Callable[[str], str], *, cut: str
) -> Iterator[list[str]]:
    """Yield the rows of the given children under codes that stand nowhere else, nor in another cut, in their order.

    Who belongs to the population depends on the center, so that these rows must not be joined with the children's.
    """
    names = [column.name for column in table.columns if column.name != "row"]
    for code, row in _under_own_codes(rows, "outcome", children, code_of, cut):
        yield [code, *(row[name] for name in names)]
